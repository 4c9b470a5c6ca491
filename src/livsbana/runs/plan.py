"""What stays the same in every evaluation of a scenario: people, counts, prices' columns, arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from livsbana.interventions.offers import Offer
from livsbana.ledger.prices import Item, cost_items
from livsbana.lifecourse.compile import AGES, Fit, Row, TallySpec, Window, WindowCount, ordered_factors, rows_of
from livsbana.parameters.economy import Preset
from livsbana.parameters.library import Library
from livsbana.parameters.places import Municipality
from livsbana.parameters.schema import Condition, Label, Number
from livsbana.population.cohorts import Cohort, arrivals, births, residents, share_persons
from livsbana.runs.document import Unit
from livsbana.scenario.read import Scenario

Spec = TallySpec | WindowCount
ALIVE = TallySpec(())
FEWEST_BATCHES, BATCHES = 4, 40


@dataclass(frozen=True)
class OutcomeSpec:
    """An outcome that is reported: counted each year, or once as ever by the last age.

    ``quality_loss`` is the loss of quality of life in a counted person-year.
    """

    id: str
    label: Label
    better: Literal["lower", "higher"]
    unit: Unit
    spec: Spec
    quality_loss: Number | None = None


LIVED = OutcomeSpec("lived", Label(sv="Levda år", en="Years lived"), "higher", "person_years", ALIVE)


@dataclass(frozen=True)
class Plan:
    """A scenario made ready: who is simulated, what is counted, which columns the prices use.

    ``arms`` are the packages besides the baseline; ``column_of_item`` and ``column_of_outcome`` point into
    ``specs``; ``persons`` are simulated persons by cohort.
    """

    library: Library
    fit: Fit
    scenario: Scenario
    place: Municipality | None
    preset_name: str
    cohorts: tuple[Cohort, ...]
    persons: tuple[int, ...]
    batches: int
    seed: int
    arms: tuple[tuple[Offer, ...], ...]
    items: tuple[Item, ...]
    outcomes: tuple[OutcomeSpec, ...]
    specs: tuple[Spec, ...]
    column_of_item: tuple[int, ...]
    column_of_outcome: tuple[int, ...]
    column_alive: int

    @property
    def preset(self) -> Preset:
        """The conventions for discounting."""
        return self.library.economy.presets[self.preset_name]

    @property
    def start_year(self) -> int:
        """The decision year: money is discounted to it."""
        return self.scenario.start_year

    @property
    def years(self) -> list[int]:
        """Calendar years until the youngest are 65."""
        last = max(c.birth_year for c in self.cohorts) + AGES - 1
        return list(range(self.start_year, last + 1))

    @property
    def youngest(self) -> Cohort:
        """The cohort that the budget with successive cohorts repeats."""
        return max(self.cohorts, key=lambda c: c.birth_year)

    @property
    def size(self) -> float:
        """Real persons."""
        return sum(c.size for c in self.cohorts)


def make_plan(
    library: Library,
    fit: Fit,
    scenario: Scenario,
    persons: int,
    seed: int,
    preset_name: str,
    arms: Sequence[Sequence[Offer]] | None = None,
) -> Plan:
    """Lay out the evaluation of a scenario; ``arms`` defaults to the whole package in one arm."""
    codes = scenario.municipalities
    place = library.places.municipality(codes[0]) if codes else None
    cohorts = _cohorts(library, scenario, place)
    items = cost_items(library)
    outcomes = (LIVED, *(o for row in rows_of(ordered_factors(library)) for o in _outcomes(row)))
    item_specs = [TallySpec(tuple(i.counts.all), i.counts.ages or (0, AGES - 1)) for i in items]
    specs = {repr(s): s for s in [ALIVE, *item_specs, *(o.spec for o in outcomes)]}
    position = {name: k for k, name in enumerate(specs)}
    return Plan(
        library=library,
        fit=fit,
        scenario=scenario,
        place=place,
        preset_name=preset_name,
        cohorts=tuple(cohorts),
        persons=tuple(share_persons(cohorts, persons)),
        batches=max(FEWEST_BATCHES, BATCHES // len(cohorts)),
        seed=seed,
        arms=tuple(tuple(a) for a in (arms if arms is not None else [offers_of(scenario)])),
        items=items,
        outcomes=outcomes,
        specs=tuple(specs.values()),
        column_of_item=tuple(position[repr(s)] for s in item_specs),
        column_of_outcome=tuple(position[repr(o.spec)] for o in outcomes),
        column_alive=position[repr(ALIVE)],
    )


def offers_of(scenario: Scenario) -> list[Offer]:
    """The programmes of a scenario as they are offered, by id: the order of the file changes no byte."""
    uses = sorted(scenario.programmes, key=lambda use: use.programme.id)
    return [
        Offer(u.programme, u.reach.where, u.reach.coverage, u.reach.today, scenario.start_year, scenario.end_year)
        for u in uses
    ]


def _cohorts(library: Library, scenario: Scenario, place: Municipality | None) -> list[Cohort]:
    """The cohorts of a scenario's population."""
    found: list[Cohort] = []
    for part in scenario.population:
        if part.births is not None:
            found.append(births(library, part.births, place))
        elif part.residents is not None:
            found += residents(library, part.residents, scenario.start_year, place)
        elif part.arrivals is not None:
            found += arrivals(part.arrivals.age, scenario.start_year, part.arrivals.persons)
    return found


def _outcomes(row: Row) -> list[OutcomeSpec]:
    """Person-years (or events) of a row, and for what can be had once, persons ever by the last age."""
    part = row.alternative or row.factor
    if row.factor.kind == "death":
        return []
    if row.alternative is not None:
        condition = Condition(**{"category": row.factor.id, "is": [row.alternative.id]})
        spec = TallySpec((condition,), row.ages)
        return [OutcomeSpec(row.id, part.label, part.better, "person_years", spec)]
    on = (Condition(state=row.id),)
    if row.factor.kind == "milestone":
        spec = TallySpec(on, (row.ages[0], row.ages[0]))
        return [OutcomeSpec(row.id, part.label, part.better, "persons_ever", spec)]
    ever = WindowCount(((Window(row.id, *row.ages), True),), (), row.ages[1])
    unit: Unit = "events" if row.factor.kind == "event" else "person_years"
    return [
        OutcomeSpec(row.id, part.label, part.better, unit, TallySpec(on, row.ages), row.factor.quality_of_life),
        OutcomeSpec(f"{row.id}_ever", part.label, part.better, "persons_ever", ever),
    ]
