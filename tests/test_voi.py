"""Value of information: the analytic normal case, and what must hold of any."""

from __future__ import annotations

from math import exp, pi, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from livsbana.uncertainty.luck import stream
from livsbana.uncertainty.voi import (
    choice_of,
    decisions_served,
    evpi,
    evppi,
    fund_or_not,
    state_options,
    wait_for,
)

STANDARD = NormalDist()
DRAWS = 60_000


def normal_loss(mean: float, sd: float) -> float:
    """E max(0, X) − max(0, E X) of a normal X: the unit normal loss integral (Raiffa and Schlaifer 1961)."""
    u = abs(mean) / sd
    return sd * (exp(-u * u / 2) / sqrt(2 * pi) - u * (1 - STANDARD.cdf(u)))


def scores(n: int = DRAWS, k: int = 3) -> np.ndarray:
    return stream(11, "test/voi").standard_normal((n, k))


@pytest.mark.parametrize("mean", [0.0, 0.5, -1.0])
def test_the_analytic_normal_case_within_two_per_cent(mean: float) -> None:
    z, weights = scores(), np.array([2.0, 1.0, 0.5])
    net = mean + z @ weights
    net += mean - net.mean()  # the sample's own mean is not what is tested
    nets = np.stack([np.zeros(DRAWS), net], axis=1)
    assert evpi(nets) == pytest.approx(normal_loss(mean, sqrt((weights**2).sum())), rel=0.02)
    for k, weight in enumerate(weights[:2]):
        assert evppi(nets, z[:, k]) == pytest.approx(normal_loss(mean, weight), rel=0.02)


def test_a_curved_net_is_followed() -> None:
    z = scores(k=2)
    net = z[:, 0] ** 2 - 1.0 + 3 * z[:, 1]  # E[net | z0] = z0² − 1, and E max(0, z² − 1) = 2 φ(1)
    nets = np.stack([np.zeros(DRAWS), net - net.mean()], axis=1)
    assert evppi(nets, z[:, 0]) == pytest.approx(2 * exp(-0.5) / sqrt(2 * pi), rel=0.03)


def test_no_group_is_worth_more_than_all_and_chance_is_told() -> None:
    z = scores(400, 20)
    net = 0.3 + 2 * z[:, 0] + 2 * stream(3, "test/luck").standard_normal(400)
    choice = choice_of(fund_or_not(net), z, [f"g{k}" for k in range(20)], 0.0, 1)
    assert choice.best == "fund"
    worths = choice.groups
    assert all(0 <= w.evppi <= choice.evpi for w in worths.values())
    assert worths["g0"].evppi > worths["g0"].floor
    assert [g for g, w in worths.items() if w.evppi > w.floor] == ["g0"]
    assert choice_of(fund_or_not(net), z, [f"g{k}" for k in range(20)], 0.0, 1) == choice


def test_luck_is_no_information() -> None:
    z = scores(20_000, 1)
    luck = 3 * stream(4, "test/luck").standard_normal(20_000)
    found = choice_of(fund_or_not(z[:, 0] + luck), z, ["g"], 0.9, 1)
    assert found.evpi == pytest.approx(normal_loss(0, 1), rel=0.05)


def test_a_sure_choice_is_worth_no_study() -> None:
    z = scores(500, 2)
    choice = choice_of(fund_or_not(-100 + z[:, 0]), z, ["a", "b"], 0.0, 1)
    assert choice.best == "do_not_fund"
    assert choice.evpi == 0
    assert [w.evppi for w in choice.groups.values()] == [0, 0]
    assert not wait_for(choice, 3, 0.035).worth_waiting


def test_waiting_costs_years_and_gains_knowledge() -> None:
    z = scores(5_000, 1)
    unsure = choice_of(fund_or_not(0.1 + 2 * z[:, 0]), z, ["a"], 0.0, 1)
    wait = wait_for(unsure, 3, 0.035)
    assert wait.worth_waiting
    assert wait.value == pytest.approx((unsure.options["fund"] + unsure.groups["a"].evppi) / 1.035**3)
    sure = choice_of(fund_or_not(10 + z[:, 0]), z, ["a"], 0.0, 1)
    assert not wait_for(sure, 3, 0.035).worth_waiting


def test_an_outcome_contract_never_pays_more_than_the_fee_and_a_transfer_is_one() -> None:
    public, cost, others = np.array([-9.0, -4.0, 5.0]), np.full(3, 10.0), np.full(3, 8.0)
    state = np.array([0.0, 1.0, 2.0])
    options = state_options(state, public, cost, others)
    assert list(options["fixed_fee"]) == [-8, -7, -6]
    assert list(state - options["outcome_contract"]) == [1, 6, 8]  # avoided 1, 6, 15, at most 8
    assert (options["outcome_contract"] >= options["fixed_fee"]).all()


def test_decisions_served() -> None:
    assert decisions_served(100, 10, 100, 1, 0.035) == 1
    assert decisions_served(100, 100, 200, 3, 0.0) == 6
    assert decisions_served(100, 10, 100, 2, 0.1) == pytest.approx(1 + 0.1 / 1.1)
