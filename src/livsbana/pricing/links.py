"""How one outcome hangs together with another: what a milestone causally adds, and who is flipped in both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from livsbana.interventions.programmes import programme_tables
from livsbana.lifecourse.blocks import birth_tables, luck_of, make_block
from livsbana.lifecourse.compile import AGES, Model
from livsbana.lifecourse.kernel import EFFECT, PROGRAMME, TERM, Persons, Programmes, Tables
from livsbana.lifecourse.simulate import BLOCK, blocks_of, tables_for
from livsbana.parameters.outcomes import PricedOutcome
from livsbana.population.cohorts import Cohort, cell_bounds
from livsbana.pricing.flips import (
    FAILED,
    FLIPPED,
    World,
    achieved,
    add_worlds,
    before,
    look,
    markable,
    traced,
    with_marks,
)
from livsbana.pricing.worlds import dated, first_age, in_time
from livsbana.runs.evaluate import Prepared
from livsbana.runs.plan import Plan
from livsbana.uncertainty.draws import central

Array = np.ndarray
FEW = 100


@dataclass(frozen=True)
class Prediction:
    """The part of those given a milestone whom it takes to the final outcome, and who they are.

    They are those whom the package flips to the milestone, or all who fail it where it flips few.
    """

    among: Literal["flipped", "failed"]
    persons: int
    probability: float | None
    mc_error: float


@dataclass(frozen=True)
class Overlap:
    """Real persons whom the package flips in both outcomes, in the first only and in the other only."""

    both: float
    first_only: float
    other_only: float


@dataclass(frozen=True)
class _Block:
    """A block of a cohort and what it is simulated with."""

    cohort: Cohort
    tables: Tables
    persons: Persons
    package: Programmes
    luck: int
    weight: float


def causal_probability(plan: Plan, prepared: Prepared, milestone: PricedOutcome, final: PricedOutcome) -> Prediction:
    """Give the milestone to those who lack it, and see how many more reach the final outcome."""
    model, profiles = markable(prepared.model), len(prepared.model.profiles)
    rows: list[list[tuple[int, int]]] = [[], []]  # persons given the milestone, and final outcomes gained, by block
    for block in _blocks(plan, prepared, model):
        here, later = (dated(plan, block.cohort, o) for o in (milestone, final))
        seen = look(model, block.tables, block.persons, before(block.package, here.settled), block.luck, here)
        first = max(here.ages[0], first_age(plan, block.cohort))
        worlds = [World(mark, first, here.settled) for mark in (FLIPPED, FAILED)]
        programmes = add_worlds(_nothing(), model, here, worlds, 1)
        marked = with_marks(block.persons, seen.marks, profiles)
        trace = traced(model, block.tables, marked, programmes, block.luck, 3, later.settled)
        without = achieved(model, trace[0], later)
        for k, given in enumerate((seen.better, seen.alive & ~seen.without)):
            gained = achieved(model, trace[k + 1], later)[given].sum() - without[given].sum()
            rows[k].append((int(given.sum()), int(gained)))
    few = sum(n for n, _ in rows[0]) < FEW
    persons, gained = np.array(rows[int(few)]).T
    return _prediction("failed" if few else "flipped", persons, gained)


def _prediction(among: Literal["flipped", "failed"], persons: Array, gained: Array) -> Prediction:
    """A ratio over independent blocks; its error is never below that of one person."""
    people = int(persons.sum())
    if people == 0:
        return Prediction(among, 0, None, 0.0)
    share = float(gained.sum()) / people
    residual = gained - share * persons
    error = sqrt(len(residual) * float(residual.var(ddof=1))) / people if len(residual) > 1 else 0.0
    return Prediction(among, people, share, max(error, 1.0 / people))


def overlap(plan: Plan, prepared: Prepared, first: PricedOutcome, other: PricedOutcome) -> Overlap:
    """Count who is flipped in both of two outcomes, in cohorts where both are open still."""
    model, found = markable(prepared.model), np.zeros(3)
    for block in _blocks(in_time(plan, other, sum(plan.persons)), prepared, model):
        flips = [
            look(model, block.tables, block.persons, before(block.package, o.settled), block.luck, o).better
            for o in (dated(plan, block.cohort, first), dated(plan, block.cohort, other))
        ]
        both = flips[0] & flips[1]
        found += block.weight * np.array([both.sum(), (flips[0] & ~both).sum(), (flips[1] & ~both).sum()])
    return Overlap(*map(float, found))


def _blocks(plan: Plan, prepared: Prepared, model: Model) -> Iterator[_Block]:
    """All blocks of a plan, at central values."""
    for cohort, persons in zip(plan.cohorts, plan.persons, strict=True):
        package = programme_tables(plan.library, prepared.model, central, plan.arms, cohort, prepared.reached)
        birth = birth_tables(prepared.model, plan.library, central, cohort, plan.place, plan.seed)
        tables, luck = tables_for(model, cohort), luck_of(cohort, plan.seed)
        for bounds in blocks_of(cell_bounds(persons), BLOCK):
            yield _Block(cohort, tables, make_block(birth, bounds), package, luck, cohort.size / persons)


def _nothing() -> Programmes:
    """No programme, with room to add worlds."""
    factor = np.ones((0, 1, AGES), np.float32)
    return Programmes(np.zeros(0, PROGRAMME), np.zeros(0, TERM), np.zeros(0, EFFECT), factor, factor)
