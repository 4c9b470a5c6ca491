"""One finished block as bytes: what was asked, what came out in short, and all its arrays to the last bit.

A block is three parts: a line ``livsbana block 1 LENGTH SHA256`` about the header, the header (JSON), and the
payload (npz without pickled objects), whose length and SHA-256 stand in the header. Summaries read the header
alone; every part is checked before it is believed.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from livsbana.runs.provenance import canonical, digest

MAGIC = b"livsbana block 1 "
FIRST_LINE_BYTES = len(MAGIC) + 8 + 1 + 64 + 1
READ_AHEAD_BYTES = 1 << 14

Arrays = Mapping[str, np.ndarray]


class Damaged(Exception):
    """A block is not what was written."""


@dataclass(frozen=True)
class Header:
    """The short part of a block.

    ``question`` is all that determines the block, and ``key`` its digest; ``totals`` are the sums
    that summaries need; ``payload`` holds the length and SHA-256 of the arrays, and ``checksum`` is the SHA-256
    of all this: equal ones mean the same block to the last bit.
    """

    key: str
    question: dict[str, Any]
    totals: dict[str, Any]
    payload: dict[str, Any]
    checksum: str

    def agrees_with(self, other: Header) -> bool:
        """Whether both found the same to the last bit, whatever they were asked."""
        return self.totals == other.totals and self.payload == other.payload


def encode(question: Mapping[str, Any], totals: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Write a block; equal content gives equal bytes."""
    packed = BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **dict(arrays))
    body = packed.getvalue()
    header = canonical(
        {
            "question": question,
            "totals": totals,
            "payload": {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()},
        }
    )
    return _first_line(header) + header + body


def read_header(path: Path) -> Header:
    """Read and check the header of a block; the payload's length is checked, its content is not.

    Raises
    ------
    Damaged
        When the file is cut off, changed, or not the block that its name says.
    """
    try:
        with path.open("rb", buffering=0) as file:
            start = file.read(READ_AHEAD_BYTES)
            length = _header_bytes(start)
            start += file.read(max(FIRST_LINE_BYTES + length - len(start), 0))
            size = file.seek(0, 2)
    except OSError as error:
        raise Damaged(f"cannot be read: {error.strerror}") from None
    header = _header(start, length)
    if header.key != path.name:
        raise Damaged("is another block than its name says")
    if size != FIRST_LINE_BYTES + length + header.payload["bytes"]:
        raise Damaged("is cut off")
    return header


def check_block(path: Path) -> Header:
    """The header of a block of which every byte was checked.

    Raises
    ------
    Damaged
        When anything is not as it was written.
    """
    return _whole(path)[0]


def _whole(path: Path) -> tuple[Header, bytes]:
    header = read_header(path)
    body = path.read_bytes()[-header.payload["bytes"] :]
    if hashlib.sha256(body).hexdigest() != header.payload["sha256"]:
        raise Damaged("has changed arrays")
    return header, body


def read_block(path: Path, *names: str) -> tuple[Header, dict[str, np.ndarray]]:
    """Read a block and check every byte of it.

    Parameters
    ----------
    names
        The arrays that are wanted; all of them when none is named.

    Raises
    ------
    Damaged
        When anything is not as it was written.
    """
    header, body = _whole(path)
    try:
        with np.load(BytesIO(body), allow_pickle=False) as arrays:
            return header, {name: arrays[name] for name in names or arrays.files}
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise Damaged(f"has arrays that cannot be read: {error}") from None


def _first_line(header: bytes) -> bytes:
    return MAGIC + f"{len(header):08d} {hashlib.sha256(header).hexdigest()}\n".encode()


def _header_bytes(start: bytes) -> int:
    """Length of the header, from the first line."""
    length = start[len(MAGIC) : len(MAGIC) + 8]
    if not start.startswith(MAGIC) or len(length) < 8 or not length.isdigit():
        raise Damaged("does not begin as a block")
    return int(length)


def _header(start: bytes, length: int) -> Header:
    text = start[FIRST_LINE_BYTES : FIRST_LINE_BYTES + length]
    if start[:FIRST_LINE_BYTES] != _first_line(text):
        raise Damaged("has a changed header")
    content = json.loads(text)
    return Header(
        digest(content["question"]),
        content["question"],
        content["totals"],
        content["payload"],
        hashlib.sha256(text).hexdigest(),
    )
