"""The one kernel: it reads tables, moves a block of persons through the years and counts.

No word of any life domain stands here. All jitted code of the package is in this file,
because numba's cache does not see edits in imported jitted files.

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
jit = nb.njit(cache=True, nogil=True, error_model="numpy")


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


def _record(**fields: Any) -> np.dtype:
    """A record type; numbers are int64 unless said otherwise."""
    return np.dtype([(name, kind) for name, kind in fields.items()])


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


# ---------------------------------------------------------------- luck


@intrinsic
def _ones(typing_context, word):  # type: ignore[no-untyped-def]
    """Number of set bits of a uint64."""

    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        count = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.IntType(64), [ir.IntType(64)]), "llvm.ctpop.i64"
        )
        return builder.call(count, arguments)

    return nb.types.uint64(nb.types.uint64), build


def philox_2x32(word0: Any, word1: Any, key: Any) -> Any:
    """Philox2x32 with ten rounds: two random words from a counter of two words and a key.

    Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3. Passes BigCrush.
    """
    for _ in range(10):
        product = u64(word0) * u64(0xD256D193)
        word0 = u32(u32(product >> u64(32)) ^ key ^ word1)
        word1 = u32(product)
        key = u32(key + u32(0x9E3779B9))
    return word0, word1


philox = jit(philox_2x32)


@jit
def draw_words(persons_key, decision, seed, word0, word1):
    """Fill two words for each person: luck keyed by (seed, person, decision)."""
    n = persons_key.shape[0]
    for i in range(n):
        word0[i] = persons_key[i]
        word1[i] = u32(decision)
    key = u32(seed)
    for _ in range(10):
        for i in range(n):
            product = u64(word0[i]) * u64(0xD256D193)
            word0[i] = u32(product >> u64(32)) ^ key ^ word1[i]
            word1[i] = u32(product)
        key = u32(key + u32(0x9E3779B9))


@jit
def to_uniform(word, out):
    """Uniform numbers in [0, 1) with 24 bits."""
    for i in range(word.shape[0]):
        out[i] = f32(i32(word[i] >> u32(8))) * f32(2.0**-24)


@jit
def to_exponential(word, bits, out):
    """Standard exponential numbers, -log(u) for odd 24-bit u, without a transcendental function.

    The exponent of the number gives whole halvings; the rest is a polynomial in t = 2 - mantissa,
    exact at 0 so that the smallest values keep their relative precision (relative error below 2e-7).
    """
    n = word.shape[0]
    mantissa = bits.view(np.float32)
    for i in range(n):
        out[i] = f32(i32(u32((word[i] >> u32(9)) << u32(1)) | u32(1)))
    as_bits = out.view(np.uint32)
    for i in range(n):
        bits[i] = (as_bits[i] & u32(0x7FFFFF)) | u32(0x3F800000)
        as_bits[i] = as_bits[i] >> u32(23)
    for i in range(n):
        halvings = f32(i32(150) - i32(as_bits[i]))
        t = f32(2) - mantissa[i]
        p = f32(0.004552898462861776)
        p = p * t + f32(-0.008164203725755215)
        p = p * t + f32(0.011842052452266216)
        p = p * t + f32(0.0015188942197710276)
        p = p * t + f32(0.016879256814718246)
        p = p * t + f32(0.04151175171136856)
        p = p * t + f32(0.12500642240047455)
        p = p * t + f32(0.5)
        out[i] = halvings * LN2 + p * t


@jit
def exponential_of(x):
    """exp(x) for |x| < 16 by additions and multiplications only: the same bits on every processor."""
    y = x * (1.0 / 256.0)
    p = 1.0 + y * (1.0 + y * 0.5 * (1.0 + y * (1.0 / 3.0) * (1.0 + y * 0.25 * (1.0 + y * 0.2))))
    for _ in range(8):
        p = p * p
    return p


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


@jit
def _pick(word, cumulative):
    """Index of the interval of ``cumulative`` in which the word falls."""
    u = f32(i32(word >> u32(8))) * f32(2.0**-24)
    k = 0
    while k < cumulative.shape[0] - 1 and u >= cumulative[k]:
        k += 1
    return k


@jit
def born(birth, first, key, sex, profile, fixed):
    """Fill the block's persons ``first``, ``first + 1`` … of a cohort; persons 2k and 2k + 1 are siblings."""
    n, dimensions = key.shape[0], birth.loadings.shape[1]
    family_key = np.empty(n, np.uint32)
    for i in range(n):
        key[i] = birth.key[0] + u32(first + i)
        family_key[i] = key[i] & u32(0xFFFFFFFE)
    words = np.empty((4, n), np.uint32)
    draw_words(family_key, TRAIT_DECISION, birth.seed[0], words[0], words[1])
    draw_words(key, TRAIT_DECISION + 1, birth.seed[0], words[2], words[3])
    own_profiles = birth.own_profile.shape[0]
    for i in range(n):
        own = _pick(words[2, i], birth.own_profile)
        profile[i] = _pick(words[0, i], birth.family_profile) * own_profiles + own
        sex[i] = birth.male[own]
    normal = np.empty((2, dimensions, n))
    for d in range(dimensions):
        draw_words(family_key, TRAIT_DECISION + 2 + d, birth.seed[0], words[0], words[1])
        draw_words(key, TRAIT_DECISION + 34 + d, birth.seed[0], words[2], words[3])
        for i in range(n):
            normal[0, d, i] = birth.normal[words[0, i] >> u32(20)]
            normal[1, d, i] = birth.normal[words[2, i] >> u32(20)]
    liability = np.zeros((dimensions, n))
    for d in range(dimensions):
        for e in range(d + 1):
            for i in range(n):
                liability[d, i] += birth.family_part[d, e] * normal[0, e, i] + birth.own_part[d, e] * normal[1, e, i]
    score = np.empty(n)
    for r in range(fixed.shape[0]):
        score[:] = 0.0
        for d in range(dimensions):
            if birth.loadings[r, d] != 0.0:
                for i in range(n):
                    score[i] += birth.loadings[r, d] * liability[d, i]
        for i in range(n):
            fixed[r, i] = birth.trait_multiplier[r, profile[i]] * f32(exponential_of(score[i]))


# ---------------------------------------------------------------- alignment


@jit
def _expected(w, use, sex, which, k):
    """Sum over persons in use of 1 / (1 + w k) and its derivative in log k, as fixed-point integers."""
    total, slope = i64(0), i64(0)
    for i in range(w.shape[0]):
        if use[i] and sex[i] == which:
            p = 1.0 / (1.0 + f64(w[i]) * k)
            total += i64(p * FIXED_POINT)
            slope += i64(p * (1.0 - p) * FIXED_POINT)
    return f64(total) / FIXED_POINT, f64(slope) / FIXED_POINT


@jit
def solve_inverse(w, use, sex, which, goal):
    """1/odds at which the expected number of events among persons in use is ``goal`` x their number."""
    n = 0
    for i in range(w.shape[0]):
        n += use[i] & (sex[i] == which)
    if n == 0 or goal <= 0.0:
        return np.inf
    a = np.log(goal / max(1.0 - goal, 1e-9))
    for _ in range(40):
        total, slope = _expected(w, use, sex, which, np.exp(-a))
        step = (goal * n - total) / max(slope, 1e-9)
        a = min(max(a + min(max(step, -2.0), 2.0), -40.0), 40.0)
        if abs(step) < 1e-6:
            break
    return np.exp(-a)


@jit
def _expect_category(weight, current, forced, alive, sex, active, inverse, stick, stride, sums):
    """Expected stayers and entrants of each alternative by sex, with slopes, as fixed-point integers,
    over every ``stride``-th person.

    ``sums[what, c, sex]``: 0 persons there last year, 1 stayers, 2 their slope, 3 entrants, 4 their slope.
    """
    alternatives, n = weight.shape
    p = np.empty(alternatives)
    sums[:] = 0
    for i in range(0, n, stride):
        if not alive[i] or forced[i]:
            continue
        total, g, now = 0.0, sex[i], current[i]
        for c in range(alternatives):
            p[c] = 0.0
            if active[c]:
                k = f64(weight[c, i]) * inverse[c, g]
                p[c] = 1.0 / (k * stick[c, g] if c == now else k)
                total += p[c]
        scale = FIXED_POINT / total
        for c in range(alternatives):
            q = p[c] * scale
            slope = i64(q * (1.0 - p[c] / total))
            if c == now:
                sums[0, c, g] += 1
                sums[1, c, g] += i64(q)
                sums[2, c, g] += slope
            else:
                sums[3, c, g] += i64(q)
                sums[4, c, g] += slope


@jit
def _newton_step(goal, total, slope):
    """Damped step in log weight towards the goal."""
    step = (goal - f64(total) / FIXED_POINT) / max(f64(slope) / FIXED_POINT, 1e-9)
    return min(max(step, -1.0), 1.0)


@jit
def _reconciled(before, active, share_goal, stay_goal, living):
    """Persons wanted in each alternative, and wanted stayers, such that the flows are possible.

    Stayers give way where an alternative shrinks faster than they would leave it, and grow where the
    leavers of all others could not fill it. The rest (no goal) is what the others leave.
    """
    alternatives = before.shape[0]
    share, wanted = np.full((alternatives, 2), np.nan), np.full((alternatives, 2), np.nan)
    for g in range(2):
        taken = 0.0
        for c in range(alternatives):
            if active[c]:
                share[c, g] = share_goal[c, g] * living[g]
                taken += share[c, g] if share[c, g] == share[c, g] else 0.0
        leavers = 0.0
        for c in range(alternatives):
            size = share[c, g] if share[c, g] == share[c, g] else max(living[g] - taken, 1.0)
            if active[c] and stay_goal[c, g] == stay_goal[c, g] and before[c, g] > 0:
                wanted[c, g] = min(stay_goal[c, g] * before[c, g], 0.97 * size)
                leavers += before[c, g] - wanted[c, g]
            else:
                leavers += before[c, g]
        for c in range(alternatives):
            size = share[c, g] if share[c, g] == share[c, g] else max(living[g] - taken, 1.0)
            others = leavers - (before[c, g] - wanted[c, g])
            if wanted[c, g] == wanted[c, g] and size - wanted[c, g] > 0.8 * others:
                wanted[c, g] = min(size - 0.8 * others, 0.999 * before[c, g])
    return share, wanted


@jit
def _solve_on(weight, current, forced, alive, sex, active, share_goal, stay_goal, rounds, stride, inverse, stick):
    """Newton rounds on every ``stride``-th person; ``inverse`` and ``stick`` are changed in place."""
    alternatives, n = weight.shape
    sums, living = np.zeros((5, alternatives, 2), np.int64), np.zeros(2)
    for i in range(0, n, stride):
        living[sex[i]] += alive[i]
    _expect_category(weight, current, forced, alive, sex, active, inverse, stick, stride, sums)
    share, wanted = _reconciled(sums[0], active, share_goal, stay_goal, living)
    for _ in range(rounds):
        largest = 0.0
        for c in range(alternatives):
            for g in range(2):
                if not active[c] or living[g] == 0:
                    continue
                entering, staying = 0.0, 0.0
                if wanted[c, g] == wanted[c, g]:
                    staying = _newton_step(wanted[c, g], sums[1, c, g], sums[2, c, g])
                    if share[c, g] == share[c, g]:
                        entering = _newton_step(share[c, g] - wanted[c, g], sums[3, c, g], sums[4, c, g])
                elif share[c, g] == share[c, g]:
                    entering = _newton_step(share[c, g], sums[1, c, g] + sums[3, c, g], sums[2, c, g] + sums[4, c, g])
                    staying = entering
                inverse[c, g] = min(max(inverse[c, g] * np.exp(-entering), 1e-9), 1e9)
                stick[c, g] = min(max(stick[c, g] * np.exp(entering - staying), 1e-9), 1e9)
                largest = max(largest, max(abs(entering), abs(staying)))
        if largest < 2e-3:
            break
        _expect_category(weight, current, forced, alive, sex, active, inverse, stick, stride, sums)


@jit
def solve_category(weight, current, forced, alive, sex, active, share_goal, stay_goal, passes, inverse_out, stick_out):
    """Solve 1/weights (for entrants) and 1/stickiness (for stayers) of a category at one age.

    ``weight[c, person]`` is 1/weight without intercept, ``current`` last year's alternative (255 = none).
    Persons who are forced count in the denominators only.
    """
    inverse, stick = inverse_out.astype(np.float64), stick_out.astype(np.float64)
    # A sample comes close; a few rounds with everybody then meet the goals.
    _solve_on(weight, current, forced, alive, sex, active, share_goal, stay_goal, passes, SAMPLE, inverse, stick)
    _solve_on(weight, current, forced, alive, sex, active, share_goal, stay_goal, LAST_ROUNDS, 1, inverse, stick)
    inverse_out[:], stick_out[:] = inverse.astype(np.float32), stick.astype(np.float32)


# ---------------------------------------------------------------- a year


@jit
def _times_edges(w, edge, first, end, peer_ratio, age, columns, cells):
    """Multiply w by the factor of every edge that is active at this age."""
    n = w.shape[0]
    for e in range(first, end):
        if age < edge[e].first_age or age > edge[e].last_age:
            continue
        x = columns[edge[e].column]
        if edge[e].peer >= 0:
            _times_peers(w, x, peer_ratio[edge[e].peer], cells)
            continue
        off, on = edge[e].off, edge[e].on
        for i in range(n):
            w[i] *= on if x[i] else off


@jit
def _times_peers(w, x, ratio, cells):
    """Multiply w by the factor for the percentage of the *others* in the cell who have x."""
    for c in range(cells.shape[0] - 1):
        lo, hi = cells[c], cells[c + 1]
        others, total = hi - lo - 1, 0
        for i in range(lo, hi):
            total += i64(x[i])
        if others < 1:
            continue
        without = ratio[(200 * min(total, others) + others) // (2 * others)]
        with_own = ratio[(200 * max(total - 1, 0) + others) // (2 * others)]
        for i in range(lo, hi):
            w[i] *= with_own if x[i] else without


@jit
def _recruit(p, age, term, columns, alive, uniform, profile, start, effective, by_profile):
    """Start a programme for the reached who meet its conditions and have not started before."""
    joined = 0
    for i in range(start.shape[0]):
        u = uniform[0, i]
        if start[i] or not alive[i] or u < p.reach_from or u >= p.reach_to or uniform[1, i] >= p.uptake:
            continue
        meets = True
        for k in range(p.term_first, p.term_end):
            meets = meets and (columns[term[k].column, i] != term[k].negated)
        if meets:
            start[i] = age + 1
            effective[i] = uniform[1, i] < p.effective
            by_profile[profile[i]] += 1
            joined += 1
    return joined


@jit
def _times_effects(w, programme, effect, factor, row, arm, age, start, effective, overlap):
    """Multiply w by the effects of all programmes of the arm on this row; log effects shrink with overlap."""
    n = w.shape[0]
    overlap[:] = 0
    for y in range(effect.shape[0]):
        q = effect[y].programme
        if effect[y].row == row and programme[q].arm == arm:
            for i in range(n):
                overlap[i] += effective[q, i]
    for y in range(effect.shape[0]):
        q = effect[y].programme
        if effect[y].row == row and programme[q].arm == arm and effect[y].first_age <= age <= effect[y].last_age:
            for i in range(n):
                if effective[q, i]:
                    w[i] *= factor[y, min(overlap[i], factor.shape[1]) - 1, age + 1 - start[q, i]]


@jit
def _multiplier(w, fixed, row):
    """Start a product with the persons' fixed multiplier."""
    if row >= 0:
        w[:] = fixed[row]
    else:
        w[:] = ONE


@jit
def _times_spell(v, spell, r1, r2, r3):
    """Multiply by the ratio of the year of the spell (1, 2, 3 or more)."""
    for i in range(v.shape[0]):
        v[i] *= r1 if spell[i] <= 1 else (r2 if spell[i] == 2 else r3)


@jit
def _move_state(onset, leave, uniform, sex, alive, was, new, inverse, odds):
    """On when u < p(onset) if off, u < p(stay) if on: one comparison, no division."""
    f0, f1, m0, m1 = inverse[0], odds[0], inverse[1], odds[1]
    for i in range(onset.shape[0]):
        starts = onset[i] * (m0 if sex[i] else f0)
        ends = leave[i] * (m1 if sex[i] else f1)
        new[i] = (uniform[i] * (ONE + (ends if was[i] else starts)) < ONE) & alive[i]


@jit
def _move_event(onset, uniform, sex, alive, new, inverse):
    """On when u < p(onset)."""
    f0, m0 = inverse[0], inverse[1]
    for i in range(onset.shape[0]):
        new[i] = (uniform[i] * (ONE + onset[i] * (m0 if sex[i] else f0)) < ONE) & alive[i]


@jit
def _race(w, e, was, sex, inverse, stick, c, best, choice):
    """Exponential race: alternative c wins when its waiting time is the shortest so far."""
    f0, f1, m0, m1 = inverse[0], stick[0], inverse[1], stick[1]
    for i in range(w.shape[0]):
        k = w[i] * (m0 if sex[i] else f0)
        k *= (m1 if sex[i] else f1) if was[i] else ONE
        k *= e[i]
        sooner = k < best[i]
        best[i] = k if sooner else best[i]
        choice[i] = u8(c) if sooner else choice[i]


@jit
def _set_where(target, forcing, c):
    """Write c where the forcing column is on."""
    for i in range(target.shape[0]):
        target[i] = u8(c) if forcing[i] else target[i]


@jit
def _equals(choice, c, alive, new):
    """A column of 0 and 1: the living who chose c."""
    for i in range(choice.shape[0]):
        new[i] = (choice[i] == u8(c)) & alive[i]


@jit
def _derive(row, derived, columns, spells, age):
    """Advance spells and derived columns at the end of the year."""
    n = columns.shape[1]
    for r in range(row.shape[0]):
        if row[r].spell >= 0:
            x, d = columns[row[r].now], spells[row[r].spell]
            for i in range(n):
                d[i] = min(d[i] + u8(1), u8(3)) * x[i]
    for k in range(derived.shape[0]):
        kind, a, b = derived[k].kind, derived[k].a, derived[k].b
        x, y = columns[derived[k].source], columns[derived[k].target]
        if kind == 0 or (kind == 1 and a <= age <= b):
            for i in range(n):
                y[i] |= x[i]
        elif kind == 2:
            d = spells[a]
            for i in range(n):
                d[i] = u8(b) if x[i] else (d[i] - u8(1) if d[i] > 0 else u8(0))
                y[i] = d[i] > 0
        elif kind == 3:
            d = spells[a]
            for i in range(n):
                y[i] = d[i] == b


# ---------------------------------------------------------------- counting


@jit
def _pack(column, words):
    """Pack a column of 0 and 1 bytes into bits, 64 persons a word."""
    eights = column.view(np.uint64)
    for k in range(words.shape[0]):
        word = u64(0)
        for j in range(8):
            word |= ((eights[8 * k + j] * u64(0x0102040810204080)) >> u64(56)) << u64(8 * j)
        words[k] = word


@jit
def _sum_bits(mask, members):
    """Number of persons in both."""
    total = u64(0)
    for k in range(mask.shape[0]):
        total += _ones(mask[k] & members[k])
    return i64(total)


@jit
def _count(tally, term, packed, slices, columns, bits, alive, chosen, age, out):
    """Add the persons of each tally column, place and group to ``out[K, places, groups]``."""
    words, places, groups = bits.shape[1], out.shape[1], out.shape[2]
    for b in range(packed.shape[0]):
        _pack(columns[packed[b]], bits[b])
    members = np.empty((places, groups, words), np.uint64)
    mask = np.empty(words, np.uint64)
    _pack(alive, mask)
    for p in range(places):
        for g in range(groups):
            for k in range(words):
                word = mask[k] & chosen[k]
                word &= bits[slices[0, p], k] if slices[0, p] >= 0 else ~u64(0)
                members[p, g, k] = word & (bits[slices[1, g], k] if slices[1, g] >= 0 else ~u64(0))
    for c in range(tally.shape[0]):
        if age < tally[c].first_age or age > tally[c].last_age:
            continue
        mask[:] = ~u64(0)
        for t in range(tally[c].term_first, tally[c].term_end):
            column, flip = bits[term[t].column], u64(0) - u64(term[t].negated)
            for k in range(words):
                mask[k] &= column[k] ^ flip
        if mask.any():
            for p in range(places):
                for g in range(groups):
                    out[c, p, g] += _sum_bits(mask, members[p, g])


@jit
def _count_participants(tables, programme, start, columns, bits, alive, age, out):
    """Count the participants of each arm there and, the same persons, in the baseline."""
    joined = np.zeros(alive.shape[1], np.uint8)
    chosen = np.empty(bits.shape[1], np.uint64)
    for a in range(1, columns.shape[0]):
        joined[:] = 0
        for q in range(programme.shape[0]):
            if programme[q].arm == a:
                for i in range(start.shape[1]):
                    joined[i] |= start[q, i] > 0
        if joined.any():
            _pack(joined, chosen)
            for side in range(2):
                here = a * side
                _count(
                    tables.tally, tables.term, tables.packed, tables.slices, columns[here], bits, alive[here],
                    chosen, age, out[a, side, age],
                )  # fmt: skip


@jit
def _follow(row, programme, effect, start, effective, columns, alive, age, out):
    """Count those who take part with effect, and how many have the factor, by years since they started."""
    for e in range(effect.shape[0]):
        q, now = effect[e].programme, row[effect[e].row].now
        here, there = columns[0, now], columns[programme[q].arm, now]
        for i in range(start.shape[1]):
            if effective[q, i] and alive[0, i]:
                years = age + 1 - start[q, i]
                if years < out.shape[1]:
                    out[e, years, 0] += 1
                    out[e, years, 1] += here[i]
                    out[e, years, 2] += there[i]


# ---------------------------------------------------------------- the kernel


@jit
def _mean_leaving(leave, alive, was, sex, which, odds):
    """Expected share of those with the state who lose it this year; -1 when nobody has it."""
    total, n = i64(0), 0
    for i in range(leave.shape[0]):
        if alive[i] & was[i] and sex[i] == which:
            o = f64(leave[i]) * odds
            total += i64(o / (1.0 + o) * FIXED_POINT)
            n += 1
    return f64(total) / FIXED_POINT / n if n > 0 else -1.0


@jit
def _solve_event(onset, alive, sex, goal, inverse):
    """Solve the onset intercepts of an event, a milestone or death at one age."""
    for g in range(2):
        if goal[g] == goal[g]:
            inverse[g] = f32(solve_inverse(onset, alive, sex, g, goal[g]))


@jit
def _solve_state(onset, leave, was, alive, sex, spell, before, stock, leave_goal, inverse, odds):
    """Solve remission, then onset, of a state at one age so that the expected stock meets its target.

    Remission meets its goal among those in the first year of a spell. The onset needed is that of the target
    stock, not of the realised one, which would carry its luck into the intercept:
    q = (P[t] - P[t-1] (1 - r)) / (1 - P[t-1]), r being the expected mean remission of those who have the
    state. Where q would be negative, remission takes the rest.
    """
    n = sex.shape[0]
    use, turned = np.empty(n, np.uint8), np.empty(n, np.float32)
    for g in range(2):
        if leave_goal[g] == leave_goal[g]:
            first = 0
            for i in range(n):
                turned[i] = ONE / leave[i]
                use[i] = alive[i] & was[i] & u8(spell[i] <= 1)
                first += use[i] & (sex[i] == g)
            if first == 0:
                for i in range(n):
                    use[i] = alive[i] & was[i]
            k = solve_inverse(turned, use, sex, g, leave_goal[g])
            odds[g] = f32(1.0 / k) if k < np.inf else f32(leave_goal[g] / (1.0 - leave_goal[g]))
        if stock[g] == stock[g]:
            leaving = _mean_leaving(leave, alive, was, sex, g, odds[g])
            leaving = leave_goal[g] if leaving < 0.0 else leaving
            least = 2e-5 * (1.0 - before[g])
            need = stock[g] - before[g] * (1.0 - leaving)
            if need < least and before[g] > 0.0:
                wanted = min(max(1.0 - (stock[g] - least) / before[g], 1e-6), 1.0 - 1e-6)
                for i in range(n):
                    use[i] = alive[i] & was[i]
                k = solve_inverse(turned, use, sex, g, wanted)
                odds[g] = f32(1.0 / k) if k < np.inf else odds[g]
                need = least
            for i in range(n):
                use[i] = alive[i] & (u8(1) - was[i])
            inverse[g] = f32(solve_inverse(onset, use, sex, g, max(need, 0.0) / (1.0 - before[g])))


@jit
def simulate(tables, persons, programmes, goals, solve, seed, arms, last_age, counts):
    """Move one block through the years 0..last_age in all arms and add to ``counts``.

    With ``solve`` (one arm, the whole calibration cohort as one block) the intercepts in ``tables`` are
    solved from ``goals`` on the way, then used: alignment and simulation are the same code.
    """
    # Tuples are taken apart once: each access to a large tuple inside the loops would copy it.
    factor, row, edge, peer_ratio = tables.factor, tables.row, tables.edge, tables.peer_ratio
    inverse_onset, leave_odds = tables.inverse_onset, tables.leave_odds
    tally, term, packed, slices = tables.tally, tables.term, tables.packed, tables.slices
    derived, constant, constant_value = tables.derived, tables.constant, tables.constant_value
    key, sex, fixed, cells, profile = persons.key, persons.sex, persons.fixed, persons.cells, persons.profile
    programme, condition, effect = programmes.programme, programmes.term, programmes.effect
    onset_factor, leave_factor = programmes.onset_factor, programmes.leave_factor
    onset_goal, leave_goal, passes = goals.onset, goals.leave, goals.passes[0]
    out, by_profile = counts.tally, counts.by_profile
    n, slots = key.shape[0], programme.shape[0]
    padded, most = (n + 63) // 64 * 64, 1
    for f in range(factor.shape[0]):
        most = max(most, factor[f].rows)
    columns = np.zeros((arms, tables.sizes[0], padded), np.uint8)
    spells = np.zeros((arms, max(tables.sizes[1], 1), padded), np.uint8)
    alive = np.zeros((arms, padded), np.uint8)
    alive[:, :n] = 1
    start, effective, overlap = np.zeros((slots, n), np.uint8), np.zeros((slots, n), np.uint8), np.zeros(n, np.int64)
    word, uniform = np.empty((2, n), np.uint32), np.empty((2, n), np.float32)
    onset, leave, best = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    choice, forced, active = np.empty(n, np.uint8), np.empty(n, np.uint8), np.zeros(most, np.uint8)
    waiting, weight = np.empty((most, n), np.float32), np.empty((most if solve else 1, n), np.float32)
    spare_bits = np.empty(n, np.uint32)
    bits = np.zeros((max(packed.shape[0], 1), padded // 64), np.uint64)
    everybody = np.full(padded // 64, ~u64(0), np.uint64)
    for a in range(arms):
        for k in range(constant.shape[0]):
            for i in range(n):
                columns[a, constant[k], i] = constant_value[profile[i], k]
    for age in range(last_age + 1):
        drawn = -1
        for q in range(slots):
            if programme[q].first_age <= age <= programme[q].last_age:
                a = programme[q].arm
                draw_words(key, programme[q].luck, seed, word[0], word[1])
                to_uniform(word[0], uniform[0])
                to_uniform(word[1], uniform[1])
                counts.started[q, age] += _recruit(
                    programme[q], age, condition, columns[a], alive[a], uniform, profile, start[q], effective[q],
                    by_profile[q],
                )  # fmt: skip
        for f in range(factor.shape[0]):
            form, r0 = factor[f].form, factor[f].first_row
            if form != 3:
                first, last = row[r0].first_age, row[r0].last_age
                if age < first or age > last:
                    if form < 2 and age == last + 1:
                        columns[:, row[r0].now, :] = 0
                    continue
                if row[r0].luck >> 1 != drawn:
                    drawn = row[r0].luck >> 1
                    draw_words(key, (age << 16) + drawn, seed, word[0], word[1])
                to_uniform(word[row[r0].luck & 1], uniform[0])
                for a in range(arms):
                    was, new = columns[a, row[r0].last], columns[a, row[r0].now]
                    _multiplier(onset, fixed, row[r0].fixed_onset)
                    _times_edges(onset, edge, row[r0].onset_first, row[r0].onset_end, peer_ratio, age, columns[a], cells)
                    if a > 0 and slots > 0:
                        _times_effects(onset, programme, effect, onset_factor, r0, a, age, start, effective, overlap)
                    if form == 0:
                        _multiplier(leave, fixed, row[r0].fixed_leave)
                        _times_edges(leave, edge, row[r0].leave_first, row[r0].leave_end, peer_ratio, age, columns[a], cells)
                        if row[r0].spell >= 0:
                            _times_spell(leave, spells[a, row[r0].spell], row[r0].ratio_1, row[r0].ratio_2, row[r0].ratio_3)
                        if a > 0 and slots > 0:
                            _times_effects(leave, programme, effect, leave_factor, r0, a, age, start, effective, overlap)
                    if solve and form == 0:
                        before = onset_goal[age - 1, r0] if age > first else np.zeros(2)
                        spell = spells[a, row[r0].spell] if row[r0].spell >= 0 else was
                        _solve_state(
                            onset, leave, was, alive[a], sex, spell, before, onset_goal[age, r0], leave_goal[age, r0],
                            inverse_onset[age, r0], leave_odds[age, r0],
                        )  # fmt: skip
                    elif solve:
                        _solve_event(onset, alive[a], sex, onset_goal[age, r0], inverse_onset[age, r0])
                    if form == 0:
                        _move_state(
                            onset, leave, uniform[0], sex, alive[a], was, new, inverse_onset[age, r0], leave_odds[age, r0]
                        )
                    else:
                        _move_event(onset, uniform[0], sex, alive[a], new, inverse_onset[age, r0])
                    if form == 4:
                        for i in range(n):
                            new[i] |= was[i]
                            alive[a, i] &= u8(1) - new[i]
                continue
            rows = factor[f].rows
            for c in range(rows):
                r = r0 + c
                active[c] = row[r].first_age <= age <= row[r].last_age and row[r].forced_by < 0
                if active[c]:
                    if row[r].luck >> 1 != drawn:
                        drawn = row[r].luck >> 1
                        draw_words(key, (age << 16) + drawn, seed, word[0], word[1])
                    to_exponential(word[row[r].luck & 1], spare_bits, waiting[c])
            if not active[:rows].any():
                continue
            for a in range(arms):
                if solve and passes > 0:
                    choice[:], forced[:] = u8(255), u8(0)
                    for c in range(rows):
                        _set_where(choice, columns[a, row[r0 + c].last], c)
                        if row[r0 + c].forced_by >= 0:
                            _set_where(forced, columns[a, row[r0 + c].forced_by], 1)
                        if active[c]:
                            r = r0 + c
                            _multiplier(weight[c], fixed, row[r].fixed_onset)
                            _times_edges(weight[c], edge, row[r].onset_first, row[r].onset_end, peer_ratio, age, columns[a], cells)
                    if age > 0:  # last year's solution is this year's first guess
                        inverse_onset[age, r0 : r0 + rows] = inverse_onset[age - 1, r0 : r0 + rows]
                        leave_odds[age, r0 : r0 + rows] = leave_odds[age - 1, r0 : r0 + rows]
                    solve_category(
                        weight[:rows], choice, forced, alive[a], sex, active, onset_goal[age, r0 : r0 + rows],
                        leave_goal[age, r0 : r0 + rows], passes, inverse_onset[age, r0 : r0 + rows],
                        leave_odds[age, r0 : r0 + rows],
                    )  # fmt: skip
                best[:] = f32(np.inf)
                choice[:] = u8(255)
                for c in range(rows):
                    r = r0 + c
                    if active[c]:
                        _multiplier(onset, fixed, row[r].fixed_onset)
                        _times_edges(onset, edge, row[r].onset_first, row[r].onset_end, peer_ratio, age, columns[a], cells)
                        if a > 0 and slots > 0:
                            _times_effects(onset, programme, effect, onset_factor, r, a, age, start, effective, overlap)
                        _race(
                            onset, waiting[c], columns[a, row[r].last], sex, inverse_onset[age, r], leave_odds[age, r],
                            c, best, choice,
                        )  # fmt: skip
                for c in range(rows):
                    if row[r0 + c].forced_by >= 0:
                        _set_where(choice, columns[a, row[r0 + c].forced_by], c)
                for c in range(rows):
                    _equals(choice, c, alive[a], columns[a, row[r0 + c].now])
        for a in range(arms):
            _derive(row, derived, columns[a], spells[a], age)
            _count(tally, term, packed, slices, columns[a], bits, alive[a], everybody, age, out[a, age])
        if slots > 0:
            _count_participants(tables, programme, start, columns, bits, alive, age, counts.among_participants)
            _follow(row, programme, effect, start, effective, columns, alive, age, counts.followed)
        if counts.trace.size > 0:
            counts.trace[:, age] = columns[:, :, :n]
        for a in range(arms):
            for r in range(row.shape[0]):
                columns[a, row[r].last, :] = columns[a, row[r].now, :]
