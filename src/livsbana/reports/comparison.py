"""Several runs side by side, as one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from livsbana.reports.cautions import cautions
from livsbana.reports.cells import Cell, Column, Row, Table
from livsbana.reports.grid import bullets
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.table import as_grid
from livsbana.reports.tables import PER, main_outcomes, per_1000, shown_payers
from livsbana.reports.text import scale_for
from livsbana.reports.words import NONE, Scale, break_even, count, mvpf_text, payer_name, percent, ratio
from livsbana.runs.document import PUBLIC, SOCIETY, Money, RunDocument

SQUARE = ("municipality/home", PUBLIC, SOCIETY)


def comparison(documents: Sequence[RunDocument], language: Language = "en") -> RenderableType:
    """Show several runs side by side, one column a run, and what to beware of."""
    notes = bullets(shared_cautions(documents, language))
    return Group(as_grid(comparison_table(documents, language)), Text(), notes)


def shared_cautions(documents: Sequence[RunDocument], language: Language) -> list[str]:
    """List the cautions of all runs; one that not all share says whose it is."""
    owners: dict[str, list[str]] = {}
    for document in documents:
        for note in cautions(document, language):
            owners.setdefault(note, []).append(said(document.label, language))
    return [note if len(who) == len(documents) else f"{', '.join(who)}: {note}" for note, who in owners.items()]


def comparison_table(documents: Sequence[RunDocument], language: Language = "en") -> Table:
    """Set several runs side by side."""
    scale = scale_for(documents, language)
    names = (said(document.label, language) for document in documents)
    rows: list[Row] = []
    for heading, part in _sections(documents, scale):
        rows += [Row(phrase(f"comparison.{heading}", language), kind="heading"), *part]
    title = phrase("comparison.title", language)
    return Table("comparison", title, (Column(""), *map(Column, names)), tuple(rows), unit=scale.unit)


def _sections(documents: Sequence[RunDocument], scale: Scale) -> Iterator[tuple[str, list[Row]]]:
    """Give the headings, and under each its rows with one cell a run."""
    language = scale.language
    people = {
        "persons": [Cell(count(d.population, language), d.population) for d in documents],
        "participants": [Cell(count(d.participants, language), d.participants) for d in documents],
    }
    costs = {
        "cost": [_money(d.public.programme_cost, scale) for d in documents],
        "avoided": [_money(d.public.avoided_cost, scale) for d in documents],
    }
    sek = phrase("unit.sek", language)
    yield "size", [*_rows(people, language), *_rows(costs, language, sek)]
    payers = _payers(documents)
    nets = {p: [_money(d.accounts()[p].net, scale, signed=True) for d in documents] for p in payers}
    yield "net", [Row(payer_name(p, language), tuple(cells), payer=p, level=1, unit=sek) for p, cells in nets.items()]
    squares = {p: [break_even(d.accounts()[p], language) for d in documents] for p in SQUARE}
    yield (
        "square",
        [Row(payer_name(p, language), tuple(Cell(y, y) for y in s), payer=p, level=1) for p, s in squares.items()],
    )
    found = {
        "recovery": [Cell(percent(d.recovery_share, language), d.recovery_share) for d in documents],
        "bcr": [Cell(ratio(d.bcr, language), d.bcr) for d in documents],
        "mvpf": [Cell(mvpf_text(d.mvpf, language), d.mvpf.value) for d in documents],
        "wrong_pocket": [Cell(ratio(d.wrong_pocket_index, language), d.wrong_pocket_index) for d in documents],
    }
    yield "ratios", _rows(found, language)
    yield "differences", _differences(documents, language)


def _rows(named: dict[str, list[Cell]], language: Language, unit: str = "") -> list[Row]:
    """Give one row a name of the catalogue."""
    return [
        Row(phrase(f"comparison.{name}", language), tuple(cells), level=1, unit=unit) for name, cells in named.items()
    ]


def _money(money: Money, scale: Scale, signed: bool = False) -> Cell:
    """Write an amount with its interval below."""
    interval = scale.interval(money) if signed and money.low is not None else ""
    return Cell(scale.text(money, signed), money.mean, interval)


def _payers(documents: Sequence[RunDocument]) -> list[str]:
    """List the payers that any run shows; the state as a whole."""
    shown = {payer for document in documents for payer in shown_payers(document)}
    return [payer for payer in documents[0].accounts() if payer in shown and not payer.startswith("state/")]


def _differences(documents: Sequence[RunDocument], language: Language) -> list[Row]:
    """Write the difference of every outcome that any run has."""
    labels = {name: outcome.label for d in reversed(documents) for name, outcome in main_outcomes(d).items()}
    return [
        Row(said(label, language), tuple(_difference(document, name, language) for document in documents), level=1)
        for name, label in labels.items()
    ]


def _difference(document: RunDocument, name: str, language: Language) -> Cell:
    """Write the difference of one outcome per 1,000; a dash where a run does not have it."""
    outcome = document.outcomes.get(name)
    if outcome is None:
        return Cell(NONE)
    return Cell(per_1000(outcome, language)[2], PER * outcome.difference / outcome.persons)
