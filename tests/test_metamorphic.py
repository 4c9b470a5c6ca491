"""Relations that must hold between runs, whatever is true: of the joined engine, on the shipped library."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from world import (
    CALIBRATION,
    NEWBORN,
    World,
    changed,
    close,
    different,
    do,
    make_world,
    necessary,
    nonzero,
    odds_ratio,
    offers,
    outcome_changes,
    rows_changed,
)

from livsbana.ledger.ledger import Ledger, ledger
from livsbana.ledger.payers import HOME_MUNICIPALITY, HOME_REGION, OTHER_MUNICIPALITIES, OTHER_REGIONS
from livsbana.ledger.prices import PriceTable
from livsbana.lifecourse.compile import Fit
from livsbana.lifecourse.simulate import CohortCounts
from livsbana.parameters.library import Library
from livsbana.runs.answer import answer_of
from livsbana.runs.evaluate import Evaluation, prepare
from livsbana.runs.money import Flows
from livsbana.runs.plan import offers_of
from livsbana.uncertainty.draws import central

MONEY = ("cost", "avoided", "average", "cashable", "local_tax", "beyond_65", "group", "group_cost", "newborn")
WITHOUT_EFFECT = (
    *("cost", "group_cost", "newborn", "participants", "group_participants", "programme_cost"),
    *("batches", "programme_batches"),
)
LATE = 2031
MOVED = (2, 0, 1)
STRONG = 1.5  # of all loadings


@pytest.fixture(scope="module")
def apart(library: Library, fitted: Fit) -> World:
    """Newborn Swedes who do not meet: with them what happens to one concerns nobody else."""
    return make_world(library, fitted, NEWBORN, (), peers=False)


@pytest.fixture(scope="module")
def arms(world: World) -> dict[str, Flows]:
    """Many arms in one run."""
    named = arms_of(world)
    return dict(zip(named, world.with_arms(*named.values()).flows(), strict=True))


def arms_of(world: World) -> dict:
    package = list(offers(world).values())
    full = [replace(offer, coverage=1.0, today=0.0) for offer in package]
    return {
        "package": package,
        "again": package,
        "reordered": [package[k] for k in MOVED],
        "empty": [],
        "null": [offers(world)["mst"]],
        "today": [replace(offer, coverage=offer.today) for offer in package],
        "late": [replace(offer, start_year=LATE) for offer in full],
        "ended": [replace(offer, end_year=LATE) for offer in full],
    }


@pytest.fixture(scope="module")
def offered(apart: World) -> dict[str, Flows]:
    """What komet and tuition do when all who may are offered them."""
    full = [replace(offers(apart)[k], coverage=1.0, today=0.0) for k in ("komet", "intensivundervisning")]
    wide = apart.with_arms(full)
    less_deadweight = changed(*(o.programme.deadweight for o in full), to=lambda x: x / 2)
    return {
        "full": wide.flows()[0],
        "less deadweight": wide.flows(less_deadweight)[0],
        "no effect": wide.flows(effect=0.0)[0],
        "twice": wide.flows(effect=2.0)[0],
    }


@pytest.fixture(scope="module")
def counted(world: World) -> CohortCounts:
    """Counts of the newborn."""
    return world.counts()


def difference(counts: CohortCounts, arm: int = 1) -> np.ndarray:
    """Baseline less arm, int64[group, age, column, place]; the first group is everybody."""
    return np.moveaxis(counts.tally[0] - counts.tally[arm], -1, 0)


def books(world: World, counts: CohortCounts, prices: PriceTable) -> Ledger:
    return ledger(counts.tally[0, ..., 0], world.plan.column_of_item, prices)


# ---------------------------------------------------------------- prices and payers


@pytest.mark.parametrize("cost", ["prison_day", "police_investigation", "sickness_benefit_day", "adhd_medication_year"])
def test_twice_the_unit_cost_doubles_its_account_alone(world: World, counted: CohortCounts, cost: str) -> None:
    before, after = world.prices(), world.prices(changed(world.plan.library.unit_costs[cost].cost, to=lambda x: 2 * x))
    mine = [item.id == cost or item.taxed == cost for item in before.items]
    belongs = np.array(mine)[before.tariff.item]
    assert np.array_equal(after.weights, before.weights * np.where(belongs, 2, 1)[:, None])
    only = replace(before, weights=before.weights * belongs[:, None])
    added = books(world, counted, after).by_account - books(world, counted, before).by_account
    close(added, books(world, counted, only).by_account)
    touched = {a for a, sek in zip(before.accounts, added, strict=True) if np.abs(sek).max() > 1e-3}
    assert touched == {item.account for item, is_mine in zip(before.items, mine, strict=True) if is_mine}


def test_another_currency_rescales_all_money_and_nothing_else(world: World, evaluated: Evaluation) -> None:
    ore = world.flows(lambda n: n.value * (100 if n.unit.startswith("SEK") else 1))[0]
    for name in (*MONEY, "programme_cost"):
        before = getattr(evaluated.flows[0], name)
        close(getattr(ore, name), 100 * before, name)
    people = {"counts", "group_counts", "participants", "followed", "wanted_gaps"}
    assert not people & {*different(ore, evaluated.flows[0])}


def test_payers_sum_to_the_total_in_every_year_and_group(apart: World) -> None:
    """The total is counted here without any payer."""
    prices, table = apart.prices(), difference(apart.counts())[:, :, list(apart.plan.column_of_item)]
    total = (
        np.einsum("gaip,iap->ga", table, prices.array(prices.weights).sum(axis=-1))
        * apart.plan.size
        / apart.plan.persons[0]
    )
    found = apart.flows()[0]
    close(found.group.sum(axis=1), total)
    close(found.avoided.sum(axis=0), total[0])
    assert np.abs(total[0]).max() > 1e5


@pytest.mark.parametrize("trait", ["sex", "parental_education", "background", "disability"])
@pytest.mark.parametrize("part", ["group", "group_cost", "group_counts", "group_size", "group_participants"])
def test_groups_of_one_trait_sum_to_everybody(world: World, evaluated: Evaluation, trait: str, part: str) -> None:
    names, whole = world.prepared.model.groups, getattr(evaluated.flows[0], part)
    of_trait = [k for k, name in enumerate(names) if name.startswith(f"{trait}.")]
    assert len(of_trait) >= 2
    close(whole[of_trait].sum(axis=0), whole[0])


def test_everybody_is_everybody(evaluated: Evaluation) -> None:
    flows = evaluated.flows[0]
    close(flows.group[0], flows.avoided)
    close(flows.group_cost[0], flows.cost)
    close(flows.group_counts[0], flows.counts[1] - flows.counts[0])
    close(flows.group_participants[0], flows.participants.sum())


def test_transfers_move_money_and_make_none(world: World, evaluated: Evaluation) -> None:
    transfers = [u for u in world.plan.library.unit_costs.values() if u.recipient]
    prices, names = world.prices(), {u.id for u in transfers}
    rows = [k for k, item in enumerate(prices.items) if item.id in names or item.taxed in names]
    close(prices.array(prices.weights)[rows].sum(axis=-1), 0.0)
    more = world.flows(changed(*(u.cost for u in transfers), to=lambda x: 2 * x), details=False)[0]
    close(more.avoided.sum(axis=0), evaluated.flows[0].avoided.sum(axis=0))
    household = prices.payers.index("household")
    assert np.abs(more.avoided[household] - evaluated.flows[0].avoided[household]).max() > 1e3


def test_equalisation_conserves_the_sum(world: World, evaluated: Evaluation) -> None:
    economy, payers = world.plan.library.economy, world.prices().payers
    kept = world.flows(changed(economy.equalisation.returned_share, to=lambda x: 0.0), details=False)[0]
    moved = evaluated.flows[0].avoided - kept.avoided
    close(moved.sum(axis=0), 0.0)
    assert np.abs(moved[payers.index(HOME_MUNICIPALITY)]).max() > 1e3
    local = (HOME_MUNICIPALITY, OTHER_MUNICIPALITIES, HOME_REGION, OTHER_REGIONS)
    others = [k for k, name in enumerate(payers.names) if name not in (*local, f"state/{economy.tax.body}")]
    assert not moved[others].any()


def test_where_all_cost_varies_with_volume_all_of_it_is_avoided(world: World, evaluated: Evaluation) -> None:
    marginal = [u.marginal for u in world.plan.library.unit_costs.values()]
    parts = [share for m in marginal for share in (m.short, m.medium, m.long)]
    whole = world.flows(changed(*parts, to=lambda x: 1.0))[0]
    assert whole.avoided.tobytes() == whole.average.tobytes() == evaluated.flows[0].average.tobytes()
    assert "avoided" in different(whole, evaluated.flows[0])


def test_no_item_frees_more_cash_than_it_avoids(world: World, counted: CohortCounts) -> None:
    prices, table = world.prices(), difference(counted)[0][:, list(world.plan.column_of_item)]
    avoided, cash = (np.einsum("aip,iapq->iaq", table, w) for w in map(prices.array, (prices.weights, prices.cashable)))
    assert (np.sign(cash) * np.sign(avoided) >= 0).all()
    assert (np.abs(cash) <= np.abs(avoided) * (1 + 1e-12)).all()
    assert (avoided > 0).any()


def test_another_price_year_moves_each_price_by_its_own_index(world: World) -> None:
    economy = world.plan.library.economy
    earlier = economy.model_copy(update={"price_year": economy.price_year - 1})
    before = world.prices()
    after = replace(world, plan=replace(world.plan, library=replace(world.plan.library, economy=earlier))).prices()
    last = next(p for p in economy.index if p.years[0] <= economy.price_year <= p.years[1])
    preset = world.plan.preset.willingness_to_pay_growth.value
    factor = {
        "wages": (1 + economy.growth.wages.value) / (1 + last.wages.value),
        "cpi": (1 + economy.growth.cpi.value) / (1 + last.prices.value),
        "willingness_to_pay": (1 + preset) / (1 + last.prices.value),
        "none": 1.0,
    }
    new, old = after.array(after.weights), before.array(before.weights)
    for k, item in enumerate(before.items):
        grows = "wages" if item.cell else world.plan.library.unit_costs[item.taxed or item.id].grows_with
        close(new[k], old[k] * factor[grows], item.id)


def test_money_follows_the_size_of_the_population(world: World, evaluated: Evaluation) -> None:
    cohorts = tuple(replace(c, size=2 * c.size) for c in world.plan.cohorts)
    twice = replace(world, plan=replace(world.plan, cohorts=cohorts)).flows()[0]
    for name in (*MONEY, "counts", "group_counts", "group_size", "participants", "programme_cost"):
        close(getattr(twice, name), 2 * getattr(evaluated.flows[0], name), name)
    assert twice.followed.tobytes() == evaluated.flows[0].followed.tobytes()


# ---------------------------------------------------------------- time


def test_money_counts_less_the_higher_the_discount_rate(world: World, evaluated: Evaluation) -> None:
    rates = [changed(world.plan.preset.discount_rate, to=lambda x, k=k: k * x) for k in (0, 1, 2)]
    plain, once, twice = (answer_of(world.plan, [evaluated], [rate]) for rate in rates)
    compared = 0
    for name in plain.weights(0):
        for flow in (lambda f: f.cost, lambda f: np.maximum(f.average, 0), lambda f: np.minimum(f.average, 0)):
            undiscounted = (plain.weights(0)[name] @ flow(evaluated.flows[0])).sum()
            values = [answer.present(flow, name)[0] for answer in (plain, once, twice)]
            assert values[0] == pytest.approx(undiscounted, rel=1e-12)
            assert abs(values[0]) >= abs(values[1]) >= abs(values[2])
            compared += abs(values[1]) > abs(values[2])
    assert compared > 10


def test_a_later_start_of_the_same_programme_moves_the_path(apart: World) -> None:
    """A cohort born in 2026 can start at 3 whether it is offered from 2026 or 2027; only the dating moves."""
    scenario = replace(apart.plan.scenario, start_year=apart.plan.start_year + 1)
    later = replace(apart, plan=replace(apart.plan, scenario=scenario)).with_arms(offers_of(scenario))
    now, then = apart.flows()[0], later.flows()[0]
    for name in ("cost", "average"):
        path = getattr(now, name)
        assert not path[:, 0].any()
        close(getattr(then, name), path[:, 1:], name)
    close(then.programme_cost, now.programme_cost * (1 + apart.plan.preset.discount_rate.value))
    close(then.counts[1] - then.counts[0], now.counts[1] - now.counts[0])


def test_all_years_before_the_start_are_exactly_zero(world: World, arms: dict[str, Flows]) -> None:
    before = LATE - world.plan.start_year
    for name in MONEY:
        flow = getattr(arms["late"], name)
        if flow.shape[-1] == len(world.plan.years):
            assert not flow[..., :before].any(), name
    assert arms["late"].avoided[:, before:].any()


def test_what_has_ended_recruits_nobody(world: World, arms: dict[str, Flows]) -> None:
    before = LATE - world.plan.start_year
    assert not arms["ended"].cost[:, before:].any()
    assert arms["ended"].cost[:, :before].any()
    assert arms["ended"].avoided[:, before:].any()


# ---------------------------------------------------------------- arms and reach


def test_an_arm_does_not_feel_the_others(evaluated: Evaluation, arms: dict[str, Flows]) -> None:
    assert different(arms["package"], evaluated.flows[0]) == []
    assert different(arms["package"], arms["again"]) == []


def test_an_arm_counts_the_same_alone(world: World) -> None:
    named = arms_of(world)
    together = world.with_arms(*named.values()).counts()
    for k, name in enumerate(named):
        alone = world.with_arms(named[name]).counts()
        assert alone.tally.tobytes() == together.tally[[0, k + 1]].tobytes(), name


def test_the_order_of_programmes_does_not_matter(arms: dict[str, Flows]) -> None:
    one, other, moved = arms["package"], arms["reordered"], list(MOVED)
    assert {*different(one, other)} <= {*WITHOUT_EFFECT, "followed", "wanted_gaps"}
    assert other.participants.tobytes() == one.participants[moved].tobytes()
    assert other.programme_cost.tobytes() == one.programme_cost[moved].tobytes()
    close(other.cost, one.cost)


@pytest.mark.parametrize("name", ["empty", "today"])
def test_nothing_new_changes_nothing(arms: dict[str, Flows], name: str) -> None:
    assert nonzero(arms[name]) == []


def test_a_null_programme_only_costs(arms: dict[str, Flows]) -> None:
    assert nonzero(arms["null"], *WITHOUT_EFFECT) == []
    assert arms["null"].cost.sum() > 0
    assert not arms["null"].newborn[1].any()
    assert not arms["null"].batches[0][:, 1:].any()


def test_no_effect_is_as_the_null_programme(offered: dict[str, Flows]) -> None:
    assert nonzero(offered["no effect"], *WITHOUT_EFFECT) == []
    assert offered["no effect"].cost.tobytes() == offered["full"].cost.tobytes()


def test_more_coverage_reaches_those_before_and_others(apart: World) -> None:
    """Where nobody meets, reaching 0.1–0.7 is reaching 0.1–0.4 and 0.4–0.7: the same persons, the same gains."""
    komet = offers(apart)["komet"]
    reaches = [(0.1, 0.4), (0.4, 0.7), (0.1, 0.7)]
    found = apart.with_arms(*([replace(komet, today=a, coverage=b)] for a, b in reaches)).counts()
    low, high, both = found.started.sum(axis=0)
    assert np.array_equal(low + high, both)
    assert low.sum() > 20
    assert high.sum() > 20
    assert np.array_equal(difference(found, 1) + difference(found, 2), difference(found, 3))
    assert difference(found, 1).any()


def test_less_deadweight_gives_more_effect_at_the_same_cost(apart: World, offered: dict[str, Flows]) -> None:
    full, less = offered["full"], offered["less deadweight"]
    assert less.cost.tobytes() == full.cost.tobytes()
    assert less.participants.tobytes() == full.participants.tobytes()
    for factor in ("conduct_problems", "learning_difficulties"):
        assert outcome_changes(apart, less)[factor] < outcome_changes(apart, full)[factor] < 0


def test_twice_the_effect_makes_a_larger_gap(apart: World, offered: dict[str, Flows]) -> None:
    full, twice = offered["full"], offered["twice"]
    assert all(two > one > 0 for one, two in zip(full.wanted_gaps, twice.wanted_gaps, strict=True))
    for factor in ("conduct_problems", "learning_difficulties"):
        assert outcome_changes(apart, twice)[factor] < outcome_changes(apart, full)[factor]


# ---------------------------------------------------------------- causes


@pytest.fixture(scope="module")
def causeless(library: Library, fitted: Fit) -> World:
    """All causal odds ratios are 1."""
    return make_world(library, fitted, NEWBORN, (), causal=0.0)


@pytest.mark.parametrize(("on", "age"), [("conduct_problems", 3), ("offending", 12), ("mental_ill_health", 12)])
def test_without_causes_only_what_is_aimed_at_moves(causeless: World, apart: World, on: str, age: int) -> None:
    ages = (age, age)
    null, real = (w.with_arms([do(w, on, ages, 10)]) for w in (causeless, apart))
    moved = rows_changed(null, null.flows()[0])
    assert on in moved
    assert moved <= necessary(null, on)
    assert rows_changed(real, real.flows()[0]) > necessary(null, on)


def test_without_causes_a_programme_moves_its_target_alone(causeless: World) -> None:
    komet = replace(offers(causeless)["komet"], coverage=1.0, today=0.0)
    found = causeless.with_arms([komet]).flows()[0]
    assert rows_changed(causeless, found) == {"conduct_problems"}


def test_peers_without_force_are_no_peers(library: Library, fitted: Fit, apart: World) -> None:
    cell = [e.causal for e in library.edges if e.via == "cell"]
    idle = make_world(library, fitted, NEWBORN, (), value=changed(*cell, to=lambda x: 1.0))
    meeting = make_world(library, fitted, NEWBORN, ())
    full = [replace(offers(apart)["komet"], coverage=1.0)]
    one, two, three = (w.with_arms(full).counts().tally.tobytes() for w in (apart, idle, meeting))
    assert cell
    assert one == two
    assert one != three


@pytest.fixture(scope="module")
def childhoods(library: Library, fitted: Fit) -> list[tuple[World, Flows]]:
    """No conduct problems at 3 to 17, as fitted and where the liabilities weigh more; causes stay."""
    heavy = {row: {name: STRONG * x for name, x in loads.items()} for row, loads in fitted.loadings.items()}
    fits = fitted, replace(fitted, loadings=heavy)
    worlds = [make_world(library, fit, NEWBORN, (), persons=20_000) for fit in fits]
    return [(w, w.with_arms([do(w, "conduct_problems", (3, 3), 15)]).flows()[0]) for w in worlds]


def test_children_without_conduct_problems_commit_fewer_crimes(childhoods: list[tuple[World, Flows]]) -> None:
    world, flows = childhoods[0]
    gains, error = outcome_changes(world, flows), np.sqrt(flows.counts_variance)
    for name in ("conduct_problems", "offending", "convicted"):
        k = [spec.id for spec in world.plan.outcomes].index(name)
        assert gains[name] < -4 * error[k], name


def test_a_stronger_association_makes_no_stronger_programme(childhoods: list[tuple[World, Flows]]) -> None:
    (fitted, gain), (heavy, gain_heavy) = childhoods
    assert np.log(odds_ratio(heavy)) > 1.3 * np.log(odds_ratio(fitted))
    for name in ("offending", "convicted"):
        k = [spec.id for spec in fitted.plan.outcomes].index(name)
        rise = outcome_changes(fitted, gain)[name] - outcome_changes(heavy, gain_heavy)[name]
        assert rise < 2 * np.sqrt(gain.counts_variance[k] + gain_heavy.counts_variance[k]), name


def test_neither_persons_nor_arms_nor_luck_move_the_intercepts(apart: World) -> None:
    plan = replace(apart.plan, persons=(500,), seed=2, arms=((do(apart, "offending", (12, 12), 10),),))
    other = prepare(plan, central, peers=False, persons=CALIBRATION).model.tables
    for name, one in apart.prepared.model.tables._asdict().items():
        assert one.tobytes() == getattr(other, name).tobytes(), name
