"""The workload that all versions run: states that switch on and off, causal edges between them, and death."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from livsbana.lifecourse.compile import AGES, Fit, Model, TallySpec, compile_model
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Condition, Edge, Factor, Number

LAST = AGES - 1


@dataclass(frozen=True)
class Workload:
    """States that come on with the odds of an age and stay on with one probability.

    The odds are multiplied by a ratio for every source that was on last year.
    ``inverse_odds[age, state]``, ``inverse_ratio[state, edge]``, ``source[state, edge]``, ``leaves[state]``,
    ``hazard[age]``.
    """

    inverse_odds: np.ndarray
    inverse_ratio: np.ndarray
    source: np.ndarray
    leaves: np.ndarray
    hazard: np.ndarray

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.leaves)


def make_workload(states: int, edges: int, seed: int = 7) -> Workload:
    """Draw a workload: odds around e^-3.5 that drift with age, odds ratios from 0.75 to 2.2, Gompertz deaths."""
    rng = np.random.default_rng(seed)
    age = np.arange(AGES)[:, None]
    log_odds = rng.uniform(-4.5, -2.5, states) + rng.uniform(-0.01, 0.02, states) * age
    others = np.array([rng.permutation(np.delete(np.arange(states), s))[:edges] for s in range(states)])
    return Workload(
        inverse_odds=np.exp(-log_odds).astype(np.float32),
        inverse_ratio=np.exp(-rng.uniform(-0.3, 0.8, (states, edges))).astype(np.float32),
        source=others,
        leaves=rng.uniform(0.05, 0.4, states).astype(np.float32),
        hazard=(1e-4 * np.exp(0.085 * np.arange(AGES))).astype(np.float32),
    )


def _number(value: float) -> Number:
    return Number(value=value, unit="number", source="judgement", status="assumption", why="a benchmark")


def _factor(name: str, kind: str, **more: Any) -> Factor:
    label = {"sv": name, "en": name}
    return Factor.model_validate({"id": name, "kind": kind, "label": label, "describes": name, **more})


def _state(name: str, leaves: float) -> Factor:
    remission = [{"ages": (0, LAST), "value": _number(leaves)}]
    return _factor(
        name, "state", ages=(0, LAST), targets="none", why_no_target="a benchmark", remission=remission
    )  # fmt: skip


def as_library(work: Workload) -> Library:
    """The workload as declarations, with one trait, sex."""
    sex = [{"id": v, "label": {"sv": v, "en": v}, "share": _number(0.5)} for v in ("female", "male")]
    factors = [_factor("sex", "trait", values=sex), _factor("death", "death", ages=(0, LAST))]
    factors += [_state(f"s{k}", float(p)) for k, p in enumerate(work.leaves)]
    edges = [
        Edge.model_validate(
            {"from": f"s{k}", "to": f"s{j}", "ages": (0, LAST), "causal": _number(float(1 / work.inverse_ratio[j, e]))}
        )
        for j in range(work.states)
        for e, k in enumerate(work.source[j])
    ]
    return cast("Library", SimpleNamespace(factors={f.id: f for f in factors}, edges=tuple(edges)))


def as_model(work: Workload) -> tuple[Library, Model]:
    """The workload compiled for the kernel, its intercepts written directly; every state and everybody is counted."""
    library = as_library(work)
    tallies = [TallySpec((Condition(state=f"s{k}"),)) for k in range(work.states)]
    model = compile_model(library, lambda n: n.value, Fit(), [*tallies, TallySpec(())])
    tables = model.tables
    for k in range(work.states):
        row = model.row_of[f"s{k}"]
        tables.inverse_onset[:, row, :] = work.inverse_odds[:, k, None]
        tables.leave_odds[:, row, :] = work.leaves[k] / (1 - work.leaves[k])
    tables.inverse_onset[:, model.row_of["death"], :] = (1 / work.hazard - 1)[:, None]
    return library, replace(model, tables=tables)
