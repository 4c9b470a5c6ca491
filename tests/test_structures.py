"""Other structures of the model: each changes what it says and nothing else, and a null programme stays zero."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from world import World, different, nonzero, sure

from livsbana.errors import InputError
from livsbana.interventions.convert import gap_path
from livsbana.interventions.offers import Offer
from livsbana.parameters.library import Library
from livsbana.runs.answer import account, answer_of
from livsbana.runs.document import PUBLIC
from livsbana.runs.evaluate import Evaluation
from livsbana.uncertainty.draws import central
from livsbana.uncertainty.structures import (
    MAIN,
    Structure,
    chosen,
    evaluate_structure,
    read_structures,
    structured_plan,
    structured_value,
    structures_of,
)

SHIPPED = (
    "main", "association_on_edges", "no_causal_links", "persistence_heterogeneity", "persistence_duration",
    "fade_exponential", "fade_to_nothing", "fade_never", "peers_off", "peers_adverse", "cohort_falling",
    "cohort_rising", "marginal_short_run", "marginal_average", "beyond_65",
)  # fmt: skip
AXES = {"main", "confounding", "persistence", "fade", "peers", "trend", "marginal_cost", "horizon"}


@pytest.fixture(scope="module")
def structures(library: Library) -> dict[str, Structure]:
    return read_structures(library)


@pytest.fixture(scope="module")
def null_world(world: World) -> World:
    """Komet with no effect: it costs, and changes nothing."""
    model = world.plan.library.programmes["komet"]
    nothing = [e.model_copy(update={"measure": "d", "value": sure(0)}) for e in model.effects]
    programme = model.model_copy(update={"effects": nothing})
    cohorts = world.plan.cohorts[1:2]
    plan = replace(
        world.plan,
        cohorts=cohorts,
        persons=(600,),
        arms=((Offer(programme, None, 1.0, 0.0, world.plan.start_year),),),
    )
    return World(plan, world.prepared)


def test_every_axis_is_tried(structures: dict[str, Structure]) -> None:
    assert tuple(structures) == SHIPPED
    assert {s.axis for s in structures.values()} == AXES


@pytest.mark.parametrize("name", SHIPPED)
def test_a_null_programme_is_zero_in_every_structure(
    null_world: World, structures: dict[str, Structure], name: str
) -> None:
    _, _, found = evaluate_structure(null_world.plan, structures[name], central, persons=1_000)
    costs = {"cost", "group_cost", "newborn", "group_participants", "participants", "programme_cost", "batches"}
    assert found.flows[0].cost.sum() > 0
    assert nonzero(found.flows[0], *costs, "programme_batches") == []


def test_main_is_the_run(world: World, evaluated: Evaluation, structures: dict[str, Structure]) -> None:
    plan, values, found = evaluate_structure(world.plan, structures[MAIN], central, persons=4_000)
    assert different(found.flows[0], evaluated.flows[0]) == []
    assert values is central
    answer = answer_of(world.plan, [evaluated], [central])
    with ThreadPoolExecutor(1) as one:
        (result,) = structures_of(plan, [structures[MAIN]], answer, central, one, lambda: None)
    assert result.nets[PUBLIC] == account(answer, PUBLIC).net


def test_money_structures_move_the_money_only(
    world: World, evaluated: Evaluation, structures: dict[str, Structure]
) -> None:
    flows = world.flows(structured_value(world.plan.library, structures["marginal_average"], central))[0]
    np.testing.assert_allclose(flows.avoided, flows.average)
    assert different(flows, evaluated.flows[0])
    assert "counts" not in different(flows, evaluated.flows[0])


def test_short_run_costs_are_those_of_the_short_run(library: Library, structures: dict[str, Structure]) -> None:
    value = structured_value(library, structures["marginal_short_run"], central)
    for cost in library.unit_costs.values():
        shares = cost.marginal
        assert value(shares.medium) == value(shares.long) == shares.short.value
        assert value(cost.cost) == cost.cost.value


def test_links_and_peers(library: Library, structures: dict[str, Structure]) -> None:
    none, adverse = (structured_value(library, structures[n], central) for n in ("no_causal_links", "peers_adverse"))
    cells = [e for e in library.edges if e.via == "cell"]
    assert cells
    for edge in library.edges:
        assert none(edge.causal) == 1.0
        wanted = 1 / edge.causal.value if edge.via == "cell" else edge.causal.value
        assert adverse(edge.causal) == pytest.approx(wanted)


def test_all_association_on_edges(library: Library, world: World, structures: dict[str, Structure]) -> None:
    structure = structures["association_on_edges"]
    value = structured_value(library, structure, central)
    moved = [e for e in library.edges if value(e.causal) != e.causal.value]
    assert len(moved) > 40
    pairs = {(a.source_factor.partition("@")[0], a.target_factor.partition("@")[0]) for a in library.associations}
    assert all((e.source_factor, e.target_factor) in pairs for e in moved)
    stronger = sum(abs(log(value(e.causal))) > abs(log(e.causal.value)) for e in moved)
    assert stronger > 0.9 * len(moved)
    fit = structured_plan(world.plan, structure).fit
    assert not fit.loadings
    assert fit.traits == world.plan.fit.traits


def test_cohort_trend_moves_levels_by_the_age_at_which_they_were_read(
    library: Library, structures: dict[str, Structure]
) -> None:
    value = structured_value(library, structures["cohort_falling"], central)
    moved = 0
    for factor in library.factors.values():
        for target in factor.targets if factor.targets != "none" else ():
            p, q = target.value.value, value(target.value)
            trend = factor.kind in ("state", "event", "milestone") and target.basis == "period" and 0 < p < 1
            shift = -0.01 * max(sum(target.ages) / 2, 0) if trend else 0.0
            assert log(q / (1 - q)) - log(p / (1 - p)) == pytest.approx(shift) if 0 < p < 1 else q == p
            moved += trend
    assert moved > 100


def test_exponential_fade_has_its_closed_form() -> None:
    path = gap_path(0.2, 12, 0.5, 0.25, 6, "exponential")
    np.testing.assert_allclose(path, [0.2 * (0.25 + 0.75 * exp(-0.5 * t)) for t in range(6)])
    hyperbolic = gap_path(0.2, 12, 0.5, 0.25, 6)
    assert path[0] == hyperbolic[0]
    assert all(path[1:] < hyperbolic[1:])


def test_fade_structures_keep_the_numbers_and_their_addresses(world: World, structures: dict[str, Structure]) -> None:
    plan = structured_plan(world.plan, structures["fade_exponential"])
    for old, new in zip(world.plan.arms[0], plan.arms[0], strict=True):
        assert new.programme.fade.shape == "exponential"
        assert old.programme.fade.shape == "hyperbolic"
        assert new.programme.fade.h is old.programme.fade.h


def test_chosen_names(structures: dict[str, Structure]) -> None:
    assert [s.id for s in chosen(structures, "all")] == list(SHIPPED)
    assert [s.id for s in chosen(structures, "fade_never, main,fade_never")] == [MAIN, "fade_never"]
    with pytest.raises(InputError, match=r"no structure `fade_nevr`.*fade_never"):
        chosen(structures, "fade_nevr")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"edge/*/causal"', '"edge/*/casual"', r"structures\.yaml:\d+:\d+.*no number has an address like"),
        ("like: short", "like: shortest", r"structures\.yaml:\d+:\d+.*has no `shortest` beside it"),
        ("id: fade_never", "id: fade_to_nothing", r"structures\.yaml:\d+:\d+.*declared twice"),
        ("axis: horizon", "axis: horizons", r"structures\.yaml:\d+:\d+.*horizon"),
        ("id: main", "id: mainly", r"one of the structures is `main`"),
        ("source: judgement", "source: XX999", r"structures\.yaml:\d+:\d+.*unknown source `XX999`"),
    ],
)
def test_mistakes_are_told_with_their_line(library: Library, tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (library.root / "uncertainty" / "structures.yaml").read_text(encoding="utf-8")
    (tmp_path / "uncertainty").mkdir()
    (tmp_path / "uncertainty" / "structures.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_structures(replace(library, root=tmp_path))
