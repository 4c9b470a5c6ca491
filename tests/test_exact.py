"""The same question gives the same integers, however it is run; and only policy makes a difference."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy import COHORT, TOY_USES, Push, Use, birth, digest, programmes, set_to, toy_library, toy_model

from livsbana.lifecourse.blocks import make_block
from livsbana.lifecourse.compile import AGES, Model
from livsbana.lifecourse.kernel import Counts, Persons, Programmes, simulate
from livsbana.lifecourse.simulate import CohortCounts, empty_counts, no_goals, simulate_cohort
from livsbana.parameters.library import Library
from livsbana.population.cohorts import cell_bounds

PERSONS = 3000
HERE = Path(__file__).resolve().parent
IN_ANOTHER_PROCESS = "import test_exact; print(test_exact.fingerprint())"


def cohort_counts(
    model: Model, library: Library, given: Programmes, arms: int = 3, seed: int = 1, **how: Any
) -> CohortCounts:
    return simulate_cohort(model, birth(model, library, seed), COHORT, PERSONS, given, arms, seed, **how)


def block_counts(model: Model, block: Persons, given: Programmes, arms: int = 2, seed: int = 1) -> Counts:
    """Counts and trace of one block."""
    trace = np.zeros((arms, AGES, int(model.tables.sizes[0]), len(block.key)), np.uint8)
    counts = empty_counts(model, given, arms)._replace(trace=trace)
    simulate(model.tables, block, given, no_goals(len(model.rows)), False, seed, arms, AGES - 1, counts)
    return counts


def fingerprint() -> str:
    """Hash of a run of the toy from scratch, alignment included."""
    model = toy_model(1000)
    return digest(cohort_counts(model, toy_library(), programmes(model, *TOY_USES)))


def tables_hash(model: Model) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in model.tables)).hexdigest()


# ---------------------------------------------------------------- however it is run


@pytest.fixture(scope="module")
def plain(toy: Model, toy_shelf: Library) -> CohortCounts:
    return cohort_counts(toy, toy_shelf, programmes(toy, *TOY_USES))


@pytest.mark.parametrize("size", [128, 512, 1024, 5000])
def test_blocks_do_not_matter(toy: Model, toy_shelf: Library, plain: CohortCounts, size: int) -> None:
    found = cohort_counts(toy, toy_shelf, programmes(toy, *TOY_USES), block_size=size)
    assert digest(found) == digest(plain)
    assert plain.tally.any()


@pytest.mark.parametrize("batches", [1, 2, 7, 10_000])
def test_threads_and_batches_do_not_matter(
    toy: Model, toy_shelf: Library, plain: CohortCounts, pool: ThreadPoolExecutor, batches: int
) -> None:
    found = cohort_counts(toy, toy_shelf, programmes(toy, *TOY_USES), pool=pool, batches=batches)
    assert digest(found) == digest(plain)
    assert np.array_equal(found.by_batch.sum(axis=0), plain.tally[..., 0])


def test_the_real_model_is_exact_too(real_model: Model, library: Library, pool: ThreadPoolExecutor) -> None:
    use = Use((Push("conduct_problems", leave=2.0),), where=(("conduct_problems", False),))
    given = programmes(real_model, use)
    one = cohort_counts(real_model, library, given, arms=2, block_size=128)
    two = cohort_counts(real_model, library, given, arms=2, pool=pool, batches=4)
    assert digest(one) == digest(two)


def test_processes_do_not_matter() -> None:
    path = os.pathsep.join([str(HERE.parent / "src"), str(HERE)])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", IN_ANOTHER_PROCESS],
            env={**os.environ, "PYTHONPATH": path, "NUMBA_NUM_THREADS": threads},
            stdout=subprocess.PIPE,
            text=True,
        )
        for threads in ("1", "2")
    ]
    assert [process.communicate()[0].strip() for process in running] == [fingerprint()] * 2


# ---------------------------------------------------------------- only policy makes a difference


def test_a_null_programme_changes_nothing(toy: Model, toy_shelf: Library) -> None:
    null = replace(TOY_USES[0], pushes=(Push("trouble"), Push("crime"), Push("activity.work")), reach=(0.0, 1.0))
    found = cohort_counts(toy, toy_shelf, programmes(toy, null), arms=2)
    assert found.started.sum() > 100
    assert np.array_equal(found.tally[0], found.tally[1])
    assert np.array_equal(found.among_participants[1, 0], found.among_participants[1, 1])
    assert np.array_equal(found.followed[..., 1], found.followed[..., 2])


def test_nothing_changes_for_those_who_do_not_benefit(toy: Model, toy_shelf: Library) -> None:
    nobody = replace(TOY_USES[0], effective=0.0)
    found = cohort_counts(toy, toy_shelf, programmes(toy, nobody), arms=2)
    assert found.started.any()
    assert np.array_equal(found.tally[0], found.tally[1])


@pytest.mark.parametrize("start", [3, 9, 16, 40])
def test_years_before_the_start_equal_the_baseline(toy: Model, toy_shelf: Library, start: int) -> None:
    late = Use((Push("crime", leave=3.0), Push("trouble", leave=3.0), set_to("exam", True)), ages=(start, start + 5))
    block = make_block(birth(toy, toy_shelf), cell_bounds(PERSONS))
    seen = block_counts(toy, block, programmes(toy, late))
    assert np.array_equal(seen.trace[0, :start], seen.trace[1, :start])
    assert np.array_equal(seen.tally[0, :start], seen.tally[1, :start])
    assert (seen.tally[0, start:] != seen.tally[1, start:]).any()


def test_an_arm_does_not_feel_the_others(toy: Model, toy_shelf: Library, plain: CohortCounts) -> None:
    first = [use for use in TOY_USES if use.arm == 1]
    found = cohort_counts(toy, toy_shelf, programmes(toy, *first), arms=2)
    assert np.array_equal(found.tally, plain.tally[:2])


def test_portfolio_order_does_not_matter(toy: Model, toy_shelf: Library, plain: CohortCounts) -> None:
    found = cohort_counts(toy, toy_shelf, programmes(toy, *reversed(TOY_USES)))
    assert np.array_equal(found.tally, plain.tally)
    assert np.array_equal(found.started[:, ::-1], plain.started)


def test_persons_within_cells_may_change_places(toy: Model, toy_shelf: Library) -> None:
    block = make_block(birth(toy, toy_shelf), cell_bounds(500))
    rng = np.random.default_rng(1)
    order = np.concatenate(
        [rng.permutation(np.arange(a, b)) for a, b in zip(block.cells, block.cells[1:], strict=False)]
    )
    moved = Persons(block.key[order], block.sex[order], block.profile[order], block.fixed[:, order].copy(), block.cells)
    given = programmes(toy, *TOY_USES)
    before, after = (block_counts(toy, b, given, arms=3) for b in (block, moved))
    for name in ("tally", "among_participants", "started", "by_profile", "followed"):
        assert np.array_equal(getattr(before, name), getattr(after, name)), name
    assert np.array_equal(before.trace[..., order], after.trace)


def test_cells_do_matter(toy: Model, toy_shelf: Library) -> None:
    """The peers of somebody in another cell are others: the test above does not pass for want of peers."""
    block = make_block(birth(toy, toy_shelf), cell_bounds(500))
    merged = block._replace(cells=np.array([0, 500]))
    given = programmes(toy)
    assert (block_counts(toy, block, given, 1).tally != block_counts(toy, merged, given, 1).tally).any()


@pytest.mark.parametrize("more", [{"reach": (0.1, 0.9)}, {"uptake": 0.95, "effective": 0.7}, {"effective": 0.6}])
def test_more_reach_keeps_those_already_reached(toy: Model, toy_shelf: Library, more: dict[str, Any]) -> None:
    few = Use((set_to("care", True),), ages=(4, 4), reach=(0.1, 0.5), uptake=0.6, effective=0.4)
    many = replace(few, arm=2, **more)
    block = make_block(birth(toy, toy_shelf), cell_bounds(PERSONS))
    seen = block_counts(toy, block, programmes(toy, few, many), arms=3)
    care = seen.trace[:, 4, toy.columns["care"]]
    assert (care[1] <= care[2]).all()
    assert care[1].sum() < care[2].sum()
    assert seen.started[0].sum() <= seen.started[1].sum()


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("row", ["trouble", "care", "crime", "exam", "activity.work"])
def test_a_set_effect_sets(toy: Model, toy_shelf: Library, row: str, on: bool) -> None:
    first, last = (16, 16) if row == "exam" else (17, 40) if row.startswith("act") else toy.rows[toy.row_of[row]].ages
    use = Use((set_to(row, on),), ages=(0, 0), reach=(0.0, 1.0), uptake=1.0, effective=1.0)
    block = make_block(birth(toy, toy_shelf), cell_bounds(PERSONS))
    seen = block_counts(toy, block, programmes(toy, use)).trace[:, first : last + 1]
    values, dead = seen[1, :, toy.columns[row]], seen[1, :, toy.columns["death"]]
    free = seen[1, :, toy.columns["activity.prison"]] == 0 if row.startswith("activity") else np.ones_like(dead, bool)
    assert (values[(dead == 0) & free] == on).all()
    assert not (seen[0, :, toy.columns[row]][dead == 0] == on).all()


@pytest.mark.parametrize("row", ["prison", "caught"])
def test_a_set_effect_sets_what_could_not_be(toy: Model, toy_shelf: Library, row: str) -> None:
    """Also those who lack what the factor requires, and where nobody has it: that is what `do` means."""
    first, last = toy.rows[toy.row_of[row]].ages
    use = Use((set_to(row, True),), ages=(0, 0), reach=(0.0, 1.0), uptake=1.0, effective=1.0)
    block = make_block(birth(toy, toy_shelf), cell_bounds(500))
    seen = block_counts(toy, block, programmes(toy, use)).trace[1, first : last + 1]
    assert seen[:, [toy.columns[row], toy.columns["death"]]].any(axis=1).all()


def test_a_set_effect_moves_nobody_between_the_other_alternatives(toy: Model, toy_shelf: Library) -> None:
    """Closing one alternative moves only those who would have chosen it, in the first year at least."""
    use = Use((set_to("activity.work", False),), ages=(0, 0), reach=(0.0, 1.0), uptake=1.0, effective=1.0)
    block = make_block(birth(toy, toy_shelf), cell_bounds(PERSONS))
    seen = block_counts(toy, block, programmes(toy, use)).trace[:, 16]
    worked = seen[0, toy.columns["activity.work"]] == 1
    assert np.array_equal(seen[0][:, ~worked], seen[1][:, ~worked])


# ---------------------------------------------------------------- seeds and intercepts


def test_arrivals_have_luck_of_their_own(toy: Model, toy_shelf: Library, plain: CohortCounts) -> None:
    """Also when they are as those born here in the same year: same traits, same keys."""
    arrived = replace(COHORT, arrivals=True)
    given = programmes(toy, *TOY_USES)
    found = simulate_cohort(toy, birth(toy, toy_shelf), arrived, PERSONS, given, 3, 1)
    assert (found.tally != plain.tally).any()


def test_seeds_change_luck_but_not_intercepts(toy: Model, toy_shelf: Library, plain: CohortCounts) -> None:
    before = tables_hash(toy)
    other = cohort_counts(toy, toy_shelf, programmes(toy, *TOY_USES), seed=2)
    assert digest(other) != digest(plain)
    assert tables_hash(toy) == before == tables_hash(toy_model())
