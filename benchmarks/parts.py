"""What one process measures; prints JSON. Started by speed.py, which limits numpy's own threads."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np
from workload import AGES, Workload, as_model, make_workload

from livsbana.lifecourse.blocks import birth_tables
from livsbana.lifecourse.simulate import CohortCounts, no_programmes, simulate_cohort
from livsbana.population.cohorts import Cohort

COHORT = Cohort(birth_year=2026, start_age=0, size=1.0)
COMPARED = {"kernel": 51_200, "hashed": 51_200, "numpy": 20_480, "mesa": 300}
NETWORK_PERSONS = 24_576


def kernel(work: Workload) -> Callable[..., CohortCounts]:
    """A run of the workload in the kernel, as ``livsbana run`` would do it: births, blocks, tallies, batches."""
    library, model = as_model(work)
    birth = birth_tables(model, library, lambda n: n.value, COHORT, None, 1)

    def run(persons: int, arms: int = 1, pool: ThreadPoolExecutor | None = None, batches: int = 1) -> CohortCounts:
        return simulate_cohort(model, birth, COHORT, persons, no_programmes(), arms, 1, pool, batches)

    return run


def best_times(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Shortest time of each run in seconds; they take turns, so that other work on the machine meets all alike."""
    best = dict.fromkeys(runs, np.inf)
    for _ in range(rounds):
        for name, run in runs.items():
            start = perf_counter()
            run()
            best[name] = min(best[name], perf_counter() - start)
    return best


def worst_deviation(counts: np.ndarray, reference: np.ndarray) -> float:
    """Largest difference of two sets of shares among the living, in standard errors."""
    (p, n), (q, m) = ((c[1:, :-1] / c[1:, -1:], c[1:, -1:]) for c in (counts, reference))
    pooled = (p * n + q * m) / (n + m)
    return float(np.abs((p - q) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m) + 1e-12)).max())


def versions(rounds: int) -> dict[str, Any]:
    """One workload in the kernel, the bare kernel with a cheap hash, numpy and Mesa."""
    import hashed
    import mesa_agents
    import numpy_years

    work = make_workload(states=20, edges=4)
    ours = kernel(work)
    runs: dict[str, Callable[[], np.ndarray]] = {
        "kernel": lambda: ours(COMPARED["kernel"]).tally[0, :, :, 0, 0],
        "hashed": lambda: hashed.run(work, COMPARED["hashed"]),
        "numpy": lambda: numpy_years.run(work, COMPARED["numpy"]),
    }
    counts = {name: run() for name, run in runs.items()}  # compiles
    seconds = best_times(runs, rounds)
    start = perf_counter()
    counts["mesa"] = mesa_agents.run(work, COMPARED["mesa"])
    seconds["mesa"] = perf_counter() - start
    return {
        "person_years_per_second": {name: float(counts[name][:, -1].sum() / s) for name, s in seconds.items()},
        "largest_deviation_in_standard_errors": {
            name: worst_deviation(c, counts["kernel"]) for name, c in counts.items() if name != "kernel"
        },
    }


def network(rounds: int) -> dict[str, Any]:
    """46 states with 6 edges each: transitions a second, and what a second thread gives."""
    work = make_workload(states=46, edges=6)
    ours, pool = kernel(work), ThreadPoolExecutor(2)
    transitions = (work.states + 1) * AGES * NETWORK_PERSONS  # death is a factor too
    runs = {
        "1 arm, 1 thread": lambda: ours(NETWORK_PERSONS, 1),
        "2 arms, 1 thread": lambda: ours(NETWORK_PERSONS, 2),
        "2 arms, 2 threads": lambda: ours(NETWORK_PERSONS, 2, pool, 8),
    }
    start = perf_counter()
    ours(1000)
    compiled = perf_counter() - start
    found = best_times(runs, rounds)
    return {
        "transitions_per_second": {name: transitions * int(name[0]) / s for name, s in found.items()},
        "compile_seconds": compiled,
    }


def peak(persons: int) -> dict[str, Any]:
    """Largest memory in use, MiB, of a process that simulates so many persons in two arms."""
    kernel(make_workload(states=46, edges=6))(persons, 2)
    return {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    part, number = sys.argv[1:]
    print(json.dumps({"versions": versions, "network": network, "peak": peak}[part](int(number))))
