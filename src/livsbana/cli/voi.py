"""``livsbana voi``: read, draw, say what knowing more is worth; the same command goes on after a stop."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import typer

from livsbana.cli.common import make_folder
from livsbana.cli.run import read_scenarios
from livsbana.cli.sobol import INTERRUPTED, KEPT, LOST


def voi_command(
    path: Path,
    draws: int,
    persons: int,
    seed: int,
    population: float | None,
    decision_years: int,
    wait_years: float,
    out: Path | None,
    threads: int | None,
    place: str | None,
    data: Path | None,
    preset: str,
    language: Literal["en", "sv"],
    json_output: bool,
) -> None:
    """Estimate values of information, print them, and write JSON, figure and evaluations to ``out``."""
    library, (scenario,) = read_scenarios([path], place, data)
    if out is not None:
        make_folder(out)
    from livsbana.cli.progress import RunProgress
    from livsbana.lifecourse.simulate import cores
    from livsbana.lifecourse.stored import load_fit
    from livsbana.uncertainty.voi_run import voi_scenario

    fit, current = load_fit(library, data)
    try:
        with RunProgress() as progress:
            document = voi_scenario(
                library,
                fit,
                scenario,
                draws=draws,
                persons=persons,
                seed=seed,
                preset=preset,
                population=population,
                decision_years=decision_years,
                wait_years=wait_years,
                threads=threads or cores(),
                out=out,
                fit_is_current=current,
                progress=progress,
            )
    except KeyboardInterrupt:
        typer.echo(KEPT if out else LOST, err=True)
        sys.exit(INTERRUPTED)
    text = document.model_dump_json(indent=1) + "\n"
    if out is not None:
        from livsbana.reports.voi_figure import write_voi_figure

        (out / "voi.json").write_text(text, encoding="utf-8")
        for written in (out / "voi.json", *write_voi_figure(document, out, language)):
            typer.echo(f"wrote {written}", err=True)
    if json_output:
        sys.stdout.write(text)
        return
    from livsbana.reports.show import print_tables
    from livsbana.reports.voi_table import voi_answer

    print_tables(voi_answer(document, language))
