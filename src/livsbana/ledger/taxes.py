"""One wage split between the worker, the treasuries and the employer, over log-normal earnings.

Every tax rule is linear between corners, so its mean over log-normal earnings is a sum of the
closed form E[(X − k)⁺] = m Φ(d) − k Φ(d − s), d = ln(m/k)/s + s/2 (Black & Scholes 1973, eq. 13
without discounting). Only ``math`` is used, so that the result does not depend on the processor.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from livsbana.parameters.economy import Economy, Point, Tax
from livsbana.parameters.schema import Number

MONTHS = 12


class Hinge(NamedTuple):
    """A corner of a piecewise linear function of income: there its slope changes by ``turn``."""

    income_sek: float
    turn: float


class Schedule(NamedTuple):
    """Three functions of yearly income that the taxes are rates of; all are 0 at income 0.

    ``taxable`` for local tax, ``credit`` for the earned income credit, ``state`` for state tax.
    """

    taxable: tuple[Hinge, ...]
    credit: tuple[Hinge, ...]
    state: tuple[Hinge, ...]


class TaxBases(NamedTuple):
    """Expected SEK a year that each rate applies to, for people with the same mean earnings."""

    taxable: float
    credit: float
    state: float


@dataclass(frozen=True)
class Rates:
    """The rates of one place, and the schedule they apply to."""

    schedule: Schedule
    municipal: float
    region: float
    state: float
    employer_contribution: float
    pension_share: float
    vat_share: float
    surplus_share: float


class WageSplit(NamedTuple):
    """SEK a person-year, by who ends up with it.

    ``net_wage`` is take-home pay less value-added tax. ``state_tax`` is state income tax less the
    earned income credit, which the state bears, and is negative for low wages. ``pension_rights`` is the
    part of the employer's contribution that the state owes the worker as a pension: no gain of its own.
    """

    net_wage: float
    municipal_tax: float
    region_tax: float
    state_tax: float
    employer_contribution: float
    pension_rights: float
    vat: float
    employer_surplus: float

    @property
    def total(self) -> float:
        """Value of the production: labour cost plus what the employer gains beyond it."""
        return math.fsum(self)


class _Line:
    """A function of income given by its corners: linear between them, level after the last."""

    def __init__(self, corners: Sequence[tuple[float, float]]) -> None:
        self.incomes = [income for income, _ in corners]
        self.amounts = [amount for _, amount in corners]

    def __call__(self, income: float) -> float:
        i = bisect_right(self.incomes, income)
        if i == 0 or i == len(self.incomes):
            return self.amounts[max(i - 1, 0)]
        (x0, x1), (y0, y1) = self.incomes[i - 1 : i + 1], self.amounts[i - 1 : i + 1]
        return y0 + (y1 - y0) * (income - x0) / (x1 - x0)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that is linear from ``low`` to ``high`` crosses 0."""
    at_low, at_high = function(low), function(high)
    return low - at_low * (high - low) / (at_high - at_low)


def _hinges_of_excess(function: Callable[[float], float], corners: Sequence[float]) -> tuple[Hinge, ...]:
    """Write max(function, 0), whose corners are given, as hinges; after the last its slope is constant."""
    # A last stretch as long as the whole schedule holds the crossing of a threshold beyond all corners.
    incomes = sorted({0.0, *corners})
    incomes.append(2 * incomes[-1])
    crossings = [_root(function, a, b) for a, b in pairwise(incomes) if function(a) * function(b) < 0]
    incomes = sorted({*incomes, *crossings})
    values = [max(function(income), 0.0) for income in incomes]
    rises = zip(pairwise(incomes), pairwise(values), strict=True)
    slopes = [0.0] + [(y1 - y0) / (x1 - x0) for (x0, x1), (y0, y1) in rises]
    turns = (Hinge(x, after - before) for x, (before, after) in zip(incomes[:-1], pairwise(slopes), strict=True))
    return tuple(hinge for hinge in turns if abs(hinge.turn) > 1e-12)


def schedule_of(tax: Tax, value: Callable[[Number], float]) -> Schedule:
    """Turn the tax rules of one year into hinges of yearly income in SEK.

    Parameters
    ----------
    tax
        Rules in price base amounts (inkomstskattelagen 1999:1229, chapters 63, 65 and 67).
    value
        Gives the value of a number in this parameter draw.
    """
    base = value(tax.price_base_amount)

    def line(points: Sequence[Point]) -> _Line:
        return _Line([(base * value(point.income), base * value(point.amount)) for point in points])

    allowance, counted = line(tax.basic_allowance), line(tax.earned_income_credit)
    threshold = value(tax.state_threshold)
    corners = (*allowance.incomes, *counted.incomes, threshold)
    return Schedule(
        taxable=_hinges_of_excess(lambda income: income - allowance(income), corners),
        credit=_hinges_of_excess(lambda income: counted(income) - allowance(income), corners),
        state=_hinges_of_excess(lambda income: income - allowance(income) - threshold, corners),
    )


def rates_of(
    economy: Economy,
    value: Callable[[Number], float],
    municipal: float | None = None,
    region: float | None = None,
) -> Rates:
    """Gather the rates of a place; the national mean where a local rate is not given.

    Parameters
    ----------
    municipal, region
        Local tax rates as proportions of taxable income.
    """
    tax = economy.tax
    return Rates(
        schedule=schedule_of(tax, value),
        municipal=value(tax.municipal_rate) if municipal is None else municipal,
        region=value(tax.region_rate) if region is None else region,
        state=value(tax.state_rate),
        employer_contribution=value(tax.employer_contribution),
        pension_share=value(tax.pension_share),
        vat_share=value(tax.vat_share),
        surplus_share=value(economy.employer_surplus_share),
    )


def _normal_below(x: float) -> float:
    """Standard normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def expected_excess(mean: float, log_sd: float, floor: float) -> float:
    """Mean of max(X − floor, 0) for log-normal X.

    Parameters
    ----------
    mean
        Mean of X, in the unit of ``floor``.
    log_sd
        Standard deviation of ln X; 0 means that everybody has the mean.
    """
    if floor <= 0 or mean <= 0:
        return max(mean, 0.0) - min(floor, 0.0)
    if log_sd == 0:
        return max(mean - floor, 0.0)
    d = (math.log(mean) - math.log(floor)) / log_sd + log_sd / 2
    return mean * _normal_below(d) - floor * _normal_below(d - log_sd)


def tax_bases(mean_sek: float, log_sd: float, schedule: Schedule) -> TaxBases:
    """Expected tax bases of people whose yearly earnings are log-normal with this mean."""
    known: dict[float, float] = {}

    def expected(hinges: tuple[Hinge, ...]) -> float:
        for hinge in hinges:
            if hinge.income_sek not in known:
                known[hinge.income_sek] = expected_excess(mean_sek, log_sd, hinge.income_sek)
        return sum(hinge.turn * known[hinge.income_sek] for hinge in hinges)

    return TaxBases(expected(schedule.taxable), expected(schedule.credit), expected(schedule.state))


def split_of(wage_sek: float, bases: TaxBases, rates: Rates) -> WageSplit:
    """Divide a mean yearly wage, given the expected bases of its taxes."""
    municipal = rates.municipal * bases.taxable
    region = rates.region * bases.taxable
    state = rates.state * bases.state - (rates.municipal + rates.region) * bases.credit
    take_home = wage_sek - municipal - region - state
    contribution = rates.employer_contribution * wage_sek
    pension = rates.pension_share * contribution
    vat = rates.vat_share * take_home
    surplus = rates.surplus_share * (wage_sek + contribution)
    return WageSplit(take_home - vat, municipal, region, state, contribution - pension, pension, vat, surplus)


def wage_split(mean_monthly_sek: float, log_sd: float, rates: Rates) -> WageSplit:
    """Divide the production of a year's work between worker, treasuries and employer.

    Parameters
    ----------
    mean_monthly_sek
        Mean gross pay a month in the prices of the tax year, spread over the whole year.
    log_sd
        Standard deviation of the logarithm of yearly earnings among those with this mean.
    rates
        Rates and schedule of the place where the worker lives.

    Returns
    -------
    WageSplit
        SEK a year; its parts sum to labour cost plus employer surplus, so tax is never added on
        top of production.
    """
    wage_sek = MONTHS * mean_monthly_sek
    return split_of(wage_sek, tax_bases(wage_sek, log_sd, rates.schedule), rates)
