"""From a gap in prevalence to the odds multipliers, year by year, that make and keep it."""

from __future__ import annotations

from math import exp, log
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from livsbana.parameters.schema import FadeShape

Years = NDArray[np.float64]

SMALLEST, LARGEST = 1e-3, 1e3
MISSED = 1e-9  # of all persons
PRECISION, ROUNDS = 1e-13, 60


class Spread(NamedTuple):
    """Yearly probabilities that differ between persons, by year since start.

    ``weight[year, class]`` is the share of those concerned whose log odds are ``log_odds[year, class]``; what
    the weights leave of 1 has no risk. An odds multiplier moves a mixed group less than one of equals.
    """

    log_odds: Years
    weight: Years

    def rate(self, year: int) -> float:
        """Mean probability of a year."""
        return float(self.weight[year] @ _expit(self.log_odds[year]))


class Solved(NamedTuple):
    """Odds multipliers by year since start, and the first year whose gap they cannot reach."""

    multiplier: Years
    unreachable_from: int | None


def alike(rate: Years) -> Spread:
    """Yearly probabilities that are the same for all, ``rate[year]``."""
    inside = (rate > 0.0) & (rate < 1.0)
    odds = np.where(inside, rate, 0.5) / (1.0 - np.where(inside, rate, 0.5))
    log_odds = np.where(inside, np.log(odds), np.where(rate > 0.0, np.inf, -np.inf))
    return Spread(log_odds[:, None], np.ones((len(rate), 1)))


def follow_up_year(months: int) -> int:
    """Year since start, from 0, at whose end a follow-up of so many months stands."""
    return (months + 11) // 12 - 1


def gap_path(gap: float, months: int, h: float, floor: float, years: int, shape: FadeShape = "hyperbolic") -> Years:
    """Path of a published gap: linear up to the follow-up, then e(t) = gap (floor + (1 − floor) s(t)).

    Parameters
    ----------
    gap
        Prevalence without less prevalence with the programme, at follow-up.
    months
        From start to follow-up.
    h, floor
        Speed of fading per year, and the share of the gap that never fades.
    shape
        Hyperbolic s = 1 / (1 + h t), or exponential s = exp(−h t).

    Returns
    -------
    float64[years]
        The gap at the end of each year since start.
    """
    year = np.arange(years)
    at = follow_up_year(months)
    since = np.maximum(year - at, 0)
    left = np.array([exp(-h * t) for t in since]) if shape == "exponential" else 1.0 / (1.0 + h * since)
    return gap * np.where(year < at, (year + 1) / (at + 1), floor + (1.0 - floor) * left)


def multipliers(
    gaps: Years,
    start: float,
    onset: Spread,
    leave: Spread,
    acts_on: Literal["onset", "remission"],
    closing: Years | None = None,
) -> Solved:
    """Odds multipliers with which a group follows a path of gaps.

    Without the programme the prevalence goes p(k) = p(k−1) (1 − r) + (1 − p(k−1)) q. A gap of last year closes
    by itself by the share c, and the programme moves the odds of r, or of q, by as much as keeps the path:
    gap(k) = gap(k−1) (1 − c) + what it moves.

    Parameters
    ----------
    gaps : float64[years]
        Prevalence without less prevalence with the programme at the end of each year.
    start : float
        Prevalence when the programme starts.
    onset, leave : Spread
        Yearly probabilities q of those without the factor and r of those with it.
    acts_on
        Which of the two the programme moves.
    closing : float64[years]
        Share c; when left out q + r, that of a chain in which all are alike.

    Returns
    -------
    Solved
        ``multiplier`` float64[years], exactly 1 where there is nothing to do and never outside
        ``SMALLEST`` to ``LARGEST``; a year that cannot be reached is missed by as little as possible.
    """
    prevalence, got = start, 0.0
    found, missed = np.ones(len(gaps)), []
    for k, gap in enumerate(gaps.tolist()):
        q, r, with_it = onset.rate(k), leave.rate(k), prevalence - got
        prevalence = prevalence * (1.0 - r) + (1.0 - prevalence) * q
        got *= 1.0 - (q + r if closing is None else float(closing[k]))
        moved, movable = (leave, with_it) if acts_on == "remission" else (onset, with_it - 1.0)
        if gap != got and movable != 0.0:
            rate = r if acts_on == "remission" else q
            found[k], reached = _odds_multiplier(moved, k, rate + (gap - got) / movable)
            got += (reached - rate) * movable
        if abs(gap - got) > MISSED:
            missed.append(k)
    return Solved(found, missed[0] if missed else None)


def event_multipliers(gaps: Years, rate: Spread) -> Solved:
    """Odds multipliers with which a yearly (or once settled) probability lies ``gaps[year]`` lower."""
    found, missed = np.ones(len(gaps)), []
    for k, gap in enumerate(gaps.tolist()):
        before = rate.rate(k)
        reached = before
        if gap != 0.0:
            found[k], reached = _odds_multiplier(rate, k, before - gap)
        if abs(before - reached - gap) > MISSED:
            missed.append(k)
    return Solved(found, missed[0] if missed else None)


def _odds_multiplier(spread: Spread, year: int, wanted: float) -> tuple[float, float]:
    """Odds multiplier that carries the mean probability to another, within limits, and where it ends up."""
    movable = (spread.weight[year] > 0.0) & np.isfinite(spread.log_odds[year])
    log_odds, weight = spread.log_odds[year][movable], spread.weight[year][movable]
    certain = spread.rate(year) - float(weight @ _expit(log_odds))
    if not len(weight):
        return 1.0, certain
    low, high = log(SMALLEST), log(LARGEST)
    if wanted - certain <= weight @ _expit(log_odds + low):
        shift = low
    elif wanted - certain >= weight @ _expit(log_odds + high):
        shift = high
    else:
        shift = _solve_shift(log_odds, weight, wanted - certain, low, high)
    return exp(shift), certain + float(weight @ _expit(log_odds + shift))


def _solve_shift(log_odds: Years, weight: Years, wanted: float, low: float, high: float) -> float:
    """Shift of log odds that gives a mean, by Newton's method inside a bracket that only shrinks."""
    shift = 0.0
    for _ in range(ROUNDS):
        p = _expit(log_odds + shift)
        miss = wanted - float(weight @ p)
        if abs(miss) < PRECISION:
            break
        low, high = (shift, high) if miss > 0.0 else (low, shift)
        step = shift + miss / float(weight @ (p * (1.0 - p)))
        shift = step if low < step < high else (low + high) / 2.0
    return shift


def _expit(log_odds: Years) -> Years:
    """Probabilities of log odds."""
    return 1.0 / (1.0 + np.exp(-log_odds))
