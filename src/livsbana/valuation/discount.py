"""The only place where money of different years is made comparable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Money: TypeAlias = NDArray[np.float64]
Years: TypeAlias = Sequence[int] | NDArray[np.int64]

MID_YEAR = 0.5


def discount_factors(years: Years, decision_year: int, rate: float) -> Money:
    """Value at the start of the decision year of 1 SEK paid in the middle of each year.

    Parameters
    ----------
    years
        Calendar years.
    decision_year
        The decision is taken on its first day.
    rate
        Real yearly discount rate, such as 0.035; 0 leaves money undiscounted.

    Returns
    -------
    ndarray
        One factor a year, (1 + rate)^−(year − decision year + ½).
    """
    # Python's power, not NumPy's: the last bits of the latter depend on the processor.
    return np.array([(1.0 + rate) ** -(int(year) - decision_year + MID_YEAR) for year in years])
