"""``livsbana compare``: read, simulate, judge, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from livsbana.cli.common import make_folder
from livsbana.cli.deliver import deliver

if TYPE_CHECKING:
    from rich.console import RenderableType


def compare_command(
    path: Path,
    persons: int,
    draws: int,
    seed: int,
    out: Path | None,
    threads: int | None,
    lang: Literal["sv", "en"],
    json_output: bool,
) -> None:
    """Compare a logic model with its benchmark, print the answer and write figure and JSON to ``out``."""
    from livsbana.parameters.library import load_library
    from livsbana.pilots.read import read_pilot

    library = load_library(None)
    pilot = read_pilot(path, library)
    if out is not None:
        make_folder(out)
    from livsbana.cli.progress import RunProgress
    from livsbana.lifecourse.simulate import cores
    from livsbana.lifecourse.stored import load_fit
    from livsbana.pilots.benchmark import simulate_benchmark
    from livsbana.pilots.compare import compare

    fit, _ = load_fit(library)
    with RunProgress() as progress:
        progress.start(1 + draws)
        benchmark = simulate_benchmark(pilot, library, fit, persons, draws, seed, threads or cores(), progress.step)
    document = compare(pilot, library, benchmark, draws)

    def figures(folder: Path) -> tuple[Path, ...]:
        from livsbana.reports.pilot_figure import write_pilot_figure

        return write_pilot_figure(document, folder, lang)

    def tables() -> RenderableType:
        from livsbana.reports.pilot_table import pilot_answer

        return pilot_answer(document, lang)

    deliver("compare", document.model_dump_json(indent=1) + "\n", out, json_output, figures, tables)
