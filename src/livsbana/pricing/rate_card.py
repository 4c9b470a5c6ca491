"""Prices by risk group, so that nobody gains by choosing whom to serve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def neutral_prices(base_price: float, persons: Array, probability: Array, cost: Array) -> Array:
    """Prices at which every group gives the same expected margin a person.

    Parameters
    ----------
    base_price
        The one price that the card replaces, SEK for an observed outcome.
    persons, probability, cost
        By group: participants, their chance to achieve, and what a participant costs, SEK.

    Returns
    -------
    float64[group]
        P_g with P_g p_g - c_g the same in all groups and the same payment in all as at one price; NaN for a group
        in which nobody achieves, which cannot be paid by outcome.

    Notes
    -----
    With one price the margin P p_g - c_g is largest where success is likely anyway: that is the gain from picking
    the easy. The common margin is the mean margin at one price; where it lies below -c_g no price is negative, but
    the outcome does not carry its cost.
    """
    margin = common_margin(base_price, persons, probability, cost)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(probability > 0, (margin + cost) / probability, np.nan)


def common_margin(base_price: float, persons: Array, probability: Array, cost: Array) -> float:
    """Mean margin a person at one price, over the groups that can be paid by outcome."""
    counted = persons * (probability > 0)
    return float((counted * (base_price * probability - cost)).sum() / counted.sum())


def margins(prices: Sequence[float] | Array, probability: Array, cost: Array) -> Array:
    """Expected margin a person, by group."""
    return np.asarray(prices) * probability - cost
