"""What several test files share and what is slow to make."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from toy import central, toy_library, toy_model
from world import World, make_world

from livsbana.lifecourse.align import align
from livsbana.lifecourse.compile import Fit, Model, TallySpec, compile_model
from livsbana.lifecourse.stored import load_fit
from livsbana.parameters.library import Library, load_library
from livsbana.runs.evaluate import Evaluation


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped library."""
    return load_library()


def expert_fit(library: Library) -> Fit:
    """Loadings as the experts' map has them, before any fit; remission slows in longer spells."""
    parts = [
        (f"{f.id}.{a.id}" if a else f.id, (a or f).loads_on)
        for f in library.factors.values()
        for a in (f.alternatives or [None])
    ]
    loadings = {name: {d: central(n) for d, n in loads.items()} for name, loads in parts if loads}
    return Fit(loadings, slopes={f.id: 0.3 for f in library.factors.values() if f.duration > 1})


@pytest.fixture(scope="session")
def real_model(library: Library) -> Model:
    """The shipped model with the experts' loadings, counted as the unit costs ask, roughly aligned."""
    costs = library.unit_costs.values()
    tally = [TallySpec(tuple(cost.counts.all), cost.counts.ages or (0, 65)) for cost in costs]
    model = compile_model(library, central, expert_fit(library), tally)
    return align(model, library, central, persons=2000)[0]


@pytest.fixture(scope="session")
def toy_shelf() -> Library:
    return toy_library()


@pytest.fixture(scope="session")
def toy() -> Model:
    return toy_model()


@pytest.fixture(scope="session")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.fixture(scope="session")
def fitted(library: Library) -> Fit:
    """The stored fit."""
    return load_fit(library)[0]


@pytest.fixture(scope="session")
def world(library: Library, fitted: Fit) -> World:
    """The shipped scenario with few persons of few ages."""
    return make_world(library, fitted)


@pytest.fixture(scope="session")
def evaluated(world: World) -> Evaluation:
    """The shipped package at central values, on one thread."""
    return world.evaluate()
