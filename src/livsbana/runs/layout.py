"""What a batch consists of, as its folder keeps it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from livsbana.errors import InputError
from livsbana.runs.document import Text

LAYOUT, SCENARIOS = "batch.json", "scenarios"
FORMAT = 1
MAIN = "main"


class Entry(BaseModel):
    """One scenario of a batch, as far as summaries need it.

    ``world`` is equal for scenarios about the same people; ``content`` is the digest of all that can change a
    result; ``population`` counts real persons and ``persons`` simulated ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    file: str
    label: Text
    place: str
    population: float
    persons: int
    horizon: tuple[int, int]
    world: str
    content: str


class Layout(BaseModel):
    """What a batch consists of: the file ``batch.json``; ``draws`` besides the central values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    persons: int
    seed: int
    preset: str
    draws: int
    structures: tuple[str, ...] = (MAIN,)
    price_year: int
    place: str | None
    data: str | None
    identity: dict[str, str]
    scenarios: tuple[Entry, ...]


def read_layout(folder: Path) -> Layout:
    """What a batch consists of.

    Raises
    ------
    InputError
        When the folder holds no batch, or one that cannot be read.
    """
    try:
        return Layout.model_validate_json((folder / LAYOUT).read_bytes())
    except FileNotFoundError:
        raise InputError("no batch here; `livsbana batch SCENARIOS --out FOLDER` makes one", str(folder)) from None
    except (OSError, ValueError) as error:
        message = f"{LAYOUT} cannot be read ({type(error).__name__}); remove it, and the same command writes it again"
        raise InputError(message, str(folder)) from None
