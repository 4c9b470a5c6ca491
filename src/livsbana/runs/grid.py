"""A batch as a grid: scenario × structure × draw; its cells, their keys, and the tasks that fill them.

A cell is one block of the store: one scenario under one structure in one draw, all cohorts. A task is one pass of
the kernel and a second or a few of work: scenarios about the same people in the same draw are arms of one pass, so
that calibration, prices, births and the baseline are made once for all of them. How cells are put together to
tasks changes no byte, since arms do not feel each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from livsbana.runs.layout import Layout
from livsbana.runs.provenance import digest
from livsbana.scenario.read import Scenario

CENTRAL = -1
ARMS_A_TASK = 8


class Cell(NamedTuple):
    """One block to be made: a scenario, a structure, and a draw; the draw of the central values is -1."""

    scenario: str
    structure: str
    draw: int


class Task(NamedTuple):
    """One pass: scenarios about the same people, in one draw under one structure."""

    structure: str
    draw: int
    scenarios: tuple[str, ...]

    @property
    def cells(self) -> list[Cell]:
        """The cells that it fills."""
        return [Cell(scenario, self.structure, self.draw) for scenario in self.scenarios]

    @property
    def name(self) -> str:
        """A name that is the same for everybody who is about to do this task."""
        return digest(list(self))[:32]


def content_of(scenario: Scenario) -> str:
    """The digest of what a scenario asks; its label, description and order of programmes change nothing."""
    uses = sorted(scenario.programmes, key=lambda use: use.programme.id)
    programmes = [[use.programme.model_dump(mode="json"), use.reach.model_dump(mode="json")] for use in uses]
    return digest([scenario.id, world_of(scenario), scenario.end_year, programmes])


def world_of(scenario: Scenario) -> str:
    """Who is simulated from when on: what scenarios must share to be arms of one pass."""
    population = [part.model_dump(mode="json") for part in scenario.population]
    return digest([scenario.municipalities, population, scenario.start_year])


def cells_of(layout: Layout) -> list[Cell]:
    """All cells, the central values of every scenario first, then draw after draw."""
    return [
        Cell(entry.id, structure, draw)
        for draw in (CENTRAL, *range(layout.draws))
        for structure in layout.structures
        for entry in layout.scenarios
    ]


def question_of(layout: Layout) -> Callable[[Cell], dict[str, Any]]:
    """All that determines the block of a cell, as JSON data; its digest is the block's key."""
    identity = digest(layout.identity)
    content = {entry.id: entry.content for entry in layout.scenarios}

    def question(cell: Cell) -> dict[str, Any]:
        return {
            "identity": identity,
            "scenario": cell.scenario,
            "content": content[cell.scenario],
            "structure": cell.structure,
            "draw": cell.draw,
            "persons": layout.persons,
            "seed": layout.seed,
            "preset": layout.preset,
        }

    return question


def keys_of(layout: Layout) -> dict[Cell, str]:
    """The key of every cell."""
    question = question_of(layout)
    return {cell: digest(question(cell)) for cell in cells_of(layout)}


def tasks_of(layout: Layout, missing: list[Cell]) -> Iterator[Task]:
    """Put cells together to tasks, in the order of the cells."""
    world = {entry.id: entry.world for entry in layout.scenarios}
    passes: dict[tuple[int, str, str], list[str]] = {}
    for cell in missing:
        passes.setdefault((cell.draw, cell.structure, world[cell.scenario]), []).append(cell.scenario)
    for (draw, structure, _), scenarios in passes.items():
        for first in range(0, len(scenarios), ARMS_A_TASK):
            yield Task(structure, draw, tuple(scenarios[first : first + ARMS_A_TASK]))
