"""Measure one evaluation of a sensitivity design, stage by stage: python benchmarks/sobol_speed.py.

It prints one JSON document: the shortest milliseconds of every stage over some draws, on one thread, and what
43,008 evaluations would then take on two cores that lose nothing. Every draw is met once: the reconciled goals of
a draw are remembered, so a second evaluation of it would look ten times faster.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from time import perf_counter

from livsbana.lifecourse.stored import load_fit
from livsbana.parameters.library import load_library
from livsbana.runs.evaluate import evaluate, prepare, price
from livsbana.runs.plan import Plan, make_plan
from livsbana.scenario.read import read_scenario
from livsbana.uncertainty.draws import Draw

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "ungdomskriminalitet.yaml"
PERSONS, DRAWS, SEED, EVALUATIONS, CORES = 5_000, 4, 1, 43_008, 2


def stages(plan: Plan, draw: int) -> dict[str, float]:
    """Seconds of every stage of one evaluation."""
    value = Draw(plan.library, plan.seed, draw)
    prepared = prepare(plan, value, persons=PERSONS)
    began = perf_counter()
    prices = price(plan, value)
    pricing = perf_counter() - began
    return {**evaluate(plan, value, prepared, prices, details=False).seconds, "price": pricing}


def shortest(plan: Plan) -> dict[str, float]:
    """Shortest milliseconds of every stage over the draws, after one that compiles."""
    stages(plan, 0)
    taken = [stages(plan, k) for k in range(1, DRAWS + 1)]
    best = {stage: 1000 * min(t[stage] for t in taken) for stage in taken[0]}
    whole = sum(best.values())
    hours = EVALUATIONS * whole / 1000 / CORES / 3600
    return {k: round(v, 1) for k, v in {**best, "evaluation": whole}.items()} | {"hours_extrapolated": round(hours, 2)}


def main() -> None:
    """Measure the shipped scenario, and its newborn alone."""
    library = load_library()
    fit, _ = load_fit(library)
    scenario = read_scenario(SCENARIO, library)
    plan = make_plan(library, fit, scenario, PERSONS, SEED, "asek")
    told = {"persons": PERSONS, "draws": DRAWS, "load_at_start": os.getloadavg()[0]}
    print(json.dumps(told | {"cohorts": len(plan.cohorts)} | shortest(plan), indent=1))


if __name__ == "__main__":
    main()
