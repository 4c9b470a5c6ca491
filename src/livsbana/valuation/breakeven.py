"""The year in which what has been avoided has paid for what has been spent."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from livsbana.valuation.discount import Money, Years


class BreakEven(NamedTuple):
    """Calendar years of the first and of the lasting break-even; None means never."""

    first: int | None
    lasting: int | None


def break_even_years(cumulative: Money, years: Years) -> tuple[Money, Money]:
    """First year with a cumulative net at or above 0, and first year after which it stays there.

    Parameters
    ----------
    cumulative
        SEK[..., year], cumulative avoided cost less cumulative programme cost.
    years
        The calendar year of each entry of the last axis.

    Returns
    -------
    first, lasting : ndarray
        Calendar years[...], NaN for never. Years before the first SEK moves do not count, so that a
        payer to whom nothing happens never breaks even.
    """
    calendar = np.asarray(years, dtype=np.float64)
    begun = np.logical_or.accumulate(cumulative != 0, axis=-1)
    in_black = begun & (cumulative >= 0)
    # Reversed, a run of True from the end marks the years after which the net never falls below 0.
    stays = np.logical_and.accumulate(in_black[..., ::-1], axis=-1)[..., ::-1]
    return _first_true(in_black, calendar), _first_true(stays, calendar)


def _first_true(holds: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], calendar: Money) -> Money:
    """Calendar year of the first True along the last axis, NaN where there is none."""
    return np.where(holds.any(axis=-1), calendar[holds.argmax(axis=-1)], np.nan)


def break_even(cumulative: Money, years: Years) -> BreakEven:
    """Break-even years of one path.

    Parameters
    ----------
    cumulative
        SEK[year].
    """
    first, lasting = break_even_years(cumulative, years)
    return BreakEven(year_or_none(float(first)), year_or_none(float(lasting)))


def year_or_none(year: float) -> int | None:
    """Turn NaN for never into None."""
    return None if np.isnan(year) else int(year)
