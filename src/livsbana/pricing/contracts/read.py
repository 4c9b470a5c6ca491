"""From a contract file to a contract: names that exist, years that follow each other, shares that are left."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from livsbana.parameters.number import Number
from livsbana.parameters.origins import Origins
from livsbana.parameters.reader import nearest, read_document
from livsbana.parameters.schema import Declaration
from livsbana.parameters.sources import JUDGEMENT
from livsbana.parameters.typed import typed
from livsbana.pricing.contracts.outcomes import Outcome
from livsbana.pricing.contracts.schema import ContractFile
from livsbana.pricing.contracts.terms import AnyTerm, FixedTerm, GainShare, OutcomeTerm, RateCard

WRITTEN = re.compile(r"/(terms|limits)/\d+/(?!delivered)|/(target|selected_top|design_effect)$")


@dataclass(frozen=True)
class Contract:
    """A checked contract; ``origins`` knows the file and line, and the address, of each of its numbers."""

    file: ContractFile
    path: Path
    origins: Origins

    @property
    def years(self) -> list[int]:
        """Calendar years from the start to the end."""
        return list(range(self.file.start_year, self.file.end_year + 1))

    def outcome(self, name: str) -> Outcome:
        """Give an outcome by id."""
        return next(o for o in self.file.outcomes if o.outcome == name)

    def numbers(self) -> list[Number]:
        """Give every number of the contract, in the order of the file."""
        return list(self.origins.numbers.values())


def read_contract(path: Path) -> Contract:
    """Read and check one contract file.

    Raises
    ------
    InputError
        With ``file:line:column``, for the first few mistakes.
    """
    document = read_document(path)
    file = typed(ContractFile, document)
    origins = Origins()
    origins.add(file, document, (), f"contract/{file.contract}")
    check = _Check(file, origins)
    check.names()
    check.sources()
    check.years()
    for term in file.terms:
        check.term(term)
    check.shares_of_sums()
    check.certain()
    check.rests()
    origins.raise_first()
    return Contract(file, path, origins)


def used_outcomes(term: AnyTerm) -> list[str]:
    """Give the outcomes that a term pays for."""
    if isinstance(term, OutcomeTerm | GainShare):
        return [term.outcome]
    return [price.outcome for price in term.prices] if isinstance(term, RateCard) else []


class _Check:
    """Notes mistakes on a contract."""

    def __init__(self, file: ContractFile, origins: Origins) -> None:
        self.file, self.origins = file, origins
        self.parties = [p.party for p in file.parties]
        self.amounts = [a.amount for a in file.amounts]
        self.outcomes = {o.outcome: o for o in file.outcomes}
        self.terms = [t.term for t in file.terms]

    def _known(self, what: str, name: str, known: Iterable[str], at: Declaration, *steps: str | int) -> None:
        """Note a name that is not declared."""
        names = list(known)
        if name not in names:
            hint = nearest(name, names) or f"; known here: {', '.join(names) or 'none'}"
            self.origins.problem(f"unknown {what} `{name}`{hint}", at, *steps)

    def names(self) -> None:
        """Nothing is declared twice, and everything named exists."""
        for kind, items in (
            ("party", self.file.parties),
            ("amount", self.file.amounts),
            ("outcome", self.file.outcomes),
            ("term", self.file.terms),
        ):
            seen: set[str] = set()
            for item in items:
                name = getattr(item, kind)
                if name in seen:
                    self.origins.problem(f"{kind} `{name}` is declared twice", item, kind)
                seen.add(name)
        self._items()

    def _items(self) -> None:
        """Pools, sums, costs and worths name what exists."""
        for outcome in self.file.outcomes:
            for i, pooled in enumerate(outcome.pools):
                plain = [o.outcome for o in self.file.outcomes if not o.pools]
                self._known("outcome to pool", pooled, plain, outcome, "pools", i)
        for amount in self.file.amounts:
            if amount.value.value < 0:
                self.origins.problem(f"a sum is at least 0, found {amount.value.value:g}", amount, "value")
        for item in (*self.file.costs, *self.file.worths):
            self._known("party", item.party, self.parties, item, "party")
        for cost in self.file.costs:
            self._known("amount", cost.of, self.amounts, cost, "of")
        for worth in self.file.worths:
            self._known("outcome", worth.outcome, self.outcomes, worth, "outcome")

    def sources(self) -> None:
        """Every number and fact has a source that the file cites, or is a judgement."""
        known = (*self.file.sources, JUDGEMENT)
        for number in self.origins.numbers.values():
            self._known("source", number.source, known, number, "source")
            if number.source == JUDGEMENT and number.status != "assumption":
                self.origins.problem(f"a judgement has status assumption, found {number.status}", number, "status")
        for fact in self.file.facts:
            self._known("source", fact.source, known, fact, "source")

    def years(self) -> None:
        """Nothing is measured, paid, spent or gained outside the contract's years."""
        first, last = self.file.start_year, self.file.end_year
        for outcome in self.file.outcomes:
            if outcome.start < first:
                message = f"the window starts in {outcome.start}, before the contract's start_year {first}"
                self.origins.problem(message, outcome, "start")
            if outcome.measured > last:
                message = f"measured in {outcome.measured}, after the contract's end_year {last}"
                self.origins.problem(message, outcome, "measured")
        for item in (*self.file.costs, *self.file.worths):
            for i, year in enumerate(item.years):
                self._inside(year, item, "years", i)

    def _inside(self, year: int, at: Declaration, *steps: str | int) -> None:
        first, last = self.file.start_year, self.file.end_year
        if not first <= year <= last:
            self.origins.problem(f"{year} lies outside the contract's years {first}–{last}", at, *steps)

    def term(self, term: AnyTerm) -> None:
        """Parties, sums and outcomes of a term exist, and it pays no earlier than it measures."""
        for side in ("payers", "payees"):
            for party in getattr(term, side):
                self._known("party", party, self.parties, term, side, party)
        if isinstance(term, FixedTerm | OutcomeTerm):
            self._known("amount", term.of, self.amounts, term, "of")
        if isinstance(term, FixedTerm):
            for i, year in enumerate(term.paid):
                self._inside(year, term, "paid", i)
            return
        for i, name in enumerate(used_outcomes(term)):
            steps = ("prices", i, "outcome") if isinstance(term, RateCard) else ("outcome",)
            self._known("outcome", name, self.outcomes, term, *steps)
        found = [self.outcomes[name] for name in used_outcomes(term) if name in self.outcomes]
        paid = getattr(term, "paid", None)
        if paid is not None:
            self._inside(paid, term, "paid")
            for outcome in found:
                if paid < outcome.measured:
                    message = f"paid in {paid}, before `{outcome.outcome}` is measured in {outcome.measured}"
                    self.origins.problem(message, term, "paid")
        self._fitting(term, found)

    def _fitting(self, term: AnyTerm, found: list[Outcome]) -> None:
        """The outcome can be read the way the term reads it."""
        if isinstance(term, RateCard):
            self._countable(term, found)
            return
        for outcome in found:
            if outcome.comparator is not None and outcome.comparator.kind == "none":
                message = f"`{outcome.outcome}` has no comparator to tell achievement from; add one"
                self.origins.problem(message, term, "outcome")
            if isinstance(term, GainShare) and outcome.measure != "total":
                message = f"a share of a gain needs an outcome with `measure: total`, found `{outcome.measure}`"
                self.origins.problem(message, term, "outcome")
        if isinstance(term, OutcomeTerm):
            self._references(term)

    def _countable(self, term: RateCard, found: list[Outcome]) -> None:
        """A rate card counts persons, the same for all its prices."""
        for outcome in found:
            if outcome.kind != "yes_no" or outcome.pools or outcome.engine:
                message = f"a rate card counts persons; `{outcome.outcome}` is not a stated yes_no outcome"
                self.origins.problem(message, term, "prices")
        if len({outcome.persons for outcome in found}) > 1:
            self.origins.problem("the outcomes of one rate card are of the same persons", term, "prices")

    def _references(self, term: OutcomeTerm) -> None:
        """Sums and earlier terms that an outcome term reads exist."""
        of = getattr(term.achievement, "of", None)
        if of is not None:
            self._known("amount", of, self.amounts, term, "achievement", "of")
        earlier = self.terms[: self.terms.index(term.term)]
        for i, name in enumerate(term.unless_paid):
            self._known("earlier term", name, earlier, term, "unless_paid", i)

    def shares_of_sums(self) -> None:
        """The same payers do not promise more than the whole of a sum."""
        promised: dict[tuple[str, ...], float] = {}
        for term in self.file.terms:
            if not isinstance(term, FixedTerm | OutcomeTerm) or _alternative(term):
                continue
            key = (term.of, *sorted(term.payers))
            promised[key] = promised.get(key, 0.0) + term.share.value
            if promised[key] > 1 + 1e-9:
                message = f"the shares of `{term.of}` sum to {promised[key]:g} with this term, wanted at most 1"
                self.origins.problem(message, term, "share")
                return

    def certain(self) -> None:
        """What the signers have written down is no guess: it has no interval."""
        for address, number in self.origins.numbers.items():
            if number.low is not None and WRITTEN.search(address):
                message = "a term of a contract is certain: leave out low and high, or simulate two contracts"
                self.origins.problem(message, number, "low")

    def rests(self) -> None:
        """Limits name parties and sums that exist."""
        for limit in self.file.limits:
            self._known("party", limit.payer, self.parties, limit, "payer")
            self._known("amount", limit.of, self.amounts, limit, "of")
            if limit.rest is not None:
                self._known("party", limit.rest, self.parties, limit, "rest")
                if limit.rest == limit.payer:
                    self.origins.problem("the rest is paid by another party than the limited one", limit, "rest")


def _alternative(term: AnyTerm) -> bool:
    """Whether a term does not add to what others promise: an advance comes in, an alternative replaces."""
    return (isinstance(term, FixedTerm) and term.kind == "advance") or (
        isinstance(term, OutcomeTerm) and bool(term.unless_paid)
    )
