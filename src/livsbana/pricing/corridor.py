"""The corridor of a price: the least at which delivery is covered with its risk, the most that it is worth.

A price is paid for each *observed* outcome, or for each outcome that was *caused*. Of the observed only
(p1 - p0) / p1 were caused: to pay the value of a caused outcome for every observed one overpays by p1 / (p1 - p0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

Array = np.ndarray
QUANTILES = 200
WORST = 0.05
ROUNDS = 200
PRECISION = 1e-12


def numbers_paid(participants: Sequence[float], probability: Sequence[float]) -> Array:
    """How many outcomes are observed: luck at the real size, as equally likely numbers in every draw.

    Parameters
    ----------
    participants, probability
        By draw: persons served, and the share of them who achieve.

    Returns
    -------
    float64[draw, quantile]
        Mid-quantiles of binomial distributions, spread so that the mean is exact; no luck is drawn.
    """
    at = (np.arange(QUANTILES) + 0.5) / QUANTILES
    found = []
    for n, p in zip(participants, probability, strict=True):
        numbers = binom.ppf(at, max(round(n), 1), min(max(p, 0.0), 1.0)).astype(float)
        mean = numbers.mean()
        found.append(numbers * (n * p / mean) if mean > 0 else numbers)
    return np.array(found)


def worst_mean(losses: Array) -> float:
    """Mean of the worst twentieth of equally likely losses (CVaR at 95 per cent), at least one of them."""
    ordered = np.sort(losses, axis=None)[::-1]
    return float(ordered[: max(1, round(WORST * ordered.size))].mean())


def floor_price(cost: Array, paid: Array, risk_weight: float) -> float | None:
    """Smallest price at which expected revenue covers delivery and what its risk is worth.

    Parameters
    ----------
    cost : float64[draw]
        Delivery, with interest until the outcome is paid for, SEK.
    paid : float64[draw, quantile]
        Outcomes paid for.
    risk_weight
        SEK asked for each SEK of expected shortfall in the worst twentieth of cases.

    Returns
    -------
    float or None
        SEK an outcome: smallest P with E[P K] >= E[C] + risk_weight x CVaR95(max(0, C - P K)); None when no outcome
        is ever paid for. Without risk E[C] / E[K].
    """
    expected, costs = float(paid.mean()), float(cost.mean())
    if expected <= 0:
        return None

    def short(price: float) -> float:
        missing = np.maximum(0.0, cost[:, None] - price * paid)
        return costs + risk_weight * worst_mean(missing) - price * expected

    low = costs / expected
    high = (costs + risk_weight * float(cost.max())) / expected
    for _ in range(ROUNDS):
        if high - low <= PRECISION * max(high, 1.0):
            break
        middle = 0.5 * (low + high)
        low, high = (middle, high) if short(middle) > 0 else (low, middle)
    return high


def ceilings(values: Mapping[str, Sequence[float]], paid_share: Mapping[str, float]) -> dict[str, float]:
    """The most that each payer can pay for a caused outcome.

    Parameters
    ----------
    values
        By payer, each value that counts (``do`` and ``iv`` where both exist); the lowest holds.
    paid_share
        The part of its value that a payer is ready to pay out.

    Returns
    -------
    dict
        By payer, SEK, never below 0. What some lose the others make good first, so that the sum is what the payers
        gain together, or 0 where they gain nothing.
    """
    least = {name: min(found) for name, found in values.items()}
    ready = {name: paid_share[name] * v if v > 0 else v for name, v in least.items()}
    gain, together = sum(v for v in ready.values() if v > 0), sum(ready.values())
    left = max(together, 0.0) / gain if gain > 0 else 0.0
    return {name: max(v, 0.0) * left for name, v in ready.items()}


@dataclass(frozen=True)
class Capped:
    """Ceilings for an observed outcome by payer, the state's after its cap, and what the cap alone would allow."""

    by_payer: dict[str, float]
    cap: float
    binds: bool

    @property
    def total(self) -> float:
        """All payers together."""
        return sum(self.by_payer.values())


def capped(by_payer: Mapping[str, float], cap: float, state: str = "state") -> Capped:
    """Cut the state's ceiling at its cap."""
    return Capped({**by_payer, state: min(by_payer[state], cap)}, cap, by_payer[state] > cap)


def state_cap(cost: float, observed: float, share: float) -> float:
    """Most that the state may pay for an observed outcome: its share of the costs, spread over what is expected."""
    return share * cost / observed if observed > 0 else 0.0


def expected_capped(price: float, paid: Array, cap: float) -> float:
    """Expected payment when no more than ``cap`` SEK is paid in all; never above min(E[price K], cap)."""
    return float(np.minimum(price * paid, cap).mean())


def caused_part(observed: float, without: float) -> float:
    """The part of observed outcomes that was caused, (p1 - p0) / p1; 0 where none was."""
    return max(observed - without, 0.0) / observed if observed > 0 else 0.0


def milestone_price(final: float, probability: float, leak: float, years: int, rate: float) -> float:
    """What a milestone is worth: the final price times what it causally adds to its probability, paid earlier."""
    return max(final * probability * (1.0 - leak) * (1.0 + rate) ** -years, 0.0)


def paid_once(prices: Sequence[float]) -> float:
    """What is paid for a person who achieves several linked outcomes: the highest price, not their sum."""
    return max(prices, default=0.0)
