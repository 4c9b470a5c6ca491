"""Batches: how fast 10,000 finished runs open, what the runner costs beside the work, and how much memory it needs."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from livsbana.runs.block import encode
from livsbana.runs.grid import keys_of, question_of
from livsbana.runs.layout import LAYOUT, read_layout
from livsbana.runs.store import Store

HERE = Path(__file__).resolve().parent
SCENARIO = HERE.parent / "scenarios" / "ungdomskriminalitet.yaml"
RESULT = HERE / "results" / "batch_speed.json"
SCENARIOS, DRAWS, PERSONS = 10, 999, 100_000


def livsbana(*arguments: str) -> dict[str, float]:
    """Run a command; its seconds, and the peak memory of it and its children in MiB."""
    command = [sys.executable, "-m", "livsbana", *arguments]
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, process.stderr.read().decode() if process.stderr else ""
    return {"seconds": round(time.perf_counter() - before, 2), "peak_mib": round(used.ru_maxrss / 1024)}


def scenarios(folder: Path, number: int) -> Path:
    """Copies of the shipped scenario that differ in coverage."""
    folder.mkdir()
    text = SCENARIO.read_text(encoding="utf-8")
    for k in range(number):
        changed = text.replace("scenario: ungdomskriminalitet", f"scenario: s{k}")
        (folder / f"s{k}.yaml").write_text(changed.replace("coverage: 0.4", f"coverage: 0.{30 + k}"), encoding="utf-8")
    return folder


def ten_thousand(work: Path) -> dict[str, object]:
    """Fill a batch of 10,000 runs with copies of real blocks, each under its own key, and open it."""
    source, out = scenarios(work / "many", SCENARIOS), work / "many.out"
    options = ["batch", str(source), "--persons", "1000", "--out", str(out)]
    livsbana(*options)
    store, layout = Store(out), read_layout(out)
    real = [store.read(key) for key in sorted(store.keys())]
    layout = layout.model_copy(update={"draws": DRAWS})
    question = question_of(layout)
    for k, (cell, key) in enumerate(keys_of(layout).items()):
        if not store.has(key):
            header, arrays = real[k % len(real)]
            store.path(key).parent.mkdir(exist_ok=True)
            store.path(key).write_bytes(encode(question(cell), header.totals, arrays))
    (out / LAYOUT).write_text(layout.model_dump_json(), encoding="utf-8")
    keys = store.keys()
    return {
        "runs": len(keys),
        "mib_on_disk": round(sum(store.path(key).stat().st_size for key in keys) / 2**20),
        "first_results": livsbana(*options, "--draws", str(DRAWS)),
        "opened_again": livsbana(*options, "--draws", str(DRAWS)),
        "show": livsbana("runs", "show", str(out)),
        "query": livsbana("runs", "query", "SELECT payer, avg(net) FROM runs GROUP BY payer", "--out", str(out)),
        "verify": livsbana("runs", "verify", str(out)),
    }


def overhead(work: Path, draws: int) -> dict[str, object]:
    """Seconds of a batch in this process beside the seconds inside ``evaluate_at``."""
    from livsbana.reports.batch_parquet import write_results
    from livsbana.runs import evaluate
    from livsbana.uncertainty import job
    from livsbana.uncertainty.batch import complete, in_this_process, sum_up
    from livsbana.uncertainty.lay_out import Asked, lay_out

    inside = 0.0

    def timed(*arguments):
        nonlocal inside
        before = time.perf_counter()
        found = evaluate.evaluate_at(*arguments)
        inside += time.perf_counter() - before
        return found

    class Silent:
        def start(self, blocks: int, done: int) -> None: ...

        def step(self, blocks: int) -> None: ...

    source, out = scenarios(work / "one", 1), Store(work / "one.out")
    out.make()
    livsbana("run", str(SCENARIO), "--persons", "1000")  # the kernel is compiled
    evaluate_at, job.evaluate_at = job.evaluate_at, timed
    began = time.perf_counter()
    batch = lay_out([source], out, Asked(PERSONS, draws, 1, "asek", None, None), 1)
    headers = complete(batch, in_this_process(batch, 1), Silent())
    write_results(batch.layout, out, headers, sum_up(batch, headers))
    total = time.perf_counter() - began
    job.evaluate_at = evaluate_at
    return {
        "persons": PERSONS,
        "runs": draws + 1,
        "seconds": round(total, 2),
        "evaluating_seconds": round(inside, 2),
        "overhead": round(total / inside - 1, 4),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=40, help="draws of the overhead measurement")
    draws = parser.parse_args().draws
    with tempfile.TemporaryDirectory() as folder:
        found = {"overhead": overhead(Path(folder), draws), "ten_thousand": ten_thousand(Path(folder))}
    found["load_average"] = list(os.getloadavg())
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
