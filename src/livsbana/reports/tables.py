"""What one run found, as tables in Swedish or English."""

from __future__ import annotations

from collections.abc import Iterable

from livsbana.reports.cells import Cell, Column, Row, Table, spread_cells
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.text import name_in, scale_for
from livsbana.reports.views import BASE, View, accounts_in
from livsbana.reports.words import (
    CLEAR_ERRORS,
    NONE,
    Scale,
    break_even,
    count,
    digits_exponent,
    error_exponent,
    exact,
    is_clear,
    number,
    scale_of,
)
from livsbana.runs.document import PUBLIC, SOCIETY, Account, Outcome, PayerAccounts, RunDocument

PER = 1_000
# How a run names persons ever beside the years of the same thing.
EVER = "_ever"
FINEST_PER_1000 = -2
UNITS = ("persons_ever", "person_years", "events")
# Years after the start that a budget is shown for, and whose budget.
BUDGET_YEARS = (0, 1, 2, 3, 4, 9, 14, 19, 29, 39)
BUDGET_PAYERS = ("municipality/home", "region/home", "state", PUBLIC)


def columns_of(table: str, names: Iterable[str], language: Language) -> tuple[Column, ...]:
    """Head columns from the catalogue: ``name`` or ``name:unit``, ``+`` before what only a spreadsheet shows."""
    made = []
    for name in names:
        key, _, unit = name.lstrip("+").partition(":")
        heading = phrase(f"{table}.{key}" if key not in ("low", "high", "mc_error") else f"column.{key}", language)
        unit_name = phrase(f"unit.{unit}", language) if unit in SAID_UNITS else ""
        made.append(Column(heading, unit_name, FORMS.get(unit, ""), name.startswith("+")))
    return tuple(made)


# How a spreadsheet writes values of a unit.
FORMS = {"sek": "#,##0", "people": "#,##0", "tenths": "0.0", "per_1000": "0.00", "points": "0.0", "share": "0%"}
SAID_UNITS = ("sek", "per_1000", "points", "share")
SPREAD = ("+low:sek", "+high:sek", "+mc_error:sek")


def payer_table(document: RunDocument, language: Language = "en", view: View = BASE) -> Table:
    """Show who pays, what each payer avoids, and when it is square."""
    scale = scale_for([document], language)
    names = ("payer", "pays:sek", "avoids:sek", "net:sek", *SPREAD, "cash:sek", "square")
    accounts = accounts_in(document, view)
    rows = [
        Row(
            name_in(document, name, language),
            _account_cells(accounts[name], scale),
            payer=name,
            level=int("/" in name),
            kind="total" if name in (PUBLIC, SOCIETY) else "",
        )
        for name in shown_payers(document)
        if name in accounts
    ]
    columns = columns_of("payers", names, language)
    note = _payer_note(document, language)
    return Table("payers", phrase("payers.title", language), columns, tuple(rows), note, scale.unit)


def _payer_note(document: RunDocument, language: Language) -> str:
    """Say how to read the table of payers."""
    notes = [phrase("payers.rounded", language)]
    if document.draws:
        notes.append(phrase("payers.interval", language))
    if any("/" in break_even(account).strip(NONE) for account in document.accounts().values()):
        notes.append(phrase("payers.square_note", language))
    notes.append(phrase("payers.dash", language))
    if document.tax_factor != 1:
        notes.append(phrase("payers.weight", language, factor=exact(document.tax_factor, language)))
    return " ".join(notes)


def _account_cells(account: Account, scale: Scale) -> tuple[Cell, ...]:
    """Write one account; its interval stands below the net."""
    net, cash = account.net, account.cashable_net
    interval = scale.interval(net) if net.low is not None else ""
    square = break_even(account, scale.language)
    return (
        Cell(scale.text(account.programme_cost), account.programme_cost.mean),
        Cell(scale.text(account.avoided_cost), account.avoided_cost.mean),
        Cell(scale.text(net, signed=True), net.mean, interval, is_strong=True),
        *spread_cells(net),
        Cell(scale.text(cash, signed=True), cash.mean),
        Cell(square, square),
    )


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
    names = (
        "per_1000",
        "without:per_1000",
        "with:per_1000",
        "difference:per_1000",
        "whole:tenths",
        "+low:tenths",
        "+high:tenths",
    )
    rows: list[Row] = []
    for unit in UNITS:
        outcomes = [outcome for outcome in main_outcomes(document).values() if outcome.unit == unit]
        rows += [Row(phrase(f"outcomes.{unit}", language), kind="heading")] if outcomes else []
        rows += [Row(said(o.label, language), _outcome_cells(o, language), level=1) for o in outcomes]
    title = phrase(
        "outcomes.title",
        language,
        population=count(document.population, language),
        start=document.start_year,
        end=document.end_year,
    )
    return Table("outcomes", title, columns_of("outcomes", names, language), tuple(rows))


def _outcome_cells(outcome: Outcome, language: Language) -> tuple[Cell, ...]:
    """Write one outcome per 1,000 and the difference in the whole cohort."""
    without, with_package, difference = per_1000(outcome, language)
    factor = PER / outcome.persons
    return (
        Cell(without, outcome.baseline * factor),
        Cell(with_package, outcome.scenario * factor),
        Cell(difference, outcome.difference * factor, is_strong=True),
        Cell(whole_cohort(outcome, language)[2], outcome.difference),
        Cell("", outcome.low),
        Cell("", outcome.high),
    )


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


def per_1000(outcome: Outcome, language: Language = "en") -> tuple[str, str, str]:
    """Write an outcome without, with and its difference, per 1,000 persons whom it can count.

    Differences between worlds that share their luck are known better than levels, so that all three
    have the digits of the difference: at most four significant ones and two decimals.
    """
    factor = PER / outcome.persons
    level = max(abs(outcome.baseline), abs(outcome.scenario)) * factor
    exponent = max(error_exponent(outcome.mc_error * factor), digits_exponent(level, 4), FINEST_PER_1000)
    without, with_package = (
        number(value * factor, exponent, language=language) for value in (outcome.baseline, outcome.scenario)
    )
    return without, with_package, number(outcome.difference * factor, exponent, signed=True, language=language)


def whole_cohort(outcome: Outcome, language: Language = "en") -> tuple[str, str, str]:
    """Write an outcome without, with and its difference, in the whole cohort."""
    exponent = max(error_exponent(outcome.mc_error), digits_exponent(outcome.difference), -1)
    without, with_package = (
        number(value, max(exponent, 0), language=language) for value in (outcome.baseline, outcome.scenario)
    )
    return without, with_package, number(outcome.difference, exponent, signed=True, language=language)


def programme_table(document: RunDocument, language: Language = "en") -> Table:
    """Show what each programme costs and changes, next to what was published about it."""
    scale = scale_for([document], language)
    names = ("programme", "participants:people", "cost:sek", "net:sek", "published:points", "simulated:points")
    rows: list[Row] = []
    for programme in document.programmes:
        net = programme.net_society
        society = Cell(NONE) if net is None else Cell(scale.text(net, signed=True), net.mean)
        people = Cell(count(programme.participants, language), programme.participants)
        cost = Cell(scale.text(programme.cost), programme.cost.mean)
        rows.append(Row(said(programme.label, language), (people, cost, society, Cell(""), Cell(""))))
        for effect in programme.effects:
            gaps = (_points(effect.published_gap, language), _points(effect.simulated_gap, language))
            rows.append(Row(said(effect.label, language), (Cell(""), Cell(""), Cell(""), *gaps), level=1))
    columns = columns_of("programmes", names, language)
    title, note = (phrase(f"programmes.{part}", language) for part in ("title", "note"))
    return Table("programmes", title, columns, tuple(rows), note, scale.unit)


def _points(gap: float | None, language: Language) -> Cell:
    """Write a difference between shares in percentage points."""
    if gap is None:
        return Cell(NONE)
    return Cell(number(100 * gap, -1, signed=True, language=language), 100 * gap)


def group_table(document: RunDocument, language: Language = "en") -> Table:
    """Show what groups of the cohort, formed before anything happened, cost and gain."""
    scale = scale_for([document], language)
    names = ("group", "persons:people", "participants:people", "public:sek", "household:sek", "society:sek")
    rows = []
    for group in document.groups.values():
        people = (Cell(count(n, language), n) for n in (group.persons, group.participants))
        nets = (group.net_public, group.net_household, group.net_society)
        cells = (*people, *(Cell(scale.text(net, signed=True), net.mean) for net in nets))
        rows.append(Row(said(group.label, language), cells))
    columns = columns_of("groups", names, language)
    return Table("groups", phrase("groups.title", language), columns, tuple(rows), unit=scale.unit)


def budget_table(document: RunDocument, language: Language = "en") -> Table:
    """Show each payer's net in coming budgets when a new cohort begins every year."""
    payers = [payer for payer in BUDGET_PAYERS if any(row.payer == payer for row in document.budget_impact)]
    nets = {(row.year, row.payer): row.net for row in document.budget_impact if row.payer in payers}
    scale = scale_of(nets.values(), language)
    years = (document.start_year + after for after in BUDGET_YEARS)
    rows = [
        Row(str(year), tuple(_budget_cell(nets.get((year, payer)), scale) for payer in payers))
        for year in years
        if any((year, payer) in nets for payer in payers)
    ]
    unit = phrase("unit.sek", language)
    columns = (
        Column(phrase("column.year", language)),
        *(Column(name_in(document, payer, language), unit, FORMS["sek"]) for payer in payers),
    )
    title = phrase("budget.title", language, price_year=document.price_year)
    return Table("budget", title, columns, tuple(rows), phrase("budget.note", language), scale.unit)


def _budget_cell(net: float | None, scale: Scale) -> Cell:
    return Cell(NONE) if net is None else Cell(scale.plain(net, signed=True), net)
