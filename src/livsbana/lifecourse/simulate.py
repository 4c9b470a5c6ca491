"""Run the kernel over the blocks of a cohort on threads; the sums do not depend on how."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from livsbana.lifecourse.blocks import luck_of, make_block
from livsbana.lifecourse.compile import AGES, Model
from livsbana.lifecourse.kernel import EFFECT, PROGRAMME, TERM, Birth, Counts, Goals, Programmes, simulate
from livsbana.population.cohorts import Cohort, cell_bounds

BLOCK = 1536


@dataclass(frozen=True)
class CohortCounts:
    """Integer counts of one cohort.

    ``tally[arm, age, column, place, group]``; ``by_batch[batch, arm, age, column, place]`` for everybody, over
    batches of whole cells (their spread gives the Monte Carlo error); ``among_participants[arm, side, age, column,
    place]`` with side 0 the same persons in the baseline; ``started[batch, programme, age]``;
    ``by_profile[programme, profile]`` participants by combination of trait values;
    ``followed[effect, years, (persons, baseline, arm)]``.
    """

    persons: int
    tally: np.ndarray
    by_batch: np.ndarray
    among_participants: np.ndarray
    started: np.ndarray
    by_profile: np.ndarray
    followed: np.ndarray


def no_programmes() -> Programmes:
    """The empty set of programmes: one world, the baseline."""
    factor = np.ones((0, 1, 1), np.float32)
    return Programmes(np.zeros(0, PROGRAMME), np.zeros(0, TERM), np.zeros(0, EFFECT), factor, factor)


def no_goals(rows: int) -> Goals:
    """Nothing to solve."""
    nothing = np.full((AGES, rows, 2), np.nan)
    return Goals(nothing, nothing, np.zeros(1, np.int64))


def empty_counts(model: Model, programmes: Programmes, arms: int) -> Counts:
    """Counts at zero for one batch."""
    k, p, g = len(model.tally_specs), model.places, len(model.groups)
    return Counts(
        tally=np.zeros((arms, AGES, k, p, g), np.int64),
        among_participants=np.zeros((arms, 2, AGES, k, p, 1), np.int64),
        started=np.zeros((programmes.programme.shape[0], AGES), np.int64),
        by_profile=np.zeros((programmes.programme.shape[0], len(model.profiles)), np.int64),
        followed=np.zeros((programmes.effect.shape[0], 40, 3), np.int64),
        trace=np.zeros((0, 0, 0, 0), np.uint8),
    )


def blocks_of(bounds: np.ndarray, size: int) -> list[np.ndarray]:
    """Split the cells of a batch into blocks of whole cells with about ``size`` persons."""
    blocks, first = [], 0
    for k in range(1, len(bounds)):
        if k == len(bounds) - 1 or bounds[k + 1] - bounds[first] > size:
            blocks.append(bounds[first : k + 1])
            first = k
    return blocks


def simulate_cohort(
    model: Model,
    birth: Birth,
    cohort: Cohort,
    persons: int,
    programmes: Programmes,
    arms: int,
    seed: int,
    pool: ThreadPoolExecutor | None = None,
    batches: int = 1,
    block_size: int = BLOCK,
    tick: Callable[[int], None] | None = None,
) -> CohortCounts:
    """Simulate a cohort from birth to 65 in all arms.

    Parameters
    ----------
    persons : int
        Simulated persons; memory does not depend on it.
    batches : int
        Groups of whole cells whose counts are kept apart; never more than there are cells.
    tick : callable
        Told the number of persons each time a batch is done.

    Returns
    -------
    CohortCounts
        The same numbers for any pool and any block size.
    """
    tables = tables_for(model, cohort)
    goals, luck = no_goals(len(model.rows)), luck_of(cohort, seed)
    bounds = cell_bounds(persons)
    batches = min(batches, len(bounds) - 1)
    edges = [k * (len(bounds) - 1) // batches for k in range(batches + 1)]

    def run(batch: int) -> Counts:
        counts = empty_counts(model, programmes, arms)
        for block in blocks_of(bounds[edges[batch] : edges[batch + 1] + 1], block_size):
            simulate(tables, make_block(birth, block), programmes, goals, False, luck, arms, AGES - 1, counts)
        if tick is not None:
            tick(int(bounds[edges[batch + 1]] - bounds[edges[batch]]))
        return counts

    total = empty_counts(model, programmes, arms)
    by_batch = np.zeros((batches, *total.tally.shape[:-1]), np.int64)
    started = np.zeros((batches, *total.started.shape), np.int64)
    for batch, counts in enumerate(pool.map(run, range(batches)) if pool else map(run, range(batches))):
        for whole, part in zip(total, counts, strict=True):
            np.add(whole, part, out=whole)
        by_batch[batch], started[batch] = counts.tally[..., 0], counts.started
    participants = total.among_participants[..., 0]
    return CohortCounts(persons, total.tally, by_batch, participants, started, total.by_profile, total.followed)


def tables_for(model: Model, cohort: Cohort):
    """The cohort's tables: nobody moves before the age at which the cohort is followed."""
    row = model.tables.row.copy()
    for k, equation in enumerate(model.rows):
        if equation.factor.id == "residence":
            row["first_age"][k] = max(row["first_age"][k], cohort.start_age)
    return model.tables._replace(row=row)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
