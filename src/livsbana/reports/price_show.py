"""Print a price on stdout and write its files."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from livsbana.pricing.document import PriceDocument
from livsbana.reports.price_figure import write_price_figure
from livsbana.reports.price_table import price_answer
from livsbana.reports.show import WIDEST


def print_price(document: PriceDocument) -> None:
    """Print the tables that a person reads."""
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDEST, highlight=False).print(
        price_answer(document)
    )


def write_price(document: PriceDocument, out: Path) -> list[Path]:
    """Write the JSON document and the figure.

    Returns
    -------
    list of Path
        What was written.
    """
    path = out / "price.json"
    path.write_text(document.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return [path, *write_price_figure(document, out)]
