"""``livsbana fund``: read, simulate, show."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from livsbana.cli.common import make_folder


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

    engine: dict[str, list[tuple[float, float, float]]] = {}
    if fund.contract is not None and any(o.engine for o in fund.contract.file.outcomes):
        from livsbana.cli.progress import RunProgress
        from livsbana.lifecourse.simulate import cores
        from livsbana.pricing.contracts.simulated import simulated_outcomes

        with RunProgress() as progress:
            progress.start(1 + draws)
            engine = simulated_outcomes(fund.contract, persons, draws, seed, threads or cores(), out, progress.step)
    document = run_fund(fund, replicates, seed, engine)
    if out is not None:
        from livsbana.reports.fund_figure import write_fund_figure

        (out / "fund.json").write_text(document.model_dump_json(indent=1) + "\n", encoding="utf-8")
        for written in (out / "fund.json", *write_fund_figure(document, out)):
            typer.echo(f"wrote {written}", err=True)
    if json_output:
        sys.stdout.write(document.model_dump_json(indent=1) + "\n")
        return
    from livsbana.reports.fund_table import fund_answer
    from livsbana.reports.show import print_tables

    print_tables(fund_answer(document))
