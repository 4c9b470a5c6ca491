"""One evaluation: its parts agree with each other, and how it is run does not matter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from world import World, close, different, do, make_world, offers

from livsbana.interventions.convert import follow_up_year
from livsbana.lifecourse.compile import AGES, Fit
from livsbana.parameters.library import Library
from livsbana.runs.answer import account, accounts, answer_of, by_year
from livsbana.runs.evaluate import Evaluation, evaluate, price
from livsbana.scenario.schema import PopulationPart
from livsbana.uncertainty.draws import Draw, central
from livsbana.uncertainty.run import UsedNumbers, evidence_of
from livsbana.valuation.discount import discount_factors

LINES = ("cost", "avoided", "cashable")
WITHOUT_DETAILS = {"cost", "avoided", "local_tax", "followed", "wanted_gaps"}


def test_threads_do_not_matter(world: World, evaluated: Evaluation, pool: ThreadPoolExecutor) -> None:
    with ThreadPoolExecutor(1) as one:
        for threads in (one, pool):
            assert different(world.evaluate(pool=threads).flows[0], evaluated.flows[0]) == []


def test_all_persons_are_told_of_and_counted(world: World) -> None:
    done: list[int] = []
    found = world.evaluate(tick=done.append)
    assert sum(done) == sum(world.plan.persons)
    assert found.person_years == sum(world.plan.persons) * AGES * 2
    assert found.seconds.keys() == {"calibrate", "reach", "draw", "simulate", "value"}


def test_without_details_the_rest_is_the_same(world: World, evaluated: Evaluation) -> None:
    light = world.flows(details=False)[0]
    assert not WITHOUT_DETAILS & {*different(light, evaluated.flows[0])}
    assert light.batches == []


@pytest.mark.parametrize("line", LINES)
def test_batches_sum_to_the_whole(world: World, evaluated: Evaluation, line: str) -> None:
    plan, flows = world.plan, evaluated.flows[0]
    factors = discount_factors(plan.years, plan.start_year, plan.preset.discount_rate.value)
    by_cohort = [batches[:, LINES.index(line)].sum(axis=0) for batches in flows.batches]
    close(sum(by_cohort), (getattr(flows, line) * factors).sum(axis=1))
    assert len(by_cohort) == len(plan.cohorts)


def test_the_cost_of_programmes_is_that_of_the_package(world: World, evaluated: Evaluation) -> None:
    answer, flows = answer_of(world.plan, [evaluated], [central]), evaluated.flows[0]
    close((flows.cost * answer.factors(0)).sum(axis=1), flows.programme_cost.sum(axis=0))


def test_years_and_chances_agree_with_the_accounts(world: World, evaluated: Evaluation) -> None:
    answer = answer_of(world.plan, [evaluated] * 3, [central] * 3)
    payers, public, society = accounts(answer)
    rows = by_year(answer)
    for name, found in {**payers.by_name(), "public": public, "society": society}.items():
        mine = [row for row in rows if row.payer == name]
        close(sum(row.net for row in mine), found.net.mean, name)
        close(sum((row.avoided_cashable or 0) - row.programme_cost for row in mine), found.cashable_net.mean, name)
        close(mine[-1].cumulative, found.net.mean, name)
        assert found.chance_of_gain == float(found.net.mean > 0)
    average = sum(row.avoided_average or 0 for row in rows if row.payer == "state")
    factors = answer.factors(0)
    close(average, (answer.weights(0)["state"] @ evaluated.flows[0].average * factors).sum())
    assert account(answer_of(world.plan, [evaluated], [central]), "state").chance_of_gain is None


def test_every_number_that_was_used_is_told_with_its_source(library: Library) -> None:
    used = UsedNumbers()
    effects = [*library.programmes["komet"].effects, *library.programmes["mst"].effects]
    asked = [effect.value for effect in effects if effect.value is not None]
    for number in asked:
        used(number)
    changed = asked[0].model_copy(update={"value": -0.1})
    used(changed)
    evidence = evidence_of(used, library)
    assert len(evidence.numbers) == len(asked) + 1
    assert evidence.published + evidence.to_verify + evidence.assumption == pytest.approx(1)
    told = {number.address: number for number in evidence.numbers}
    assert told["programme/komet/effects/0/value"].value == asked[0].value
    assert [number.value for address, number in told.items() if address.startswith("scenario/")] == [-0.1]
    assert {n.source for n in evidence.numbers} - {"judgement"} == set(evidence.sources)
    assert all(number.why for number in evidence.numbers if number.status == "assumption")


def test_cohorts_add_up(world: World, evaluated: Evaluation) -> None:
    """Each cohort simulated alone gives what it gives beside the others."""
    plan, total = world.plan, np.zeros_like(evaluated.flows[0].avoided)
    for k, cohort in enumerate(plan.cohorts):
        alone = replace(plan, cohorts=(cohort,), persons=plan.persons[k : k + 1])
        avoided = evaluate(alone, central, world.prepared, price(alone, central), details=False).flows[0].avoided
        total[:, : avoided.shape[1]] += avoided
    close(total, evaluated.flows[0].avoided)


def test_residents_are_as_many_as_they_really_are(library: Library, fitted: Fit) -> None:
    """Those who died before are not among them: at the end of the first year only its dead and emigrants lack."""
    old = make_world(library, fitted, (PopulationPart(residents=(60, 60)),), (), calibration=1_000)
    size = old.flows()[0].group_size[0]
    assert 0.97 * old.plan.size < size < old.plan.size


def test_a_null_programme_takes_nothing_from_its_package(world: World, evaluated: Evaluation) -> None:
    others = [offer for name, offer in offers(world).items() if name != "mst"]
    without = world.with_arms(others).flows()[0]
    close(without.group[0], without.avoided)
    for name in ("avoided", "average", "cashable", "local_tax", "beyond_65", "counts", "group", "group_counts"):
        assert getattr(without, name).tobytes() == getattr(evaluated.flows[0], name).tobytes(), name
    assert without.cost.sum() < evaluated.flows[0].cost.sum()


def test_the_gap_at_follow_up_is_the_published_one(library: Library, fitted: Fit) -> None:
    """Shrunk as the programme says, and within Monte Carlo error, when all who may are offered it."""
    big = make_world(library, fitted, persons=40_000)
    komet = replace(offers(big)["komet"], coverage=1.0, today=0.0)
    surely = big.with_arms([komet])
    found = surely.flows()[0]
    effect = komet.programme.effects[0]
    persons, without, with_it = found.followed[0, follow_up_year(effect.months or 12)]
    gap, p = (without - with_it) / persons, without / persons
    assert persons > 500
    assert gap == pytest.approx(found.wanted_gaps[0], abs=4 * np.sqrt(p * (1 - p) / persons))
    assert gap > 0.3 * found.wanted_gaps[0]


def test_other_luck_changes_people_but_not_what_is_offered(world: World, evaluated: Evaluation) -> None:
    other = replace(world, plan=replace(world.plan, seed=2)).flows()[0]
    assert {"avoided", "counts", "followed"} <= {*different(other, evaluated.flows[0])}
    assert "wanted_gaps" not in different(other, evaluated.flows[0])


def test_a_draw_is_the_same_each_time(world: World) -> None:
    one, again, next_one = (world.flows(Draw(world.plan.library, 1, k))[0] for k in (0, 0, 1))
    assert different(one, again) == []
    assert {"cost", "avoided", "wanted_gaps", "participants"} <= {*different(one, next_one)}


def test_money_errs_by_what_the_batches_say(world: World) -> None:
    """The Monte Carlo error of the gain of a large effect covers what other luck gives."""
    sure = world.with_arms([do(world, "conduct_problems", (3, 13), 15)])
    found = []
    for seed in range(1, 25):
        plan = replace(sure.plan, seed=seed)
        answer = answer_of(plan, [replace(sure, plan=plan).evaluate()], [central])
        found.append((answer.present(lambda f: f.avoided, "public")[0], answer.mc_error("public", avoided=1)))
    gains, errors = np.array(found).T
    assert 0.6 < gains.std(ddof=1) / errors.mean() < 1.6
    assert (np.abs(gains - gains.mean()) < 4 * errors).all()
