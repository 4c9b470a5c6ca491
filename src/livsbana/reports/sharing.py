"""How the bill could be shared, as a table and in words."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from livsbana.reports.grid import new_table
from livsbana.reports.words import CLEAR_ERRORS, NONE, Language, Scale, payer_name, percent, scale_of
from livsbana.runs.document import CostSharing, PartyShare

PERIODS = {"mandate": "Within the first mandate", "horizon": "Over the whole horizon"}


def sharing(found: Sequence[CostSharing], language: Language = "en") -> RenderableType:
    """Show for each period who would pay what so that nobody loses, or that there is no such split."""
    scale = scale_of(amount for split in found for amount in (split.bill, split.joint_net))
    return Group(*(_period(split, scale, language) for split in found))


def sentence(split: CostSharing, scale: Scale) -> str:
    """Say whether the bill of one period can be shared so that nobody loses."""
    when = f"{PERIODS[split.period]} ({split.first_year}–{split.last_year})"
    bill = f"{scale.plain(split.bill)} {scale.unit}"
    unclear = ""
    if abs(split.joint_net) <= CLEAR_ERRORS * split.mc_error:
        unclear = " Simulation cannot tell their joint net from 0; raise --persons."
    if split.holds is None:
        missing = f"{scale.plain(split.missing, split.mc_error)} {scale.unit}"
        return f"{when} no split of the {bill} leaves all three whole: together they fall {missing} short.{unclear}"
    sense = "on average and in four of five draws" if split.holds == "mean_and_p20" else "on average"
    return f"{when} the {bill} can be shared so that nobody loses {sense}.{unclear}"


def _period(split: CostSharing, scale: Scale, language: Language) -> RenderableType:
    """One period: the sentence, and what each party pays, could carry and owes."""
    table = new_table(
        f"Sharing the bill, {PERIODS[split.period].lower()}, {scale.unit}",
        ("Party", "Pays today", "Could carry", "Share", "Would pay", "Owes others", "Left with"),
    )
    for name, party in split.parties.items():
        table.add_row(Text(payer_name(name, language)), *_cells(party, split, scale))
    table.caption = sentence(split, scale)
    return table


def _cells(party: PartyShare, split: CostSharing, scale: Scale) -> list[str]:
    """Write one party's amounts; below 0 under `Owes others` is what it receives."""
    pays, owes = (NONE if x is None else scale.plain(x, signed=x is party.owes) for x in (party.pays, party.owes))
    return [
        scale.plain(party.pays_today),
        scale.plain(party.can_carry, split.mc_error),
        percent(party.share),
        pays,
        owes,
        scale.plain(party.net, split.mc_error, signed=True),
    ]
