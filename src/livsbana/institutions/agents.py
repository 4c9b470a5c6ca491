"""Who acts: every agent lives in all replicates at once, so each decision is an array over them.

Mesa holds the agents, their order and the record of what happened; the decisions read keyed luck only, never
Mesa's own generator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
import numpy.typing as npt

from livsbana.uncertainty.luck import FloatArray

if TYPE_CHECKING:
    from livsbana.institutions.model import FundModel

BoolArray = npt.NDArray[np.bool_]
MONTHS = 12


class Member(mesa.Agent):
    """An agent of the fund, which knows its world by its own type."""

    def __init__(self, model: FundModel) -> None:
        super().__init__(model)
        self.world = model


class Party(Member):
    """A municipality, region or provider: a part of the costs, a discount rate of its own, and what came back."""

    def __init__(self, model: FundModel, role: str, share: float, rate: float, room: FloatArray) -> None:
        super().__init__(model)
        self.role, self.share, self.rate, self.room = role, share, rate, room
        self.spent = np.zeros(model.replicates)
        self.received = np.zeros(model.replicates)
        self.avoided = np.zeros(model.replicates)

    def discounted(self, amount: FloatArray, months: float) -> FloatArray:
        """Present value at the party's own rate of an amount so many months ahead."""
        return amount / (1 + self.rate) ** (months / MONTHS)

    def expects(self, constellation: Constellation) -> FloatArray:
        """Its expected gain from taking part, present value when it signs, ``[replicate]``."""
        model = self.world
        cost = self.share * constellation.cost
        pay = sum(
            self.discounted(model.expected_pay * weight * model.state_share * cost, months)
            for months, weight in model.measurements
        )
        gain = self.discounted(model.expected_avoided[self.role] * constellation.cost, model.pilot_months + MONTHS)
        return pay + gain - self.discounted(cost, model.pilot_months / 2)

    def signs(self, constellation: Constellation, tolerated_loss: float) -> BoolArray:
        """Whether it expects to lose no more than its mandate allows, and has room for a year of it."""
        cost = self.share * constellation.cost
        affordable = cost * MONTHS / self.world.pilot_months <= self.room
        return (self.expects(constellation) >= -tolerated_loss * cost) & affordable


class Municipality(Party):
    """Carries most of the costs; much of the gain falls elsewhere."""


class Region(Party):
    """Carries a part of the costs."""


class Provider(Party):
    """Does the work; paid as it is done, whatever comes of it."""

    def signs(self, constellation: Constellation, tolerated_loss: float) -> BoolArray:
        """Takes every order: the constellation, not the provider, carries the risk."""
        del constellation, tolerated_loss
        return np.ones(self.world.replicates, bool)


class Agency(Member):
    """A state agency in the delegation, with a part of the agencies' budget; some assess reports."""

    def __init__(self, model: FundModel, name: str, mandate: str, budget: float) -> None:
        super().__init__(model)
        self.name, self.mandate, self.budget = name, mandate, budget
        self.assessed = 0.0

    def assess(self, constellation: Constellation, report: int) -> FloatArray:
        """The quality that it sees, with error."""
        luck = self.world.luck(constellation.number, f"assessment/{report}")
        error = self.world.fund.file.rules.assessment_error.value * luck.standard_normal(self.world.replicates)
        self.assessed += float(constellation.running.mean())
        return constellation.quality + error


class Constellation(Member):
    """Municipality, region and provider with one plan; in some replicates it becomes a pilot."""

    def __init__(self, model: FundModel, number: int, across: bool, parties: tuple[Party, ...]) -> None:
        super().__init__(model)
        self.number, self.across, self.parties = number, across, parties
        spec, n = model.fund.file.outcomes, model.replicates
        luck = model.luck(number, "cost")
        span = spec.pilot_cost.most.value - spec.pilot_cost.least.value
        self.cost = spec.pilot_cost.least.value + span * luck.beta(spec.pilot_cost.a.value, spec.pilot_cost.b.value, n)
        self.readiness = model.luck(number, "readiness").standard_normal(n)
        self.own_luck = model.luck(number, "outcome").standard_normal(n)
        self.quality = self.readiness.copy()
        self.bad_reports = np.zeros(n, np.int64)
        self.running = np.zeros(n, bool)
        self.chosen = np.zeros(n, bool)
        self.ended = np.zeros(n, bool)
        self.incurred = np.zeros(n)
        self.paid = np.zeros(n)
        self.earned = np.zeros(n)
        self.avoided = np.zeros((len(model.payers), n))

    def willing(self, tolerated_loss: float) -> BoolArray:
        """All who must sign do."""
        return np.logical_and.reduce([party.signs(self, tolerated_loss) for party in self.parties])

    def begin(self, chosen: BoolArray) -> None:
        """Become a pilot where chosen; the result is settled now and seen when it is measured."""
        self.chosen, self.running = chosen, chosen.copy()
        self.earned, self.avoided = self.world.result_of(self)

    def work(self) -> None:
        """One month of a running pilot: an even part of its cost."""
        month = np.where(self.running, self.cost / self.world.pilot_months, 0.0)
        self.incurred += month
        for party in self.parties:
            party.spent += party.share * month

    def report(self, number: int) -> None:
        """Report every half-year: quality wanders, and bad reports in a row add up."""
        step = self.world.luck(self.number, f"report/{number}").standard_normal(self.world.replicates)
        wander = self.world.fund.file.rules.wander.value
        keep = np.sqrt(1 - wander**2) if wander < 1 else 0.0
        self.quality = keep * self.quality + wander * step
        bad = self.world.assessor_of(self).assess(self, number) < self.world.fund.file.rules.least_quality.value
        self.bad_reports = np.where(self.running & bad, self.bad_reports + 1, 0)

    def end(self, where: BoolArray) -> None:
        """Stop where the delegation ends the pilot: no more costs and no more payments."""
        self.running &= ~where
        self.ended |= where

    def receive(self, amount: FloatArray) -> None:
        """Share the state's payment as the costs are shared."""
        self.paid += amount
        for party in self.parties:
            party.received += party.share * amount

    def settle(self) -> FloatArray:
        """What the pilot truly avoids, for each payer ``[payer, replicate]``, in proportion to what was carried out."""
        done = np.where(self.chosen, self.incurred, 0.0)
        avoided = self.avoided * done
        for party in self.parties:
            if party.role in self.world.payers:
                party.avoided += avoided[self.world.payers.index(party.role)]
        return avoided


class Delegation(Member):
    """Chooses, follows, ends and pays; its mandate and frame are those of the file."""

    def __init__(self, model: FundModel) -> None:
        super().__init__(model)
        self.ledger = {year: np.zeros(model.replicates) for year in model.fund.years}

    def choose(self, seen_with_error: float, among: BoolArray, most: int, what: str) -> BoolArray:
        """Rank constellations by readiness as it is seen, and keep the best: ``[constellation, replicate]``."""
        model, rules = self.world, self.world.fund.file.rules
        seen = np.stack(
            [
                c.readiness
                + rules.cross_bonus.value * c.across
                + seen_with_error * model.luck(c.number, what).standard_normal(model.replicates)
                for c in model.constellations
            ]
        )
        seen = np.where(among, seen, -np.inf)
        rank = np.argsort(np.argsort(-seen, axis=0, kind="stable"), axis=0, kind="stable")
        chosen = (rank < most) & among
        return self._within_frame(chosen, rank) if what == "analysis" and rules.within_frame else chosen

    def _within_frame(self, chosen: BoolArray, rank: npt.NDArray[np.int64]) -> BoolArray:
        """Admit in order of rank while the frame can pay all that is promised."""
        model = self.world
        room = model.fund.file.frame.value * model.fund.file.rules.overcommit.value
        promised = np.where(chosen, np.stack([c.cost for c in model.constellations]) * model.state_share, 0.0)
        order = np.argsort(rank, axis=0, kind="stable")
        sums = np.cumsum(np.take_along_axis(promised, order, axis=0), axis=0)
        fits = np.empty_like(chosen)
        np.put_along_axis(fits, order, sums <= room, axis=0)
        return chosen & fits

    def review(self) -> None:
        """End pilots whose reports were bad too often in a row."""
        for c in self.world.constellations:
            c.end(c.running & (c.bad_reports >= self.world.fund.file.rules.bad_reports))

    def pay(self, weight: float, year: int) -> None:
        """Pay for what a measurement shows, at most the state's share of what a pilot has cost so far."""
        for c in self.world.constellations:
            due = np.where(c.running, weight * self.world.state_share * c.cost * c.earned, 0.0)
            amount = np.minimum(due, np.maximum(self.world.state_share * c.incurred - c.paid, 0.0))
            c.receive(amount)
            self.ledger[year] += amount
