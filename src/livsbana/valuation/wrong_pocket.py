"""How far the bill and the gain lie in different pockets, and what split of the bill would mend it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livsbana.valuation.discount import Money, Years
from livsbana.valuation.present_value import present_value


@dataclass(frozen=True)
class WrongPockets:
    """Shares [..., payer] of cost and of gains, and half the sum of their absolute differences [...].

    ``index`` is 0 when each payer's share of the bill is its share of the gains and 1 when those who
    pay gain nothing; NaN without a cost. ``index_within_mandate`` counts gains of the first years only.
    """

    cost_share: Money
    gain_share: Money
    index: Money
    index_within_mandate: Money


def wrong_pocket_index(cost: Money, gain: Money) -> Money:
    """Half the sum over payers of |share of gains − share of cost|.

    Parameters
    ----------
    cost, gain
        Present values, SEK[..., payer]; losses count as no gain.

    Returns
    -------
    ndarray
        [...] between 0 and 1. Where nobody gains those who pay gain nothing, so it is 1; NaN without
        a cost.
    """
    cost_share, gain_share = _shares(cost), _shares(gain)
    distance = np.abs(gain_share - cost_share).sum(axis=-1) / 2
    nobody_gains = np.maximum(gain, 0.0).sum(axis=-1) == 0
    return np.where(nobody_gains & ~np.isnan(cost_share.sum(axis=-1)), 1.0, distance)


def _shares(amount: Money) -> Money:
    """Each payer's share of what is above 0; NaN where nothing is."""
    positive = np.maximum(amount, 0.0)
    total = positive.sum(axis=-1, keepdims=True)
    return positive / np.where(total > 0, total, np.nan)


def wrong_pockets(
    cost: Money, avoided: Money, years: Years, decision_year: int, rate: float, mandate_years: int
) -> WrongPockets:
    """Compare who pays with who gains, over all years and within one mandate.

    Parameters
    ----------
    cost, avoided
        SEK[..., payer, year]: programme cost and avoided cost (tax gains among it).
    mandate_years
        Gains count for the shorter index in the decision year and the years after it, this many in all.
    """
    paid = present_value(cost, years, decision_year, rate)
    gained = present_value(avoided, years, decision_year, rate)
    soon = np.asarray(years) < decision_year + mandate_years
    gained_soon = present_value(avoided * soon, years, decision_year, rate)
    return WrongPockets(
        cost_share=_shares(paid),
        gain_share=_shares(gained),
        index=wrong_pocket_index(paid, gained),
        index_within_mandate=wrong_pocket_index(paid, gained_soon),
    )


def pareto_split(cost: Money, avoided: Money) -> Money | None:
    """Split the bill in proportion to gains, so that no payer loses.

    Parameters
    ----------
    cost, avoided
        Present values, SEK[payer].

    Returns
    -------
    ndarray or None
        What each payer would pay, SEK[payer]; a payer that loses by the programme is made whole.
        None where all gains together do not cover the bill: then no split leaves everybody whole.
    """
    bill = cost.sum() + np.maximum(-avoided, 0.0).sum()
    gains = np.maximum(avoided, 0.0)
    if bill > gains.sum() or not gains.any():
        return None
    return bill * gains / gains.sum() - np.maximum(-avoided, 0.0)
