"""The small network as one would write it in numpy, year by year, and as agents in Mesa."""

from __future__ import annotations

import mesa
import numpy as np
from networks import AGES, SEED, Network


def numpy_counts(network: Network, persons: int) -> np.ndarray:
    """All persons at once, one array operation after another; int64[age, state + 1], the last are the living.

    The four edges of a state are one table of 16 products, which is faster than multiplying edge by edge.
    """
    rng = np.random.Generator(np.random.SFC64(SEED))
    counts = np.zeros((AGES, network.states + 1), np.int64)
    product = _products(network.inverse_ratio)
    now, alive = np.zeros((network.states, persons), np.uint8), np.ones(persons, bool)
    for age in range(AGES):
        alive &= rng.random(persons, np.float32) >= network.hazard[age]
        counts[age, -1] = np.count_nonzero(alive)
        new = np.empty_like(now)
        for j in range(network.states):
            p = network.parent[j]
            pattern = now[p[0]] | now[p[1]] << 1 | now[p[2]] << 2 | now[p[3]] << 3
            onset = 1 / (1 + network.inverse_odds[age, j, 0] * product[j])
            u = rng.random(persons, np.float32)
            np.less(u, np.where(now[j], 1 - network.leave[j], onset[pattern]), out=new[j].view(bool))
            counts[age, j] = np.count_nonzero(new[j].view(bool) & alive)
        now = new
    return counts


def _products(ratio: np.ndarray) -> np.ndarray:
    """float32[state, 16]: product of the ratios of the edges whose bit is set."""
    bits = (np.arange(16)[:, None] >> np.arange(4)) & 1
    return np.where(bits == 1, ratio[:, None, :], np.float32(1)).prod(axis=2)


class Person(mesa.Agent):
    """One person; plain Python numbers, because they are faster here than numpy's."""

    def __init__(self, model: Society) -> None:
        super().__init__(model)
        self.states = [False] * len(model.leave)

    def year(self) -> None:
        society, chance, old = self.model, self.random.random, self.states
        if chance() < society.hazard[society.age]:
            self.remove()
            return
        new = []
        for j, on in enumerate(old):
            if on:
                new.append(chance() >= society.leave[j])
            else:
                inverse = society.inverse_odds[society.age][j]
                for parent, ratio in society.edges[j]:
                    if old[parent]:
                        inverse *= ratio
                new.append(chance() * (1 + inverse) < 1)
        self.states = new
        for j, on in enumerate(new):
            society.counts[society.age][j] += on


class Society(mesa.Model):
    """Persons who live side by side from birth to 65."""

    def __init__(self, network: Network, persons: int) -> None:
        super().__init__(seed=SEED)
        self.age = 0
        self.hazard, self.leave = network.hazard.tolist(), network.leave.tolist()
        self.inverse_odds = network.inverse_odds[:, :, 0].tolist()
        pairs = zip(network.parent.tolist(), network.inverse_ratio.tolist(), strict=True)
        self.edges = [list(zip(parents, ratios, strict=True)) for parents, ratios in pairs]
        self.counts = [[0] * (network.states + 1) for _ in range(AGES)]
        Person.create_agents(self, persons)

    def run(self) -> np.ndarray:
        """Live all years; int64[age, state + 1], the last are the living."""
        for age in range(AGES):
            self.age = age
            self.agents.do("year")
            self.counts[age][-1] = len(self.agents)
        return np.array(self.counts, np.int64)
