"""What a contract file may say: parties, sums, outcomes that are measured, and a few terms that compose."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from livsbana.parameters.number import Declaration, Identifier, Number, Share
from livsbana.parameters.scalars import Year
from livsbana.parameters.schema import Label
from livsbana.pricing.contracts.outcomes import Outcome
from livsbana.pricing.contracts.terms import AT_MOST_YEARS, AnyTerm

Role: TypeAlias = Literal["municipality", "region", "state", "provider", "investor", "fund"]


class Party(Declaration):
    """One who signs."""

    party: Identifier
    role: Role
    label: Label


class Amount(Declaration):
    """A sum that terms and costs take shares of, in the contract's currency."""

    amount: Identifier
    label: Label
    value: Number


class Limit(Declaration):
    """One payer pays at most a share of a sum, first come first served; ``rest`` pays what lies above, or nobody."""

    payer: Identifier
    share: Share
    of: Identifier
    rest: Identifier | None = None


class Cost(Declaration):
    """What a party lays out for the work itself: a share of a sum, evenly over the years."""

    party: Identifier
    share: Share
    of: Identifier
    years: Annotated[list[Year], Field(min_length=1, max_length=AT_MOST_YEARS)]


class Worth(Declaration):
    """What the caused improvement is worth to a party, evenly over the years: per person and unit of ``difference``.

    For ``relative`` outcomes it is per person and unit of the level. ``cashable`` says whether budgets shrink.
    """

    party: Identifier
    outcome: Identifier
    value: Number
    years: Annotated[list[Year], Field(min_length=1, max_length=AT_MOST_YEARS)]


class Fact(Declaration):
    """Something that is known of the deal, and what came of it; shown, not computed with."""

    fact: str
    source: str
    status: Literal["published", "to_verify", "assumption"]


class ContractFile(Declaration):
    """One contract file; ``sources`` gives each source's citation by id."""

    contract: Identifier
    label: Label
    description: str
    currency: Literal["SEK", "EUR", "GBP", "USD"]
    start_year: Year
    end_year: Year
    sources: dict[str, str]
    facts: tuple[Fact, ...] = ()
    parties: Annotated[list[Party], Field(min_length=2, max_length=20)]
    amounts: tuple[Amount, ...] = ()
    outcomes: Annotated[list[Outcome], Field(min_length=1, max_length=20)]
    terms: Annotated[list[AnyTerm], Field(min_length=1, max_length=40)]
    limits: tuple[Limit, ...] = ()
    costs: tuple[Cost, ...] = ()
    worths: tuple[Worth, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> ContractFile:
        if self.end_year <= self.start_year:
            raise ValueError(f"end_year {self.end_year} does not lie after start_year {self.start_year}")
        if self.end_year - self.start_year >= AT_MOST_YEARS:
            raise ValueError(f"a contract runs for less than {AT_MOST_YEARS} years")
        return self
