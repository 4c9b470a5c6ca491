"""One evaluation of an outcome: persons and money in the worlds that its values are read from.

All worlds share one pass and one luck: the baseline, the package, and worlds in which nothing happens but that
the marked have the outcome. Money is of the real cohorts, by year from the one in which each is measured and paid for.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from livsbana.interventions.programmes import programme_tables
from livsbana.ledger.prices import PriceTable
from livsbana.lifecourse.blocks import birth_tables, luck_of, make_block
from livsbana.lifecourse.compile import AGES, Model, Value
from livsbana.lifecourse.kernel import Birth, Programmes, simulate
from livsbana.lifecourse.simulate import BLOCK, blocks_of, empty_counts, no_goals, tables_for
from livsbana.parameters.library import Library
from livsbana.parameters.names import Referent, active_ages, inside
from livsbana.parameters.outcomes import DatedOutcome, PricedOutcome
from livsbana.population.cohorts import Cohort, cell_bounds, share_persons
from livsbana.pricing.flips import (
    FAILED,
    FLIPPED,
    Seen,
    World,
    add_worlds,
    before,
    look,
    markable,
    with_marks,
)
from livsbana.pricing.recorded import recorded_difference
from livsbana.runs.evaluate import Prepared
from livsbana.runs.money import CohortMoney
from livsbana.runs.plan import Plan
from livsbana.valuation.discount import discount_factors

Array = np.ndarray
# What is avoided in each world against the baseline; the last two are levels of cost in the baseline.
FLOWS = ("package", "do", "do_held", "do_failures", "null", "failed", "achieved")
PERSONS = ("flipped", "worse", "failed", "achieved", "participants", "achieved_without", "achieved_with")
ARMS = 5
YEARS = range(1 - AGES, AGES)  # from the year of measurement


@dataclass
class Outcomes:
    """All cohorts together, in real persons and SEK of the price year.

    ``avoided[flow, payer, year]`` as in ``FLOWS`` by year from measurement (``YEARS``), not discounted;
    ``cost[payer, year]`` of the part of the package that begins before the outcome is known; ``package_by_year`` and
    ``cost_by_year[payer, year]`` the same by calendar year; ``persons`` as in ``PERSONS``; ``strata[value, 3]``
    participants, and those of them who achieve without and with the package; ``batches`` for each cohort [batch, flow,
    payer] discounted to the year of payment, ``person_batches`` [batch, persons] and ``cost_batches`` [batch, payer];
    ``flips`` simulated persons flipped for the better.
    """

    avoided: Array
    cost: Array
    package_by_year: Array
    cost_by_year: Array
    persons: Array
    strata: Array
    batches: list[Array] = field(default_factory=list)
    person_batches: list[Array] = field(default_factory=list)
    cost_batches: list[Array] = field(default_factory=list)
    person_years: int = 0
    flips: int = 0


class Batch(NamedTuple):
    """Integer counts of some cells: differences of tallies by flow, persons, strata, starts, and who was there."""

    tallies: Array  # [flow, age, column, place]
    persons: Array
    strata: Array
    started: Array  # [programme, age]
    there: int


@dataclass(frozen=True)
class Pass:
    """What all blocks of a cohort share."""

    model: Model
    outcome: DatedOutcome
    cohort: Cohort
    birth: Birth
    package: Programmes
    worlds: Programmes
    luck: int
    profiles: int
    column_alive: int
    stratum_of: Array

    def run(self, blocks: Sequence[Array]) -> Batch:
        """Follow some blocks: first who is flipped, then all worlds to the end of working life."""
        tables, outcome = tables_for(self.model, self.cohort), self.outcome
        counts = empty_counts(self.model, self.worlds, ARMS)
        recorded = np.zeros((AGES, len(tables.tally), self.model.places), np.int64)
        persons, strata = np.zeros(len(PERSONS), np.int64), np.zeros((int(self.stratum_of.max()) + 1, 3), np.int64)
        for bounds in blocks:
            block = make_block(self.birth, bounds)
            seen = look(self.model, tables, block, self.package, self.luck, outcome)
            marked = with_marks(block, seen.marks, self.profiles)
            flipped = np.flatnonzero(seen.better)
            kept = min(len(flipped), 1)  # histories are kept of blocks in which somebody is flipped
            trace = np.zeros((kept, AGES, int(tables.sizes[0]) + 2, len(block.key)), np.uint8)
            whole = counts._replace(trace=trace)
            goals = no_goals(len(self.model.rows))
            simulate(tables, marked, self.worlds, goals, False, self.luck, ARMS, AGES - 1, whole)
            if kept:
                recorded += recorded_difference(self.model, trace[0], flipped, outcome)
            persons += _persons(seen)
            _add_strata(strata, seen, self.stratum_of[block.profile])
        arms = [counts.tally[0, ..., 0] - counts.tally[a, ..., 0] for a in range(1, ARMS)]
        levels = [counts.tally[0, ..., g] for g in (1, 2)]
        return Batch(np.stack([*arms, recorded, *levels]), persons, strata, counts.started, self._there(counts.tally))

    def _there(self, tally: Array) -> int:
        """Persons who lived when the cohort's years begin to count."""
        age = self.cohort.start_age
        return int(tally[0, age - 1, self.column_alive, :, 0].sum()) if age > 0 else -1


def _persons(seen: Seen) -> Array:
    """Counts of one block, as in ``PERSONS``."""
    failed = seen.alive & ~seen.without
    groups = (
        seen.better, seen.worse, failed, seen.without,
        seen.joined, seen.joined & seen.without, seen.joined & seen.with_,
    )  # fmt: skip
    return np.array([group.sum() for group in groups], np.int64)


def _add_strata(strata: Array, seen: Seen, stratum: Array) -> None:
    """Participants, and those of them who achieve without and with the package, by stratum."""
    for k, group in enumerate((seen.joined, seen.joined & seen.without, seen.joined & seen.with_)):
        strata[:, k] += np.bincount(stratum[group], minlength=len(strata))


def in_time(plan: Plan, outcome: PricedOutcome, persons: int) -> Plan:
    """The plan for those cohorts alone whose outcome is not settled when the scenario starts."""
    cohorts = tuple(c for c in plan.cohorts if _open_still(plan, c, outcome))
    return replace(plan, cohorts=cohorts, persons=tuple(share_persons(list(cohorts), persons)) if cohorts else ())


def dated(plan: Plan, cohort: Cohort, outcome: PricedOutcome) -> DatedOutcome:
    """The outcome at the ages of one cohort."""
    return outcome.at(first_age(plan, cohort))


def first_age(plan: Plan, cohort: Cohort) -> int:
    """Age of a cohort when its years begin to count."""
    return max(cohort.start_age, plan.start_year - cohort.birth_year, 0)


def _open_still(plan: Plan, cohort: Cohort, outcome: PricedOutcome) -> bool:
    """Whether a cohort is not past the outcome, and is of ages at which it can be had."""
    found = dated(plan, cohort, outcome)
    active = _active(plan.library, outcome)
    return found.settled >= first_age(plan, cohort) and inside(found.ages, (active[0], min(active[1], AGES - 1)))


def _active(library: Library, outcome: PricedOutcome) -> tuple[int, int]:
    """Ages at which every wished value of the outcome's factor is there."""
    factor = library.factors[outcome.factor]
    wished = [a for a in factor.alternatives if a.id in outcome.is_] or [None]
    spans = [active_ages(Referent(factor, a.id if a else None, a)) for a in wished]
    return max(s[0] for s in spans), min(s[1] for s in spans)


def observe(
    plan: Plan,
    value: Value,
    prepared: Prepared,
    prices: Sequence[PriceTable],
    outcome: PricedOutcome,
    pool: ThreadPoolExecutor | None = None,
) -> Outcomes:
    """Simulate all worlds at one set of parameter values.

    Parameters
    ----------
    plan
        From ``in_time``.
    value, prepared, prices
        As for ``evaluate``.
    """
    rate, model = value(plan.preset.discount_rate), markable(prepared.model)
    strata = _strata(model, plan, outcome)
    found = _nothing_yet(plan, len(prices[0].payers), int(strata.max()) + 1)
    factors = discount_factors(YEARS, 0, rate)
    for cohort, persons, table in zip(plan.cohorts, plan.persons, prices, strict=True):
        here = dated(plan, cohort, outcome)
        package = programme_tables(plan.library, prepared.model, value, plan.arms, cohort, prepared.reached)
        package = before(package, here.settled)
        shared = Pass(
            model=model,
            outcome=here,
            cohort=cohort,
            birth=birth_tables(prepared.model, plan.library, value, cohort, plan.place, plan.seed),
            package=package,
            worlds=add_worlds(package, model, here, _worlds(plan, cohort, here), 2),
            luck=luck_of(cohort, plan.seed),
            profiles=len(prepared.model.profiles),
            column_alive=plan.column_alive,
            stratum_of=strata,
        )
        jobs = _jobs(persons, plan.batches)
        done = list(pool.map(shared.run, jobs) if pool else map(shared.run, jobs))
        there = sum(b.there for b in done) if cohort.start_age > 0 else persons
        money = CohortMoney(plan, cohort, table, value, cohort.size / max(there, 1), rate)
        _add(found, money, done, factors, here.settled)
    return found


def _nothing_yet(plan: Plan, payers: int, strata: int) -> Outcomes:
    """Outcomes at zero."""
    return Outcomes(
        avoided=np.zeros((len(FLOWS), payers, len(YEARS))),
        cost=np.zeros((payers, len(YEARS))),
        package_by_year=np.zeros((payers, len(plan.years))),
        cost_by_year=np.zeros((payers, len(plan.years))),
        persons=np.zeros(len(PERSONS)),
        strata=np.zeros((strata, 3)),
        person_years=sum(plan.persons) * AGES * ARMS,
    )


def _worlds(plan: Plan, cohort: Cohort, here: DatedOutcome) -> tuple[World, World, World]:
    """The outcome given to the flipped, given and kept, and given to all who fail; never before the start."""
    first = max(here.ages[0], first_age(plan, cohort))
    return (
        World(FLIPPED, first, here.settled),
        World(FLIPPED, first, here.held_to),
        World(FAILED, first, here.settled),
    )


def _jobs(persons: int, most: int) -> list[list[Array]]:
    """Blocks by batch; batches are whole cells, so that they are independent."""
    bounds = cell_bounds(persons)
    batches = min(most, len(bounds) - 1)
    edges = [k * (len(bounds) - 1) // batches for k in range(batches + 1)]
    return [blocks_of(bounds[edges[b] : edges[b + 1] + 1], BLOCK) for b in range(batches)]


def _strata(model: Model, plan: Plan, outcome: PricedOutcome) -> Array:
    """The number of the stratum of each combination of trait values, int64[profiles without marks]."""
    names = (*model.family_traits, *model.own_traits)
    values = [v.id for v in plan.library.factors[outcome.strata].values]
    position = names.index(outcome.strata)
    return np.array([values.index(p[position]) for p in model.profiles], np.int64)


def _add(found: Outcomes, money: CohortMoney, batches: Sequence[Batch], factors: Array, settled: int) -> None:
    """Make money of one cohort's counts and add them; levels of cost count from the year of measurement."""
    offers = money.plan.arms[0]
    by_year, _ = money.avoided(np.stack([b.tallies for b in batches]), "weights")
    started = np.stack([b.started for b in batches])
    paid = sum((money.cost(offer, started[:, q]) for q, offer in enumerate(offers)), np.zeros_like(by_year[:, 0]))
    avoided, cost = (_by_year(money, flow, settled) for flow in (by_year, paid))
    avoided[:, len(FLOWS) - 2 :, :, : YEARS.index(0)] = 0.0
    persons = np.stack([b.persons for b in batches]) * money.weight
    found.flips += int(sum(b.persons[PERSONS.index("flipped")] for b in batches))
    found.avoided += avoided.sum(axis=0)
    found.cost += cost.sum(axis=0)
    found.package_by_year += by_year[:, 0].sum(axis=0)
    found.cost_by_year += paid.sum(axis=0)
    found.persons += persons.sum(axis=0)
    found.strata += sum(b.strata for b in batches) * money.weight
    found.batches.append((avoided * factors).sum(axis=-1))
    found.person_batches.append(persons)
    found.cost_batches.append((cost * factors).sum(axis=-1))


def _by_year(money: CohortMoney, flow: Array, settled: int) -> Array:
    """Move the last axis from the plan's calendar years to years from that of measurement."""
    first = max(money.cohort.start_age, money.plan.start_year - money.cohort.birth_year, 0)
    shift = money.cohort.birth_year + first - money.plan.start_year
    out = np.zeros((*flow.shape[:-1], len(YEARS)))
    at = YEARS.index(first - settled)
    out[..., at : at + AGES - first] = flow[..., shift : shift + AGES - first]
    return out
