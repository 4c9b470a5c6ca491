"""Evaluate a design block by block, refuse one drowned in luck, and write down what matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from livsbana.uncertainty.blocks import BlockFile
from livsbana.uncertainty.noise import POINTS, noise_by_output, refuse_noise
from livsbana.uncertainty.sensitivity_document import Indices, Noise, Spread, Step
from livsbana.uncertainty.sobol import Design, convergence_of, indices_of, ranked_by, ties_of

Floats = NDArray[np.float64]
Model = Callable[[Floats], Floats]
SKEWED = 2.0


class Tick(Protocol):
    """Told when a block is done."""

    def __call__(self, what: str, /) -> None:
        """One block of ``what`` is done."""


class Found:
    """Results of a design: ``y`` float64[rows, outputs] and what was made of them, by output."""

    def __init__(self, design: Design, outputs: Sequence[str], y: Floats, noise: dict[str, Noise]) -> None:
        self.design, self.outputs, self.y, self.noise = design, tuple(outputs), y, noise
        columns = {name: np.ascontiguousarray(y[:, k]) for k, name in enumerate(outputs)}
        self.indices: dict[str, dict[str, Indices]] = {n: indices_of(design, column) for n, column in columns.items()}
        self.convergence: dict[str, dict[str, list[Step]]] = {n: convergence_of(design, c) for n, c in columns.items()}
        self.spread = {name: _spread(column) for name, column in columns.items()}

    def ties(self, name: str) -> list[str]:
        """Say of one output which inputs cannot be told apart."""
        return [said for said in self._ties(name) if said]

    def _ties(self, name: str) -> Iterator[str]:
        found = self.indices[name]
        for k, rank in enumerate(ties_of(self.design.method, found)):
            clear = [
                n
                for n in rank
                if ranked_by(self.design.method, found[n])[0] > ranked_by(self.design.method, found[n])[1]
            ]
            if not clear:
                yield f"{_listed(rank)}: not distinguishable from no influence"
            elif len(rank) > 1:
                yield f"rank {k + 1}: {_listed(rank)} cannot be told apart, their intervals overlap"

    def warnings(self) -> list[str]:
        """What to keep in mind about these results."""
        said = [
            f"{name} is skewed ({s.skewness:+.1f}): variance says little of its tail; use --method pawn too"
            for name, s in self.spread.items()
            if self.design.method == "sobol" and abs(s.skewness) > SKEWED
        ]
        return said + [f"{name} does not vary over the design" for name, s in self.spread.items() if s.sd == 0.0]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _spread(y: Floats) -> Spread:
    centred, sd = y - y.mean(), float(y.std())
    return Spread(mean=float(y.mean()), sd=sd, skewness=float((centred**3).mean() / sd**3) if sd > 0 else 0.0)


def run_design(
    design: Design,
    outputs: Sequence[str],
    make: Callable[[int], Model],
    persons: int,
    file: BlockFile,
    threads: int = 1,
    tick: Tick = lambda _: None,
) -> Found:
    """Evaluate a design and estimate; noise is judged first, on a part of it.

    Parameters
    ----------
    make
        Gives a model (scores to outputs) with its own memory for one thread; its argument is 0, or 1 for
        other luck.
    persons
        Simulated persons, for what is said about noise.
    file
        Blocks that are done are read from it and new ones saved to it.

    Raises
    ------
    InputError
        When luck is too large a part of an output.
    """
    points = min(POINTS, design.blocks)
    pilot = {f"pilot/{k}": design.scores[k * design.block][None, :] for k in range(points)}
    again = {f"again/{k}": rows for k, rows in enumerate(pilot.values())}
    _evaluate(pilot, lambda: make(0), file, threads, tick, "two seeds")
    _evaluate(again, lambda: make(1), file, threads, tick, "two seeds")
    first, second = (np.concatenate([file[name] for name in names]) for names in (pilot, again))
    noise = noise_by_output(first, second, outputs, persons)
    refuse_noise(noise, persons)
    blocks = {f"{k}": design.scores[k * design.block : (k + 1) * design.block] for k in range(design.blocks)}
    _evaluate(blocks, lambda: make(0), file, threads, tick, "evaluating")
    return Found(design, outputs, np.concatenate([file[name] for name in blocks]), noise)


def steps_of(design: Design) -> int:
    """How often ``run_design`` ticks."""
    return 2 * min(POINTS, design.blocks) + design.blocks


def _evaluate(
    blocks: dict[str, Floats], make: Callable[[], Model], file: BlockFile, threads: int, tick: Tick, what: str
) -> None:
    """Evaluate the blocks that are not there yet; each thread has a model of its own."""
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
