"""Luck: the generator is the published one, what is drawn is random as it is used, and no decision shares it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import nist
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import expon, kstest, uniform

from livsbana.interventions.offers import decision_of
from livsbana.lifecourse.compile import AGES, Model
from livsbana.lifecourse.kernel import TRAIT_DECISION, draw_words, exponential, philox, unit
from livsbana.lifecourse.reference import philox_words, uniform_of, waiting_time_of
from livsbana.parameters.library import Library
from livsbana.population.cohorts import FIRST_BIRTH_YEAR, PERSONS_A_COHORT, Cohort

WORDS = st.integers(0, 2**32 - 1)
USED_BITS = 24
SEQUENCES, LENGTH = 200, 2048  # of the battery; LENGTH words of 24 bits each
FIRST_KEY, SEED = Cohort(2026, 0, 1.0).first_key, 1

# Random123, tests/kat_vectors: philox2x32 with 10 rounds; counter, key, expected (Salmon et al. 2011).
KNOWN_ANSWERS = [
    (0x00000000, 0x00000000, 0x00000000, 0xFF1DAE59, 0x6CD10DF2),
    (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x2C3F628B, 0xAB4FD7AD),
    (0x243F6A88, 0x85A308D3, 0x13198A2E, 0xDD7CE038, 0xF62A4C12),
]


def drawn(keys: np.ndarray, decision: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The two words of each person, from the kernel."""
    words = np.empty((2, len(keys)), np.uint32)
    draw_words(keys.astype(np.uint32), np.uint32(decision), np.uint32(seed), words, 0)
    return words[0], words[1]


def keys(persons: int) -> np.ndarray:
    return (FIRST_KEY + np.arange(persons)).astype(np.uint32)


# ---------------------------------------------------------------- the generator


@pytest.mark.parametrize(("counter0", "counter1", "key", "expected0", "expected1"), KNOWN_ANSWERS)
def test_known_answers(counter0: int, counter1: int, key: int, expected0: int, expected1: int) -> None:
    expected = expected0, expected1
    assert philox_words(counter0, counter1, key) == expected
    assert tuple(int(w) for w in philox(np.uint32(counter0), np.uint32(counter1), np.uint32(key))) == expected
    assert tuple(int(w[0]) for w in drawn(np.array([counter0]), counter1, key)) == expected


@settings(deadline=None, max_examples=200)
@given(st.lists(WORDS, min_size=1, max_size=20), WORDS, WORDS)
def test_the_kernel_draws_what_its_twin_draws(persons: list[int], decision: int, seed: int) -> None:
    words = drawn(np.array(persons, np.uint32), decision, seed)
    assert [*zip(*(w.tolist() for w in words), strict=True)] == [philox_words(k, decision, seed) for k in persons]


@settings(deadline=None, max_examples=50)
@given(st.lists(WORDS, min_size=1, max_size=50))
def test_the_kernel_turns_words_into_the_same_numbers(words: list[int]) -> None:
    given_words = np.array(words, np.uint32)
    assert unit(given_words).tolist() == [uniform_of(w) for w in words]
    assert exponential(given_words).tolist() == [waiting_time_of(w) for w in words]


def test_every_waiting_time_is_a_logarithm() -> None:
    """All 2 ** 23 of them, within 3e-7 of -log(u)."""
    index = np.arange(2**23)
    out = exponential(index.astype(np.uint32) << np.uint32(9))
    exact = -np.log1p((2 * index + 1) / 2.0**24 - 1)
    assert np.abs(out / exact - 1).max() < 3e-7
    assert out.min() > 0


def test_uniform_and_exponential_numbers_are_distributed_so() -> None:
    words = drawn(keys(200_000), 5, SEED)[0]
    assert kstest(unit(words), uniform.cdf).pvalue > 1e-3
    assert kstest(exponential(words), expon.cdf).pvalue > 1e-3


# ---------------------------------------------------------------- a published battery


def across_persons() -> np.ndarray:
    """One decision at one age, person after person; another decision for each sequence."""
    persons = keys(LENGTH)
    return np.stack([drawn(persons, ((s % AGES) << 16) + s // 4, SEED)[s % 2] for s in range(SEQUENCES)])


def across_ages() -> np.ndarray:
    """One decision, age after age of one person after another."""
    persons = keys(SEQUENCES * LENGTH // AGES + 1)
    return np.stack([drawn(persons, (age << 16) + 7, SEED)[0] for age in range(AGES)], axis=1)


def across_decisions() -> np.ndarray:
    """One age, decision after decision of one person after another."""
    persons = keys(SEQUENCES * LENGTH // 64)
    return np.stack([word for pair in range(32) for word in drawn(persons, (30 << 16) + pair, SEED)], axis=1)


def across_seeds() -> np.ndarray:
    """One decision of one person, seed after seed; another person for each sequence."""
    persons = keys(SEQUENCES)
    return np.stack([drawn(persons, (30 << 16) + 3, seed)[0] for seed in range(LENGTH)], axis=1)


@pytest.mark.parametrize("layout", [across_persons, across_ages, across_decisions, across_seeds])
def test_battery(layout: Callable[[], np.ndarray]) -> None:
    """SP 800-22: enough sequences pass each test, and p-values are uniform; on the 24 bits that decisions use."""
    words = layout().reshape(-1)[: SEQUENCES * LENGTH]
    used = words.astype(">u4").view(np.uint8).reshape(-1, 4)[:, : USED_BITS // 8]
    results = nist.battery(np.unpackbits(used).reshape(SEQUENCES, -1))
    passing = {name: (p >= nist.SIGNIFICANCE).mean() for name, p in results.items()}
    assert {name: share for name, share in passing.items() if share < nist.least_share_passing(SEQUENCES)} == {}
    assert {name: p for name, p in results.items() if nist.uniformity(p) < 1e-4} == {}


def test_the_battery_sees_what_is_not_random() -> None:
    """A counter in place of luck, and luck with one per cent too many ones, fail."""
    rng = np.random.default_rng(1)
    biased = (rng.random((20, 48 * 1024)) < 0.51).astype(np.uint8)
    counter = np.unpackbits(np.arange(20 * 6 * 1024, dtype=">u4").view(np.uint8)).reshape(20, -1)
    assert (nist.frequency(biased) < nist.SIGNIFICANCE).all()
    assert (nist.serial(counter, 9)[0] < nist.SIGNIFICANCE).all()


def bits_of(text: str) -> np.ndarray:
    return np.array([[int(b) for b in text]], np.uint8)


def examples() -> Iterator[tuple[str, np.ndarray, float]]:
    """Examples printed in SP 800-22 rev. 1a, sections 2.x.4 and 2.x.8; ``pi`` is its first hundred bits of π.

    The spectral example prints 0.168669, which its own program does not give: that gives 0.646355.
    """
    pi = bits_of("1100100100001111110110101010001000100001011010001100001000110100110001001100011001100010100010111000")
    run = bits_of(
        "1100110000010101011011000100110011100000000000100100110101010001"
        "0001001111010110100000001101011111001100111001101101100010110010"
    )
    ten, nine = bits_of("0011011101"), bits_of("0100110101")
    yield "frequency", nist.frequency(pi), 0.109599
    yield "block frequency", nist.block_frequency(pi, 10), 0.706438
    yield "runs", nist.runs(pi), 0.500798
    yield "longest run", nist.longest_run(run), 0.180609
    yield "spectral", nist.spectral(pi), 0.646355
    yield "serial, first", nist.serial(ten, 3)[0], 0.808792
    yield "serial, second", nist.serial(ten, 3)[1], 0.670320
    yield "approximate entropy", nist.approximate_entropy(pi, 2), 0.235301
    yield "approximate entropy, short", nist.approximate_entropy(nine, 3), 0.261961
    yield "cumulative sums, forward", nist.cumulative_sums(pi), 0.219194
    yield "cumulative sums, backward", nist.cumulative_sums(pi, backward=True), 0.114866


@pytest.mark.parametrize(("name", "p", "printed"), [*examples()], ids=[name for name, *_ in examples()])
def test_the_battery_is_the_published_one(name: str, p: np.ndarray, printed: float) -> None:
    assert p[0] == pytest.approx(printed, abs=2e-5), name


# ---------------------------------------------------------------- keys


def test_no_two_decisions_share_luck(real_model: Model, library: Library) -> None:
    """(decision, word) of every equation and age, of everything settled at birth, and of every programme."""
    luck = real_model.tables.row["luck"].astype(int)
    yearly = [((age << 16) + k // 2, k % 2) for age in range(AGES) for k in luck]
    liabilities = range(len(real_model.liabilities))
    at_birth = [TRAIT_DECISION, TRAIT_DECISION + 1]
    at_birth += [TRAIT_DECISION + first + d for first in (2, 34) for d in liabilities]
    joining = [decision_of(library, programme) for programme in library.programmes.values()]
    once = [(decision, word) for decision in (*at_birth, *joining) for word in (0, 1)]
    assert max(luck) < 2**17
    assert len(liabilities) <= 32
    assert len({*yearly, *once}) == len(yearly) + len(once)
    assert max(decision for decision, _ in once) < 2**32


def test_no_two_persons_share_a_key() -> None:
    first = [Cohort(year, 0, 1.0).first_key for year in range(FIRST_BIRTH_YEAR, FIRST_BIRTH_YEAR + 256)]
    assert np.diff(sorted(first)).min() >= PERSONS_A_COHORT
    assert max(first) + PERSONS_A_COHORT <= 2**32
