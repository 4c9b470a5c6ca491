"""What the kernel counts among a million persons, against formulas: within four Monte Carlo standard errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from toy import COHORT, LIFETIME, birth, category, central, edge, factor, remission, shelf, where, with_rates

from livsbana.lifecourse.align import align
from livsbana.lifecourse.compile import AGES, Fit, Model, TallySpec, compile_model
from livsbana.lifecourse.simulate import no_programmes, simulate_cohort
from livsbana.parameters.library import Library
from livsbana.population.cohorts import CELL_SIZE

PERSONS = 1_000_000
STANDARD_ERRORS = 4.0
AGE = np.arange(AGES)


def counted(model: Model, library: Library, pool: ThreadPoolExecutor, seed: int = 20) -> np.ndarray:
    """Persons by age, tally and group (all, female, male): int64[66, K, 3]."""
    found = simulate_cohort(
        model, birth(model, library, seed), COHORT, PERSONS, no_programmes(), 1, seed, pool, 8, block_size=4096
    )
    return found.tally[0, :, :, 0]


def tallied(library: Library, *conditions: Any, **more: Any) -> Model:
    """Compile and count: the living, then one column for each conjunction."""
    return compile_model(library, central, more.pop("fit", Fit()), [TallySpec(()), *map(TallySpec, conditions)], **more)


def assert_close(count: np.ndarray, trials: np.ndarray | int, probability: np.ndarray | float) -> None:
    """Binomial counts within four standard errors of their expectation."""
    error = np.sqrt(trials * np.asarray(probability) * (1 - np.asarray(probability)))
    scores = np.abs(count - trials * np.asarray(probability)) / np.maximum(error, 1e-9)
    assert scores.max() <= STANDARD_ERRORS, f"{scores.max():.2f} standard errors at {np.argmax(scores)}"


def occupancy(start: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Shares by age of a Markov chain: ``start`` at age 0, then ``start`` times powers of ``moves``."""
    return np.array([start @ np.linalg.matrix_power(moves, t) for t in AGE])


def test_two_states(pool: ThreadPoolExecutor) -> None:
    """P(t) = s (1 - (1 - q - r)^(t + 1)), s = q / (q + r), by sex."""
    library = shelf(factor("ill", "state", LIFETIME, remission=remission(LIFETIME, 0.3)))
    q, r = np.array([0.02, 0.05]), np.array([0.3, 0.15])
    model = with_rates(tallied(library, (where(state="ill"),)), {"ill": q}, {"ill": r})
    found = counted(model, library, pool)[:, :, 1:]
    assert_close(found[:, 1], found[:, 0], q / (q + r) * (1 - (1 - q - r) ** (AGE[:, None] + 1)))


def test_three_alternatives_that_stick(pool: ThreadPoolExecutor) -> None:
    """From c to d with probability w_d (s_c if c = d) / sum."""
    library = shelf(category("place", LIFETIME, {"a": {}, "b": {}, "c": {}}))
    weights, sticky = np.array([0.5, 1.5, 0.1]), np.array([20.0, 3.0, 80.0])
    model = tallied(library, *((where(category="place", is_=[c]),) for c in "abc"))
    names = [f"place.{c}" for c in "abc"]
    rates = dict(zip(names, weights, strict=True)), dict(zip(names, sticky, strict=True))
    found = counted(with_rates(model, *rates, weights=True), library, pool)[:, 1:, 0]
    moves = np.tile(weights, (3, 1)) * np.where(np.eye(3, dtype=bool), sticky, 1)
    shares = occupancy(weights / weights.sum(), moves / moves.sum(axis=1, keepdims=True))
    assert_close(found, PERSONS, shares)
    assert np.array_equal(found.sum(axis=1), np.full(AGES, PERSONS))


def test_rare_alternatives(pool: ThreadPoolExecutor) -> None:
    """The race gives w / sum w, down to one in a million; years are independent when nothing sticks."""
    weights = {"a": 1.0, "b": 0.3, "c": 1e-2, "d": 1e-4, "e": 1e-6}
    library = shelf(category("pick", LIFETIME, {c: {} for c in weights}))
    model = tallied(library, *((where(category="pick", is_=[c]),) for c in weights))
    rates = {f"pick.{c}": w for c, w in weights.items()}
    found = counted(with_rates(model, rates, weights=True), library, pool)[:, 1:, 0].sum(axis=0)
    w = np.array(list(weights.values()))
    assert_close(found, PERSONS * AGES, w / w.sum())


def test_life_table(library: Library, pool: ThreadPoolExecutor) -> None:
    """l(x) of both sexes, from the shipped life table by way of alignment."""
    mortal = shelf(factor("death", "death", LIFETIME), life_table=library.life_table)
    model, _ = align(tallied(mortal), mortal, central, persons=500)
    solved = 1 / (1 + model.tables.inverse_onset[:, 0].astype(np.float64))
    np.testing.assert_allclose(solved, library.life_table[:AGES], rtol=1e-4)
    found = counted(model, mortal, pool)[:, 0, 1:]
    born = found[0] / (1 - library.life_table[0])
    assert_close(found, born, np.cumprod(1 - library.life_table[:AGES], axis=0))


def test_competing_risks(pool: ThreadPoolExecutor) -> None:
    """Two exits that nobody leaves, and death, whose odds are four times as high after the first exit."""
    library = shelf(
        factor("death", "death", LIFETIME),
        category("exit", LIFETIME, {"one": {}, "two": {}, "none": {}}),
        edges=[edge("exit.one", "death", (1, 65), 4.0)],
    )
    q, exits, dead = 0.01, np.array([0.03, 0.008, 0.962]), np.array([0.0, 0.0, 0.0, 1.0])
    model = tallied(library, *((where(category="exit", is_=[c]),) for c in ("one", "two", "none")))
    names = [f"exit.{c}" for c in ("one", "two", "none")]
    stay = {names[0]: np.inf, names[1]: np.inf}
    model = with_rates(model, dict(zip(names, exits, strict=True)), stay, weights=True)
    model = with_rates(model, {"death": q})
    after = 4 * q / (1 + 3 * q)
    moves = np.array([[1 - after, 0, 0, after], [0, 1 - q, 0, q], [*(1 - q) * exits, q], dead])
    shares = occupancy(moves[2], moves)
    found = counted(model, library, pool)[:, :, 0]
    assert_close(found, PERSONS, np.column_stack([1 - shares[:, 3], shares[:, :3]]))


def test_cumulative_incidence(pool: ThreadPoolExecutor) -> None:
    """Ever had the first of two yearly events, among the living: 1 - (1 - p)^(t + 1), whoever dies or has the other."""
    library = shelf(
        factor("death", "death", LIFETIME),
        factor("one", "event", LIFETIME),
        factor("two", "event", LIFETIME),
        factor("had_one", "state", LIFETIME, remission=remission(LIFETIME, 0.1), requires={"factor": "one"}),
        factor("first", "state", LIFETIME, remission=remission(LIFETIME, 0.1), requires={"factor": "one"}),
        edges=[
            edge("two", "first", LIFETIME, 1e-30, reads="ever"),
            edge("two", "first", LIFETIME, 1e-30, reads="this_year"),
        ],
    )
    p1, p2, sure = 0.02, 0.03, 1 - 1e-9
    model = tallied(library, (where(state="had_one"),), (where(state="first"),))
    rates = {"death": 0.004, "one": p1, "two": p2, "had_one": sure, "first": sure}
    found = counted(with_rates(model, rates, {"had_one": 0.0, "first": 0.0}), library, pool)[:, :, 0]
    either = 1 - (1 - p1) * (1 - p2)
    first = p1 * (1 - p2) / either * (1 - (1 - either) ** (AGE + 1))
    assert_close(found[:, 0], PERSONS, 0.996 ** (AGE + 1.0))
    assert_close(found[:, 1], found[:, 0], 1 - (1 - p1) ** (AGE + 1.0))
    assert_close(found[:, 2], found[:, 0], first)


def test_milestone_and_odds_ratio(pool: ThreadPoolExecutor) -> None:
    """A share is settled once and stays; an edge of 3 makes the odds three times as high, no more, no less."""
    library = shelf(
        factor("exam", "milestone", (16, 16)),
        factor("job", "event", (17, 65)),
        edges=[edge("exam", "job", (17, 65), 3.0)],
    )
    exam, job = np.array([0.85, 0.7]), 0.2
    model = tallied(library, (where(state="exam"),), (where(state="exam"), where(state="job")), (where(state="job"),))
    found = counted(with_rates(model, {"exam": exam, "job": job}), library, pool)
    assert not found[:16, 1].any()
    assert_close(found[16, 1, 1:], found[16, 0, 1:], exam)
    assert (found[16:, 1] == found[16, 1]).all()
    passed, with_exam, without = found[17:, 1, 0], found[17:, 2, 0], (found[:, 3] - found[:, 2])[17:, 0]
    assert_close(with_exam, passed, 3 * job / (1 + 2 * job))
    assert_close(without, PERSONS - passed, job)


@pytest.mark.parametrize("slope", [0.0, 0.7])
def test_spells_that_last(pool: ThreadPoolExecutor, slope: float) -> None:
    """Odds of remission fall by exp(-slope) in the second and again in the third year of a spell, then no more."""
    library = shelf(factor("spell", "state", LIFETIME, remission=remission(LIFETIME, 0.3), duration=3))
    years = ((where(state="spell", years=k),) for k in (1, 2, 3))
    model = tallied(library, (where(state="spell"),), *years, fit=Fit(slopes={"spell": slope}))
    onset = np.where(AGE == 0, 1.0, 0.0)[:, None]
    found = counted(with_rates(model, {"spell": onset}, {"spell": 0.3}), library, pool)[:, :, 0]
    odds = 0.3 / 0.7 * np.exp(-slope * np.minimum(AGE[:-1], 2))
    assert_close(found[:, 1], PERSONS, np.concatenate([[1.0], np.cumprod(1 / (1 + odds))]))
    of_year = np.stack([AGE == 0, AGE == 1, AGE >= 2])
    assert np.array_equal(found[:, 2:].T, found[:, 1] * of_year)


def test_peers(pool: ThreadPoolExecutor) -> None:
    """The odds are multiplied by C to the share of the 99 others, which is binomial."""
    library = shelf(
        factor("smokes", "milestone", (0, 0)),
        factor("starts", "event", (1, 1)),
        edges=[edge("smokes", "starts", (1, 1), 6.0, via="cell")],
    )
    model = with_rates(tallied(library, (where(state="starts"),)), {"smokes": 0.3, "starts": 0.1})
    others = np.arange(CELL_SIZE)
    odds = 0.1 / 0.9 * 6.0 ** (np.floor(100 * others / (CELL_SIZE - 1) + 0.5) / 100)
    weight, risk = binom.pmf(others, CELL_SIZE - 1, 0.3), odds / (1 + odds)
    mean = weight @ risk
    spread = PERSONS * mean * (1 - mean) + PERSONS * CELL_SIZE * (weight @ (risk - mean) ** 2)
    assert abs(counted(model, library, pool)[1, 1, 0] - PERSONS * mean) <= STANDARD_ERRORS * np.sqrt(spread)
