"""The budget year by year when a programme goes on: one new birth cohort or class each year."""

from __future__ import annotations

import numpy as np

from livsbana.valuation.discount import Money


def stack(by_year_of_cohort: Money, cohorts: int) -> Money:
    """Add up successive cohorts of the same size, each starting a year after the one before.

    Parameters
    ----------
    by_year_of_cohort
        SEK[..., payer, year since the first cohort's first year] of one cohort of real size,
        undiscounted.
    cohorts
        How many cohorts begin, one a year.

    Returns
    -------
    ndarray
        SEK[..., payer, calendar year], ``cohorts − 1`` years longer. Later cohorts are priced like
        the first: real growth between cohorts is left out.

    Raises
    ------
    ValueError
        If no cohort begins.
    """
    if cohorts < 1:
        raise ValueError(f"at least one cohort begins, found {cohorts}")
    years = by_year_of_cohort.shape[-1]
    total = np.zeros((*by_year_of_cohort.shape[:-1], years + cohorts - 1))
    for start in range(cohorts):
        total[..., start : start + years] += by_year_of_cohort
    return total
