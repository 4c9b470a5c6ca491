"""Sensitivity indices and value of information against closed forms, and what they must refuse."""

from __future__ import annotations

from math import pi
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import norm, qmc

from livsbana.uncertainty.indices import (
    Index,
    convergence,
    disagreements,
    estimate,
    make_design,
    noise_share,
    persons_needed,
    ties,
)
from livsbana.uncertainty.information import decisions_over_life, partial_information, perfect_information

FloatArray = npt.NDArray[np.float64]
STANDARD = NormalDist()
G_WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])


def ishigami(u: FloatArray) -> FloatArray:
    x = pi * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def g_function(u: FloatArray) -> FloatArray:
    return ((np.abs(4 * u - 2) + G_WEIGHTS) / (1 + G_WEIGHTS)).prod(axis=1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ishigami(seed: int) -> None:
    """Closed form: S1 = 0.3139, 0.4424, 0; ST = 0.5576, 0.4424, 0.2437; only the first and third interact."""
    design = make_design(["x1", "x2", "x3"], 1024, seed, second_order=True)
    found = estimate(design, ishigami(design.points))
    for name, first, total in (("x1", 0.3139, 0.5576), ("x2", 0.4424, 0.4424), ("x3", 0.0, 0.2437)):
        assert found.by_input[name].first == pytest.approx(first, abs=0.03)
        assert found.by_input[name].total == pytest.approx(total, abs=0.03)
    assert found.second["x1", "x3"][0] == pytest.approx(0.2437, abs=0.05)
    assert found.second["x1", "x2"][0] == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("seed", [0, 1])
def test_g_function(seed: int) -> None:
    """Closed form: V_i = 1/(3(1+a_i)²), V = Π(1+V_i) − 1, ST_i = V_i Π_{j≠i}(1+V_j) / V."""
    part = 1 / (3 * (1 + G_WEIGHTS) ** 2)
    whole = (1 + part).prod() - 1
    design = make_design([f"x{k}" for k in range(8)], 1024, seed)
    found = estimate(design, g_function(design.points))
    for k, index in enumerate(found.by_input.values()):
        assert index.first == pytest.approx(part[k] / whole, abs=0.03)
        assert index.total == pytest.approx(part[k] * (whole + 1) / (1 + part[k]) / whole, abs=0.03)


def test_primitives_of_one_input_move_together() -> None:
    """x1 and x3 of Ishigami's function as one input: their shares and their interaction are its own."""
    design = make_design(["pair", "x2", "pair"], 1024, 3)
    found = estimate(design, ishigami(design.points)).by_input
    assert list(found) == ["pair", "x2"]
    assert found["pair"].first == pytest.approx(0.5576, abs=0.03)
    assert found["pair"].total == pytest.approx(0.5576, abs=0.03)


@pytest.mark.parametrize("seed", [0, 5])
def test_same_seed_same_numbers(seed: int) -> None:
    one, again = (make_design(["a", "b", "c"], 64, seed) for _ in range(2))
    assert one.points.tobytes() == again.points.tobytes()
    assert estimate(one, ishigami(one.points)) == estimate(again, ishigami(again.points))
    assert one.points.tobytes() != make_design(["a", "b", "c"], 64, seed + 1).points.tobytes()


def test_a_larger_design_begins_with_the_smaller() -> None:
    small, large = (make_design(["a", "b", "c"], n, 4) for n in (64, 256))
    assert small.points.tobytes() == large.points[: len(small.points)].tobytes()
    found = convergence(large, ishigami(large.points))
    assert list(found) == [32, 64, 128, 256]
    assert found[64] == estimate(small, ishigami(small.points))


def test_two_seeds_agree_on_ishigami() -> None:
    one, other = (make_design(["x1", "x2", "x3"], 512, seed) for seed in (1, 2))
    assert disagreements(estimate(one, ishigami(one.points)), estimate(other, ishigami(other.points))) == []


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_refused(wrong: float) -> None:
    design = make_design(["a", "b", "c"], 8, 0)
    output = ishigami(design.points)
    output[7] = wrong
    with pytest.raises(ValueError, match="first at evaluation 7"):
        estimate(design, output)


def test_constant_short_and_odd_designs_are_refused() -> None:
    design = make_design(["a", "b"], 8, 0)
    with pytest.raises(ValueError, match="does not vary"):
        estimate(design, np.ones(len(design.points)))
    with pytest.raises(ValueError, match="evaluations"):
        estimate(design, np.ones(3))
    with pytest.raises(ValueError, match="power of two"):
        make_design(["a", "b"], 1000, 0)
    with pytest.raises(ValueError, match="two inputs"):
        make_design(["a", "a"], 8, 0)


def test_inputs_with_overlapping_intervals_are_tied() -> None:
    found = {"a": Index(0, 0, 0.5, 0.05), "b": Index(0, 0, 0.42, 0.04), "c": Index(0, 0, 0.1, 0.02)}
    assert ties(found) == [("a", "b"), ("c",)]


def test_persons_needed_brings_the_noise_down_to_the_limit() -> None:
    """With noise 3/n and a true variance of 2e-4, the share at the number of persons given is the limit."""
    persons, noise, true = 5_000, 3.0, 2e-4
    needed = persons_needed((noise / persons) / (noise / persons + true), persons)
    assert (noise / needed) / (noise / needed + true) == pytest.approx(0.10, rel=1e-3)
    assert persons_needed(0.05, persons) == persons
    with pytest.raises(ValueError, match="simulate more persons"):
        persons_needed(1.2, persons)
    assert noise_share(np.array([1.0, 1.0]), np.array([0.0, 4.0])) == pytest.approx(1 / 8)


# ---------------------------------------------------------------- value of information


def scores(draws: int, size: int, seed: int) -> FloatArray:
    return norm.ppf(qmc.Sobol(size, rng=seed).random(draws))


def expected_gain(mean: float, sd: float) -> float:
    """Value of knowing a normal net benefit against doing nothing."""
    return sd * STANDARD.pdf(mean / sd) + mean * STANDARD.cdf(mean / sd) - max(mean, 0.0)


@pytest.mark.parametrize("mean", [-0.8, 0.0, 0.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_analytic_normal_case(mean: float, seed: int) -> None:
    """NB = mean + 2 z0 + 1 z1 + 0.5 z2 against 0, each group's and the whole value within 2 %."""
    z = scores(8192, 3, seed)
    net = np.column_stack([np.zeros(len(z)), mean + z @ np.array([2.0, 1.0, 0.5])])
    assert perfect_information(net).value == pytest.approx(expected_gain(mean, 5.25**0.5), rel=0.02)
    assert partial_information(net, z[:, :1]).value == pytest.approx(expected_gain(mean, 2.0), rel=0.02)
    assert partial_information(net, z[:, :2]).value == pytest.approx(expected_gain(mean, 5**0.5), rel=0.02)


def test_a_curved_net_benefit_and_an_interaction() -> None:
    """NB = z0² − 1 against 0: the value is E[max(z²−1, 0)] = 2 φ(1); alone, neither half of a product tells."""
    z = scores(8192, 3, 2)
    curved = np.column_stack([np.zeros(len(z)), z[:, 0] ** 2 - 1 + 0.5 * z[:, 1]])
    assert partial_information(curved, z[:, :1]).value == pytest.approx(2 * STANDARD.pdf(1.0), rel=0.02)
    product = np.column_stack([np.zeros(len(z)), z[:, 0] * z[:, 1]])
    assert partial_information(product, z[:, :1]).value < 0.02
    assert partial_information(product, z[:, :2]).value == pytest.approx(1 / pi, rel=0.02)


def test_a_group_that_tells_nothing_is_worth_nothing_and_none_is_worth_more_than_all() -> None:
    z = scores(4096, 3, 3)
    net = np.column_stack([np.zeros(len(z)), 0.2 + z[:, 0], 0.1 + z[:, 1]])
    assert partial_information(net, z[:, 2:]).value < 0.01
    assert 0 < partial_information(net, z[:, :1]).value < perfect_information(net).value


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 40 are needed"):
        partial_information(np.zeros((30, 2)), np.zeros((30, 3)))


def test_decisions_are_discounted() -> None:
    assert decisions_over_life(100, 2026, 5, 0.0) == pytest.approx(500)
    one, two = (decisions_over_life(100, 2026, years, 0.035) for years in (1, 2))
    assert two - one == pytest.approx(one / 1.035)
