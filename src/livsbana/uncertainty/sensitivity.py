"""Evaluate a design block by block, refuse one drowned in luck, and write down what matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from livsbana.uncertainty.blocks import BlockFile
from livsbana.uncertainty.evaluated import Model, Tick, evaluate_blocks
from livsbana.uncertainty.noise import POINTS, noise_by_output, refuse_noise
from livsbana.uncertainty.sensitivity_document import Indices, Noise, Spread, Step
from livsbana.uncertainty.sobol import Design, convergence_of, indices_of, ranked_by, ties_of

Floats = NDArray[np.float64]
SKEWED = 2.0


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
        return list(self._ties(name))

    def _ties(self, name: str) -> Iterator[str]:
        found = self.indices[name]
        clear = {
            n for n, i in found.items() if ranked_by(self.design.method, i)[0] > ranked_by(self.design.method, i)[1]
        }
        for k, rank in enumerate(ties_of(self.design.method, found)):
            tied = [n for n in rank if n in clear]
            if len(tied) > 1:
                yield f"rank {k + 1}: {_listed(tied)} cannot be told apart, their intervals overlap"
        if len(clear) < len(found):
            yield f"{len(found) - len(clear)} of {len(found)} groups cannot be told from no influence"

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
    first = evaluate_blocks(pilot, lambda: make(0), file, threads, tick, "two seeds")
    second = evaluate_blocks(again, lambda: make(1), file, threads, tick, "two seeds")
    noise = noise_by_output(first, second, outputs, persons)
    refuse_noise(noise, persons)
    blocks = {f"{k}": design.scores[k * design.block : (k + 1) * design.block] for k in range(design.blocks)}
    return Found(design, outputs, evaluate_blocks(blocks, lambda: make(0), file, threads, tick, "evaluating"), noise)


def steps_of(design: Design) -> int:
    """How often ``run_design`` ticks."""
    return 2 * min(POINTS, design.blocks) + design.blocks
