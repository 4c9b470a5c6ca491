"""What ``economy.yaml`` may say: presets, price level and growth, earnings, tax and equalisation."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from livsbana.parameters.scalars import Whole, Year
from livsbana.parameters.schema import Ages, Condition, Declaration, Identifier, Label, Number, Share

Years = tuple[Year, Year]


class Preset(Declaration):
    """One agency's conventions, used whole: rates of two presets are never mixed.

    ``tax_factor`` weighs public money in the social account only, never in a payer's own budget.
    """

    label: Label
    discount_rate: Number
    tax_factor: Number
    willingness_to_pay_growth: Number


class IndexPeriod(Declaration):
    """Mean yearly growth of consumer prices and of wages from the year before ``years[0]`` to ``years[1]``."""

    years: Years
    prices: Number
    wages: Number


class Growth(Declaration):
    """Real yearly growth after the price year of what follows wages and of what follows consumer prices."""

    wages: Number
    cpi: Number


class MarginalPeriods(Declaration):
    """Last year of the short and of the medium run; the first year of the change is year 1."""

    short_until_year: Annotated[Whole, Field(ge=1, le=60)]
    medium_until_year: Annotated[Whole, Field(ge=1, le=60)]

    @model_validator(mode="after")
    def _coherent(self) -> MarginalPeriods:
        if self.medium_until_year < self.short_until_year:
            raise ValueError("`medium_until_year` lies before `short_until_year`")
        return self


class EarningsLevel(Declaration):
    """One level of education: who has it (all conditions hold) and the mean full-time wage by sex."""

    id: Identifier
    all: list[Condition]
    monthly_wage: dict[Identifier, Number]


class AgeFactor(Declaration):
    """Earnings at an age relative to any other; only the ratios matter, see ``Earnings.mean_over_ages``."""

    ages: Ages
    factor: dict[Identifier, Number]


class Earnings(Declaration):
    """What a year in work pays, by education, sex, age and year in work.

    The age profile is interpolated between the middles of its bands and scaled so that its mean over
    ``mean_over_ages`` is 1. ``work_history`` holds the factor of the first, second and later years in work.
    """

    activity: Condition
    sex: Identifier
    year: Year
    levels: Annotated[list[EarningsLevel], Field(min_length=1)]
    full_time_share: dict[Identifier, Share]
    age_profile: Annotated[list[AgeFactor], Field(min_length=1)]
    mean_over_ages: Ages
    work_history: Annotated[list[Number], Field(min_length=3, max_length=3)]
    log_sd: Number

    @model_validator(mode="after")
    def _coherent(self) -> Earnings:
        sexes = set(self.full_time_share)
        for named in [level.monthly_wage for level in self.levels] + [band.factor for band in self.age_profile]:
            if set(named) != sexes:
                raise ValueError(f"wanted one value for each of {', '.join(sorted(sexes))}, found {', '.join(named)}")
        if any(before.ages[1] >= after.ages[0] for before, after in pairwise(self.age_profile)):
            raise ValueError("the bands of `age_profile` overlap or are not in order of age")
        return self


class Point(Declaration):
    """One corner of a tax rule that is linear between corners, in price base amounts."""

    income: Number
    amount: Number


class Tax(Declaration):
    """How a wage is taxed in ``year``; brackets are taken to follow wages in other years.

    ``basic_allowance`` is what is not taxed at an income. ``earned_income_credit`` is the income that
    counts for the credit, which is the local tax on what of it exceeds the basic allowance.
    ``vat_share`` is the part of take-home pay that ends as value-added tax.
    """

    year: Year
    body: Identifier
    municipal_rate: Share
    region_rate: Share
    price_base_amount: Number
    basic_allowance: Annotated[list[Point], Field(min_length=1)]
    earned_income_credit: Annotated[list[Point], Field(min_length=1)]
    state_threshold: Number
    state_rate: Share
    employer_contribution: Share
    pension_share: Share
    vat_share: Share


class EqualisationRule(Declaration):
    """Share of a municipality's (region's) own tax gain that income equalisation takes back.

    ``state_share`` of it stays with the state, the rest goes to other municipalities (regions).
    """

    returned_share: Share
    state_share: Share


class Economy(Declaration):
    """Everything about money that is not the cost of one counted thing."""

    price_year: Year
    mandate_years: Annotated[Whole, Field(ge=1, le=10)]
    presets: Annotated[dict[Identifier, Preset], Field(min_length=1)]
    index: Annotated[list[IndexPeriod], Field(min_length=1)]
    growth: Growth
    marginal_periods: MarginalPeriods
    earnings: Earnings
    tax: Tax
    employer_surplus_share: Share
    equalisation: EqualisationRule
    qaly_value: Number

    @model_validator(mode="after")
    def _coherent(self) -> Economy:
        for period in self.index:
            if period.years[1] < period.years[0]:
                raise ValueError(f"the index period {period.years[0]}–{period.years[1]} ends before it begins")
        for before, after in pairwise(self.index):
            if after.years[0] != before.years[1] + 1:
                raise ValueError(f"the index jumps from {before.years[1]} to {after.years[0]}")
        first, last = self.index_years
        for year in (self.price_year, self.earnings.year, self.tax.year):
            if not first <= year <= last:
                raise ValueError(f"the index covers {first}–{last}, not {year}")
        return self

    @property
    def index_years(self) -> tuple[int, int]:
        """First and last year whose price level the index knows."""
        return self.index[0].years[0] - 1, self.index[-1].years[1]
