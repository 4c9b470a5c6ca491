"""Evaluate blocks of scores on threads; what is done is kept, and a stop loses only what is under way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from livsbana.uncertainty.blocks import BlockFile

Floats = NDArray[np.float64]
Model = Callable[[Floats], Floats]


class Tick(Protocol):
    """Told when a block is done."""

    def __call__(self, what: str, /) -> None:
        """One block of ``what`` is done."""


def evaluate_blocks(
    blocks: dict[str, Floats], make: Callable[[], Model], file: BlockFile, threads: int, tick: Tick, what: str
) -> Floats:
    """Evaluate the blocks that are not there yet, and give all; each thread has a model of its own.

    Returns
    -------
    float64[rows, outputs]
        In the order of ``blocks``, whatever the order in which they were done.
    """
    models: SimpleQueue[Model] = SimpleQueue()

    def run(rows: Floats) -> Floats:
        model = models.get()
        try:
            return np.array([model(scores) for scores in rows])
        finally:
            models.put(model)

    missing = [name for name in blocks if name not in file]
    for _ in range(len(blocks) - len(missing)):
        tick(what)
    for _ in range(min(threads, len(missing))):
        models.put(make())
    waiting: dict[Future[Any], str] = {}
    with ThreadPoolExecutor(threads) as pool:
        try:
            while missing or waiting:
                while missing and len(waiting) < 2 * threads:
                    name = missing.pop(0)
                    waiting[pool.submit(run, blocks[name])] = name
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    file.save(waiting.pop(future), future.result())
                    tick(what)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return np.concatenate([file[name] for name in blocks])
