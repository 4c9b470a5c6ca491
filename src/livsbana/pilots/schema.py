"""What a pilot's logic model may say: whom it serves, what should change through what, at what cost, measured how."""

# ruff: noqa: RUF012 (pydantic copies a mutable default for every model)
from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from livsbana.parameters.scalars import Finite, Whole, Year
from livsbana.parameters.schema import Ages, Declaration, Identifier, Measure, Payer, Reference

LAST_AGE = 65
LAST_MONTH = 360
Months = Annotated[Whole, Field(ge=1, le=LAST_MONTH)]
Count = Annotated[Whole, Field(ge=0, le=10_000_000)]
Level = Literal["wished_change", "indicator", "effect"]
Comparator = Literal["randomised", "matched", "before_after"]


class Target(Declaration):
    """Who is to be served: ages in the start year, and what all of them must have (factors, or values of traits)."""

    ages: Ages
    where: list[Reference] = []

    @model_validator(mode="after")
    def _coherent(self) -> Target:
        if not 0 <= self.ages[0] <= self.ages[1] <= LAST_AGE:
            raise ValueError(f"ages [{self.ages[0]}, {self.ages[1]}] are out of range: wanted 0 to {LAST_AGE}")
        return self


class Activity(Declaration):
    """Something the pilot does; ``programme`` names the same thing in the library, where there is one."""

    activity: Identifier
    label: str
    programme: Identifier | None = None


class Sized(Declaration):
    """A claim that may have a size: percentage points of those treated, or a published measure; none is allowed."""

    change_pp: Annotated[Finite, Field(ge=-100, le=100)] | None = None
    measure: Measure | None = None
    value: Finite | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Sized:
        if (self.measure is None) != (self.value is None):
            raise ValueError("`measure` and `value` come together")
        if self.change_pp is not None and self.measure is not None:
            raise ValueError("give the size once: `change_pp`, or `measure` with `value`")
        return self

    @property
    def stated(self) -> bool:
        """Whether the claim has a size."""
        return self.change_pp is not None or self.measure is not None


class Link(Sized):
    """One step of the logic model: ``from`` (an activity or a factor) changes ``to``, so much, after so many months."""

    source: Reference = Field(alias="from")
    target: Reference = Field(alias="to")
    months: Months
    note: str | None = None


class Outcome(Sized):
    """An outcome on one of the pre-study's three levels: what is wished, what is measured for it, what is caused.

    ``factor`` is what the model knows it as; an outcome without one is kept and shown, but cannot be simulated.
    """

    outcome: Identifier
    level: Level
    label: str
    factor: Reference | None = None
    register_name: Annotated[str | None, Field(alias="register")] = None
    months: Months | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _measured(self) -> Outcome:
        if self.level == "indicator" and self.register_name is None:
            raise ValueError("an indicator says in `register` where it is read, such as a register or a form")
        if self.stated and (self.factor is None or self.months is None):
            raise ValueError("an outcome with a size needs `factor` and `months`")
        return self


class Cost(Declaration):
    """SEK that one payer spends on the whole pilot in one year, from 0."""

    payer: Payer
    sek: Annotated[Finite, Field(ge=0)]
    year: Annotated[Whole, Field(ge=0, le=20)] = 0


class Evaluation(Declaration):
    """How the pilot will be judged: on how many, against whom, after how long."""

    treated: Count | None = None
    compared: Count | None = None
    comparator: Comparator
    months: Months

    @model_validator(mode="after")
    def _coherent(self) -> Evaluation:
        if self.comparator == "before_after" and self.compared:
            raise ValueError(f"before_after compares with nobody else, found compared {self.compared}")
        return self


class PilotFile(Declaration):
    """One pilot: what stands in one YAML file or one Excel workbook."""

    pilot: Identifier
    label: str
    description: str | None = None
    municipality: str | None = None
    start_year: Year
    target: Target
    activities: list[Activity] = []
    links: Annotated[list[Link], Field(min_length=1)]
    outcomes: Annotated[list[Outcome], Field(min_length=1)]
    costs: list[Cost] = []
    evaluation: Evaluation
