"""How sure a run is, as tables: intervals, chances, simulation error, and what one must believe."""

from __future__ import annotations

from collections.abc import Iterator

from livsbana.reports.cells import Cell, Row, Table
from livsbana.reports.phrases import Language, phrase
from livsbana.reports.tables import columns_of, shown_payers
from livsbana.reports.text import name_in, scale_for
from livsbana.reports.words import NONE, Scale, percent, ratio
from livsbana.runs.document import PUBLIC, SOCIETY, Account, Belief, RunDocument


def belief_table(document: RunDocument, language: Language = "en") -> Table:
    """Show the multiplier on our beliefs at which those who pay break even, and how sure we are of more."""
    accounts = document.accounts()
    rows = [
        Row(
            name_in(document, name, language),
            tuple(
                _belief_cell(part, language)
                for part in (belief.causal_multiplier, belief.effect_multiplier, belief.marginal_share)
            ),
            payer=name,
        )
        for name, belief in document.break_even_belief.items()
        if accounts[name].programme_cost.mean != 0
    ]
    title, note = (phrase(f"beliefs.{part}", language) for part in ("title", "note"))
    columns = columns_of("beliefs", ("payer", "causal", "effect", "marginal"), language)
    return Table("beliefs", title, columns, tuple(rows), note)


def _belief_cell(belief: Belief, language: Language) -> Cell:
    """Write a root and the probability of more than it."""
    written = ratio(belief.root, language)
    if belief.root is not None and belief.probability_above is not None:
        written += f" ({percent(belief.probability_above, language)})"
    return Cell(written, belief.root)


def certainty_table(document: RunDocument, language: Language) -> Table:
    """Show how sure each payer's net is: interval, chance of a gain, simulation error."""
    scale = scale_for([document], language)
    names = ("payer", "net:sek", "low:sek", "high:sek", "chance:share", "mc_error:sek")
    accounts = document.accounts()
    rows = [
        Row(
            name_in(document, name, language),
            tuple(_certainty_cells(accounts[name], scale)),
            payer=name,
            level=int("/" in name),
            kind="total" if name in (PUBLIC, SOCIETY) else "",
        )
        for name in shown_payers(document)
    ]
    title, note = (phrase(f"certainty.{part}", language) for part in ("title", "note"))
    return Table("certainty", title, columns_of("certainty", names, language), tuple(rows), note, scale.unit)


def _certainty_cells(account: Account, scale: Scale) -> Iterator[Cell]:
    """Write the net, its interval over draws, the chance of a gain, and the simulation error."""
    net = account.net
    yield Cell(scale.text(net, signed=True), net.mean, is_strong=True)
    for bound in (net.low, net.high):
        yield Cell(NONE) if bound is None else Cell(scale.plain(bound, net.mc_error, signed=True), bound)
    yield Cell(percent(account.chance_of_gain, scale.language), account.chance_of_gain)
    error = scale.plain(net.mc_error)
    yield Cell(f"±{error}" if error[0].isdigit() and net.mc_error else error, net.mc_error)
