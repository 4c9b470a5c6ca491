"""The shipped programmes and scenarios: each can be solved and paid for, and nothing is made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from world import SCENARIO, World, make_world, sure

from livsbana.errors import InputError
from livsbana.interventions.costs import participant_costs
from livsbana.interventions.offers import Offer
from livsbana.interventions.reached import Reached, reached_groups
from livsbana.interventions.solve import solve_effects
from livsbana.lifecourse.compile import Fit
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Effect, Programme
from livsbana.runs.answer import answer_of
from livsbana.runs.document import SOCIETY
from livsbana.runs.evaluate import price
from livsbana.scenario.read import Scenario, read_scenario
from livsbana.scenario.schema import PopulationPart
from livsbana.uncertainty.draws import central
from livsbana.uncertainty.unknown import break_even_effects, questions
from livsbana.valuation.belief import break_even_ratio

SCENARIOS = sorted(SCENARIO.parent.glob("*.yaml"))
RUN = ("krona_7_12", "botkyrka", "bilaga4_arbetsliv")
PILOT = 600
# What Sweden has found to do nothing (or harm) must stay in the library as such.
NULLS = (
    "mst",
    "orebro",
    "steg_for_steg",
    "triad",
    "friends_for_life",
    "mentor_sverige",
    "kontaktfamilj",
    "antimobbning_program",
    "rehabgaranti_kbt",
    "sluta_skjut",
    "ungdomsgaranti",
    "fft",
    "medveten_narvaro",
)
UNKNOWN = (
    "sspf",
    "avhopparverksamhet",
    "utokade_hembesok",
    "bostad_forst",
    "halsoframjande_arbetsplats",
    "halsoobligation_diabetes",
    "koto_sib",
    "team_nystart",
)


def no_effect(effect: Effect) -> bool:
    """A published null: a ratio of 1, a difference of 0 or as good as 0."""
    assert effect.value is not None
    return effect.value.value == 1 if effect.measure in ("OR", "RR", "HR") else abs(effect.value.value) < 0.01


@pytest.fixture(scope="module")
def offered(library: Library, world: World) -> tuple[dict[str, Offer], Reached]:
    """Every programme offered to all who may have it, and whom it reaches."""
    all_of_them = {p.id: Offer(p, None, 1.0, 0.0, 2026) for p in library.programmes.values()}
    return all_of_them, reached_groups(library, world.prepared.model, central, [*all_of_them.values()], PILOT)


def test_there_are_enough_of_every_kind(library: Library) -> None:
    assert len(library.programmes) >= 35
    assert len(library.unit_costs) >= 100
    assert {p.level for p in library.programmes.values()} == {"universal", "selective", "indicated"}
    first = [p.eligible.ages[0] for p in library.programmes.values()]
    assert min(first) == 0
    assert sum(age >= 18 for age in first) >= 8


def test_every_programme_has_a_card_of_a_total_effect(library: Library) -> None:
    for programme in library.programmes.values():
        assert programme.estimand is not None, programme.id
        assert library.estimands[programme.estimand].effect == "total"


def test_every_programme_costs_something(library: Library) -> None:
    for programme in library.programmes.values():
        assert sum(participant_costs(programme, central, lambda sek, year: sek).values()) > 0, programme.id


def test_every_programme_is_solved(library: Library, world: World, offered: tuple[dict[str, Offer], Reached]) -> None:
    offers, reached = offered
    for name, offer in offers.items():
        for solved in solve_effects(library, world.prepared.model, central, offer, reached):
            if solved.effect.acts_on != "set":
                assert np.isfinite([solved.onset_factor, solved.leave_factor]).all(), name
            if solved.effect.unknown:
                assert solved.strength == 0


@pytest.mark.parametrize("name", NULLS)
def test_null_results_stay_null(
    library: Library, world: World, offered: tuple[dict[str, Offer], Reached], name: str
) -> None:
    programme, (offers, reached) = library.programmes[name], offered
    assert all(no_effect(e) for e in programme.effects)
    assert all(e.value is not None and e.value.low is not None for e in programme.effects)
    solved = solve_effects(library, world.prepared.model, central, offers[name], reached)
    assert sum(s.strength for s in solved) < 0.2


def test_a_null_is_as_wide_as_its_trial(library: Library) -> None:
    value = library.programmes["friends_for_life"].effects[0].value
    assert value is not None
    assert value.high == pytest.approx(1.96 * np.sqrt(4 / 695), abs=5e-4)


def test_summer_jobs_lower_earnings(library: Library) -> None:
    effect = next(e for e in library.programmes["sommarjobb"].effects if e.on == "main_activity.employed")
    assert effect.value is not None
    assert effect.value.value < 1


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_nobody_has_measured_has_no_number(library: Library, name: str) -> None:
    assert any(e.unknown and e.value is None for e in library.programmes[name].effects)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_every_scenario_reads_and_says_what_is_guessed(path: Path, library: Library) -> None:
    scenario = read_scenario(path, library)
    assert scenario.id == path.stem
    assert scenario.label.sv
    assert scenario.label.en
    assert "Known:" in scenario.description
    assert "Guessed:" in scenario.description


def in_few_ages(scenario: Scenario) -> tuple[PopulationPart, ...]:
    """The first ages of a scenario, so that it runs quickly."""
    ages = scenario.population[0].residents
    assert ages is not None
    return (PopulationPart(residents=(ages[0], ages[0] + 1)),)


@pytest.mark.parametrize("name", RUN)
def test_scenarios_run(library: Library, fitted: Fit, name: str) -> None:
    scenario = read_scenario(SCENARIO.parent / f"{name}.yaml", library)
    small = replace(scenario, population=in_few_ages(scenario))
    world = make_world(library, fitted, scenario=small, persons=2_000, calibration=2_000)
    flows = world.flows()[0]
    assert flows.participants.sum() > 0
    assert flows.cost.sum() > 0
    asked = break_even_effects(world.plan, world.prepared, price(world.plan, central), None)
    assert len(asked) == questions(world.plan)
    assert all(found.payers for found in asked.values())


def test_an_unknown_effect_pays_when_it_is_as_strong_as_its_break_even(library: Library, fitted: Fit) -> None:
    """With the ratio that is found society's net is far nearer 0 than without any effect."""
    scenario = read_scenario(SCENARIO.parent / "botkyrka.yaml", library)
    scenario = replace(scenario, population=(PopulationPart(residents=(30, 33)),))
    world = make_world(library, fitted, scenario=scenario, persons=2_000, calibration=2_000)
    offer = replace(world.plan.arms[0][0], coverage=1.0)
    asked = world.with_arms([offer])
    (found,) = break_even_effects(asked.plan, asked.prepared, price(asked.plan, central), None).values()
    assert found.society is not None
    assert found.strongest < found.society < 1
    value = sure(found.society).model_copy(update={"unit": "RR"})
    effect = offer.programme.effects[0].model_copy(update={"value": value, "unknown": False})
    tried = replace(offer, programme=offer.programme.model_copy(update={"effects": [effect]}))
    without, with_it = (
        answer_of(w.plan, [w.evaluate()], [central]).present(lambda f: f.avoided - f.cost, SOCIETY)[0]
        for w in (asked, asked.with_arms([tried]))
    )
    assert without < 0
    assert abs(with_it) < 0.4 * abs(without)


@pytest.mark.parametrize(("nets", "root"), [((-1, 1), 0.5**0.5), ((1, 2), 1.0), ((-2, -1), None), ((-1, 0), 0.5)])
def test_break_even_ratio(nets: tuple[float, float], root: float | None) -> None:
    found = break_even_ratio((1.0, 0.5), nets)
    assert found == (None if root is None else pytest.approx(root))


def test_an_unknown_effect_has_no_size() -> None:
    given = {"on": "offending", "acts_on": "onset", "unknown": "true"}
    assert Effect.model_validate({**given, "measure": "RR", "months": "12"}).value is None
    for wrong in (
        {"measure": "d", "months": "12"},
        {"measure": "RR"},
        {"measure": "RR", "months": "12", "acts_on": "set"},
    ):
        with pytest.raises(ValueError, match="unknown"):
            Effect.model_validate({**given, **wrong})


def test_an_unknown_effect_is_not_shrunk(library: Library) -> None:
    told = library.programmes["sspf"].model_dump(by_alias=True) | {"shrink": ["scale_up"]}
    with pytest.raises(ValueError, match="nothing to shrink"):
        Programme.model_validate(told)


def test_fall_prevention_is_refused_with_the_reason(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "fall.yaml"
    path.write_text(SCENARIO.read_text(encoding="utf-8").replace("programme: komet", "programme: fallprevention"))
    with pytest.raises(InputError, match="out of range: lives are followed from birth to 65"):
        read_scenario(path, library)
