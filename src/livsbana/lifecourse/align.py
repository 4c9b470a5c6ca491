"""Solve the intercepts on a fixed calibration cohort; arms and seeds of runs never change them."""

from __future__ import annotations

import numpy as np

from livsbana.lifecourse.blocks import birth_tables, make_block
from livsbana.lifecourse.compile import AGES, Model, Value
from livsbana.lifecourse.kernel import Counts, Goals, simulate
from livsbana.lifecourse.simulate import empty_counts, no_programmes
from livsbana.lifecourse.targets import goals_of
from livsbana.parameters.library import Library
from livsbana.parameters.places import Municipality
from livsbana.population.cohorts import Cohort, cell_bounds

CALIBRATION_PERSONS = 10_000
CALIBRATION_SEED = 20_260_101
CALIBRATION_COHORT = Cohort(birth_year=2000, start_age=0, size=1.0)


def align(
    model: Model,
    library: Library,
    value: Value,
    place: Municipality | None = None,
    persons: int = CALIBRATION_PERSONS,
    goals: Goals | None = None,
) -> tuple[Model, Counts]:
    """The model with its intercepts solved, and the counts of the calibration cohort.

    National levels are solved on the national composition. In a place, composition and the targets that
    have a local column are the place's; all other rates stay national by group. ``goals`` are those of
    ``goals_of`` with the same value, for models that differ in edges only; made here when left out.
    """
    goals = goals_of(library, model, value) if goals is None else goals
    solved, counts = _solve(model, library, value, None, goals, persons)
    if place is None:
        return solved, counts
    local = local_goals(library, solved, goals, place)
    return _solve(solved, library, value, place, local, persons, last_age=_last_goal(local))


def _solve(
    model: Model,
    library: Library,
    value: Value,
    place: Municipality | None,
    goals: Goals,
    persons: int,
    last_age: int = AGES - 1,
) -> tuple[Model, Counts]:
    """One pass through the ages up to ``last_age`` that writes intercepts."""
    tables = model.tables._replace(
        inverse_onset=model.tables.inverse_onset.copy(), leave_odds=model.tables.leave_odds.copy()
    )
    birth = birth_tables(model, library, value, CALIBRATION_COHORT, place, CALIBRATION_SEED)
    block = make_block(birth, cell_bounds(persons))
    programmes = no_programmes()
    counts = empty_counts(model, programmes, 1)
    simulate(tables, block, programmes, goals, True, CALIBRATION_SEED, 1, last_age, counts)
    return Model(**{**model.__dict__, "tables": tables}), counts


def local_goals(library: Library, model: Model, goals: Goals, place: Municipality) -> Goals:
    """Goals for rows whose target has a local column; the national path is shifted in log odds.

    The shift is the log odds ratio of the place's indicator to its national mean, turned where the
    indicator counts those without the factor. Only children's factors (settled or ended before 21) are
    local: adults follow their group.
    """
    onset, leave = np.full_like(goals.onset, np.nan), np.full_like(goals.leave, np.nan)
    for k, row in enumerate(model.rows):
        targets = [] if row.factor.targets == "none" else row.factor.targets
        target = next((t for t in targets if t.local), None)
        local = place.profile.get(target.local or "") if target else None
        if target is None or local is None or row.ages[1] > 20:
            continue
        mean = library.places.sweden_mean(target.local or "")
        shift = np.log(local / (1 - local)) - np.log(mean / (1 - mean))
        shift = -shift if target.local_is == "complement" else shift
        odds = goals.onset[:, k] / (1 - goals.onset[:, k]) * np.exp(shift)
        onset[:, k] = odds / (1 + odds)
        leave[:, k] = goals.leave[:, k]
    return Goals(onset, leave, np.zeros(1, np.int64))


def _last_goal(goals: Goals) -> int:
    """The last age at which something is solved."""
    ages = np.flatnonzero(np.isfinite(goals.onset).any(axis=(1, 2)))
    return int(ages[-1]) if len(ages) else 0
