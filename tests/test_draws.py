"""Parameter draws: they say what was published, are keyed by address, and judgement is drawn jointly."""

from __future__ import annotations

from math import erf, exp, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livsbana.parameters.library import Library, load_library
from livsbana.parameters.schema import Number
from livsbana.uncertainty.draws import SHARES, Draw, central, draws_of, is_ratio, quantile

TAILS = {"90": (0.05, 0.95), "95": (0.025, 0.975)}
MOMENTS = {"beta", "gamma"}  # fitted by mean and spread: their ends come near, the others' are met
DRAWS, SEED = 2_000, 7
PARTS = st.floats(0.01, 5.0)


def number(value: float, low: float, high: float, unit: str = "number", **more: Any) -> Number:
    return Number(value=value, low=low, high=high, unit=unit, **{"source": "BP001", "status": "published", **more})


def guess(name: str, group: str, value: float = 0.0, **more: Any) -> Number:
    """A judgement whose value in a draw is its normal score, or its exponential for a ratio."""
    width = 1.959963984540054
    ends = (exp(-width) * value, exp(width) * value) if value else (-width, width)
    return number(value, *ends, status="assumption", source="judgement", why=name, group=group, **more)


def uncertain(library: Library) -> list[Number]:
    return [n for n in library.numbers.values() if n.low is not None and n.low != n.high and n.dist != "fixed"]


def ends(n: Number) -> tuple[float, float]:
    low, high = (quantile(n, p) for p in TAILS[n.interval])
    return low, high


# ---------------------------------------------------------------- what was published


@pytest.mark.parametrize("interval", ["90", "95"])
@pytest.mark.parametrize(
    ("dist", "value", "low", "high", "near"),
    [
        ("normal", 1.0, 0.2, 2.5, 0.0),
        ("normal", 1.0, 1.0, 2.5, 0.0),
        ("lognormal", 2.0, 1.2, 7.0, 0.0),
        ("lognormal", 10.0, 9.0, 10.0, 0.0),
        ("beta", 0.3, 0.2, 0.41, 0.07),
        ("beta", 0.05, 0.02, 0.09, 0.07),
        ("beta", 0.9, 0.75, 0.98, 0.07),
        ("gamma", 10.0, 5.0, 16.0, 0.07),
    ],
)
def test_the_published_interval_comes_back(
    interval: str, dist: str, value: float, low: float, high: float, near: float
) -> None:
    found = ends(number(value, low, high, dist=dist, interval=interval))
    assert found == pytest.approx((low, high), abs=near * (high - low) + 1e-12)


def test_a_uniform_number_has_its_ends_as_limits() -> None:
    n = number(3, 1, 5, dist="uniform")
    assert [quantile(n, p) for p in (1e-9, 0.25, 0.5, 1 - 1e-9)] == pytest.approx([1, 2, 3, 5])


@given(value=st.floats(-3, 3), down=PARTS, up=PARTS, interval=st.sampled_from(["90", "95"]))
def test_any_interval_is_met(value: float, down: float, up: float, interval: str) -> None:
    n = number(value, value - down, value + up, interval=interval)
    ratio = number(exp(value), exp(value - down), exp(value + up), "odds_ratio", interval=interval)
    for each in (n, ratio):
        assert ends(each) == pytest.approx((each.low, each.high), rel=1e-9)
        assert quantile(each, 0.5) == pytest.approx(each.value, rel=1e-9)


@given(
    value=st.floats(0.01, 0.99),
    down=st.floats(0.05, 0.95),
    up=st.floats(0.05, 0.95),
    dist=st.sampled_from(["normal", "lognormal", "beta", "gamma", "uniform"]),
    p=st.floats(0.001, 0.998),
)
def test_quantiles_rise(value: float, down: float, up: float, dist: str, p: float) -> None:
    n = number(value, value * (1 - down), value + up * (1 - value), "share", dist=dist)
    assert quantile(n, p) <= quantile(n, p + 0.001)


def test_intervals_of_the_library_come_back(library: Library) -> None:
    """Exactly where the distribution can; for shares nine of ten ends within 7 per cent of the interval's width."""
    by_moments = []
    for n in uncertain(library):
        low, high = ends(n)
        assert n.low is not None
        assert n.high is not None
        misses = np.abs([low - n.low, high - n.high]) / (n.high - n.low)
        if n.dist in MOMENTS or (n.dist is None and n.unit in SHARES):
            by_moments += misses.tolist()
        elif n.dist == "uniform":  # its ends are limits, not percentiles
            assert (quantile(n, 1e-12), quantile(n, 1 - 1e-12)) == pytest.approx((n.low, n.high))
        else:
            assert misses.max() < 1e-9, n
    assert np.quantile(by_moments, 0.9) < 0.07
    assert max(by_moments) < 0.25


@pytest.mark.parametrize(("value", "low", "high"), [(0.3, 0.2, 0.41), (0.05, 0.02, 0.09), (0.9, 0.75, 0.98)])
def test_the_mean_of_a_share_is_its_value(value: float, low: float, high: float) -> None:
    n = number(value, low, high, "share")
    assert np.mean([quantile(n, (k + 0.5) / 2000) for k in range(2000)]) == pytest.approx(value, rel=1e-3)


def test_values_stay_in_their_ranges(library: Library) -> None:
    shelf = uncertain(library)
    drawn = np.array([[draw(n) for n in shelf] for draw in draws_of(library, SEED, 40)])
    assert np.isfinite(drawn).all()
    for n, values in zip(shelf, drawn.T, strict=True):
        paid = n.unit.startswith("SEK") and n.value >= 0  # a cost that a programme saves is below 0
        least = 0.0 if n.unit in SHARES or is_ratio(n) or paid or n.unit == "ratio" else -np.inf
        least = 0.0 if n.unit.endswith("/person-year") else -1.0 if n.unit == "correlation" else least
        most = 1.0 if n.unit in (*SHARES, "correlation") else np.inf
        assert least <= values.min(), n
        assert values.max() <= most, n
        assert values.min() < values.max(), n


# ---------------------------------------------------------------- keys


def test_a_value_depends_on_seed_draw_and_address_alone(library: Library) -> None:
    shelf = uncertain(library)[::5]
    one, other = Draw(library, SEED, 3), Draw(library, SEED, 3)
    forward = [one(n) for n in shelf]
    assert forward == [other(n) for n in reversed(shelf)][::-1]
    assert forward == [one(n) for n in shelf]
    assert [draw(shelf[0]) for draw in draws_of(library, SEED, 2)] == [
        draw(shelf[0]) for draw in draws_of(library, SEED, 9)[:3]
    ]


def test_a_library_read_again_is_drawn_the_same(library: Library) -> None:
    again = load_library(library.root)
    one, other = Draw(library, SEED, 1), Draw(again, SEED, 1)
    assert {a: one(n) for a, n in library.numbers.items()} == {a: other(n) for a, n in again.numbers.items()}


def test_draws_and_seeds_differ(library: Library) -> None:
    shelf = uncertain(library)
    values = [[Draw(library, seed, k)(n) for n in shelf] for seed, k in ((SEED, 0), (SEED, 1), (SEED + 1, 0))]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        same = sum(x == y for x, y in zip(values[a], values[b], strict=True))
        assert same < 0.02 * len(shelf)


def test_certain_numbers_never_move(library: Library) -> None:
    certain = [n for n in library.numbers.values() if n.low is None or n.low == n.high or n.dist == "fixed"]
    assert len(certain) > 50
    for k in range(5):
        draw = Draw(library, SEED, k)
        assert [draw(n) for n in certain] == [n.value for n in certain]


def test_central_values_come_first(library: Library) -> None:
    first, *others = draws_of(library, SEED, 3)
    assert first is central
    assert len(others) == 3


# ---------------------------------------------------------------- judgement


@pytest.fixture(scope="module")
def judged(library: Library) -> np.ndarray:
    """Correlations over draws of five guesses in groups a, a, b, a, b and a published number."""
    numbers = [
        guess("one", "a"),
        guess("two", "a"),
        guess("three", "b"),
        guess("protects", "a", 0.5, unit="odds_ratio"),
        guess("harms", "b", 2.0, unit="odds_ratio"),
        number(0.0, -1.0, 1.0, why="published"),
    ]
    drawn = np.array([[draw(n) for n in numbers] for draw in draws_of(library, SEED, DRAWS)[1:]])
    drawn[:, 3:5] = np.log(drawn[:, 3:5])
    return np.corrcoef(drawn.T)


@pytest.mark.parametrize(
    ("first", "second", "correlation"),
    [(0, 1, 0.5), (0, 2, 0.3), (1, 2, 0.3), (2, 4, 0.5), (0, 3, -0.5), (3, 4, -0.3), (0, 5, 0.0), (4, 5, 0.0)],
)
def test_judgement_errs_together(judged: np.ndarray, first: int, second: int, correlation: float) -> None:
    """Half of the variance is shared in a group, three tenths with all; ratios below 1 move the other way."""
    assert judged[first, second] == pytest.approx(correlation, abs=4 * (1 - correlation**2) / sqrt(DRAWS))


def test_scores_are_standard_normal(library: Library) -> None:
    n = guess("one", "a")
    scores = np.sort([draw(n) for draw in draws_of(library, SEED, DRAWS)[1:]])
    expected = np.array([(1 + erf(x / sqrt(2))) / 2 for x in scores])
    assert np.abs(expected - (np.arange(DRAWS) + 0.5) / DRAWS).max() < 1.63 / sqrt(DRAWS)


def test_a_number_that_is_gone_leaves_its_value_to_nobody(library: Library) -> None:
    """Python may give the identity of a number that is no longer there to a new one."""
    draw = Draw(library, 1, 0)
    for k in range(1000):
        number = Number(value=k, unit="number", source="judgement", status="assumption", why="a test")
        assert draw(number) == k
        del number
