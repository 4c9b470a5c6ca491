"""Evaluated blocks of a design on disk: one line each, written at once, so that the same command continues."""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livsbana.errors import InputError

Floats = NDArray[np.float64]


class BlockFile:
    """Results of blocks by name; without a folder they are only remembered.

    A line is a checksum and a JSON list of the block's name and its numbers, which come back to the last bit. A
    line that was cut off or changed is made again.
    """

    def __init__(self, folder: Path | None, key: str) -> None:
        digest = blake2b(key.encode(), digest_size=8).hexdigest()
        self.path = None if folder is None else folder / f"evaluations-{digest}.jsonl"
        self._found: dict[str, Floats] = {}
        if self.path is not None and self.path.exists():
            self._read(self.path)

    def __contains__(self, name: str) -> bool:
        """Whether a block is there."""
        return name in self._found

    def __getitem__(self, name: str) -> Floats:
        """Give the results of a block, float64[rows, outputs]."""
        return self._found[name]

    def save(self, name: str, results: Floats) -> None:
        """Keep the results of a block, on disk before this returns.

        Raises
        ------
        InputError
            When the disk does not take it.
        """
        self._found[name] = results
        if self.path is None:
            return
        text = json.dumps([name, results.tolist()])
        try:
            with self.path.open("ab") as file:
                if file.tell() and not self._ends_whole():
                    file.write(b"\n")
                file.write(f"{_sum(text)} {text}\n".encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError(
                f"cannot be written: {error.strerror}; make room or name another --out", str(self.path)
            ) from None

    def _ends_whole(self) -> bool:
        """Whether the last line was not cut off."""
        assert self.path is not None
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _read(self, path: Path) -> None:
        for line in path.read_bytes().decode(errors="replace").splitlines():
            checksum, _, text = line.partition(" ")
            if checksum == _sum(text):
                name, results = json.loads(text)
                self._found[name] = np.array(results, np.float64)


def _sum(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()
