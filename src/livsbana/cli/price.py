"""``livsbana price``: read, value an outcome, show its corridor."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from livsbana.cli.common import make_folder


def price_command(
    scenario: Path,
    outcome: str,
    persons: int,
    draws: int,
    seed: int,
    out: Path | None,
    threads: int | None,
    place: str | None,
    data: Path | None,
    preset: str,
    json_output: bool,
) -> None:
    """Price one outcome, print the answer and write figure and JSON to ``out``."""
    from livsbana.parameters.library import load_library
    from livsbana.pricing.price import Asked, find_outcome, price_outcome
    from livsbana.scenario.read import read_scenario

    library = load_library(data)
    read = read_scenario(scenario, library)
    wanted = find_outcome(library, outcome)
    if place is not None:
        read = read.at(library.places.find(place).code)
    if out is not None:
        make_folder(out)

    from livsbana.cli.progress import RunProgress
    from livsbana.lifecourse.simulate import cores
    from livsbana.lifecourse.stored import load_fit

    fit, current = load_fit(library, data)
    asked = Asked(library, fit, read, wanted, persons, draws, seed, preset, threads or cores(), current)
    with RunProgress() as progress:
        document = price_outcome(asked, progress)
    if out is not None:
        from livsbana.reports.price_show import write_price

        for path in write_price(document, out):
            typer.echo(f"wrote {path}", err=True)
    if json_output:
        sys.stdout.write(document.model_dump_json(indent=1) + "\n")
        return
    from livsbana.reports.price_show import print_price

    print_price(document)
