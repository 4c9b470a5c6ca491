"""Read a workbook into the same nested text that the YAML reader gives, each value with its cell."""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from livsbana.errors import InputError
from livsbana.parameters.reader import MAX_BYTES, Document, Node, Position, Steps, nearest, shown
from livsbana.pilots.personal import identity_number, is_identity_heading
from livsbana.pilots.sheets import SHEETS, Field, Sheet

MOST_ROWS, MOST_COLUMNS = 500, 30
MOST_UNPACKED = 50_000_000
HEADINGS_ROW, FIRST_ROW = 1, 3  # row 2 of a table is help
A_SHEET = 1_000_000  # rows of all sheets lie one after another when mistakes are sorted


@dataclass(frozen=True)
class CellDocument(Document):
    """A workbook as text; places are cells."""

    sheets: tuple[str, ...] = ()

    def where(self, steps: Steps = (), *, key: bool = False) -> str:
        """Give ``file:Sheet!B7`` of the value at ``steps``, or of its heading."""
        line, column = self.position(steps, key=key)
        return f"{shown(self.path)}:{self.sheets[line // A_SHEET]}!{column_name(column)}{line % A_SHEET}"


def column_name(column: int) -> str:
    """Letters of a column, from 1."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def read_workbook(path: Path) -> CellDocument:
    """Read a pilot's workbook: values only, no formula is computed and no link followed.

    Raises
    ------
    InputError
        With ``file:Sheet!B7``, for what is no workbook, a missing sheet, an unknown heading or an error value.
    """
    found = _Builder(path)
    for order, (name, rows) in enumerate(_sheets(path)):
        found.sheets.append(name)
        sheet = next((s for s in SHEETS if name.casefold() in {n.casefold() for n in s.name}), None)
        _refuse_identity(path, name, rows)
        if sheet is None:
            known = [n for s in SHEETS for n in s.name]
            hint = nearest(name, known)
            if hint:
                raise InputError(f"unknown sheet `{name}`{hint}", f"{shown(path)}:{name}!A1")
            continue
        (found.down if sheet.key is None else found.across)(sheet, order, rows)
    return found.document()


def _sheets(path: Path) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Names and rows of all sheets; a file that unpacks to very much is refused before it is opened."""
    from openpyxl import load_workbook

    if not path.is_file():
        raise InputError("no such file", shown(path))
    if path.stat().st_size > MAX_BYTES:
        raise InputError("the file is larger than 5 MB; a logic model is small", shown(path))
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise InputError("the workbook unpacks to more than 50 MB; a logic model is small", shown(path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        return [
            (sheet.title, list(sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)))
            for sheet in book.worksheets
        ]
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 (openpyxl lets whatever a broken part raises pass)
        raise InputError(f"this is no Excel workbook (.xlsx): {type(error).__name__}", shown(path)) from None


def _refuse_identity(path: Path, name: str, rows: list[tuple[Any, ...]]) -> None:
    """Refuse personal identity numbers and columns for them, on every sheet."""
    for r, row in enumerate(rows, 1):
        for c, cell in enumerate(row, 1):
            text = _plain(cell)
            if identity_number(text) or is_identity_heading(text):
                message = (
                    "found what looks like a personal identity number; remove it, a logic model holds no personal data"
                )
                raise InputError(message, f"{shown(path)}:{name}!{column_name(c)}{r}")


def _plain(cell: object) -> str:
    """Write a cell as the YAML reader would have read it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() else repr(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()


class _Builder:
    """Builds one document from sheets."""

    def __init__(self, path: Path) -> None:
        self.path, self.node = path, {}
        self.sheets: list[str] = []
        self.keys: dict[Steps, Position] = {}
        self.values: dict[Steps, Position] = {(): Position(1, 1)}

    def down(self, sheet: Sheet, order: int, rows: list[tuple[Any, ...]]) -> None:
        """Read headings in column A and values in column B."""
        for r, row in enumerate(rows, 1):
            heading, value = (_plain(row[c]) if len(row) > c else "" for c in (0, 1))
            if r == HEADINGS_ROW or not heading:
                continue
            field = self._field(sheet, heading, order, r, 1)
            if value:
                self._put(field, (), value, Position(order * A_SHEET + r, 2), Position(order * A_SHEET + r, 1))

    def across(self, sheet: Sheet, order: int, rows: list[tuple[Any, ...]]) -> None:
        """Read headings in the first row and one item in each row from the third."""
        assert sheet.key is not None
        headings = [_plain(cell) for cell in rows[0]] if rows else []
        fields = [self._field(sheet, h, order, HEADINGS_ROW, c) if h else None for c, h in enumerate(headings, 1)]
        items: list[Node] = []
        self.values[sheet.key,] = Position(order * A_SHEET + FIRST_ROW, 1)
        for r, row in enumerate(rows[FIRST_ROW - 1 :], FIRST_ROW):
            cells = [(f, _plain(cell), c) for c, (f, cell) in enumerate(zip(fields, row, strict=False), 1)]
            if not any(text for _, text, _ in cells):
                continue
            base = (sheet.key, len(items))
            items.append({})
            self.node[sheet.key] = items
            self.values[base] = Position(order * A_SHEET + r, 1)
            for field, text, c in cells:
                if field is not None and text:
                    here = Position(order * A_SHEET + r, c)
                    self._put(field, base, text, here, here)

    def _field(self, sheet: Sheet, heading: str, order: int, row: int, column: int) -> Field:
        """Find what a heading means, in either language."""
        wanted = heading.casefold()
        for field in sheet.fields:
            if wanted in {h.casefold() for h in (*field.heading, "/".join(map(str, field.steps)))}:
                return field
        known = [h for f in sheet.fields for h in f.heading]
        where = f"{shown(self.path)}:{self.sheets[order]}!{column_name(column)}{row}"
        raise InputError(
            f"found the heading `{heading}`{nearest(heading, known) or ', wanted ' + ', '.join(known)}", where
        )

    def _put(self, field: Field, base: Steps, text: str, value: Position, key: Position) -> None:
        """Put a text at its place; a list lies in one cell with commas between."""
        steps, node = (*base, *field.steps), self.node
        for step, after in pairwise(steps):
            if isinstance(node, dict):
                node = node.setdefault(str(step), [] if isinstance(after, int) else {})
            else:
                node = node[int(step)]
        for k in range(len(base), len(steps)):
            self.values.setdefault(steps[: k + 1], value)
            self.keys.setdefault(steps[: k + 1], key)
        if isinstance(node, list):
            node.append(text)
        elif field.steps[-1] == "where":
            node["where"] = [part.strip() for part in text.split(",") if part.strip()]
        else:
            node[str(steps[-1])] = _dotted(text) if field.steps[-1] in ("value", "change_pp", "sek") else text

    def document(self) -> CellDocument:
        """The whole workbook; what is missing is missed on the first sheet."""
        if not self.sheets:
            raise InputError("the workbook has no sheet", shown(self.path))
        return CellDocument(self.path, self.node, self.keys, self.values, tuple(self.sheets))


def _dotted(text: str) -> str:
    """Read a decimal comma, as Swedish Excel writes numbers that were typed as text."""
    return text.replace(",", ".").replace("−", "-").replace("\N{NO-BREAK SPACE}", "") if text.count(",") == 1 else text
