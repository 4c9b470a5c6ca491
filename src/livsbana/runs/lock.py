"""Lock files that the operating system lets go when their holder dies, however it dies."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from livsbana.errors import InputError

TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class Held(Exception):
    """Somebody else holds the lock; the text says who."""


class Lock:
    """An exclusive lock on a file that names its holder.

    What counts is the system's lock and not that the file exists: a killed process leaves the file, never
    the lock, so a stale file is taken over without guessing whether a process is alive.

    Parameters
    ----------
    path
        The lock file; it is made where it is missing.
    once
        Remove the file when the lock is let go, for locks on work that is done only once.
    """

    def __init__(self, path: Path, once: bool = False) -> None:
        self.path, self._once = path, once
        self._handle: int | None = None
        self.stale: str | None = None

    def __enter__(self) -> Lock:
        """Take the lock.

        Raises
        ------
        Held
            When another process has it.
        InputError
            When the file cannot be opened, or its file system has no locks.
        """
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise InputError(f"cannot be opened: {error.strerror}", str(self.path)) from None
        before = _holder(self.path)
        try:
            _take(handle)
        except OSError as error:
            os.close(handle)
            if error.errno in TAKEN:
                raise Held(before or "another process") from None
            message = f"cannot be locked: {error.strerror}; a batch needs a file system with locks"
            raise InputError(message, str(self.path)) from None
        self._handle, self.stale = handle, before
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is None:
            return
        if self._once:
            with suppress(OSError):  # Windows removes no file that somebody else looks at
                self.path.unlink(missing_ok=True)
        else:
            os.ftruncate(self._handle, 0)
        os.close(self._handle)
        self._handle = None


def _take(handle: int) -> None:
    """Lock the file or fail at once; a byte far behind the text, so that the text stays readable."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, 1 << 20, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _holder(path: Path) -> str | None:
    """Who wrote the lock file last and did not let go in order."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return f"process {int(found['pid'])} on {found['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_alive(pid: int) -> bool:
    """Whether a process of this machine is running; in doubt it is."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
