"""From scenario files to what a batch consists of, written down in its folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from livsbana.errors import InputError
from livsbana.lifecourse.stored import load_fit
from livsbana.parameters.library import Library, load_library
from livsbana.runs.document import Text
from livsbana.runs.grid import ARMS_A_TASK, content_of, world_of
from livsbana.runs.layout import LAYOUT, SCENARIOS, Entry, Layout, read_layout
from livsbana.runs.plan import Plan, make_plan, offers_of
from livsbana.runs.provenance import identity
from livsbana.runs.store import Store
from livsbana.scenario.read import Scenario, read_scenario
from livsbana.uncertainty.batch import Batch
from livsbana.uncertainty.run import memory_bytes

IS_SCENARIO = re.compile(rb"^scenario\s*:", re.MULTILINE)
LARGEST_FILE_BYTES = 5_000_000


@dataclass(frozen=True)
class Asked:
    """What the command asked for; everything else follows from the scenarios and the parameters."""

    persons: int
    draws: int
    seed: int
    preset: str
    place: str | None
    data: Path | None


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


def expand_batch(store: Store, draws: int) -> Batch:
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
