"""Strict reading of CSV: named columns, text cells, and the line of every row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from livsbana.errors import InputError
from livsbana.parameters.reader import nearest, read_text, shown
from livsbana.parameters.scalars import decimal, whole

Value = TypeVar("Value")


class Row(NamedTuple):
    """One line of a table."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A table of text cells that knows where each row stands."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def error(self, row: Row, message: str) -> InputError:
        """Make an error that points at a row."""
        return InputError(message, f"{shown(self.path)}:{row.line}")

    def decimal(self, row: Row, column: str) -> float:
        """Read one cell as a finite number."""
        return float(str(self._cell(row, column, decimal)))

    def whole(self, row: Row, column: str) -> int:
        """Read one cell as a whole number."""
        return int(str(self._cell(row, column, whole)))

    def _cell(self, row: Row, column: str, read: Callable[[object], Value]) -> Value:
        try:
            return read(row.cells[column])
        except ValueError as error:
            raise self.error(row, f"column `{column}`: {error}") from None

    def keyed(self, *columns: str) -> dict[str, Row]:
        """Index the rows by one or more columns (joined by a space), which must be unique."""
        index: dict[str, Row] = {}
        for row in self.rows:
            key = " ".join(row.cells[c] for c in columns)
            if not key:
                raise self.error(row, f"column `{columns[0]}` is empty")
            if key in index:
                raise self.error(row, f"`{key}` is listed twice, first on line {index[key].line}; keep one of them")
            index[key] = row
        return index


def read_table(path: Path, columns: Sequence[str], *, more: bool = False) -> Table:
    """Read a CSV file with a header, commas and double quotes.

    Parameters
    ----------
    path
        UTF-8 file of at most 5 MB.
    columns
        Columns that must be there; any other is refused unless ``more``.

    Raises
    ------
    InputError
        With ``file:line``, when the header or the length of a row is not as wanted.
    """
    lines = _lines(path)
    header = next((cells for _, cells in lines), list[str]())
    _check_header(header, columns, path, more=more)
    rows: list[Row] = []
    for line, cells in lines:
        if len(cells) != len(header):
            message = f"the row has {len(cells)} cells, the header {len(header)}; quote a text that holds a comma"
            raise InputError(message, f"{shown(path)}:{line}")
        rows.append(Row(line, dict(zip(header, cells, strict=True))))
    return Table(path, tuple(header), tuple(rows))


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line on which it begins."""
    reader = csv.reader(read_text(path).splitlines(keepends=True), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"not a table: {error}; is a quotation mark left open?", f"{shown(path)}:{line}") from None


def _check_header(header: list[str], columns: Sequence[str], path: Path, *, more: bool) -> None:
    """Refuse missing, unknown and repeated columns."""
    where = f"{shown(path)}:1"
    for name in columns:
        if name not in header:
            raise InputError(f"column `{name}` is missing{nearest(name, header)}", where)
    for name in header:
        if header.count(name) > 1:
            raise InputError(f"column `{name}` stands twice in the header", where)
        if name not in columns and not more:
            raise InputError(f"unknown column `{name}`{nearest(name, columns)}", where)
