"""What one run found, as tables for a terminal of 80 columns or more."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from livsbana.reports.asked import credit_table, unknown_table
from livsbana.reports.grid import bullets, indented, new_table
from livsbana.reports.text import cautions, evidence_line, headline, ratios, scale_for, setting
from livsbana.reports.words import (
    CLEAR_ERRORS,
    NONE,
    Language,
    Scale,
    break_even,
    digits_exponent,
    error_exponent,
    is_clear,
    number,
    payer_name,
    percent,
    ratio,
    said,
    scale_of,
)
from livsbana.runs.document import (
    PUBLIC,
    SOCIETY,
    Account,
    Belief,
    Outcome,
    PayerAccounts,
    RunDocument,
)

PER = 1_000
# How a run names persons ever beside the years of the same thing.
EVER = "_ever"
FINEST_PER_1000 = -2
UNITS = {
    "persons_ever": "Persons, ever",
    "person_years": "Years spent",
    "events": "Events",
}
# Years after the start that a budget is shown for, and whose budget.
BUDGET_YEARS = (0, 1, 2, 3, 4, 9, 14, 19, 29, 39)
BUDGET_PAYERS = ("municipality/home", "region/home", "state", PUBLIC)


def answer(document: RunDocument, language: Language = "en") -> RenderableType:
    """Put together everything that a reader of one run is shown.

    Parameters
    ----------
    document
        The answer of one run.
    language
        Of labels; sentences and headings are English.
    """
    tables = [payer_table(document, language), outcome_table(document, language), programme_table(document, language)]
    if any(effect.break_even for programme in document.programmes for effect in programme.effects):
        tables.append(unknown_table(document, language))
    if any(programme.credit for programme in document.programmes):
        tables.append(credit_table(document, language))
    if document.groups:
        tables.append(group_table(document, language))
    if document.break_even_belief:
        tables.append(belief_table(document, language))
    if document.budget_impact:
        tables.append(budget_table(document, language))
    return Group(
        Text(said(document.label, language), style="bold"),
        Text(setting(document), style="dim"),
        _below(Text(headline(document, language))),
        *map(_below, tables),
        _below(Text(ratios(document))),
        _below(Text(evidence_line(document))),
        _below(bullets(cautions(document, language))),
    )


def render(content: RenderableType, width: int = 80) -> str:
    """Write tables as plain text.

    Parameters
    ----------
    content
        From any function of this module.
    width
        Columns.
    """
    console = Console(width=width, color_system=None, highlight=False, legacy_windows=False)
    with console.capture() as captured:
        console.print(content)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def payer_table(document: RunDocument, language: Language = "en") -> Table:
    """Show who pays, what each payer avoids, and when it is square."""
    scale = scale_for([document])
    headings = ("Payer", "Pays", "Avoids", "Net", "In cash", "Breaks even")
    table = new_table(f"Who pays and who gains, {scale.unit}", headings)
    table.columns[0].no_wrap = table.columns[3].no_wrap = True
    accounts = document.accounts()
    for name in shown_payers(document):
        if name == PUBLIC:
            table.add_section()
        table.add_row(_payer_cell(name, language), *_account_cells(accounts[name], scale))
    table.caption = " ".join(_payer_notes(document))
    return table


def _payer_notes(document: RunDocument) -> list[str]:
    """Say how to read the table of payers."""
    notes = ["Rounded to what the simulation can carry: ≈0 cannot be told from 0."]
    if document.draws:
        notes.append("Below each net: 90% interval over draws of the parameters.")
    if any("/" in break_even(account).strip(NONE) for account in document.accounts().values()):
        notes.append("Breaks even: first year/year from which it lasts.")
    notes.append(f"{NONE}: pays nothing.")
    if document.tax_factor != 1:
        notes.append(f"Society counts public money {document.tax_factor:g} times.")
    return notes


def shown_payers(document: RunDocument) -> list[str]:
    """List the accounts to show: all payers, and those parts to which something clearly happens."""
    accounts = document.accounts()
    always = {*PayerAccounts.model_fields, PUBLIC, SOCIETY} - {"unattributed"}
    return [
        name
        for name, account in accounts.items()
        if name in always or (_is_moved(account) and not _is_the_whole(account, accounts[name.partition("/")[0]]))
    ]


def _is_the_whole(part: Account, whole: Account) -> bool:
    """Say whether everything that happens to a level happens to one part of it."""
    return part is not whole and part.net.mean == whole.net.mean


def _is_moved(account: Account) -> bool:
    """Say whether an account pays something, or clearly gains or loses."""
    return account.programme_cost.mean != 0 or is_clear(account.net)


def outcome_table(document: RunDocument, language: Language = "en") -> Table:
    """Show what becomes of the cohort per 1,000 persons, without and with the package."""
    title = f"What becomes of {document.population:,.0f} persons, {document.start_year}–{document.end_year}"
    table = new_table(title, ("Per 1,000 persons", "Without", "With", "Difference", "Whole cohort"))
    for unit, heading in UNITS.items():
        outcomes = [outcome for outcome in main_outcomes(document).values() if outcome.unit == unit]
        if outcomes:
            table.add_section()
            table.add_row(Text(heading, style="italic"))
        for outcome in outcomes:
            table.add_row(indented(said(outcome.label, language)), *_outcome_cells(outcome))
    return table


def main_outcomes(document: RunDocument) -> dict[str, Outcome]:
    """Leave out the years and events of what is also counted as persons ever, unless they clearly change."""
    return {
        name: outcome
        for name, outcome in document.outcomes.items()
        if f"{name}{EVER}" not in document.outcomes or has_changed(outcome)
    }


def has_changed(outcome: Outcome) -> bool:
    """Say whether more than simulation error separates the difference from 0."""
    return abs(outcome.difference) > CLEAR_ERRORS * outcome.mc_error


def per_1000(outcome: Outcome) -> tuple[str, str, str]:
    """Write an outcome without, with and its difference, per 1,000 persons whom it can count.

    Differences between worlds that share their luck are known better than levels, so that all three
    have the digits of the difference: at most four significant ones and two decimals.
    """
    factor = PER / outcome.persons
    level = max(abs(outcome.baseline), abs(outcome.scenario)) * factor
    exponent = max(error_exponent(outcome.mc_error * factor), digits_exponent(level, 4), FINEST_PER_1000)
    without, with_package = (number(value * factor, exponent) for value in (outcome.baseline, outcome.scenario))
    return without, with_package, number(outcome.difference * factor, exponent, signed=True)


def programme_table(document: RunDocument, language: Language = "en") -> Table:
    """Show what each programme costs and changes, next to what was published about it."""
    scale = scale_for([document])
    headings = ("Programme", "Participants", f"Cost, {scale.unit}", "Net to society", "Published gap", "Gap here")
    table = new_table("The programmes", headings)
    for programme in document.programmes:
        net = programme.net_society
        table.add_row(
            Text(said(programme.label, language)),
            f"{programme.participants:,.0f}",
            scale.text(programme.cost),
            NONE if net is None else scale.text(net, signed=True),
        )
        for effect in programme.effects:
            published = "unknown" if effect.break_even else _points(effect.published_gap)
            table.add_row(indented(said(effect.label, language)), "", "", "", published, _points(effect.simulated_gap))
    table.caption = (
        "Net to society: of the package with the programme less without it. "
        "Gap: difference in the share with the outcome among participants, percentage points."
    )
    return table


def _points(gap: float | None) -> str:
    """Write a difference between shares in percentage points."""
    return NONE if gap is None else number(100 * gap, -1, signed=True)


def group_table(document: RunDocument, language: Language = "en") -> Table:
    """Show what groups of the cohort, formed before anything happened, cost and gain."""
    scale = scale_for([document])
    headings = ("Group", "Persons", "Participants", "Public net", "Household net", "Society")
    table = new_table(f"For whom, {scale.unit}", headings)
    for group in document.groups.values():
        nets = (group.net_public, group.net_household, group.net_society)
        counts = (f"{group.persons:,.0f}", f"{group.participants:,.0f}")
        table.add_row(Text(said(group.label, language)), *counts, *(scale.text(net, signed=True) for net in nets))
    return table


def belief_table(document: RunDocument, language: Language = "en") -> Table:
    """Show the multiplier on our beliefs at which those who pay break even, and how sure we are of more."""
    headings = ("Payer", "All causal effects ×", "Programme effects ×", "Cost that varies, share")
    table = new_table("What one must believe for those who pay to break even", headings)
    accounts = document.accounts()
    for name, belief in document.break_even_belief.items():
        if accounts[name].programme_cost.mean == 0:
            continue
        parts = (belief.causal_multiplier, belief.effect_multiplier, belief.marginal_share)
        table.add_row(Text(payer_name(name, language)), *(_belief_cell(part) for part in parts))
    table.caption = f"1.00 × is what we believe; in brackets our probability of more. {NONE}: no value breaks even."
    return table


def _belief_cell(belief: Belief) -> str:
    """Write a root and the probability of more than it."""
    if belief.root is None or belief.probability_above is None:
        return ratio(belief.root)
    return f"{ratio(belief.root)} ({percent(belief.probability_above)})"


def budget_table(document: RunDocument, language: Language = "en") -> Table:
    """Show each payer's net in coming budgets when a new cohort begins every year."""
    payers = [payer for payer in BUDGET_PAYERS if any(row.payer == payer for row in document.budget_impact)]
    nets = {(row.year, row.payer): row.net for row in document.budget_impact if row.payer in payers}
    scale = scale_of(nets.values())
    table = new_table(
        f"Net in the budget when a cohort begins every year, {scale.unit} of {document.price_year}",
        ("Year", *(payer_name(payer, language) for payer in payers)),
    )
    for year in (document.start_year + after for after in BUDGET_YEARS):
        cells = [nets.get((year, payer)) for payer in payers]
        if any(net is not None for net in cells):
            table.add_row(str(year), *(NONE if net is None else scale.plain(net, signed=True) for net in cells))
    table.caption = "Not discounted."
    return table


def _account_cells(account: Account, scale: Scale) -> list[str | Text]:
    """Write one account; its interval stands below the net."""
    interval = f"\n{scale.interval(account.net)}" if account.net.low is not None else ""
    return [
        scale.text(account.programme_cost),
        scale.text(account.avoided_cost),
        Text(scale.text(account.net, signed=True), style="bold").append(interval, style="not bold"),
        scale.text(account.cashable_net, signed=True),
        break_even(account),
    ]


def _outcome_cells(outcome: Outcome) -> list[str | Text]:
    """Write one outcome per 1,000 and the difference in the whole cohort."""
    without, with_package, difference = per_1000(outcome)
    exponent = max(error_exponent(outcome.mc_error), digits_exponent(outcome.difference), -1)
    return [without, with_package, Text(difference, style="bold"), number(outcome.difference, exponent, signed=True)]


def _payer_cell(payer: str, language: Language) -> RenderableType:
    """Name a payer, parts indented."""
    name = payer_name(payer, language)
    return indented(name) if "/" in payer else Text(name, style="bold" if payer in (PUBLIC, SOCIETY) else "")


def _below(content: RenderableType) -> Padding:
    """Leave an empty line above."""
    return Padding(content, (1, 0, 0, 0))
