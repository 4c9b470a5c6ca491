"""What a moved record alone changes: the outcome's own columns, and nothing that they cause."""

from __future__ import annotations

import numpy as np

from livsbana.lifecourse.compile import AGES, Model
from livsbana.parameters.outcomes import DatedOutcome

Array = np.ndarray
Changed = dict[int, tuple[tuple[int, int], int]]


def recorded_difference(model: Model, trace: Array, who: Array, dated: DatedOutcome) -> Array:
    """Tally of the flipped as they are less that with only their record moved.

    Parameters
    ----------
    trace : uint8[age, column, person]
        The baseline, to the last age.
    who : int64[persons]
        The flipped.

    Returns
    -------
    int64[age, tally column, place]
        Only conjunctions that read the outcome itself differ: what is administered by the record.
    """
    tables, changed = model.tables, _changed(model, dated)
    places = tables.packed[tables.slices[0, : model.places]]
    out = np.zeros((AGES, len(tables.tally), model.places), np.int64)
    is_there = trace[:, int(tables.sizes[0]), who] == 1
    here = np.stack([is_there & (trace[:, place, who] == 1) for place in places])
    for k, record in enumerate(tables.tally):
        terms = tables.term[record["term_first"] : record["term_end"]]
        columns = tables.packed[terms["column"]]
        if not any(int(c) in changed for c in columns):
            continue
        ages = slice(int(record["first_age"]), int(record["last_age"]) + 1)
        with_own, with_moved = np.ones_like(is_there), np.ones_like(is_there)
        for column, negated in zip(columns, terms["negated"], strict=True):
            own = trace[:, column, who]
            with_own &= own != negated
            with_moved &= _moved(own, changed.get(int(column))) != negated
        difference = with_own.astype(np.int64) - with_moved
        out[ages, k] = (here * difference).sum(axis=-1).T[ages]
    return out


def _moved(own: Array, change: tuple[tuple[int, int], int] | None) -> Array:
    """A column with its record moved."""
    if change is None:
        return own
    (first, last), value = change
    moved = own.copy()
    moved[first : last + 1] = value
    return moved


def _changed(model: Model, dated: DatedOutcome) -> Changed:
    """Columns that are the record: ages and value; a milestone stands to the end, a spell is in its first year."""
    outcome = dated.outcome
    if outcome.is_:
        factor = model.rows[model.row_of[f"{outcome.factor}.{outcome.is_[0]}"]].factor
        on = {f"{factor.id}.{a.id}": int(a.id == outcome.is_[0]) for a in factor.alternatives}
    else:
        factor = model.rows[model.row_of[outcome.factor]].factor
        on = {outcome.factor: int(outcome.wished or 0)}
    ages = (dated.ages[0], AGES - 1) if factor.kind == "milestone" else dated.ages
    found: Changed = {}
    for name, value in on.items():
        found[model.columns[name]] = (ages, value)
        for year in (1, 2, 3):
            column = model.columns.get(f"{name}@year{year}")
            if column is not None:
                found[column] = (ages, value if year == 1 else 0)
    return found
