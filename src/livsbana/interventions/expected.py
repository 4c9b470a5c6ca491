"""What every person of a traced block may expect each year: the odds of the compiled tables, without luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livsbana.lifecourse.kernel import Persons, Tables

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

LONGEST_SPELL = 3


def onset_log_odds(tables: Tables, block: Persons, trace: Bytes, row: int) -> Floats:
    """Log odds of onset of one equation in every year of every person; -inf for those not at risk.

    Parameters
    ----------
    trace : uint8[age, column, person]
        One arm of a simulated block, as the kernel leaves it.
    row : int
        The equation; its intercepts must be solved.

    Returns
    -------
    float64[age, person]
    """
    equation = tables.row[row]
    edges = tables.edge[equation["onset_first"] : equation["onset_end"]]
    inverse = _product(tables, block, trace, int(equation["fixed_onset"]), edges)
    inverse *= tables.inverse_onset[: len(trace), row][:, block.sex]
    with np.errstate(divide="ignore"):
        return -np.log(inverse)


def leave_log_odds(tables: Tables, block: Persons, trace: Bytes, row: int) -> Floats:
    """Log odds of remission of one state in every year of every person, float64[age, person]; see above."""
    equation = tables.row[row]
    edges = tables.edge[equation["leave_first"] : equation["leave_end"]]
    odds = _product(tables, block, trace, int(equation["fixed_leave"]), edges)
    odds *= tables.leave_odds[: len(trace), row][:, block.sex]
    if equation["spell"] >= 0:
        ratio = np.array([equation[f"ratio_{k}"] for k in (1, 1, 2, 3)], np.float64)
        odds *= ratio[_spells(trace[:, equation["now"]])]
    with np.errstate(divide="ignore"):
        return np.log(odds)


def _product(tables: Tables, block: Persons, trace: Bytes, fixed: int, edges: np.ndarray) -> Floats:
    """Fixed multiplier times the factors of all edges, float64[age, person]."""
    product = np.ones((len(trace), trace.shape[2]))
    if fixed >= 0:
        product *= block.fixed[fixed]
    derived = set(tables.derived["target"].tolist())
    for edge in edges:
        ages = slice(int(edge["first_age"]), int(edge["last_age"]) + 1)
        read = trace[:, edge["column"]]
        if int(edge["column"]) in derived:  # made at the end of the year, so read a year later
            read = np.concatenate([np.zeros_like(read[:1]), read[:-1]])
        if edge["peer"] >= 0:
            product[ages] *= tables.peer_ratio[edge["peer"]][_percent_of_others(read[ages], block.cells)]
        else:
            product[ages] *= np.where(read[ages], edge["on"], edge["off"])
    return product


def _percent_of_others(column: Bytes, cells: np.ndarray) -> NDArray[np.int64]:
    """Whole per cent of the others in the cell who have it, [age, person]."""
    sizes, has = np.diff(cells), column.astype(np.int64)
    total = np.repeat(np.add.reduceat(has, cells[:-1], axis=1), sizes, axis=1)
    others = np.repeat(np.maximum(sizes - 1, 1), sizes)
    return (200 * (total - has) + others) // (2 * others)


def _spells(column: Bytes) -> Bytes:
    """Years in a row that a column has been on by the end of last year, at most three, [age, person]."""
    spells = np.zeros_like(column)
    for age in range(1, len(column)):
        spells[age] = np.minimum(spells[age - 1] + 1, LONGEST_SPELL) * column[age - 1]
    return spells
