"""What is counted to compare the model with its evidence: targets, persistence and associations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import log, pi, sqrt

import numpy as np

from livsbana.lifecourse.compile import (
    AGES,
    Model,
    Row,
    TallySpec,
    Value,
    Window,
    WindowCount,
    ordered_factors,
    rows_of,
)
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Association, Condition, Number, Persistence, Remission, Target

Spec = TallySpec | WindowCount
Cell = tuple[tuple[int, Spec], ...]
LOG_ODDS_PER_D = pi / sqrt(3)
UNKNOWN_SPREAD = 0.3  # of a log odds ratio published without an interval


@dataclass(frozen=True)
class LevelMeasure:
    """A target, a persistence or a remission and the counts whose ratio it is.

    A remission is what is left out: the share of those in the first year of a spell without a second.
    """

    row: Row
    target: Target | Persistence | Remission
    above: Spec
    below: Spec

    @property
    def name(self) -> str:
        """What is measured, in words."""
        t = self.target
        where = "".join(f", {k} {v}" for k, v in getattr(t, "where", {}).items())
        what = "ends after a year" if isinstance(t, Remission) else t.kind if isinstance(t, Target) else _kept(t)
        return f"{self.row.id} {what}, ages {t.ages[0]}–{t.ages[1]}{where}"


def _kept(persistence: Persistence) -> str:
    return f"kept {persistence.years} years"


@dataclass(frozen=True)
class AssociationMeasure:
    """An association and, for each stratum, the signed counts of (both, exposed only, outcome only, neither)."""

    association: Association
    exposed: str
    outcome: Window
    strata: tuple[tuple[Cell, Cell, Cell, Cell], ...]


@dataclass(frozen=True)
class Measures:
    """Everything that is compared with evidence."""

    levels: tuple[LevelMeasure, ...]
    flows: tuple[LevelMeasure, ...]
    associations: tuple[AssociationMeasure, ...]

    @property
    def specs(self) -> tuple[Spec, ...]:
        """The distinct counts that are needed, in a stable order."""
        wanted = [s for m in (*self.levels, *self.flows) for s in (m.above, m.below)]
        wanted += [s for m in self.associations for stratum in m.strata for cell in stratum for _, s in cell]
        return tuple(_distinct(wanted))


def _distinct(specs: Sequence[Spec]) -> list[Spec]:
    """Specs without repeats; conditions are compared by their text."""
    return list({repr(s): s for s in specs}.values())


def measures_of(library: Library) -> Measures:
    """What to count for all targets, persistences and associations of a library."""
    rows = rows_of(ordered_factors(library))
    levels = [m for row in rows for m in (*_target_measures(row), *_persistence_measures(row))]
    flows = [m for row in rows for m in _remission_measures(row)]
    return Measures(tuple(levels), tuple(flows), tuple(_association_measure(library, a) for a in library.associations))


def _on(row: Row, years: int | None = None) -> Condition:
    """The row is on this year, in the given year of its spell."""
    if row.alternative is not None:
        return Condition(**{"category": row.factor.id, "is": [row.alternative.id], "years": years})
    return Condition(state=row.id, years=years)


def _target_measures(row: Row) -> list[LevelMeasure]:
    targets = row.alternative.targets if row.alternative else row.factor.targets
    if targets == "none" or row.factor.kind == "death":
        return []
    measures = []
    for t in targets:
        if t.kind == "ever" and row.factor.kind != "milestone":
            measures.append(_lifetime_measure(row, t))
            continue
        group = tuple(Condition(**{"trait": k, "is": [v]}) for k, v in t.where.items())
        ages = (t.ages[1], t.ages[1]) if t.kind == "ever" else t.ages
        new = 1 if t.kind in ("incidence", "flow") and row.factor.kind == "state" else None
        measures.append(LevelMeasure(row, t, TallySpec((_on(row, new), *group), ages), TallySpec(group, ages)))
    return measures


def _lifetime_measure(row: Row, target: Target) -> LevelMeasure:
    """Share of the living at the last age who have had the state or event at any age until then."""
    last, group = target.ages[1], tuple(target.where.items())
    window = Window(row.id, row.ages[0], last)
    return LevelMeasure(row, target, WindowCount(((window, True),), group, last), WindowCount((), group, last))


def _persistence_measures(row: Row) -> list[LevelMeasure]:
    """Persistence from the middle age of its band."""
    measures = []
    for p in row.factor.persistence if row.alternative is None else []:
        at = (p.ages[0] + p.ages[1]) // 2
        first, later = Window(row.id, at, at), Window(row.id, at + p.years, at + p.years)
        below = WindowCount(((first, True),), (), at + p.years)
        measures.append(LevelMeasure(row, p, WindowCount(((first, True), (later, True)), (), at + p.years), below))
    return measures


def _remission_measures(row: Row) -> list[LevelMeasure]:
    """Remission after the first year of a spell, over the years of its band."""
    return [
        LevelMeasure(
            row,
            band,
            TallySpec((_on(row, 2),), (band.ages[0] + 1, min(band.ages[1], row.ages[1]))),
            TallySpec((_on(row, 1),), (band.ages[0], min(band.ages[1], row.ages[1]) - 1)),
        )
        for band in (row.factor.remission if row.alternative is None else [])
        if band.ages[0] < min(band.ages[1], row.ages[1])
    ]


def parse_window(text: str) -> Window:
    """``factor@a-b`` as a window; pregnancy counts as birth."""
    factor, _, ages = text.partition("@")
    found = re.fullmatch(r"(-?\d+)-(-?\d+)", ages)
    assert found is not None
    return Window(factor, max(int(found[1]), 0), min(int(found[2]), AGES - 1))


def _association_measure(library: Library, a: Association) -> AssociationMeasure:
    outcome = parse_window(a.target_factor)
    fixed = tuple(a.where.items())
    adjusting = [
        t for t in a.adjusted_for if t in library.factors and library.factors[t].kind == "trait" and t not in a.where
    ]
    adjusting = [t for t in adjusting if t != a.source_factor.split(".")[0]]
    strata = []
    for values in product(*([v.id for v in library.factors[t].values] for t in adjusting)):
        traits = fixed + tuple(zip(adjusting, values, strict=True))
        strata.append(tuple(_cell(library, a, outcome, traits, e, o) for e in (True, False) for o in (True, False)))
    both_first = tuple((s[0], s[1], s[2], s[3]) for s in strata)
    return AssociationMeasure(a, a.source_factor, outcome, both_first)


def _cell(
    library: Library, a: Association, outcome: Window, traits: tuple[tuple[str, str], ...], exposed: bool, ill: bool
) -> Cell:
    """Signed counts that sum to one cell of the two by two table; the dead are those no longer counted."""
    died = library.factors[outcome.factor].kind == "death" if outcome.factor in library.factors else False
    if "@" in a.source_factor:
        window = parse_window(a.source_factor)
        if died:
            return _survival_cell(window, traits, exposed, ill, outcome.last)
        return ((1, WindowCount(((window, exposed), (outcome, ill)), traits, max(window.last, outcome.last))),)
    trait, _, level = a.source_factor.partition(".")
    levels = [level] if exposed else [v.id for v in library.factors[trait].values if v.id != level]
    return tuple((1, WindowCount(((outcome, ill),), (*traits, (trait, v)), outcome.last)) for v in levels)


def _survival_cell(window: Window, traits: tuple[tuple[str, str], ...], exposed: bool, died: bool, last: int) -> Cell:
    """Those who died after the exposure, or who lived to the last age."""
    lived = WindowCount(((window, exposed),), traits, last)
    if not died:
        return ((1, lived),)
    return ((1, WindowCount(((window, exposed),), traits, window.last)), (-1, lived))


class Counted:
    """Counts of a model by spec: everybody, all places, summed over the ages of the spec."""

    def __init__(self, model: Model, tally: np.ndarray) -> None:
        totals = tally[..., 0].sum(axis=(0, 2)) if tally.ndim == 4 else tally
        self._total = {repr(s): int(n) for s, n in zip(model.tally_specs, totals, strict=True)}

    def __getitem__(self, spec: Spec) -> int:
        return self._total[repr(spec)]

    def level(self, m: LevelMeasure) -> tuple[float, float]:
        """Simulated share and its Monte Carlo standard error."""
        n = max(self[m.below], 1)
        p = self[m.above] / n
        p = 1 - p if isinstance(m.target, Remission) else p
        return p, sqrt(max(p * (1 - p), 1 / n) / n)

    def score(self, m: AssociationMeasure) -> tuple[float, float]:
        """Simulated association on its own scale (see ``score_of``) and its standard error."""
        tables = np.array(
            [[sum(sign * self[s] for sign, s in cell) + 0.5 for cell in stratum] for stratum in m.strata], float
        )
        return _score(m.association.measure, tables), sqrt((1 / tables.sum(0)).sum())


def _score(measure: str, tables: np.ndarray) -> float:
    """Mantel–Haenszel estimate over strata; logarithm for ratios, log odds per SD for d and r."""
    a, b, c, d = tables.T
    n = tables.sum(1)
    if measure in ("OR", "d", "r"):
        return log((a * d / n).sum() / (b * c / n).sum())
    exposed, other = a + b, c + d
    if measure == "RD":
        weight = exposed * other / n
        return float((weight * (a / exposed - c / other)).sum() / weight.sum())
    if measure == "HR":  # proportional hazards: ratio of cumulative hazards
        ratio = np.log1p(-a / exposed) / np.log1p(-c / other)
        return log((ratio * exposed).sum() / exposed.sum())
    return log((a * other / n).sum() / (c * exposed / n).sum())


def score_of(association: Association, value: Value) -> tuple[float, float]:
    """The published association on the scale of ``Counted.score``, and its standard error."""
    n = association.value
    x = _to_score(association.measure, value(n))
    if n.low is None or n.high is None:
        return x, UNKNOWN_SPREAD
    width = _to_score(association.measure, n.high) - _to_score(association.measure, n.low)
    return x, max(abs(width) / (3.92 if n.interval == "95" else 3.29), 0.02)


def _to_score(measure: str, x: float) -> float:
    if measure == "RD":
        return x
    if measure == "d":
        return x * LOG_ODDS_PER_D
    if measure == "r":
        return 2 * x / sqrt(1 - x * x) * LOG_ODDS_PER_D
    return log(x)


def allowed_miss(number: Number, error: float) -> float:
    """Largest miss that still meets a target: 4 Monte Carlo errors, 2 per cent, or half its interval's half-width."""
    interval = 0.0 if number.low is None or number.high is None else (number.high - number.low) / 2
    return max(4 * error, 0.02 * abs(number.value), interval)
