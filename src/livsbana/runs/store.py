"""A folder of finished blocks, each named by the digest of its question; everything else can be made again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from livsbana.errors import InputError
from livsbana.runs.block import Arrays, Damaged, Header, check_block, encode, read_block, read_header
from livsbana.runs.files import Stopped, clear_leftovers, write_whole
from livsbana.runs.lock import Held, Lock
from livsbana.runs.provenance import canonical, digest

KEY = re.compile(r"[0-9a-f]{64}")
MANIFEST = "manifest.json"


class Store:
    """The folder of a batch.

    ``blocks/ab/KEY`` are the results, ``scratch/`` what is being written, ``claims/`` who works on what,
    ``manifest.json`` the list of blocks with their checksums, ``lock`` the one process that may change
    anything but blocks. Blocks may be written by any number of processes: two that write the same block
    write the same bytes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blocks, self.scratch, self.claims = folder / "blocks", folder / "scratch", folder / "claims"

    def make(self) -> None:
        """Make the folders.

        Raises
        ------
        InputError
            When they cannot be made or written to.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError(f"--out {self.folder} is a file; name a folder")
        try:
            for folder in (self.blocks, self.scratch, self.claims):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self.scratch / f"probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            message = f"--out {self.folder} cannot be written to: {error.strerror}; name a folder you may write to"
            raise InputError(message) from None

    @contextmanager
    def writer(self) -> Iterator[str | None]:
        """Be the one process that lays out and sums up this batch; what killed ones left unfinished is cleared.

        Yields
        ------
        str or None
            Whose stale lock was taken over.

        Raises
        ------
        InputError
            When another process has it.
        """
        try:
            with Lock(self.folder / "lock") as lock:
                clear_leftovers(self.scratch)
                self._clear_claims()
                yield lock.stale
        except Held as held:
            message = f"{held} is working on this batch; wait for it, stop it, or choose another --out"
            raise InputError(message, str(self.folder)) from None

    def _clear_claims(self) -> None:
        """Remove the claims whose holders are gone."""
        for path in self.claims.iterdir():
            with suppress(Held), self.claim(path.name):
                pass

    def claim(self, name: str) -> Lock:
        """The lock on one piece of work; taking it raises ``Held`` where somebody else does that work."""
        return Lock(self.claims / name, once=True)

    def path(self, key: str) -> Path:
        """Where the block with a key is or would be."""
        return self.blocks / key[:2] / key

    def has(self, key: str) -> bool:
        """Whether a block is finished."""
        return self.path(key).is_file()

    def keys(self) -> set[str]:
        """The keys of all finished blocks."""
        found: set[str] = set()
        for folder in self.blocks.iterdir() if self.blocks.is_dir() else ():
            found.update(name for name in os.listdir(folder) if KEY.fullmatch(name))
        return found

    def write(self, question: Mapping[str, Any], totals: Mapping[str, Any], arrays: Arrays) -> str:
        """Write a block unless it is there, and give its key."""
        key = digest(question)
        if not self.has(key):
            write_whole(self.path(key), encode(question, totals, arrays), self.scratch)
        return key

    def header(self, key: str) -> Header:
        """The checked header of a block; see ``read_header``."""
        return read_header(self.path(key))

    def check(self, key: str) -> Header:
        """The header of a block of which every byte was checked."""
        return check_block(self.path(key))

    def read(self, key: str, *names: str) -> tuple[Header, dict[str, np.ndarray]]:
        """A checked block, with some or all of its arrays; see ``read_block``."""
        return read_block(self.path(key), *names)

    def damaged(self, keys: set[str]) -> Iterator[tuple[str, str]]:
        """Check every byte of some blocks and give those that are not as written, with what is wrong."""
        for key in sorted(keys):
            try:
                self.check(key)
            except Damaged as error:
                yield key, str(error)

    def remove(self, key: str) -> None:
        """Remove a block, so that it is made again."""
        try:
            self.path(key).unlink(missing_ok=True)
        except OSError as error:
            raise Stopped(f"cannot remove the damaged block {self.path(key)}: {error.strerror}") from None

    def save(self, name: str, content: bytes) -> Path:
        """Write one of the other files of the batch, unless it is there with this content."""
        path = self.folder / name
        with suppress(OSError):
            if path.read_bytes() == content:
                return path
        write_whole(path, content, self.scratch)
        return path

    def save_manifest(self, headers: Iterable[Header], fingerprint: str) -> None:
        """Write the list of blocks with the checksums of what they hold; it can be made again from the blocks."""
        listed = {header.key: header.checksum for header in headers}
        self.save(MANIFEST, canonical({"blocks": listed, "fingerprint": fingerprint}))
