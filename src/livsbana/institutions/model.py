"""The fund as a Mesa model: one step a month, all replicates in step.

What Mesa does: it holds the delegation, the agencies and the constellations with their municipality, region and
provider, lets them act in a fixed order, and collects a record of every month. What arrays do: each agent's state
is a vector over replicates, so one model run is all replicates at once.
"""

from __future__ import annotations

import mesa
import numpy as np

from livsbana.institutions.agents import Agency, Constellation, Delegation, Municipality, Party, Provider, Region
from livsbana.institutions.reach import PAYERS, Reach, all_or_nothing, values_of
from livsbana.institutions.read import Fund
from livsbana.uncertainty.luck import FloatArray, stream


class FundModel(mesa.Model):
    """A fund in ``replicates`` possible worlds.

    Parameters
    ----------
    reach : Reach
        How far pilots reach; None for pilots that succeed or not.
    """

    def __init__(self, fund: Fund, reach: Reach | None, replicates: int, luck_seed: int) -> None:
        super().__init__(rng=1)  # Mesa's own generator is never read: all luck is keyed by name
        self.fund, self.reach, self.replicates, self.luck_seed = fund, reach, replicates, luck_seed
        file, self.payers = fund.file, PAYERS
        self.state_share = file.outcomes.state_share.value
        weights = sum(p.weight for p in file.outcomes.payments)
        self.measurements = [(p.after_months, p.weight / weights) for p in file.outcomes.payments]
        first, end = fund.calendar.spans["implementation"]
        self.pilot_start, self.pilot_months = first, end - first
        self.expected_avoided: dict[str, float] = {}
        self._expect()
        self.common_luck = stream(luck_seed, f"fund/{file.fund}/common").standard_normal(replicates)
        self.delegation = Delegation(self)
        yearly = sum(c.amount.value for c in file.costs if c.row == "agencies") / len(file.agencies)
        self.assessors = [
            agency
            for agency in [Agency(self, a.agency, a.mandate, yearly) for a in file.agencies]
            if agency.mandate == "assess"
        ]
        across = round(file.applicants * file.across_principals.value)
        self.constellations = [
            Constellation(self, k, k < across, self._parties(k, k < across)) for k in range(file.applicants)
        ]
        self.month = 0
        self.analysed = np.zeros((file.applicants, replicates), bool)
        self.records = mesa.DataCollector(
            model_reporters={
                "month": "month",
                "running": lambda m: float(np.mean(np.sum([c.running for c in m.constellations], axis=0))),
                "ended": lambda m: float(np.mean(np.sum([c.ended for c in m.constellations], axis=0))),
                "paid": lambda m: float(np.mean(np.sum([c.paid for c in m.constellations], axis=0))),
            }
        )
        self.running_in_year = {year: np.zeros(replicates) for year in fund.years}

    def luck(self, constellation: int, what: str) -> np.random.Generator:
        """Luck of one constellation for one purpose."""
        return stream(self.luck_seed, f"fund/{self.fund.file.fund}/{constellation}/{what}")

    def _expect(self) -> None:
        """What everybody expects of a pilot before it is tried."""
        outcomes = self.fund.file.outcomes
        if self.reach is not None:
            self.expected_pay = float(self.reach.earned.mean())
            self.expected_avoided = dict(zip(PAYERS, map(float, self.reach.avoided.mean(axis=1)), strict=True))
            self.success = np.zeros(0)
        else:
            source = outcomes.all_or_nothing
            assert source is not None
            self.success = values_of(self.fund, source.success, self.luck_seed, self.replicates)
            self.expected_pay = source.success.value
            returns = {p: n.value for p, n in source.returns.items()}
            self.expected_avoided = {p: returns.get(p, 0.0) * source.success.value for p in PAYERS}
        self.expected_avoided |= {"provider": 0.0}

    def assessor_of(self, constellation: Constellation) -> Agency:
        """Reports are shared out among the agencies that assess."""
        return self.assessors[constellation.number % len(self.assessors)]

    def _parties(self, number: int, across: bool) -> tuple[Party, ...]:
        """The members of a constellation; one without a region has its municipality carry all costs."""
        file = self.fund.file
        region = file.costs_borne["region"].value if across and "region" in file.costs_borne else 0.0
        rate = {role: number.value for role, number in file.discount_rates.items()}
        rules = file.rules

        def room(role: str) -> FloatArray:
            score = self.luck(number, f"room/{role}").standard_normal(self.replicates)
            return rules.yearly_room.value * np.exp(rules.room_spread.value * score)

        members: list[Party] = [
            Municipality(self, "municipality", 1 - region, rate.get("municipality", 0.0), room("municipality"))
        ]
        if region:
            members.append(Region(self, "region", region, rate.get("region", 0.0), room("region")))
        return (*members, Provider(self, "provider", 0.0, 0.0, np.zeros(self.replicates)))

    def result_of(self, constellation: Constellation) -> tuple[FloatArray, FloatArray]:
        """How far a pilot reaches: what all share, how well it is run, and luck of its own."""
        outcomes = self.fund.file.outcomes
        rho, weight = outcomes.correlation.value, outcomes.quality_matters.value
        own = weight * constellation.readiness + np.sqrt(1 - weight**2) * constellation.own_luck
        score = np.sqrt(rho) * self.common_luck + np.sqrt(1 - rho) * own
        return self.reach.at(score) if self.reach is not None else all_or_nothing(self.fund, score, self.success)

    def step(self) -> None:
        """One month."""
        spans, rules = self.fund.calendar.spans, self.fund.file.rules
        if self.month == spans["call"][1]:
            willing = np.stack([c.willing(rules.tolerated_loss.value) for c in self.constellations])
            self.analysed = self.delegation.choose(rules.screening_error.value, willing, rules.analysed, "screening")
        if self.month == self.pilot_start:
            chosen = self.delegation.choose(
                rules.analysis_error.value, self.analysed, self.fund.file.pilots, "analysis"
            )
            for c, where in zip(self.constellations, chosen, strict=True):
                c.begin(where)
        if self.pilot_start <= self.month < self.pilot_start + self.pilot_months:
            self._implement(self.month - self.pilot_start + 1)
        self.records.collect(self)
        self.month += 1

    def _implement(self, done: int) -> None:
        """One month of the pilots; ``done`` counts it."""
        year, rules = self.fund.calendar.year(self.month), self.fund.file.rules
        running = np.sum([c.running for c in self.constellations], axis=0)
        self.running_in_year[year] = np.maximum(self.running_in_year[year], running)
        self.agents_by_type[Constellation].do("work")
        for after, weight in self.measurements:
            if done == after:
                self.delegation.pay(weight, year)
        if done % rules.report_months == 0 and done < self.pilot_months:
            self.agents_by_type[Constellation].do("report", done // rules.report_months)
            self.delegation.review()

    def run(self) -> FloatArray:
        """Run all months; what pilots avoid by payer ``[payer, replicate]``."""
        for _ in range(self.fund.calendar.months):
            self.step()
        return np.sum([c.settle() for c in self.constellations], axis=0)
