"""The work of a batch in one process: load what the batch was laid out from, and fill cells."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from livsbana.errors import InputError
from livsbana.lifecourse.compile import Value
from livsbana.lifecourse.stored import load_fit
from livsbana.parameters.library import load_library
from livsbana.runs.answer import Answer, answer_of
from livsbana.runs.evaluate import evaluate_at
from livsbana.runs.files import Stopped
from livsbana.runs.grid import CENTRAL, Cell, Task, question_of
from livsbana.runs.layout import MAIN, SCENARIOS, read_layout
from livsbana.runs.plan import Plan, make_plan, offers_of
from livsbana.runs.provenance import differences, digest, identity
from livsbana.runs.result import arrays_of, pack, totals_of
from livsbana.runs.store import Store
from livsbana.scenario.read import Scenario, read_scenario
from livsbana.uncertainty.draws import draws_of


class Report(NamedTuple):
    """What became of a task: keys of the blocks it wrote, reasons for the cells it could not fill, and seconds."""

    task: Task
    written: list[str]
    failed: dict[Cell, str]
    seconds: float


class Job:
    """A batch as one process works on it.

    Parameters
    ----------
    data
        Folder of parameters on this machine; the batch's own where it is None.

    Raises
    ------
    Stopped
        When this machine would not give the bytes that the machine of the batch gives.
    """

    def __init__(self, folder: Path, data: Path | None = None) -> None:
        self.layout = layout = read_layout(folder)
        self.store, self.question = Store(folder), question_of(layout)
        self.library = load_library(data or (Path(layout.data) if layout.data else None))
        self.fit = load_fit(self.library, self.library.root)[0]
        different = differences(identity(self.library, self.fit), layout.identity)
        if different:
            raise Stopped(f"this process cannot work on {folder}: it has {different}")
        self._scenarios: dict[str, Scenario] = {}

    def scenario(self, name: str) -> Scenario:
        """A scenario as the batch keeps it."""
        if name not in self._scenarios:
            found = read_scenario(self.store.folder / SCENARIOS / f"{name}.yaml", self.library)
            self._scenarios[name] = found if self.layout.place is None else found.at(self.layout.place)
        return self._scenarios[name]

    def run(self, task: Task, pool: ThreadPoolExecutor | None = None) -> Report:
        """Fill the cells of a task, all in one pass; when that fails, one by one, to see which cannot be filled."""
        began = perf_counter()
        try:
            return Report(task, self._fill(task, task.scenarios, pool), {}, perf_counter() - began)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 – one scenario's failure must not stop the others
            if len(task.scenarios) == 1:
                return Report(task, [], {task.cells[0]: _reason(error)}, perf_counter() - began)
        alone = [self.run(Task(task.structure, task.draw, (name,)), pool) for name in task.scenarios]
        failed = {cell: reason for report in alone for cell, reason in report.failed.items()}
        return Report(task, [key for report in alone for key in report.written], failed, perf_counter() - began)

    def again(self, cell: Cell, pool: ThreadPoolExecutor | None = None) -> dict[str, np.ndarray]:
        """Evaluate one cell from the beginning, and give the arrays that its block must hold."""
        return arrays_of(self._answers(cell.structure, cell.draw, [cell.scenario], pool)[0])

    def _fill(self, task: Task, names: Sequence[str], pool: ThreadPoolExecutor | None) -> list[str]:
        """Evaluate scenarios as arms of one pass and write a block for each."""
        written = []
        for name, answer in zip(names, self._answers(task.structure, task.draw, names, pool), strict=True):
            question = self.question(Cell(name, task.structure, task.draw))
            written.append(self.store.write(question, pack(totals_of(answer)), arrays_of(answer)))
        return written

    def _answers(
        self, structure: str, draw: int, names: Sequence[str], pool: ThreadPoolExecutor | None
    ) -> list[Answer]:
        """One answer for each scenario, all from one pass."""
        scenarios, value = [self.scenario(name) for name in names], self.value(structure, draw)
        found = evaluate_at(self.plan(scenarios), value, pool)
        return [
            answer_of(self.plan([scenario]), [replace(found, flows=(flows,))], [value])
            for scenario, flows in zip(scenarios, found.flows, strict=True)
        ]

    def plan(self, scenarios: Sequence[Scenario]) -> Plan:
        """Scenarios about the same people, an arm each."""
        layout, arms = self.layout, [offers_of(s) for s in scenarios]
        return make_plan(self.library, self.fit, scenarios[0], layout.persons, layout.seed, layout.preset, arms)

    def value(self, structure: str, draw: int) -> Value:
        """The values of all numbers in a draw under a structure."""
        if structure != MAIN:
            raise InputError(f"unknown structure `{structure}`; known is {MAIN}")
        number = draw - CENTRAL  # the draw alone decides, never how many there are to be
        return draws_of(self.library, self.layout.seed, number)[number]


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"


@lru_cache(maxsize=1)
def _job(folder: str, data: str | None, layout: str) -> Job:  # noqa: ARG001 – another layout is another job
    return Job(Path(folder), Path(data) if data else None)


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads)


def join(folder: str, data: str | None) -> str:
    """Check that this process would give the same bytes, and give the digest of the layout it works on."""
    layout = digest(read_layout(Path(folder)).model_dump(mode="json"))
    _job(folder, data, layout)
    return layout


def run_task(folder: str, data: str | None, layout: str, threads: int, task: Task) -> Report:
    """Do one task in a process of its own; what it takes and gives is small, blocks go to the store directly."""
    pool = _pool(threads) if threads > 1 else None
    return _job(folder, data, layout).run(Task(*task), pool)
