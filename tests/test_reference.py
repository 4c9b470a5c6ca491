"""The kernel and its slow twin live the same lives: every column, person, age and arm."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from toy import TOY_USES, Push, Use, birth, category, central, edge, factor, programmes, remission, set_to, shelf

from livsbana.lifecourse.blocks import make_block
from livsbana.lifecourse.compile import AGES, Fit, Model, TallySpec, compile_model
from livsbana.lifecourse.kernel import Counts, Persons, Programmes, simulate
from livsbana.lifecourse.reference import Replay, replay, replay_birth
from livsbana.lifecourse.simulate import empty_counts, no_goals
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Edge, Factor
from livsbana.population.cohorts import cell_bounds

ODD_CELLS = np.array([0, 2, 3, 40, 90])
SEEDS_OF_FUZZ = range(12)


def traced(model: Model, block: Persons, given: Programmes, arms: int, seed: int) -> Counts:
    """What the kernel counts and sees of each person."""
    shape = arms, AGES, int(model.tables.sizes[0]), len(block.key)
    counts = empty_counts(model, given, arms)._replace(trace=np.zeros(shape, np.uint8))
    simulate(model.tables, block, given, no_goals(len(model.rows)), False, seed, arms, AGES - 1, counts)
    return counts


def assert_same(model: Model, seen: Counts, twin: Replay) -> None:
    """Bit by bit, with the names of the first columns that differ."""
    names = {column: name for name, column in model.columns.items()}
    different = np.argwhere(seen.trace != twin.trace)
    assert [(names[c], f"arm {a}", f"age {t}", f"person {i}") for a, t, c, i in different[:5]] == []
    for f in fields(twin):
        assert np.array_equal(getattr(seen, f.name), getattr(twin, f.name)), f.name


def compared(model: Model, block: Persons, given: Programmes, arms: int, seed: int) -> Counts:
    """Live the lives twice and compare."""
    seen = traced(model, block, given, arms, seed)
    assert_same(model, seen, replay(model.tables, block, given, seed, arms))
    return seen


@pytest.mark.parametrize("first", [0, 1000])
def test_same_newborns(toy: Model, toy_shelf: Library, first: int) -> None:
    tables = birth(toy, toy_shelf, seed=5)
    made, twin = make_block(tables, np.array([first, first + 200])), replay_birth(tables, first, 200)
    for name in ("key", "sex", "profile", "fixed"):
        assert np.array_equal(getattr(made, name), getattr(twin, name)), name


def test_same_real_newborns(real_model: Model, library: Library) -> None:
    tables = birth(real_model, library)
    made, twin = make_block(tables, np.array([0, 60])), replay_birth(tables, 0, 60)
    assert np.array_equal(made.fixed, twin.fixed)
    assert np.array_equal(made.profile, twin.profile)


@pytest.mark.parametrize("seed", [1, 2**32 - 1])
def test_same_lives_in_the_toy(toy: Model, toy_shelf: Library, seed: int) -> None:
    block = make_block(birth(toy, toy_shelf), ODD_CELLS)
    seen = compared(toy, block, programmes(toy, *TOY_USES), 3, seed)
    assert seen.started.sum(axis=1).all()
    assert (seen.trace[0] != seen.trace[1]).any()


def test_the_toy_shows_everything(toy: Model, toy_shelf: Library) -> None:
    """Each column of the toy is on for somebody, so that the comparison says something about it."""
    block = make_block(birth(toy, toy_shelf), cell_bounds(1000))
    seen = traced(toy, block, programmes(toy), 1, 3).trace.any(axis=(0, 1, 3))
    assert [name for name, column in toy.columns.items() if not seen[column]] == []


def test_same_lives_on_three_real_cells(real_model: Model, library: Library) -> None:
    block = make_block(birth(real_model, library), cell_bounds(252))
    assert len(block.cells) == 4
    komet = Use((Push("conduct_problems", leave=2.0),), where=(("conduct_problems", False),), reach=(0.0, 0.9))
    school = Use((set_to("school_absence", False, (7, 12)),), ages=(6, 6), luck=1)
    seen = compared(real_model, block, programmes(real_model, komet, school), 2, 11)
    assert (seen.trace[0] != seen.trace[1]).any()
    rows = [real_model.columns[r.id] for r in real_model.rows]
    assert seen.trace.any(axis=(0, 1, 3))[rows].mean() > 0.9


def test_a_category_ends() -> None:
    library = shelf(category("stage", (5, 20), {"a": {}, "b": {}}))
    model = compile_model(library, central, Fit(), [TallySpec(())])
    compared(model, make_block(birth(model, library), np.array([0, 20])), programmes(model), 1, 1)


# ---------------------------------------------------------------- random models


def random_factor(rng: np.random.Generator, name: str, before: list[Factor]) -> Factor:
    """A factor of a random kind at random ages; it may require an earlier one."""
    first = int(rng.integers(0, 12))
    ages = first, int(rng.integers(first + 1, AGES))
    singles = [f.id for f in before if f.kind != "category"]
    more: dict[str, Any] = {}
    if singles and rng.random() < 0.3:
        reads = str(rng.choice(["this_year", "last_year", "ever"]))
        more = {"requires": {"factor": str(rng.choice(singles)), "reads": reads}}
    match rng.choice(["state", "event", "milestone", "category"]):
        case "state":
            duration = int(rng.integers(1, 4))
            return factor(name, "state", ages, remission=remission(ages, 0.5), duration=duration, **more)
        case "event":
            return factor(name, "event", ages, **more)
        case "milestone":
            return factor(name, "milestone", (first, first), **more)
        case _:
            forced = {"held": {"forced_by": str(rng.choice(singles))}} if singles else {}
            return category(name, (first, AGES - 1), {"a": {"ages": (first, first + 20)}, **forced, "b": {}, "c": {}})


def random_edge(rng: np.random.Generator, factors: list[Factor]) -> Edge:
    """An edge between two factors, read in a random way that does not go in a circle."""
    i, j = rng.integers(0, len(factors), 2)
    source, target = factors[i], factors[j]
    sender, receiver = (f"{f.id}.b" if f.kind == "category" else f.id for f in (source, target))
    ways = ["last_year", "ever", "at_age", "within_n_years", "cell", *(["this_year"] if i < j else [])]
    way = str(rng.choice(ways))
    more: dict[str, Any] = {"reads": way} if way != "cell" else {"via": "cell"}
    more |= {"at_age": {"age": int(rng.integers(0, 30))}, "within_n_years": {"years": int(rng.integers(2, 8))}}.get(
        way, {}
    )
    acts = {"category": ["weight"], "state": ["onset", "remission"]}.get(target.kind, ["onset"])
    first = int(rng.integers(0, 20))
    return edge(sender, receiver, (first, first + 30), float(rng.lognormal()), acts_on=str(rng.choice(acts)), **more)


def random_model(rng: np.random.Generator) -> tuple[Model, Library]:
    """Up to seven factors and twelve edges; random intercepts, some 0 or infinite; each percent of peers counts."""
    factors = [factor("death", "death", (0, AGES - 1))]
    for k in range(int(rng.integers(2, 7))):
        factors.append(random_factor(rng, f"f{k}", factors[1:]))
    edges = [random_edge(rng, factors[1:]) for _ in range(int(rng.integers(0, 12)))]
    unique = {(e.source_factor, e.target_factor, e.acts_on, e.reads, e.via): e for e in edges}
    library = shelf(*factors, edges=list(unique.values()))
    model = compile_model(library, central, Fit(slopes={f.id: 0.5 for f in factors}), [TallySpec(())])
    shape = model.tables.inverse_onset.shape
    inverse, leave = rng.lognormal(1, 1.5, shape).astype(np.float32), rng.lognormal(0, 1.5, shape).astype(np.float32)
    inverse[:, 0] = 100
    inverse[rng.random(shape) < 0.02], leave[rng.random(shape) < 0.02] = np.inf, 0
    peers = rng.lognormal(size=model.tables.peer_ratio.shape).astype(np.float32)
    tables = model.tables._replace(inverse_onset=inverse, leave_odds=leave, peer_ratio=peers)
    return replace(model, tables=tables), library


@pytest.mark.parametrize("seed", SEEDS_OF_FUZZ)
def test_same_lives_in_random_models(seed: int) -> None:
    rng = np.random.default_rng(seed)
    model, library = random_model(rng)
    rows = [r.id for r in model.rows if r.id != "death"]
    uses = [
        Use((Push(str(rng.choice(rows)), *rng.lognormal(size=2)), set_to(str(rng.choice(rows)), bool(k % 2))), luck=k)
        for k in range(3)
    ]
    block = make_block(birth(model, library), np.array([0, 12, 30]))
    compared(model, block, programmes(model, *uses, overlap=2), 2, seed)
