"""Kill batches, break their files, fill their disk: nothing is lost, nothing is damaged, every byte is the same.

Random kills and kills at write boundaries run the command in forked children of this process, which holds the
parameters and the evaluations, made once by the same code: so children do little but what may break when it is
killed. Everything with Dask, the comparison of executors and the broken files run the command as a user would.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from livsbana.cli.batch import Crewing, batch_command
from livsbana.parameters.library import load_library
from livsbana.runs import files, lock, provenance
from livsbana.runs.store import Store
from livsbana.uncertainty import job, lay_out
from livsbana.uncertainty.lay_out import Asked

HERE = Path(__file__).resolve().parent
SCENARIO = HERE.parent / "scenarios" / "ungdomskriminalitet.yaml"
RESULT = HERE / "results" / "kill_campaign.json"
COMPARED = ("blocks", "results", "manifest.json", "batch.json", "scenarios")
TOUCHING = ("open", "write", "fsync", "close", "replace", "ftruncate", "unlink")
ANSWERS = job.Job._answers
COMMAND = [sys.executable, "-m", "livsbana"]


def scenarios(folder: Path, number: int) -> Path:
    """Small scenarios about newborn children that differ in coverage."""
    folder.mkdir(parents=True)
    text = SCENARIO.read_text(encoding="utf-8").replace(", {residents: [1, 17]}", "")
    for k in range(number):
        changed = text.replace("scenario: ungdomskriminalitet", f"scenario: s{k}")
        (folder / f"s{k}.yaml").write_text(changed.replace("coverage: 0.4", f"coverage: 0.{30 + k}"), encoding="utf-8")
    return folder


def contents(out: Path) -> dict[str, str]:
    """Digest of every file of a batch that must be the same."""
    found = [p for name in COMPARED for p in ([out / name] if (out / name).is_file() else (out / name).rglob("*"))]
    return {p.relative_to(out).as_posix(): sha256(p.read_bytes()).hexdigest() for p in found if p.is_file()}


def compare(out: Path, reference: dict[str, str], whole: bool) -> None:
    """Every file that is there is the reference's to the last byte; ``whole``: and none is missing."""
    found = contents(out)
    wrong = [name for name, told in found.items() if reference.get(name) != told]
    assert not wrong, f"{out}: not as in the reference: {wrong}"
    assert not whole or found.keys() == reference.keys(), f"{out}: missing {reference.keys() - found.keys()}"


# ---------------------------------------------------------------- quick children


def quicken(source: Path, draws: int) -> None:
    """Parameters and evaluations from memory, so that forked children do little but lay out, write and sum up.

    The evaluations are made here, once, by the same code, for every set of scenarios that may be missing.
    """
    library = load_library()
    same = provenance.identity(library, lay_out.load_fit(library)[0])
    for module in (lay_out, job):
        module.load_library = lambda _data: library
        module.identity = lambda _library, _fit: same
    lay_out.memory_bytes = lambda _plan, _threads: 0
    names = sorted(path.stem for path in source.iterdir())
    with tempfile.TemporaryDirectory() as folder:
        out = Store(Path(folder))
        out.make()
        lay_out.lay_out([source], out, asked(draws), 1)
        real, known = job.Job(out.folder), {}
        for some in [(name,) for name in names] + [tuple(names)]:
            for draw in range(-1, draws):
                known["main", draw, some] = real._answers("main", draw, some, None)
    job.Job._answers = lambda _job, structure, draw, some, _pool: known[structure, draw, tuple(some)]


def asked(draws: int) -> Asked:
    return Asked(300, draws, 1, "asek", None, None)


class Boundaries:
    """The module ``os`` as the store sees it, with death at the n-th boundary; half of what is to be written is."""

    def __init__(self, deadly: int) -> None:
        self.count, self._deadly = 0, deadly

    def __getattr__(self, name: str) -> Any:
        if name not in TOUCHING:
            return getattr(os, name)

        def touch(*arguments: Any) -> Any:
            self._boundary()
            if name == "write":
                self._boundary(lambda: os.write(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2]))
            return getattr(os, name)(*arguments)

        return touch

    def _boundary(self, last_deed: Callable[[], object] = lambda: None) -> None:
        self.count += 1
        if self.count == self._deadly:
            last_deed()
            os.kill(os.getpid(), signal.SIGKILL)


def child(source: Path, out: Path, draws: int, deadly: int = 0, counted: Path | None = None) -> int:
    """Start the command in a forked child, and give its process number."""
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        boundaries = Boundaries(deadly)
        if deadly or counted:
            files.os = lock.os = boundaries  # type: ignore[assignment]
        batch_command([source], asked(draws), out, None, Crewing(1, None, None, (None, None, None), 60.0), False, False)
        if counted:
            counted.write_text(str(boundaries.count), encoding="utf-8")
        status = 0
    finally:
        os._exit(status)


def killed(pid: int) -> bool:
    """Wait for a child: whether it was killed; it may not fail."""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status in (0, -signal.SIGKILL), f"a child left with {status}"
    return status != 0


def chance(name: str) -> float:
    """A number in 0 to 1 that the name decides."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") / 2**64


def random_kills(work: Path, kills: int) -> dict[str, Any]:
    """Kill the same batch again and again at random instants, until it is done; then begin anew."""
    source, draws = scenarios(work / "random", 2), 6
    quicken(source, draws)
    began = time.perf_counter()
    assert not killed(child(source, work / "random.reference", draws))
    longest = (time.perf_counter() - began) / 3  # so that a batch is killed several times before it is done
    reference, done, finished, blocks, batch = contents(work / "random.reference"), 0, 0, 0, 0
    while done < kills:
        out = work / f"random.{batch}"
        pid = child(source, out, draws)
        time.sleep(chance(f"kill {done} {finished}") * longest)
        os.kill(pid, signal.SIGKILL)
        if killed(pid):
            done += 1
            print(f"{done} kills, {finished} batches finished", flush=True)
        compare(out, reference, whole=False)
        there = len(Store(out).keys())
        assert there >= blocks, "a finished block was lost"
        blocks = there
        if len(contents(out)) == len(reference):
            compare(out, reference, whole=True)
            finished, blocks, batch = finished + 1, 0, batch + 1
    return {"kills": done, "batches_finished": finished, "blocks_each": 2 * (draws + 1), "lost_or_different": 0}


def boundary_kills(work: Path) -> dict[str, Any]:
    """Kill once at every write boundary of a batch, then let the same command finish."""
    source, counted = scenarios(work / "boundary", 1), work / "counted"
    quicken(source, 1)
    assert not killed(child(source, work / "boundary.reference", 1, counted=counted))
    reference, number = contents(work / "boundary.reference"), int(counted.read_text(encoding="utf-8"))
    for deadly in range(1, number + 1):
        out = work / f"boundary.{deadly}"
        assert killed(child(source, out, 1, deadly)), f"boundary {deadly} was not reached"
        compare(out, reference, whole=False)
        assert not killed(child(source, out, 1))
        compare(out, reference, whole=True)
        assert not list((out / "scratch").iterdir()), "what a killed process left was not cleared"
    return {"boundaries": number, "lost_or_different": 0}


# ---------------------------------------------------------------- the command as it is


def run(*arguments: str | Path, status: int = 0, **how: Any) -> str:
    """Run a command to its end and give what it said on stderr."""
    done = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, **how)
    assert done.returncode == status, f"{arguments} left with {done.returncode}, wanted {status}: {done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr.strip()


def batch(source: Path, out: Path, draws: int, *more: str) -> list[str]:
    return ["batch", str(source), "--persons", "300", "--draws", str(draws), "--out", str(out), *more]


def worker_pids(parent: int) -> list[int]:
    """Processes that a command spawned as Dask workers."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            mine = folder.name.isdigit() and (folder / "stat").read_text().rpartition(")")[2].split()[1] == str(parent)
            if mine and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return sorted(found)


def dask_kills(work: Path, kills: int) -> dict[str, Any]:
    """Kill Dask workers, one after the other, in one batch."""
    source, draws, out = scenarios(work / "dask", 1), 2 * kills, work / "dask.out"
    run(*batch(source, work / "dask.reference", draws))
    process = subprocess.Popen([*COMMAND, *batch(source, out, draws, "--workers", "2")], stdout=subprocess.DEVNULL)
    store, done = Store(out), 0
    while process.poll() is None and done < kills:
        time.sleep(0.5 + chance(f"worker {done}"))
        pids = worker_pids(process.pid)
        if pids and store.blocks.is_dir() and store.keys():
            os.kill(pids[done % len(pids)], signal.SIGKILL)
            done += 1
            time.sleep(3)
    assert process.wait() == 0
    assert done >= kills, f"the batch was done after {done} kills"
    compare(out, contents(work / "dask.reference"), whole=True)
    return {"workers_killed": done, "runs": draws + 1, "lost_or_different": 0}


@contextmanager
def cluster(work: Path, workers: int) -> Iterator[str]:
    """A scheduler and workers as processes of their own, on this machine alone."""
    told = work / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    local = ["--host", "127.0.0.1", "--no-dashboard"]
    running = [subprocess.Popen([*dask, "scheduler", *local, "--port", "0", "--scheduler-file", str(told)], **quiet)]
    try:
        while not told.exists():
            time.sleep(0.2)
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        each = ["worker", address, *local, "--nthreads", "1", "--local-directory", str(work)]
        running += [subprocess.Popen([*dask, *each], **quiet) for _ in range(workers)]
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()


def executors(work: Path) -> dict[str, Any]:
    """The same batch by every kind of executor."""
    source, draws = scenarios(work / "executors", 2), 6
    run(*batch(source, work / "threads1", draws, "--threads", "1"))
    reference = contents(work / "threads1")
    tried = {"threads 2": ["--threads", "2"], **{f"workers {n}": ["--workers", str(n)] for n in (1, 2, 7)}}
    for name, options in tried.items():
        out = work / name.replace(" ", "")
        run(*batch(source, out, draws, *options))
        compare(out, reference, whole=True)
    with cluster(work, 2) as address:
        run(*batch(source, work / "scheduler", draws, "--dask", address))
    compare(work / "scheduler", reference, whole=True)
    out = work / "volunteers"
    run(*batch(source, out, draws, "--prepare"))
    crew = [subprocess.Popen([*COMMAND, "worker", "--run", str(out)], stderr=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait() for process in crew] == [0, 0, 0]
    run(*batch(source, out, draws))
    compare(out, reference, whole=True)
    return {"identical": ["threads 1", *tried, "scheduler and 2 workers", "3 workers without a scheduler"]}


def broken_files(work: Path) -> dict[str, Any]:
    """Full disk, folder that may not be written to, blocks cut off and with a turned bit."""
    source, draws, out = scenarios(work / "broken", 1), 3, work / "broken.out"
    run(*batch(source, out, draws))
    reference, store, said = contents(out), Store(out), {}
    keys = sorted(store.keys())
    for k, key in enumerate(keys):
        block = bytearray(store.path(key).read_bytes())
        position = (5, 120, len(block) // 2, len(block) - 3)[k]
        block[position] ^= 1 << (k % 8)
        store.path(key).write_bytes(block)
    said["bit turned"] = run("runs", "verify", out, status=1)
    run(*batch(source, out, draws))
    compare(out, reference, whole=True)
    for k, key in enumerate(keys):
        os.truncate(store.path(key), (0, 50, 4_000, store.path(key).stat().st_size - 1)[k])
    said["cut off"] = run("runs", "show", out, status=1)
    run(*batch(source, out, draws))
    compare(out, reference, whole=True)
    said["full disk"] = _full_disk(work, source, draws, reference)
    return {"messages": said, "lost_or_different": 0}


def _full_disk(work: Path, source: Path, draws: int, reference: dict[str, str]) -> str:
    """Fill a small file system of its own while the batch runs; then make room."""
    disk = work / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120k", "none", disk], check=False).returncode:
        return "not tried: no file system of its own could be mounted"
    try:
        said = run(*batch(source, disk / "out", draws), status=1)
        compare(disk / "out", reference, whole=False)
        subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
        run(*batch(source, disk / "out", draws))
        compare(disk / "out", reference, whole=True)
        return said
    finally:
        subprocess.run(["umount", disk], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--worker-kills", type=int, default=10)
    parser.add_argument("--only", choices=["random", "boundary", "dask", "executors", "broken"], action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "executors": lambda: executors(work),
            "broken": lambda: broken_files(work),
            "dask": lambda: dask_kills(work, options.worker_kills),
            "boundary": lambda: boundary_kills(work),
            "random": lambda: random_kills(work, options.kills),
        }
        for name, part in parts.items():
            if options.only and name not in options.only:
                continue
            began = time.perf_counter()
            result = {**part(), "seconds": round(time.perf_counter() - began)}
            print(name, result, flush=True)
            found = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
            text = json.dumps({**found, name: result}, indent=1, ensure_ascii=False).replace(folder, "…")
            RESULT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
