"""From a gap in prevalence to the odds multipliers, year by year, that make and keep it."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Years = NDArray[np.float64]

SMALLEST, LARGEST = 1e-3, 1e3
MISSED = 1e-9  # of all persons


class Solved(NamedTuple):
    """Odds multipliers by year since start, and the first year whose gap they cannot reach."""

    multiplier: Years
    unreachable_from: int | None


def follow_up_year(months: int) -> int:
    """Year since start, from 0, at whose end a follow-up of so many months stands."""
    return (months + 11) // 12 - 1


def gap_path(gap: float, months: int, h: float, floor: float, years: int) -> Years:
    """Path of a published gap: linear up to the follow-up, then e(t) = gap (floor + (1 − floor) / (1 + h t)).

    Parameters
    ----------
    gap
        Prevalence without less prevalence with the programme, at follow-up.
    months
        From start to follow-up.
    h, floor
        Speed of fading per year, and the share of the gap that never fades.

    Returns
    -------
    float64[years]
        The gap at the end of each year since start.
    """
    year = np.arange(years)
    at = follow_up_year(months)
    since = np.maximum(year - at, 0)
    return gap * np.where(year < at, (year + 1) / (at + 1), floor + (1.0 - floor) / (1.0 + h * since))


def multipliers(
    gaps: Years, start: float, onset: Years, leave: Years, acts_on: Literal["onset", "remission"]
) -> Solved:
    """Odds multipliers with which a two-state chain follows a path of gaps.

    Without the programme p(k) = p(k−1) (1 − r(k)) + (1 − p(k−1)) q(k); with it, the odds of r(k), or of q(k),
    are multiplied so that the prevalence is ``gaps[k]`` lower.

    Parameters
    ----------
    gaps : float64[years]
        Prevalence without less prevalence with the programme at the end of each year.
    start : float
        Prevalence when the programme starts.
    onset, leave : float64[years]
        Yearly probabilities q and r of the group that is reached.
    acts_on
        Which of the two the programme moves.

    Returns
    -------
    Solved
        ``multiplier`` float64[years], exactly 1 where there is nothing to do and never outside
        ``SMALLEST`` to ``LARGEST``; a year that cannot be reached is missed by as little as possible.
    """
    without = with_it = start
    sign = -1.0 if acts_on == "remission" else 1.0
    found, missed = np.ones(len(gaps)), []
    for k, (gap, q, r) in enumerate(zip(gaps.tolist(), onset.tolist(), leave.tolist(), strict=True)):
        without = without * (1.0 - r) + (1.0 - without) * q
        rate, at_risk = (r, with_it) if acts_on == "remission" else (q, 1.0 - with_it)
        with_it = with_it * (1.0 - r) + (1.0 - with_it) * q
        extra = without - gap - with_it
        if extra != 0.0 and at_risk > 0.0:
            found[k], reached = _odds_multiplier(rate, rate + sign * extra / at_risk)
            with_it += sign * at_risk * (reached - rate)
        if abs(without - gap - with_it) > MISSED:
            missed.append(k)
    return Solved(found, missed[0] if missed else None)


def event_multipliers(gaps: Years, rate: Years) -> Solved:
    """Odds multipliers with which a yearly (or once settled) probability lies ``gaps`` lower.

    Parameters
    ----------
    gaps, rate : float64[years]
        Wanted difference, and the probability without the programme, by year since start.
    """
    found, missed = np.ones(len(gaps)), []
    for k, (gap, p) in enumerate(zip(gaps.tolist(), rate.tolist(), strict=True)):
        if gap != 0.0:
            found[k], reached = _odds_multiplier(p, p - gap)
            if abs(p - gap - reached) > MISSED:
                missed.append(k)
    return Solved(found, missed[0] if missed else None)


def _odds_multiplier(rate: float, wanted: float) -> tuple[float, float]:
    """Odds multiplier that carries one probability to another, within limits, and where it ends up."""
    if not 0.0 < rate < 1.0:
        return 1.0, rate
    odds = rate / (1.0 - rate)
    if wanted <= 0.0:
        multiplier = SMALLEST
    elif wanted >= 1.0:
        multiplier = LARGEST
    else:
        multiplier = min(max(wanted / (1.0 - wanted) / odds, SMALLEST), LARGEST)
    return multiplier, multiplier * odds / (1.0 + multiplier * odds)
