"""What a scenario file may say: a small difference over the library."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from livsbana.parameters.scalars import Finite, Proportion, Whole, Year
from livsbana.parameters.schema import Ages, Declaration, Identifier, Label, Reference, Where

LAST_AGE = 65


class PlaceChoice(Declaration):
    """Municipalities by code or exact name."""

    municipalities: Annotated[list[str], Field(min_length=1)]


class Arrivals(Declaration):
    """People who immigrate in the start year, by age on arrival; results are for this many of them."""

    age: Ages
    persons: Annotated[Finite, Field(gt=0)] = 1000.0


class PopulationPart(Declaration):
    """One part of the population: a birth year, residents by age in the start year, or arrivals."""

    births: Year | None = None
    residents: Ages | None = None
    arrivals: Arrivals | None = None

    @model_validator(mode="after")
    def _coherent(self) -> PopulationPart:
        if sum(part is not None for part in (self.births, self.residents, self.arrivals)) != 1:
            raise ValueError("a part of the population is exactly one of `births`, `residents`, `arrivals`")
        ages = self.ages
        if ages is not None and not 0 <= ages[0] <= ages[1] <= LAST_AGE:
            raise ValueError(f"ages [{ages[0]}, {ages[1]}] are out of range: lives are followed from 0 to {LAST_AGE}")
        return self

    @property
    def ages(self) -> tuple[int, int] | None:
        """Ages in the start year; None for births."""
        return self.arrivals.age if self.arrivals else self.residents


class Reach(Declaration):
    """Whom a programme reaches among those eligible: ``coverage`` of them, ``today`` already."""

    where: Where = Where()
    coverage: Proportion
    today: Proportion = 0.0

    @model_validator(mode="after")
    def _coherent(self) -> Reach:
        if self.coverage < self.today:
            raise ValueError(
                f"coverage {self.coverage:g} lies below today's {self.today:g}; only what comes on top of today counts"
            )
        return self


class EffectOverride(Declaration):
    """A local value for one effect of a programme, in the measure and unit of the library's."""

    on: Reference
    acts_on: Literal["onset", "remission"] | None = None
    ages: Ages | None = None
    value: Finite
    low: Finite | None = None
    high: Finite | None = None
    months: Annotated[Whole, Field(ge=1, le=480)] | None = None
    source: str
    why: str | None = None


class Overrides(Declaration):
    """What a scenario changes in a programme."""

    effects: tuple[EffectOverride, ...] = ()


class ProgrammeUse(Declaration):
    """One programme of the package, and whom it reaches."""

    programme: Identifier
    reach: Reach
    overrides: Overrides = Overrides()


class ScenarioFile(Declaration):
    """One scenario file. From ``end_year`` on the programmes recruit nobody; without it they go on."""

    scenario: Identifier
    label: Label
    description: str | None = None
    place: PlaceChoice | None = None
    population: Annotated[list[PopulationPart], Field(min_length=1)]
    start_year: Year
    end_year: Year | None = None
    programmes: Annotated[list[ProgrammeUse], Field(min_length=1)]

    @model_validator(mode="after")
    def _coherent(self) -> ScenarioFile:
        if self.end_year is not None and self.end_year <= self.start_year:
            raise ValueError(f"end_year {self.end_year} does not lie after start_year {self.start_year}")
        return self
