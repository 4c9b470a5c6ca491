"""``livsbana voi``: read, draw, say what knowing more is worth; the same command goes on after a stop."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from livsbana.cli.common import make_folder
from livsbana.cli.deliver import deliver
from livsbana.cli.run import read_scenarios
from livsbana.cli.sobol import INTERRUPTED, KEPT, LOST

if TYPE_CHECKING:
    from rich.console import RenderableType


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

    def figures(folder: Path) -> tuple[Path, ...]:
        from livsbana.reports.voi_figure import write_voi_figure

        return write_voi_figure(document, folder, language)

    def tables() -> RenderableType:
        from livsbana.reports.voi_table import voi_answer

        return voi_answer(document, language)

    deliver("voi", document.model_dump_json(indent=1) + "\n", out, json_output, figures, tables)
