"""The same tables as a workbook: one a sheet, units in the headings, text that never becomes a formula."""

from __future__ import annotations

import textwrap
from datetime import datetime
from math import ceil
from pathlib import Path

from pydantic import BaseModel
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from livsbana.reports.cells import Column, Table
from livsbana.reports.kinds import kind_of
from livsbana.reports.phrases import Language, phrase

# Equal answers give equal bytes, so the workbook says no time at which it was made.
NO_TIME = datetime(2000, 1, 1)
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
NAME_CHARACTERS, NOTE_CHARACTERS = 31, 110
# Widths in characters, heights in points.
LABEL_WIDTH, WIDEST, NARROWEST, LINE_HEIGHT = 38, 70, 14, 15
HEADING_ROW, FIRST_ROW = 2, 3
A4 = 9


def write_workbook(document: BaseModel, path: Path, language: Language = "en") -> None:
    """Write the tables of a document to an Excel file.

    Parameters
    ----------
    document
        Of one of the kinds in :mod:`livsbana.reports.kinds`.
    path, language
        The file, and the language of every word; numbers are numbers, money whole SEK to look at.
    """
    with Workbook(str(path), OPTIONS) as book:
        book.set_properties({"created": NO_TIME})
        sheets = _Sheets(book)
        for table in kind_of(document).sheets(document, language):
            sheets.add(table, _sheet_name(table, language))


def _sheet_name(table: Table, language: Language) -> str:
    """Name a sheet, with the number of the alternative where there are several."""
    name, _, number = table.id.partition(" ")
    return " ".join(filter(None, [phrase(f"sheet.{name}", language), number]))[:NAME_CHARACTERS]


def _with_unit(words: str, unit: str) -> str:
    return f"{words} ({unit})" if unit else words


class _Sheets:
    """The sheets of one workbook, which share their formats."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._title = book.add_format({"bold": True, "font_size": 13})
        self._heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        self._words = book.add_format({"text_wrap": True, "valign": "top"})
        self._part = book.add_format({"text_wrap": True, "valign": "top", "indent": 1})
        self._bold = book.add_format({"bold": True})
        self._forms: dict[str, Format] = {}

    def add(self, table: Table, name: str) -> None:
        """Write one table on a sheet of its own."""
        sheet = self._book.add_worksheet(name)
        sheet.write_string(0, 0, table.title, self._title)
        widths = _widths(table)
        for place, (column, width) in enumerate(zip(table.columns, widths, strict=True)):
            sheet.write_string(HEADING_ROW, place, _with_unit(column.heading, column.unit), self._heading)
            sheet.set_column(place, place, width)
        self._write_rows(sheet, table, widths)
        for line, words in enumerate(textwrap.wrap(table.note, NOTE_CHARACTERS), FIRST_ROW + len(table.rows) + 1):
            sheet.write_string(line, 0, words)
        sheet.freeze_panes(FIRST_ROW, 1)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADING_ROW)

    def _write_rows(self, sheet: Worksheet, table: Table, widths: list[int]) -> None:
        """Write labels and values; a row is as high as its longest text."""
        for line, row in enumerate(table.rows, FIRST_ROW):
            label = _with_unit(row.label, row.unit)
            form = self._bold if row.kind == "heading" else self._part if row.level else self._words
            sheet.write_string(line, 0, label, form)
            lines = ceil(len(label) / LABEL_WIDTH)
            for place, cell in enumerate(row.cells, 1):
                if cell.value is None or cell.value == "":
                    continue
                if isinstance(cell.value, str):
                    sheet.write_string(line, place, cell.value, self._words)
                    lines = max(lines, ceil(len(cell.value) / widths[place]))
                else:
                    sheet.write_number(line, place, cell.value, self._form(table.columns[place]))
            if lines > 1:
                sheet.set_row(line, LINE_HEIGHT * lines)

    def _form(self, column: Column) -> Format:
        """Give the format of a column's numbers."""
        if column.form not in self._forms:
            self._forms[column.form] = self._book.add_format(
                {"valign": "top", **({"num_format": column.form} if column.form else {})}
            )
        return self._forms[column.form]


def _widths(table: Table) -> list[int]:
    """Give each column the width of its longest text, within limits."""
    widths = [LABEL_WIDTH]
    for place in range(1, len(table.columns)):
        values = [row.cells[place - 1].value for row in table.rows if row.cells]
        longest = max((len(value) for value in values if isinstance(value, str)), default=0)
        widths.append(min(max(longest + 1, NARROWEST), WIDEST))
    return widths
