"""What a run found, as long rows in Parquet files; equal answers give equal bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from livsbana.errors import InputError
from livsbana.runs.document import Account, RunDocument

MONEY = ("programme_cost", "avoided_cost", "net", "cashable_net")
BREAK_EVEN = ("break_even_year", "lasting_break_even_year", "undiscounted_break_even_year")

_TEXT, _REAL, _WHOLE = pa.string(), pa.float64(), pa.int32()
_FLOW = [("programme_cost", _REAL), ("avoided_cost", _REAL), ("net", _REAL)]
_YEAR = [("scenario", _TEXT), ("year", _WHOLE), ("payer", _TEXT)]
_SPREAD = [("low", _REAL), ("high", _REAL), ("mc_error", _REAL)]
SCHEMAS = {
    "payers": pa.schema(
        [("scenario", _TEXT), ("payer", _TEXT), ("measure", _TEXT), ("unit", _TEXT), ("value", _REAL), *_SPREAD]
    ),
    "by_year": pa.schema([*_YEAR, *_FLOW, ("cumulative", _REAL)]),
    "budget_impact": pa.schema([*_YEAR, *_FLOW]),
    "outcomes": pa.schema(
        [
            *(("scenario", _TEXT), ("outcome", _TEXT), ("unit", _TEXT)),
            *(("baseline", _REAL), ("scenario_value", _REAL), ("difference", _REAL), *_SPREAD),
        ]
    ),
    "draws": pa.schema([("scenario", _TEXT), ("draw", _WHOLE), ("payer", _TEXT), ("measure", _TEXT), ("value", _REAL)]),
}


def write_parquet(
    document: RunDocument, folder: Path, draws: Mapping[tuple[str, str], Sequence[float]] | None = None
) -> list[Path]:
    """Write ``payers``, ``by_year``, ``budget_impact`` and ``outcomes``, and ``draws`` where there are any.

    Parameters
    ----------
    document
        The answer of one run; its scenario is the first column of every file.
    folder
        Where to write; it is made when it is not there.
    draws
        SEK in each draw, by payer (a name in ``by_year``) and measure, such as ``("state", "net")``.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    InputError
        If the folder cannot be made or written to.
    """
    rows = {
        "payers": [row for name, account in document.accounts().items() for row in _account_rows(name, account)],
        "by_year": [row.model_dump() for row in document.by_year],
        "budget_impact": [row.model_dump() for row in document.budget_impact],
        "outcomes": list(_outcome_rows(document)),
    }
    if draws:
        rows["draws"] = list(_draw_rows(draws))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(folder / f"{name}.parquet", document.scenario, name, content) for name, content in rows.items()]
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", str(folder)) from None


def _write(path: Path, scenario: str, name: str, rows: list[dict[str, Any]]) -> Path:
    """Write the rows of one file."""
    table = pa.Table.from_pylist([{"scenario": scenario, **row} for row in rows], schema=SCHEMAS[name])
    parquet.write_table(table, path, compression="zstd")
    return path


def _account_rows(payer: str, account: Account) -> Iterator[dict[str, Any]]:
    """Give the amounts of one account, SEK, and its break-even years, null for never."""
    for measure in MONEY:
        money = getattr(account, measure)
        spread = {"low": money.low, "high": money.high, "mc_error": money.mc_error}
        yield {"payer": payer, "measure": measure, "unit": "SEK", "value": money.mean, **spread}
    for measure in BREAK_EVEN:
        yield {"payer": payer, "measure": measure, "unit": "calendar year", "value": getattr(account, measure)}


def _outcome_rows(document: RunDocument) -> Iterator[dict[str, Any]]:
    """Give one row an outcome."""
    for name, outcome in document.outcomes.items():
        row = outcome.model_dump(exclude={"label", "better", "scenario"})
        yield {"outcome": name, "scenario_value": outcome.scenario, **row}


def _draw_rows(draws: Mapping[tuple[str, str], Sequence[float]]) -> Iterator[dict[str, Any]]:
    """Give one row a draw, payer and measure."""
    for (payer, measure), values in draws.items():
        for draw, value in enumerate(values):
            yield {"draw": draw, "payer": payer, "measure": measure, "value": float(value)}
