"""The answer as a function of the scores of groups; what a score does not move is not made again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livsbana.errors import InputError
from livsbana.ledger.payers import payers_of
from livsbana.ledger.prices import PriceTable
from livsbana.parameters.reader import nearest
from livsbana.runs.answer import Answer, answer_of
from livsbana.runs.document import PUBLIC, SOCIETY
from livsbana.runs.evaluate import (
    Clock,
    Evaluation,
    Prepared,
    Simulated,
    prepare,
    price,
    simulated_cohorts,
    value_counts,
)
from livsbana.runs.plan import Plan
from livsbana.runs.provenance import identity
from livsbana.uncertainty.groups import MODEL, MONEY, PROGRAMME, GroupedValue, InputGroup, by_stage

CALIBRATION = 4_000
COST, NET = "cost", "npv_"
Scores = NDArray[np.float64]


def check_outputs(plan: Plan, outputs: Sequence[str]) -> tuple[str, ...]:
    """The outputs that are asked for: ``cost``, or ``npv_`` and a payer, ``public`` or ``society``.

    Raises
    ------
    InputError
        For any other.
    """
    known = [COST, *(NET + name for name in (*payers_of(plan.library).levels, PUBLIC, SOCIETY))]
    for name in outputs:
        if name not in known:
            raise InputError(f"--output: there is no output `{name}`{nearest(name, known)}; known: {', '.join(known)}")
    return tuple(dict.fromkeys(outputs))


@dataclass
class _Last:
    """The last thing made, and what it was made from."""

    key: Any = None
    made: Any = None

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        if self.key != key:
            self.made = make()
            self.key = key
        return self.made


class GroupedAnswer:
    """Outputs of a plan at scores of groups; one of these for each thread.

    It keeps the last calibrated model, the last counts and the last prices. Evaluations that come in the order of
    a design (money first, then programmes, then the model) so repeat nothing; the order changes no byte.
    """

    def __init__(self, plan: Plan, groups: Sequence[InputGroup], outputs: Sequence[str], luck: int = 0) -> None:
        self.plan = replace(plan, seed=(plan.seed + luck) % 2**32)
        self.groups, self.outputs = tuple(groups), tuple(outputs)
        self._stages = by_stage(groups)
        self._prepared, self._counts, self._prices = _Last(), _Last(), _Last()
        self.seconds: dict[str, float] = {}

    def __call__(self, scores: Scores) -> Scores:
        """Give the outputs at the scores, one for each group."""
        answer = self.answer(scores)
        return np.array([output(answer, name) for name in self.outputs])

    def answer(self, scores: Scores) -> Answer:
        """Evaluate at the scores."""
        value = GroupedValue(self.groups, [float(z) for z in scores])
        keys = {stage: tuple(float(scores[k]) for k in positions) for stage, positions in self._stages.items()}
        prepared = self._prepared.get(keys[MODEL], lambda: self._prepare(value))
        simulated = self._counts.get((keys[MODEL], keys[PROGRAMME]), lambda: self._simulate(value, prepared))
        prices = self._prices.get(keys[MONEY], lambda: self._price(value))
        clock = Clock()
        flows = value_counts(self.plan, value, prepared, prices, simulated, clock, details=False)
        self._add(clock.laps)
        return answer_of(self.plan, [Evaluation(flows, {}, 0)], [value])

    def _prepare(self, value: GroupedValue) -> Prepared:
        prepared = prepare(self.plan, value, persons=CALIBRATION)
        self._add(prepared.seconds)
        return prepared

    def _simulate(self, value: GroupedValue, prepared: Prepared) -> tuple[Simulated, ...]:
        clock = Clock()
        found = tuple(simulated_cohorts(self.plan, value, prepared, clock))
        self._add(clock.laps)
        return found

    def _price(self, value: GroupedValue) -> tuple[PriceTable, ...]:
        began = perf_counter()
        prices = price(self.plan, value)
        self._add({"price": perf_counter() - began})
        return prices

    def _add(self, laps: dict[str, float]) -> None:
        for stage, seconds in laps.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds


def output(answer: Answer, name: str) -> float:
    """One output of an answer, SEK of present value."""
    if name == COST:
        return float((answer.flows[0].cost.sum(0) * answer.factors(0)).sum())
    if name.startswith(COST):
        return answer.present(lambda f: f.cost, name.removeprefix(COST + "_"))[0]
    return answer.present(lambda f: f.avoided - f.cost, name.removeprefix(NET))[0]


def design_key(plan: Plan, groups: Sequence[InputGroup], outputs: Sequence[str], design: tuple[object, ...]) -> str:
    """All that evaluations depend on; another key, another file."""
    parts = [sorted(identity(plan.library, plan.fit).items()), plan.preset_name, plan.persons, plan.seed]
    parts += [plan.cohorts, plan.scenario, [g.id for g in groups], list(outputs), design]
    return "\n".join(map(repr, parts))
