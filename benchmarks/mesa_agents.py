"""The same workload as Mesa agents: one object a person, one call a person and year."""

from __future__ import annotations

import mesa
import numpy as np
from workload import AGES, Workload


class Person(mesa.Agent):
    """A person with states that depend on each other."""

    def __init__(self, model: Society) -> None:
        super().__init__(model)
        self.states = [False] * len(model.leaves)

    def step(self) -> None:
        """Live one year, be counted, and perhaps die."""
        model, was, luck = self.model, self.states, self.random.random
        new = []
        for on, inverse, leaves, sources in zip(
            was, model.inverse_odds[model.age], model.leaves, model.sources, strict=True
        ):
            if on:
                new.append(luck() >= leaves)
            else:
                for source, ratio in sources:
                    if was[source]:
                        inverse *= ratio
                new.append(luck() * (1 + inverse) < 1)
        self.states = new
        counts = model.counts[model.age]
        for state, on in enumerate(new):
            counts[state] += on
        counts[-1] += 1
        if luck() < model.hazard[model.age]:
            self.remove()


class Society(mesa.Model):
    """A birth cohort."""

    def __init__(self, work: Workload, persons: int, seed: int = 1) -> None:
        super().__init__(seed=seed)
        self.inverse_odds, self.leaves, self.hazard = (
            work.inverse_odds.tolist(),
            work.leaves.tolist(),
            work.hazard.tolist(),
        )
        self.sources = [
            list(zip(sources, ratios, strict=True))
            for sources, ratios in zip(work.source.tolist(), work.inverse_ratio.tolist(), strict=True)
        ]
        self.age = 0
        self.counts = [[0] * (work.states + 1) for _ in range(AGES)]
        Person.create_agents(self, persons)

    def step(self) -> None:
        """One year for everybody."""
        self.agents.do("step")
        self.age += 1


def run(work: Workload, persons: int, seed: int = 1) -> np.ndarray:
    """Persons with each state, and in the last column all living, int64[age, states + 1]."""
    society = Society(work, persons, seed)
    for _ in range(AGES):
        society.step()
    return np.array(society.counts)
