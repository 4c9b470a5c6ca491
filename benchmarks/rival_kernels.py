"""Two bare numba kernels without programmes, residence, durations or trait groups: what the machine gives."""

from __future__ import annotations

import numba as nb
import numpy as np

u32, u64, i32, f32 = np.uint32, np.uint64, np.int32, np.float32
ONE = np.float32(1)
LOW_HALF = np.uint64(0xFFFFFFFF)
jit = nb.njit(nogil=True, error_model="numpy")
inline = nb.njit(nogil=True, error_model="numpy", inline="always")


@inline
def unit(word):
    """A word as a number in [0, 1) with 24 bits."""
    return f32(i32(word >> u32(8))) * f32(2.0**-24)


# ---------------------------------------------------------------- yardstick of the wide network


@inline
def philox(word0, word1, key):
    """Philox2x32 with ten rounds (Salmon et al. 2011)."""
    x, y, k = u64(word0), u64(word1), u64(key)
    for _ in range(10):
        product = (x & LOW_HALF) * u64(0xD256D193)
        x, y = (product >> u64(32)) ^ y ^ k, product
        k += u64(0x9E3779B9)
    return u32(x & LOW_HALF), u32(y & LOW_HALF)


@jit
def draw(key, decision, seed, first_half, second_half):
    """Two numbers in [0, 1) a person from one call: two states share it."""
    for i in range(key.shape[0]):
        a, b = philox(key[i], decision, seed)
        first_half[i], second_half[i] = unit(a), unit(b)


@jit
def start_odds(inverse, base, change):
    """1/odds of onset in one arm before any edge."""
    for i in range(base.shape[0]):
        inverse[i] = base[i] * change


@jit
def base_odds(base, female, male, sex, fixed):
    """1/odds of onset that all arms share."""
    for i in range(sex.shape[0]):
        base[i] = (male if sex[i] else female) * fixed[i]


@jit
def times_two(inverse, on0, ratio0, on1, ratio1):
    """Two edges in one pass; in place, as an output that overlaps an input would not become SIMD."""
    for i in range(inverse.shape[0]):
        inverse[i] *= (ratio0 if on0[i] else ONE) * (ratio1 if on1[i] else ONE)


@jit
def move(u, inverse, leave, mine, new, sex):
    """One comparison for those who are off, one for those who are on; returns all and the men who are on."""
    total, men = i32(0), i32(0)
    for i in range(u.shape[0]):
        starts = u[i] * (ONE + inverse[i]) < ONE
        value = (u[i] >= leave) if mine[i] else starts
        new[i] = value
        total += i32(value)
        men += i32(value & sex[i])
    return i32(total), i32(men)


@jit
def yardstick_block(key, sex, fixed, seed, inverse_odds, leave, inverse_ratio, parent, change, counts):
    """One block in all arms: adds to ``counts[arm, age, state, (all, men)]``; ``change[arm, state]``, even edges."""
    ages, states = inverse_odds.shape[:2]
    arms, edges, n = counts.shape[0], parent.shape[1], key.shape[0]
    state = np.zeros((2, arms, states, n), np.uint8)
    uniform, base, inverse = np.empty((2, n), f32), np.empty(n, f32), np.empty(n, f32)
    for age in range(ages):
        now, new = state[age & 1], state[1 - (age & 1)]
        for j in range(states):
            if j & 1 == 0:
                draw(key, u32((age << 16) + (j >> 1)), seed, uniform[0], uniform[1])
            base_odds(base, inverse_odds[age, j, 0], inverse_odds[age, j, 1], sex, fixed[j])
            for a in range(arms):
                start_odds(inverse, base, change[a, j])
                for e in range(0, edges, 2):
                    p, q = parent[j, e], parent[j, e + 1]
                    times_two(inverse, now[a, p], inverse_ratio[j, e], now[a, q], inverse_ratio[j, e + 1])
                total, men = move(uniform[j & 1], inverse, leave[j], now[a, j], new[a, j], sex)
                counts[a, age, j, 0] += total
                counts[a, age, j, 1] += men


# ---------------------------------------------------------------- cheap hash on the small network


@inline
def scramble(x):
    """A 32-bit integer hash with two multiplications: fast, but it passes no published battery."""
    x = u32(x)
    x ^= x >> u32(16)
    x = u32(x * u32(0x21F0AAAD))
    x ^= x >> u32(15)
    x = u32(x * u32(0xD35A2D97))
    return u32(x ^ (x >> u32(15)))


@jit
def hashed_block(first, n, seed, inverse_odds, leave, inverse_ratio, parent, hazard, counts):
    """Persons ``first`` … of one block; adds to ``counts[age, state]``, whose last column is the living.

    The sums are cast to 32 bits where they are stored: as 64 bits they would halve the speed of the loop.
    """
    ages, states = inverse_odds.shape[0], leave.shape[0]
    state, alive = np.zeros((2, states, n), np.uint8), np.ones(n, np.uint8)
    key, second_key = np.empty(n, np.uint32), np.empty(n, np.uint32)
    for i in range(n):
        key[i] = scramble(u32(seed) ^ scramble(u32(first + i)))
        second_key[i] = scramble(key[i] ^ u32(0x5BD1E995))
    for age in range(ages):
        now, following = state[age & 1], state[1 - (age & 1)]
        decision, living = u32(age * 64 + 63) * u32(0x9E3779B9), i32(0)
        for i in range(n):
            u = unit(scramble(scramble(key[i] + decision) ^ second_key[i]))
            alive[i] = alive[i] & (u >= hazard[age])
            living += i32(alive[i])
        counts[age, states] += i32(living)
        for j in range(states):
            odds, off, total = inverse_odds[age, j, 0], leave[j], i32(0)
            r0, r1, r2, r3 = inverse_ratio[j, 0], inverse_ratio[j, 1], inverse_ratio[j, 2], inverse_ratio[j, 3]
            x0, x1, x2, x3 = now[parent[j, 0]], now[parent[j, 1]], now[parent[j, 2]], now[parent[j, 3]]
            mine, new, decision = now[j], following[j], u32(age * 64 + j) * u32(0x9E3779B9)
            for i in range(n):
                u = unit(scramble(scramble(key[i] + decision) ^ second_key[i]))
                inverse = odds * (r0 if x0[i] else ONE) * (r1 if x1[i] else ONE)
                inverse = inverse * (r2 if x2[i] else ONE) * (r3 if x3[i] else ONE)
                starts, stays = u * (ONE + inverse) < ONE, u >= off
                value = stays if mine[i] else starts
                new[i] = value
                total += i32(value & alive[i])
            counts[age, j] += i32(total)
