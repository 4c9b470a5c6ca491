"""Time of one evaluation of `livsbana sobol` by stage, and what a whole design takes.

python benchmarks/sobol_speed.py [--base 3] [--persons 5000] [--out benchmarks/results/sobol_speed.json]

Runs whole base points of the Sobol design (inputs + 2 evaluations each) as the command does, on one thread and on
all cores, and scales to n = 1024. Stages: draw (values, programmes, births), calibrate, reach (whom programmes reach),
simulate, price and value (money of the counts).
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from time import perf_counter

from livsbana.lifecourse.simulate import cores
from livsbana.lifecourse.stored import load_fit
from livsbana.parameters.library import load_library
from livsbana.runs.plan import make_plan
from livsbana.scenario.read import read_scenario
from livsbana.uncertainty.blocks import BlockFile
from livsbana.uncertainty.evaluated import evaluate_blocks
from livsbana.uncertainty.grouped import GroupedAnswer
from livsbana.uncertainty.groups import STAGES, fewer, input_groups
from livsbana.uncertainty.sobol import make_design

ROOT = Path(__file__).resolve().parents[1]
N, OUTPUTS = 1024, ("npv_state", "npv_public", "npv_society", "cost")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=int, default=3)
    parser.add_argument("--persons", type=int, default=5_000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "sobol_speed.json")
    asked = parser.parse_args()
    library = load_library()
    scenario = read_scenario(ROOT / "scenarios" / "ungdomskriminalitet.yaml", library)
    plan = fewer(make_plan(library, load_fit(library)[0], scenario, asked.persons, 1, "asek"), asked.persons)
    groups = input_groups(plan)
    design = make_design("sobol", [g.id for g in groups], N, 1)
    found = {
        "persons": sum(plan.persons),
        "arms": len(plan.arms) + 1,
        "cohorts": len(plan.cohorts),
        "groups": {stage: sum(g.stage == stage for g in groups) for stage in STAGES},
        "evaluations": len(design.unit),
        "cores": cores(),
        "load_average_before": os.getloadavg()[0],
        "threads": {},
    }
    for threads in sorted({1, cores()}):
        found["threads"][threads] = measure(plan, groups, design, asked.base, threads)
        print(threads, json.dumps(found["threads"][threads]))
    found["load_average_after"] = os.getloadavg()[0]
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def measure(plan, groups, design, base: int, threads: int) -> dict[str, float]:
    """Milliseconds an evaluation by stage, of ``base`` base points, and minutes of the whole design."""
    made: list[GroupedAnswer] = []

    def model() -> GroupedAnswer:
        made.append(GroupedAnswer(plan, groups, OUTPUTS))
        return made[-1]

    rows = {str(k): design.scores[k * design.block : (k + 1) * design.block] for k in range(base * threads)}
    began = perf_counter()
    evaluate_blocks(rows, model, BlockFile(None, ""), threads, lambda _: None, "")
    wall, evaluations = perf_counter() - began, base * threads * design.block
    stages = {stage: sum(m.seconds.get(stage, 0.0) for m in made) for m0 in made for stage in m0.seconds}
    thread_seconds = wall * threads
    return {
        **{f"{stage}_ms": round(1e3 * s / evaluations, 2) for stage, s in stages.items()},
        "other_ms": round(1e3 * (thread_seconds - sum(stages.values())) / evaluations, 2),
        "thread_ms": round(1e3 * thread_seconds / evaluations, 2),
        "wall_ms": round(1e3 * wall / evaluations, 2),
        "minutes_for_the_design": round(wall / evaluations * len(design.unit) / 60, 1),
    }


if __name__ == "__main__":
    main()
