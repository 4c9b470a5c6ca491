"""Published levels to yearly goals: smooth paths by age and sex whose band means are the targets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp, log

import numpy as np

from livsbana.lifecourse.compile import AGES, Model, Row, Value
from livsbana.lifecourse.kernel import Goals
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Number, Target

SEXES = ("female", "male")
LARGEST_TAKEN = 0.98  # the alternatives with targets leave the rest at least 2 per cent


def goals_of(library: Library, model: Model, value: Value, passes: int = 25) -> Goals:
    """What alignment must meet: national levels by age and sex.

    Returns
    -------
    Goals
        ``onset[age, row, sex]`` shares or yearly probabilities, ``leave[age, row, sex]``; NaN outside a
        row's ages and where nothing is published.
    """
    onset = np.full((AGES, len(model.rows), 2), np.nan)
    leave = np.full((AGES, len(model.rows), 2), np.nan)
    for k, row in enumerate(model.rows):
        for sex in range(2):
            onset[:, k, sex] = _level(library, row, value, sex)
            leave[:, k, sex] = _leaving(row, value)
    _leave_room_for_rest(model, onset)
    return Goals(onset, leave, np.array([passes], np.int64))


def national_targets(row: Row) -> list[Target]:
    """Targets that set the level of a row: for calibration, by sex or for everybody."""
    targets = row.alternative.targets if row.alternative else row.factor.targets
    if targets == "none":
        return []
    return [t for t in targets if t.use == "calibration" and set(t.where) <= {"sex"} and not is_lifetime(row, t)]


def is_lifetime(row: Row, target: Target) -> bool:
    """Whether the target is the share who ever had a state or event: it sets the length of spells, not the level."""
    return target.kind == "ever" and row.factor.kind != "milestone"


def group_targets(row: Row) -> list[Target]:
    """Targets of groups, met by the multipliers of their traits."""
    targets = row.alternative.targets if row.alternative else row.factor.targets
    if targets == "none":
        return []
    return [t for t in targets if t.use == "calibration" and not set(t.where) <= {"sex"}]


def _level(library: Library, row: Row, value: Value, sex: int) -> np.ndarray:
    """Yearly goal by age for one sex; NaN outside the row's ages."""
    path = np.full(AGES, np.nan)
    if row.factor.kind == "death":
        path[:] = library.life_table[:AGES, sex]
        return path
    targets = [t for t in national_targets(row) if t.where.get("sex", SEXES[sex]) == SEXES[sex]]
    if targets and not (row.alternative and row.alternative.forced_by):
        bands = tuple(
            (max(t.ages[0], 0), min(t.ages[1], AGES - 1), value(t.value), half_width(t.value) / 2) for t in targets
        )
        first, last = row.ages
        path[first : last + 1] = _path_of(bands)[first : last + 1]
    return path


@lru_cache(maxsize=1024)  # both sexes of a row, and all rounds of a fit, ask for the same paths
def _path_of(bands: tuple[tuple[int, int, float, float], ...]) -> np.ndarray:
    """The smooth path of a row's bands over all ages; not to be written to."""
    path = smooth_path(bands, AGES)
    path.flags.writeable = False
    return path


def smooth_path(bands: Sequence[tuple[int, int, float, float]], ages: int) -> np.ndarray:
    """A smooth path by single age whose band means meet their targets, by penalised least squares.

    Minimises the squared misses of the band means in units of their spread, plus a small penalty on the
    second differences of the log odds. Bands may overlap (then they share the miss by 1/spread²) and may
    leave gaps (then the path goes straight on).

    Parameters
    ----------
    bands : sequence of (first age, last age, share, spread)
        ``spread`` is the standard deviation of the target; the narrowest counts as 1 % of the share.

    Returns
    -------
    float64[ages]
        Shares.
    """
    share = np.array([min(max(v, 1e-7), 1 - 1e-7) for _, _, v, _ in bands])
    spread = np.maximum([s for *_, s in bands], 0.01 * share) * 0.1
    mean = np.array([[(a <= t <= b) / (b - a + 1) for t in range(ages)] for a, b, _, _ in bands])
    rough = 0.3 * np.diff(np.eye(ages), 2, axis=0)
    level = 1e-3 * np.diff(np.eye(ages), axis=0)
    x = np.full(ages, log(share.mean() / (1 - share.mean())))
    for _ in range(40):
        p = 1 / (1 + np.exp(-x))
        jacobian = np.vstack([mean * (p * (1 - p)) / spread[:, None], rough, level])
        miss = np.concatenate([(mean @ p - share) / spread, rough @ x, level @ x])
        step = np.linalg.solve(jacobian.T @ jacobian, jacobian.T @ miss)
        x = x - np.clip(step, -1.5, 1.5)
        if np.abs(step).max() < 1e-6:
            break
    return 1 / (1 + np.exp(-x))


def _leaving(row: Row, value: Value) -> np.ndarray:
    """Probability of remission (state) or to stay (category) by age."""
    path = np.full(AGES, np.nan)
    if row.alternative is not None:
        if row.alternative.stay is not None:
            path[row.ages[0] : row.ages[1] + 1] = value(row.alternative.stay)
        return path
    bands = [(r.ages[0], r.ages[1], value(r.value)) for r in row.factor.remission]
    if bands:
        centres = [(a + b) / 2 for a, b, _ in sorted(bands)]
        path[:] = np.interp(np.arange(AGES), centres, [v for *_, v in sorted(bands)])
    return path


def _leave_room_for_rest(model: Model, onset: np.ndarray) -> None:
    """Scale alternatives down where together they leave nothing for the rest."""
    for category in {r.factor.id for r in model.rows if r.alternative}:
        members = [k for k, r in enumerate(model.rows) if r.factor.id == category]
        taken = np.nansum(onset[:, members], axis=1, keepdims=True)
        onset[:, members] *= np.where(taken > LARGEST_TAKEN, LARGEST_TAKEN / np.maximum(taken, 1e-9), 1.0)


def logit(p: float) -> float:
    """Log odds, kept finite."""
    p = min(max(p, 1e-9), 1 - 1e-9)
    return log(p / (1 - p))


def expit(x: float) -> float:
    """The inverse of the log odds."""
    return 1 / (1 + exp(-x))


def half_width(number: Number) -> float:
    """Half of the published interval; 0 when there is none."""
    if number.low is None or number.high is None:
        return 0.0
    return (number.high - number.low) / 2
