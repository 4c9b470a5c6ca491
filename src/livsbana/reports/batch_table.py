"""What a batch found, as one table: a row for each scenario; what failed stands last."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from livsbana.reports.table import bullets, new_table
from livsbana.reports.words import NONE, Scale, is_clear, payer_name, scale_of
from livsbana.runs.batch_document import BatchDocument, BatchResult
from livsbana.runs.document import PUBLIC
from livsbana.runs.layout import MAIN

PAYERS = ("municipality", "region", "state", "employer", "household", "victim")
ROWS_SHOWN = 60


def batch_answer(document: BatchDocument) -> RenderableType:
    """Put together what a reader of a batch is shown: nets by payer for each scenario, then what is missing."""
    parts: list[RenderableType] = [_table(document)] if document.scenarios else []
    return Group(*parts, Text(), bullets(list(_notes(document))))


def _table(document: BatchDocument) -> RenderableType:
    shown = document.scenarios[:ROWS_SHOWN]
    scale = scale_of(r.accounts[p].net.mean for r in shown for p in (*PAYERS, PUBLIC))
    drawn = document.draws > 0
    interval = ("90 %",) if drawn else ()
    headings = ("", "Public cost", "Public net", *interval, *(payer_name(p) for p in PAYERS))
    title = f"Net by payer, present value, {scale.unit} in prices of {document.price_year}"
    table = new_table(title, headings)
    for result in shown:
        table.add_row(*_row(result, scale, drawn))
    return table


def _row(result: BatchResult, scale: Scale, drawn: bool) -> Iterator[str]:
    public = result.accounts[PUBLIC]
    structure = "" if result.structure == MAIN else f", {result.structure}"
    yield f"{result.scenario}{structure} ({result.place})"
    yield scale.text(public.programme_cost)
    yield scale.text(public.net, signed=True) if is_clear(public.net) else f"≈0 ({scale.text(public.net, signed=True)})"
    if drawn:
        yield scale.interval(public.net)
    for payer in PAYERS:
        net = result.accounts[payer].net
        yield scale.text(net, signed=True) if is_clear(net) else "≈0" if net.mean else NONE


def _notes(document: BatchDocument) -> Iterator[str]:
    """What a reader must know of the table, and what is not in it."""
    yield (
        f"{document.done:,} of {document.runs:,} runs (scenario × draw, central values among them), "
        f"{document.persons:,} persons, seed {document.seed}; fingerprint {document.fingerprint[:12]}."
    )
    if document.scenarios:
        yield "≈0: within two Monte Carlo standard errors of nothing; more --persons would tell."
    if len(document.scenarios) > ROWS_SHOWN:
        yield f"The first {ROWS_SHOWN} of {len(document.scenarios):,} scenarios; `livsbana runs query` sees all."
    if document.skipped:
        yield f"{document.skipped} files without a key `scenario:` were left alone."
    if document.unfinished:
        yield f"Not finished: {', '.join(document.unfinished[:10])}{' …' if len(document.unfinished) > 10 else ''}."
    for failure in document.failed:
        reason = failure.reason if failure.reason.startswith(failure.file) else f"{failure.file}: {failure.reason}"
        yield f"Failed: {failure.scenario} – {reason}"
