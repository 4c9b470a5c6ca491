"""What ``outcomes.yaml`` may say: the outcomes that can be priced, at three levels, and the terms of a price.

The wished-for change, the indicator that stands for it, and the factor of the model whose causal effect is
valued: an outcome holds when its factor is as wished at every one of its ages.
"""

# ruff: noqa: RUF012  (pydantic copies a mutable default for every model)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from livsbana.parameters.names import Names, active_ages, inside
from livsbana.parameters.number import Declaration, Identifier, Number, Share, Status
from livsbana.parameters.origins import Origins
from livsbana.parameters.reader import nearest
from livsbana.parameters.scalars import Age, Whole, ZeroOrOne, ordered_numbers
from livsbana.parameters.schema import Ages, Factor, Label
from livsbana.parameters.sources import JUDGEMENT, Source

PricedPayer = Literal["municipality/home", "region/home", "state"]
FIRST_COUNTED_AGE, LAST_COUNTED_AGE = 0, 65


class Indicator(Declaration):
    """What is measured in place of the change, when (age in months), by whom and in which register."""

    what: Label
    measured_by: Label
    register_name: Annotated[Label, Field(alias="register")]
    months: Annotated[list[Whole], Field(min_length=1)]
    source: str
    status: Status
    why: str


class PricedOutcome(Declaration):
    """An outcome that can be paid for.

    It holds when ``factor`` is ``wished`` (1 on, 0 off), or the category one of ``is``, at every age of ``ages``, or in
    every year of ``years_after`` (years since the scenario or the stay in the country began, 0 the first).
    ``held_to`` is the last age to which a lasting change is kept. ``linked`` outcomes share causes: they are
    priced together, and a person is paid for once. ``leads_to`` names later outcomes of which this is a milestone.
    """

    id: Identifier
    label: Label
    wished_change: Label
    indicator: Indicator
    factor: Identifier
    wished: ZeroOrOne | None = None
    is_: Annotated[list[Identifier], Field(alias="is")] = []
    ages: Ages | None = None
    years_after: Annotated[tuple[Whole, Whole], AfterValidator(ordered_numbers)] | None = None
    held_to: Age
    linked: list[Identifier] = []
    leads_to: list[Identifier] = []
    strata: Identifier = "parental_education"

    @model_validator(mode="after")
    def _coherent(self) -> PricedOutcome:
        if (self.wished is None) == (not self.is_):
            raise ValueError("an outcome says either `wished` (a state) or `is` (values of a category)")
        if (self.ages is None) == (self.years_after is None):
            raise ValueError("an outcome says either `ages` or `years_after` (since the start)")
        if self.years_after is not None and self.leads_to:
            raise ValueError("only an outcome at fixed `ages` can be a milestone of others")
        first, last = self.ages or (FIRST_COUNTED_AGE, FIRST_COUNTED_AGE)
        if not FIRST_COUNTED_AGE <= first <= last <= self.held_to <= LAST_COUNTED_AGE:
            raise ValueError("ages of an outcome lie from 0 to 65, and `held_to` does not come before their end")
        return self

    def at(self, start_age: int) -> DatedOutcome:
        """The outcome for those who are of this age when the scenario starts."""
        first, last = (start_age + years for years in self.years_after) if self.years_after else self.ages or (0, 0)
        return DatedOutcome(self, (first, last), max(min(self.held_to, LAST_COUNTED_AGE), last))


@dataclass(frozen=True)
class DatedOutcome:
    """An outcome at the ages at which one cohort is measured; ``held_to`` is not before the last of them."""

    outcome: PricedOutcome
    ages: tuple[int, int]
    held_to: int

    @property
    def settled(self) -> int:
        """The age at whose end the outcome is known, and paid for."""
        return self.ages[1]


class PriceTerms(Declaration):
    """What every price rests on besides the model.

    ``capital_rate`` is what the provider's money costs a year; ``risk_weight`` what it asks for each krona that
    it may lose in the worst twentieth of cases; ``paid_share`` the part of a value that a payer is ready to pay;
    ``displacement`` the part of outcomes that others lose; ``leak`` the part of milestones that lead nowhere.
    """

    capital_rate: Number
    risk_weight: Number
    state_share_at_most: Share
    displacement: Share
    leak: Share
    paid_share: dict[PricedPayer, Share]

    @model_validator(mode="after")
    def _coherent(self) -> PriceTerms:
        missing = {"municipality/home", "region/home", "state"} - set(self.paid_share)
        if missing:
            raise ValueError(f"`paid_share` lacks {', '.join(sorted(missing))}")
        return self


class OutcomesFile(Declaration):
    """The whole of ``outcomes.yaml``."""

    terms: PriceTerms
    outcomes: Annotated[list[PricedOutcome], Field(min_length=1)]

    def by_id(self) -> dict[str, PricedOutcome]:
        """Give the outcomes by their id."""
        return {outcome.id: outcome for outcome in self.outcomes}


def check_outcomes(
    file: OutcomesFile, factors: Mapping[str, Factor], sources: Mapping[str, Source], origins: Origins
) -> None:
    """Note outcomes that name what is not there, or that are settled when their factor no longer moves."""
    names, known = Names(factors, origins), file.by_id()
    for i, outcome in enumerate(file.outcomes):
        if known[outcome.id] is not outcome:
            origins.problem(f"outcome `{outcome.id}` is declared twice", file, "outcomes", i, "id")
        _check_factor(outcome, names)
        names.of_kind(outcome.strata, "trait", outcome, "strata")
        for field in ("linked", "leads_to"):
            for k, other in enumerate(getattr(outcome, field)):
                _check_other(outcome, field, k, known.get(other), known, origins)
        source = outcome.indicator.source
        if source != JUDGEMENT and source not in sources:
            origins.problem(f"unknown source `{source}`{nearest(source, sources)}", outcome.indicator, "source")


def _check_factor(outcome: PricedOutcome, names: Names) -> None:
    """The factor exists, is of a kind that can be wished for, and is there at the ages of the outcome."""
    kinds = ("category",) if outcome.is_ else ("state", "event", "milestone")
    for reference in [f"{outcome.factor}.{value}" for value in outcome.is_] or [outcome.factor]:
        found = names.find(reference, outcome, "factor")
        if found is None:
            return
        if found.factor.kind not in kinds:
            message = f"`{outcome.factor}` is a {found.factor.kind}, wanted a {' or '.join(kinds)}"
            names.origins.problem(message, outcome, "factor")
        elif outcome.ages is not None and not inside(outcome.ages, active_ages(found)):
            first, last = active_ages(found)
            message = f"`{reference}` is active at ages {first}–{last} only; choose `ages` within them"
            names.origins.problem(message, outcome, "ages")


def _check_other(
    outcome: PricedOutcome,
    field: str,
    k: int,
    other: PricedOutcome | None,
    known: Mapping[str, PricedOutcome],
    origins: Origins,
) -> None:
    """What an outcome is linked to exists; what it leads to is settled later."""
    name = getattr(outcome, field)[k]
    if other is None:
        origins.problem(f"unknown outcome `{name}`{nearest(name, known)}", outcome, field, k)
    elif field == "leads_to" and (other.ages is None or outcome.ages is None or other.ages[1] <= outcome.ages[1]):
        message = f"`{name}` is not settled at a later age than `{outcome.id}`: it cannot be led to"
        origins.problem(message, outcome, field, k)
