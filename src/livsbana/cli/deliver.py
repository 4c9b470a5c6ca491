"""What every command does with its answer: write it to ``--out``, and print it as a document or as tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType


def deliver(
    name: str,
    text: str,
    out: Path | None,
    json_output: bool,
    figures: Callable[[Path], Iterable[Path]],
    tables: Callable[[], RenderableType],
) -> None:
    """Write and print an answer; figures and tables, with their libraries, are made only where they are wanted.

    Parameters
    ----------
    name
        Of the JSON document in ``out``, without its ending.
    text
        The document as JSON.
    figures
        Writes figures to a folder and gives their paths.
    """
    if out is not None:
        path = out / f"{name}.json"
        path.write_text(text, encoding="utf-8")
        for written in (path, *figures(out)):
            typer.echo(f"wrote {written}", err=True)
    if json_output:
        sys.stdout.write(text)
        return
    from livsbana.reports.show import print_tables

    print_tables(tables())
