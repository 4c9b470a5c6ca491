"""Declarations to tables: validate, lay out columns, order the equations, fill every number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import exp, log

import numpy as np

from livsbana.errors import InputError
from livsbana.lifecourse.kernel import DERIVED, EDGE, FACTOR, ROW, TALLY, TERM, Derive, Form, Tables
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Alternative, Condition, Edge, Factor, Number

AGES = 66
Value = Callable[[Number], float]
TRACKED = ("state", "event", "milestone", "death", "category")
FORMS = {"state": Form.STATE, "event": Form.EVENT, "milestone": Form.MILESTONE, "death": Form.DEATH}


@dataclass(frozen=True)
class TallySpec:
    """Persons a year for whom all ``conditions`` hold, at ``ages`` (both included)."""

    conditions: tuple[Condition, ...]
    ages: tuple[int, int] = (0, AGES - 1)


@dataclass(frozen=True)
class Window:
    """A factor at any of the ages ``first``..``last``; in an association or a follow-up."""

    factor: str
    first: int
    last: int


@dataclass(frozen=True)
class WindowCount:
    """Persons at age ``at`` by windows that must be on (True) or off (False) and by traits."""

    windows: tuple[tuple[Window, bool], ...]
    traits: tuple[tuple[str, str], ...]
    at: int


@dataclass(frozen=True)
class Fit:
    """Fitted values: loadings, trait log odds ratios, slopes of remission by year of spell.

    ``loadings[row][liability]`` and ``traits[row]["trait.value"]`` are log odds ratios of onset;
    ``slopes[factor]`` lowers the log odds of remission for each further year of a spell.
    """

    loadings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    traits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    slopes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One equation: a factor, or one alternative of a category."""

    id: str
    factor: Factor
    alternative: Alternative | None
    ages: tuple[int, int]


@dataclass(frozen=True)
class Model:
    """The compiled model: tables for the kernel and the names that go with them."""

    tables: Tables
    rows: tuple[Row, ...]
    row_of: dict[str, int]
    profiles: tuple[tuple[str, ...], ...]
    family_traits: tuple[str, ...]
    own_traits: tuple[str, ...]
    liabilities: tuple[str, ...]
    loadings: np.ndarray
    trait_multiplier: np.ndarray
    groups: tuple[str, ...]
    places: int
    tally_specs: tuple[TallySpec | WindowCount, ...]
    columns: dict[str, int]


def compile_model(
    library: Library,
    value: Value,
    fit: Fit,
    tally: Sequence[TallySpec | WindowCount] = (),
    causal_power: float = 1.0,
    peers: bool = True,
    everywhere: bool = False,
) -> Model:
    """Compile a library into kernel tables; intercepts are left to alignment.

    Parameters
    ----------
    value : callable
        Gives the value of a Number (central or of one draw).
    fit : Fit
        Fitted loadings, trait multipliers and slopes.
    tally : sequence
        Conjunctions to count each year, or window counts at one age.
    causal_power : float
        Every causal odds ratio is raised to this power (0 = no causal edge acts).
    peers : bool
        Whether edges through the cell act.
    everywhere : bool
        Count all the living in one place, also those abroad, instead of by residence.

    Raises
    ------
    InputError
        When equations read each other within a year in a circle.
    """
    return _Compiler(library, value, fit, causal_power, peers, everywhere).compile(tally)


def ordered_factors(library: Library) -> list[Factor]:
    """Factors with an equation, each after those it reads in the same year; death first."""
    tracked = [f for f in library.factors.values() if f.kind in TRACKED]
    tracked.sort(key=lambda f: f.kind != "death")
    needs = {f.id: _needs_this_year(library, f) for f in tracked}
    done: list[Factor] = []
    waiting = list(tracked)
    while waiting:
        ready = next((f for f in waiting if needs[f.id] <= {d.id for d in done}), None)
        if ready is None:
            names = ", ".join(f.id for f in waiting)
            raise InputError(
                f"these factors read each other within the same year: {names}; let one edge read last_year"
            )
        done.append(ready)
        waiting.remove(ready)
    return done


def _needs_this_year(library: Library, factor: Factor) -> set[str]:
    """Ids of the factors that must be settled first in a year."""
    needs = {
        e.source_factor.split(".")[0]
        for e in library.edges
        if e.reads == "this_year" and e.target_factor.split(".")[0] == factor.id
    }
    if factor.requires is not None and factor.requires.reads == "this_year":
        needs.add(factor.requires.factor.split(".")[0])
    needs |= {a.forced_by.split(".")[0] for a in factor.alternatives if a.forced_by}
    return needs


def rows_of(factors: Iterable[Factor]) -> list[Row]:
    """The equations in kernel order."""
    rows: list[Row] = []
    for f in factors:
        if f.kind == "category":
            rows += [Row(f"{f.id}.{a.id}", f, a, _clip(a.ages)) for a in f.alternatives]
        else:
            assert f.ages is not None
            rows.append(Row(f.id, f, None, _clip(f.ages)))
    return rows


def _clip(ages: tuple[int, int]) -> tuple[int, int]:
    """Ages inside the years that the kernel runs; pregnancy is settled at birth."""
    return max(ages[0], 0), min(ages[1], AGES - 1)


class _Compiler:
    """Lays out columns on demand; used once."""

    def __init__(
        self, library: Library, value: Value, fit: Fit, causal_power: float, peers: bool, everywhere: bool
    ) -> None:
        self.library, self.value, self.fit = library, value, fit
        self.causal_power, self.peers, self.everywhere = causal_power, peers, everywhere
        self.factors = ordered_factors(library)
        self.rows = rows_of(self.factors)
        self.row_of = {r.id: k for k, r in enumerate(self.rows)}
        self.columns: dict[str, int] = {}
        self.derived: list[tuple[Derive, int, int, int, int]] = []
        self.spells: dict[int, int] = {}
        self.counters = 0
        for r in self.rows:
            self._new(r.id)
            self._new(f"{r.id}@last")
        traits = [f for f in library.factors.values() if f.kind == "trait"]
        self.family = [f for f in traits if f.shared_in_family]
        self.own = [f for f in traits if not f.shared_in_family]
        self.traits = self.family + self.own
        for f in self.traits:
            for v in f.values:
                self._new(f"{f.id}.{v.id}")
        self.profiles = tuple(product(*([v.id for v in f.values] for f in self.traits)))

    # columns ------------------------------------------------------------

    def _new(self, name: str) -> int:
        return self.columns.setdefault(name, len(self.columns))

    def _column(self, reference: str, reads: str = "this_year", a: int = 0, b: int = 0) -> int:
        """Column of a factor, alternative or trait value, read in one of the declared ways."""
        if reference not in self.row_of:
            return self.columns[reference]
        if reads == "this_year":
            return self.columns[reference]
        if reads == "last_year":
            return self.columns[f"{reference}@last"]
        if reads == "ever":
            return self._derive(f"{reference}@ever", Derive.EVER, reference, 0, 0)
        if reads == "window":
            return self._derive(f"{reference}@{a}-{b}", Derive.WINDOW, reference, a, b)
        if reads == "within_n_years":
            return self._derive(f"{reference}@within{b}", Derive.WITHIN, reference, -1, b)
        return self._derive(f"{reference}@year{b}", Derive.DURATION, reference, self._spell(self.row_of[reference]), b)

    def _derive(self, name: str, kind: Derive, reference: str, a: int, b: int) -> int:
        if name not in self.columns:
            if kind == Derive.WITHIN:
                a = self._counter()
            self.derived.append((kind, self.columns[reference], self._new(name), a, b))
        return self.columns[name]

    def _counter(self) -> int:
        self.counters += 1
        return self.counters - 1

    def _spell(self, row: int) -> int:
        if row not in self.spells:
            self.spells[row] = self._counter()
        return self.spells[row]

    # equations ----------------------------------------------------------

    def compile(self, tally: Sequence[TallySpec | WindowCount]) -> Model:
        onset, leave, peer = self._edges()
        for k, r in enumerate(self.rows):
            if r.factor.duration > 1 and (r.factor.kind == "state" or r.factor.kind == "category"):
                self._spell(k)
        terms = [self._terms(spec) for spec in tally]
        packed, places, groups = self._packed(terms)
        loadings, multiplier, fixed = self._fixed()
        tables = self._tables(onset, leave, peer, fixed, packed, places, groups, terms, tally)
        return Model(
            tables=tables,
            rows=tuple(self.rows),
            row_of=self.row_of,
            profiles=self.profiles,
            family_traits=tuple(f.id for f in self.family),
            own_traits=tuple(f.id for f in self.own),
            liabilities=self._liabilities(),
            loadings=loadings,
            trait_multiplier=multiplier,
            groups=("all", *(f"{f.id}.{v.id}" for f in self.traits for v in f.values)),
            places=len(places),
            tally_specs=tuple(tally),
            columns=dict(self.columns),
        )

    def _edges(self) -> tuple[list[list[tuple]], list[list[tuple]], list[np.ndarray]]:
        """Edges by receiving row as (column, first age, last age, off, on, peer row)."""
        onset: list[list[tuple]] = [[] for _ in self.rows]
        leave: list[list[tuple]] = [[] for _ in self.rows]
        peer: list[np.ndarray] = []
        for k, r in enumerate(self.rows):
            if r.factor.requires is not None:
                need = r.factor.requires
                onset[k].append((self._column(need.factor, need.reads), 0, AGES - 1, np.inf, 1.0, -1))
        for e in self.library.edges:
            if e.via == "cell" and not self.peers:
                continue
            k = self.row_of[e.target_factor]
            sign = 1.0 if e.acts_on == "remission" else -1.0
            power = sign * self.causal_power * log(self.value(e.causal))
            peer_row = -1
            if e.via == "cell":
                peer_row = len(peer)
                peer.append(np.array([exp(power * share / 100) for share in range(101)], np.float32))
            first, last = _clip(e.ages)
            edge = (self._edge_column(e), first, last, 1.0, exp(power), peer_row)
            (leave if e.acts_on == "remission" else onset)[k].append(edge)
        return onset, leave, peer

    def _edge_column(self, e: Edge) -> int:
        if e.reads == "at_age":
            assert e.age is not None
            return self._column(e.source_factor, "window", e.age, e.age)
        return self._column(e.source_factor, e.reads, b=e.years or 0)

    def _liabilities(self) -> tuple[str, ...]:
        return tuple(f.id for f in self.library.factors.values() if f.kind == "liability")

    def _fixed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Loadings of -log odds, trait multipliers of 1/odds, and each row's fixed row or -1."""
        names = self._liabilities()
        loadings, multipliers = [], []
        fixed = np.full(len(self.rows), -1, np.int64)
        for k, r in enumerate(self.rows):
            load = self.fit.loadings.get(r.id, {})
            beta = self.fit.traits.get(r.id, {})
            if not any(load.values()) and not any(beta.values()):
                continue
            fixed[k] = len(loadings)
            loadings.append([-load.get(name, 0.0) for name in names])
            multipliers.append([exp(-self._trait_score(beta, p)) for p in self.profiles])
        return (
            np.array(loadings, np.float64).reshape(len(loadings), len(names)),
            np.array(multipliers, np.float32).reshape(len(loadings), len(self.profiles)),
            fixed,
        )

    def _trait_score(self, beta: Mapping[str, float], profile: tuple[str, ...]) -> float:
        return sum(beta.get(f"{f.id}.{v}", 0.0) for f, v in zip(self.traits, profile, strict=True))

    # tallies --------------------------------------------------------------

    def _terms(self, spec: TallySpec | WindowCount) -> list[tuple[int, int]]:
        """Columns and negations whose conjunction is counted."""
        if isinstance(spec, WindowCount):
            found = [(self._column(w.factor, "window", w.first, w.last), int(not on)) for w, on in spec.windows]
            return found + [(self.columns[f"{trait}.{v}"], 0) for trait, v in spec.traits]
        return [term for c in spec.conditions for term in condition_terms(self.library, c, self._condition_column)]

    def _condition_column(self, reference: str, years: int | None) -> int:
        return self._column(reference, "duration", b=years) if years else self._column(reference)

    def _packed(self, terms: list[list[tuple[int, int]]]) -> tuple[list[int], list[int], list[int]]:
        wanted = sorted({column for found in terms for column, _ in found})
        counted = () if self.everywhere else ("home", "region", "sweden")
        places = [self.columns[f"residence.{p}"] for p in counted if f"residence.{p}" in self.columns]
        groups = [self.columns[f"{f.id}.{v.id}"] for f in self.traits for v in f.values]
        packed = list(dict.fromkeys([*wanted, *places, *groups]))
        return packed, [packed.index(c) for c in places] or [-1], [-1, *(packed.index(c) for c in groups)]

    # arrays -----------------------------------------------------------------

    def _tables(self, onset, leave, peer, fixed, packed, places, groups, terms, tally) -> Tables:
        n, edges = len(self.rows), [e for found in (*onset, *leave) for e in found]
        first_rows = (
            self.row_of[f.id if f.kind != "category" else f"{f.id}.{f.alternatives[0].id}"] for f in self.factors
        )
        forms = (FORMS.get(f.kind, Form.CATEGORY) for f in self.factors)
        counts = (len(f.alternatives) or 1 for f in self.factors)
        constant, constant_value = self._constants()
        position = {c: k for k, c in enumerate(packed)}
        return Tables(
            factor=_records(FACTOR, zip(forms, first_rows, counts, strict=True)),
            row=_records(ROW, self._row_records(onset, leave, fixed)),
            edge=_records(EDGE, ((c, first, last, peer_row, off, on) for c, first, last, off, on, peer_row in edges)),
            peer_ratio=np.array(peer, np.float32).reshape(len(peer), 101),
            derived=_records(DERIVED, self.derived),
            tally=_records(TALLY, self._tally_records(terms, tally)),
            term=_records(TERM, ((position[c], negated) for found in terms for c, negated in found)),
            packed=_i64(packed),
            slices=_slices(places, groups),
            constant=constant,
            constant_value=constant_value,
            inverse_onset=np.ones((AGES, n, 2), np.float32),
            leave_odds=np.ones((AGES, n, 2), np.float32),
            sizes=_i64([len(self.columns), self.counters]),
        )

    def _row_records(self, onset: list[list[tuple]], leave: list[list[tuple]], fixed: np.ndarray) -> Iterable[tuple]:
        """Fields of ROW for every equation."""
        onset_end = np.cumsum([len(f) for f in onset])
        leave_end = onset_end[-1] + np.cumsum([len(f) for f in leave])
        for k, r in enumerate(self.rows):
            forced = r.alternative.forced_by if r.alternative else None
            yield (
                *r.ages, self.columns[r.id], self.columns[f"{r.id}@last"], k, self.spells.get(k, -1), fixed[k], -1,
                self.columns[forced] if forced else -1, onset_end[k] - len(onset[k]), onset_end[k],
                leave_end[k] - len(leave[k]), leave_end[k], *self._spell_ratio(r),
            )  # fmt: skip

    def _tally_records(
        self, terms: list[list[tuple[int, int]]], tally: Sequence[TallySpec | WindowCount]
    ) -> Iterable[tuple]:
        """Fields of TALLY for every counted conjunction."""
        end = 0
        for found, spec in zip(terms, tally, strict=True):
            end += len(found)
            yield (end - len(found), end, *_tally_ages(spec))

    def _spell_ratio(self, row: Row) -> tuple[float, float, float]:
        slope = self.fit.slopes.get(row.factor.id, 0.0)
        return 1.0, exp(-slope), exp(-2 * slope)

    def _constants(self) -> tuple[np.ndarray, np.ndarray]:
        """Columns set at birth: trait values, and home as the residence of the newborn."""
        names = [f"{f.id}.{v.id}" for f in self.traits for v in f.values]
        values = [
            [int(v.id == chosen) for f, chosen in zip(self.traits, p, strict=True) for v in f.values]
            for p in self.profiles
        ]
        if "residence.home" in self.columns:
            names += ["residence.home", "residence.home@last"]
            values = [[*v, 1, 1] for v in values]
        return _i64(self.columns[name] for name in names), np.array(values, np.uint8).reshape(
            len(self.profiles), len(names)
        )


def condition_terms(
    library: Library, condition: Condition, column: Callable[[str, int | None], int]
) -> list[tuple[int, int]]:
    """One condition as columns that must be on (0) or off (1).

    Values of a trait or a category exclude each other, so "one of these" is "none of the others".
    """
    if condition.state is not None:
        return [(column(condition.state, condition.years), int(condition.negate))]
    name = condition.trait or condition.category or ""
    wanted = list(condition.is_ or [])
    every = [v.id for v in library.factors[name].values] or [a.id for a in library.factors[name].alternatives]
    if condition.negate:
        return [(column(f"{name}.{v}", None), 1) for v in wanted]
    if len(wanted) == 1:
        return [(column(f"{name}.{wanted[0]}", condition.years), 0)]
    return [(column(f"{name}.{v}", None), 1) for v in every if v not in wanted]


def _tally_ages(spec: TallySpec | WindowCount) -> tuple[int, int]:
    return (spec.at, spec.at) if isinstance(spec, WindowCount) else _clip(spec.ages)


def _records(kind: np.dtype, fields: Iterable[tuple]) -> np.ndarray:
    """An array of records from tuples of their fields."""
    return np.array([tuple(f) for f in fields], kind)


def _slices(places: list[int], groups: list[int]) -> np.ndarray:
    """Packed index of each place and group in one table, padded with -2."""
    table = np.full((2, max(len(places), len(groups))), -2, np.int64)
    table[0, : len(places)], table[1, : len(groups)] = places, groups
    return table


def _i64(numbers: Iterable[int]) -> np.ndarray:
    return np.array([int(x) for x in numbers], np.int64)
