"""The one kernel: it reads tables, moves a block of persons through the years and counts.

No word of any life domain stands here. All jitted code of the package is in this one long file, with the
constants and tuples that it knows, because numba's cache does not see an edit in another file.

Shapes: ``columns[arm, column, person]`` uint8 (0 or 1); a *row* is one equation (a state, an event,
one alternative of a category); ages index the first axis of every rate table.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

Array = Any  # numpy arrays; their dtypes and shapes are given beside each field

u8, u32, u64, i32, i64 = np.uint8, np.uint32, np.uint64, np.int32, np.int64
f32, f64 = np.float32, np.float64
ONE, LN2 = np.float32(1), np.float32(0.6931471805599453)
FIXED_POINT = 2.0**40
SAMPLE, LAST_ROUNDS = 8, 8  # alignment of categories: every eighth person first, then everybody
LOW_HALF = np.uint64(0xFFFFFFFF)
# Jitted code makes no array, so it need not count references (_nrt), which threads would do one at a time.
OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, "_nrt": False}
jit = nb.njit(cache=True, **OPTIONS)
# Called by jitted code only, and kept on disk within what calls it.
inner = nb.njit(no_cpython_wrapper=True, **OPTIONS)
# Called for each row and year with tuples of arrays: a call would pass 200 arguments, a sixth of the whole time.
inlined = nb.njit(no_cpython_wrapper=True, forceinline=True, **OPTIONS)


class Form(IntEnum):
    """How a factor moves; the only behaviours the kernel knows."""

    STATE = 0
    EVENT = 1
    MILESTONE = 2
    CATEGORY = 3
    DEATH = 4


class Derive(IntEnum):
    """How a column is made from another at the end of each year."""

    EVER = 0
    WINDOW = 1  # on at any age a..b
    WITHIN = 2  # on in the last b years
    DURATION = 3  # on for exactly b years (3 = three or more)


STATE, EVENT, CATEGORY, DEATH = int(Form.STATE), int(Form.EVENT), int(Form.CATEGORY), int(Form.DEATH)
EVER, WINDOW, WITHIN, DURATION = int(Derive.EVER), int(Derive.WINDOW), int(Derive.WITHIN), int(Derive.DURATION)


def _record(**fields: Any) -> np.dtype:
    """A record type; numbers are int64 unless said otherwise."""
    return np.dtype(list(fields.items()))


INT, REAL = np.int64, np.float32
FACTOR = _record(form=INT, first_row=INT, rows=INT)
ROW = _record(
    first_age=INT, last_age=INT,
    now=INT, last=INT,  # columns of this year's and last year's value
    luck=INT,  # decision number
    spell=INT,  # row of the duration counters, or -1
    fixed_onset=INT, fixed_leave=INT,  # rows of Persons.fixed, or -1
    forced_by=INT,  # column that forces this alternative, or -1
    onset_first=INT, onset_end=INT, leave_first=INT, leave_end=INT,  # ranges of edges
    ratio_1=REAL, ratio_2=REAL, ratio_3=REAL,  # multiply the odds of leaving in year 1, 2, 3+ of a spell
)  # fmt: skip
EDGE = _record(column=INT, first_age=INT, last_age=INT, peer=INT, off=REAL, on=REAL)
DERIVED = _record(kind=INT, source=INT, target=INT, a=INT, b=INT)
TALLY = _record(term_first=INT, term_end=INT, first_age=INT, last_age=INT)
TERM = _record(column=INT, negated=INT)
PROGRAMME = _record(
    arm=INT, first_age=INT, last_age=INT, luck=INT, term_first=INT, term_end=INT,
    reach_from=REAL, reach_to=REAL,  # today's coverage and the scenario's
    uptake=REAL, effective=REAL,  # effective = uptake x completion x (1 - deadweight)
)  # fmt: skip
EFFECT = _record(programme=INT, row=INT, first_age=INT, last_age=INT)


class Tables(NamedTuple):
    """The compiled model. Records are described above."""

    factor: Array  # FACTOR[F]
    row: Array  # ROW[R] one equation each
    edge: Array  # EDGE[E] factors when the column is 0 and 1
    peer_ratio: Array  # float32[P, 101] factor by percent of others in the cell
    derived: Array  # DERIVED[D]
    tally: Array  # TALLY[K]
    term: Array  # TERM[] columns are indices into ``packed``
    packed: Array  # int64[] columns that tallies read
    slices: Array  # int64[2, max(places, groups)] packed index of each place and group, -1 = everybody, -2 = unused
    constant: Array  # int64[] columns set at birth from Persons.profile
    constant_value: Array  # uint8[profiles, constants]
    inverse_onset: Array  # float32[ages, R, 2 sexes] 1/odds of onset (category: 1/weight)
    leave_odds: Array  # float32[ages, R, 2 sexes] odds of remission (category: 1/stickiness)
    sizes: Array  # int64[2] number of columns and of duration counters


class Persons(NamedTuple):
    """One block of persons: whole cells, in order."""

    key: Array  # uint32[n]
    sex: Array  # uint8[n] 1 = male
    profile: Array  # int64[n] combination of trait values
    fixed: Array  # float32[rows, n] fixed multipliers, made at birth
    cells: Array  # int64[cells + 1] first person of each cell


class Programmes(NamedTuple):
    """What differs between arms. Q programmes over all arms, X effects."""

    programme: Array  # PROGRAMME[Q]
    term: Array  # TERM[] conditions of eligibility
    effect: Array  # EFFECT[X]
    onset_factor: Array  # float32[X, overlap, years] multiplies 1/odds of onset, by years since start
    leave_factor: Array  # float32[X, overlap, years] multiplies the odds of remission


class Goals(NamedTuple):
    """What alignment solves for; NaN keeps the intercept that stands in the tables."""

    onset: Array  # float64[ages, R, 2] share who have the state or alternative; yearly probability of an event
    leave: Array  # float64[ages, R, 2] probability of remission in a first year (category: to stay)
    passes: Array  # int64[1] largest number of Newton rounds in a category; 0 leaves categories alone


class Counts(NamedTuple):
    """What the kernel fills; all integers, so that any order of blocks gives the same sums."""

    tally: Array  # int64[arm, age, K, 3 places, G]
    among_participants: Array  # int64[arm, 2 (baseline, arm), age, K, 3 places, 1]
    started: Array  # int64[Q, age] participants by age at start
    by_profile: Array  # int64[Q, profiles] participants by combination of trait values
    followed: Array  # int64[X, years, 3] participants with effect: persons, with the factor in baseline, in arm
    trace: Array  # uint8[arm, age, column, n] every column of every person; empty = not wanted


# ---------------------------------------------------------------- one block at work
#
# Inner functions get whole arrays and indices, never views. An index that is a constant is passed as i64(...), as
# each literal would be compiled anew; one that does not start at 0 is u64, or each use would test whether it
# counts from the end.


class Net(NamedTuple):
    """The equations of a block."""

    row: Array  # ROW[R] with fixed_onset and fixed_leave as rows of ``work``
    edge: Array
    peer_ratio: Array
    cells: Array
    inverse_onset: Array
    leave_odds: Array


class State(NamedTuple):
    """What changes from year to year; ``wide`` is the number of persons padded with some who never live."""

    columns: Array  # uint8[arm, column, wide] those of the model, then ALIVE, JOINED, CHOICE, USE
    spells: Array  # uint8[arm, counter, wide]
    sex: Array  # uint8[wide]
    words: Array  # uint32[2, wide] luck of the present decision
    work: Array  # float32[., wide] what is multiplied, in rows ONES to WAITING
    active: Array  # uint8[alternatives] whether each can be chosen this year


class Plan(NamedTuple):
    """Programmes and who takes part."""

    programme: Array
    term: Array
    effect: Array
    onset_factor: Array
    leave_factor: Array
    profile: Array
    start: Array  # uint8[Q, n] age at start + 1, or 0
    member: Array  # int64[Q, n] participants with effect
    members: Array  # int64[Q] how many
    overlap: Array  # int64[n] zero between uses


class Solver(NamedTuple):
    """Room for alignment."""

    onset_goal: Array
    leave_goal: Array
    passes: Array
    order: Array  # int64[n] persons in use
    dense: Array  # float64[n] their multipliers
    weight: Array  # float32[alternatives, n] 1/weight of every person
    chosen: Array  # float32[alternatives, n] of those in use
    current: Array  # uint8[n] last year's alternative of those in use
    first: Array  # int64[3] first of each sex in ``order``, and the end
    living: Array  # float64[2] by sex
    newton: Array  # float64[4, alternatives, 2] rows SHARE, WANTED, INVERSE, STICK
    sums: Array  # int64[5, alternatives, 2]
    part: Array  # float64[alternatives + 2, CHUNK]


class Census(NamedTuple):
    """What is counted."""

    tally: Array
    term: Array
    packed: Array
    slices: Array
    rest: Array  # uint8[G] whether a group is whom the groups since the last such one leave of everybody
    bits: Array  # uint64[packed + arms, wide / 64] columns as bits
    members: Array  # uint64[., wide / 64] rows MASK, LIVING and SLICES


ALIVE, JOINED, CHOICE, USE = -4, -3, -2, -1  # columns; CHOICE holds the number of an alternative, USE is spare
ONES, ONSET, LEAVE, BEST, WAITING = 0, 1, 3, 5, 6  # rows of ``work``; then a waiting time each, then Persons.fixed
MASK, LIVING, SLICES = 0, 1, 2  # rows of ``members``; then, place by place, all who live there, groups, participants
SHARE, WANTED, INVERSE, STICK = 0, 1, 2, 3  # rows of ``newton``: persons wanted, stayers wanted; the solution so far
CHUNK = 512  # persons of whom alignment of a category thinks at a time


# ---------------------------------------------------------------- luck


def philox_2x32(word0: Any, word1: Any, key: Any) -> Any:
    """Philox2x32 with ten rounds: two random words from a counter of two words and a key.

    Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3. Passes BigCrush.
    Words live in the lower halves of 64 bits, where a vector unit multiplies them in one step.
    """
    x, y, k = u64(word0), u64(word1), u64(key)
    for _ in range(10):
        product = (x & LOW_HALF) * u64(0xD256D193)
        x = (product >> u64(32)) ^ y ^ k
        y = product
        k = k + u64(0x9E3779B9)
    return u32(x & LOW_HALF), u32(y & LOW_HALF)


def unit(word: Any) -> Any:
    """A word as a number in [0, 1) with 24 bits."""
    return f32(i32(word >> u32(8))) * f32(2.0**-24)


def exponential(word: Any) -> Any:
    """A word as a standard exponential number: -log(u) for odd 24-bit u, without a transcendental function.

    The exponent of the number gives whole halvings; the rest is a polynomial in t = 2 - mantissa,
    exact at 0 so that the smallest values keep their relative precision (relative error below 2e-7).
    """
    bits = f32(i32((word >> u32(8)) | u32(1))).view(i32)
    halvings = f32(i32(i32(150) - i32(bits >> i32(23))))
    t = f32(2) - i32((bits & i32(0x7FFFFF)) | i32(0x3F800000)).view(f32)
    p = f32(0.004552898462861776)
    p = p * t + f32(-0.008164203725755215)
    p = p * t + f32(0.011842052452266216)
    p = p * t + f32(0.0015188942197710276)
    p = p * t + f32(0.016879256814718246)
    p = p * t + f32(0.04151175171136856)
    p = p * t + f32(0.12500642240047455)
    p = p * t + f32(0.5)
    return halvings * LN2 + p * t


def exponential_of(x: Any) -> Any:
    """exp(x) for |x| < 16 by additions and multiplications only: the same bits on every processor."""
    y = x * (1.0 / 256.0)
    p = 1.0 + y * (1.0 + y * 0.5 * (1.0 + y * (1.0 / 3.0) * (1.0 + y * 0.25 * (1.0 + y * 0.2))))
    for _ in range(8):
        p = p * p
    return p


philox, _unit, _exponential, _exp = jit(philox_2x32), inner(unit), inner(exponential), inner(exponential_of)


@jit
def draw_words(keys, decision, seed, words, at):
    """Fill the rows ``at`` and ``at + 1`` of ``words[., person]``: luck keyed by (seed, person, decision)."""
    for i in range(keys.shape[0]):
        words[at, i], words[at + 1, i] = philox(keys[i], decision, seed)


# ---------------------------------------------------------------- birth


class Birth(NamedTuple):
    """How traits and fixed multipliers of a cohort are made."""

    key: Array  # uint32[1] cohort's first person key
    seed: Array  # uint32[1]
    family_profile: Array  # float32[] cumulative shares of what siblings share
    own_profile: Array  # float32[] cumulative shares of what they do not
    male: Array  # uint8[own profiles]
    normal: Array  # float64[4096] standard normal quantiles
    family_part: Array  # float64[D, D] lower triangular
    own_part: Array  # float64[D, D]
    loadings: Array  # float64[rows, D] log odds per standard deviation
    trait_multiplier: Array  # float32[rows, profiles]


TRAIT_DECISION = 127 << 16


def born(birth: Birth, first: int, key: np.ndarray, sex: np.ndarray, profile: np.ndarray, fixed: np.ndarray) -> None:
    """Fill the block's persons ``first``, ``first + 1`` … of a cohort; persons 2k and 2k + 1 are siblings."""
    n, dimensions = len(key), birth.loadings.shape[1]
    key[:] = birth.key[0] + np.arange(first, first + n).astype(u32)
    words, liability = np.empty((4, n), u32), np.zeros((dimensions + 1, n))
    _born(birth, key, key & u32(0xFFFFFFFE), sex, profile, fixed, words, liability)


@inner
def _pick(word, cumulative):
    """Index of the interval of ``cumulative`` in which the word falls."""
    u, k = _unit(word), 0
    while k < cumulative.shape[0] - 1 and u >= cumulative[k]:
        k += 1
    return k


@jit
def _born(birth, key, family_key, sex, profile, fixed, words, liability):
    """Traits, then liabilities one by one, then the multipliers of every row; siblings share the family's words."""
    n, dimensions, seed = key.shape[0], birth.loadings.shape[1], birth.seed[0]
    draw_words(family_key, u32(TRAIT_DECISION), seed, words, i64(0))
    draw_words(key, u32(TRAIT_DECISION + 1), seed, words, i64(2))
    for i in range(n):
        own = _pick(words[2, i], birth.own_profile)
        profile[i] = _pick(words[0, i], birth.family_profile) * birth.own_profile.shape[0] + own
        sex[i] = birth.male[own]
    for e in range(dimensions):
        draw_words(family_key, u32(TRAIT_DECISION + 2 + e), seed, words, i64(0))
        draw_words(key, u32(TRAIT_DECISION + 34 + e), seed, words, i64(2))
        for d in range(e, dimensions):
            for i in range(n):
                family, own = birth.normal[words[0, i] >> u32(20)], birth.normal[words[2, i] >> u32(20)]
                liability[d, i] += birth.family_part[d, e] * family + birth.own_part[d, e] * own
    score = dimensions  # a spare row
    for r in range(fixed.shape[0]):
        for i in range(n):
            liability[score, i] = 0.0
        for d in range(dimensions):
            if birth.loadings[r, d] != 0.0:
                for i in range(n):
                    liability[score, i] += birth.loadings[r, d] * liability[d, i]
        for i in range(n):
            fixed[r, i] = birth.trait_multiplier[r, profile[i]] * f32(_exp(liability[score, i]))


# ---------------------------------------------------------------- multipliers
#
# Each step reads the row ``here`` of ``work`` and writes another, so that no loop must fear an overlap.


@inner
def _times_four(work, here, there, columns, a, c, off, on):
    """Multiply by the factors of four columns in one pass, two by two, in their order."""
    (c0, c1, c2, c3), (off0, off1, off2, off3), (on0, on1, on2, on3) = c, off, on
    for i in range(work.shape[1]):
        two = work[here, i] * (on0 if columns[a, c0, i] else off0) * (on1 if columns[a, c1, i] else off1)
        work[there, i] = two * (on2 if columns[a, c2, i] else off2) * (on3 if columns[a, c3, i] else off3)


@inner
def _times_peers(work, here, there, columns, a, c, peer_ratio, p, cells):
    """Multiply by the factor for the percentage of the *others* in the cell who have the column."""
    for k in range(cells.shape[0] - 1):
        lo, hi = u64(cells[k]), u64(cells[k + 1])
        others, total = max(i64(hi) - i64(lo) - 1, 1), 0
        for i in range(lo, hi):
            total += i64(columns[a, c, i])
        without = peer_ratio[p, (200 * min(total, others) + others) // (2 * others)]
        with_own = peer_ratio[p, (200 * max(total - 1, 0) + others) // (2 * others)]
        if cells[k + 1] - cells[k] == 1:
            without, with_own = ONE, ONE
        for i in range(lo, hi):
            work[there, i] = work[here, i] * (with_own if columns[a, c, i] else without)


@inner
def _times_spell(work, here, there, spells, a, spell, r1, r2, r3):
    """Multiply by the ratio of the year of the spell (1, 2, 3 or more)."""
    for i in range(work.shape[1]):
        d = spells[a, spell, i]
        work[there, i] = work[here, i] * (r1 if d <= 1 else (r2 if d == 2 else r3))


@inner
def _times_effects(work, here, spare, plan, side, r, a, age):
    """Multiply by the effects of all programmes of the arm on this row; log effects shrink with overlap."""
    effect, member, members, overlap = plan.effect, plan.member, plan.members, plan.overlap
    most, own = plan.onset_factor.shape[1], here == spare or here == spare + 1
    for step in range(3):
        for e in range(effect.shape[0]):
            q = effect[e].programme
            if effect[e].row != r or plan.programme[q].arm != a:
                continue
            if step == 1 and (age < effect[e].first_age or age > effect[e].last_age):
                continue
            if step == 1 and not own:
                for i in range(work.shape[1]):
                    work[spare, i] = work[here, i]
                here, own = spare, True
            for k in range(members[q]):
                i = member[q, k]
                if step == 1:
                    strength, years = min(overlap[i], most) - 1, age + 1 - plan.start[q, i]
                    factor = (plan.leave_factor if side else plan.onset_factor)[e, strength, years]
                    certain = factor == f32(0) or factor == f32(np.inf)  # a `set` effect, whatever else there is
                    work[here, i] = factor if certain else work[here, i] * factor
                else:
                    overlap[i] += 1 - step
    return here


@inlined
def _next_edge(edge, e, end, age):
    """The first edge from ``e`` that is active at this age, or ``end``."""
    while e < end and (age < edge[e].first_age or age > edge[e].last_age):
        e += 1
    return e


@inlined
def _own(edge, e, end, age, c):
    """Column, factors and successor of an edge of the person's own; of none, a factor of one on column ``c``."""
    if e < end and edge[e].peer < 0:
        return edge[e].column, edge[e].off, edge[e].on, _next_edge(edge, e + 1, end, age)
    return c, ONE, ONE, e


@inlined
def _times_edges(work, here, spare, net, first, end, columns, a, age):
    """Multiply by all edges that are active at this age, up to four at a time, in their order."""
    edge = net.edge
    e = _next_edge(edge, first, end, age)
    while e < end:
        there = spare + 1 if here == spare else spare
        if edge[e].peer >= 0:
            _times_peers(work, here, there, columns, a, edge[e].column, net.peer_ratio, edge[e].peer, net.cells)
            e = _next_edge(edge, e + 1, end, age)
        else:
            c0, off0, on0, e = _own(edge, e, end, age, i64(0))
            c1, off1, on1, e = _own(edge, e, end, age, c0)
            c2, off2, on2, e = _own(edge, e, end, age, c0)
            c3, off3, on3, e = _own(edge, e, end, age, c0)
            _times_four(work, here, there, columns, a, (c0, c1, c2, c3), (off0, off1, off2, off3), (on0, on1, on2, on3))
        here = there
    return here


@inlined
def _odds(side, r, a, age, net, state, plan):
    """What multiplies 1/odds of onset (``side`` 0) or the odds of leaving (1); returns the row of ``work``."""
    work, row, spare = state.work, net.row, ONSET + side * (LEAVE - ONSET)
    here, first, end = row[r].fixed_onset, row[r].onset_first, row[r].onset_end
    if side:
        here, first, end = row[r].fixed_leave, row[r].leave_first, row[r].leave_end
    here = _times_edges(work, here, spare, net, first, end, state.columns, a, age)
    if side and row[r].spell >= 0:
        there = spare + 1 if here == spare else spare
        _times_spell(work, here, there, state.spells, a, row[r].spell, row[r].ratio_1, row[r].ratio_2, row[r].ratio_3)
        here = there
    if a > 0:
        here = _times_effects(work, here, spare, plan, side, r, a, age)
    return here


# ---------------------------------------------------------------- alignment


@inner
def _list(columns, use, sex, g, stride, order, m):
    """Append to ``order`` the persons of one sex in a column of arm 0, of every ``stride``-th; returns its length."""
    for i in range(0, sex.shape[0], stride):
        order[m] = i
        m += i64(columns[0, use, i] & u8(sex[i] == g))
    return m


@inner
def _gather(state, solver, r, use, g):
    """Multipliers of the persons of one sex in a column, in ``dense``; returns their number."""
    n = _list(state.columns, use, state.sex, g, i64(1), solver.order, i64(0))
    for k in range(n):
        solver.dense[k] = state.work[r, solver.order[k]]
    return n


@inner
def _solve_inverse(w, n, goal):
    """1/odds k at which the sum of 1 / (1 + w k) over n persons is ``goal`` x n; sums in fixed point."""
    if n == 0 or goal <= 0.0:
        return np.inf
    x = np.log(goal / max(1.0 - goal, 1e-9))
    for _ in range(40):
        total, slope, k = i64(0), i64(0), np.exp(-x)
        for i in range(n):
            p = 1.0 / (1.0 + w[i] * k)
            total += i64(p * FIXED_POINT)
            slope += i64(p * (1.0 - p) * FIXED_POINT)
        step = (goal * n - f64(total) / FIXED_POINT) / max(f64(slope) / FIXED_POINT, 1e-9)
        x = min(max(x + min(max(step, -2.0), 2.0), -40.0), 40.0)
        if abs(step) < 1e-6:
            break
    return np.exp(-x)


@inner
def _solve_leaving(w, n, goal):
    """Odds of leaving at which the expected leavers are ``goal`` x n; the mean's odds when n is 0."""
    for i in range(n):
        w[i] = f64(ONE / f32(w[i]))
    k = _solve_inverse(w, n, goal)
    return f32(1.0 / k) if k < np.inf else f32(goal / (1.0 - goal))


@inner
def _mean_leaving(w, n, odds):
    """Expected share of those with the state who lose it this year; -1 when nobody has it."""
    total = i64(0)
    for i in range(n):
        o = w[i] * odds
        total += i64(o / (1.0 + o) * FIXED_POINT)
    return f64(total) / FIXED_POINT / n if n > 0 else -1.0


@inner
def _solve_event(onset, r, age, net, state, solver):
    """Solve the onset intercepts of an event, a milestone or death at one age."""
    for g in range(2):
        goal = solver.onset_goal[age, r, g]
        if goal == goal:
            n = _gather(state, solver, onset, i64(ALIVE), g)
            net.inverse_onset[age, r, g] = f32(_solve_inverse(solver.dense, n, goal))


@inner
def _mark(columns, spells, was, value, spell):
    """Mark in USE the living whose state was ``value`` last year; with ``spell`` >= 0 only in a first year."""
    for i in range(columns.shape[2]):
        columns[0, USE, i] = columns[0, ALIVE, i] & u8(columns[0, was, i] == value)
    if spell >= 0:
        for i in range(columns.shape[2]):
            columns[0, USE, i] &= u8(spells[0, spell, i] <= 1)


@inner
def _solve_state(onset, leave, r, age, net, state, solver):
    """Solve remission, then onset, of a state at one age so that the expected stock meets its target.

    Remission meets its goal among those in the first year of a spell. The onset needed is that of the target
    stock, not of the realised one, which would carry its luck into the intercept:
    q = (P[t] - P[t-1] (1 - r)) / (1 - P[t-1]), r being the expected mean remission of those who have the
    state. Where q would be negative, remission takes the rest.
    """
    columns, spells, row, dense = state.columns, state.spells, net.row, solver.dense
    was, use = row[r].last, i64(USE)
    for g in range(2):
        goal, stock = solver.leave_goal[age, r, g], solver.onset_goal[age, r, g]
        before = solver.onset_goal[age - 1, r, g] if age > row[r].first_age else 0.0
        if goal == goal:
            _mark(columns, spells, was, u8(1), row[r].spell)
            n = _gather(state, solver, leave, use, g)
            if n == 0:
                _mark(columns, spells, was, u8(1), i64(-1))
                n = _gather(state, solver, leave, use, g)
            net.leave_odds[age, r, g] = _solve_leaving(dense, n, goal)
        if stock == stock:
            _mark(columns, spells, was, u8(1), i64(-1))
            n = _gather(state, solver, leave, use, g)
            leaving = _mean_leaving(dense, n, f64(net.leave_odds[age, r, g]))
            leaving = goal if leaving < 0.0 else leaving
            least = 2e-5 * (1.0 - before)
            need = stock - before * (1.0 - leaving)
            if need < least and before > 0.0:
                if n > 0:
                    wanted = min(max(1.0 - (stock - least) / before, 1e-6), 1.0 - 1e-6)
                    net.leave_odds[age, r, g] = _solve_leaving(dense, n, wanted)
                need = least
            _mark(columns, spells, was, u8(0), i64(-1))
            n = _gather(state, solver, onset, use, g)
            net.inverse_onset[age, r, g] = f32(_solve_inverse(dense, n, max(need, 0.0) / (1.0 - before)))


@inner
def _shares(weight, current, lo, n, c, on, k, stick, part, total):
    """Unscaled probabilities of alternative c for n persons from ``lo``, added to their total."""
    for i in range(n):
        w, now = f64(weight[c, lo + u64(i)]) * k, current[lo + u64(i)]
        p = 1.0 / (w * stick if now == u8(c) else w) if on else 0.0
        part[c, i] = p
        part[total, i] += p


@inner
def _flows(current, lo, n, c, part, total, scale, sums, g):
    """Add the expected stayers and entrants of alternative c, and their slopes, in fixed point."""
    there, stay, stay_slope, both, both_slope = i64(0), i64(0), i64(0), i64(0), i64(0)
    for i in range(n):
        q = part[c, i] * part[scale, i]
        people, slope = i64(q), i64(q * (1.0 - part[c, i] / part[total, i]))
        stays = i64(current[lo + u64(i)] == u8(c))
        there += stays
        stay += stays * people
        stay_slope += stays * slope
        both += people
        both_slope += slope
    sums[0, c, g] += there
    sums[1, c, g] += stay
    sums[2, c, g] += stay_slope
    sums[3, c, g] += both - stay
    sums[4, c, g] += both_slope - stay_slope


@inner
def _expect_category(rows, active, solver):
    """Expected stayers and entrants of each alternative by sex, with slopes, as fixed-point integers.

    ``sums[what, c, sex]``: 0 persons there last year, 1 stayers, 2 their slope, 3 entrants, 4 their slope.
    """
    current, first, sums, part = solver.current, solver.first, solver.sums, solver.part
    total, scale = part.shape[0] - 2, part.shape[0] - 1
    for g in range(2):
        for c in range(rows):
            for what in range(5):
                sums[what, c, g] = 0
        for lo in range(first[g], first[g + 1], CHUNK):
            n = min(CHUNK, first[g + 1] - lo)
            for i in range(n):
                part[total, i] = 0.0
            for c in range(rows):
                k, stick = solver.newton[INVERSE, c, g], solver.newton[STICK, c, g]
                _shares(solver.chosen, current, u64(lo), n, c, active[c] > 0, k, stick, part, total)
            for i in range(n):
                part[scale, i] = FIXED_POINT / part[total, i]
            for c in range(rows):
                _flows(current, u64(lo), n, c, part, total, scale, sums, g)


@inner
def _reconcile(r0, rows, age, active, solver):
    """Persons wanted in each alternative, and wanted stayers, such that the flows are possible.

    Stayers give way where an alternative shrinks faster than they would leave it, and grow where the
    leavers of all others could not fill it. The rest (no goal) is what the others leave.
    """
    newton, before, living = solver.newton, solver.sums, solver.living
    for g in range(2):
        taken, leavers = 0.0, 0.0
        for c in range(rows):
            share = solver.onset_goal[age, r0 + c, g] * living[g] if active[c] else np.nan
            newton[SHARE, c, g], newton[WANTED, c, g] = share, np.nan
            taken += share if share == share else 0.0
        for c in range(rows):
            share, stay, there = newton[SHARE, c, g], solver.leave_goal[age, r0 + c, g], f64(before[0, c, g])
            size = share if share == share else max(living[g] - taken, 1.0)
            if active[c] and stay == stay and there > 0:
                newton[WANTED, c, g] = min(stay * there, 0.97 * size)
                leavers += there - newton[WANTED, c, g]
            else:
                leavers += there
        for c in range(rows):
            share, wanted, there = newton[SHARE, c, g], newton[WANTED, c, g], f64(before[0, c, g])
            size = share if share == share else max(living[g] - taken, 1.0)
            others = leavers - (there - wanted)
            if wanted == wanted and size - wanted > 0.8 * others:
                newton[WANTED, c, g] = min(size - 0.8 * others, 0.999 * there)


@inner
def _newton_step(goal, total, slope):
    """Damped step in log weight towards the goal."""
    step = (goal - f64(total) / FIXED_POINT) / max(f64(slope) / FIXED_POINT, 1e-9)
    return min(max(step, -1.0), 1.0)


@inner
def _improve(rows, active, solver):
    """One Newton round on all alternatives; returns the largest step."""
    newton, sums, largest = solver.newton, solver.sums, 0.0
    for c in range(rows):
        for g in range(2):
            if not active[c] or solver.living[g] == 0:
                continue
            share, wanted, entering, staying = newton[SHARE, c, g], newton[WANTED, c, g], 0.0, 0.0
            if wanted == wanted:
                staying = _newton_step(wanted, sums[1, c, g], sums[2, c, g])
                if share == share:
                    entering = _newton_step(share - wanted, sums[3, c, g], sums[4, c, g])
            elif share == share:
                entering = _newton_step(share, sums[1, c, g] + sums[3, c, g], sums[2, c, g] + sums[4, c, g])
                staying = entering
            newton[INVERSE, c, g] = min(max(newton[INVERSE, c, g] * np.exp(-entering), 1e-9), 1e9)
            newton[STICK, c, g] = min(max(newton[STICK, c, g] * np.exp(entering - staying), 1e-9), 1e9)
            largest = max(largest, abs(entering), abs(staying))
    return largest


@inner
def _choose_sample(r0, rows, stride, net, state, solver):
    """Put the living who are not forced, of every ``stride``-th person, by sex into ``chosen`` and ``current``."""
    columns, sex, order = state.columns, state.sex, solver.order
    _fill(columns, i64(0), i64(CHOICE), u8(255))
    _copy(columns, i64(0), i64(ALIVE), i64(USE))
    for c in range(rows):
        _set_where(columns, i64(0), i64(CHOICE), net.row[r0 + c].last, c)
        if net.row[r0 + c].forced_by >= 0:
            _set_where(columns, i64(0), i64(USE), net.row[r0 + c].forced_by, i64(0))
    m = i64(0)
    for g in range(2):
        solver.living[g] = f64(_list(columns, i64(ALIVE), sex, g, stride, order, m) - m)
        m = _list(columns, i64(USE), sex, g, stride, order, m)
        solver.first[g + 1] = m
    for k in range(m):
        solver.current[k] = columns[0, CHOICE, order[k]]
        for c in range(rows):
            solver.chosen[c, k] = solver.weight[c, order[k]]


@inner
def _solve_category(r0, rows, age, net, state, plan, solver):
    """Solve 1/weights (for entrants) and 1/stickiness (for stayers) of a category at one age.

    Persons who are forced count in the living only. A sample comes close; a few rounds with everybody then
    meet the goals.
    """
    active, newton, guess = state.active, solver.newton, max(age - 1, 0)  # last year's solution is the first guess
    for c in range(rows):
        if active[c]:
            here = _odds(i64(0), r0 + c, i64(0), age, net, state, plan)
            for i in range(solver.weight.shape[1]):
                solver.weight[c, i] = state.work[here, i]
        for g in range(2):
            newton[INVERSE, c, g] = net.inverse_onset[guess, r0 + c, g]
            newton[STICK, c, g] = net.leave_odds[guess, r0 + c, g]
    for whole in range(2):
        _choose_sample(r0, rows, 1 if whole else SAMPLE, net, state, solver)
        _expect_category(rows, active, solver)
        _reconcile(r0, rows, age, active, solver)
        for _ in range(LAST_ROUNDS if whole else solver.passes[0]):
            if _improve(rows, active, solver) < 2e-3:
                break
            _expect_category(rows, active, solver)
    for c in range(rows):
        for g in range(2):
            net.inverse_onset[age, r0 + c, g] = f32(newton[INVERSE, c, g])
            net.leave_odds[age, r0 + c, g] = f32(newton[STICK, c, g])


# ---------------------------------------------------------------- a year


@inner
def _recruit(q, age, plan, state, by_profile):
    """Start a programme for the reached who meet its conditions and have not started before; returns how many."""
    p, columns, joined = plan.programme[q], state.columns, 0
    for i in range(plan.profile.shape[0]):
        u, v = _unit(state.words[0, i]), _unit(state.words[1, i])
        if plan.start[q, i] or not columns[p.arm, ALIVE, i] or u < p.reach_from or u >= p.reach_to or v >= p.uptake:
            continue
        meets = True
        for k in range(p.term_first, p.term_end):
            meets = meets and (columns[p.arm, plan.term[k].column, i] != plan.term[k].negated)
        if meets:
            plan.start[q, i] = age + 1
            columns[p.arm, JOINED, i] = 1
            by_profile[q, plan.profile[i]] += 1
            joined += 1
            if v < p.effective:
                plan.member[q, plan.members[q]] = i
                plan.members[q] += 1
    return joined


@inlined
def _luck(row, r, age, drawn, key, seed, words):
    """Draw the words that a row shares with its neighbour, unless they are there; returns which they are."""
    pair = row[r].luck >> 1
    if pair != drawn:
        draw_words(key, u32((age << 16) + pair), seed, words, i64(0))
    return pair


@inner
def _move_state(work, onset, leave, words, half, sex, columns, a, was, new, inverse, odds, age, r):
    """On when u < p(onset) if off, u < p(stay) if on: one comparison, no division."""
    f0, f1, m0, m1 = inverse[age, r, 0], odds[age, r, 0], inverse[age, r, 1], odds[age, r, 1]
    for i in range(work.shape[1]):
        w = work[onset, i]
        starts = w * (m0 if sex[i] else f0)
        starts = starts if w > f32(0) else f32(0)  # set: also where 1/odds is infinite
        ends = work[leave, i] * (m1 if sex[i] else f1)
        on = _unit(words[half, i]) * (ONE + (ends if columns[a, was, i] else starts)) < ONE
        columns[a, new, i] = on & columns[a, ALIVE, i]


@inner
def _move_event(work, onset, words, half, sex, columns, a, new, inverse, age, r):
    """On when u < p(onset)."""
    f0, m0 = inverse[age, r, 0], inverse[age, r, 1]
    for i in range(work.shape[1]):
        w = work[onset, i]
        starts = w * (m0 if sex[i] else f0)
        on = _unit(words[half, i]) * (ONE + (starts if w > f32(0) else f32(0))) < ONE
        columns[a, new, i] = on & columns[a, ALIVE, i]


@inner
def _die(columns, a, was, new):
    """Once on, always on; and no longer alive."""
    for i in range(columns.shape[2]):
        columns[a, new, i] |= columns[a, was, i]
        columns[a, ALIVE, i] &= u8(1) - columns[a, new, i]


@inner
def _race(work, here, c, sex, columns, a, was, inverse, stick, age, r):
    """Exponential race: alternative c wins when its waiting time is the shortest so far."""
    f0, f1, m0, m1 = inverse[age, r, 0], stick[age, r, 0], inverse[age, r, 1], stick[age, r, 1]
    for i in range(work.shape[1]):
        w = work[here, i]
        k = w * (m0 if sex[i] else f0)
        k *= (m1 if sex[i] else f1) if columns[a, was, i] else ONE
        k *= work[WAITING + c, i]
        k = k if w > f32(0) else f32(0)
        best, chosen = work[BEST, i], columns[a, CHOICE, i]  # read before the choice, or the loop is not vectorised
        work[BEST, i] = k if k < best else best
        columns[a, CHOICE, i] = u8(c) if k < best else chosen


@inner
def _set_where(columns, a, target, forcing, value):
    """Write a value where the forcing column is on."""
    for i in range(columns.shape[2]):
        old = columns[a, target, i]
        columns[a, target, i] = u8(value) if columns[a, forcing, i] else old


@inner
def _equals(columns, a, c, new):
    """A column of 0 and 1: the living who chose c."""
    for i in range(columns.shape[2]):
        columns[a, new, i] = (columns[a, CHOICE, i] == u8(c)) & columns[a, ALIVE, i]


@inner
def _fill(columns, a, c, value):
    """Set a whole column."""
    for i in range(columns.shape[2]):
        columns[a, c, i] = value


@inner
def _copy(columns, a, source, target):
    """Copy a column."""
    for i in range(columns.shape[2]):
        columns[a, target, i] = columns[a, source, i]


@inlined
def _year_of_factor(form, r, age, solve, net, state, plan, solver):
    """Move a state, event, milestone or death through one year in all arms."""
    row, columns, work, words, sex = net.row, state.columns, state.work, state.words, state.sex
    was, new, half = row[r].last, row[r].now, row[r].luck & 1
    for a in range(columns.shape[0]):
        onset = leave = i64(ONES)
        for side in range(2 if form == STATE else 1):
            here = _odds(side, r, a, age, net, state, plan)
            onset, leave = onset if side else here, here
        if form == STATE:
            if solve:
                _solve_state(onset, leave, r, age, net, state, solver)
            _move_state(
                work, onset, leave, words, half, sex, columns, a, was, new, net.inverse_onset, net.leave_odds, age, r
            )
        else:
            if solve:
                _solve_event(onset, r, age, net, state, solver)
            _move_event(work, onset, words, half, sex, columns, a, new, net.inverse_onset, age, r)
        if form == DEATH:
            _die(columns, a, was, new)


@inlined
def _wait(r0, rows, age, row, key, seed, drawn, state):
    """Draw the waiting times of the alternatives that can be chosen at this age; returns the words drawn last."""
    for c in range(rows):
        r = r0 + c
        state.active[c] = row[r].first_age <= age <= row[r].last_age and row[r].forced_by < 0
        if state.active[c]:
            drawn, half = _luck(row, r, age, drawn, key, seed, state.words), row[r].luck & 1
            for i in range(state.work.shape[1]):
                state.work[WAITING + c, i] = _exponential(state.words[half, i])
    return drawn


@inlined
def _any(active, rows):
    """Whether any alternative can be chosen."""
    some = u8(0)
    for c in range(rows):
        some |= active[c]
    return some > 0


@inlined
def _year_of_category(r0, rows, age, solve, net, state, plan, solver):
    """Move a category through one year in all arms; forcing columns overrule the choice."""
    row, columns, work = net.row, state.columns, state.work
    if solve and solver.passes[0] > 0:
        _solve_category(r0, rows, age, net, state, plan, solver)
    for a in range(columns.shape[0]):
        _fill(columns, a, i64(CHOICE), u8(255))
        for i in range(work.shape[1]):
            work[BEST, i] = f32(np.inf)
        for c in range(rows):
            if state.active[c]:
                r = r0 + c
                here = _odds(i64(0), r, a, age, net, state, plan)
                _race(work, here, c, state.sex, columns, a, row[r].last, net.inverse_onset, net.leave_odds, age, r)
        for c in range(rows):
            if row[r0 + c].forced_by >= 0:
                _set_where(columns, a, i64(CHOICE), row[r0 + c].forced_by, c)
        for c in range(rows):
            _equals(columns, a, c, row[r0 + c].now)


@inner
def _end_category(r0, rows, age, row, columns):
    """After its last age nobody has any alternative; before its first age nothing changes."""
    for a in range(columns.shape[0]):
        for c in range(rows):
            if age > row[r0 + c].last_age:
                _fill(columns, a, row[r0 + c].now, u8(0))


@inner
def _derive(row, derived, columns, spells, a, age):
    """Advance spells and derived columns at the end of the year."""
    n = columns.shape[2]
    for r in range(row.shape[0]):
        d, x = row[r].spell, row[r].now
        if d >= 0:
            for i in range(n):
                years = spells[a, d, i]
                spells[a, d, i] = u8(years + u8(years < 3)) if columns[a, x, i] else u8(0)
    for k in range(derived.shape[0]):
        kind, d, last, x, y = derived[k].kind, derived[k].a, derived[k].b, derived[k].source, derived[k].target
        if kind == EVER or (kind == WINDOW and d <= age <= last):
            for i in range(n):
                columns[a, y, i] |= columns[a, x, i]
        elif kind == WITHIN:
            for i in range(n):
                left = spells[a, d, i]
                left = u8(last) if columns[a, x, i] else u8(left - u8(left > 0))
                spells[a, d, i] = left
                columns[a, y, i] = u8(left > 0)
        elif kind == DURATION:
            for i in range(n):
                columns[a, y, i] = spells[a, d, i] == u8(last)


# ---------------------------------------------------------------- counting


@intrinsic
def _ones(typing_context, word):  # type: ignore[no-untyped-def]
    """Number of set bits of a uint64."""

    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        count = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.IntType(64), [ir.IntType(64)]), "llvm.ctpop.i64"
        )
        return builder.call(count, arguments)

    return nb.types.uint64(nb.types.uint64), build


@intrinsic
def _bits(typing_context, columns, first):  # type: ignore[no-untyped-def]
    """The 64 bytes from flat index ``first`` on as bits: 1 where they are not zero."""

    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        lanes = ir.VectorType(ir.IntType(8), 64)
        start = builder.gep(context.make_array(columns)(context, builder, arguments[0]).data, [arguments[1]])
        bytes_ = builder.load(builder.bitcast(start, lanes.as_pointer()), align=1)
        return builder.bitcast(builder.icmp_unsigned("!=", bytes_, ir.Constant(lanes, None)), ir.IntType(64))

    return nb.types.uint64(columns, nb.types.int64), build


@inner
def _pack(columns, a, c, bits, b):
    """Pack a column of 0 and 1 bytes into bits, 64 persons a word."""
    place = a * columns.shape[1] + (c if c >= 0 else columns.shape[1] + c)
    for k in range(bits.shape[1]):
        bits[b, k] = _bits(columns, place * columns.shape[2] + 64 * k)


@inner
def _cut(members, base, bits, b, s):
    """Slice s: the persons of slice ``base`` who have the packed column b (below 0 = all of them)."""
    for k in range(members.shape[1]):
        members[s, k] = members[base, k] & (bits[b, k] if b >= 0 else ~u64(0))


@inner
def _slice(census, columns, a, places, groups, joined):
    """Pack the columns that tallies read and make the slices of the living."""
    bits, members, slices, last = census.bits, census.members, census.slices, census.packed.shape[0]
    for b in range(last):
        _pack(columns, a, census.packed[b], bits, b)
    for j in range(joined):
        _pack(columns, 1 + j if a == 0 else a, i64(JOINED), bits, last + j)
    _pack(columns, a, i64(ALIVE), members, i64(LIVING))
    for p in range(places):
        here = SLICES + p * (groups + joined)
        _cut(members, i64(LIVING), bits, slices[0, p], here)
        for g in range(1, groups):
            if not census.rest[g]:
                _cut(members, here, bits, slices[1, g], here + g)
        for j in range(joined):
            _cut(members, here, bits, last + j, here + groups + j)


@inner
def _conjunction(members, bits, term, first, end):
    """Make the mask of the living for whom all terms hold; returns whether there is any."""
    some = u64(0)
    for k in range(members.shape[1]):
        members[MASK, k] = members[LIVING, k]
    for t in range(first, end):
        c, flip = term[t].column, u64(0) - u64(term[t].negated)
        for k in range(members.shape[1]):
            members[MASK, k] &= bits[c, k] ^ flip
    for k in range(members.shape[1]):
        some |= members[MASK, k]
    return some != 0


@inner
def _size(members, s):
    """Number of persons in both the mask and slice s."""
    total = u64(0)
    for k in range(members.shape[1]):
        total += _ones(members[MASK, k] & members[s, k])
    return i64(total)


@inner
def _count(census, columns, a, age, joined, out, among):
    """Add the living of each tally column by place and group, and the participants among them by place.

    ``joined`` is how many arms have participants to be counted: in the baseline those of every other arm.
    """
    tally, members, places, groups = census.tally, census.members, out.shape[3], out.shape[4]
    _slice(census, columns, a, places, groups, joined)
    for c in range(tally.shape[0]):
        if age < tally[c].first_age or age > tally[c].last_age:
            continue
        if not _conjunction(members, census.bits, census.term, tally[c].term_first, tally[c].term_end):
            continue
        for p in range(places):
            here, inside = SLICES + p * (groups + joined), 0
            everybody = _size(members, here)
            if everybody == 0:
                continue
            out[a, age, c, p, 0] += everybody
            for g in range(1, groups):
                people = everybody - inside if census.rest[g] else _size(members, here + g)
                inside = 0 if census.rest[g] else inside + people
                out[a, age, c, p, g] += people
            for j in range(joined):
                arm, side = (1 + j, 0) if a == 0 else (a, 1)
                among[arm, side, age, c, p, 0] += _size(members, here + groups + j)


@inner
def _follow(row, plan, columns, age, out):
    """Count those who take part with effect, and how many have the factor, by years since they started."""
    for e in range(plan.effect.shape[0]):
        q = plan.effect[e].programme
        a, now = plan.programme[q].arm, row[plan.effect[e].row].now
        for k in range(plan.members[q]):
            i = plan.member[q, k]
            years = age + 1 - plan.start[q, i]
            if columns[0, ALIVE, i] and years < out.shape[1]:
                out[e, years, 0] += 1
                out[e, years, 1] += columns[0, now, i]
                out[e, years, 2] += columns[a, now, i]


@inner
def _trace(columns, age, trace):
    """Keep every column of every person."""
    for a in range(trace.shape[0]):
        for c in range(trace.shape[2]):
            for i in range(trace.shape[3]):
                trace[a, age, c, i] = columns[a, c, i]


# ---------------------------------------------------------------- the kernel


@jit
def _simulate(last_age, factor, derived, key, seed, solve, net, state, plan, solver, census, counts):
    """Move one block through the years 0..last_age."""
    row, columns, programme, arms = net.row, state.columns, plan.programme, state.columns.shape[0]
    for age in range(last_age + 1):
        for q in range(programme.shape[0]):
            if programme[q].first_age <= age <= programme[q].last_age:
                draw_words(key, u32(programme[q].luck), seed, state.words, i64(0))
                counts.started[q, age] += _recruit(q, age, plan, state, counts.by_profile)
        drawn = i64(-1)
        for f in range(factor.shape[0]):
            form, r, rows = factor[f].form, factor[f].first_row, factor[f].rows
            if form == CATEGORY:
                drawn = _wait(r, rows, age, row, key, seed, drawn, state)
                if _any(state.active, rows):
                    _year_of_category(r, rows, age, solve, net, state, plan, solver)
                else:
                    _end_category(r, rows, age, row, columns)
            elif row[r].first_age <= age <= row[r].last_age:
                drawn = _luck(row, r, age, drawn, key, seed, state.words)
                _year_of_factor(form, r, age, solve, net, state, plan, solver)
            elif age == row[r].last_age + 1 and form <= EVENT:
                for a in range(arms):
                    _fill(columns, a, row[r].now, u8(0))
        for a in range(arms):
            _derive(row, derived, columns, state.spells, a, age)
        for a in range(arms):
            joined = 0 if programme.shape[0] == 0 else (1 if a > 0 else arms - 1)
            _count(census, columns, a, age, joined, counts.tally, counts.among_participants)
        _follow(row, plan, columns, age, counts.followed)
        _trace(columns, age, counts.trace)
        for a in range(arms):
            for r in range(row.shape[0]):
                if row[r].first_age <= age <= row[r].last_age + 1:
                    _copy(columns, a, row[r].now, row[r].last)


def simulate(
    tables: Tables,
    persons: Persons,
    programmes: Programmes,
    goals: Goals,
    solve: bool,
    seed: int,
    arms: int,
    last_age: int,
    counts: Counts,
) -> None:
    """Move one block through the years 0..last_age in all arms and add to ``counts``.

    With ``solve`` (one arm, the whole calibration cohort as one block) the intercepts in ``tables`` are
    solved from ``goals`` on the way, then used: alignment and simulation are the same code.
    """
    n, most = len(persons.key), int(tables.factor["rows"].max())
    wide = -(-n // 64) * 64
    row = tables.row.copy()
    for side in ("fixed_onset", "fixed_leave"):
        row[side] = np.where(row[side] < 0, ONES, row[side] + WAITING + most)
    net = Net(row, tables.edge, tables.peer_ratio, persons.cells, tables.inverse_onset, tables.leave_odds)
    _simulate(
        int(last_age), tables.factor, tables.derived, persons.key, u32(seed), bool(solve), net,
        _state(tables, persons, arms, most, wide), _plan(programmes, persons.profile),
        _solver(goals, most, n if solve else 0), _census(tables, arms, counts, wide), counts,
    )  # fmt: skip


def _state(tables: Tables, persons: Persons, arms: int, most: int, wide: int) -> State:
    """A block as it is born."""
    n = len(persons.key)
    columns, sex = np.zeros((arms, tables.sizes[0] - ALIVE, wide), u8), np.zeros(wide, u8)
    columns[:, ALIVE, :n], sex[:n] = 1, persons.sex
    for k, c in enumerate(tables.constant):
        columns[:, c, :n] = tables.constant_value[persons.profile, k]
    work = np.ones((WAITING + most + len(persons.fixed), wide), f32)
    work[WAITING + most :, :n] = persons.fixed
    spells = np.zeros((arms, tables.sizes[1], wide), u8)
    return State(columns, spells, sex, np.zeros((2, wide), u32), work, np.zeros(most, u8))


def _plan(programmes: Programmes, profile: np.ndarray) -> Plan:
    """Programmes before anybody takes part."""
    slots, n = len(programmes.programme), len(profile)
    start, member = np.zeros((slots, n), u8), np.zeros((slots, n), i64)
    return Plan(*programmes, profile, start, member, np.zeros(slots, i64), np.zeros(n, i64))


def _solver(goals: Goals, most: int, n: int) -> Solver:
    """Room to align n persons; none in a run that does not."""
    return Solver(
        *goals,
        order=np.zeros(n + 64, i64),
        dense=np.zeros(n),
        weight=np.zeros((most, n), f32),
        chosen=np.zeros((most, n), f32),
        current=np.zeros(n, u8),
        first=np.zeros(3, i64),
        living=np.zeros(2),
        newton=np.zeros((4, most, 2)),
        sums=np.zeros((5, most, 2), i64),
        part=np.zeros((most + 2, CHUNK)),
    )


def _census(tables: Tables, arms: int, counts: Counts, wide: int) -> Census:
    """What is counted, and room for columns and slices as bits."""
    places, groups = counts.tally.shape[3:]
    bits = np.zeros((len(tables.packed) + arms, wide // 64), u64)
    members = np.zeros((SLICES + places * (groups + arms), wide // 64), u64)
    return Census(tables.tally, tables.term, tables.packed, tables.slices, _rest(tables, groups), bits, members)


def _rest(tables: Tables, groups: int) -> np.ndarray:
    """Which groups need not be counted: the last value of each trait, as its values share everybody out."""
    columns = tables.packed[tables.slices[1, 1:groups]]
    values = (columns[:, None] == tables.constant).astype(u8) @ tables.constant_value.T  # [group, profile]
    found = values.cumsum(axis=0)
    return np.append(u8(0), (found == found[:, :1]).all(axis=1)).astype(u8)
