"""How sure a run is, as tables: intervals, chances, simulation error, and what one must believe."""

from __future__ import annotations

from collections.abc import Iterator

from livsbana.reports.cells import Cell, Row, Table
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.tables import columns_of, shown_payers
from livsbana.reports.text import local_payer, name_in, scale_for
from livsbana.reports.words import NONE, Scale, percent, ratio
from livsbana.runs.document import PUBLIC, SOCIETY, Account, Belief, Money, RunDocument


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


def structure_table(document: RunDocument, language: Language = "en") -> Table:
    """Show the nets under other structures, their range, and beside it the interval over parameters."""
    scale, accounts = scale_for([document], language), document.accounts()
    names = {"payer": local_payer(document, language)[0], "public": PUBLIC, "society": SOCIETY}
    rows = [
        Row(said(s.label, language), tuple(_net_cell(s.nets[name], scale) for name in names.values()))
        for s in document.structures or ()
    ]
    if rows:
        nets = [[s.nets[name] for s in document.structures or ()] for name in names.values()]
        rows.append(Row(phrase("structures.range", language), tuple(_range_cell(n, scale) for n in nets), kind="total"))
        asked = [accounts[name] for name in names.values()]
        intervals = tuple(_interval_cell(a.net, scale) for a in asked)
        rows.append(Row(phrase("structures.interval", language), intervals, kind="total"))
        if document.draws:
            chances = tuple(Cell(percent(a.chance_of_gain, language), a.chance_of_gain) for a in asked)
            rows.append(Row(phrase("structures.chance", language), chances))
    title, note = (phrase(f"structures.{part}", language) for part in ("title", "note"))
    columns = columns_of("structures", ("structure", *(f"{name}:sek" for name in names)), language)
    return Table("structures", title, columns, tuple(rows), note, scale.unit)


def structures_sentence(document: RunDocument, language: Language) -> str:
    """Say what the public net is over all structures, or that no other structure was tried."""
    if not document.structures:
        return phrase("certainty.structures", language)
    scale = scale_for([document], language)
    nets = sorted((s.nets[PUBLIC] for s in document.structures), key=lambda n: n.mean)
    low, high = (scale.text(net, signed=True) for net in (nets[0], nets[-1]))
    return phrase("structures.finding", language, low=low, high=high, unit=scale.unit, count=str(len(nets)))


def _net_cell(net: Money, scale: Scale) -> Cell:
    return Cell(scale.text(net, signed=True), net.mean)


def _range_cell(nets: list[Money], scale: Scale) -> Cell:
    """The lowest and the highest net over structures."""
    least, most = min(nets, key=lambda n: n.mean), max(nets, key=lambda n: n.mean)
    return Cell(f"{scale.text(least, signed=True)} … {scale.text(most, signed=True)}")


def _interval_cell(net: Money, scale: Scale) -> Cell:
    """The interval over parameters; a dash where nothing was drawn."""
    if net.low is None or net.high is None:
        return Cell(NONE)
    low, high = (scale.plain(x, net.mc_error, signed=True) for x in (net.low, net.high))
    return Cell(f"{low} … {high}")


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
