"""The same workload in numpy: year by year, all persons and states at once."""

from __future__ import annotations

import numpy as np
from workload import AGES, Workload


def run(work: Workload, persons: int, seed: int = 1) -> np.ndarray:
    """Persons with each state, and in the last column all living, int64[age, states + 1]."""
    rng = np.random.default_rng(seed)
    log_ratio = np.zeros((work.states, work.states), np.float32)
    for s in range(work.states):
        log_ratio[s, work.source[s]] = np.log(work.inverse_ratio[s])
    log_odds = np.log(work.inverse_odds)
    state = np.zeros((work.states, persons), bool)
    alive = np.ones(persons, bool)
    counts = np.zeros((AGES, work.states + 1), np.int64)
    for age in range(AGES):
        luck = rng.random((work.states, persons), dtype=np.float32)
        inverse = np.exp(log_ratio @ state.astype(np.float32) + log_odds[age][:, None])
        state = np.where(state, luck >= work.leaves[:, None], luck * (1 + inverse) < 1)
        counts[age, :-1] = np.count_nonzero(state & alive, axis=1)
        counts[age, -1] = alive.sum()
        alive &= rng.random(persons, dtype=np.float32) >= work.hazard[age]
    return counts
