"""What a contract file may say of its terms: who pays whom, how much, and when an improvement counts."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from livsbana.parameters.number import Declaration, Identifier, Number, Share
from livsbana.parameters.scalars import Finite, Proportion, Year
from livsbana.parameters.schema import Label

Shares: TypeAlias = dict[Identifier, Proportion]
AT_MOST_YEARS = 30


class Threshold(Declaration):
    """All or nothing: 1 from ``at`` on; ``other_readings`` of an ambiguous clause are reported beside it."""

    rule: Literal["threshold"]
    at: Number
    of: Identifier | None = None
    other_readings: tuple[Finite, ...] = ()


class Linear(Declaration):
    """From 0 at ``start`` to 1 at ``full``, in proportion between."""

    rule: Literal["linear"]
    start: Number
    full: Number
    of: Identifier | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Linear:
        if self.full.value <= self.start.value:
            raise ValueError(f"`full` {self.full.value:g} does not lie above `start` {self.start.value:g}")
        return self


class Band(Declaration):
    """From ``at`` on, this share is paid."""

    at: Finite
    share: Proportion


class Banded(Declaration):
    """Steps: the share of the highest band that is reached."""

    rule: Literal["banded"]
    bands: Annotated[list[Band], Field(min_length=1)]
    of: Identifier | None = None
    source: str
    status: Literal["published", "to_verify", "assumption"]

    @model_validator(mode="after")
    def _coherent(self) -> Banded:
        for first, second in zip(self.bands, self.bands[1:], strict=False):
            if second.at <= first.at or second.share < first.share:
                raise ValueError("bands rise: each begins above the one before it and pays at least as much")
        return self


class Significant(Declaration):
    """1 when the improvement is told from 0 at this one-sided level."""

    rule: Literal["significant"]
    level: Share

    @model_validator(mode="after")
    def _coherent(self) -> Significant:
        if not 0 < self.level.value < 1:
            raise ValueError(f"a level of significance lies between 0 and 1, found {self.level.value:g}")
        return self


Achievement: TypeAlias = Annotated[Threshold | Linear | Banded | Significant, Field(discriminator="rule")]


class Term(Declaration):
    """What all terms have: who pays and who receives (shares that sum to 1), at least and at most how much."""

    term: Identifier
    label: Label
    payers: Shares
    payees: Shares
    cap: Number | None = None
    floor: Number | None = None

    @model_validator(mode="after")
    def _both_sides(self) -> Term:
        for name in ("payers", "payees"):
            shares: Shares = getattr(self, name)
            if abs(sum(shares.values()) - 1) > 1e-9:
                raise ValueError(f"the shares of `{name}` sum to {sum(shares.values()):g}, wanted 1")
        for name in ("cap", "floor"):
            number: Number | None = getattr(self, name)
            if number is not None and number.value < 0:
                raise ValueError(f"a {name} is at least 0, found {number.value:g}")
        if self.cap is not None and self.floor is not None and self.cap.value < self.floor.value:
            raise ValueError(f"the cap {self.cap.value:g} lies below the floor {self.floor.value:g}")
        return self


class FixedTerm(Term):
    """A share of a sum that is paid whatever comes of it: an advance, a guarantee, or what is done.

    ``delivered`` is the share of the agreed activity that is carried out, and so paid.
    """

    kind: Literal["advance", "guaranteed", "activity"]
    share: Share
    of: Identifier
    delivered: Share | None = None
    paid: Annotated[list[Year], Field(min_length=1, max_length=AT_MOST_YEARS)]


class OutcomeTerm(Term):
    """A share of a sum × achievement: own outcome, process outcome, or a pool that several payees share.

    Nothing is paid when a term in ``unless_paid`` has paid.
    """

    kind: Literal["own_outcome", "process", "pool"]
    share: Share
    of: Identifier
    outcome: Identifier
    achievement: Achievement
    unless_paid: tuple[Identifier, ...] = ()
    paid: Year | None = None


class Price(Declaration):
    """The price of one achieved outcome."""

    outcome: Identifier
    price: Number

    @model_validator(mode="after")
    def _coherent(self) -> Price:
        if self.price.value < 0:
            raise ValueError(f"a price is at least 0, found {self.price.value:g}")
        return self


class RateCard(Term):
    """A price for each person who reaches an outcome; prices of linked milestones count up to the person's cap.

    ``counts``: everything ``observed``, or only what lies ``above_comparison``. ``linked`` milestones of one person
    pay the ``highest`` price or the ``sum``. ``together`` is the correlation of outcomes within a person.
    """

    kind: Literal["rate_card"]
    prices: Annotated[list[Price], Field(min_length=1, max_length=10)]
    counts: Literal["observed", "above_comparison"]
    linked: Literal["highest", "sum"] = "sum"
    per_person_cap: Number | None = None
    together: Number | None = None

    @model_validator(mode="after")
    def _coherent(self) -> RateCard:
        if self.per_person_cap is not None and self.per_person_cap.value < 0:
            raise ValueError(f"a cap per person is at least 0, found {self.per_person_cap.value:g}")
        if self.together is not None and not 0 <= self.together.value < 1:
            raise ValueError(f"`together` lies between 0 and 1, found {self.together.value:g}")
        return self


class GainShare(Term):
    """A share of the measured difference in money, over all persons; a negative difference pays nothing."""

    kind: Literal["gain_share"]
    share: Share
    outcome: Identifier
    paid: Year | None = None


AnyTerm: TypeAlias = Annotated[FixedTerm | OutcomeTerm | RateCard | GainShare, Field(discriminator="kind")]
