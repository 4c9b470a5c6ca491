"""Prices against closed forms: floor, ceiling, cap, rate card, milestones, and sharing the bill."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from livsbana.pricing.corridor import (
    capped,
    caused_part,
    ceilings,
    expected_capped,
    floor_price,
    milestone_price,
    numbers_paid,
    paid_once,
    state_cap,
    worst_mean,
)
from livsbana.pricing.rate_card import common_margin, margins, neutral_prices
from livsbana.runs.sharing import PARTIES, Budgets, cost_sharing

SHARES = {str(party): 1.0 for party in PARTIES}
MONEY = st.floats(min_value=-1e6, max_value=1e6)


def test_floor_without_risk_is_cost_over_expected_outcomes() -> None:
    """C (1 + i)^tau / (n p1): 10 MSEK, 5 per cent, 8 years, 200 persons of whom 60 per cent achieve."""
    cost = 10e6 * 1.05**8
    found = floor_price(np.array([cost]), numbers_paid([200.0], [0.6]), 0.0)
    assert found == pytest.approx(cost / (200 * 0.6), rel=1e-9)


def test_floor_without_luck_asks_nothing_for_risk() -> None:
    assert floor_price(np.array([1e6]), np.full((1, 200), 50.0), 5.0) == pytest.approx(20_000)


def test_floor_with_two_equally_likely_numbers() -> None:
    """K is 0 or 2K: the worst twentieth lose all of C, so that E[P K] = C + eta C."""
    paid = np.array([[0.0, 200.0] * 100])
    assert floor_price(np.array([1e6]), paid, 0.3) == pytest.approx(1.3e6 / 100, rel=1e-9)


def test_no_floor_where_nothing_is_ever_paid_for() -> None:
    assert floor_price(np.array([1e6]), np.zeros((1, 200)), 0.1) is None


@settings(deadline=None)
@given(
    st.floats(min_value=5, max_value=5_000),
    st.floats(min_value=0.02, max_value=0.98),
    st.floats(min_value=0, max_value=1),
    st.floats(min_value=1e3, max_value=1e8),
)
def test_floor_is_the_smallest_price_that_covers_cost_and_risk(n: float, p: float, weight: float, cost: float) -> None:
    paid, costs = numbers_paid([n], [p]), np.array([cost])
    found = floor_price(costs, paid, weight)
    if found is None:
        reject()

    def left(price: float) -> float:
        short = np.maximum(0.0, cost - price * paid)
        return price * paid.mean() - cost - weight * worst_mean(short)

    assert left(found) >= -1e-6 * cost
    assert left(found * (1 - 1e-6)) <= 1e-6 * cost
    assert found >= cost / (n * p) * (1 - 1e-9)


def test_numbers_paid_have_the_mean_and_spread_of_a_binomial() -> None:
    numbers = numbers_paid([400.0], [0.25])
    assert numbers.mean() == pytest.approx(100, rel=1e-12)
    assert numbers.std() == pytest.approx(np.sqrt(400 * 0.25 * 0.75), rel=0.02)
    assert numbers_paid([50.0, 80.0], [0.0, 1.0]).mean(axis=1).tolist() == [0.0, 80.0]


def test_worst_mean_is_that_of_the_worst_twentieth() -> None:
    assert worst_mean(np.arange(100.0)) == pytest.approx(np.arange(95, 100).mean())
    assert worst_mean(np.array([3.0])) == 3.0


def test_utah_is_why_deadweight_matters() -> None:
    """109 of 110 flagged children avoided special education; 10 to 20 per cent of them plausibly would not have."""
    assert caused_part(109 / 110, 0.85 * 109 / 110) == pytest.approx(0.15)
    assert caused_part(0.5, 0.6) == 0.0
    assert caused_part(0.0, 0.0) == 0.0


def test_ceiling_is_the_lower_value_times_the_share() -> None:
    values = {"municipality/home": [100.0, 80.0], "region/home": [20.0, 30.0], "state": [200.0]}
    shares = {"municipality/home": 0.5, "region/home": 1.0, "state": 0.25}
    assert ceilings(values, shares) == {"municipality/home": 40.0, "region/home": 20.0, "state": 50.0}


def test_who_loses_by_an_outcome_is_made_whole_before_it_is_priced() -> None:
    values = {"municipality/home": [-30.0], "region/home": [20.0], "state": [100.0]}
    found = ceilings(values, SHARES)
    assert found["municipality/home"] == 0.0
    assert sum(found.values()) == pytest.approx(90)
    assert found["state"] == pytest.approx(5 * found["region/home"])
    assert sum(ceilings({**values, "municipality/home": [-500.0]}, SHARES).values()) == 0.0


@given(st.tuples(MONEY, MONEY, MONEY), st.tuples(MONEY, MONEY, MONEY))
def test_ceiling_never_exceeds_what_all_gain_together(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    found = ceilings({name: [a, b] for name, a, b in zip(PARTIES, one, other, strict=True)}, SHARES)
    assert min(found.values()) >= 0
    together = min(sum(one), sum(other))
    assert sum(found.values()) <= max(together, 0.0) + 1e-6


def test_state_pays_no_more_than_half_of_the_costs() -> None:
    """National pilot: the state pays at most half of a constellation's costs (pre-study)."""
    cap = state_cap(34e6, 500.0, 0.5)
    assert cap == pytest.approx(34_000)
    cut = capped({"municipality/home": 10e3, "region/home": 0.0, "state": 50e3}, cap)
    assert cut.binds
    assert cut.total == pytest.approx(44e3)
    assert not capped({"municipality/home": 0.0, "region/home": 0.0, "state": 1e3}, cap).binds


@given(st.floats(min_value=1, max_value=1e5), st.floats(min_value=1, max_value=1e8))
def test_a_cap_makes_pay_concave(price: float, cap: float) -> None:
    """E[min(X, cap)] <= min(E[X], cap)."""
    paid = numbers_paid([120.0], [0.4])
    assert expected_capped(price, paid, cap) <= min(price * paid.mean(), cap) * (1 + 1e-12)


GROUPS = st.integers(1, 5).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float64, n, elements=st.floats(min_value=1, max_value=1e4)),
        hnp.arrays(np.float64, n, elements=st.floats(min_value=0.01, max_value=0.99)),
        hnp.arrays(np.float64, n, elements=st.floats(min_value=0, max_value=1e5)),
    )
)


@given(GROUPS, st.floats(min_value=1, max_value=1e6))
def test_rate_card_leaves_nothing_to_gain_from_picking_the_easy(
    groups: tuple[np.ndarray, np.ndarray, np.ndarray], price: float
) -> None:
    persons, chance, cost = groups
    card = neutral_prices(price, persons, chance, cost)
    earned = margins(card, chance, cost)
    scale = price + cost.max() + 1.0
    np.testing.assert_allclose(earned, common_margin(price, persons, chance, cost), atol=1e-6 * scale)
    assert (persons * card * chance).sum() == pytest.approx((persons * price * chance).sum(), rel=1e-9, abs=1e-3)


def test_one_price_pays_for_picking_the_easy() -> None:
    chance, cost = np.array([0.2, 0.8]), np.zeros(2)
    assert np.diff(margins([100.0, 100.0], chance, cost))[0] == pytest.approx(60)
    card = neutral_prices(100.0, np.ones(2), chance, cost)
    assert card.tolist() == pytest.approx([250, 62.5])
    assert np.isnan(neutral_prices(100.0, np.ones(2), np.array([0.0, 0.5]), cost)[0])


def test_milestone_is_worth_what_it_causally_adds() -> None:
    assert milestone_price(100_000, 0.2, 0.1, 4, 0.035) == pytest.approx(18_000 / 1.035**4)
    assert milestone_price(100_000, 0.0, 0.1, 4, 0.035) == 0
    assert milestone_price(100_000, -0.1, 0.1, 4, 0.035) == 0


def test_linked_outcomes_pay_the_highest_price_not_the_sum() -> None:
    assert paid_once([300.0, 500.0, 100.0]) == 500


def budgets(cost: np.ndarray, avoided: np.ndarray, mandate: int = 4) -> Budgets:
    return Budgets(cost, avoided, list(range(2026, 2026 + cost.shape[-1])), mandate, 0.0)


def test_a_bill_that_pays_too_late_is_shared_over_the_horizon_only() -> None:
    cost, avoided = np.zeros((1, 3, 20)), np.zeros((1, 3, 20))
    cost[0, 0, 0], avoided[0, 0, 1], avoided[0, 2, 10] = 10.0, 4.0, 12.0
    mandate, horizon = cost_sharing(budgets(cost, avoided))
    assert mandate.holds is None
    assert mandate.missing == pytest.approx(6)
    assert horizon.holds == "mean"
    assert horizon.parties["state"].share == pytest.approx(0.75)
    assert horizon.parties["state"].owes == pytest.approx(7.5)
    assert horizon.parties["municipality/home"].owes == pytest.approx(-7.5)
    assert horizon.parties["region/home"].net == 0


FLOWS = hnp.arrays(np.float64, (2, 6, 3, 5), elements=st.floats(min_value=-1e5, max_value=1e5))


@settings(deadline=None)
@given(FLOWS)
def test_a_split_leaves_nobody_worse_off_and_pays_the_bill(flows: np.ndarray) -> None:
    cost, avoided = np.abs(flows[0]) + 1.0, flows[1]
    for split in cost_sharing(budgets(cost, avoided)):
        parties = split.parties.values()
        assert sum(p.pays_today for p in parties) == pytest.approx(split.bill)
        if split.holds is None:
            assert split.joint_net < 1e-6 * split.bill
            assert split.missing == pytest.approx(-split.joint_net, abs=1e-6)
            continue
        assert sum(p.pays or 0.0 for p in parties) == pytest.approx(split.bill, rel=1e-9)
        assert sum(p.owes or 0.0 for p in parties) == pytest.approx(0, abs=1e-6 * split.bill)
        assert min(p.net for p in parties) >= -1e-6 * split.bill
        if split.holds == "mean_and_p20":
            assert min(p.net_p20 or 0.0 for p in parties) >= -1e-6 * split.bill


def test_nothing_to_share_where_the_parties_pay_nothing() -> None:
    nothing = np.zeros((1, 3, 10))
    assert cost_sharing(budgets(nothing, nothing + 1.0)) == []
