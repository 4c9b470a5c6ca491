"""``livsbana sobol``: read, evaluate a design, show; the same command goes on after a stop."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from livsbana.cli.common import make_folder
from livsbana.cli.deliver import deliver
from livsbana.cli.run import read_scenarios

if TYPE_CHECKING:
    from rich.console import RenderableType

INTERRUPTED = 130
KEPT = "stopped; the same command goes on from here"
LOST = "stopped; nothing was kept: with --out the same command goes on from where it was"


def sobol_command(
    path: Path,
    output: str,
    n: int,
    method: Literal["sobol", "morris", "pawn"],
    second: bool,
    persons: int,
    seed: int,
    out: Path | None,
    threads: int | None,
    place: str | None,
    data: Path | None,
    preset: str,
    language: Literal["en", "sv"],
    json_output: bool,
) -> None:
    """Estimate sensitivity, print it, and write JSON, figure and evaluations to ``out``."""
    library, (scenario,) = read_scenarios([path], place, data)
    if out is not None:
        make_folder(out)
    from livsbana.cli.progress import RunProgress
    from livsbana.lifecourse.simulate import cores
    from livsbana.lifecourse.stored import load_fit
    from livsbana.uncertainty.sobol_run import sobol_scenario

    fit, current = load_fit(library, data)
    outputs = [name.strip() for name in output.split(",") if name.strip()]
    try:
        with RunProgress() as progress:
            document = sobol_scenario(
                library,
                fit,
                scenario,
                outputs=outputs,
                n=n,
                method=method,
                second=second,
                persons=persons,
                seed=seed,
                preset=preset,
                threads=threads or cores(),
                out=out,
                fit_is_current=current,
                progress=progress,
            )
    except KeyboardInterrupt:
        typer.echo(KEPT if out else LOST, err=True)
        sys.exit(INTERRUPTED)

    def figures(folder: Path) -> tuple[Path, ...]:
        from livsbana.reports.sobol_figure import write_sobol_figure

        return write_sobol_figure(document, folder, language)

    def tables() -> RenderableType:
        from livsbana.reports.sobol_table import sobol_answer

        return sobol_answer(document, language)

    deliver("sobol", document.model_dump_json(indent=1, exclude_none=True) + "\n", out, json_output, figures, tables)
