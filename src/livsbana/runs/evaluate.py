"""The only way to calibrate, simulate and tally; runs, draws and beliefs all go through here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

from livsbana.interventions.offers import Offer
from livsbana.interventions.programmes import programme_tables
from livsbana.interventions.reached import PILOT_PERSONS, Reached, reached_groups
from livsbana.interventions.solve import solve_effects
from livsbana.ledger.payers import payers_of
from livsbana.ledger.prices import PriceTable, make_tariff, price_table
from livsbana.lifecourse.align import CALIBRATION_PERSONS, align
from livsbana.lifecourse.blocks import birth_tables
from livsbana.lifecourse.compile import AGES, Model, Value, compile_model
from livsbana.lifecourse.kernel import Goals
from livsbana.lifecourse.simulate import CohortCounts, simulate_cohort
from livsbana.lifecourse.targets import goals_of
from livsbana.population.cohorts import Cohort
from livsbana.runs.money import CohortMoney, Flows, add_cohort, empty_flows
from livsbana.runs.plan import Plan


@dataclass(frozen=True)
class Evaluation:
    """The flows of every arm, and where the time went; ``person_years`` = persons × years × arms."""

    flows: tuple[Flows, ...]
    seconds: dict[str, float]
    person_years: int


def price(plan: Plan, value: Value) -> tuple[PriceTable, ...]:
    """The prices of every cohort; they do not depend on what happens to people."""
    tariff = make_tariff(plan.items, plan.library, value, plan.place, plan.preset)
    return tuple(price_table(tariff, c.birth_year, plan.start_year) for c in plan.cohorts)


@dataclass(frozen=True)
class Prepared:
    """A calibrated model at one set of values, and whom the programmes reach in it."""

    model: Model
    reached: Reached
    goals: Goals
    seconds: dict[str, float]


def prepare(
    plan: Plan,
    value: Value,
    causal: float = 1.0,
    peers: bool = True,
    persons: int = CALIBRATION_PERSONS,
    goals: Goals | None = None,
) -> Prepared:
    """Calibrate; what programmes do, and how strongly, does not enter.

    Parameters
    ----------
    causal : float
        Power of every causal odds ratio.
    persons : int
        Size of the calibration cohort, which has luck of its own.
    goals : Goals
        From an earlier ``prepare`` with the same value; they do not depend on causal odds ratios.
    """
    clock = _Clock()
    model = compile_model(plan.library, value, plan.fit, plan.specs, causal, peers)
    goals = goals_of(plan.library, model, value) if goals is None else goals
    model, _ = align(model, plan.library, value, plan.place, persons, goals)
    clock.lap("calibrate")
    offers = [offer for arm in plan.arms for offer in arm]
    reached = reached_groups(plan.library, model, value, offers, min(persons, PILOT_PERSONS))
    clock.lap("reach")
    return Prepared(model, reached, goals, clock.laps)


def evaluate(
    plan: Plan,
    value: Value,
    prepared: Prepared,
    prices: Sequence[PriceTable],
    pool: ThreadPoolExecutor | None = None,
    effect: float = 1.0,
    details: bool = True,
    tick: Callable[[int], None] | None = None,
) -> Evaluation:
    """Simulate a plan at one set of parameter values, count, and make money of the counts.

    Parameters
    ----------
    value : callable
        Gives the value of a Number: central, or of one draw.
    prepared, prices
        From ``prepare`` and ``price`` with the same value.
    pool : ThreadPoolExecutor
        Threads over batches; the result does not depend on it.
    effect : float
        Multiplies every published effect.
    details : bool
        Whether more than cost and avoided cost by year is wanted.
    tick : callable
        Told the number of persons that are done.
    """
    clock, model, reached = _Clock(), prepared.model, prepared.reached
    payers = payers_of(plan.library)
    rate = value(plan.preset.discount_rate)
    slots = _slots(plan)
    flows = tuple(
        empty_flows(plan, payers, len(model.groups), len(arm), sum(len(o.programme.effects) for o in arm))
        for arm in plan.arms
    )
    for cohort, persons, table in zip(plan.cohorts, plan.persons, prices, strict=True):
        programmes = programme_tables(plan.library, model, value, plan.arms, cohort, reached, effect)
        birth = birth_tables(model, plan.library, value, cohort, plan.place, plan.seed)
        clock.lap("draw")
        counts = simulate_cohort(
            model, birth, cohort, persons, programmes, len(plan.arms) + 1, plan.seed, pool, plan.batches, tick=tick
        )
        clock.lap("simulate")
        money = CohortMoney(plan, cohort, table, value, _weight(plan, cohort, counts), rate)
        for a, arm in enumerate(flows):
            add_cohort(arm, money, model, counts, a + 1, slots[a], details)
            _add_followed(arm, counts.followed, programmes.effect["programme"], slots[a])
        clock.lap("value")
    for arm, offers in zip(flows, plan.arms, strict=True):
        solved = [solve_effects(plan.library, model, value, o, reached, effect) for o in offers]
        arm.wanted_gaps = [e.gap for effects in solved for e in effects]
    seconds = {**prepared.seconds, **clock.laps}
    return Evaluation(flows, seconds, sum(plan.persons) * AGES * (len(plan.arms) + 1))


def evaluate_at(plan: Plan, value: Value, pool: ThreadPoolExecutor | None = None) -> Evaluation:
    """Calibrate, price and evaluate a plan at one set of values: what one draw is, in a run and in a batch."""
    return evaluate(plan, value, prepare(plan, value), price(plan, value), pool)


def _weight(plan: Plan, cohort: Cohort, counts: CohortCounts) -> float:
    """Real persons for each simulated one; of residents and arrivals those who died before are not among them."""
    if cohort.start_age == 0:
        return cohort.size / counts.persons
    alive = int(counts.tally[0, cohort.start_age - 1, plan.column_alive, :, 0].sum())
    return cohort.size / max(alive, 1)


def _slots(plan: Plan) -> list[dict[int, Offer]]:
    """For each arm, the kernel's programme numbers and their offers."""
    slots, q = [], 0
    for arm in plan.arms:
        slots.append({q + k: offer for k, offer in enumerate(arm)})
        q += len(arm)
    return slots


def _add_followed(flows: Flows, followed, programme_of_effect, slots: dict[int, Offer]) -> None:
    """Add the follow-up counts of the effects of this arm's programmes."""
    mine = [e for e, q in enumerate(programme_of_effect) if int(q) in slots]
    flows.followed += followed[mine]


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        """Add the time since the last lap to a stage."""
        now = perf_counter()
        self.laps[stage] = self.laps.get(stage, 0.0) + now - self._last
        self._last = now
