"""Designs and estimators of global sensitivity (SALib): Sobol, Morris and PAWN on standard normal inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import morris as morris_analysis
from SALib.analyze import pawn as pawn_analysis
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import latin
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

from livsbana.errors import InputError
from livsbana.uncertainty.luck import stream
from livsbana.uncertainty.sensitivity_document import Indices, Method, Step

Floats = NDArray[np.float64]
STANDARD = NormalDist()
RESAMPLES, PAWN_RESAMPLES, SLICES, LEVELS = 300, 40, 10, 4
EDGE = 2.0**-33  # no point of a design lies at an end, where a normal score is infinite
MORRIS_RANGE = (0.05, 0.95)
FEWEST = 16


@dataclass(frozen=True)
class Design:
    """Where to evaluate: ``unit`` and ``scores`` float64[rows, inputs], blocks of ``block`` rows in order.

    ``unit`` are the probabilities that SALib gave, ``scores`` their standard normal scores.
    """

    method: Method
    names: tuple[str, ...]
    n: int
    second: bool
    seed: int
    unit: Floats
    scores: Floats
    block: int

    @property
    def blocks(self) -> int:
        """Number of blocks: base points, or trajectories."""
        return len(self.unit) // self.block

    @property
    def problem(self) -> dict[str, Any]:
        """What SALib calls the problem."""
        return _problem(self.names, self.method)


def make_design(method: Method, names: Sequence[str], n: int, seed: int, second: bool = False) -> Design:
    """Lay out a design.

    Parameters
    ----------
    n
        Base points of Sobol (a power of two; n (inputs + 2) evaluations), trajectories of Morris, points of PAWN.
    second
        Whether second order is wanted; n (2 inputs + 2) evaluations.

    Raises
    ------
    InputError
        When Sobol's n is not a power of two, or too small for any index.
    """
    if method == "sobol" and n & (n - 1):
        raise InputError(f"--n {n}: a Sobol sequence is balanced at powers of two; use {1 << n.bit_length()}")
    if n < FEWEST:
        raise InputError(f"--n {n} is too few for any index; use at least {FEWEST}")
    if second and method != "sobol":
        raise InputError(f"--second is for --method sobol; {method} has no second order")
    problem, k = _problem(names, method), len(names)
    if method == "sobol":
        unit, block = sobol_sample.sample(problem, n, calc_second_order=second, seed=seed), (2 if second else 1) * k + 2
    elif method == "morris":
        unit, block = morris_sample.sample(problem, n, num_levels=LEVELS, seed=seed), k + 1
    else:
        unit, block = latin.sample(problem, n, seed=seed), 1
    return Design(method, tuple(names), n, second, seed, unit, normal_scores(unit), block)


def _problem(names: Sequence[str], method: Method) -> dict[str, Any]:
    low, high = MORRIS_RANGE if method == "morris" else (0.0, 1.0)
    return {"num_vars": len(names), "names": list(names), "bounds": [[low, high]] * len(names)}


def normal_scores(unit: Floats) -> Floats:
    """Standard normal scores of probabilities, never infinite."""
    inside = np.clip(unit, EDGE, 1 - EDGE)
    return np.array([STANDARD.inv_cdf(float(p)) for p in inside.ravel()]).reshape(unit.shape)


def indices_of(design: Design, y: Floats) -> dict[str, Indices]:
    """Indices of every input from one output ``y[rows]``; whole blocks from the first on will do.

    Raises
    ------
    ValueError
        When an output is not finite: nothing of the kind may reach an estimator.
    """
    if not np.isfinite(y).all():
        row = int(np.flatnonzero(~np.isfinite(y))[0])
        raise ValueError(f"the output at row {row} of the design is {y[row]}; no index can be made of it")
    if float(np.ptp(y)) <= 1e-12 * max(1.0, float(np.abs(y).max())):
        return {name: Indices() for name in design.names}  # what does not vary has no sensitivity
    return {"sobol": _sobol, "morris": _morris, "pawn": _pawn}[design.method](design, y)


def _sobol(design: Design, y: Floats) -> dict[str, Indices]:
    found = sobol_analysis.analyze(
        design.problem,
        y,
        calc_second_order=design.second,
        num_resamples=RESAMPLES,
        seed=design.seed + 1,  # SALib takes 0 for no seed
    )
    indices = {}
    for k, name in enumerate(design.names):
        more: dict[str, Any] = {}
        if design.second:
            for key in ("S2", "S2_conf"):
                both = np.where(np.isfinite(found[key]), found[key], found[key].T)
                more[key] = {other: float(both[k, j]) for j, other in enumerate(design.names) if j != k}
        more |= {key: float(found[key][k]) for key in ("S1", "S1_conf", "ST", "ST_conf")}
        indices[name] = Indices(**more)
    return indices


def _morris(design: Design, y: Floats) -> dict[str, Indices]:
    x = design.unit[: len(y)]
    found = morris_analysis.analyze(
        design.problem, x, y, num_resamples=RESAMPLES, num_levels=LEVELS, seed=design.seed + 1
    )
    return {
        name: Indices(
            mu_star=float(found["mu_star"][k]),
            mu_star_conf=float(found["mu_star_conf"][k]),
            sigma=float(found["sigma"][k]),
        )
        for k, name in enumerate(design.names)
    }


def _pawn(design: Design, y: Floats) -> dict[str, Indices]:
    x, luck = design.unit[: len(y)], stream(design.seed, "pawn")
    found = pawn_analysis.analyze(design.problem, x, y, S=SLICES)
    again = []
    for _ in range(PAWN_RESAMPLES):
        rows = luck.integers(len(y), size=len(y))
        again.append(pawn_analysis.analyze(design.problem, x[rows], y[rows], S=SLICES)["median"])
    conf = STANDARD.inv_cdf(0.975) * np.std(again, axis=0, ddof=1)
    return {
        name: Indices(median=float(found["median"][k]), median_conf=float(conf[k]), maximum=float(found["maximum"][k]))
        for k, name in enumerate(design.names)
    }


def ranked_by(method: Method, indices: Indices) -> tuple[float, float]:
    """The index by which inputs are ranked and half the width of its interval; 0 where the output does not vary."""
    index, conf = {
        "sobol": (indices.ST, indices.ST_conf),
        "morris": (indices.mu_star, indices.mu_star_conf),
        "pawn": (indices.median, indices.median_conf),
    }[method]
    return index or 0.0, conf or 0.0


def ranking(method: Method, indices: dict[str, Indices]) -> list[str]:
    """Inputs from the one that matters most."""
    return sorted(indices, key=lambda name: (-ranked_by(method, indices[name])[0], name))


def ties_of(method: Method, indices: dict[str, Indices]) -> list[list[str]]:
    """Inputs in ranks: those of one rank have intervals that overlap that of the first among them."""
    ranks: list[list[str]] = []
    floor = np.inf
    for name in ranking(method, indices):
        index, conf = ranked_by(method, indices[name])
        if ranks and index + conf >= floor:
            ranks[-1].append(name)
        else:
            ranks.append([name])
            floor = index - conf
    return ranks


def convergence_of(design: Design, y: Floats) -> dict[str, list[Step]]:
    """The ranking index of each input from an eighth, a quarter, half and all of the design."""
    steps: dict[str, list[Step]] = {name: [] for name in design.names}
    for n in (design.blocks // 8, design.blocks // 4, design.blocks // 2, design.blocks):
        if n < FEWEST:
            continue
        for name, found in indices_of(design, y[: n * design.block]).items():
            index, conf = ranked_by(design.method, found)
            steps[name].append(Step(n=n, index=index, conf=conf))
    return steps
