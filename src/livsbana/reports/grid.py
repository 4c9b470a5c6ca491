"""The look that all tables of a terminal have."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

MIN_WIDTH = 66


def indented(words: str) -> Padding:
    """Set words in, on every line that they fill."""
    return Padding(Text(words), (0, 0, 0, 2))


def bullets(lines: Iterable[str]) -> Table:
    """Write lines with a mark each."""
    grid = Table.grid(padding=(0, 1))
    for line in lines:
        grid.add_row("!", Text(line))
    return grid


def new_table(title: str, headings: Iterable[str]) -> Table:
    """Make a table of a column of labels and columns of numbers, as all tables are made."""
    table = Table(
        title=Text(title, style="bold"),
        title_justify="left",
        caption_justify="left",
        caption_style="dim",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        min_width=MIN_WIDTH,
    )
    for index, heading in enumerate(headings):
        table.add_column(Text(heading), justify="right" if index else "left", overflow="fold")
    return table
