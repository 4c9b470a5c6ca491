"""``livsbana contract``: read, simulate, show."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from livsbana.cli.common import make_folder


def contract_command(
    path: Path,
    replicates: int,
    persons: int,
    draws: int,
    seed: int,
    out: Path | None,
    threads: int | None,
    json_output: bool,
) -> None:
    """Simulate a contract, print what it does to each party and write figure and JSON to ``out``."""
    from livsbana.pricing.contracts.read import read_contract

    contract = read_contract(path)
    if out is not None:
        make_folder(out)
    from livsbana.pricing.contracts.risk import assess

    engine: dict[str, list[tuple[float, float, float]]] = {}
    if any(o.engine for o in contract.file.outcomes):
        from livsbana.cli.progress import RunProgress
        from livsbana.lifecourse.simulate import cores
        from livsbana.pricing.contracts.simulated import simulated_outcomes

        with RunProgress() as progress:
            progress.start(1 + draws)
            engine = simulated_outcomes(contract, persons, draws, seed, threads or cores(), out, progress.step)
    document = assess(contract, replicates, seed, engine)
    if out is not None:
        from livsbana.reports.contract_figure import write_contract_figure

        (out / "contract.json").write_text(document.model_dump_json(indent=1) + "\n", encoding="utf-8")
        for written in (out / "contract.json", *write_contract_figure(document, out)):
            typer.echo(f"wrote {written}", err=True)
    if json_output:
        sys.stdout.write(document.model_dump_json(indent=1) + "\n")
        return
    from livsbana.reports.contract_table import contract_answer
    from livsbana.reports.show import print_tables

    print_tables(contract_answer(document))
