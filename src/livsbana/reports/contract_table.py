"""What a contract does to those who sign it, as tables for a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from livsbana.pricing.contracts.document import ContractDocument, PartyResult, Spread, TermResult
from livsbana.reports.grid import bullets, new_table
from livsbana.reports.words import MINUS, NONE, percent

YES, NO, UNKNOWN = "yes", "no", "?"
THOUSAND, MILLION = 1e3, 1e6
KINDS = {
    "advance": "advance",
    "guaranteed": "guaranteed",
    "activity": "activity",
    "own_outcome": "own outcome",
    "process": "process outcome",
    "pool": "shared pool",
    "rate_card": "rate card",
    "gain_share": "share of the gain",
}


class Unit:
    """Millions of a currency, or thousands for small contracts."""

    def __init__(self, document: ContractDocument) -> None:
        largest = max(abs(p.paid.mean) + abs(p.received.mean) for p in document.parties.values())
        self.size, prefix = (MILLION, "M") if largest >= MILLION else (THOUSAND, "k")
        self.name = f"{prefix}{document.currency}"

    def text(self, amount: float, signed: bool = False) -> str:
        """Write an amount with one decimal."""
        value = round(amount / self.size, 1)
        sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
        return f"{sign}{abs(value):,.1f}"

    def span(self, spread: Spread) -> str:
        """Write the 5th and 95th percentile."""
        low, high = self.text(spread.p5), self.text(spread.p95)
        return low if low == high else f"{low} to {high}"


def contract_answer(document: ContractDocument) -> RenderableType:
    """Put together everything that a reader of one contract is shown."""
    unit = Unit(document)
    setting = (
        f"{document.start_year}–{document.end_year}, {unit.name}, undiscounted; {document.replicates:,} possible "
        f"worlds, seed {document.seed}"
    )
    parts: list[RenderableType] = [
        party_table(document, unit),
        rule_line(document),
        term_table(document, unit),
        year_table(document, unit),
        bullets(document.cautions),
        facts(document),
    ]
    return Group(
        Text(document.label.en, style="bold"),
        Text(document.description, style="dim"),
        Text(setting, style="dim"),
        *(Padding(part, (1, 0, 0, 0)) for part in (Text(contract_finding(document)), *parts)),
    )


def contract_finding(document: ContractDocument) -> str:
    """Say in one or two sentences what a signer should know first."""
    unit = Unit(document)
    paid, nothing = document.outcome_pay_with_effect, document.outcome_pay_without_effect
    of_that = f" ({percent(nothing / paid)} of that)" if paid else ""
    first = (
        f"For outcomes it pays {unit.text(paid)} {unit.name} if the programme works as stated and "
        f"{unit.text(nothing)}{of_that} if it does nothing."
    )
    second = (
        f"Something is paid for nothing in {percent(document.pays_without_effect)} of worlds, nothing for an effect in "
        f"{percent(document.unpaid_with_effect)}."
    )
    return f"{first} {second}"


def party_table(document: ContractDocument, unit: Unit) -> Table:
    """Show each party's payments, position and what the rule says of it."""
    headings = ("Party", "Pays", "Gets", "Ends with", "P5 to P95", "Loses in", "No effect", "Effect", "Rule")
    table = new_table(f"Who pays, who gets, {unit.name}", headings)
    for party in document.parties.values():
        table.add_row(
            party.label.en,
            unit.text(party.paid.mean),
            unit.text(party.received.mean),
            unit.text(party.position.mean, signed=True),
            unit.span(party.position),
            percent(party.loss_probability),
            unit.text(party.position_without_effect, signed=True),
            unit.text(party.position_with_effect, signed=True),
            _rule(party),
        )
    table.caption = (
        "Ends with: gets − pays − own costs + worth of what is caused, as far as the file states them. No effect, "
        "Effect: where it ends if the programme does nothing, or works as stated. Rule: loses at no effect and "
        "gains at effect."
    )
    return table


def _rule(party: PartyResult) -> str:
    return UNKNOWN if party.follows_rule is None else YES if party.follows_rule else NO


def rule_line(document: ContractDocument) -> Text:
    """Say whether all lose when outcomes fail and gain when they succeed."""
    names = {name: p.label.en for name, p in document.parties.items()}
    broken = [f"{names[n]} ({_why(document.parties[n])})" for n in document.rule.broken_by]
    head = "Do all lose when outcomes fail and gain when they succeed? "
    if document.rule.holds:
        return Text(head + "Yes.")
    if document.rule.holds is None:
        return Text(head + f"Not known for {', '.join(names[n] for n in document.rule.unknown_for)}.")
    return Text(head + f"No: {'; '.join(broken)}.")


def _why(party: PartyResult) -> str:
    """Say how a party breaks the rule."""
    if not party.loses_when_failing and not party.gains_when_succeeding:
        return "neither loses nor gains"
    return "does not gain by success" if party.loses_when_failing else "does not lose by failure"


def term_table(document: ContractDocument, unit: Unit) -> Table:
    """Show what each term pays, and how often it is wrong for this many persons, comparison and window."""
    headings = ("Term", "Kind", "Most", "No effect", "Effect", "Pays for nothing", "Nothing for effect", "Measured on")
    table = new_table(f"What is paid for, {unit.name}", headings)
    for term in document.terms.values():
        most = NONE if term.at_most is None else unit.text(term.at_most)
        table.add_row(
            term.label.en,
            KINDS[term.kind],
            most,
            unit.text(term.expected_without_effect),
            unit.text(term.expected_with_effect),
            percent(term.pays_without_effect),
            percent(term.unpaid_with_effect),
            _measured(term),
        )
        for reading in term.readings:
            table.add_row(
                f"  if read as {reading.at:g}",
                "",
                "",
                "",
                "",
                percent(reading.pays_without_effect),
                percent(reading.unpaid_with_effect),
                "",
            )
    table.caption = (
        "Most, No effect, Effect: what it can pay, and what it pays on average if the programme does nothing or works "
        "as stated. Pays for nothing: share of worlds in which it pays anything although the programme does nothing. "
        "Nothing for effect: share in which it pays nothing although the programme works as stated."
    )
    return table


def _measured(term: TermResult) -> str:
    """Say on how many, against what and how late."""
    if term.persons is None:
        return NONE
    return f"{term.persons:,} vs {term.comparison}, {term.window_years} yr"


def year_table(document: ContractDocument, unit: Unit) -> Table:
    """Show expected net payments by year; they sum to zero in each."""
    years = [line.year for line in next(iter(document.parties.values())).by_year]
    nets = {p.label.en: [line.received - line.paid for line in p.by_year] for p in document.parties.values()}
    shown = [t for t in range(len(years)) if any(abs(net[t]) >= unit.size / 20 for net in nets.values())]
    table = new_table(f"Expected net payments by year, {unit.name}", ("Party", *(str(years[t]) for t in shown)))
    for name, net in nets.items():
        table.add_row(name, *(unit.text(net[t], signed=True) if round(net[t]) else NONE for t in shown))
    return table


def facts(document: ContractDocument) -> Group:
    """List what is known of the deal, with status."""
    words = {"published": "read", "to_verify": "to be verified", "assumption": "assumed"}
    lines = [Text(f"· {fact.fact} [{words[fact.status]}: {fact.source}]", style="dim") for fact in document.facts]
    return Group(*lines)
