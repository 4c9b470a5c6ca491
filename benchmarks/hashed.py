"""The yardstick: the least that a table-driven kernel must do, with a cheap hash for luck.

Blocks that stay in cache, one byte a state, odds multiplied edge by edge, one comparison, integer sums. No
persons with traits, no arms, no tallies but the states themselves, and luck that no test battery has passed.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from workload import AGES, Workload

BLOCK = 512
u8, u32, i32, f32 = np.uint8, np.uint32, np.int32, np.float32
jit = nb.njit(nogil=True, error_model="numpy")


@jit
def _mix(x):
    """A 32-bit integer hash with two multiplications."""
    x = u32(u32(x ^ (x >> u32(16))) * u32(0x21F0AAAD))
    x = u32(u32(x ^ (x >> u32(15))) * u32(0xD35A2D97))
    return u32(x ^ (x >> u32(15)))


@jit
def _uniform(key, decision):
    return f32(i32(_mix(_mix(u32(key + decision))) >> u32(8))) * f32(2.0**-24)


@jit
def _year(now, new, alive, key, age, inverse_odds, ratio, source, leaves, hazard, counts):
    """One year of one block; every state has four sources."""
    block = alive.shape[0]
    for s in range(leaves.shape[0]):
        odds, off = inverse_odds[age, s], leaves[s]
        r0, r1, r2, r3 = ratio[s, 0], ratio[s, 1], ratio[s, 2], ratio[s, 3]
        x0, x1, x2, x3 = now[source[s, 0]], now[source[s, 1]], now[source[s, 2]], now[source[s, 3]]
        mine, next_, decision, total = now[s], new[s], u32((age * 64 + s) * 0x9E3779B9), i32(0)
        for i in range(block):
            u = _uniform(key[i], decision)
            w = odds * (r0 if x0[i] else f32(1)) * (r1 if x1[i] else f32(1))
            w = w * (r2 if x2[i] else f32(1)) * (r3 if x3[i] else f32(1))
            starts, stays = u * (f32(1) + w) < f32(1), u >= off
            on = stays if mine[i] else starts
            next_[i] = on
            total += i32(on & alive[i])
        counts[age, s] += total
    living, decision = i32(0), u32((age * 64 + 63) * 0x9E3779B9)
    for i in range(block):
        living += i32(alive[i])
        alive[i] &= _uniform(key[i], decision) >= hazard[age]
    counts[age, leaves.shape[0]] += living


@jit
def _simulate(blocks, inverse_odds, ratio, source, leaves, hazard, counts):
    state = np.zeros((2, leaves.shape[0], BLOCK), u8)
    alive, key = np.empty(BLOCK, u8), np.empty(BLOCK, u32)
    for b in range(blocks):
        state[:] = 0
        alive[:] = 1
        for i in range(BLOCK):
            key[i] = _mix(u32(b * BLOCK + i))
        for age in range(hazard.shape[0]):
            now, new = state[age & 1], state[1 - (age & 1)]
            _year(now, new, alive, key, age, inverse_odds, ratio, source, leaves, hazard, counts)


def run(work: Workload, persons: int) -> np.ndarray:
    """Persons with each state, and in the last column all living, int64[age, states + 1]."""
    counts = np.zeros((AGES, work.states + 1), np.int64)
    _simulate(
        persons // BLOCK, work.inverse_odds, work.inverse_ratio, work.source, work.leaves, work.hazard, counts
    )  # fmt: skip
    return counts
