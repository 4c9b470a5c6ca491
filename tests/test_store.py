"""The store: blocks are whole or not there, damage is seen, locks go when their holder dies."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from livsbana.errors import InputError
from livsbana.runs import files, lock
from livsbana.runs.block import FIRST_LINE_BYTES, Damaged, encode, read_block, read_header
from livsbana.runs.files import Stopped
from livsbana.runs.grid import Cell, Task, cells_of, keys_of, question_of, tasks_of
from livsbana.runs.layout import Entry, Layout
from livsbana.runs.lock import Held, Lock
from livsbana.runs.provenance import digest
from livsbana.runs.result import Totals, pack, unpack
from livsbana.runs.store import Store

QUESTION = {"scenario": "s", "draw": 3}
TOTALS = {"accounts": ["public"], "float64": "AAAA"}
ARRAYS = {"cost": np.arange(60.0).reshape(3, 20), "batches.0": np.array([0.1, -0.0, 5e-324, np.pi])}
SOURCE = Path(__file__).resolve().parents[1] / "src"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store")
    made.make()
    return made


# ---------------------------------------------------------------- blocks


def test_a_block_is_addressed_by_its_question_and_keeps_every_bit(store: Store) -> None:
    key = store.write(QUESTION, TOTALS, ARRAYS)
    header, found = store.read(key)
    assert key == digest(QUESTION) == header.key
    assert (header.question, header.totals) == (QUESTION, TOTALS)
    assert {name: a.tobytes() for name, a in found.items()} == {name: a.tobytes() for name, a in ARRAYS.items()}
    assert store.keys() == {key}
    assert list(store.scratch.iterdir()) == []


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=st.floats(width=64)))
def test_arrays_come_back_bit_by_bit(array: np.ndarray) -> None:
    """Also NaN, infinities and negative zero."""
    content = encode(QUESTION, TOTALS, {"a": array})
    assert content == encode(dict(reversed(QUESTION.items())), TOTALS, {"a": array.copy()})
    path = Path(os.environ.get("TMPDIR", "/tmp")) / digest(QUESTION)
    path.write_bytes(content)
    try:
        assert read_block(path)[1]["a"].tobytes() == array.tobytes()
    finally:
        path.unlink()


def test_turned_bits_and_cuts_are_seen(store: Store) -> None:
    path = store.path(store.write(QUESTION, TOTALS, ARRAYS))
    whole = path.read_bytes()
    for position in [*range(FIRST_LINE_BYTES), *range(FIRST_LINE_BYTES, len(whole), 13)]:
        broken = bytearray(whole)
        broken[position] ^= 1 << (position % 8)
        path.write_bytes(broken)
        with pytest.raises(Damaged):
            read_block(path)
    for length in range(0, len(whole), 61):
        path.write_bytes(whole[:length])
        with pytest.raises(Damaged):
            read_header(path)


def test_a_block_under_another_name_is_not_believed(store: Store) -> None:
    path = store.path(store.write(QUESTION, TOTALS, ARRAYS))
    other = path.with_name(digest("another question"))
    path.rename(other)
    with pytest.raises(Damaged, match="another block"):
        read_header(other)


def test_no_pickle_is_read(store: Store) -> None:
    with pytest.raises(ValueError, match=r"pickle|Object arrays"):
        store.write(QUESTION, TOTALS, {"a": np.array([object()], dtype=object)})


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=12, max_size=12))
def test_totals_keep_every_bit(numbers: list[float]) -> None:
    totals = Totals(["public"], np.array([numbers[:8]]), ["lived"], np.array([numbers[8:11]]), numbers[11])
    found = unpack(json.loads(json.dumps(pack(totals))))
    assert found.amounts.tobytes() == totals.amounts.tobytes()
    assert found.effects.tobytes() == totals.effects.tobytes()
    assert (found.accounts, found.outcomes, found.participants) == (["public"], ["lived"], numbers[11])


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_totals_refuse_what_is_no_number(wrong: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        pack(Totals(["public"], np.full((1, 8), wrong), [], np.zeros((0, 3)), 0.0))


# ---------------------------------------------------------------- writing


def fails(number: int) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_full_disk_stops_and_leaves_what_was_there(store: Store, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    store.save("manifest.json", b"before")
    with monkeypatch.context() as broken:
        broken.setattr(files.os, call, fails(errno.ENOSPC))
        with pytest.raises(Stopped, match="No space left on device"):
            store.save("manifest.json", b"after")
        with pytest.raises(Stopped):
            store.write(QUESTION, TOTALS, ARRAYS)
    assert (store.folder / "manifest.json").read_bytes() == b"before"
    assert store.keys() == set()
    assert list(store.scratch.iterdir()) == []


def test_short_writes_are_completed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(files.os, "write", lambda handle, content: write(handle, bytes(content)[:100]))
    store.read(store.write(QUESTION, TOTALS, ARRAYS))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind here")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written to"):
        Store(tmp_path / "store").make()


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="no folder that nobody can write to")
def test_a_folder_that_nobody_can_write_to_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be written to"):
        Store(Path("/proc/livsbana")).make()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        Store(tmp_path / "file").make()


# ---------------------------------------------------------------- kills at every write boundary


class Boundaries:
    """``os`` with death at the n-th boundary; half of what is to be written is written before."""

    def __init__(self, deadly: int) -> None:
        self.count, self._deadly = 0, deadly

    def __getattr__(self, name: str) -> Any:
        if name not in ("open", "write", "fsync", "close", "replace"):
            return getattr(os, name)

        def touch(*arguments: Any) -> Any:
            self.count += 1
            if self.count == self._deadly:
                if name == "write":
                    os.write(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return getattr(os, name)(*arguments)

        return touch


BOUNDARIES = 7  # open, write, flush, close, rename; open, flush and close of the folder: the eighth is the last


@pytest.mark.skipif(os.name == "nt", reason="no kill -9")
@pytest.mark.parametrize("deadly", range(1, BOUNDARIES + 2))
def test_a_kill_at_any_write_boundary_leaves_a_whole_block_or_none(store: Store, deadly: int) -> None:
    child = os.fork()
    if child == 0:
        files.os = Boundaries(deadly)  # type: ignore[attr-defined]
        store.write(QUESTION, TOTALS, ARRAYS)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert list(store.damaged(store.keys())) == []
    assert bool(store.keys()) == (deadly > 5)
    with store.writer():
        assert list(store.scratch.iterdir()) == []
    assert store.path(store.write(QUESTION, TOTALS, ARRAYS)).read_bytes() == encode(QUESTION, TOTALS, ARRAYS)


# ---------------------------------------------------------------- locks


HOLD = """
import sys
from pathlib import Path
from livsbana.runs.lock import Lock
with Lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_writer_and_a_stale_lock_is_taken_over(store: Store) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store.folder / "lock")],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(InputError, match=f"process {holder.pid} on .* is working on this batch"), store.writer():
        pass
    holder.kill()
    holder.communicate()
    with store.writer() as stale:
        assert stale is not None
        assert f"process {holder.pid} " in stale
    with store.writer() as stale:
        assert stale is None


def test_a_claim_is_exclusive_and_leaves_nothing(store: Store) -> None:
    with store.claim("task"):
        with pytest.raises(Held), store.claim("task"):
            pass
        with store.claim("another"):
            pass
    with store.claim("task"):
        pass
    assert list(store.claims.iterdir()) == []


def test_a_damaged_lock_file_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(b"\xff{")
    with Lock(tmp_path / "lock") as lock:
        assert lock.stale is None


def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_take", fails(errno.ENOLCK))
    with pytest.raises(InputError, match="needs a file system with locks"), Lock(tmp_path / "lock"):
        pass


# ---------------------------------------------------------------- the grid


def entry(name: str, world: str = "w", **how: Any) -> Entry:
    told = {"id": name, "file": f"{name}.yaml", "label": {"sv": name, "en": name}, "place": "Sweden"}
    size = {"population": 1.0, "persons": 100, "horizon": (2026, 2091), "world": world, "content": name}
    return Entry.model_validate({**told, **size, **how})


def layout(*entries: Entry, **how: Any) -> Layout:
    told = {"persons": 100, "seed": 1, "preset": "asek", "draws": 2, "price_year": 2024, "place": None, "data": None}
    return Layout(**{**told, "identity": {"engine": "1"}, "scenarios": entries, **how})


def test_a_key_depends_on_all_that_determines_a_block() -> None:
    plain = layout(entry("a"))
    key = keys_of(plain)[Cell("a", "main", 0)]
    other = {"persons": 200, "seed": 2, "preset": "tlv", "identity": {"engine": "2"}}
    for name, value in other.items():
        assert keys_of(plain.model_copy(update={name: value}))[Cell("a", "main", 0)] != key, name
    assert keys_of(layout(entry("a", content="changed")))[Cell("a", "main", 0)] != key
    same = layout(entry("b"), entry("a", file="elsewhere.yaml"), draws=2000)
    assert keys_of(same)[Cell("a", "main", 0)] == key
    assert len(set(keys_of(same).values())) == len(cells_of(same)) == 2 * 2001


def test_tasks_fill_each_cell_once_and_share_passes() -> None:
    asked = layout(*(entry(f"s{k}", "ab"[k % 2]) for k in range(20)))
    tasks = list(tasks_of(asked, cells_of(asked)))
    assert sorted(cell for task in tasks for cell in task.cells) == sorted(cells_of(asked))
    assert {len(task.scenarios) for task in tasks} == {8, 2}
    assert all(len({name[1:][-1:] in "02468" for name in task.scenarios}) == 1 for task in tasks)
    assert len({task.name for task in tasks}) == len(tasks)
    assert list(tasks_of(asked, [Cell("s3", "main", 1)])) == [Task("main", 1, ("s3",))]


def test_the_question_holds_no_path() -> None:
    assert "yaml" not in json.dumps(question_of(layout(entry("a")))(Cell("a", "main", -1)))
