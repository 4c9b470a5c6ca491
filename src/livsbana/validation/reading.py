"""Read what stands beside the parameters in ``validation/``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from livsbana.parameters.library import Library
from livsbana.parameters.origins import Origins
from livsbana.parameters.reader import read_document
from livsbana.parameters.schema import Declaration, Number
from livsbana.parameters.typed import typed

File = TypeVar("File", bound=Declaration)


def read_beside(library: Library, name: str, model: type[File], check: Callable[[File, Origins], None]) -> File:
    """Read ``validation/NAME.yaml``, type it and check it against the library.

    Raises
    ------
    InputError
        With ``file:line``, for the mistakes that ``check`` notes on the origins.
    """
    document = read_document(library.root / "validation" / f"{name}.yaml")
    declared = typed(model, document)
    origins = Origins()
    origins.add(declared, document, (), f"validation/{name}")
    check(declared, origins)
    origins.raise_first()
    return declared


def check_source(library: Library, number: Number, origins: Origins) -> None:
    """Note a source that is not among the library's."""
    if number.source not in library.sources:
        origins.problem(f"unknown source `{number.source}`", number, "source")
