"""Whom a package flips: the same persons followed in both worlds until the outcome is known.

Persons are marked through their combination of trait values: every combination comes four times, once for each
``Mark``, and columns that are set at birth say which. The kernel then knows the marked like any other group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from livsbana.interventions.offers import programme_record
from livsbana.lifecourse.compile import AGES, Model
from livsbana.lifecourse.kernel import EFFECT, PROGRAMME, TERM, Persons, Programmes, Tables, simulate
from livsbana.lifecourse.simulate import empty_counts, no_goals
from livsbana.parameters.outcomes import DatedOutcome

Array = np.ndarray
FLIPPED, FAILED, ACHIEVED = "flipped", "failed", "achieved"
GROUPS = ("all", FAILED, ACHIEVED)


class Mark(IntEnum):
    """What became of a person by the time the outcome is known; OTHER is who has died."""

    OTHER = 0
    FAILED = 1
    FLIPPED = 2  # failed without the package, achieved with it
    ACHIEVED = 3


MARKS = {FLIPPED: (Mark.FLIPPED,), FAILED: (Mark.FAILED, Mark.FLIPPED), ACHIEVED: (Mark.ACHIEVED,)}


@dataclass(frozen=True)
class Seen:
    """One block at the age at which the outcome is known, bool[person]; ``without`` and ``with_`` the package."""

    alive: Array
    joined: Array
    without: Array
    with_: Array

    @property
    def better(self) -> Array:
        """Those whom the package flips from failure to success."""
        return self.alive & ~self.without & self.with_

    @property
    def worse(self) -> Array:
        """Those whom it flips the other way."""
        return self.without & ~self.with_

    @property
    def marks(self) -> Array:
        """The mark of every person, int64[person]."""
        marks = np.where(self.without, int(Mark.ACHIEVED), np.where(self.alive, int(Mark.FAILED), int(Mark.OTHER)))
        return np.where(self.better, int(Mark.FLIPPED), marks)


def markable(model: Model) -> Model:
    """The model with columns for marks, counted for everybody, for those who fail and for those who achieve."""
    tables, first = model.tables, int(model.tables.sizes[0])
    flags = np.array([[mark in marks for marks in MARKS.values()] for mark in Mark], np.uint8)
    values = [np.hstack([tables.constant_value, np.tile(row, (len(model.profiles), 1))]) for row in flags]
    packed = np.append(tables.packed, [first + 1, first + 2])
    slices = np.full((2, max(model.places, len(GROUPS))), -2, np.int64)
    slices[0, : model.places] = tables.slices[0, : model.places]
    slices[1, : len(GROUPS)] = [-1, len(packed) - 2, len(packed) - 1]
    marked = tables._replace(
        constant=np.append(tables.constant, [first, first + 1, first + 2]),
        constant_value=np.vstack(values),
        packed=packed,
        slices=slices,
        sizes=np.array([first + len(MARKS), tables.sizes[1]], np.int64),
    )
    columns = model.columns | {name: first + k for k, name in enumerate(MARKS)}
    return replace(model, tables=marked, columns=columns, groups=GROUPS, profiles=model.profiles * len(Mark))


def with_marks(persons: Persons, marks: Array, profiles: int) -> Persons:
    """The same persons, marked; ``profiles`` is the number of combinations of trait values without marks."""
    return persons._replace(profile=persons.profile + profiles * marks)


def achieved(model: Model, trace: Array, dated: DatedOutcome) -> Array:
    """Who lives and has the outcome, bool[person]; ``trace[age, column, person]`` of one world."""
    outcome, (first, last) = dated.outcome, dated.ages
    names = [f"{outcome.factor}.{value}" for value in outcome.is_] or [outcome.factor]
    on = trace[first : last + 1, [model.columns[name] for name in names]].max(axis=1)
    wished = 1 if outcome.is_ else outcome.wished
    return (on == wished).all(axis=0) & alive_at(model, trace, last)


def alive_at(model: Model, trace: Array, age: int) -> Array:
    """Who lives at the end of a year, bool[person]: the first column after the model's own."""
    return trace[age, int(model.tables.sizes[0])] == 1


def look(model: Model, tables: Tables, persons: Persons, package: Programmes, luck: int, dated: DatedOutcome) -> Seen:
    """Follow a block without and with the package until the outcome is known."""
    trace = traced(model, tables, persons, package, luck, 2, dated.settled)
    alive, joined = alive_at(model, trace[0], dated.settled), int(model.tables.sizes[0]) + 1
    return Seen(
        alive=alive,
        joined=trace[1, dated.settled, joined] == 1,
        without=achieved(model, trace[0], dated),
        with_=achieved(model, trace[1], dated),
    )


def traced(
    model: Model, tables: Tables, persons: Persons, programmes: Programmes, luck: int, arms: int, last_age: int
) -> Array:
    """Every column of every person to an age, uint8[arm, age, column, person]; nothing is tallied."""
    trace = np.zeros((arms, last_age + 1, int(tables.sizes[0]) + 2, len(persons.key)), np.uint8)
    quiet = tables._replace(tally=tables.tally[:0])
    counts = empty_counts(replace(model, tally_specs=()), programmes, arms)._replace(trace=trace)
    simulate(quiet, persons, programmes, no_goals(len(model.rows)), False, luck, arms, last_age, counts)
    return trace


def before(package: Programmes, age: int) -> Programmes:
    """The part of a package that begins no later than an age."""
    programme = package.programme.copy()
    programme["last_age"] = np.minimum(programme["last_age"], age)
    return package._replace(programme=programme)


@dataclass(frozen=True)
class World:
    """An arm in which the marked have the outcome, whatever else there is, at the ages ``first``..``last``."""

    mark: str
    first: int
    last: int


def add_worlds(
    package: Programmes, model: Model, dated: DatedOutcome, worlds: Sequence[World], arms: int
) -> Programmes:
    """Append arms ``arms``, ``arms + 1`` … to a package, one for each world."""
    programme, term, effect = (
        [tuple(r) for r in table.tolist()] for table in (package.programme, package.term, package.effect)
    )
    rows, width = settings(model, dated), package.onset_factor.shape[1]
    for number, world in enumerate(worlds, arms):
        reach = (0.0, 1.0, 1.0, 1.0)
        record = programme_record(number, (world.first, world.last), 0, (len(term), len(term) + 1), reach)
        term.append((model.columns[world.mark], 0))
        effect += [(len(programme), row, world.first, world.last) for row, _ in rows]
        programme.append(record)
    factors = np.array([0.0 if on else np.inf for _ in worlds for _, on in rows], np.float32)
    certain = np.broadcast_to(factors[:, None, None], (len(factors), width, AGES))
    return Programmes(
        np.array(programme, PROGRAMME),
        np.array(term, TERM),
        np.array(effect, EFFECT),
        np.concatenate([package.onset_factor, certain]).astype(np.float32),
        np.concatenate([package.leave_factor, certain]).astype(np.float32),
    )


def settings(model: Model, dated: DatedOutcome) -> list[tuple[int, bool]]:
    """The equations that an outcome decides, and whether they are on; in a category all but the wished are off."""
    outcome = dated.outcome
    if not outcome.is_:
        return [(model.row_of[outcome.factor], outcome.wished == 1)]
    alternatives = [a.id for a in model.rows[model.row_of[f"{outcome.factor}.{outcome.is_[0]}"]].factor.alternatives]
    return [(model.row_of[f"{outcome.factor}.{a}"], False) for a in alternatives if a not in outcome.is_]
