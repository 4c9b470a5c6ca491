"""All results of a batch as Parquet: what ``livsbana runs query`` and other programs read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from livsbana.runs.batch_document import BatchDocument
from livsbana.runs.document import Money
from livsbana.runs.layout import Layout
from livsbana.runs.result import MEASURES, unpack
from livsbana.runs.store import Store
from livsbana.runs.summary import Headers, flows_by_year

_TEXT, _REAL, _WHOLE = pa.dictionary(pa.int32(), pa.string()), pa.float64(), pa.int32()
_RUN = [("scenario", _TEXT), ("structure", _TEXT)]
_SPREAD = [("low", _REAL), ("high", _REAL), ("mc_error", _REAL)]
SCHEMAS = {
    "summary": pa.schema([*_RUN, ("payer", _TEXT), ("measure", _TEXT), ("value", _REAL), *_SPREAD]),
    "effects": pa.schema(
        [*_RUN, ("outcome", _TEXT), ("baseline", _REAL), ("scenario_value", _REAL), ("difference", _REAL), *_SPREAD]
    ),
    "by_year": pa.schema(
        [*_RUN, ("payer", _TEXT), ("year", _WHOLE), ("programme_cost", _REAL), ("avoided_cost", _REAL)]
    ),
    "runs": pa.schema([*_RUN, ("draw", _WHOLE), ("payer", _TEXT), *((m, _REAL) for m in MEASURES)]),
    "outcomes": pa.schema(
        [*_RUN, ("draw", _WHOLE), ("outcome", _TEXT), ("baseline", _REAL), ("scenario_value", _REAL)]
    ),
}
FOLDER, STAMP = "results", "results/made_from"


def write_results(layout: Layout, store: Store, headers: Headers, document: BatchDocument) -> list[str]:
    """Write ``results/*.parquet``, unless they were made from these very blocks.

    ``summary`` and ``effects`` hold means with intervals; ``by_year`` mean discounted flows; ``runs`` and
    ``outcomes`` every draw, the central values as draw -1.

    Returns
    -------
    list of str
        Names of the files, relative to the store's folder.

    Raises
    ------
    Damaged
        When the arrays of a block are not as they were written.
    """
    made_from = f"{document.fingerprint} {document.done}/{document.runs} {len(document.scenarios)}\n".encode()
    names = [f"{FOLDER}/{name}.parquet" for name in SCHEMAS]
    stamp = store.folder / STAMP
    if stamp.is_file() and stamp.read_bytes() == made_from and all((store.folder / n).is_file() for n in names):
        return names
    rows: dict[str, Callable[[], Iterator[Sequence[Any]]]] = {
        "summary": lambda: _summary(document),
        "effects": lambda: _effects(document),
        "by_year": lambda: _by_year(layout, store, headers),
        "runs": lambda: _runs(headers),
        "outcomes": lambda: _outcomes(headers),
    }
    for name, path in zip(SCHEMAS, names, strict=True):
        store.save(path, _parquet(SCHEMAS[name], rows[name]()))
    store.save(STAMP, made_from)
    return names


def _parquet(schema: pa.Schema, rows: Iterator[Sequence[Any]]) -> bytes:
    """A Parquet file of rows whose fields are in the order of the schema."""
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    file = BytesIO()
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), file, compression="zstd")
    return file.getvalue()


def _spread(money: Money) -> tuple[float | None, float | None, float]:
    return money.low, money.high, money.mc_error


def _summary(document: BatchDocument) -> Iterator[Sequence[Any]]:
    for result in document.scenarios:
        for payer, account in result.accounts.items():
            for measure in MEASURES:
                money: Money = getattr(account, measure)
                yield result.scenario, result.structure, payer, measure, money.mean, *_spread(money)


def _effects(document: BatchDocument) -> Iterator[Sequence[Any]]:
    for result in document.scenarios:
        for outcome, o in result.outcomes.items():
            worlds = o.baseline, o.scenario, o.difference
            yield result.scenario, result.structure, outcome, *worlds, o.low, o.high, o.mc_error


def _by_year(layout: Layout, store: Store, headers: Headers) -> Iterator[Sequence[Any]]:
    for entry, structure, accounts, flows in flows_by_year(layout, store, headers):
        years = range(entry.horizon[0], entry.horizon[1] + 1)
        for payer, (cost, avoided) in zip(accounts, flows, strict=True):
            for year, c, a in zip(years, cost.tolist(), avoided.tolist(), strict=True):
                yield entry.id, structure, payer, year, c, a


def _runs(headers: Headers) -> Iterator[Sequence[Any]]:
    for (scenario, structure, draw), header in headers.items():
        found = unpack(header.totals)
        for payer, amounts in zip(found.accounts, found.amounts.tolist(), strict=True):
            yield scenario, structure, draw, payer, *amounts[: len(MEASURES)]


def _outcomes(headers: Headers) -> Iterator[Sequence[Any]]:
    for (scenario, structure, draw), header in headers.items():
        found = unpack(header.totals)
        for outcome, (baseline, other, _) in zip(found.outcomes, found.effects.tolist(), strict=True):
            yield scenario, structure, draw, outcome, baseline, other
