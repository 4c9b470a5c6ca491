"""Measure the speed goals in one run and write results/speed.json: python benchmarks/speed.py."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SCENARIO = ROOT / "scenarios" / "ungdomskriminalitet.yaml"
ROUNDS, THREADS, MESA_PERSONS = 6, 2, 1000
FEW, MANY = 50_000, 400_000


def best_seconds(runs: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Shortest seconds of each run; they take turns, so that other work on the machine meets all alike."""
    best = dict.fromkeys(runs, float("inf"))
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            start = perf_counter()
            run()
            best[name] = min(best[name], perf_counter() - start)
    return best


def wide() -> dict[str, float]:
    """Transitions/s of the wide network in two arms."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    from networks import (
        AGES,
        COHORT,
        EFFECT_ON_1_BY_ODDS,
        SEED,
        STATE_OF_EFFECT,
        as_model,
        blocks,
        programme_for,
        wide_network,
    )
    from rival_kernels import yardstick_block

    from livsbana.lifecourse.kernel import simulate
    from livsbana.lifecourse.simulate import empty_counts, no_goals, simulate_cohort

    net = wide_network()
    model, birth = as_model(net)
    programmes, persons, goals = programme_for(net, model), blocks(net, birth), no_goals(len(model.rows))
    change = np.ones((2, net.states), np.float32)
    change[1, STATE_OF_EFFECT] = EFFECT_ON_1_BY_ODDS

    def kernel() -> None:
        counts = empty_counts(model, programmes, 2)
        for block in persons:
            simulate(model.tables, block, programmes, goals, False, SEED, 2, AGES - 1, counts)

    def yardstick() -> None:
        counts = np.zeros((2, AGES, net.states, 2), np.int64)
        for b in persons:
            yardstick_block(
                b.key,
                b.sex,
                b.fixed,
                np.uint32(SEED),
                net.inverse_odds,
                net.leave,
                net.inverse_ratio,
                net.parent,
                change,
                counts,
            )

    with ThreadPoolExecutor(THREADS) as pool:

        def cohort(threads: int) -> Callable[[], object]:
            return lambda: simulate_cohort(
                model, birth, COHORT, net.persons, programmes, 2, SEED, pool if threads > 1 else None, 16
            )

        found = best_seconds(
            {"kernel": kernel, "yardstick": yardstick, "cohort, 1 thread": cohort(1), "cohort, 2 threads": cohort(2)}
        )
    return {name: net.transitions / s for name, s in found.items()}


def small() -> dict[str, float]:
    """Person-years/s of the small network."""
    import numpy as np
    from networks import AGES, COHORT, SEED, as_model, programme_for, small_network
    from rival_kernels import hashed_block
    from rival_python import Society, numpy_counts

    from livsbana.lifecourse.simulate import simulate_cohort

    net = small_network()
    model, birth = as_model(net)
    last: dict[str, int] = {}

    def ours() -> None:
        counts = simulate_cohort(model, birth, COHORT, net.persons, programme_for(net, model), 1, SEED)
        last["kernel"] = int(counts.tally[0, :, 0, 0, 0].sum())

    def hashed() -> None:
        total = np.zeros((AGES, net.states + 1), np.int64)
        for first in range(0, net.persons, 1024):
            counts = np.zeros((AGES, net.states + 1), np.int32)
            hashed_block(
                first, 1024, SEED, net.inverse_odds, net.leave, net.inverse_ratio, net.parent, net.hazard, counts
            )
            total += counts
        last["hashed"] = int(total[:, -1].sum())

    def in_numpy() -> None:
        last["numpy"] = int(numpy_counts(net, net.persons)[:, -1].sum())

    def in_mesa() -> None:
        last["mesa"] = int(Society(net, MESA_PERSONS).run()[:, -1].sum())

    found = best_seconds({"kernel": ours, "hashed": hashed})
    found |= best_seconds({"numpy": in_numpy, "mesa": in_mesa}, 2)
    return {name: last[name] / s for name, s in found.items()}


def peak_mib(persons: int) -> float:
    """Peak memory of a process of its own that simulates so many persons of the real library."""
    done = subprocess.run([sys.executable, __file__, str(persons)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def simulate_real(persons: int) -> None:
    """Print the peak memory, MiB, after simulating the scenario's cohort in two arms."""
    from livsbana.interventions.programmes import programme_tables
    from livsbana.lifecourse.blocks import birth_tables
    from livsbana.lifecourse.simulate import simulate_cohort
    from livsbana.lifecourse.stored import load_fit
    from livsbana.parameters.library import load_library
    from livsbana.runs.evaluate import prepare
    from livsbana.runs.plan import make_plan
    from livsbana.scenario.read import read_scenario
    from livsbana.uncertainty.draws import central

    library = load_library(None)
    plan = make_plan(library, load_fit(library, None)[0], read_scenario(SCENARIO, library), persons, 1, "asek")
    ready = prepare(plan, central)
    cohort = plan.cohorts[0]
    programmes = programme_tables(library, ready.model, central, plan.arms, cohort, ready.reached)
    birth = birth_tables(ready.model, library, central, cohort, plan.place, 1)
    simulate_cohort(ready.model, birth, cohort, persons, programmes, 2, 1, None, plan.batches)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def command_seconds(arguments: list[str], cache: str, times: int) -> tuple[float, str]:
    """Shortest wall time of a command, and what it printed last."""
    best, printed = float("inf"), ""
    for _ in range(times):
        start = perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "livsbana", *arguments],
            check=True, capture_output=True, text=True, env=os.environ | {"NUMBA_CACHE_DIR": cache},
        )  # fmt: skip
        best, printed = min(best, perf_counter() - start), done.stdout
    return best, printed


def commands() -> dict[str, object]:
    """Wall seconds of commands, and the timing that the last run tells."""
    run = ["run", str(SCENARIO), "--persons", "100000", "--json"]
    with tempfile.TemporaryDirectory() as cache:
        told, _ = command_seconds(["--help"], cache, 5)
        first, _ = command_seconds(run, cache, 1)
        later, printed = command_seconds(run, cache, 2)
    return {"help": told, "first run": first, "later run": later, "timing": json.loads(printed)["timing"]}


def active_factors() -> float:
    """Mean number of active factors a year in the real library."""
    from livsbana.lifecourse.compile import AGES, ordered_factors, rows_of
    from livsbana.parameters.library import load_library

    years = 0
    for factor in ordered_factors(load_library(None)):
        ages = {age for row in rows_of([factor]) for age in range(row.ages[0], row.ages[1] + 1)}
        years += len(ages)
    return years / AGES


def processor() -> str:
    """Model name where Linux tells it."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def main() -> None:
    load = [os.getloadavg()[0]]
    memory = {str(n): peak_mib(n) for n in (FEW, MANY)}  # first: a child's peak includes its parent's size
    told = commands()
    found = {"peak_mib": memory, "commands": told, "wide": wide(), "small": small(), "active_factors": active_factors()}
    timing = told["timing"]
    found["real_transitions_per_second"] = timing["person_years"] * found["active_factors"] / timing["seconds"]
    load.append(os.getloadavg()[0])
    packages = {name: version(name) for name in ("numba", "numpy", "mesa")}
    found["machine"] = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **packages,
        "load": load,
    }
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "speed.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    simulate_real(int(sys.argv[1])) if len(sys.argv) > 1 else main()
