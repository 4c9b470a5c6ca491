"""A small world of the shipped library: as in a run, but with few persons, and with arms of any kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from livsbana.interventions.offers import Offer
from livsbana.interventions.programmes import programme_tables
from livsbana.interventions.reached import reached_groups
from livsbana.ledger.prices import PriceTable
from livsbana.lifecourse.align import align
from livsbana.lifecourse.blocks import birth_tables
from livsbana.lifecourse.compile import Fit, Value, Window, WindowCount, compile_model
from livsbana.lifecourse.simulate import CohortCounts, simulate_cohort
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Effect, Eligible, Number, Programme
from livsbana.runs.evaluate import Evaluation, Prepared, evaluate, prepare, price
from livsbana.runs.money import Flows
from livsbana.runs.plan import Plan, make_plan, offers_of
from livsbana.scenario.read import Scenario, read_scenario
from livsbana.scenario.schema import PopulationPart
from livsbana.uncertainty.draws import central

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "ungdomskriminalitet.yaml"
PERSONS, CALIBRATION, PILOT, SEED, PRESET = 4_000, 4_000, 4_000, 1, "asek"
NEWBORN = (PopulationPart(births=2026),)
SOME_AGES = (*NEWBORN, PopulationPart(residents=(5, 6)), PopulationPart(residents=(13, 13)))

Arm = Sequence[Offer]


@dataclass(frozen=True, repr=False)
class World:
    """A plan and its calibrated model; worlds with other arms share the model."""

    plan: Plan
    prepared: Prepared

    def evaluate(self, value: Value = central, pool: ThreadPoolExecutor | None = None, **how: Any) -> Evaluation:
        """Evaluate with other values of numbers that do not enter the model."""
        return evaluate(self.plan, value, self.prepared, price(self.plan, value), pool, **how)

    def flows(self, value: Value = central, **how: Any) -> tuple[Flows, ...]:
        return self.evaluate(value, **how).flows

    def prices(self, value: Value = central) -> PriceTable:
        """Prices of the first cohort."""
        return price(replace(self.plan, cohorts=self.plan.cohorts[:1]), value)[0]

    def counts(self, value: Value = central) -> CohortCounts:
        """Counts of the first cohort."""
        plan, model, cohort = self.plan, self.prepared.model, self.plan.cohorts[0]
        given = programme_tables(plan.library, model, value, plan.arms, cohort, self.prepared.reached)
        birth = birth_tables(model, plan.library, value, cohort, plan.place, plan.seed)
        arms, persons = len(plan.arms) + 1, plan.persons[0]
        return simulate_cohort(model, birth, cohort, persons, given, arms, plan.seed, batches=plan.batches)

    def with_arms(self, *arms: Arm) -> World:
        """The same people offered something else; groups are measured only for programmes that are new."""
        plan, known = replace(self.plan, arms=tuple(tuple(arm) for arm in arms)), self.prepared.reached
        by_programme = {id(offer.programme): groups for offer, groups in known.items()}
        offers = [offer for arm in arms for offer in arm]
        new = [offer for offer in offers if id(offer.programme) not in by_programme]
        reached = {**known, **reached_groups(plan.library, self.prepared.model, central, new, PILOT)}
        reached |= {offer: by_programme[id(offer.programme)] for offer in offers if offer not in new}
        return World(plan, replace(self.prepared, reached=reached))


def make_world(
    library: Library,
    fit: Fit,
    population: tuple[PopulationPart, ...] = SOME_AGES,
    municipalities: tuple[str, ...] | None = None,
    persons: int = PERSONS,
    value: Value = central,
    calibration: int = CALIBRATION,
    scenario: Scenario | None = None,
    **how: Any,
) -> World:
    """The shipped scenario for some ages, or another one as it is; ``how`` is for ``prepare``."""
    scenario = scenario or replace(shipped_scenario(library), population=population)
    if municipalities is not None:
        scenario = replace(scenario, municipalities=municipalities)
    plan = make_plan(library, fit, scenario, persons, SEED, PRESET)
    return World(plan, prepare(plan, value, persons=calibration, **how))


def shipped_scenario(library: Library) -> Scenario:
    return read_scenario(SCENARIO, library)


def offers(world: World) -> dict[str, Offer]:
    """What the shipped scenario offers, by programme."""
    return {offer.programme.id: offer for offer in offers_of(world.plan.scenario)}


def changed(*numbers: Number, to: Callable[[float], float]) -> Value:
    """Central values, but for some numbers."""
    which = {id(n) for n in numbers}
    return lambda n: to(n.value) if id(n) in which else n.value


def sure(x: float) -> Number:
    return Number(value=x, unit="share", source="judgement", status="assumption", why="a test")


def do(world: World, on: str, ages: tuple[int, int], years: int) -> Offer:
    """Nobody who was of these ages has the factor for some years; it costs nothing."""
    model: Programme = world.plan.library.programmes["mst"]
    told = {"eligible": Eligible(ages=ages), "uptake": sure(1), "completion": sure(1), "deadweight": sure(0)}
    effects = [Effect(on=on, acts_on="set", to=0, hold_years=years)]
    programme = model.model_copy(update={**told, "effects": effects, "cost": []})
    return Offer(programme, None, 1.0, 0.0, world.plan.start_year)


def different(one: Flows, other: Flows) -> list[str]:
    """Names of the parts that are not the same to the last byte."""

    def text(part: Any) -> bytes:
        arrays = part if isinstance(part, list) else [part]
        return b"|".join(np.asarray(x).tobytes() for x in arrays)

    return [f.name for f in fields(Flows) if text(getattr(one, f.name)) != text(getattr(other, f.name))]


def close(found: Any, wanted: Any, name: str = "") -> None:
    """Equal but for rounding: a billionth, or a tenth of an öre."""
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-3, err_msg=name)


def nonzero(flows: Flows, *but: str) -> list[str]:
    """Names of the parts that are not exactly zero, of those that are differences or money."""
    levels = ("counts", "group_size", "followed", "wanted_gaps")
    parts = {f.name: getattr(flows, f.name) for f in fields(Flows) if f.name not in (*levels, *but)}
    return [name for name, part in parts.items() if np.any([np.any(x) for x in part])]


def outcome_changes(world: World, flows: Flows) -> dict[str, float]:
    """Change of each outcome from the baseline to the arm."""
    return {spec.id: float(b - a) for spec, a, b in zip(world.plan.outcomes, *flows.counts, strict=True)}


def necessary(world: World, on: str) -> set[str]:
    """Rows that change by definition when one does: they require it, or it forces them."""
    found, rows = {on}, world.prepared.model.rows
    while True:
        more = {r.id for r in rows if r.factor.requires and r.factor.requires.factor in found}
        forced = {r.factor.id for r in rows if r.alternative and r.alternative.forced_by in found}
        more |= {r.id for r in rows if r.factor.id in forced}
        if more <= found:
            return found
        found |= more


def rows_changed(world: World, flows: Flows) -> set[str]:
    return {name.removesuffix("_ever") for name, x in outcome_changes(world, flows).items() if x != 0}


def odds_ratio(world: World) -> float:
    """Conduct problems at 8 to 12 and convictions at 15 to 25, without any programme."""
    windows = Window("conduct_problems", 8, 12), Window("convicted", 15, 25)
    cells = [WindowCount(((windows[0], a), (windows[1], b)), (), 25) for a in (True, False) for b in (True, False)]
    library = world.plan.library
    model = compile_model(library, central, world.plan.fit, cells, everywhere=True)
    both, exposed, ill, neither = align(model, library, central, persons=5_000)[1].tally[0, 25, :, 0, 0]
    return both * neither / (exposed * ill)
