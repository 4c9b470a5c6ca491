"""Several runs side by side, as one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from livsbana.reports.table import bullets, indented, main_outcomes, new_table, per_1000, shown_payers
from livsbana.reports.text import cautions, scale_for
from livsbana.reports.words import NONE, Language, Scale, break_even, mvpf_text, payer_name, percent, ratio, said
from livsbana.runs.document import PUBLIC, SOCIETY, RunDocument

SQUARE = ("municipality/home", PUBLIC, SOCIETY)


def comparison(documents: Sequence[RunDocument], language: Language = "en") -> RenderableType:
    """Show several runs side by side, one column a run.

    Parameters
    ----------
    documents
        Answers in the order to show.
    language
        Of labels; headings are English.
    """
    scale = scale_for(documents)
    names = [said(document.label, language) for document in documents]
    table = new_table(f"The alternatives, present value, {scale.unit}", ("", *names))
    for heading, rows in _sections(documents, scale, language):
        table.add_section()
        table.add_row(Text(heading, style="italic"))
        for label, cells in rows:
            table.add_row(indented(label), *cells)
    return Group(table, Text(), bullets(_notes(documents, names, language)))


def _notes(documents: Sequence[RunDocument], names: Sequence[str], language: Language) -> list[str]:
    """List the cautions of all runs; one that not all share says whose it is."""
    owners: dict[str, list[str]] = {}
    for document, name in zip(documents, names, strict=True):
        for note in cautions(document, language):
            owners.setdefault(note, []).append(name)
    return [note if len(who) == len(names) else f"{', '.join(who)}: {note}" for note, who in owners.items()]


Row = tuple[str, list[str]]


def _sections(documents: Sequence[RunDocument], scale: Scale, language: Language) -> Iterator[tuple[str, list[Row]]]:
    """Give the headings, and under each its rows with one cell a run."""
    yield (
        "Size",
        [
            ("Persons", [f"{d.population:,.0f}" for d in documents]),
            ("Participants", [f"{d.participants:,.0f}" for d in documents]),
            ("Public programme cost", [scale.text(d.public.programme_cost) for d in documents]),
            ("Public avoided cost", [scale.text(d.public.avoided_cost) for d in documents]),
        ],
    )
    yield "Net", [(payer_name(p, language), _nets(documents, p, scale)) for p in _payers(documents)]
    yield (
        "Breaks even, first / lasting year",
        [(payer_name(p, language), [break_even(d.accounts()[p]) for d in documents]) for p in SQUARE],
    )
    yield (
        "Ratios",
        [
            ("Public recovery", [percent(d.recovery_share) for d in documents]),
            ("Benefit–cost", [ratio(d.bcr) for d in documents]),
            ("MVPF", [mvpf_text(d.mvpf) for d in documents]),
            ("Wrong-pocket index", [ratio(d.wrong_pocket_index) for d in documents]),
        ],
    )
    yield "Difference per 1,000 persons", _differences(documents, language)


def _payers(documents: Sequence[RunDocument]) -> list[str]:
    """List the payers that any run shows; the state as a whole."""
    shown = {payer for document in documents for payer in shown_payers(document)}
    return [payer for payer in documents[0].accounts() if payer in shown and not payer.startswith("state/")]


def _nets(documents: Sequence[RunDocument], payer: str, scale: Scale) -> list[str]:
    """Write one payer's net in each run."""
    return [scale.text(document.accounts()[payer].net, signed=True) for document in documents]


def _differences(documents: Sequence[RunDocument], language: Language) -> list[Row]:
    """Write the difference of every outcome that any run has."""
    labels = {name: outcome.label for d in reversed(documents) for name, outcome in main_outcomes(d).items()}
    return [
        (
            said(label, language),
            [per_1000(d.outcomes[name])[2] if name in d.outcomes else NONE for d in documents],
        )
        for name, label in labels.items()
    ]
