"""Where numbers come from: the list of sources."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from livsbana.parameters.reader import nearest
from livsbana.parameters.tables import read_table

JUDGEMENT = "judgement"
COLUMNS = ("id", "citation", "organisation", "year", "address", "status", "confidence")
STATUSES = ("published", "to_verify")


@dataclass(frozen=True)
class Source:
    """One source: ``published`` was read there, ``to_verify`` is recalled and still to be read."""

    id: str
    citation: str
    organisation: str
    year: str
    address: str
    status: str
    confidence: str


def load_sources(path: Path) -> dict[str, Source]:
    """Read ``sources.csv`` by id.

    Raises
    ------
    InputError
        With ``file:line``, for a repeated id, an empty citation or an unknown status.
    """
    table = read_table(path, COLUMNS)
    sources: dict[str, Source] = {}
    for key, row in table.keyed("id").items():
        source = Source(**row.cells)
        if source.status not in STATUSES:
            hint = nearest(source.status, STATUSES) or f", wanted {' or '.join(STATUSES)}"
            raise table.error(row, f"source `{key}` has status `{source.status}`{hint}")
        if not source.citation:
            raise table.error(row, f"source `{key}` has no citation")
        sources[key] = source
    return sources
