"""Ratios of present values. Make them of mean components; a mean of ratios has no meaning."""

from __future__ import annotations

import numpy as np

from livsbana.valuation.discount import Money


def bcr(benefits: Money, cost: Money) -> Money:
    """Benefit–cost ratio in the form of the Washington State Institute for Public Policy.

    Parameters
    ----------
    benefits
        Present value of all benefits, SEK[...].
    cost
        Present value of the net programme cost, SEK[...].

    Returns
    -------
    ndarray
        benefits / cost; NaN where the programme costs nothing or saves, for which no ratio is defined.
    """
    return _ratio(np.asarray(benefits), np.asarray(cost))


def recovery_share(fiscal_externality: Money, cost: Money) -> Money:
    """Share of the programme cost that comes back to the public purse.

    Parameters
    ----------
    fiscal_externality
        Present value of public avoided cost and tax, SEK[...].
    cost
        Present value of the public programme cost, SEK[...].
    """
    return _ratio(np.asarray(fiscal_externality), np.asarray(cost))


def _ratio(above: Money, below: Money) -> Money:
    """Divide; NaN where the divisor is not above 0."""
    safe = np.where(below > 0, below, np.nan)
    return above / safe
