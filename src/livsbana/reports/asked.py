"""Tables of what a run finds only where it is asked: effects needed to break even, and credit."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from livsbana.reports.grid import indented, new_table
from livsbana.reports.phrases import Language, said
from livsbana.reports.text import scale_for
from livsbana.reports.words import NONE, number, payer_name
from livsbana.runs.document import BreakEvenEffect, RunDocument


def asked_tables(document: RunDocument, language: Language = "en") -> list[Table]:
    """Give the tables for which there is something to show."""
    tables = []
    if any(effect.break_even for programme in document.programmes for effect in programme.effects):
        tables.append(unknown_table(document, language))
    if any(programme.credit for programme in document.programmes):
        tables.append(credit_table(document, language))
    return tables


def unknown_table(document: RunDocument, language: Language = "en") -> Table:
    """Show how strong each effect that nobody has measured must be for the programme to pay for itself."""
    headings = ("Programme and what it should change", "Public", "Society", "Who pays for it")
    table = new_table("Effects that nobody has measured: what they must be to break even", headings)
    for programme in document.programmes:
        asked = [effect for effect in programme.effects if effect.break_even]
        if asked:
            table.add_row(Text(said(programme.label, language)))
        for effect in asked:
            assert effect.break_even is not None
            found = effect.break_even
            own = [f"{payer_name(name, language)} {_needed(r, found)}" for name, r in found.payers.items()]
            cells = (_needed(found.public, found), _needed(found.society, found), "\n".join(own))
            table.add_row(indented(said(effect.label, language)), *cells)
    table.caption = (
        "Change in the share with it among those who complete, odds for a value of a category; every other effect as "
        "it is. A target is no effect: these are what a study would have to find."
    )
    return table


def _needed(root: float | None, found: BreakEvenEffect) -> str:
    """Write a break-even ratio as a change in percent."""
    if root is None:
        return f"not at {number(100 * (found.strongest - 1), 0, signed=True)} %"
    return "none needed" if root == 1 else f"{number(100 * (root - 1), 0, signed=True)} %"


def credit_table(document: RunDocument, language: Language = "en") -> Table:
    """Show how the package's net is shared between its programmes, beside what the package loses without each."""
    scale = scale_for([document])
    headings = ("Programme", "Public, credit", "Society, credit", "Society, without it")
    table = new_table(f"Credit: who stands for what of the net, {scale.unit}", headings)
    for programme in document.programmes:
        credit, alone = programme.credit, programme.net_society
        if credit is not None:
            nets = [scale.text(net, signed=True) for net in (credit.net_public, credit.net_society)]
            last = NONE if alone is None else scale.text(alone, signed=True)
            table.add_row(Text(said(programme.label, language)), *nets, last)
    table.caption = (
        "Credit: what a programme adds, averaged over all orders of joining (Shapley); credits sum to the package at "
        "central values. Without it: what the package would lose, which does not sum."
    )
    return table
