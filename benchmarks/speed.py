"""Measure the speed goals in one run and write them to results/: python benchmarks/speed.py [--quick]."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SCENARIO = ROOT / "scenarios" / "ungdomskriminalitet.yaml"
FEW, MANY = 50_000, 400_000
# numpy's own threads would compete with those that are measured, and spin while they wait.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBLAS_NUM_THREADS": "1"}
LIBRARIES = ("numba", "llvmlite", "numpy", "mesa")


def part(name: str, number: int, **environment: str) -> dict[str, Any]:
    """One of the measurements in parts.py, in a process of its own."""
    command = [sys.executable, str(HERE / "parts.py"), name, str(number)]
    done = subprocess.run(command, env=ENVIRONMENT | environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def seconds_of(arguments: list[str], times: int, **environment: str) -> tuple[float, str]:
    """Shortest wall time of a command of livsbana, and what it printed last; infinite when it fails."""
    best, printed = float("inf"), ""
    for _ in range(times):
        start = perf_counter()
        command = [sys.executable, "-m", "livsbana", *arguments]
        done = subprocess.run(command, env=ENVIRONMENT | environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"livsbana {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
            return float("inf"), ""
        best, printed = min(best, perf_counter() - start), done.stdout
    return best, printed


def commands(times: int) -> dict[str, float]:
    """Times of commands as a user meets them; the first run compiles into an empty cache."""
    arguments = ["run", str(SCENARIO), "--persons", "100000", "--json"]
    with tempfile.TemporaryDirectory() as cache:
        first, _ = seconds_of(arguments, 1, NUMBA_CACHE_DIR=cache)
        later, printed = seconds_of(arguments, times, NUMBA_CACHE_DIR=cache)
    found = {"help": seconds_of(["--help"], 5)[0], "first run": first, "later run": later}
    timing = json.loads(printed).get("timing", {}) if printed else {}
    return found | {f"stage: {name}": float(s) for name, s in timing.get("stages", {}).items()}


def measure(rounds: int) -> dict[str, Any]:
    """Everything, one after the other."""
    with tempfile.TemporaryDirectory() as cache:
        compiled = part("network", 1, NUMBA_CACHE_DIR=cache)["compile_seconds"]
    return {
        "machine": machine(),
        "versions": part("versions", rounds),
        "network": part("network", rounds)["transitions_per_second"],
        "compile_seconds": compiled,
        "peak_mib": {str(n): part("peak", n)["mib"] for n in (FEW, MANY)},
        "commands_seconds": commands(3),
    }


def machine() -> dict[str, str]:
    """What was measured on."""
    model = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    found = {"processor": model, "cores": str(os.cpu_count()), "load before": load, "system": platform.system()}
    return found | {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def goals(found: dict[str, Any]) -> list[tuple[str, float, str, float, bool]]:
    """Name, value, unit, goal, and whether the value must be at least (else at most) the goal."""
    rate, network = found["versions"]["person_years_per_second"], found["network"]
    one, two = network["2 arms, 1 thread"], network["2 arms, 2 threads"]
    memory, seconds = found["peak_mib"], found["commands_seconds"]
    return [
        ("46 states, 6 edges, two arms, one thread", one / 1e9, "G transitions/s", 0.8, True),
        ("a second thread", two / one, "×", 1.8, True),
        ("20 states, 4 edges: kernel to one with a cheap hash", rate["kernel"] / rate["hashed"], "×", 0.55, True),
        ("… to numpy, year by year", rate["kernel"] / rate["numpy"], "×", 9, True),
        ("… to Mesa", rate["kernel"] / rate["mesa"], "×", 200, True),
        ("memory with eight times as many persons", memory[str(MANY)] / memory[str(FEW)], "×", 1.05, False),
        ("livsbana --help", seconds["help"], "s", 0.3, False),
        ("livsbana run, 100,000 persons, first, with compilation", seconds["first run"], "s", 30, False),
        ("livsbana run, 100,000 persons, later", seconds["later run"], "s", 5, False),
    ]  # fmt: skip


def page(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = ["# Speed", "", ", ".join(f"{k} {v}" for k, v in found["machine"].items()) + ".", ""]
    lines += ["| What | Measured | Goal | Met |", "|---|---|---|---|"]
    for name, value, unit, goal, least in goals(found):
        met = "yes" if (value >= goal) == least else "no"
        lines.append(f"| {name} | {value:.3g} {unit} | {'≥' if least else '≤'} {goal} {unit} | {met} |")
    versions = found["versions"]
    lines += ["", "The same workload, 20 states with 4 edges, one arm, one thread:", ""]
    lines += ["| Version | Million person-years a second | Largest deviation from the kernel, standard errors |"]
    lines += ["|---|---|---|"]
    for name, rate in versions["person_years_per_second"].items():
        deviation = versions["largest_deviation_in_standard_errors"].get(name)
        lines.append(f"| {name} | {rate / 1e6:.3g} | {'' if deviation is None else f'{deviation:.1f}'} |")
    lines += ["", f"Compilation of the kernel: {found['compile_seconds']:.1f} s.", ""]
    lines += [f"Memory: {', '.join(f'{int(n):,} persons {m:.0f} MiB' for n, m in found['peak_mib'].items())}.", ""]
    stages = {k: v for k, v in found["commands_seconds"].items() if k.startswith("stage")}
    lines += [f"Later run, {', '.join(f'{k} {v:.2f} s' for k, v in stages.items())}.", ""]
    return "\n".join(lines)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds; does not write results")
    quick = parser.parse_args().quick
    found = measure(3 if quick else 25)
    print(page(found))
    if not quick:
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / "speed.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (HERE / "results" / "speed.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
