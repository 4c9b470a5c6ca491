"""``livsbana batch`` and ``livsbana worker``: lay out, run, sum up, show."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from livsbana.cli.progress import BatchProgress
from livsbana.errors import InputError
from livsbana.lifecourse.simulate import cores
from livsbana.reports.batch_parquet import write_results
from livsbana.reports.batch_table import batch_answer
from livsbana.runs.batch_document import BatchDocument
from livsbana.runs.block import Damaged
from livsbana.runs.executors import Crew, Tls, local_client, remote_client
from livsbana.runs.files import Stopped
from livsbana.runs.grid import keys_of
from livsbana.runs.store import Store
from livsbana.uncertainty import batch as work
from livsbana.uncertainty.batch import Batch
from livsbana.uncertainty.job import Job
from livsbana.uncertainty.lay_out import Asked, expand_batch, lay_out
from livsbana.uncertainty.volunteer import volunteer

OUR_FAILURE, INTERRUPTED = 1, 130
BLOCK_MEGABYTES, MEGABYTE = 0.09, 1e6
EXPANSION = re.compile(r"draws=(\d+)")
LOCAL = re.compile(r"\w+://(127\.|localhost|\[::1\])")
WIDEST = 150


@dataclass(frozen=True)
class Crewing:
    """Who is to do the work: threads of this process, workers on this machine, or those of a scheduler."""

    threads: int | None
    workers: int | None
    dask: str | None
    tls: tuple[Path | None, Path | None, Path | None]
    stall: float

    def check(self) -> None:
        """Refuse options that contradict each other."""
        if self.workers and self.dask:
            raise InputError("--workers starts workers here, --dask uses those of a scheduler; give one of them")
        if any(self.tls) and not all(self.tls):
            raise InputError("--tls-ca, --tls-cert and --tls-key belong together; give all three")
        if any(self.tls) and not self.dask:
            raise InputError("--tls-ca, --tls-cert and --tls-key are for --dask tls://host:port")

    @property
    def threads_each(self) -> int:
        """Threads of each process: all cores for one process, one for each of several workers."""
        return self.threads or (1 if self.workers or self.dask else cores())


def batch_command(
    paths: list[Path],
    asked: Asked,
    out: Path,
    expand: str | None,
    crewing: Crewing,
    prepare: bool,
    json_output: bool,
) -> None:
    """Run a batch; exit 1 when a scenario failed or the work had to stop, 130 when it was interrupted."""
    crewing.check()
    if not paths and expand is None:
        raise InputError("name scenario files or folders, or enlarge a batch with --expand draws=NUMBER")
    store = Store(out)
    progress = BatchProgress()
    try:
        store.make()
        with store.writer() as stale:
            if stale:
                _say(f"{stale} was stopped before it was done; going on from there")
            batch = _laid_out(paths, asked, store, expand, crewing)
            if prepare:
                _say(f"laid out; now start any number of: livsbana worker --run {out}")
                return
            document = _worked(batch, crewing, progress, asked.data)
    except Stopped as stopped:
        _stop(str(stopped), progress, OUR_FAILURE)
    except KeyboardInterrupt:
        _stop("interrupted", progress, INTERRUPTED)
    show_batch(document, json_output)
    if document.failed:
        raise typer.Exit(OUR_FAILURE)


def _laid_out(paths: list[Path], asked: Asked, store: Store, expand: str | None, crewing: Crewing) -> Batch:
    """Lay out what was asked, or enlarge what the folder holds."""
    if expand is None:
        batch = lay_out(paths, store, asked, crewing.threads_each)
    else:
        found = EXPANSION.fullmatch(expand)
        if found is None or paths:
            raise InputError("--expand takes draws=NUMBER and no scenarios: it enlarges the batch in --out")
        batch = expand_batch(store, int(found[1]))
    layout, runs = batch.layout, len(keys_of(batch.layout))
    memory = f"about {batch.memory_bytes / MEGABYTE:,.0f} MB for counts in each process, " if batch.memory_bytes else ""
    _say(
        f"{len(layout.scenarios)} scenarios × {layout.draws + 1} = {runs:,} runs, {layout.persons:,} persons each; "
        f"{memory}about {runs * BLOCK_MEGABYTES:,.0f} MB on disk in {store.folder}"
    )
    return batch


def _worked(batch: Batch, crewing: Crewing, progress: BatchProgress, data: Path | None) -> BatchDocument:
    """Fill what is missing and write the results; blocks that cannot be read are made again."""
    with progress, _executor(batch, crewing, data) as executor:
        while True:
            headers = work.complete(batch, executor, progress)
            document = work.sum_up(batch, headers)
            try:
                write_results(batch.layout, batch.store, headers, document)
            except Damaged as damaged:
                batch.store.remove(damaged.args[0])
            else:
                return document


@contextmanager
def _executor(batch: Batch, crewing: Crewing, data: Path | None) -> Iterator[work.Executor]:
    """Whoever is to do the work."""
    if not crewing.workers and not crewing.dask:
        yield work.in_this_process(batch, crewing.threads_each, data)
        return
    if crewing.dask:
        if crewing.dask.startswith("tcp://") and not LOCAL.match(crewing.dask):
            _say("note: tcp:// is neither encrypted nor authenticated; on a network that others share use tls://")
        ca, certificate, key = crewing.tls
        tls = Tls(ca, certificate, key) if ca and certificate and key else None
        connected = remote_client(crewing.dask, tls)
    else:
        connected = local_client(crewing.workers or 1)
    with connected as client:
        crew = Crew(client, crewing.stall, own=crewing.dask is None)
        yield work.on_workers(batch, crew, crewing.threads_each, str(data.resolve()) if data else None)


def show_batch(document: BatchDocument, json_output: bool) -> None:
    """Print a batch as a table or as one JSON document."""
    if json_output:
        sys.stdout.write(document.model_dump_json(indent=1) + "\n")
        return
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDEST, highlight=False)
    console.print(batch_answer(document))


def _stop(why: str, progress: BatchProgress, status: int) -> NoReturn:
    """Say why the work stopped and how it goes on."""
    _say(f"stopped: {why}")
    _say(f"{progress.done:,} of {progress.blocks:,} runs are done and kept; the same command continues.")
    raise typer.Exit(status)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def worker_command(folder: Path, threads: int | None, data: Path | None) -> None:
    """Work on a batch until nothing is left that nobody else has claimed."""
    progress = BatchProgress()
    try:
        job = Job(folder, data)
        job.store.make()
        with progress:
            failed, others = volunteer(job, threads or 1, progress)
    except Stopped as stopped:
        _stop(str(stopped), progress, OUR_FAILURE)
    except KeyboardInterrupt:
        _stop("interrupted", progress, INTERRUPTED)
    for cell, reason in failed.items():
        _say(f"failed: {cell.scenario}, draw {cell.draw}: {reason}")
    left = f"; {others} are with other workers" if others else "; now `livsbana batch` with the same options sums up"
    _say(f"{progress.done:,} of {progress.blocks:,} runs are done{left}")
    if failed:
        raise typer.Exit(OUR_FAILURE)
