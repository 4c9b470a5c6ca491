"""The value of an outcome: identities between its ways, what is wrong with the naive one, and honest refusals."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from world import World, do, make_world, offers

from livsbana.ledger.payers import payers_of
from livsbana.lifecourse.compile import Fit
from livsbana.parameters.library import Library
from livsbana.parameters.outcomes import PricedOutcome
from livsbana.pricing.judgement import judge
from livsbana.pricing.links import causal_probability, overlap
from livsbana.pricing.outcome_value import Kind, Values, why_undefined
from livsbana.pricing.parts import local_participation, rate_card
from livsbana.pricing.terms import Corridor
from livsbana.pricing.worlds import FLOWS, PERSONS, YEARS, Outcomes, in_time, observe
from livsbana.runs.document import PUBLIC, SOCIETY
from livsbana.runs.evaluate import price
from livsbana.runs.plan import Plan
from livsbana.scenario.schema import Arrivals, PopulationPart
from livsbana.uncertainty.draws import central

PEOPLE = 8_000


def seen(world: World, outcome: PricedOutcome, pool: ThreadPoolExecutor | None = None) -> tuple[Plan, Outcomes]:
    plan = in_time(world.plan, outcome, PEOPLE)
    return plan, observe(plan, central, world.prepared, price(plan, central), outcome, pool)


def valued(world: World, outcome: PricedOutcome, pool: ThreadPoolExecutor | None = None) -> Values:
    plan, found = seen(world, outcome, pool)
    rate, tax = plan.preset.discount_rate.value, plan.preset.tax_factor.value
    return Values([found], payers_of(plan.library), [rate], [tax])


def mean(values: Values, kind: Kind, account: str = PUBLIC) -> float:
    money = values.value(kind, account)
    assert money is not None, why_undefined(values, kind)
    return money.mean


def persons(found: Outcomes, *names: str) -> list[float]:
    return [float(found.persons[PERSONS.index(name)]) for name in names]


@pytest.fixture(scope="module")
def acting_out(library: Library) -> PricedOutcome:
    return library.outcomes["acting_out_down"]


@pytest.fixture(scope="module")
def exact(world: World) -> World:
    """A package that is the outcome itself: nobody aged 12 has conduct problems in that year."""
    return world.with_arms([do(world, "conduct_problems", (12, 12), 1)])


@pytest.fixture(scope="module")
def exact_values(exact: World, acting_out: PricedOutcome) -> Values:
    return valued(exact, acting_out)


@pytest.fixture(scope="module")
def helped(world: World) -> World:
    """A package with many consequences: nobody has conduct problems from 5 on for eight years."""
    return world.with_arms([do(world, "conduct_problems", (5, 12), 8)])


@pytest.fixture(scope="module")
def helped_values(helped: World, acting_out: PricedOutcome) -> Values:
    return valued(helped, acting_out)


def test_a_package_that_is_the_outcome_is_worth_what_the_outcome_causes(exact_values: Values) -> None:
    """do and iv are then the same persons in the same worlds, to the last bit; only residents are reached."""
    found = exact_values.found[0]
    package, caused = (found.avoided[FLOWS.index(name)] for name in ("package", "do"))
    np.testing.assert_array_equal(package, caused)
    flipped, worse, failed = persons(found, "flipped", "worse", "failed")
    assert 0 < flipped < failed
    assert worse == 0
    for account in ("municipality/home", "state", SOCIETY):
        assert mean(exact_values, "iv", account) == mean(exact_values, "do", account)


@pytest.mark.parametrize(
    ("outcome", "people"),
    [
        ("short_sick_leave_down", PopulationPart(residents=(30, 30))),
        ("in_work_after_immigration", PopulationPart(arrivals=Arrivals(age=(28, 28), persons=1000.0))),
    ],
)
def test_outcomes_some_years_after_the_start_are_dated_from_it(
    library: Library, fitted: Fit, outcome: str, people: PopulationPart
) -> None:
    """Sickness a year after the start, work three years after arrival: the same identity at those ages."""
    priced = library.outcomes[outcome]
    assert priced.years_after is not None
    age = (people.ages or (0, 0))[0] + priced.years_after[1]
    world = make_world(library, fitted, (people,))
    lacking = [f"{priced.factor}.{a.id}" for a in library.factors[priced.factor].alternatives if a.id not in priced.is_]
    given = do(world, priced.factor, (age, age), 1)
    effects = [given.programme.effects[0].model_copy(update={"on": on}) for on in lacking or [priced.factor]]
    given = replace(given, programme=given.programme.model_copy(update={"effects": effects}))
    values = valued(world.with_arms([given]), priced)
    assert values.found[0].flips >= 10
    assert mean(values, "iv") == mean(values, "do")
    assert not values.by_year("do", PUBLIC)[: YEARS.index(0)].any()


def test_payers_sum_to_the_total(exact_values: Values) -> None:
    levels = ("municipality", "region", "state", "employer", "household", "victim", "unattributed")
    for kind in ("do", "do_held", "iv", "null", "naive"):
        total = sum(mean(exact_values, kind, level) for level in levels)
        whole = exact_values.weights(0)
        unweighted = whole[SOCIETY] - (exact_values.tax_factors[0] - 1) * whole[PUBLIC]
        assert unweighted.tolist() == [1.0] * len(unweighted)
        society = mean(exact_values, kind, SOCIETY) - (exact_values.tax_factors[0] - 1) * mean(exact_values, kind)
        assert total == pytest.approx(society, rel=1e-9, abs=1e-3)


def test_years_sum_to_the_value(exact_values: Values) -> None:
    for kind in ("do", "iv", "null", "naive"):
        assert exact_values.by_year(kind, "state").sum() == pytest.approx(mean(exact_values, kind, "state"))


def test_nothing_is_avoided_before_the_outcome_is_given(exact_values: Values) -> None:
    for kind in ("do", "do_held", "null"):
        assert not exact_values.by_year(kind, PUBLIC)[: YEARS.index(0)].any()


def test_naive_exceeds_what_is_caused_by_confounding(exact_values: Values) -> None:
    """Liabilities carry what family and genes bring: those who achieve would have cost less anyway."""
    naive, caused = mean(exact_values, "naive"), mean(exact_values, "do_failures")
    confounding = exact_values.value("confounding", PUBLIC)
    assert confounding is not None
    assert confounding.mean == pytest.approx(naive - caused)
    assert confounding.mean > 4 * confounding.mc_error
    assert mean(exact_values, "do") < naive


def test_without_liabilities_and_traits_little_confounding_is_left(
    library: Library, fitted: Fit, acting_out: PricedOutcome, exact_values: Values
) -> None:
    """With nothing fixed about persons what is left of confounding comes from their histories."""
    bare = make_world(library, Fit(slopes=fitted.slopes))
    values = valued(bare.with_arms([do(bare, "conduct_problems", (12, 12), 1)]), acting_out)
    assert abs(mean(values, "confounding")) < 0.4 * mean(exact_values, "confounding")


def test_a_moved_record_buys_less_than_the_outcome(exact_values: Values) -> None:
    assert 0 <= mean(exact_values, "null") < mean(exact_values, "do")


def test_an_outcome_that_is_kept_saves_at_least_its_own_years(exact_values: Values) -> None:
    assert mean(exact_values, "do_held") > mean(exact_values, "null")


def test_a_package_that_goes_past_the_outcome_saves_more_for_each(helped_values: Values) -> None:
    """Earlier years without conduct problems are gains that a price for the outcome at 12 alone does not see."""
    assert mean(helped_values, "iv") > mean(helped_values, "do")


def test_a_record_that_causes_nothing_is_all_there_is(library: Library, fitted: Fit, acting_out: PricedOutcome) -> None:
    """With its edges cut, an outcome set to the end of its factor changes its own tallies and no other."""
    cut = replace(library, edges=tuple(e for e in library.edges if e.source_factor != "conduct_problems"))
    world = make_world(cut, fitted)
    longer = acting_out.model_copy(update={"ages": (12, 17), "held_to": 17})
    _, found = seen(world.with_arms([do(world, "conduct_problems", (12, 12), 6)]), longer)
    assert persons(found, "flipped")[0] > 0
    recorded, caused = (found.avoided[FLOWS.index(name)] for name in ("null", "do"))
    assert recorded.any()
    np.testing.assert_allclose(recorded, caused, atol=1e-6 * np.abs(caused).max())


def test_no_effect_no_value(world: World, acting_out: PricedOutcome) -> None:
    """A programme that its trial found to do nothing flips nobody; nothing is divided by that."""
    values = valued(world.with_arms([offers(world)["mst"]]), acting_out)
    found = values.found[0]
    assert persons(found, "flipped", "worse") == [0.0, 0.0]
    assert not found.avoided[FLOWS.index("package")].any()
    for kind in ("do", "do_held", "iv", "null"):
        assert values.value(kind, PUBLIC) is None
        assert why_undefined(values, kind)
    assert values.value("naive", PUBLIC) is not None
    said = judge(corridor(values, world.plan.library))
    assert said.verdict == "do_not_price_alone"


def corridor(values: Values, library: Library) -> Corridor:
    return Corridor(values, library.price_terms, [central])


def costly(world: World, sek: float) -> World:
    """The whole change, at so many SEK a participant."""
    given = do(world, "conduct_problems", (5, 12), 8)
    komet = world.plan.library.programmes["komet"].cost[0]
    amount = world.plan.library.unit_costs["psychological_assessment"].cost.model_copy(
        update={"value": sek, "year": 2024}
    )
    cost = komet.model_copy(update={"amount": amount, "build": [], "year": 0})
    programme = given.programme.model_copy(update={"cost": [cost]})
    return world.with_arms([replace(given, programme=programme)])


@pytest.mark.parametrize(("sek", "verdict"), [(100.0, "price"), (1e5, "do_not_price_alone")])
def test_a_package_that_costs_more_than_its_outcomes_is_not_priced(
    world: World, acting_out: PricedOutcome, sek: float, verdict: str
) -> None:
    values = valued(costly(world, sek), acting_out)
    found = corridor(values, world.plan.library)
    floor, ceiling = found.floor.per_observed, found.ceiling.per_observed
    assert floor is not None
    assert ceiling is not None
    assert judge(found).verdict == verdict
    assert (ceiling.mean > floor.mean) == (verdict == "price")
    caused = found.floor.per_caused
    assert caused is not None
    assert caused.mean == pytest.approx(floor.mean / found.caused_part)
    state = found.observed_ceilings
    assert state is not None
    assert state.by_payer["state"] <= found.cap_per_observed
    assert found.cap_amount == pytest.approx(0.5 * float(found.cost.mean()))
    local = local_participation(found)
    assert local.gains == (local.net >= 0) == (verdict == "price")
    assert local.state_pays <= min(found.cap_amount, state.by_payer["state"] * float(found.paid.mean())) + 1e-6


def test_rate_card_of_a_real_package_is_neutral(world: World, acting_out: PricedOutcome) -> None:
    values = valued(costly(world, 5_000.0), acting_out)
    card = rate_card(corridor(values, world.plan.library), world.plan.library, acting_out)
    assert card is not None
    assert len(card.rows) == 3
    earned = [(row.price_per_observed or 0) * row.share_with - row.cost for row in card.rows]
    assert earned == pytest.approx([earned[0]] * 3)
    assert sum(row.participants for row in card.rows) == pytest.approx(persons(values.found[0], "participants")[0])


def test_a_milestone_is_not_worth_more_than_its_final_outcome(helped: World, library: Library) -> None:
    final, milestone = library.outcomes["eligible_upper_secondary"], library.outcomes["acting_out_down"]
    found = causal_probability(in_time(helped.plan, milestone, PEOPLE), helped.prepared, milestone, final)
    assert found.probability is not None
    assert 0 < found.probability < 0.5
    assert found.mc_error >= 1 / found.persons


def test_overlap_splits_those_who_are_flipped(helped: World, library: Library) -> None:
    first, other = library.outcomes["acting_out_down"], library.outcomes["eligible_upper_secondary"]
    plan = in_time(helped.plan, first, 4_000)
    found = overlap(plan, helped.prepared, first, other)
    same = overlap(plan, helped.prepared, first, first)
    assert same.first_only == same.other_only == 0
    assert found.both + found.first_only == pytest.approx(same.both)
    assert found.both > 0


def test_the_same_bytes_on_threads(exact: World, acting_out: PricedOutcome, pool: ThreadPoolExecutor) -> None:
    (_, alone), (_, shared) = seen(exact, acting_out), seen(exact, acting_out, pool)
    assert alone.avoided.tobytes() == shared.avoided.tobytes()
    assert alone.persons.tobytes() == shared.persons.tobytes()
    assert [b.tobytes() for b in alone.batches] == [b.tobytes() for b in shared.batches]


def test_those_past_the_outcome_are_left_out(world: World, library: Library) -> None:
    ages = [c.start_age for c in in_time(world.plan, library.outcomes["acting_out_down"], PEOPLE).cohorts]
    assert 13 in [c.start_age for c in world.plan.cohorts]
    assert ages == [0, 5, 6]


def test_error_of_a_ratio_is_that_of_its_spread_over_seeds(exact: World, acting_out: PricedOutcome) -> None:
    """The linearised error agrees with the spread over independent luck; over 30 seeds they differ by a tenth.

    The limits are those that the spread of six values leaves once in a thousand times.
    """
    found: Sequence[Values] = [
        valued(World(replace(exact.plan, seed=seed), exact.prepared), acting_out) for seed in range(2, 8)
    ]
    spread = np.std([mean(v, "do") for v in found], ddof=1)
    error = np.mean([money.mc_error for v in found if (money := v.value("do", PUBLIC)) is not None])
    assert 0.2 < spread / error < 2.1
