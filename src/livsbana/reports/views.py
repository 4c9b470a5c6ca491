"""The ways to look at the money of a run: at which cost something avoided counts, and discounted or not."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from livsbana.runs.document import Account, Money, RunDocument, YearRow
from livsbana.valuation.breakeven import break_even
from livsbana.valuation.discount import discount_factors

Valuation: TypeAlias = Literal["marginal", "average", "cashable"]
VALUATIONS: tuple[Valuation, ...] = get_args(Valuation)


class View(NamedTuple):
    """One way to look: the cost at which what is avoided counts, and whether money is discounted."""

    valuation: Valuation = "marginal"
    is_discounted: bool = True

    @property
    def id(self) -> str:
        """A name of the view for a page."""
        return f"{self.valuation}-{'discounted' if self.is_discounted else 'undiscounted'}"


BASE = View()


class Flow(NamedTuple):
    """One payer's money by calendar year, SEK."""

    years: list[int]
    cost: list[float]
    avoided: list[float]
    cashable: list[float]

    @property
    def cumulative(self) -> list[float]:
        """The running net."""
        return np.cumsum(np.subtract(self.avoided, self.cost)).tolist()


def views_of(document: RunDocument) -> list[View]:
    """List the views that a document holds the money for; the one of the answer is first."""
    held = all(row.avoided_average is not None and row.avoided_cashable is not None for row in document.by_year)
    valuations = VALUATIONS if held and document.by_year else VALUATIONS[:1]
    return [View(valuation, discounted) for discounted in (True, False) for valuation in valuations]


def flows_in(document: RunDocument, view: View) -> dict[str, Flow]:
    """Give every account's money by year, as a view sees it.

    The rows of a document are discounted by its rate, which is the same in all draws, so that dividing by
    the discount factors gives them back undiscounted.
    """
    rows: dict[str, list[YearRow]] = {}
    for row in document.by_year:
        rows.setdefault(row.payer, []).append(row)
    return {payer: _flow(document, listed, view) for payer, listed in rows.items()}


def _flow(document: RunDocument, rows: list[YearRow], view: View) -> Flow:
    """Give one account's money by year."""
    years = [row.year for row in rows]
    factors = discount_factors(years, document.start_year, 0.0 if view.is_discounted else document.discount_rate)
    cost, cashable, marginal, average = (
        (np.array(amounts) / factors).tolist()
        for amounts in (
            [row.programme_cost for row in rows],
            [row.avoided_cost if row.avoided_cashable is None else row.avoided_cashable for row in rows],
            [row.avoided_cost for row in rows],
            [row.avoided_cost if row.avoided_average is None else row.avoided_average for row in rows],
        )
    )
    return Flow(years, cost, {"marginal": marginal, "average": average, "cashable": cashable}[view.valuation], cashable)


def accounts_in(document: RunDocument, view: View) -> dict[str, Account]:
    """Give the accounts as a view sees them; those of the document itself in its own view.

    Intervals belong to the document's own view, and to cash when discounted. Simulation errors of other views
    are those of the document's own, in proportion to the money that moves.
    """
    if view == BASE:
        return document.accounts()
    base = flows_in(document, BASE)
    own = document.accounts()
    return {payer: _account(own[payer], base[payer], flow, view) for payer, flow in flows_in(document, view).items()}


def _account(own: Account, base: Flow, flow: Flow, view: View) -> Account:
    """Give one account as a view sees it."""
    moved = [sum(map(abs, one.avoided)) for one in (base, flow)]
    times = moved[1] / moved[0] if moved[0] else 1.0
    cost, avoided, cashable = sum(flow.cost), sum(flow.avoided), sum(flow.cashable)
    square = break_even(np.array(flow.cumulative), flow.years)
    cash = Money(mean=cashable - cost, low=None, high=None, mc_error=own.cashable_net.mc_error)
    if view.is_discounted:
        cash = own.cashable_net
    net = Money(mean=avoided - cost, low=None, high=None, mc_error=own.net.mc_error * times)
    return own.model_copy(
        update={
            "programme_cost": own.programme_cost.model_copy(update={"mean": cost, "low": None, "high": None}),
            "avoided_cost": Money(mean=avoided, low=None, high=None, mc_error=own.avoided_cost.mc_error * times),
            "net": cash if view == View("cashable") else net,
            "cashable_net": cash,
            "break_even_year": square.first,
            "lasting_break_even_year": square.lasting,
            "chance_of_gain": None,
        }
    )
