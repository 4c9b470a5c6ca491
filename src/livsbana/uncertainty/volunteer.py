"""Work on a batch without a scheduler: whoever claims a task first does it."""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

from livsbana.runs.grid import Cell, Task, keys_of, tasks_of
from livsbana.runs.lock import Held
from livsbana.uncertainty.batch import Progress
from livsbana.uncertainty.job import Job


def volunteer(job: Job, threads: int, progress: Progress) -> tuple[dict[Cell, str], int]:
    """Do all tasks of a batch that nobody else does.

    Claims only keep two processes from doing the same: a claim goes when its process does, and were a task done
    twice, both would write the same bytes.

    Returns
    -------
    failed, others
        Reasons for the cells that could not be filled, and how many others are still working on.
    """
    keys = keys_of(job.layout)
    there = job.store.keys()
    missing = [cell for cell, key in keys.items() if key not in there]
    progress.start(len(keys), len(keys) - len(missing))
    failed: dict[Cell, str] = {}
    with ThreadPoolExecutor(threads) as pool:
        for task in sorted(tasks_of(job.layout, missing), key=_order):
            left = [c for c in task.cells if not job.store.has(keys[c])]
            if left:
                try:
                    with job.store.claim(task.name):
                        left = tuple(c.scenario for c in left if not job.store.has(keys[c]))
                        if left:
                            failed |= job.run(task._replace(scenarios=left), pool).failed
                except Held:
                    continue
            progress.step(len(task.scenarios))
    return failed, sum(not job.store.has(key) for cell, key in keys.items() if cell not in failed)


def _order(task: Task) -> bytes:
    """An order of its own for each process, so that they seldom want the same task."""
    return blake2b(f"{socket.gethostname()}/{os.getpid()}/{task.name}".encode()).digest()
