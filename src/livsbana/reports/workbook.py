"""The same tables as a workbook: one a sheet, units in the headings, text that never becomes a formula."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from livsbana.reports.cells import Table
from livsbana.reports.kinds import kind_of
from livsbana.reports.phrases import Language, phrase

# Equal answers give equal bytes, so the workbook says no time at which it was made.
NO_TIME = datetime(2000, 1, 1)
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
NAME_CHARACTERS, LABEL_WIDTH, WIDEST, NARROWEST = 31, 34, 60, 13


def write_workbook(document: BaseModel, path: Path, language: Language = "en") -> None:
    """Write the tables of a document to an Excel file.

    Parameters
    ----------
    document
        Of one of the kinds in :mod:`livsbana.reports.kinds`.
    path, language
        The file, and the language of every word; numbers are numbers.
    """
    with Workbook(str(path), OPTIONS) as book:
        book.set_properties({"created": NO_TIME})
        title = book.add_format({"bold": True, "font_size": 13})
        heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for table in kind_of(document).sheets(document, language):
            sheet = book.add_worksheet(_sheet_name(table, language))
            sheet.write_string(0, 0, table.title, title)
            _write(sheet, table, heading, wrapped)


def _sheet_name(table: Table, language: Language) -> str:
    """Name a sheet, with the number of the alternative where there are several."""
    name, _, number = table.id.partition(" ")
    return " ".join(filter(None, [phrase(f"sheet.{name}", language), number]))[:NAME_CHARACTERS]


def _write(sheet: Worksheet, table: Table, heading: Format, wrapped: Format) -> None:
    """Write headings, rows and the note of a table below its title."""
    for place, column in enumerate(table.columns):
        words = f"{column.heading} ({column.unit})" if column.unit else column.heading
        sheet.write_string(2, place, words, heading)
    sheet.set_column(0, 0, LABEL_WIDTH)
    for place in range(1, len(table.columns)):
        values = [row.cells[place - 1].value for row in table.rows if row.cells]
        longest = max((len(value) for value in values if isinstance(value, str)), default=0)
        sheet.set_column(place, place, min(max(longest, NARROWEST), WIDEST))
    for line, row in enumerate(table.rows, 3):
        sheet.write_string(line, 0, row.label, wrapped)
        for place, cell in enumerate(row.cells, 1):
            if cell.value is None or cell.value == "":
                continue
            if isinstance(cell.value, str):
                sheet.write_string(line, place, cell.value, wrapped)
            else:
                sheet.write_number(line, place, cell.value)
    if table.note:
        sheet.write_string(4 + len(table.rows), 0, table.note)
    sheet.freeze_panes(3, 1)
