"""From what was measured to who pays whom, year by year, in whole kronor so that nothing is lost in rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from livsbana.pricing.contracts.achievement import achieved, improvement
from livsbana.pricing.contracts.cohorts import Measured, Truth, measure, milestones, pool, stated_truth
from livsbana.pricing.contracts.outcomes import Outcome
from livsbana.pricing.contracts.read import Contract, used_outcomes
from livsbana.pricing.contracts.terms import AnyTerm, FixedTerm, GainShare, OutcomeTerm, RateCard
from livsbana.uncertainty.luck import FloatArray

WholeArray = npt.NDArray[np.int64]
Values = Mapping[int, FloatArray]


@dataclass(frozen=True)
class Paid:
    """One simulation of a contract; money is in whole units of its currency.

    ``transfers[replicate, party, year]`` received − paid, ``received`` alone, ``costs`` and ``worths`` of the same
    shape; ``terms`` what each term paid and ``full`` the most that it could have ``[replicate]``; ``measured`` by
    outcome; ``impact[replicate]`` the caused improvement, summed over outcomes in their worth (or in persons where
    nothing is said of their worth).
    """

    transfers: WholeArray
    received: WholeArray
    costs: WholeArray
    worths: WholeArray
    terms: dict[str, WholeArray]
    full: dict[str, WholeArray]
    measured: dict[str, Measured]
    impact: FloatArray

    @property
    def position(self) -> WholeArray:
        """What each party ends with: transfers − costs + worth, ``[replicate, party]``."""
        return (self.transfers - self.costs + self.worths).sum(axis=2)


def simulate(contract: Contract, values: Values, truths: Mapping[str, Truth], seed: int) -> Paid:
    """Pay a contract in every replicate.

    Parameters
    ----------
    values
        Values of the contract's numbers, from ``drawn`` or ``central_values``.
    truths
        The world of each outcome that is not a mean of others.
    seed
        Of the persons' luck: the same in a world with and without effect.
    """
    return _Books(contract, values, truths, seed).close()


def truths_of(contract: Contract, values: Values, engine: Mapping[str, Truth]) -> dict[str, Truth]:
    """The world of each outcome: as stated in the file, or as the simulation found it."""
    plain = [o for o in contract.file.outcomes if not o.pools]
    return {o.outcome: engine[o.outcome] if o.engine else stated_truth(o, values) for o in plain}


def scaled(truths: Mapping[str, Truth], effect: float) -> dict[str, Truth]:
    """The same worlds with the effect multiplied; 0 is a programme that does nothing."""
    return {name: Truth(t.level, t.effect * effect) for name, t in truths.items()}


class _Books:
    """Keeps the accounts of one contract while its terms are paid in the order of the years."""

    def __init__(self, contract: Contract, values: Values, truths: Mapping[str, Truth], seed: int) -> None:
        self.contract, self.values, self.truths, self.seed = contract, values, truths, seed
        self.file = contract.file
        self.parties = {p.party: i for i, p in enumerate(self.file.parties)}
        self.year = {year: i for i, year in enumerate(contract.years)}
        self.replicates = len(next(iter(truths.values())).level)
        shape = (self.replicates, len(self.parties), len(self.year))
        self.transfers, self.received, self.costs, self.worths = (np.zeros(shape, np.int64) for _ in range(4))
        self.sums = {a.amount: values[id(a.value)] for a in self.file.amounts}
        self.measured = self._measure()
        self.paid: dict[str, WholeArray] = {}
        self.full: dict[str, WholeArray] = {}

    def close(self) -> Paid:
        """Settle all terms, then book costs and what the outcomes are worth."""
        due = [(year, term, money) for term in self.file.terms for year, money in self._due(term)]
        for year, term, money in sorted(due, key=lambda d: d[0]):
            self._transfer(term, year, money)
        for cost in self.file.costs:
            self._book(self.costs, cost.party, cost.years, self.values[id(cost.share)] * self.sums[cost.of])
        for worth in self.file.worths:
            value = self.values[id(worth.value)] * self._caused(worth.outcome)
            self._book(self.worths, worth.party, worth.years, value)
        return Paid(
            self.transfers,
            self.received,
            self.costs,
            self.worths,
            self.paid,
            self.full,
            self.measured,
            self._impact(),
        )

    def _caused(self, outcome: str) -> FloatArray:
        """The caused improvement of an outcome over all persons."""
        found = self.measured[outcome]
        return found.caused * found.persons

    def _impact(self) -> FloatArray:
        """The true impact of each replicate: its worth where that is stated, else persons' improvements."""
        if self.file.worths:
            return self.worths.sum(axis=(1, 2)).astype(float)
        return np.sum([self._caused(o.outcome) for o in self.file.outcomes if not o.pools], axis=0)

    def _measure(self) -> dict[str, Measured]:
        """Measure every outcome; means of others after those."""
        found: dict[str, Measured] = {}
        for outcome in sorted(self.file.outcomes, key=lambda o: len(o.pools)):
            if outcome.pools:
                found[outcome.outcome] = pool([found[name] for name in outcome.pools])
            else:
                truth = self.truths[outcome.outcome]
                found[outcome.outcome] = measure(outcome, truth, self.values, self.seed, self._key(outcome))
        return found

    def _key(self, outcome: Outcome) -> str:
        return f"contract/{self.file.contract}/{outcome.outcome}"

    def _due(self, term: AnyTerm) -> list[tuple[int, WholeArray]]:
        """When a term pays how much, before limits; remembers what it pays in all and could have paid."""
        if isinstance(term, FixedTerm):
            delivered = 1.0 if term.delivered is None else self.values[id(term.delivered)]
            money = full = self._bounded(term, self._sum(term) * delivered)
            years = term.paid
        else:
            money, full = self._earned(term)
            years = [getattr(term, "paid", None) or max(self._outcome(o).measured for o in used_outcomes(term))]
        self.paid[term.term], self.full[term.term] = money, full
        return list(zip(years, _evenly(money, len(years)), strict=True))

    def _outcome(self, name: str) -> Outcome:
        return self.contract.outcome(name)

    def _sum(self, term: FixedTerm | OutcomeTerm) -> FloatArray:
        return term.share.value * self.sums[term.of]

    def _bounded(self, term: AnyTerm, money: FloatArray) -> WholeArray:
        """Whole kronor between the term's floor and cap."""
        least = 0.0 if term.floor is None else term.floor.value
        most = np.inf if term.cap is None else term.cap.value
        return np.rint(np.clip(money, least, most)).astype(np.int64)

    def _earned(self, term: OutcomeTerm | RateCard | GainShare) -> tuple[WholeArray, WholeArray]:
        """What an outcome earns, and the most that it could."""
        if isinstance(term, RateCard):
            return self._counted(term)
        outcome, found = self._outcome(term.outcome), self.measured[term.outcome]
        if isinstance(term, GainShare):
            gain = improvement(outcome, found) * term.share.value
            money = self._bounded(term, gain)
            return money, money
        share = achieved(term.achievement, outcome, found, self.sums)
        for name in term.unless_paid:
            share = np.where(self.paid[name] > 0, 0.0, share)
        full = self._sum(term)
        return self._bounded(term, full * share), self._bounded(term, full)

    def _counted(self, term: RateCard) -> tuple[WholeArray, WholeArray]:
        """What a rate card pays for persons, milestone by milestone, up to each person's cap."""
        outcomes = [self._outcome(p.outcome) for p in term.prices]
        together = 0.0 if term.together is None else term.together.value
        key = f"contract/{self.file.contract}/{term.term}"
        found = milestones(outcomes, [self.truths[o.outcome] for o in outcomes], together, self.seed, key)
        price = [p.price.value for p in term.prices]
        most = sum(price) if term.linked == "sum" else max(price)
        cap = most if term.per_person_cap is None else min(most, term.per_person_cap.value)
        persons = outcomes[0].persons or 0
        person = np.zeros((self.replicates, persons))
        for (reached, _), each in zip(found, price, strict=True):
            person = person + each * reached if term.linked == "sum" else np.maximum(person, each * reached)
        money = np.minimum(person, cap).sum(axis=1)
        if term.counts == "above_comparison":
            money = np.maximum(money - self._deadweight(found, price, term.linked, cap, persons), 0.0)
        full = np.full(self.replicates, cap * persons)
        return self._bounded(term, money), self._bounded(term, full)

    @staticmethod
    def _deadweight(
        found: list[tuple[npt.NDArray[np.bool_], FloatArray]], price: list[float], linked: str, cap: float, persons: int
    ) -> FloatArray:
        """What the card would pay for as many persons of the comparison; a sum of prices, or the highest alone."""
        shares = [share for _, share in found]
        if linked == "sum":
            each = np.sum([p * s for p, s in zip(price, shares, strict=True)], axis=0)
        else:
            order = sorted(range(len(price)), key=lambda k: -price[k])
            each, above = np.zeros_like(shares[0]), np.zeros_like(shares[0])
            for k in order:  # milestones of rising price are nested: who has the dearer has the cheaper
                each = each + price[k] * np.maximum(shares[k] - above, 0.0)
                above = np.maximum(above, shares[k])
        return np.minimum(each, cap) * persons

    def _transfer(self, term: AnyTerm, year: int, money: WholeArray) -> None:
        """Move money from payers to payees, within the payers' limits."""
        column = self.year[year]
        paid = np.zeros((len(self.parties), self.replicates), np.int64)
        for name, part in zip(term.payers, _split(money, list(term.payers.values())), strict=True):
            paid[self.parties[name]] += part
        for limit in self.file.limits:
            payer = self.parties[limit.payer]
            most = np.rint(limit.share.value * self.sums[limit.of]).astype(np.int64)
            left = np.maximum(most - self._laid_out(payer), 0)
            above = np.maximum(paid[payer] - left, 0)
            paid[payer] -= above
            if limit.rest is not None:
                paid[self.parties[limit.rest]] += above
        total = paid.sum(axis=0)
        self.transfers[:, :, column] -= paid.T
        for name, part in zip(term.payees, _split(total, list(term.payees.values())), strict=True):
            self.transfers[:, self.parties[name], column] += part
            self.received[:, self.parties[name], column] += part

    def _laid_out(self, payer: int) -> WholeArray:
        """What a party has paid so far."""
        return (self.received[:, payer] - self.transfers[:, payer]).sum(axis=1)

    def _book(self, account: WholeArray, party: str, years: list[int], money: FloatArray) -> None:
        """Book an amount evenly over years."""
        for year, part in zip(years, _evenly(np.rint(money).astype(np.int64), len(years)), strict=True):
            account[:, self.parties[party], self.year[year]] += part


def _evenly(money: WholeArray, parts: int) -> list[WholeArray]:
    """Split whole amounts over years; the sum is kept."""
    return _split(money, [1 / parts] * parts)


def _split(money: WholeArray, shares: list[float]) -> list[WholeArray]:
    """Split whole amounts by shares; the last gets what rounding left, so the sum is kept."""
    parts = [np.rint(money * share).astype(np.int64) for share in shares[:-1]]
    return [*parts, money - sum(parts, np.zeros_like(money))]
