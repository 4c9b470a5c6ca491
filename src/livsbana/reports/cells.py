"""A table as such: made once, then written on a terminal, in a page or in a spreadsheet."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from livsbana.runs.document import Money

Value: TypeAlias = "str | int | float | None"


class Column(NamedTuple):
    """A heading; the unit and form of the values in a spreadsheet; whether only a spreadsheet has the column."""

    heading: str
    unit: str = ""
    form: str = ""
    sheet_only: bool = False


class Cell(NamedTuple):
    """What a reader sees, the value that a spreadsheet holds, and a second line in small print."""

    text: str
    value: Value = None
    below: str = ""
    is_strong: bool = False


class Row(NamedTuple):
    """A label and one cell for each column after the first.

    ``payer`` is a name of ``by_year`` when the row is about one; a heading has no cells; a total begins a
    part of its own. ``unit`` is that of the row's values in a spreadsheet, where columns have none.
    """

    label: str
    cells: tuple[Cell, ...] = ()
    payer: str = ""
    level: int = 0
    kind: Literal["", "heading", "total"] = ""
    unit: str = ""


class Table(NamedTuple):
    """A title that says what is shown, columns, rows, how to read them, and the unit of money as it is shown."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    unit: str = ""

    @property
    def heading(self) -> str:
        """The title with the unit of what is shown; a spreadsheet has units of its own."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    def shown_columns(self) -> list[int]:
        """Positions of the columns that a page shows; the label is column 0."""
        return [i for i, column in enumerate(self.columns) if not column.sheet_only]


def spread_cells(money: Money) -> tuple[Cell, ...]:
    """Give the interval and the simulation error of an amount, for a spreadsheet."""
    return tuple(Cell("", value) for value in (money.low, money.high, money.mc_error))
