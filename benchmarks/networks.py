"""Two synthetic networks as plain numbers, and the same networks as models of this package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from livsbana.interventions.offers import FIRST_DECISION
from livsbana.lifecourse.blocks import birth_tables, make_block
from livsbana.lifecourse.compile import AGES, Fit, Model, TallySpec, compile_model
from livsbana.lifecourse.kernel import EFFECT, PROGRAMME, TERM, Birth, Persons, Programmes
from livsbana.lifecourse.simulate import BLOCK, no_programmes
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Condition, Edge, Factor
from livsbana.population.cohorts import Cohort, cell_bounds

COHORT = Cohort(birth_year=2026, start_age=0, size=1.0)
SEED = 7
LOADING = 0.5  # log odds by standard deviation of what is fixed about a person
EFFECT_ON_1_BY_ODDS, STATE_OF_EFFECT = 1.3, 3


@dataclass(frozen=True)
class Network:
    """Binary states that read each other's value of last year.

    ``inverse_odds[age, state, sex]`` of onset, ``leave[state]`` yearly probability of remission,
    ``inverse_ratio[state, edge]`` 1/odds ratio when ``parent[state, edge]`` was on, ``hazard[age]`` of death.
    """

    persons: int
    arms: int
    inverse_odds: np.ndarray
    leave: np.ndarray
    inverse_ratio: np.ndarray
    parent: np.ndarray
    hazard: np.ndarray
    loading: float

    @property
    def states(self) -> int:
        return len(self.leave)

    @property
    def transitions(self) -> int:
        """Factors × persons × years × arms; death is not counted."""
        return self.states * self.persons * AGES * self.arms


def wide_network() -> Network:
    """46 states with 6 edges each, two sexes, two arms, differences between persons; nobody dies."""
    return _network(46, 6, persons=65_536, arms=2, sex_gap=0.3, mortality=0.0, loading=LOADING)


def small_network() -> Network:
    """20 states with 4 edges each, mortality, one arm; all persons are alike."""
    return _network(20, 4, persons=102_400, arms=1, sex_gap=0.0, mortality=1e-4, loading=0.0)


def _network(
    states: int, edges: int, persons: int, arms: int, sex_gap: float, mortality: float, loading: float
) -> Network:
    rng = np.random.default_rng(1)
    years = np.arange(AGES)[:, None, None]
    level = rng.uniform(-4.5, -2.5, (1, states, 1)) + rng.uniform(-0.01, 0.02, (1, states, 1)) * years
    others = [[k for k in range(states) if k != j] for j in range(states)]
    return Network(
        persons,
        arms,
        inverse_odds=np.exp(-level - sex_gap * rng.normal(size=(1, states, 2))).astype(np.float32),
        leave=rng.uniform(0.05, 0.4, states).astype(np.float32),
        inverse_ratio=np.exp(-rng.uniform(-0.3, 0.8, (states, edges))).astype(np.float32),
        parent=np.array([rng.choice(found, edges, replace=False) for found in others]),
        hazard=(mortality * np.exp(0.085 * np.arange(AGES))).astype(np.float32),
        loading=loading,
    )


# ---------------------------------------------------------------- as a model of the package


@dataclass(frozen=True)
class Shelf:
    """The part of a library that the life course reads."""

    factors: dict[str, Factor]
    edges: tuple[Edge, ...]


def as_model(network: Network) -> tuple[Model, Birth]:
    """The network as compiled tables with a tally of each state by sex, and how its persons are born."""
    library = _library(network)
    names = [_name(j) for j in range(network.states)]
    tallies = [TallySpec(()), *(TallySpec((Condition.model_validate({"state": name}),)) for name in names)]
    fit = Fit(loadings={name: {"vigour": network.loading} for name in names})
    model = compile_model(library, lambda n: n.value, fit, tallies, everywhere=True)
    _fill_rates(model, network)
    return model, birth_tables(model, library, lambda n: n.value, COHORT, None, SEED)


def _fill_rates(model: Model, network: Network) -> None:
    """Write the yearly rates, which calibration would else solve."""
    inverse_onset, leave_odds = model.tables.inverse_onset, model.tables.leave_odds
    for j in range(network.states):
        row = model.row_of[_name(j)]
        inverse_onset[:, row] = network.inverse_odds[:, j]
        leave_odds[:, row] = network.leave[j] / (1 - network.leave[j])
    if "death" in model.row_of:
        inverse_onset[:, model.row_of["death"]] = (1 / network.hazard - 1)[:, None]


def _library(network: Network) -> Library:
    factors = [
        _factor("sex", "trait", values=[{"id": v, "label": _label(v), "share": _num(0.5)} for v in ("female", "male")]),
        _factor("vigour", "liability", family_share=_num(0.5)),
    ]
    ages = (0, AGES - 1)
    if network.hazard.any():
        factors.append(_factor("death", "death", ages=ages, targets="none", why_no_target="synthetic"))
    for j in range(network.states):
        remission = [{"ages": ages, "value": _num(float(network.leave[j]))}]
        factors.append(
            _factor(_name(j), "state", ages=ages, remission=remission, targets="none", why_no_target="synthetic")
        )
    edges = tuple(_edge(network, j, e) for j in range(network.states) for e in range(network.parent.shape[1]))
    return cast("Library", Shelf({f.id: f for f in factors}, edges))


def _edge(network: Network, j: int, e: int) -> Edge:
    causal = _num(float(1 / network.inverse_ratio[j, e]))
    ends = {"from": _name(int(network.parent[j, e])), "to": _name(j)}
    return Edge.model_validate(
        {**ends, "ages": (0, AGES - 1), "causal": causal, "reads": "last_year", "estimand": "none"}
    )


def _factor(name: str, kind: str, **more: Any) -> Factor:
    return Factor.model_validate({"id": name, "kind": kind, "label": _label(name), "describes": name, **more})


def _name(j: int) -> str:
    return f"state_{j:02d}"


def _label(name: str) -> dict[str, str]:
    return {"sv": name, "en": name}


def _num(value: float) -> dict[str, Any]:
    return {"value": value, "unit": "number", "source": "judgement", "status": "assumption", "why": "synthetic"}


def programme_for(network: Network, model: Model) -> Programmes:
    """With two arms, a programme that everybody joins at birth; it makes one state rarer in every year."""
    if network.arms == 1:
        return no_programmes()
    row = model.row_of[_name(STATE_OF_EFFECT)]
    factor = np.full((1, 1, AGES), EFFECT_ON_1_BY_ODDS, np.float32)
    return Programmes(
        np.array([(1, 0, 0, FIRST_DECISION, 0, 0, 0.0, 1.0, 1.0, 1.0)], PROGRAMME),
        np.zeros(0, TERM),
        np.array([(0, row, 0, AGES - 1)], EFFECT),
        factor,
        np.ones_like(factor),
    )


def blocks(network: Network, birth: Birth) -> list[Persons]:
    """All persons of the network in blocks, made beforehand."""
    bounds, step = cell_bounds(network.persons), BLOCK // 100
    return [make_block(birth, bounds[k : k + step + 1]) for k in range(0, len(bounds) - 1, step)]
