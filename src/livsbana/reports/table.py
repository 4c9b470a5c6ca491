"""What one run found, as tables for a terminal of 80 columns or more."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from livsbana.reports.answer_tables import all_tables
from livsbana.reports.asked import asked_tables
from livsbana.reports.cautions import cautions, evidence_line
from livsbana.reports.cells import Cell, Row, Table
from livsbana.reports.grid import bullets, new_table
from livsbana.reports.phrases import Language, said
from livsbana.reports.sharing import sharing
from livsbana.reports.text import headline, ratios, setting
from livsbana.runs.document import RunDocument


def answer(document: RunDocument, language: Language = "en") -> RenderableType:
    """Put together everything that a reader of one run is shown."""
    return Group(
        Text(said(document.label, language), style="bold"),
        Text(setting(document, language), style="dim"),
        _below(Text(headline(document, language))),
        *(_below(as_grid(table)) for table in all_tables(document, language)),
        *map(_below, asked_tables(document, language)),
        _below(sharing(document.cost_sharing, language)),
        _below(Text(ratios(document, language))),
        _below(Text(evidence_line(document, language))),
        _below(bullets(cautions(document, language))),
    )


def render(content: RenderableType, width: int = 80) -> str:
    """Write tables as plain text.

    Parameters
    ----------
    content
        From any function of this module.
    width
        Columns.
    """
    console = Console(width=width, color_system=None, highlight=False, legacy_windows=False)
    with console.capture() as captured:
        console.print(content)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def as_grid(table: Table) -> Grid:
    """Set a table for a terminal: labels to the left, numbers to the right."""
    shown = table.shown_columns()
    grid = new_table(table.heading, (table.columns[i].heading for i in shown))
    grid.caption = table.note or None
    if table.id == "payers":
        grid.columns[0].no_wrap = grid.columns[3].no_wrap = True
    for row in table.rows:
        if row.kind:
            grid.add_section()
        grid.add_row(_label(row), *(_written(row.cells[i - 1]) for i in shown[1:] if row.cells))
    return grid


def _label(row: Row) -> RenderableType:
    """Write the label of a row, parts indented."""
    style = {"heading": "italic", "total": "bold"}.get(row.kind, "")
    words = Text(row.label, style=style)
    return Padding(words, (0, 0, 0, 2)) if row.level else words


def _written(cell: Cell) -> Text:
    """Write a cell, with its second line below."""
    words = Text(cell.text, style="bold" if cell.is_strong else "")
    return words.append(f"\n{cell.below}", style="not bold") if cell.below else words


def _below(content: RenderableType) -> Padding:
    """Leave an empty line above."""
    return Padding(content, (1, 0, 0, 0))
