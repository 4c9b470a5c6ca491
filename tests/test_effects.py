"""Published effects become gaps, gaps become paths, paths become multipliers that keep them; and how they combine."""

from __future__ import annotations

from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from livsbana.errors import InputError
from livsbana.interventions.combine import exponent, ranks
from livsbana.interventions.convert import (
    LARGEST,
    SMALLEST,
    Spread,
    alike,
    event_multipliers,
    follow_up_year,
    gap_path,
    multipliers,
)
from livsbana.interventions.effects import prevalence_with, published_gap
from livsbana.interventions.reached import closing_shares
from livsbana.parameters.schema import Measure

BASES = st.floats(0.01, 0.95)
EFFECTS = st.one_of(
    st.tuples(st.just("d"), st.floats(-1.5, 1.5)),
    st.tuples(st.just("r"), st.floats(-0.6, 0.6)),
    *(st.tuples(st.just(m), st.floats(0.2, 5.0)) for m in ("OR", "RR", "HR")),
    st.tuples(st.just("RD"), st.floats(-0.5, 0.5)),
)


# ---------------------------------------------------------------- the converter


@pytest.mark.parametrize(
    ("measure", "value", "base", "wanted"),
    [
        ("d", -0.5, 0.5, NormalDist().cdf(-0.5)),
        ("d", 0.3, 0.1, 1 - NormalDist().cdf(NormalDist().inv_cdf(0.9) - 0.3)),
        ("r", 0.2, 0.5, NormalDist().cdf(0.4 / sqrt(0.96))),
        ("OR", 0.5, 0.5, 1 / 3),
        ("RR", 0.8, 0.25, 0.2),
        ("HR", 0.5, 0.75, 0.5),
        ("RD", -0.07, 0.2, 0.13),
        ("RD", -0.3, 0.2, 0.0),
        ("RR", 3.0, 0.5, 1.0),
    ],
)
def test_closed_forms(measure: Measure, value: float, base: float, wanted: float) -> None:
    assert prevalence_with(measure, value, base) == pytest.approx(wanted, abs=1e-12)


@given(EFFECTS, BASES)
def test_shrinkage_acts_on_the_effect_and_nothing_gives_nothing(effect: tuple[Measure, float], base: float) -> None:
    gaps = [abs(published_gap(*effect, base, share)) for share in (0.0, 0.3, 0.6, 1.0)]
    assert gaps[0] == 0.0
    assert gaps == sorted(gaps)
    assert published_gap(effect[0], 0.0 if effect[0] in ("d", "r", "RD") else 1.0, base) == 0.0


@given(st.sampled_from(["d", "r", "OR"]), st.floats(0.05, 0.6), BASES)
def test_gains_and_harms_mirror(measure: Measure, size: float, base: float) -> None:
    effects = (exp(size), exp(-size)) if measure == "OR" else (size, -size)
    assert published_gap(measure, effects[0], base) == pytest.approx(-published_gap(measure, effects[1], 1 - base))


@pytest.mark.parametrize(("measure", "value"), [("OR", -0.4), ("RR", 0.0), ("r", 1.0), ("RD", -1.0)])
def test_impossible_effects_are_refused(measure: Measure, value: float) -> None:
    with pytest.raises(InputError, match="an effect cannot be"):
        prevalence_with(measure, value, 0.2)


# ---------------------------------------------------------------- paths and multipliers


def test_path_builds_up_to_follow_up_and_fades_to_its_floor() -> None:
    assert [follow_up_year(m) for m in (1, 6, 12, 13, 24, 25)] == [0, 0, 0, 1, 1, 2]
    path = gap_path(0.2, 36, 1.0, 0.25, 8)
    assert path[:3] == pytest.approx([0.2 / 3, 0.4 / 3, 0.2])
    assert path[3:] == pytest.approx([0.2 * (0.25 + 0.75 / (1 + t)) for t in range(1, 6)])


def chain(start: float, onset: np.ndarray, leave: np.ndarray, m_on: np.ndarray, m_off: np.ndarray) -> np.ndarray:
    """Prevalence at the end of each year of a two-state chain whose odds are multiplied."""

    def times(p: np.ndarray, m: np.ndarray) -> np.ndarray:
        return m * p / (1 - p + m * p)

    path, p = [], start
    for q, r in zip(times(onset, m_on), times(leave, m_off), strict=True):
        p = p * (1 - r) + (1 - p) * q
        path.append(p)
    return np.array(path)


YEARS = 12
RATES = st.lists(st.floats(0.03, 0.6), min_size=YEARS, max_size=YEARS).map(np.array)


@settings(max_examples=60)
@given(RATES, RATES, st.floats(0.0, 1.0), st.floats(-0.5, 0.9), st.sampled_from(["onset", "remission"]), st.data())
def test_chain_with_multipliers_keeps_the_path(
    onset: np.ndarray, leave: np.ndarray, start: float, part: float, acts_on: Any, data: st.DataObject
) -> None:
    ones = np.ones(YEARS)
    without = chain(start, onset, leave, ones, ones)
    gaps = gap_path(part * float(without.min()), data.draw(st.integers(1, 30)), 1.0, 0.1, YEARS)
    solved = multipliers(gaps, start, alike(onset), alike(leave), acts_on)
    assert np.all((solved.multiplier >= SMALLEST) & (solved.multiplier <= LARGEST))
    assume(solved.unreachable_from is None)
    m_on, m_off = (solved.multiplier, ones) if acts_on == "onset" else (ones, solved.multiplier)
    assert without - chain(start, onset, leave, m_on, m_off) == pytest.approx(gaps, abs=1e-9)


@given(RATES, RATES, st.floats(0.0, 1.0))
def test_no_gap_leaves_every_multiplier_at_exactly_one(onset: np.ndarray, leave: np.ndarray, start: float) -> None:
    nothing = np.zeros(YEARS)
    for acts_on in ("onset", "remission"):
        solved = multipliers(nothing, start, alike(onset), alike(leave), acts_on)
        assert np.all(solved.multiplier == 1.0)
        assert solved.unreachable_from is None
    assert np.all(event_multipliers(nothing, alike(onset)).multiplier == 1.0)


def test_a_gap_out_of_reach_is_missed_by_as_little_as_possible_and_said() -> None:
    rate = np.full(4, 0.1)
    solved = multipliers(np.array([0.02, 0.4, 0.4, 0.4]), 0.3, alike(rate), alike(rate), "onset")
    assert solved.unreachable_from == 1
    assert solved.multiplier[1] == pytest.approx(SMALLEST)
    nobody = multipliers(np.full(4, 0.1), 0.0, alike(np.zeros(4)), alike(rate), "onset")
    assert np.all(nobody.multiplier == 1.0)
    assert nobody.unreachable_from == 0
    assert event_multipliers(np.array([0.2]), alike(np.array([0.1]))).unreachable_from == 0


def test_a_mixed_group_needs_a_larger_multiplier() -> None:
    mixed = Spread(np.array([[-3.0, 2.0]]), np.array([[0.5, 0.3]]))  # a fifth is not at risk
    before = 0.5 / (1 + exp(3)) + 0.3 / (1 + exp(-2))
    assert mixed.rate(0) == pytest.approx(before)
    (multiplier,) = event_multipliers(np.array([0.1]), mixed).multiplier
    after = 0.5 / (1 + exp(3 - log(multiplier))) + 0.3 / (1 + exp(-2 - log(multiplier)))
    assert after == pytest.approx(before - 0.1, abs=1e-12)
    same = event_multipliers(np.array([0.1]), alike(np.array([before]))).multiplier[0]
    assert multiplier < same < 1.0


def test_closing_is_read_off_two_worlds() -> None:
    distance = np.array([0.5, 0.5, 0.3, 0.21, 0.168, 0.1344, 0.10752])
    shares = closing_shares(distance, np.full(7, 1e9), 1, np.full(7, 0.3))
    assert shares == pytest.approx([0.4, 0.4, 0.4, 0.3, 0.2, 0.2, 0.2], abs=1e-6)
    nobody = closing_shares(distance, np.zeros(7), 1, np.full(7, 0.3))
    assert nobody == pytest.approx(0.3)


# ---------------------------------------------------------------- combination


def test_strongest_counts_in_full_and_each_further_one_less() -> None:
    assert [exponent(0.2, rank, 3) for rank in (1, 2, 3)] == pytest.approx([1.0, 0.8, 0.6])
    assert [exponent(0.2, rank, 1) for rank in (1, 2, 3)] == [1.0, 1.0, 1.0]
    assert exponent(0.2, 9, 9) == 0.0
    assert ranks({"b": 1.0, "a": 1.0, "c": 2.0}) == {"c": 1, "a": 2, "b": 3}


@given(st.lists(st.floats(0.0, 3.0), min_size=1, max_size=8), st.floats(0.0, 3.0), st.floats(0.0, 0.4))
def test_one_more_programme_never_takes_from_the_whole(sizes: list[float], more: float, overlap: float) -> None:
    def whole(effects: list[float]) -> float:
        rank = ranks({str(k): size for k, size in enumerate(effects)})
        return sum(size * exponent(overlap, rank[str(k)], len(effects)) for k, size in enumerate(effects))

    assert whole([*sizes, more]) >= whole(sizes) - 1e-12
    assert whole([*sizes, 0.0]) == pytest.approx(whole(sizes))
