"""Look at batches without changing them: which there are, whether they are whole, how two differ."""

from __future__ import annotations

import json
from pathlib import Path

from livsbana.errors import InputError
from livsbana.runs.batch_document import (
    BatchChecked,
    BatchDiff,
    BatchDocument,
    BatchList,
    BatchListed,
    RunDifference,
)
from livsbana.runs.block import Header
from livsbana.runs.document import PUBLIC
from livsbana.runs.files import Stopped
from livsbana.runs.grid import Cell, keys_of
from livsbana.runs.layout import LAYOUT, read_layout
from livsbana.runs.result import MEASURES, unpack
from livsbana.runs.store import MANIFEST, Store
from livsbana.runs.summary import Headers, document_of, gather

SETTINGS = ("persons", "seed", "preset", "place", "draws")


def list_batches(folder: Path) -> BatchList:
    """The batches in a folder and in the folders in it.

    Raises
    ------
    InputError
        When there is no such folder.
    """
    if not folder.is_dir():
        raise InputError("no such folder", str(folder))
    found = []
    for path in sorted([*folder.glob(LAYOUT), *folder.glob(f"*/{LAYOUT}")]):
        layout, keys = read_layout(path.parent), Store(path.parent).keys()
        wanted = set(keys_of(layout).values())
        found.append(
            BatchListed(
                folder=str(path.parent),
                scenarios=len(layout.scenarios),
                runs=len(wanted),
                done=len(wanted & keys),
                **layout.model_dump(include={"draws", "persons", "seed", "preset"}),
            )
        )
    return BatchList(batches=found)


def show(folder: Path) -> BatchDocument:
    """What a batch has found so far.

    Raises
    ------
    Stopped
        When a block is damaged.
    """
    layout, store = read_layout(folder), Store(folder)
    return document_of(layout, store, _sound_headers(folder))


def _sound_headers(folder: Path) -> Headers:
    """The headers of a batch, none of them damaged."""
    headers, damaged = gather(Store(folder), keys_of(read_layout(folder)))
    if damaged:
        first = next(iter(damaged.items()))
        raise Stopped(
            f"{len(damaged)} blocks of {folder} are damaged, such as draw {first[0].draw} of {first[0].scenario}, "
            f"which {first[1]}; the command that made the batch makes them again"
        )
    return headers


def verify(folder: Path) -> BatchChecked:
    """Check every byte of every block against its checksums, and all of them against the manifest."""
    layout, store = read_layout(folder), Store(folder)
    there, wanted = store.keys(), set(keys_of(layout).values())
    damaged = dict(store.damaged(there))
    return BatchChecked(
        folder=str(folder),
        blocks=len(there),
        missing=len(wanted - there),
        other=len(there - wanted),
        damaged={str(store.path(key)): reason for key, reason in damaged.items()},
        changed=[
            key
            for key, told in _manifest(folder).items()
            if key in there and key not in damaged and store.header(key).checksum != told
        ],
    )


def _manifest(folder: Path) -> dict[str, str]:
    """Checksums by key as the manifest has them; none where there is no manifest, which is no loss."""
    try:
        return dict(json.loads((folder / MANIFEST).read_bytes())["blocks"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def diff(first: Path, second: Path) -> BatchDiff:
    """Compare what two batches asked and found, run by run.

    Raises
    ------
    Stopped
        When a block of one of them is damaged.
    """
    one, other = _sound_headers(first), _sound_headers(second)
    both = [cell for cell in one if cell in other]
    different = [cell for cell in both if not one[cell].agrees_with(other[cell])]
    return BatchDiff(
        first=str(first),
        second=str(second),
        asked=_asked_differently(first, second),
        same=len(both) - len(different),
        different=[_difference(cell, one[cell], other[cell]) for cell in different],
        contradictions=sum(one[cell].question == other[cell].question for cell in different),
        only_first=len(one) - len(both),
        only_second=len(other) - len(both),
    )


def _asked_differently(first: Path, second: Path) -> dict[str, tuple[str, str]]:
    """Settings, scenarios and identities in which two batches differ."""
    pairs = []
    for layout in map(read_layout, (first, second)):
        settings = {name: str(getattr(layout, name)) for name in SETTINGS}
        contents = {f"scenario {entry.id}": entry.content[:12] for entry in layout.scenarios}
        pairs.append(settings | layout.identity | contents)
    one, other = pairs
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return {name: (one.get(name, "none"), other.get(name, "none")) for name in names}


def _difference(cell: Cell, one: Header, other: Header) -> RunDifference:
    return RunDifference(
        scenario=cell.scenario,
        structure=cell.structure,
        draw=cell.draw,
        first_public_net=_public_net(one),
        second_public_net=_public_net(other),
    )


def _public_net(header: Header) -> float:
    found = unpack(header.totals)
    return float(found.amounts[found.accounts.index(PUBLIC), MEASURES.index("net")])
