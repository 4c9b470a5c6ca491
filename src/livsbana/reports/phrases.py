"""Every sentence and heading that is shown, in Swedish and English, from one catalogue."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import RootModel

from livsbana.parameters.reader import read_document
from livsbana.parameters.typed import typed
from livsbana.runs.document import Text

Language: TypeAlias = Literal["en", "sv"]
CATALOGUE = Path(__file__).with_name("phrases.yaml")


class Catalogue(RootModel[dict[str, Text]]):
    """Phrases by key; ``{name}`` stands for what is put in."""


@cache
def catalogue() -> dict[str, Text]:
    """Read the catalogue once."""
    return typed(Catalogue, read_document(CATALOGUE)).root


def phrase(key: str, language: Language, /, **parts: object) -> str:
    """Give a phrase in a language with its parts put in.

    Raises
    ------
    KeyError
        If there is no such phrase, or a part is missing.
    """
    words = said(catalogue()[key], language)
    return words.format(**parts) if parts else words


def said(text: Text, language: Language) -> str:
    """Give a name in a language."""
    return text.sv if language == "sv" else text.en
