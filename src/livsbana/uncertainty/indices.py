"""Variance-based sensitivity: a design on independent primitives, guarded estimates, ties and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
from SALib.analyze import sobol as estimators
from SALib.sample import sobol as designs

from livsbana.uncertainty.luck import stream

FloatArray = npt.NDArray[np.float64]
LARGEST_NOISE_SHARE = 0.10
CONVERGENCE_PARTS = (8, 4, 2, 1)


@dataclass(frozen=True)
class Design:
    """A Saltelli design on the unit cube.

    ``points`` [evaluation, primitive] come in ``n`` consecutive sets of equally many evaluations, so that the
    first sets are a smaller design. ``group_of`` [primitive] names the input that each primitive belongs to.
    """

    group_of: tuple[str, ...]
    n: int
    second_order: bool
    seed: int
    points: FloatArray

    @property
    def inputs(self) -> tuple[str, ...]:
        """The grouped inputs in order of appearance."""
        return tuple(dict.fromkeys(self.group_of))

    @property
    def evaluations_a_set(self) -> int:
        """Evaluations in one set: both base points and their crossings."""
        crossings = 2 if self.second_order else 1
        return crossings * len(self.inputs) + 2


@dataclass(frozen=True)
class Index:
    """First-order and total index of one input, each with the half-width of its 95 % interval."""

    first: float
    first_half_width: float
    total: float
    total_half_width: float

    def overlaps(self, other: Index) -> bool:
        """Whether the intervals of the total indices overlap."""
        return abs(self.total - other.total) <= self.total_half_width + other.total_half_width


@dataclass(frozen=True)
class Indices:
    """Indices by input; ``second`` by pair of inputs (index, half-width), empty unless asked for."""

    by_input: dict[str, Index]
    second: dict[tuple[str, str], tuple[float, float]]


def make_design(group_of: Sequence[str], n: int, seed: int, second_order: bool = False) -> Design:
    """Lay out a scrambled Saltelli design.

    Parameters
    ----------
    group_of : sequence of str
        The input of each primitive; primitives of one input move together.
    n : int
        Number of base points, a power of two.

    Raises
    ------
    ValueError
        If ``n`` is not a power of two or there are fewer than two inputs.

    Notes
    -----
    Saltelli (2002), Computer Physics Communications 145, 280–297, as in SALib.
    """
    if n < 2 or n & (n - 1):
        raise ValueError(f"n is {n}; a Sobol design needs a power of two, such as 1024")
    if len(set(group_of)) < 2:
        raise ValueError("a comparison needs at least two inputs")
    key = int(stream(seed, "sensitivity/design").integers(2**63))
    points = designs.sample(_problem(group_of), n, calc_second_order=second_order, seed=key)
    return Design(tuple(group_of), n, second_order, seed, points)


def estimate(design: Design, output: FloatArray) -> Indices:
    """Estimate the indices of one output.

    Parameters
    ----------
    output : array [evaluation]
        One value for each point of the design, in order.

    Raises
    ------
    ValueError
        If values are missing, not finite, or all the same: the estimators would give zeros without a word.
    """
    _guard(design, output)
    found: Any = estimators.analyze(
        _problem(design.group_of),
        output,
        calc_second_order=design.second_order,
        seed=stream(design.seed, "sensitivity/resamples"),  # a seed of 0 would be taken for none
    )
    columns = ("S1", "S1_conf", "ST", "ST_conf")
    by_input = {name: Index(*(float(found[c][k]) for c in columns)) for k, name in enumerate(design.inputs)}
    return Indices(by_input, _second(design, found) if design.second_order else {})


def convergence(design: Design, output: FloatArray) -> dict[int, Indices]:
    """Indices from the first eighth, quarter and half of the design, and from all of it, by base points."""
    _guard(design, output)
    found = {}
    for n in sorted({max(2, design.n // part) for part in CONVERGENCE_PARTS}):
        rows = n * design.evaluations_a_set
        part = Design(design.group_of, n, design.second_order, design.seed, design.points[:rows])
        found[n] = estimate(part, output[:rows])
    return found


def ties(by_input: dict[str, Index]) -> list[tuple[str, ...]]:
    """Rank inputs by total index; inputs whose interval overlaps that of the first of their rank are tied."""
    ranks: list[list[str]] = []
    for name in sorted(by_input, key=lambda x: (-by_input[x].total, x)):
        if ranks and by_input[name].overlaps(by_input[ranks[-1][0]]):
            ranks[-1].append(name)
        else:
            ranks.append([name])
    return [tuple(rank) for rank in ranks]


def disagreements(one: Indices, other: Indices) -> list[str]:
    """Inputs whose total indices from two designs have intervals apart: the designs are too small for them."""
    return [name for name, index in one.by_input.items() if not index.overlaps(other.by_input[name])]


def noise_share(noise_variance: FloatArray, output: FloatArray) -> float:
    """Share of an output's variance over evaluations that is Monte Carlo noise.

    Parameters
    ----------
    noise_variance, output : array [evaluation]
        Squared Monte Carlo error, and value, of each evaluation.
    """
    return float(noise_variance.mean() / output.var(ddof=1))


def persons_needed(share: float, persons: int, largest: float = LARGEST_NOISE_SHARE) -> int:
    """Simulated persons with which noise is at most ``largest`` of the variance; noise falls as 1/persons.

    Raises
    ------
    ValueError
        If noise is all there is, so that no number of persons can be told.
    """
    if share >= 1:
        raise ValueError("Monte Carlo noise is as large as the output's whole variance; simulate more persons")
    return max(persons, ceil(persons * share * (1 - largest) / ((1 - share) * largest)))


def _problem(group_of: Sequence[str]) -> dict[str, Any]:
    names = [f"{group}/{k}" for k, group in enumerate(group_of)]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names), "groups": list(group_of)}


def _guard(design: Design, output: FloatArray) -> None:
    if output.shape != (len(design.points),):
        raise ValueError(f"{output.shape} values for a design of {len(design.points)} evaluations")
    wrong = np.flatnonzero(~np.isfinite(output))
    if len(wrong):
        raise ValueError(f"{len(wrong)} of {len(output)} values are not finite, first at evaluation {wrong[0]}")
    if np.ptp(output) == 0:
        raise ValueError("the output does not vary over the design: nothing can be shared out")


def _second(design: Design, found: Any) -> dict[tuple[str, str], tuple[float, float]]:
    names = design.inputs
    pairs = [(j, k) for j in range(len(names)) for k in range(j + 1, len(names))]
    return {(names[j], names[k]): (float(found["S2"][j, k]), float(found["S2_conf"][j, k])) for j, k in pairs}
