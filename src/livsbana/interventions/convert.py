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
    gaps: Years,
    start: float,
    onset: Years,
    leave: Years,
    acts_on: Literal["onset", "remission"],
    exposed: Years | None = None,
    closing: Years | None = None,
) -> Solved:
    """Odds multipliers with which a group follows a path of gaps.

    Without the programme the prevalence goes p(k) = p(k−1) (1 − r) + (1 − p(k−1)) x q. A gap of last year
    closes by itself by the share c, and the programme moves the odds of r, or of q, by as much as keeps
    the path: gap(k) = gap(k−1) (1 − c) + what it moves.

    Parameters
    ----------
    gaps : float64[years]
        Prevalence without less prevalence with the programme at the end of each year.
    start : float
        Prevalence when the programme starts.
    onset, leave : float64[years]
        Yearly probabilities q (among those at risk) and r of the group that is reached.
    acts_on
        Which of the two the programme moves.
    exposed : float64[years]
        Share x at risk among those without the factor; all when left out.
    closing : float64[years]
        Share c; r + x q, that of a chain in which all are alike, when left out.

    Returns
    -------
    Solved
        ``multiplier`` float64[years], exactly 1 where there is nothing to do and never outside
        ``SMALLEST`` to ``LARGEST``; a year that cannot be reached is missed by as little as possible.
    """
    at_risk_share = np.ones(len(gaps)) if exposed is None else exposed
    closes = leave + at_risk_share * onset if closing is None else closing
    prevalence, got = start, 0.0
    found, missed = np.ones(len(gaps)), []
    for k, gap in enumerate(gaps.tolist()):
        q, r, x = float(onset[k]), float(leave[k]), float(at_risk_share[k])
        with_it = prevalence - got
        prevalence = prevalence * (1.0 - r) + (1.0 - prevalence) * x * q
        got *= 1.0 - float(closes[k])
        rate, movable = (r, with_it) if acts_on == "remission" else (q, (with_it - 1.0) * x)
        if gap != got and movable != 0.0:
            found[k], reached = _odds_multiplier(rate, rate + (gap - got) / movable)
            got += (reached - rate) * movable
        if abs(gap - got) > MISSED:
            missed.append(k)
    return Solved(found, missed[0] if missed else None)


def event_multipliers(gaps: Years, rate: Years, exposed: Years | None = None) -> Solved:
    """Odds multipliers with which a yearly (or once settled) probability lies ``gaps`` lower.

    Parameters
    ----------
    gaps, rate : float64[years]
        Wanted difference among all, and the probability among those at risk, by year since start.
    exposed : float64[years]
        Share at risk; all when left out.
    """
    found, missed = np.ones(len(gaps)), []
    for k, (gap, p) in enumerate(zip(gaps.tolist(), rate.tolist(), strict=True)):
        at_risk = 1.0 if exposed is None else float(exposed[k])
        if gap != 0.0 and at_risk > 0.0:
            found[k], reached = _odds_multiplier(p, p - gap / at_risk)
            gap -= (p - reached) * at_risk
        if abs(gap) > MISSED:
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
