"""The slow twin of the kernel: plain Python, one person and one year at a time, from the model's definition.

It reads the same tables and must give the same lives, bit by bit, in every arm and at every age. It shares no
code with the kernel: states are remembered as histories, conditions are ``all(...)``, and what the kernel keeps
as counters (spells, "ever", "within n years") is looked up in the history. Only the order of the float32
multiplications is the kernel's, because the last bit depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from livsbana.lifecourse.compile import AGES
from livsbana.lifecourse.kernel import Birth, Derive, Form, Persons, Programmes, Tables

ROUNDS = 10
MULTIPLIER, WEYL, WORD = 0xD256D193, 0x9E3779B9, 0xFFFFFFFF
MINUS_LOG_MANTISSA = (
    0.004552898462861776, -0.008164203725755215, 0.011842052452266216, 0.0015188942197710276,
    0.016879256814718246, 0.04151175171136856, 0.12500642240047455, 0.5,
)  # fmt: skip
LN2 = np.float32(0.6931471805599453)
ONE = np.float32(1)
LONGEST_SPELL = 3
TRAIT_DECISION, FAMILY_LUCK, OWN_LUCK = 127 << 16, 2, 34


# ---------------------------------------------------------------- luck


@lru_cache(maxsize=1 << 15)
def philox_words(word0: int, word1: int, key: int) -> tuple[int, int]:
    """Philox2x32-10 in Python integers (Salmon et al. 2011)."""
    for round_number in range(ROUNDS):
        high, low = divmod(word0 * MULTIPLIER, WORD + 1)
        word0, word1 = high ^ word1 ^ ((key + round_number * WEYL) & WORD), low
    return word0, word1


def uniform_of(word: int) -> np.float32:
    """The upper 24 bits as a number in [0, 1)."""
    return np.float32((word >> 8) / 2**24)


@lru_cache(maxsize=1 << 15)
def waiting_time_of(word: int) -> np.float32:
    """-log(u), u being the upper 23 bits followed by a one: whole halvings and a polynomial."""
    odd = (word >> 9) * 2 + 1
    bits = odd.bit_length()
    t = np.float32(2 - odd / 2 ** (bits - 1))
    p = np.float32(0)
    for c in MINUS_LOG_MANTISSA:
        p = p * t + np.float32(c)
    return np.float32(24 - bits) * LN2 + p * t


# ---------------------------------------------------------------- birth


def replay_birth(birth: Birth, first: int, persons: int) -> Persons:
    """The persons that ``born`` makes, as one cell; for comparison."""
    made = [_newborn(birth, (int(birth.key[0]) + first + i) & WORD) for i in range(persons)]
    rows = birth.loadings.shape[0]
    return Persons(
        key=np.array([key for key, *_ in made], np.uint32),
        sex=np.array([sex for _, sex, *_ in made], np.uint8),
        profile=np.array([profile for _, _, profile, _ in made], np.int64),
        fixed=np.array([fixed for *_, fixed in made], np.float32).reshape(persons, rows).T.copy(),
        cells=np.array([0, persons], np.int64),
    )


def _newborn(birth: Birth, key: int) -> tuple[int, int, int, list[np.float32]]:
    """Key, sex, profile and fixed multipliers of one person."""
    seed, sibling = int(birth.seed[0]), key - key % 2

    def word(whose: int, decision: int) -> int:
        return philox_words(whose, TRAIT_DECISION + decision, seed)[0]

    mine = _interval(uniform_of(word(key, 1)), birth.own_profile)
    profile = _interval(uniform_of(word(sibling, 0)), birth.family_profile) * len(birth.own_profile) + mine
    dimensions = range(birth.loadings.shape[1])
    shared = [float(birth.normal[word(sibling, FAMILY_LUCK + d) >> 20]) for d in dimensions]
    unshared = [float(birth.normal[word(key, OWN_LUCK + d) >> 20]) for d in dimensions]
    liability = [
        sum(birth.family_part[d, e] * shared[e] + birth.own_part[d, e] * unshared[e] for e in range(d + 1))
        for d in dimensions
    ]
    scores = [sum(load * z for load, z in zip(loads, liability, strict=True) if load) for loads in birth.loadings]
    fixed = [birth.trait_multiplier[r, profile] * np.float32(_exponential(s)) for r, s in enumerate(scores)]
    return key, int(birth.male[mine]), profile, fixed


def _times(product: np.float32, factor: np.float32) -> np.float32:
    """A factor of 0 or infinity decides, whatever else there is: that is how a factor is set."""
    return factor if factor in (0.0, np.inf) else product * factor


def _interval(u: np.float32, limits: np.ndarray) -> int:
    """The interval of a cumulative distribution in which ``u`` falls."""
    return next((k for k, limit in enumerate(limits) if u < limit), len(limits) - 1)


def _exponential(x: float) -> float:
    """exp(x) as (exp(x / 256)) to the power 256, the small one by its first five terms."""
    y = x / 256
    p = 1 + y * (1 + y * 0.5 * (1 + y * (1 / 3) * (1 + y * 0.25 * (1 + y * 0.2))))
    for _ in range(8):
        p = p * p
    return p


# ---------------------------------------------------------------- lives


@dataclass
class Life:
    """One person in one arm: all columns at the end of last year, and the ages at which each was on."""

    person: int
    arm: int
    sex: int
    columns: dict[int, int]
    ages_on: dict[int, list[int]]
    now: dict[int, int] = field(default_factory=dict)  # columns settled so far this year
    alive: bool = True
    started: dict[int, int] = field(default_factory=dict)  # programme: age at start
    effective: set[int] = field(default_factory=set)

    def spell(self, column: int, age: int) -> int:
        """Years in a row, up to three, that a column has been on by the end of an age."""
        length = 0
        while length < LONGEST_SPELL and age - length in self.ages_on[column][-LONGEST_SPELL:]:
            length += 1
        return length


@dataclass(frozen=True)
class Replay:
    """What the twin saw; the arrays have the shapes of ``Counts``, and ``trace[arm, age, column, person]``."""

    trace: np.ndarray
    tally: np.ndarray
    among_participants: np.ndarray
    started: np.ndarray
    by_profile: np.ndarray
    followed: np.ndarray


def replay(
    tables: Tables, persons: Persons, programmes: Programmes, seed: int, arms: int = 1, last_age: int = AGES - 1
) -> Replay:
    """Live the lives of a block again, slowly.

    Parameters
    ----------
    tables, persons, programmes
        What the kernel gets; intercepts must be solved.
    seed : int
        Seed of the yearly luck.

    Returns
    -------
    Replay
        Equal to the kernel's counts and trace.
    """
    with np.errstate(all="ignore"):
        return _Twin(tables, persons, programmes, seed, arms, last_age).run()


def _records(array: np.ndarray) -> list[SimpleNamespace]:
    """Records as objects: Python integers and single-precision numbers."""
    names = array.dtype.names or ()
    return [SimpleNamespace(**{k: r[k] if array.dtype[k] == np.float32 else int(r[k]) for k in names}) for r in array]


class _Twin:
    """The tables in the form in which the twin reads them, and what it counts; used once."""

    def __init__(
        self, tables: Tables, persons: Persons, programmes: Programmes, seed: int, arms: int, last_age: int
    ) -> None:
        self.tables, self.persons, self.seed, self.arms, self.last_age = tables, persons, seed & WORD, arms, last_age
        self.factors, self.rows, self.edges = (_records(t) for t in (tables.factor, tables.row, tables.edge))
        self.derived = _records(tables.derived)
        self.tallies, self.terms = _records(tables.tally), _records(tables.term)
        self.programmes, self.conditions = _records(programmes.programme), _records(programmes.term)
        self.effects = _records(programmes.effect)
        self.onset_factor, self.leave_factor = programmes.onset_factor, programmes.leave_factor
        self.packed = [int(c) for c in tables.packed]
        self.settled_this_year = {r.now for r in self.rows}
        self.year_before = {r.last: r.now for r in self.rows}
        columns, n = int(tables.sizes[0]), len(persons.key)
        places, groups = (int((tables.slices[k] != -2).sum()) for k in range(2))
        shape = (last_age + 1, len(self.tallies), places)
        self.out = Replay(
            trace=np.zeros((arms, last_age + 1, columns, n), np.uint8),
            tally=np.zeros((arms, *shape, groups), np.int64),
            among_participants=np.zeros((arms, 2, *shape, 1), np.int64),
            started=np.zeros((len(self.programmes), last_age + 1), np.int64),
            by_profile=np.zeros((len(self.programmes), len(tables.constant_value)), np.int64),
            followed=np.zeros((len(self.effects), 40, 3), np.int64),
        )

    def run(self) -> Replay:
        for first, end in zip(self.persons.cells[:-1], self.persons.cells[1:], strict=True):
            worlds = [[self._newborn(i, arm) for i in range(first, end)] for arm in range(self.arms)]
            for age in range(self.last_age + 1):
                for cell in worlds:
                    for life in cell:
                        self._recruit(life, age)
                    for life in cell:
                        self._year(life, cell, age)
                    for life in cell:
                        self._end_year(life, age)
                for everybody in zip(*worlds, strict=True):
                    self._count(everybody, age)
        return self.out

    def _newborn(self, person: int, arm: int) -> Life:
        columns = dict.fromkeys(range(int(self.tables.sizes[0])), 0)
        values = self.tables.constant_value[self.persons.profile[person]]
        columns |= {int(c): int(v) for c, v in zip(self.tables.constant, values, strict=True)}
        return Life(person, arm, int(self.persons.sex[person]), columns, {r.now: [] for r in self.rows})

    def _value(self, life: Life, column: int) -> int:
        """A column in the midst of a year: this year's value if asked for, else as of the end of last year."""
        if column in self.settled_this_year:
            return life.now[column]
        return self._last_year(life, column)

    def _last_year(self, life: Life, column: int) -> int:
        """A column between two years."""
        return life.columns[self.year_before.get(column, column)]

    def _end_year(self, life: Life, age: int) -> None:
        """Remember the year; "last year" still means the year before."""
        for column, on in life.now.items():
            if on:
                life.ages_on[column].append(age)
        last = {last: life.columns[now] for last, now in self.year_before.items()}
        life.columns |= last | life.now
        life.now = {}
        life.columns |= {d.target: int(self._looked_up(life, d, age)) for d in self.derived}

    def _looked_up(self, life: Life, d: SimpleNamespace, age: int) -> bool:
        """What a derived column says about the ages at which another was on."""
        ages = life.ages_on[d.source]
        if d.kind == Derive.EVER:
            return bool(ages)
        if d.kind == Derive.WINDOW:
            return any(d.a <= on <= d.b for on in ages)
        if d.kind == Derive.WITHIN:
            return bool(ages) and ages[-1] > age - d.b
        return life.spell(d.source, age) == d.b

    def _recruit(self, life: Life, age: int) -> None:
        for q, p in enumerate(self.programmes):
            open_now = p.arm == life.arm and p.first_age <= age <= p.last_age
            if not open_now or not life.alive or q in life.started:
                continue
            place, willing = (uniform_of(w) for w in self._words(life, p.luck))
            eligible = all(
                self._last_year(life, c.column) != c.negated for c in self.conditions[p.term_first : p.term_end]
            )
            if eligible and p.reach_from <= place < p.reach_to and willing < p.uptake:
                life.started[q] = age
                self.out.started[q, age] += 1
                self.out.by_profile[q, self.persons.profile[life.person]] += 1
                if willing < p.effective:
                    life.effective.add(q)

    def _effects(self, life: Life, row: int, age: int, table: np.ndarray) -> Iterator[np.float32]:
        """Factors of the programmes in which the person takes part with effect on this row."""
        mine = [y for y, e in enumerate(self.effects) if e.row == row and e.programme in life.effective]
        for y in mine:
            e = self.effects[y]
            if e.first_age <= age <= e.last_age:
                yield table[y, min(len(mine), table.shape[1]) - 1, age - life.started[e.programme]]

    def _words(self, life: Life, decision: int) -> tuple[int, int]:
        return philox_words(int(self.persons.key[life.person]), decision & WORD, self.seed)

    def _word(self, life: Life, age: int, luck: int) -> int:
        """The word of a decision at an age; two decisions share one draw of two words."""
        return self._words(life, age * 2**16 + luck // 2)[luck % 2]

    def _year(self, life: Life, cell: list[Life], age: int) -> None:
        """Settle every factor in order; an equation that read one not yet settled would fail here."""
        for f in self.factors:
            rows = range(f.first_row, f.first_row + f.rows)
            if f.form == Form.CATEGORY:
                self._choose(life, cell, age, rows)
            else:
                on = self._settle(life, cell, age, f.first_row, f.form)
                life.now[self.rows[f.first_row].now] = on
                life.alive = life.alive and not (f.form == Form.DEATH and on)

    def _settle(self, life: Life, cell: list[Life], age: int, k: int, form: int) -> int:
        """The value of a state, event, milestone or death this year."""
        row = self.rows[k]
        was = life.columns[row.now]
        lasts = form in (Form.MILESTONE, Form.DEATH)
        if not row.first_age <= age <= row.last_age:
            return was if lasts else 0
        if not life.alive:
            return int(form == Form.DEATH and was)
        if form == Form.STATE and was:
            odds = self._leaving(life, cell, age, k) * self.tables.leave_odds[age, k, life.sex]
        else:
            odds = _times(self.tables.inverse_onset[age, k, life.sex], self._starting(life, cell, age, k))
        return int(uniform_of(self._word(life, age, row.luck)) * (ONE + odds) < ONE)

    def _starting(self, life: Life, cell: list[Life], age: int, k: int) -> np.float32:
        """1/odds of onset without the intercept (category: 1/weight)."""
        row = self.rows[k]
        w = self._product(life, cell, age, row.fixed_onset, self.edges[row.onset_first : row.onset_end])
        for factor in self._effects(life, k, age, self.onset_factor):
            w = _times(w, factor)
        return w

    def _leaving(self, life: Life, cell: list[Life], age: int, k: int) -> np.float32:
        """Odds of remission without the intercept."""
        row = self.rows[k]
        w = self._product(life, cell, age, row.fixed_leave, self.edges[row.leave_first : row.leave_end])
        if row.spell >= 0:
            w = w * (row.ratio_1, row.ratio_1, row.ratio_2, row.ratio_3)[life.spell(row.now, age - 1)]
        for factor in self._effects(life, k, age, self.leave_factor):
            w = _times(w, factor)
        return w

    def _product(self, life: Life, cell: list[Life], age: int, fixed: int, edges: list[SimpleNamespace]) -> np.float32:
        """The person's fixed multiplier times the factor of every edge that is active at this age."""
        w = ONE if fixed < 0 else self.persons.fixed[fixed, life.person]
        for e in edges:
            if e.first_age <= age <= e.last_age:
                if e.peer < 0:
                    w = w * (e.on if self._value(life, e.column) else e.off)
                elif len(cell) > 1:
                    w = w * self.tables.peer_ratio[e.peer, self._percent_of_others(life, cell, e.column)]
        return w

    def _percent_of_others(self, life: Life, cell: list[Life], column: int) -> int:
        """Whole percent of the others in the cell, the dead included, who had the factor last year; half goes up."""
        others = [self._value(other, column) for other in cell if other is not life]
        return (2 * 100 * sum(others) + len(others)) // (2 * len(others))

    def _choose(self, life: Life, cell: list[Life], age: int, rows: range) -> None:
        """The alternative with the shortest waiting time, unless another is forced; the dead are in none."""
        waiting: dict[int, np.float32] = {}
        forced = None
        for k in rows:
            row = self.rows[k]
            if row.forced_by >= 0:
                forced = k if self._value(life, row.forced_by) else forced
            elif life.alive and row.first_age <= age <= row.last_age:
                stay = self.tables.leave_odds[age, k, life.sex] if life.columns[row.now] else ONE
                rate = _times(self.tables.inverse_onset[age, k, life.sex], self._starting(life, cell, age, k)) * stay
                waiting[k] = rate * waiting_time_of(self._word(life, age, row.luck))
        possible = {k: w for k, w in waiting.items() if w < np.inf}
        chosen = min(possible, key=lambda k: possible[k]) if possible else None
        if waiting and forced is not None:
            chosen = forced
        for k in rows:
            life.now[self.rows[k].now] = int(k == chosen)

    def _count(self, worlds: tuple[Life, ...], age: int) -> None:
        """Add one person, in all arms, to the trace and the counts."""
        for life in worlds:
            self.out.trace[life.arm, age, :, life.person] = [life.columns[c] for c in range(len(life.columns))]
            self._tally(life, age, self.out.tally[life.arm, age])
        for life in worlds[1:]:
            if life.started:
                self._tally(worlds[0], age, self.out.among_participants[life.arm, 0, age])
                self._tally(life, age, self.out.among_participants[life.arm, 1, age])
        for y, e in enumerate(self.effects):
            there = worlds[self.programmes[e.programme].arm]
            if e.programme in there.effective and worlds[0].alive:
                years = age - there.started[e.programme]
                if years < self.out.followed.shape[1]:
                    now = self.rows[e.row].now
                    self.out.followed[y, years] += 1, worlds[0].columns[now], there.columns[now]

    def _tally(self, life: Life, age: int, out: np.ndarray) -> None:
        """Add a living person to ``out[K, places, groups]``."""
        if not life.alive:
            return
        inside = [[j for j in range(out.shape[axis + 1]) if self._member(life, axis, j)] for axis in range(2)]
        for k, spec in enumerate(self.tallies):
            if spec.first_age <= age <= spec.last_age:
                terms = self.terms[spec.term_first : spec.term_end]
                if all(life.columns[self.packed[t.column]] != t.negated for t in terms):
                    out[np.ix_([k], *inside)] += 1

    def _member(self, life: Life, axis: int, j: int) -> bool:
        """Whether the person belongs to place (axis 0) or group (axis 1) number j."""
        k = int(self.tables.slices[axis, j])
        return k < 0 or bool(life.columns[self.packed[k]])
