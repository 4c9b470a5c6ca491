"""Which file and line each declaration and number came from, and the stable address of each number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from livsbana.errors import InputError, first_of
from livsbana.parameters.reader import Document, Steps
from livsbana.parameters.schema import Number


@dataclass
class Origins:
    """Places of declarations, found by identity, and the mistakes noted on them so far."""

    address: dict[int, str] = field(default_factory=dict[int, str])
    numbers: dict[str, Number] = field(default_factory=dict[str, Number])
    _of: dict[int, tuple[Document, Steps]] = field(default_factory=dict[int, tuple[Document, Steps]])
    _problems: list[tuple[Path, tuple[int, ...], InputError]] = field(
        default_factory=list[tuple[Path, tuple[int, ...], InputError]]
    )

    def add(self, declaration: BaseModel, document: Document, steps: Steps, address: str) -> None:
        """Remember a declaration, everything inside it, and the addresses of its numbers."""
        for inner, path in _walk(declaration, ()):
            self._of[id(inner)] = (document, steps + path)
            if isinstance(inner, Number):
                full = "/".join(filter(None, [address, *map(str, path)]))
                self._forget(full)
                self.address[id(inner)] = full
                self.numbers[full] = inner

    def _forget(self, address: str) -> None:
        """Drop the number that had this address; Python may give its identity to another."""
        if address in self.numbers:
            self.address.pop(id(self.numbers[address]), None)

    def where(self, declaration: BaseModel, *steps: str | int, key: bool = False) -> str:
        """Give ``file:line:column`` of a declaration, or of what stands at ``steps`` inside it."""
        document, base = self._of[id(declaration)]
        return document.where((*base, *steps), key=key)

    def line_of(self, address: str) -> str:
        """Give ``file:line`` of the number with this address."""
        return self.where(self.numbers[address]).rsplit(":", 1)[0]

    def problem(self, message: str, declaration: BaseModel, *steps: str | int, key: bool = False) -> None:
        """Note a mistake at a declaration, or at what stands at ``steps`` inside it."""
        document, base = self._of[id(declaration)]
        position = document.position((*base, *steps), key=key)
        self._problems.append((document.path, position, InputError(message, self.where(declaration, *steps, key=key))))

    def raise_first(self) -> None:
        """Raise the mistakes noted so far, by file and line; nothing when there are none."""
        if self._problems:
            raise first_of([error for *_, error in sorted(self._problems, key=lambda p: p[:2])])


def _walk(value: Any, path: Steps) -> Iterator[tuple[BaseModel, Steps]]:
    """Give every declaration inside a value, with the keys of the file that lead to it."""
    if isinstance(value, BaseModel):
        yield value, path
        for name, info in type(value).model_fields.items():
            yield from _walk(getattr(value, name), (*path, info.alias or name))
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _walk(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(cast("list[Any]", value)):
            yield from _walk(inner, (*path, i))
