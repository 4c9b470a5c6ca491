"""Valuation against closed forms and published arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from livsbana.valuation.belief import break_even_marginal, break_even_root
from livsbana.valuation.breakeven import BreakEven, break_even, break_even_years
from livsbana.valuation.budget_impact import stack
from livsbana.valuation.discount import discount_factors
from livsbana.valuation.mvpf import mvpf
from livsbana.valuation.payer import summarise_payer
from livsbana.valuation.present_value import cumulative, present_value
from livsbana.valuation.qaly import qaly_gain
from livsbana.valuation.ratios import bcr, recovery_share
from livsbana.valuation.society import social_net
from livsbana.valuation.wrong_pocket import largest_shares, split_cost, wrong_pocket_index, wrong_pockets

YEARS = np.arange(2026, 2092)
FLOWS = hnp.arrays(np.float64, (3, 66), elements=st.floats(min_value=-1e6, max_value=1e6, allow_subnormal=False))


def number(value: float) -> np.ndarray:
    return np.array(value)


@pytest.mark.parametrize("rate", [0.03, 0.035, 0.001])
@pytest.mark.parametrize("years", [1, 10, 66])
def test_annuity_paid_mid_year(rate: float, years: int) -> None:
    flow = np.full(years, 1000.0)
    closed = 1000 * (1 - (1 + rate) ** -years) / rate * math.sqrt(1 + rate)
    assert present_value(flow, YEARS[:years], 2026, rate) == pytest.approx(closed)


def test_growing_annuity() -> None:
    growth, rate = 0.013, 0.035
    flow = np.array([1000 * (1 + growth) ** year for year in range(66)])
    ratio = (1 + growth) / (1 + rate)
    closed = 1000 * (1 - ratio**66) / (1 - ratio) / math.sqrt(1 + rate)
    assert present_value(flow, YEARS, 2026, rate) == pytest.approx(closed)


def test_a_later_decision_is_worth_the_rate_more() -> None:
    early, late = discount_factors(YEARS, 2026, 0.035), discount_factors(YEARS, 2027, 0.035)
    assert late == pytest.approx(early * 1.035)
    assert discount_factors(YEARS, 2026, 0.0) == pytest.approx(np.ones(66))


@settings(deadline=None)
@given(FLOWS, st.floats(min_value=0, max_value=0.1))
def test_running_sum_ends_at_the_present_value(flow: np.ndarray, rate: float) -> None:
    running = cumulative(flow, YEARS, 2026, rate)
    assert running[:, -1] == pytest.approx(present_value(flow, YEARS, 2026, rate), rel=1e-9, abs=1e-3)


@settings(deadline=None)
@given(FLOWS, st.floats(min_value=0.01, max_value=100))
def test_currency_rescales(flow: np.ndarray, rate_of_exchange: float) -> None:
    cost, avoided = np.abs(flow), np.abs(flow[::-1])
    here = wrong_pockets(cost, avoided, YEARS, 2026, 0.03, 4)
    there = wrong_pockets(cost * rate_of_exchange, avoided * rate_of_exchange, YEARS, 2026, 0.03, 4)
    assert there.index == pytest.approx(here.index, rel=1e-9, nan_ok=True)
    pv = present_value(flow * rate_of_exchange, YEARS, 2026, 0.03)
    assert pv == pytest.approx(rate_of_exchange * present_value(flow, YEARS, 2026, 0.03), rel=1e-9, abs=1e-6)


def test_break_even_first_and_lasting() -> None:
    path = np.array([0.0, 0.0, -5.0, -1.0, 2.0, -1.0, 0.0, 3.0])
    assert break_even(path, YEARS[:8]) == BreakEven(2030, 2032)


def test_break_even_never() -> None:
    assert break_even(np.array([-5.0, -4.0, -3.0]), YEARS[:3]) == BreakEven(None, None)
    assert break_even(np.array([-5.0, 4.0, -3.0]), YEARS[:3]) == BreakEven(2027, None)
    assert break_even(np.zeros(3), YEARS[:3]) == BreakEven(None, None)


def test_break_even_keeps_leading_axes() -> None:
    paths = np.array([[[-1.0, 1.0], [-1.0, -1.0]], [[1.0, 1.0], [0.0, 0.0]]])
    first, lasting = break_even_years(paths, [2026, 2027])
    np.testing.assert_array_equal(first, [[2027, np.nan], [2026, np.nan]])
    np.testing.assert_array_equal(lasting, first)


def test_wsipp_nurse_family_partnership_2016() -> None:
    """Taxpayer, participant, other and indirect benefits sum to 1.88 times the cost; WSIPP 2016 dollars."""
    benefits = number(7489 + 8995 + 5931 - 3257)
    assert bcr(benefits, number(10170)) == pytest.approx(1.88, abs=0.005)


def test_wsipp_nurse_family_partnership_2022() -> None:
    benefits = number(5061 + 13270 + 983 + 1181)
    assert bcr(benefits, number(13925)) == pytest.approx(1.47, abs=0.005)
    assert recovery_share(number(5061), number(13925)) == pytest.approx(0.36, abs=0.005)


def test_wsipp_triple_p_and_a_programme_that_saves() -> None:
    assert bcr(number(1120), number(150)) == pytest.approx(7.48, abs=0.02)
    assert math.isnan(bcr(number(1641), number(-560)))


def test_perry_mvpf_from_components() -> None:
    """Cost 17 759, fiscal return 16 353, net 1 406; MVPF 43.6 (Hendren & Sprung-Keyser 2020)."""
    perry = mvpf(number(61_300), number(17_759), number(16_353))
    assert perry.net_cost == 1406
    assert perry.value == pytest.approx(43.6, abs=0.05)


def test_mvpf_of_what_pays_for_itself() -> None:
    found = mvpf(np.array([10.0, -10.0, -10.0, 10.0]), np.array([5.0, 5, 5, 5]), np.array([5.0, 9, 0, 9]))
    np.testing.assert_array_equal(found.value, [np.inf, np.nan, -2, np.inf])


def test_ulfsdotter_cost_per_qaly() -> None:
    """326.3 euro a parent for 0.0069 QALY a family is 47 290 euro a QALY (Ulfsdotter et al. 2015)."""
    person_years = np.array([[69, 0]], dtype=np.int64)
    qalys = qaly_gain(person_years, np.array([0.1, 0.5])).sum() / 1000
    assert 326.3 / qalys == pytest.approx(47_290, rel=1e-4)


def test_koto_payment() -> None:
    """Tax +1 330 and transfers −1 340 for each of 2 636 persons; half of it is paid, about 3.5 million euro."""
    gain_each = np.array([1330.0, 1340.0])
    assert social_net(gain_each, [0, 1], 1.0) == 2670
    assert 0.5 * 2636 * social_net(gain_each, [0, 1], 1.0) == pytest.approx(3.5e6, rel=0.01)


def test_wrong_pocket_index_ends() -> None:
    assert wrong_pocket_index(np.array([1.0, 3.0]), np.array([10.0, 30.0])) == pytest.approx(0)
    assert wrong_pocket_index(np.array([1.0, 0.0]), np.array([0.0, 5.0])) == pytest.approx(1)
    assert wrong_pocket_index(np.array([1.0, 0.0]), np.array([0.0, -5.0])) == 1
    assert math.isnan(wrong_pocket_index(np.zeros(2), np.array([1.0, 1.0])))
    assert wrong_pocket_index(np.array([4.0, 0.0]), np.array([1.0, 3.0])) == pytest.approx(0.75)


def test_wrong_pocket_within_a_mandate_counts_four_years() -> None:
    cost, avoided = np.zeros((2, 66)), np.zeros((2, 66))
    cost[0, 0], avoided[0, 3], avoided[1, 4] = 10, 1, 99
    found = wrong_pockets(cost, avoided, YEARS, 2026, 0.0, 4)
    assert found.index == pytest.approx(0.99)
    assert found.index_within_mandate == pytest.approx(0)


PARTIES = st.integers(1, 4).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float64, (7, n), elements=st.floats(min_value=1, max_value=1e6)),
        hnp.arrays(np.float64, (7, n), elements=st.floats(min_value=-1e6, max_value=3e6)),
    )
)


@settings(deadline=None)
@given(PARTIES)
def test_a_split_that_harms_nobody_exists_just_when_all_gain_together(flows: tuple[np.ndarray, np.ndarray]) -> None:
    cost, avoided = flows
    shares = split_cost(largest_shares(cost, avoided))
    bill = cost.sum(axis=1)
    if shares is None:
        assert avoided.sum() < cost.sum() * (1 + 1e-9)
        return
    assert avoided.sum() >= cost.sum() * (1 - 1e-9)
    assert shares.sum() == pytest.approx(1, rel=1e-9)
    assert np.all(avoided.mean(axis=0) - shares * bill.mean() >= -1e-6 * bill.mean())


@settings(deadline=None)
@given(PARTIES)
def test_at_most_a_fifth_of_the_draws_are_bad_for_anybody(flows: tuple[np.ndarray, np.ndarray]) -> None:
    cost, avoided = flows
    shares = split_cost(largest_shares(cost, avoided, 0.2))
    if shares is None:
        return
    nets = avoided - shares * cost.sum(axis=1, keepdims=True)
    assert shares.sum() == pytest.approx(1, rel=1e-9)
    assert np.all((nets >= -1e-6 * cost.sum(axis=1, keepdims=True)).mean(axis=0) >= 0.8)


def test_who_loses_by_the_programme_is_made_whole_and_no_more() -> None:
    shares = split_cost(largest_shares(np.array([[100.0, 0.0, 0.0]]), np.array([[50.0, 130.0, -30.0]])))
    assert shares is not None
    np.testing.assert_allclose(shares, [130 / 180 * 0.5, 130 / 180 * 1.3, -0.3])
    assert split_cost(largest_shares(np.array([[100.0, 0.0]]), np.array([[50.0, 49.0]]))) is None


def test_stack_of_cohorts() -> None:
    flow = np.array([[-10.0, 2.0, 3.0]])
    np.testing.assert_array_equal(stack(flow, 3), [[-10, -8, -5, 5, 3]])
    assert stack(flow, 7).sum() == pytest.approx(7 * flow.sum())
    with pytest.raises(ValueError, match="at least one"):
        stack(flow, 0)


def test_belief_at_which_the_net_is_zero() -> None:
    assert break_even_root([0, 0.5, 1, 1.5], [-10, -5, 0, 5]) == 1
    assert break_even_root([1.5, 0, 1, 0.5], [4, -10, 2, -6]) == pytest.approx(0.875)
    assert break_even_root([0, 1, 2], [-10, -5, -1]) is None
    assert break_even_root([0, 1, 2], [0, 0, 0]) is None
    assert break_even_root([0, 0.8, 1, 3], [1, -1, -2, 2]) == pytest.approx(0.4)


def test_marginal_share_at_which_the_net_is_zero() -> None:
    assert break_even_marginal(200.0, 50.0) == 0.25
    assert break_even_marginal(0.0, 50.0) is None
    assert break_even_marginal(-5.0, 50.0) is None


def test_payer_summary() -> None:
    cost, avoided = np.zeros(66), np.full(66, 10.0)
    cost[0] = 95
    line = summarise_payer(cost, avoided, avoided / 2, YEARS, 2026, 0.035)
    assert line.net == pytest.approx(line.avoided_cost - line.programme_cost)
    assert line.cashable_net == pytest.approx(line.avoided_cost / 2 - line.programme_cost)
    assert line.undiscounted_break_even_year == 2035
    assert line.break_even_year == line.lasting_break_even_year == 2037


def test_nothing_happens_is_worth_nothing() -> None:
    zero = np.zeros((4, 66))
    line = summarise_payer(zero, zero, zero, YEARS, 2026, 0.03)
    assert not line.net.any()
    assert not line.avoided_cost.any()
    assert np.isnan(line.break_even_year).all()
    assert not stack(zero, 10).any()


def test_tax_factor_weighs_public_money_only() -> None:
    net = np.array([-100.0, 40.0, 70.0])
    assert social_net(net, [0, 1], 1.0) == pytest.approx(10)
    assert social_net(net, [0, 1], 1.3) == pytest.approx(70 - 78)
