"""Price level and real growth: from the year of a cost to the price year, and from there on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from livsbana.errors import InputError
from livsbana.parameters.economy import Economy, IndexPeriod, Preset
from livsbana.parameters.schema import Number

AGES = 66


class Index(Enum):
    """Which series carries an amount from one year's price level to another's."""

    WAGES = "wages"
    PRICES = "prices"


# What a cost grows with, and the series that brings it to the price year. A value of health is
# carried by prices and then grows as the preset says; `none` stands as it is.
_INDEX_OF = {"wages": Index.WAGES, "cpi": Index.PRICES, "willingness_to_pay": Index.PRICES}


def index_factor(
    index: Sequence[IndexPeriod], from_year: int, to_year: int, value: Callable[[Number], float], series: Index
) -> float:
    """Growth of wages or consumer prices from one year to another (below 1 backwards).

    Raises
    ------
    InputError
        If the index does not cover both years.
    """
    first, last = index[0].years[0] - 1, index[-1].years[1]
    for year in (from_year, to_year):
        if not first <= year <= last:
            raise InputError(f"no price index for {year}: economy.yaml covers {first}–{last}; add a period to `index`")
    factor = 1.0
    for period in index:
        low, high = period.years
        years = range(max(low, min(from_year, to_year) + 1), min(high, max(from_year, to_year)) + 1)
        growth = value(period.wages if series is Index.WAGES else period.prices)
        factor *= (1.0 + growth) ** len(years)
    return factor if to_year >= from_year else 1.0 / factor


def to_price_year(economy: Economy, year: int, grows_with: str, value: Callable[[Number], float]) -> float:
    """Factor that brings a cost of ``year`` to the price level of the run.

    Parameters
    ----------
    grows_with
        As in a unit cost: ``wages``, ``cpi``, ``willingness_to_pay`` or ``none`` (factor 1).
    """
    series = _INDEX_OF.get(grows_with)
    return index_factor(economy.index, year, economy.price_year, value, series) if series else 1.0


def growth_rate(economy: Economy, preset: Preset, grows_with: str, value: Callable[[Number], float]) -> float:
    """Yearly real growth of what grows with ``wages``, ``cpi``, ``willingness_to_pay`` or ``none`` (0)."""
    rates = {
        "wages": economy.growth.wages,
        "cpi": economy.growth.cpi,
        "willingness_to_pay": preset.willingness_to_pay_growth,
    }
    return value(rates[grows_with]) if grows_with in rates else 0.0


def real_growth(price_year: int, rate: float, birth_year: int) -> list[float]:
    """Real growth from the price year to the year in which somebody born in ``birth_year`` has each age.

    Returns
    -------
    list of float
        One factor for each age 0 … 65; 1 up to the price year.
    """
    return [(1.0 + rate) ** max(birth_year + age - price_year, 0) for age in range(AGES)]
