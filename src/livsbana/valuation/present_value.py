"""What a flow of money is worth on the day of the decision, in all and year by year."""

from __future__ import annotations

import numpy as np

from livsbana.valuation.discount import Money, Years, discount_factors


def present_value(flow: Money, years: Years, decision_year: int, rate: float) -> Money:
    """Sum a flow at its value on the day of the decision.

    Parameters
    ----------
    flow
        SEK[..., year] in prices of one year.
    years
        The calendar year of each entry of the last axis.
    decision_year, rate
        See :func:`~livsbana.valuation.discount.discount_factors`.

    Returns
    -------
    ndarray
        SEK[...].
    """
    return (flow * discount_factors(years, decision_year, rate)).sum(axis=-1)


def cumulative(flow: Money, years: Years, decision_year: int, rate: float) -> Money:
    """Running sum of the discounted flow; the last entry is the present value.

    Returns
    -------
    ndarray
        SEK[..., year].
    """
    return np.cumsum(flow * discount_factors(years, decision_year, rate), axis=-1)
