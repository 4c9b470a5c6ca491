"""The budget that the phases' parameters imply, exact: by row, year and level, when every outcome is paid in full."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from livsbana.institutions.read import Fund
from livsbana.institutions.schema import FundCost
from livsbana.parameters.number import Number

OUTCOME_ROW = "outcome_payments"


@dataclass(frozen=True)
class Line:
    """One cost in one year, SEK, exact; ``per_pilot`` is what each pilot adds to it."""

    row: str
    level: str
    year: int
    amount: Fraction
    per_pilot: Fraction


def exact(number: Number) -> Fraction:
    """A number as the fraction that its decimal writing says."""
    return Fraction(repr(number.value))


def cost_lines(fund: Fund, pilots: int) -> list[Line]:
    """What the fund costs besides outcomes, with so many pilots all the way."""
    return [line for cost in fund.file.costs for line in _lines(fund, cost, pilots)]


def outcome_lines(fund: Fund, pilots: int) -> list[Line]:
    """Outcome payments when all pilots of mean cost reach everything."""
    outcomes, calendar = fund.file.outcomes, fund.calendar
    began = calendar.spans["implementation"][0]
    weights = sum(p.weight for p in outcomes.payments)
    each = exact(outcomes.pilot_cost.mean) * exact(outcomes.state_share)
    return [
        Line(
            OUTCOME_ROW, "constellations", calendar.year(began + p.after_months - 1), each * part * pilots, each * part
        )
        for p in outcomes.payments
        for part in [Fraction(p.weight, weights)]
    ]


def budget_lines(fund: Fund) -> list[Line]:
    """The whole budget with the planned number of pilots."""
    return cost_lines(fund, fund.file.pilots) + outcome_lines(fund, fund.file.pilots)


def totals(lines: list[Line], key: str) -> dict[str, Fraction]:
    """Sum lines by ``row``, ``level`` or ``year``."""
    found: dict[str, Fraction] = {}
    for line in lines:
        name = str(getattr(line, key))
        found[name] = found.get(name, Fraction(0)) + line.amount
    return found


def _lines(fund: Fund, cost: FundCost, pilots: int) -> list[Line]:
    """The lines of one cost."""
    amount, none = exact(cost.amount), Fraction(0)
    if cost.per == "mandate_year":
        return [Line(cost.row, cost.level, year, amount, none) for year in fund.years]
    assert cost.phase is not None
    shares = fund.calendar.years_of(cost.phase)
    if cost.per == "phase":
        return [Line(cost.row, cost.level, year, amount * share, none) for year, share in shares.items()]
    without = fund.calendar.years_of(cost.not_during) if cost.not_during else {}
    return [Line(cost.row, cost.level, y, amount * pilots, amount) for y in shares if y not in without]
