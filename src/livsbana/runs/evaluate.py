"""The only function that calibrates, simulates and tallies; runs, draws and beliefs all call it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

from livsbana.interventions.offers import Offer
from livsbana.interventions.programmes import programme_tables, solve_effects
from livsbana.interventions.reached import reached_groups
from livsbana.ledger.payers import payers_of
from livsbana.ledger.prices import earnings_splits, price_table
from livsbana.lifecourse.align import align
from livsbana.lifecourse.blocks import birth_tables
from livsbana.lifecourse.compile import AGES, Value, compile_model
from livsbana.lifecourse.simulate import simulate_cohort
from livsbana.runs.money import CohortMoney, Flows, add_cohort, empty_flows
from livsbana.runs.plan import Plan


@dataclass(frozen=True)
class Beliefs:
    """What is multiplied to ask what one must believe: log causal odds ratios, published effects, peers."""

    causal: float = 1.0
    effect: float = 1.0
    peers: bool = True


@dataclass(frozen=True)
class Evaluation:
    """The flows of every arm, and where the time went; ``person_years`` = persons × years × arms."""

    flows: tuple[Flows, ...]
    seconds: dict[str, float]
    person_years: int


def evaluate(
    plan: Plan,
    value: Value,
    pool: ThreadPoolExecutor | None = None,
    beliefs: Beliefs | None = None,
    tick: Callable[[int], None] | None = None,
) -> Evaluation:
    """Evaluate a plan at one set of parameter values.

    Parameters
    ----------
    value : callable
        Gives the value of a Number: central, or of one draw.
    pool : ThreadPoolExecutor
        Threads over batches; the result does not depend on it.
    tick : callable
        Told the number of persons that are done.
    """
    beliefs = beliefs or Beliefs()
    clock = _Clock()
    model = compile_model(plan.library, value, plan.fit, plan.specs, beliefs.causal, beliefs.peers)
    model, _ = align(model, plan.library, value, plan.place)
    clock.lap("calibrate")
    reached = reached_groups(plan.library, model, value, [offer for arm in plan.arms for offer in arm])
    clock.lap("reach")
    items, payers = plan.items, payers_of(plan.library)
    splits = earnings_splits(items, plan.library, value, plan.place)
    rate = value(plan.preset.discount_rate)
    slots = _slots(plan)
    flows = tuple(
        empty_flows(plan, payers, len(model.groups), len(arm), sum(len(o.programme.effects) for o in arm))
        for arm in plan.arms
    )
    clock.lap("price")
    for cohort, persons in zip(plan.cohorts, plan.persons, strict=True):
        programmes = programme_tables(plan.library, model, value, plan.arms, cohort, reached, beliefs.effect)
        birth = birth_tables(model, plan.library, value, cohort, plan.place, plan.seed)
        clock.lap("draw")
        counts = simulate_cohort(
            model, birth, cohort, persons, programmes, len(plan.arms) + 1, plan.seed, pool, plan.batches, tick=tick
        )
        clock.lap("simulate")
        prices = price_table(
            items, plan.library, value, cohort.birth_year, plan.start_year, plan.place, plan.preset, splits
        )
        money = CohortMoney(plan, cohort, prices, value, cohort.size / persons, rate)
        for a, arm in enumerate(flows):
            add_cohort(arm, money, model, counts, a + 1, slots[a])
            _add_followed(arm, counts.followed, programmes.effect["programme"], slots[a])
        clock.lap("value")
    for arm, offers in zip(flows, plan.arms, strict=True):
        solved = [solve_effects(plan.library, model, value, o, reached, beliefs.effect) for o in offers]
        arm.wanted_gaps = [e.gap for effects in solved for e in effects]
    return Evaluation(flows, clock.laps, sum(plan.persons) * AGES * (len(plan.arms) + 1))


def _slots(plan: Plan) -> list[dict[int, Offer]]:
    """For each arm, the kernel's programme numbers and their offers."""
    slots, q = [], 0
    for arm in plan.arms:
        slots.append({q + k: offer for k, offer in enumerate(arm)})
        q += len(arm)
    return slots


def _add_followed(flows: Flows, followed, programme_of_effect, slots: dict[int, Offer]) -> None:  # noqa: ANN001
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

