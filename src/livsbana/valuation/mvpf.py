"""Marginal value of public funds (Hendren & Sprung-Keyser 2020, Quarterly Journal of Economics 135)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from livsbana.valuation.discount import Money


class Mvpf(NamedTuple):
    """Components in SEK and their ratio; arrays of one shape.

    ``value`` is ∞ where the programme pays for itself and somebody gains, and NaN where it pays for
    itself and nobody does.
    """

    wtp: Money
    cost: Money
    fiscal_externality: Money
    net_cost: Money
    value: Money


def mvpf(wtp: Money, cost: Money, fiscal_externality: Money) -> Mvpf:
    """What recipients gain for each SEK it costs the public purse in the end.

    Parameters
    ----------
    wtp
        Present value of what private persons gain, SEK[...]: net pay less lost transfers, avoided
        victim cost, and health when it is valued.
    cost
        Present value of the public programme cost, SEK[...].
    fiscal_externality
        Present value of public avoided cost and tax, SEK[...].
    """
    wtp, cost, fiscal_externality = np.asarray(wtp), np.asarray(cost), np.asarray(fiscal_externality)
    net_cost = cost - fiscal_externality
    ratio = wtp / np.where(net_cost > 0, net_cost, np.nan)
    pays_for_itself = (net_cost <= 0) & (wtp > 0)
    return Mvpf(wtp, cost, fiscal_externality, net_cost, np.where(pays_for_itself, np.inf, ratio))
