"""``livsbana contract``: read, simulate, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from livsbana.cli.common import make_folder
from livsbana.cli.deliver import deliver

if TYPE_CHECKING:
    from rich.console import RenderableType

    from livsbana.pricing.contracts.read import Contract


def ask_engine(
    contract: Contract, persons: int, draws: int, seed: int, out: Path | None, threads: int | None
) -> dict[str, list[tuple[float, float, float]]]:
    """Simulate the outcomes that the contract leaves to the model; none are asked for where it states them all."""
    if not any(o.engine for o in contract.file.outcomes):
        return {}
    from livsbana.cli.progress import RunProgress
    from livsbana.lifecourse.simulate import cores
    from livsbana.pricing.contracts.simulated import simulated_outcomes

    with RunProgress() as progress:
        progress.start(1 + draws)
        return simulated_outcomes(contract, persons, draws, seed, threads or cores(), out, progress.step)


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

    engine = ask_engine(contract, persons, draws, seed, out, threads)
    document = assess(contract, replicates, seed, engine)

    def figures(folder: Path) -> tuple[Path, ...]:
        from livsbana.reports.contract_figure import write_contract_figure

        return write_contract_figure(document, folder)

    def tables() -> RenderableType:
        from livsbana.reports.contract_table import contract_answer

        return contract_answer(document)

    deliver("contract", document.model_dump_json(indent=1) + "\n", out, json_output, figures, tables)
