"""Files that are there whole or not at all, also after a kill, a full disk or a power cut."""

from __future__ import annotations

import os
import re
import socket
from contextlib import suppress
from itertools import count
from pathlib import Path

from livsbana.runs.lock import is_alive

_NUMBER = count()
_NAME = re.compile(r"(?P<host>.+)-(?P<pid>\d+)-\d+")


class Stopped(Exception):
    """Work stopped for a reason that is neither wrong input nor our fault: a full disk, workers that are gone.

    What is finished is kept, and the same command continues.
    """


def write_whole(path: Path, content: bytes, scratch: Path) -> None:
    """Write a file so that nobody ever sees a part of it: written aside, flushed, renamed, folder flushed.

    Parameters
    ----------
    scratch
        Folder on the same file system for what is not finished.

    Raises
    ------
    Stopped
        When it cannot be written; what stood at ``path`` before still does.
    """
    aside = scratch / f"{socket.gethostname()}-{os.getpid()}-{next(_NUMBER)}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(aside, content)
        os.replace(aside, path)
        _flush_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise Stopped(f"cannot write {path}: {error.strerror or error}") from None


def _write(path: Path, content: bytes) -> None:
    """Write and flush a new file."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_folder(folder: Path) -> None:
    """Make a rename last; Windows does so by itself and cannot open folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clear_leftovers(scratch: Path) -> int:
    """Remove what killed processes of this machine left unfinished, and give the number of files."""
    removed = 0
    for path in scratch.iterdir():
        made_by = _NAME.fullmatch(path.name)
        if made_by and made_by["host"] == socket.gethostname() and not is_alive(int(made_by["pid"])):
            path.unlink(missing_ok=True)
            removed += 1
    return removed
