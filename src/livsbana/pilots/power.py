"""Chance that an evaluation sees an effect: closed forms for shares, thresholds, and before and after.

Standard errors: of a difference between two shares, se² = Σ p(1 − p)/n; of a standardised difference with n an arm,
se = √(2/n) √deff; of a mean that falls from before to after, se = CV √(2(1 − ρ)/n).
"""

from __future__ import annotations

from math import ceil, exp, pi, sqrt
from statistics import NormalDist

NORMAL = NormalDist()
ALPHA, WANTED_POWER = 0.05, 0.8
MOST_NEEDED = 1_000_000


def se_of_shares(p: float, q: float, n: int, m: int, deff: float = 1.0) -> float:
    """Standard error of the difference between a share p of n persons and a share q of m."""
    return sqrt(deff * (p * (1 - p) / n + q * (1 - q) / m))


def se_before_after(p: float, q: float, n: int, rho: float) -> float:
    """Standard error of the change in a share of the same n persons, whose two answers correlate by rho."""
    a, b = p * (1 - p), q * (1 - q)
    return sqrt(max(a + b - 2 * rho * sqrt(a * b), 0.0) / n)


def detects(difference: float, se: float, alpha: float = ALPHA) -> float:
    """Probability that a two-sided test sees a difference of this sign."""
    if se <= 0:
        return float(difference != 0)
    return NORMAL.cdf(abs(difference) / se - NORMAL.inv_cdf(1 - alpha / 2))


def exceeds(d: float, threshold: float, n: int, deff: float = 1.0) -> float:
    """Probability that an estimated standardised difference, n an arm, is at least a threshold."""
    return NORMAL.cdf((d - threshold) / (sqrt(2 / n) * sqrt(deff)))


def significant(d: float, n: int, alpha: float) -> float:
    """Probability that a one-sided test of a standardised difference, n an arm, is significant."""
    return NORMAL.cdf(d / sqrt(2 / n) - NORMAL.inv_cdf(1 - alpha))


def mean_falls(by: float, true_fall: float, n: int, cv: float, rho: float) -> float:
    """Probability that a mean is seen to fall by at least a share from before to after, without comparison."""
    return NORMAL.cdf((true_fall - by) / (cv * sqrt(2 * (1 - rho) / n)))


def false_gain_of_selected(top: float, rho: float) -> float:
    """Gain in SD that the worst share ``top`` shows at a second reading though nothing was done."""
    z = NORMAL.inv_cdf(1 - top)
    return (1 - rho) * exp(-z * z / 2) / sqrt(2 * pi) / top


def needed_an_arm(p: float, q: float, deff: float = 1.0, power: float = WANTED_POWER) -> int | None:
    """Persons an arm for the wanted power; None where the shares do not differ, or more than a million are needed."""
    if p == q:
        return None
    z = NORMAL.inv_cdf(1 - ALPHA / 2) + NORMAL.inv_cdf(power)
    n = ceil(deff * z * z * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2)
    return n if n <= MOST_NEEDED else None
