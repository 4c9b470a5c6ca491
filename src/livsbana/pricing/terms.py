"""From values and costs to the two ends of a price and what is promised between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, isfinite, sqrt

import numpy as np

from livsbana.lifecourse.compile import Value
from livsbana.parameters.outcomes import PriceTerms
from livsbana.pricing.corridor import (
    Capped,
    capped,
    caused_part,
    ceilings,
    floor_price,
    numbers_paid,
    state_cap,
)
from livsbana.pricing.document import Bound
from livsbana.pricing.outcome_value import Kind, Values, signed
from livsbana.pricing.worlds import PERSONS, YEARS, Outcomes
from livsbana.runs.document import Money
from livsbana.runs.sharing import PARTIES
from livsbana.uncertainty.draws import central
from livsbana.valuation.discount import discount_factors

Array = np.ndarray
COUNTING: tuple[Kind, ...] = ("do", "iv")


@dataclass(frozen=True)
class Corridor:
    """The corridor of one outcome; arrays are by draw."""

    values: Values
    terms: PriceTerms
    draw_values: Sequence[Value]

    @property
    def drawn(self) -> list[Outcomes]:
        """The evaluations that means are taken over."""
        return [self.values.found[k] for k in self.values.drawn]

    def counts(self, name: str) -> Array:
        """Real persons of one kind, float64[draw]."""
        return np.array([found.persons[PERSONS.index(name)] for found in self.drawn])

    @cached_property
    def participants(self) -> float:
        """Mean number of real participants."""
        return float(self.counts("participants").mean())

    def share(self, name: str) -> float:
        """Part of the participants, ratio of means."""
        return float(self.counts(name).mean() / self.participants) if self.participants > 0 else 0.0

    @cached_property
    def caused_part(self) -> float:
        """The part of observed outcomes that the package caused."""
        return caused_part(self.share("achieved_with"), self.share("achieved_without"))

    @cached_property
    def cost(self) -> Array:
        """Delivery, SEK, float64[draw]."""
        return np.array([found.cost.sum() for found in self.drawn])

    @cached_property
    def cost_when_paid(self) -> Array:
        """Delivery with the cost of capital until the outcome is paid for, SEK, float64[draw]."""
        costs = []
        for k, found in zip(self.values.drawn, self.drawn, strict=True):
            rate = self.draw_values[k](self.terms.capital_rate)
            costs.append(float((found.cost.sum(axis=0) * discount_factors(YEARS, 0, rate)).sum()))
        return np.array(costs)

    @cached_property
    def paid(self) -> Array:
        """Observed outcomes among participants, float64[draw, quantile]."""
        n, achieved = self.counts("participants"), self.counts("achieved_with")
        return numbers_paid(list(n), list(np.divide(achieved, n, out=np.zeros_like(n), where=n > 0)))

    @cached_property
    def floor(self) -> Bound:
        """The least price at which delivery is covered with its risk."""
        least = floor_price(self.cost_when_paid, self.paid, central(self.terms.risk_weight))
        if least is None:
            return Bound(per_caused=None, per_observed=None)
        error = least * self._relative_error({"achieved_with": 1.0}, cost=True)
        observed = Money(mean=least, low=None, high=None, mc_error=error)
        if self.caused_part <= 0:
            return Bound(per_caused=None, per_observed=observed)
        caused = least / self.caused_part
        relative = hypot(error / least, self._caused_error) if least > 0 else 0.0
        return Bound(
            per_caused=Money(mean=caused, low=None, high=None, mc_error=caused * relative), per_observed=observed
        )

    def ceiling_by_payer(self, worth: Callable[[Kind, str], float | None]) -> dict[str, float] | None:
        """Ceilings for a caused outcome; ``worth`` gives a value or None. None without any value."""
        found = {
            name: [v for kind in COUNTING if (v := worth(kind, name)) is not None and isfinite(v)] for name in PARTIES
        }
        if not all(found.values()):
            return None
        shares = {name: central(share) for name, share in self.terms.paid_share.items()}
        kept = 1.0 - central(self.terms.displacement)
        return {name: kept * v for name, v in ceilings(found, shares).items()}

    @cached_property
    def caused_ceilings(self) -> dict[str, Money] | None:
        """By payer and for all asked (``total``), for a caused outcome."""
        mean = self.ceiling_by_payer(self._mean)
        if mean is None:
            return None
        by_draw = [self.ceiling_by_payer(self._in_draw(k)) for k in range(len(self.values.found))]
        found = {}
        for name in (*PARTIES, "total"):
            each = [_named(c, name) if c is not None else np.nan for c in by_draw]
            found[name] = self.values.money(_named(mean, name), each, self._ceiling_error(name))
        return found

    @cached_property
    def observed_ceilings(self) -> Capped | None:
        """By payer for an observed outcome, the state's after its cap."""
        if self.caused_ceilings is None:
            return None
        by_payer = {name: self.caused_ceilings[name].mean * self.caused_part for name in PARTIES}
        return capped(by_payer, self.cap_per_observed)

    @property
    def cap_amount(self) -> float:
        """The most that the state pays in all, SEK."""
        return central(self.terms.state_share_at_most) * float(self.cost.mean())

    @property
    def cap_per_observed(self) -> float:
        """The same for an observed outcome."""
        share = central(self.terms.state_share_at_most)
        return state_cap(float(self.cost.mean()), self.participants * self.share("achieved_with"), share)

    @cached_property
    def ceiling(self) -> Bound:
        """The most that an outcome is worth to those who are asked to pay; the state's cap included."""
        if self.caused_ceilings is None or self.observed_ceilings is None:
            return Bound(per_caused=None, per_observed=None)
        total = self.caused_ceilings["total"]
        error = self.observed_error("total", self.observed_ceilings.total)
        observed = Money(mean=self.observed_ceilings.total, low=None, high=None, mc_error=error)
        return Bound(per_caused=total, per_observed=observed)

    def observed_error(self, name: str, amount: float) -> float:
        """Simulation error of a ceiling for an observed outcome."""
        if self.caused_ceilings is None or self.caused_ceilings[name].mean <= 0:
            return 0.0
        money = self.caused_ceilings[name]
        return amount * hypot(money.mc_error / money.mean, self._caused_error)

    def _mean(self, kind: Kind, name: str) -> float | None:
        money = self.values.value(kind, name)
        return None if money is None else money.mean

    def _in_draw(self, k: int) -> Callable[[Kind, str], float | None]:
        """Values in one evaluation; a kind that does not exist on the whole counts in none."""

        def worth(kind: Kind, name: str) -> float | None:
            return self.values.in_draw(kind, name, k) if self.values.exists(kind) else None

        return worth

    def _ceiling_error(self, name: str) -> float:
        """Simulation error of a ceiling: that of the lowest value, of all asked together for the total."""
        account = "asked" if name == "total" else name
        found = [money for kind in COUNTING if (money := self.values.value(kind, account)) is not None]
        return min(found, key=lambda money: money.mean).mc_error

    @cached_property
    def _caused_error(self) -> float:
        """Relative simulation error of the part that is caused; 0 where nothing is."""
        if self.caused_part <= 0:
            return 0.0
        return self._relative_error({"achieved_with": 1.0, "achieved_without": -1.0}, {"achieved_with": 1.0})

    def _relative_error(
        self, above: dict[str, float], below: dict[str, float] | None = None, cost: bool = False
    ) -> float:
        """Relative simulation error of persons over persons, or of cost over persons."""
        found, variance = self.values.found[0], 0.0
        top = sum(x.sum() for x in found.cost_batches) if cost else self.values.persons(above, 0)
        bottom = self.values.persons(above if cost else below or {}, 0)
        if top <= 0 or bottom <= 0:
            return 0.0
        for persons, costs in zip(found.person_batches, found.cost_batches, strict=True):
            counted = costs.sum(axis=1) if cost else signed(persons, above)
            residual = counted / top - signed(persons, above if cost else below or {}) / bottom
            variance += len(residual) * float(residual.var(ddof=1)) if len(residual) > 1 else 0.0
        return sqrt(variance)


def _named(by_payer: dict[str, float], name: str) -> float:
    """One payer's, or the sum."""
    return sum(by_payer.values()) if name == "total" else by_payer[name]
