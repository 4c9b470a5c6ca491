"""What a year in work brings, by education, sex, year in work and age, and who ends up with it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from livsbana.ledger.growth import AGES, Index, index_factor
from livsbana.ledger.payers import Money
from livsbana.ledger.taxes import MONTHS, Rates, WageSplit, split_of, tax_bases
from livsbana.parameters.economy import AgeFactor, Earnings, Economy
from livsbana.parameters.schema import Condition, Counts, Number

INCOME_TAX, VAT = "income_tax", "vat"


class Part(NamedTuple):
    """One part of a wage: the account it is entered in and the level it goes to."""

    account: str
    level: str


class EarningsCell(NamedTuple):
    """Employed persons of one education, sex and year in work (3 = third or later)."""

    level: str
    sex: str
    year_in_work: int

    @property
    def id(self) -> str:
        """Stable name, such as ``higher/female/3``."""
        return f"{self.level}/{self.sex}/{self.year_in_work}"


def parts_of_wage(tax_body: str) -> WageSplitParts:
    """Say in which account, and with whom, each part of a wage is entered."""
    state = f"state/{tax_body}"
    return WageSplitParts(
        net_wage=Part("net_wages", "household"),
        municipal_tax=Part(INCOME_TAX, "municipality"),
        region_tax=Part(INCOME_TAX, "region"),
        state_tax=Part(INCOME_TAX, state),
        employer_contribution=Part("employer_contributions", state),
        pension_rights=Part("pension_rights", "household"),
        vat=Part(VAT, state),
        employer_surplus=Part("employer_surplus", "employer"),
    )


class WageSplitParts(NamedTuple):
    """The parts of :class:`~livsbana.ledger.taxes.WageSplit`, field by field."""

    net_wage: Part
    municipal_tax: Part
    region_tax: Part
    state_tax: Part
    employer_contribution: Part
    pension_rights: Part
    vat: Part
    employer_surplus: Part


def earnings_cells(earnings: Earnings) -> tuple[EarningsCell, ...]:
    """List the cells in the order of the file: level, sex, year in work."""
    years = range(1, len(earnings.work_history) + 1)
    return tuple(
        EarningsCell(level.id, sex, year) for level in earnings.levels for sex in level.monthly_wage for year in years
    )


def counts_of(cell: EarningsCell, earnings: Earnings) -> Counts:
    """Say which persons are in a cell."""
    activity = earnings.activity.model_copy(update={"years": cell.year_in_work})
    sex = Condition.model_validate({"trait": earnings.sex, "is": [cell.sex]})
    level = next(level for level in earnings.levels if level.id == cell.level)
    return Counts(all=[activity, sex, *level.all])


def _interpolated(points: list[tuple[float, float]], x: float) -> float:
    """Linear between points, level outside them."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x < x1:
            return y0 + (y1 - y0) * max(x - x0, 0.0) / (x1 - x0)
    return points[-1][1]


def age_profile(earnings: Earnings, sex: str, value: Callable[[Number], float]) -> list[float]:
    """Earnings at each age relative to the mean over ``mean_over_ages``.

    Returns
    -------
    list of float
        One factor for each age 0 … 65.
    """

    def middle(band: AgeFactor) -> float:
        return (band.ages[0] + band.ages[1]) / 2

    points = [(middle(band), value(band.factor[sex])) for band in earnings.age_profile]
    raw = [_interpolated(points, age) for age in range(AGES)]
    first, last = earnings.mean_over_ages
    mean = sum(raw[first : last + 1]) / (last + 1 - first)
    return [factor / mean for factor in raw]


def yearly_wages(
    economy: Economy, cell: EarningsCell, profile: list[float], value: Callable[[Number], float]
) -> list[float]:
    """Mean gross earnings of a cell at each age.

    Returns
    -------
    list of float
        SEK a year at ages 0 … 65, at the wages of ``economy.earnings.year``.
    """
    earnings = economy.earnings
    level = next(level for level in earnings.levels if level.id == cell.level)
    full_year = MONTHS * value(level.monthly_wage[cell.sex]) * value(earnings.full_time_share[cell.sex])
    full_year *= value(earnings.work_history[cell.year_in_work - 1])
    return [full_year * factor for factor in profile]


def wage_splits(
    economy: Economy,
    cell: EarningsCell,
    profile: list[float],
    rates: tuple[Rates, ...],
    value: Callable[[Number], float],
) -> Money:
    """Divide a cell's earnings at each age under the rates of several places.

    The wage is brought to the tax year by the growth of wages, divided there, and the parts brought
    to the price year: brackets are taken to follow wages, so shares of a wage do not drift.

    Returns
    -------
    ndarray
        SEK a year in the prices of ``economy.price_year``; shape [age 0 … 65, rates, part of the wage].
    """
    to_tax_year = index_factor(economy.index, economy.earnings.year, economy.tax.year, value, Index.WAGES)
    to_price_year = index_factor(economy.index, economy.tax.year, economy.price_year, value, Index.WAGES)
    log_sd = value(economy.earnings.log_sd)
    splits: list[list[WageSplit]] = []
    for wage in yearly_wages(economy, cell, profile, value):
        wage_sek = wage * to_tax_year
        bases = tax_bases(wage_sek, log_sd, rates[0].schedule)
        splits.append([split_of(wage_sek, bases, place) for place in rates])
    return np.array(splits) * to_price_year
