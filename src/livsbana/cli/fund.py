"""``livsbana fund``: read, simulate, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from livsbana.cli.common import make_folder
from livsbana.cli.contract import ask_engine
from livsbana.cli.deliver import deliver

if TYPE_CHECKING:
    from rich.console import RenderableType


def fund_command(
    path: Path,
    replicates: int,
    persons: int,
    draws: int,
    seed: int,
    out: Path | None,
    threads: int | None,
    json_output: bool,
) -> None:
    """Simulate a fund, print what it costs, pays and gets, and write figure and JSON to ``out``."""
    from livsbana.institutions.read import read_fund

    fund = read_fund(path)
    if out is not None:
        make_folder(out)
    from livsbana.institutions.fund import run_fund

    engine = ask_engine(fund.contract, persons, draws, seed, out, threads) if fund.contract else {}
    document = run_fund(fund, replicates, seed, engine)

    def figures(folder: Path) -> tuple[Path, ...]:
        from livsbana.reports.fund_figure import write_fund_figure

        return write_fund_figure(document, folder)

    def tables() -> RenderableType:
        from livsbana.reports.fund_table import fund_answer

        return fund_answer(document)

    deliver("fund", document.model_dump_json(indent=1) + "\n", out, json_output, figures, tables)
