"""The line of one payer: what it spends, what it avoids, what of that is cash, and when it is square."""

from __future__ import annotations

from typing import NamedTuple

from livsbana.valuation.breakeven import break_even_years
from livsbana.valuation.discount import Money, Years
from livsbana.valuation.present_value import cumulative, present_value


class PayerSummary(NamedTuple):
    """Present values in SEK[...] and break-even years[...], NaN for never."""

    programme_cost: Money
    avoided_cost: Money
    net: Money
    cashable_net: Money
    break_even_year: Money
    lasting_break_even_year: Money
    undiscounted_break_even_year: Money


def summarise_payer(
    programme_cost: Money, avoided: Money, cashable: Money, years: Years, decision_year: int, rate: float
) -> PayerSummary:
    """Sum up one payer. The tax factor of a preset has no place here.

    Parameters
    ----------
    programme_cost
        SEK[..., year] spent on the programme.
    avoided
        SEK[..., year] avoided, tax gains among it.
    cashable
        SEK[..., year], the part of ``avoided`` that can be withdrawn from a budget.
    years, decision_year, rate
        See :func:`~livsbana.valuation.present_value.present_value`.
    """
    net = avoided - programme_cost
    first, lasting = break_even_years(cumulative(net, years, decision_year, rate), years)
    undiscounted, _ = break_even_years(cumulative(net, years, decision_year, 0.0), years)
    return PayerSummary(
        programme_cost=present_value(programme_cost, years, decision_year, rate),
        avoided_cost=present_value(avoided, years, decision_year, rate),
        net=present_value(net, years, decision_year, rate),
        cashable_net=present_value(cashable - programme_cost, years, decision_year, rate),
        break_even_year=first,
        lasting_break_even_year=lasting,
        undiscounted_break_even_year=undiscounted,
    )
