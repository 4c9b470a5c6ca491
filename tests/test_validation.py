"""Validation: scores against closed forms, verdicts on predictions of known quality, totals by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from math import exp, log, pi, sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livsbana.lifecourse.compile import Fit
from livsbana.lifecourse.measure import Counted, Measures, measures_of
from livsbana.parameters.library import Library
from livsbana.uncertainty.draws import central
from livsbana.validation.facts import compare, count, naive
from livsbana.validation.scores import RIVAL_SPREAD, Prediction, Scale, bayes_factor, interval_score, verdict
from livsbana.validation.totals import compare_totals, read_totals

PERSONS, SEED = 6_000, 5


@given(st.booleans(), st.floats(1e-4, 0.999))
def test_a_scale_comes_back(share: bool, x: float) -> None:
    scale = Scale(share)
    assert scale.back(scale(x)) == pytest.approx(x)


def test_bayes_factor_is_the_ratio_of_two_normal_densities() -> None:
    sd, noise, miss = 0.2, 0.1, 0.3
    right = NormalDist(0, sqrt(sd**2 + noise**2)).pdf(miss)
    rival = NormalDist(0, sqrt(sd**2 + noise**2 + RIVAL_SPREAD**2)).pdf(miss)
    assert bayes_factor(1.3, noise, Prediction(1.0, sd)) == pytest.approx(right / rival)


def test_a_sharp_hit_agrees_a_sharp_miss_does_not_and_a_vague_one_cannot_tell() -> None:
    assert verdict(bayes_factor(0.0, 0.05, Prediction(0.0, 0.05))) == "agree"
    assert verdict(bayes_factor(log(2), 0.05, Prediction(0.0, 0.05))) == "disagree"
    assert verdict(bayes_factor(0.0, 0.5, Prediction(0.0, 0.5))) == "inconclusive"


@given(st.floats(-3, 3), st.floats(0.01, 2), st.floats(0.01, 2))
def test_nearer_is_never_worse(miss: float, sd: float, noise: float) -> None:
    far = bayes_factor(miss * 1.5, noise, Prediction(0.0, sd))
    assert bayes_factor(miss, noise, Prediction(0.0, sd)) >= far * (1 - 1e-12)


def test_interval_score_by_hand() -> None:
    assert interval_score(2.0, 1.0, 4.0) == 3.0
    assert interval_score(0.5, 1.0, 4.0) == pytest.approx(3.0 + 20 * 0.5)
    assert interval_score(4.1, 1.0, 4.0) == pytest.approx(3.0 + 20 * 0.1)


def test_interval_score_is_proper() -> None:
    """The true 90 % interval of a standard normal has a smaller mean score than a narrower or a wider one."""
    grid = [k / 100 for k in range(-600, 601)]
    density = [exp(-x * x / 2) / sqrt(2 * pi) / 100 for x in grid]

    def mean(width: float) -> float:
        return sum(p * interval_score(x, -width, width) for x, p in zip(grid, density, strict=True))

    true = NormalDist().inv_cdf(0.95)
    assert mean(true) < min(mean(0.7 * true), mean(1.4 * true))


@pytest.fixture(scope="module")
def measures(library: Library) -> Measures:
    return Measures(measures_of(library).levels, (), ())


@pytest.fixture(scope="module")
def counted(library: Library, fitted: Fit, measures: Measures, pool: ThreadPoolExecutor) -> Counted:
    return count(library, fitted, central, measures, PERSONS, SEED, pool)


def test_every_frozen_fact_gets_a_verdict_disagreements_first(measures: Measures, counted: Counted) -> None:
    found = compare(measures, [counted])
    frozen = [m for m in measures.levels if getattr(m.target, "use", "") == "validation"]
    assert len(found.facts) == found.agree + found.inconclusive + found.disagree >= len({m.name for m in frozen}) > 20
    order = [("disagree", "inconclusive", "agree").index(f.verdict) for f in found.facts]
    assert order == sorted(order)
    assert all(f.low <= f.simulated <= f.high for f in found.facts)


def test_the_naive_rival_is_the_mean_of_the_factors_targets(measures: Measures) -> None:
    row = next(m.row for m in measures.levels if m.row.id == "conduct_problems")
    assert row.factor.targets != "none"
    scale = Scale(share=True)
    known = [scale(t.value.value) for t in row.factor.targets if t.use == "calibration"]
    rival = naive(row)
    assert rival is not None
    assert rival.mean == pytest.approx(sum(known) / len(known))


def test_totals_are_rates_times_todays_population(library: Library, fitted: Fit, pool: ThreadPoolExecutor) -> None:
    totals = read_totals(library)
    found = compare_totals(library, fitted, totals, PERSONS, SEED, pool)
    assert {t.id for t in found} == {t.id for t in totals}
    distance = [abs(log(t.ratio)) for t in found]
    assert distance == sorted(distance, reverse=True)
    employed = next(t for t in found if t.id == "employed")
    assert 3.5e6 < employed.simulated < 6e6
    assert employed.ratio == pytest.approx(employed.simulated / employed.published)
