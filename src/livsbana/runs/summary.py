"""From finished blocks to what a batch answers; reads headers only, but for the flows by year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from livsbana.runs.answer import summarise
from livsbana.runs.batch_document import BatchAccount, BatchDocument, BatchOutcome, BatchResult, Failure
from livsbana.runs.block import Damaged, Header
from livsbana.runs.grid import CENTRAL, Cell
from livsbana.runs.layout import Entry, Layout
from livsbana.runs.provenance import digest
from livsbana.runs.result import BY_YEAR, MEASURES, unpack
from livsbana.runs.store import Store

Headers = dict[Cell, Header]


def gather(
    store: Store, keys: Mapping[Cell, str], known: Headers | None = None, whole: bool = False
) -> tuple[Headers, dict[Cell, str]]:
    """The headers of the cells whose blocks are there, and what is wrong with those that are damaged.

    Parameters
    ----------
    known
        Headers that were read before.
    whole
        Check the arrays too, which no total depends on.
    """
    read = store.check if whole else store.header
    there, found, damaged = store.keys(), dict(known or {}), {}
    for cell, key in keys.items():
        if cell in found or key not in there:
            continue
        try:
            found[cell] = read(key)
        except Damaged as error:
            damaged[cell] = str(error)
    return {cell: found[cell] for cell in keys if cell in found}, damaged


def fingerprint(headers: Headers) -> str:
    """A digest of all results; equal ones mean equal results to the last bit."""
    return digest({h.key: h.checksum for h in headers.values()})


def document_of(
    layout: Layout, store: Store, headers: Headers, failed: Sequence[Failure] = (), skipped: int = 0
) -> BatchDocument:
    """Sum up a batch, finished or not."""
    runs = len(layout.scenarios) * len(layout.structures) * (layout.draws + 1)
    lost = {f.file for f in failed}
    unfinished, results = [], []
    for entry in layout.scenarios:
        for structure in layout.structures:
            draws = draws_of_cell(layout, headers, entry, structure)
            if len(draws) == layout.draws + 1:
                results.append(_result(entry, structure, draws))
            elif entry.file not in lost and entry.id not in unfinished:
                unfinished.append(entry.id)
    return BatchDocument(
        folder=str(store.folder),
        persons=layout.persons,
        seed=layout.seed,
        draws=layout.draws,
        preset=layout.preset,
        price_year=layout.price_year,
        runs=runs,
        done=len(headers),
        fingerprint=fingerprint(headers),
        scenarios=results,
        unfinished=unfinished,
        failed=list(failed),
        skipped=skipped,
    )


def draws_of_cell(layout: Layout, headers: Headers, entry: Entry, structure: str) -> list[Header]:
    """The finished evaluations of one scenario under one structure: central values first, then the draws."""
    cells = (Cell(entry.id, structure, draw) for draw in (CENTRAL, *range(layout.draws)))
    return [headers[cell] for cell in cells if cell in headers]


def _result(entry: Entry, structure: str, draws: Sequence[Header]) -> BatchResult:
    totals = [unpack(h.totals) for h in draws]
    people = [t.participants for t in totals]
    amounts, effects = np.stack([t.amounts for t in totals]), np.stack([t.effects for t in totals])
    return BatchResult(
        scenario=entry.id,
        structure=structure,
        label=entry.label,
        place=entry.place,
        population=entry.population,
        persons=entry.persons,
        participants=float(np.mean(people[1:] or people)),
        accounts={name: _account(amounts[:, k]) for k, name in enumerate(totals[0].accounts)},
        outcomes={name: _outcome(effects[:, k]) for k, name in enumerate(totals[0].outcomes)},
    )


def _account(amounts: np.ndarray) -> BatchAccount:
    """One account from amounts [draw, 8]; its Monte Carlo errors are those of the central values, as in a run."""
    n = len(MEASURES)
    return BatchAccount(
        **{m: summarise(amounts[:, k].tolist(), float(amounts[0, n + k])) for k, m in enumerate(MEASURES)}
    )


def _outcome(effects: np.ndarray) -> BatchOutcome:
    """One outcome from effects [draw, 3], central values first."""
    drawn = effects[1:] if len(effects) > 1 else effects
    difference = summarise((effects[:, 1] - effects[:, 0]).tolist(), float(effects[0, 2]))
    return BatchOutcome(
        baseline=float(drawn[:, 0].mean()),
        scenario=float(drawn[:, 1].mean()),
        difference=difference.mean,
        low=difference.low,
        high=difference.high,
        mc_error=difference.mc_error,
    )


def flows_by_year(layout: Layout, store: Store, headers: Headers) -> Iterator[tuple[Entry, str, list[str], np.ndarray]]:
    """Mean discounted flows of each finished scenario.

    Yields
    ------
    entry, structure, accounts, flows
        ``flows`` [account, (cost, avoided), year] from the first year of ``entry.horizon``.

    Raises
    ------
    Damaged
        When the arrays of a block are not as written; the text begins with its key.
    """
    for entry in layout.scenarios:
        for structure in layout.structures:
            draws = draws_of_cell(layout, headers, entry, structure)
            if len(draws) == layout.draws + 1:
                flows = np.mean([_by_year(store, h.key) for h in draws[1:] or draws], axis=0)
                yield entry, structure, draws[0].totals["accounts"], flows


def _by_year(store: Store, key: str) -> np.ndarray:
    try:
        return store.read(key, BY_YEAR)[1][BY_YEAR]
    except Damaged as error:
        raise Damaged(key, str(error)) from None
