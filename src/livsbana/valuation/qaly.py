"""Health gained by the child itself, in years of full health."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livsbana.valuation.discount import Money


def qaly_gain(counts_difference: NDArray[np.int64] | Money, losses: Money) -> Money:
    """Quality-adjusted life years gained, from person-years that were avoided.

    Parameters
    ----------
    counts_difference
        Person-years[..., column] in the baseline less those in the arm.
    losses
        Loss of quality of life a person-year in each column's state, [column]. A column that counts
        the living takes −1 (or minus the population norm), so that a life saved is a gain.

    Returns
    -------
    ndarray
        QALYs[...]. Losses of states that somebody has at once are added.
    """
    return (counts_difference * losses).sum(axis=-1)
