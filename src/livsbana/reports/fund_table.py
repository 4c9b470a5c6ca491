"""What a fund costs, pays and gets, as tables for a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from livsbana.institutions.document import FundDocument
from livsbana.pricing.contracts.document import Spread
from livsbana.reports.grid import bullets, new_table
from livsbana.reports.words import MINUS, NONE, percent, ratio

LEVELS = {"state": "State (office, agencies)", "support": "SKR and RISE", "constellations": "Constellations"}
NAMES = {"municipality": "Municipalities", "region": "Regions", "state": "The state"}


def fund_answer(document: FundDocument) -> RenderableType:
    """Put together everything that a reader of one fund is shown."""
    parts: list[RenderableType] = [
        Text(fund_finding(document)),
        budget_table(document),
        payment_table(document),
        rule_table(document),
        payer_table(document),
        Text(course_line(document)),
        bullets(document.cautions),
    ]
    setting = f"MSEK, undiscounted; {document.replicates:,} possible worlds, seed {document.seed}"
    return Group(
        Text(document.label.en, style="bold"),
        Text(document.description, style="dim"),
        Text(setting, style="dim"),
        *(Padding(part, (1, 0, 0, 0)) for part in parts),
    )


def fund_finding(document: FundDocument) -> str:
    """Say in a few sentences what a member of the delegation should know first."""
    total, exceedance, idle = document.payments.total, document.exceedance, document.idle
    return (
        f"Of a frame of {document.frame:g} MSEK the fund pays {total.mean:.0f} on average ({total.p5:.0f} to "
        f"{total.p95:.0f} in 90 % of worlds). It is too small in {exceedance.probability:.1%} of worlds, and on "
        f"average {percent(idle.share)} of it lies idle."
    )


def budget_table(document: FundDocument) -> Table:
    """Show the budget that the phases imply, by level and year."""
    years = list(document.budget.years)
    table = new_table("The budget if every pilot reaches everything, MSEK", ("", *years, "All"))
    for level, by_year in document.budget.by_level_and_year.items():
        amounts = [f"{by_year[y]:g}" if by_year[y] else NONE for y in years]
        table.add_row(LEVELS[level], *amounts, f"{document.budget.by_level[level]:g}")
    outcome = document.budget.outcome_years
    table.add_row(
        "  of which outcomes",
        *(f"{outcome[y]:g}" if outcome[y] else NONE for y in years),
        f"{document.budget.outcome_payments:g}",
        style="italic",
    )
    table.add_section()
    table.add_row("All", *(f"{v:g}" for v in document.budget.years.values()), f"{document.budget.total:g}")
    return table


def payment_table(document: FundDocument) -> Table:
    """Show what falls due by year, against the plan, and the tails."""
    headings = ("Year", "Plan", "Mean", "P5 to P95", "Above plan in", "Whole fund, mean")
    table = new_table("Outcome payments that fall due, MSEK", headings)
    payments = document.payments
    for year, spread in payments.years.items():
        plan = document.budget.outcome_years[year]
        if plan or spread.mean:
            above = percent(document.exceedance.years[year])
            whole = f"{payments.whole_budget[year].mean:.0f}"
            table.add_row(year, f"{plan:g}", f"{spread.mean:.0f}", _span(spread), above, whole)
        else:
            table.add_row(year, NONE, NONE, NONE, NONE, f"{payments.whole_budget[year].mean:.0f}")
    table.add_section()
    table.add_row(
        "All",
        f"{document.budget.outcome_payments:g}",
        f"{payments.total.mean:.0f}",
        _span(payments.total),
        percent(document.exceedance.probability),
        f"{payments.whole_total.mean:.0f}",
    )
    table.caption = (
        f"Value at risk: in one world of twenty more than {document.value_at_risk:.0f} falls due, then "
        f"{document.expected_shortfall:.0f} on average. When the frame is exceeded it is by "
        f"{document.exceedance.mean_when_exceeded:.0f} on average. More than half of the frame lies idle in "
        f"{percent(document.idle.probability_half)} of worlds."
    )
    return table


def rule_table(document: FundDocument) -> Table:
    """Show what other rules for admitting pilots would have done with the same luck."""
    headings = ("The delegation admits", "Pilots", "Pays, mean", "P95", "Frame exceeded", "Idle")
    table = new_table("Too small or idle: the choice", headings)
    for rule in document.rules:
        table.add_row(
            rule.rule,
            f"{rule.pilots:.1f}",
            f"{rule.payments_mean:.0f}",
            f"{rule.payments_p95:.0f}",
            f"{rule.exceedance_probability:.1%}",
            percent(rule.idle_share),
        )
    return table


def payer_table(document: FundDocument) -> Table:
    """Show what each payer lays out, gets and avoids."""
    headings = ("Payer", "Lays out", "Gets", "Avoids", "Net", "P5 to P95", "Loses in")
    table = new_table("Who pays and who gains, MSEK", headings)
    for name, payer in document.payers.items():
        table.add_row(
            NAMES[name],
            f"{payer.laid_out.mean:.0f}",
            f"{payer.received.mean:.0f}" if payer.received.mean else NONE,
            f"{payer.avoided.mean:.0f}",
            _signed(payer.net.mean),
            _span(payer.net),
            percent(payer.loss_probability),
        )
    per = document.state_per_krona
    table.caption = (
        f"For each krona that it pays for outcomes the state avoids {ratio(per['outcome_payments'])}, for each krona "
        f"of the whole fund {ratio(per['whole_fund'])}, as far as the contract counts."
    )
    return table


def course_line(document: FundDocument) -> str:
    """Say what happens on the way."""
    h = document.happening
    phases = "; ".join(f"{p.label.en.lower()} {p.first}–{p.last}" for p in document.phases.values())
    return (
        f"{h.applied:.0f} constellations apply, {h.willing:.1f} would sign, {h.analysed:.1f} are analysed, "
        f"{h.pilots:.1f} become pilots, {h.ended_early:.1f} end early, {h.successful:.1f} earn at least half of "
        f"their pay and spread to {h.spread_to:.0f} others. Phases: {phases}."
    )


def _signed(amount: float) -> str:
    return f"{MINUS if round(amount) < 0 else '+' if round(amount) > 0 else ''}{abs(round(amount))}"


def _span(spread: Spread) -> str:
    low, high = (f"{MINUS if round(v) < 0 else ''}{abs(round(v))}" for v in (spread.p5, spread.p95))
    return low if low == high else f"{low} to {high}"
