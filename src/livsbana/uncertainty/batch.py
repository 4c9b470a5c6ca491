"""A batch at work: fill what is missing by whoever is to do it, and sum up; the same call continues after any stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from livsbana.runs.batch_document import BatchDocument, Failure
from livsbana.runs.executors import Crew
from livsbana.runs.files import Stopped
from livsbana.runs.grid import Cell, Task, keys_of, tasks_of
from livsbana.runs.layout import Layout
from livsbana.runs.provenance import digest
from livsbana.runs.store import Store
from livsbana.runs.summary import Headers, document_of, gather
from livsbana.uncertainty.job import Job, Report, join, run_task

ATTEMPTS = 3


class Progress(Protocol):
    """What a batch tells about how far it has come."""

    def start(self, blocks: int, done: int) -> None:
        """Say how many blocks there are and how many of them were done before."""

    def step(self, blocks: int) -> None:
        """Some blocks are done."""


@dataclass
class Batch:
    """A batch that is laid out: what it consists of, where, and what could not be read or run.

    ``failed`` goes by file, since two files may claim one id; ``memory_bytes`` is the largest memory of counts in
    one process.
    """

    layout: Layout
    store: Store
    failed: dict[str, Failure] = field(default_factory=dict)
    skipped: int = 0
    memory_bytes: int = 0

    def fail(self, scenario: str, file: str, reason: str) -> None:
        """Remember the first reason why a scenario has no result."""
        self.failed.setdefault(file, Failure(scenario=scenario, file=file, reason=reason))

    def going_on(self) -> set[str]:
        """Scenarios that have not failed."""
        return {entry.id for entry in self.layout.scenarios if entry.file not in self.failed}


Executor = Callable[[Iterator[Task]], Iterator[Report]]


def complete(batch: Batch, executor: Executor, progress: Progress) -> Headers:
    """Fill what is missing, make damaged blocks again, and give the headers of all blocks.

    Raises
    ------
    Stopped
        When what was written cannot be read back.
    """
    keys, headers = keys_of(batch.layout), {}
    file_of = {entry.id: entry.file for entry in batch.layout.scenarios}
    headers, damaged = gather(batch.store, keys, whole=True)
    progress.start(len(keys), len(headers))
    for _ in range(ATTEMPTS):
        for cell in damaged:
            batch.store.remove(keys[cell])
        going_on = batch.going_on()
        missing = [cell for cell in keys if cell not in headers and cell.scenario in going_on]
        if not missing:
            return headers
        for report in executor(_going_on(batch, tasks_of(batch.layout, missing))):
            for cell, reason in report.failed.items():
                batch.fail(cell.scenario, file_of[cell.scenario], _where(cell, reason))
            progress.step(len(report.written))
        headers, damaged = gather(batch.store, keys, headers, whole=True)
    raise Stopped(f"blocks in {batch.store.blocks} change or vanish after they were written; is the disk sound?")


def _going_on(batch: Batch, tasks: Iterator[Task]) -> Iterator[Task]:
    """Tasks without the scenarios that have failed meanwhile."""
    for task in tasks:
        going_on = batch.going_on() if batch.failed else set(task.scenarios)
        names = tuple(name for name in task.scenarios if name in going_on)
        if names:
            yield task._replace(scenarios=names)


def _where(cell: Cell, reason: str) -> str:
    return reason if cell.draw < 0 else f"draw {cell.draw}: {reason}"


def in_this_process(batch: Batch, threads: int, data: Path | None = None) -> Executor:
    """One task after the other; threads help inside the kernel."""

    def each(tasks: Iterator[Task]) -> Iterator[Report]:
        job = Job(batch.store.folder, data)
        with ThreadPoolExecutor(threads) as pool:
            for task in tasks:
                yield job.run(task, pool)

    return each


def on_workers(batch: Batch, crew: Crew, threads: int, data: str | None = None) -> Executor:
    """Tasks by Dask workers, whose environment and data are compared with this process's before they begin.

    Workers that come later are compared when they get their first task.
    """

    def each(tasks: Iterator[Task]) -> Iterator[Report]:
        folder = str(batch.store.folder.resolve())
        layout = digest(batch.layout.model_dump(mode="json"))
        for worker, found in crew.ask(join, folder, data).items():
            if found != layout:
                raise Stopped(f"worker {worker} sees another batch in {folder}; workers need a shared folder")
        yield from crew.each(tasks, run_task, folder, data, layout, threads)

    return each


def sum_up(batch: Batch, headers: Headers) -> BatchDocument:
    """The answer, and the manifest of the blocks beside it."""
    document = document_of(batch.layout, batch.store, headers, list(batch.failed.values()), batch.skipped)
    batch.store.save_manifest(headers.values(), document.fingerprint)
    return document
