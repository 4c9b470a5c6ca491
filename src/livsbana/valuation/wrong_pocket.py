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


def largest_shares(cost: Money, avoided: Money, quantile: float | None = None) -> Money:
    """Share of the bill that each party can carry without losing.

    Parameters
    ----------
    cost, avoided
        Present values, SEK[draw, party]; the parties' costs together are the bill, which is above 0 in every draw.
    quantile
        Also not in the worse draws, down to this one: with 0.2 a party that carries its share loses in at most
        a fifth of the draws.

    Returns
    -------
    ndarray
        [party]; below 0 for a party that must be paid to be whole.
    """
    bill = cost.sum(axis=1)
    shares = avoided.mean(axis=0) / bill.mean()
    if quantile is None:
        return shares
    return np.minimum(shares, np.quantile(avoided / bill[:, None], quantile, axis=0, method="lower"))


def split_cost(limits: Money) -> Money | None:
    """Split the bill in proportion to what each can carry, so that no party loses.

    Parameters
    ----------
    limits
        From ``largest_shares``, [party].

    Returns
    -------
    ndarray or None
        Shares of the bill, [party], that sum to 1 and none of which lies above its limit: who would lose by the
        programme is made whole and no more. None where all together cannot carry the bill.
    """
    able = np.maximum(limits, 0.0)
    unable = np.minimum(limits, 0.0)
    if limits.sum() < 1.0:
        return None
    return unable + able * ((1.0 - unable.sum()) / able.sum())
