"""Make finished blocks again from the beginning, and see whether the bytes are the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from livsbana.errors import InputError
from livsbana.runs.batch_document import BatchReplayed
from livsbana.runs.block import Damaged
from livsbana.runs.grid import Cell, keys_of
from livsbana.uncertainty.job import Job


def replay(folder: Path, number: int, data: Path | None, threads: int) -> BatchReplayed:
    """Evaluate ``number`` blocks again, spread evenly over the batch, each alone in its pass.

    Raises
    ------
    InputError
        When the batch has no block.
    Stopped
        When this machine, code or data is not that of the batch.
    """
    job = Job(folder, data)
    done = [(cell, key) for cell, key in keys_of(job.layout).items() if job.store.has(key)]
    if not done:
        raise InputError("the batch has no finished block", str(folder))
    chosen = {k * len(done) // number for k in range(number)}
    different = {}
    with ThreadPoolExecutor(threads) as pool:
        for cell, key in (done[k] for k in sorted(chosen)):
            wrong = _wrong(job, cell, key, pool)
            if wrong:
                different[f"{cell.scenario}, draw {cell.draw}"] = wrong
    return BatchReplayed(folder=str(folder), same=len(chosen) - len(different), different=different)


def _wrong(job: Job, cell: Cell, key: str, pool: ThreadPoolExecutor) -> list[str]:
    """Names of the arrays that are not the same to the last bit."""
    try:
        kept = job.store.read(key)[1]
    except Damaged as error:
        return [f"the block {error}"]
    made = job.again(cell, pool)
    return sorted(n for n in {*kept, *made} if n not in kept or n not in made or kept[n].tobytes() != made[n].tobytes())
