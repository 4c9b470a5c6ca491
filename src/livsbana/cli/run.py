"""``livsbana run``: read, evaluate, show; what is shown is made in reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from livsbana.cli.common import make_folder
from livsbana.errors import InputError

if TYPE_CHECKING:
    from livsbana.parameters.library import Library
    from livsbana.runs.answer import Answer
    from livsbana.runs.document import RunDocument
    from livsbana.scenario.read import Scenario

MEGABYTE = 1e6


def run_command(
    scenarios: list[Path],
    persons: int,
    draws: int,
    seed: int,
    out: Path | None,
    threads: int | None,
    place: str | None,
    data: Path | None,
    preset: str,
    beyond_65: bool,
    language: Literal["en", "sv"],
    credit: bool,
    json_output: bool,
) -> None:
    """Run scenarios, print their answer and write figures and tables to ``out``."""
    library, read = read_scenarios(scenarios, place, data)
    if out is not None:
        make_folder(out)
    answers = answers_to(library, read, persons, draws, seed, threads, data, preset, beyond_65, credit)
    documents = [document for document, _ in answers]
    from livsbana.reports.show import print_answers, write_answers

    if out is not None:
        for path in write_answers(answers, out, language):
            typer.echo(f"wrote {path}", err=True)
    print_answers(documents, json_output, language)


def read_scenarios(scenarios: Sequence[Path], place: str | None, data: Path | None) -> tuple[Library, list[Scenario]]:
    """Read the library and scenarios, and move them to a place where one is asked for."""
    from livsbana.parameters.library import load_library
    from livsbana.scenario.read import read_scenario

    library = load_library(data)
    read = [read_scenario(path, library) for path in scenarios]
    ids = [s.id for s in read]
    if len(set(ids)) < len(ids):
        raise InputError(f"two of the scenarios are called `{next(i for i in ids if ids.count(i) > 1)}`; rename one")
    if place is not None:
        code = library.places.find(place).code
        read = [s.at(code) for s in read]
    return library, read


def answers_to(
    library: Library,
    read: Sequence[Scenario],
    persons: int,
    draws: int,
    seed: int,
    threads: int | None,
    data: Path | None,
    preset: str,
    beyond_65: bool,
    credit: bool = False,
) -> list[tuple[RunDocument, Answer]]:
    """Run scenarios one after the other, telling on stderr how far it has come."""
    from livsbana.cli.progress import RunProgress
    from livsbana.lifecourse.simulate import cores
    from livsbana.lifecourse.stored import load_fit
    from livsbana.runs.plan import make_plan
    from livsbana.uncertainty.run import memory_bytes, run_scenario

    fit, current = load_fit(library, data)
    threads = threads or cores()
    answers = []
    for scenario in read:
        plan = make_plan(library, fit, scenario, persons, seed, preset)
        typer.echo(
            f"{scenario.id}: {sum(plan.persons):,} simulated for {plan.size:,.0f} people, {draws} draws, "
            f"about {memory_bytes(plan, threads) / MEGABYTE:,.0f} MB for counts",
            err=True,
        )
        with RunProgress() as progress:
            answers.append(
                run_scenario(
                    library,
                    fit,
                    scenario,
                    persons=persons,
                    draws=draws,
                    seed=seed,
                    preset=preset,
                    beyond_65=beyond_65,
                    threads=threads,
                    fit_is_current=current,
                    progress=progress,
                    credit=credit,
                )
            )
    return answers
