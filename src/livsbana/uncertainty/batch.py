"""Lay a batch out, fill what is missing, sum it up; the same call continues after any stop."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from livsbana.errors import InputError
from livsbana.lifecourse.fit import load_fit
from livsbana.parameters.library import Library, load_library
from livsbana.runs.batch_document import BatchDocument, Failure
from livsbana.runs.document import Text
from livsbana.runs.executors import Crew
from livsbana.runs.files import Stopped
from livsbana.runs.grid import ARMS_A_TASK, Cell, Task, content_of, keys_of, tasks_of, world_of
from livsbana.runs.layout import LAYOUT, SCENARIOS, Entry, Layout, read_layout
from livsbana.runs.plan import Plan, make_plan, offers_of
from livsbana.runs.provenance import digest, identity
from livsbana.runs.store import Store
from livsbana.runs.summary import Headers, document_of, gather
from livsbana.scenario.read import Scenario, read_scenario
from livsbana.uncertainty.job import Job, Report, join, run_task
from livsbana.uncertainty.run import memory_bytes

IS_SCENARIO = re.compile(rb"^scenario\s*:", re.MULTILINE)
LARGEST_FILE_BYTES = 5_000_000
ATTEMPTS = 3


class Progress(Protocol):
    """What a batch tells about how far it has come."""

    def start(self, blocks: int, done: int) -> None:
        """Say how many blocks there are and how many of them were done before."""

    def step(self, blocks: int) -> None:
        """Some blocks are done."""


@dataclass(frozen=True)
class Asked:
    """What the command asked for; everything else follows from the scenarios and the parameters."""

    persons: int
    draws: int
    seed: int
    preset: str
    place: str | None
    data: Path | None


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


def scenario_files(paths: Sequence[Path]) -> tuple[list[Path], int]:
    """The scenario files among some files and folders, in a fixed order, and how many files are something else.

    Raises
    ------
    InputError
        When a path does not exist or there is no scenario at all.
    """
    found: list[Path] = []
    skipped = 0
    for path in paths:
        if not path.exists():
            raise InputError("no such file or folder", str(path))
        for file in sorted(path.rglob("*.yaml")) if path.is_dir() else [path]:
            if file in found:
                continue
            with file.open("rb") as content:
                is_scenario = IS_SCENARIO.search(content.read(LARGEST_FILE_BYTES))
            if is_scenario:
                found.append(file)
            else:
                skipped += 1
    if not found:
        names = ", ".join(map(str, paths))
        raise InputError(f"none of {skipped} files is a scenario: a scenario file has a key `scenario:`", names)
    return found, skipped


def lay_out(paths: Sequence[Path], store: Store, asked: Asked, threads: int) -> Batch:
    """Read all scenarios and write down what the batch consists of; those that cannot be read fail, the others go on.

    Raises
    ------
    InputError
        When no scenario can be read, or the folder holds a batch with other settings.
    """
    files, skipped = scenario_files(paths)
    library = load_library(asked.data)
    fit, _ = load_fit(library, asked.data)
    place = library.places.find(asked.place).code if asked.place else None
    empty = Layout(
        persons=asked.persons,
        seed=asked.seed,
        preset=asked.preset,
        draws=asked.draws,
        price_year=library.economy.price_year,
        place=place,
        data=str(asked.data.resolve()) if asked.data else None,
        identity=identity(library, fit),
        scenarios=(),
    )
    _refuse_other_settings(store, empty)
    batch = Batch(empty, store, skipped=skipped)
    read = _read_all(batch, files, library)
    if not read:
        raise InputError("no scenario can be read:\n" + "\n".join(f.reason for f in batch.failed.values()))
    worlds: dict[str, list[Scenario]] = {}
    for scenario in read.values():
        worlds.setdefault(world_of(scenario), []).append(scenario)
    settings = asked.persons, asked.seed, asked.preset
    plans = {world: make_plan(library, fit, same[0], *settings) for world, same in worlds.items()}
    entries = tuple(_entry(library, file, scenario, plans[world_of(scenario)]) for file, scenario in read.items())
    batch.layout = empty.model_copy(update={"scenarios": entries})
    for file, scenario in read.items():
        store.save(f"{SCENARIOS}/{scenario.id}.yaml", file.read_bytes())
    _save(batch)
    largest = max(worlds.values(), key=len)[:ARMS_A_TASK]
    arms = [offers_of(s) for s in largest]
    batch.memory_bytes = memory_bytes(make_plan(library, fit, largest[0], *settings, arms), threads)
    return batch


def _read_all(batch: Batch, files: Sequence[Path], library: Library) -> dict[Path, Scenario]:
    """The scenarios that can be read; the others fail."""
    read: dict[Path, Scenario] = {}
    names: dict[str, Path] = {}
    for file in files:
        try:
            scenario = read_scenario(file, library)
            if scenario.id in names:
                raise InputError(f"`{scenario.id}` is the name of {names[scenario.id]} too; rename one", str(file))
        except InputError as error:
            batch.fail(file.stem, str(file), str(error))
            continue
        names[scenario.id] = file
        read[file] = scenario if batch.layout.place is None else scenario.at(batch.layout.place)
    return read


def _save(batch: Batch) -> None:
    """Write down what the batch consists of."""
    batch.store.save(LAYOUT, (batch.layout.model_dump_json(indent=1) + "\n").encode())


def expand(store: Store, draws: int) -> Batch:
    """The batch of a folder with more draws; its scenarios are those that the folder keeps.

    Raises
    ------
    InputError
        When there is no batch, or it has more draws already.
    """
    layout = read_layout(store.folder)
    if draws < layout.draws:
        raise InputError(f"the batch has {layout.draws} draws already; ask for more than that", str(store.folder))
    batch = Batch(layout.model_copy(update={"draws": draws}), store)
    _save(batch)
    return batch


def _entry(library: Library, file: Path, scenario: Scenario, plan: Plan) -> Entry:
    codes = scenario.municipalities
    return Entry(
        id=scenario.id,
        file=str(file),
        label=Text(sv=scenario.label.sv, en=scenario.label.en),
        place=library.places.municipality(codes[0]).name if codes else "Sweden",
        population=plan.size,
        persons=sum(plan.persons),
        horizon=(plan.years[0], plan.years[-1]),
        world=world_of(scenario),
        content=content_of(scenario),
    )


def _refuse_other_settings(store: Store, asked: Layout) -> None:
    """One folder holds one batch: other scenarios and draws extend it, other settings would be another one."""
    if not (store.folder / LAYOUT).exists():
        return
    known = read_layout(store.folder)
    for name in ("persons", "seed", "preset", "place"):
        was, wanted = getattr(known, name), getattr(asked, name)
        if was != wanted:
            message = f"this folder holds a batch with {name} {was}, asked for {wanted}; choose another --out"
            raise InputError(message, str(store.folder))


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
    headers, damaged = gather(batch.store, keys)
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
        headers, damaged = gather(batch.store, keys, headers)
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
