"""One contract as a figure: where each party ends, who pays when, and how often a term is wrong."""

from __future__ import annotations

import textwrap
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from livsbana.pricing.contracts.document import ContractDocument, PartyResult, TermResult
from livsbana.reports.contract_table import Unit, contract_finding, rule_line
from livsbana.reports.figure import EDGE, HEADING, WIDTH, Page
from livsbana.reports.palette import BLACK, DARK_GREY, GREY, LIGHT_GREY, SILVER, colour
from livsbana.reports.save import save_figure

PUBLIC = ("municipality", "region", "state")
NOT_PUBLIC = (DARK_GREY, SILVER, GREY, LIGHT_GREY, BLACK)
LABELS, ROW, AXIS, MIDDLE = 2.3, 0.42, 0.6, 0.9
LABEL_CHARACTERS = 28
HIGHEST_BAR = 0.36


def write_contract_figure(document: ContractDocument, folder: Path) -> tuple[Path, Path]:
    """Write ``figure.svg`` and ``figure.png``."""
    return save_figure(lambda: draw_contract(document), folder)


def draw_contract(document: ContractDocument) -> Figure:
    """Draw one contract."""
    unit, terms = Unit(document), _judged(document)
    upper = max(ROW * (len(document.parties) + 1), 2.0)
    lower = ROW * (len(terms) + 1)
    body = HEADING + upper + AXIS + HEADING + lower + AXIS
    page = Page(
        WIDTH, body, f"{document.label.en}: {contract_finding(document)}", _settings(document, unit), _notes(document)
    )
    half = WIDTH / 2 - EDGE
    ends = page.axes(EDGE + LABELS, HEADING, half - LABELS - MIDDLE / 2, upper)
    _draw_positions(ends, document, unit)
    years = page.axes(WIDTH / 2 + MIDDLE, HEADING, half - MIDDLE, upper)
    _draw_years(years, document, unit)
    top = HEADING + upper + AXIS + HEADING
    _draw_errors(page.axes(EDGE + LABELS, top, half - LABELS - MIDDLE / 2, lower), terms)
    _draw_pay(page.axes(WIDTH / 2 + MIDDLE, top, half - MIDDLE, lower), terms, unit)
    return page.figure


def colours(document: ContractDocument) -> dict[str, str]:
    """Give each party its payer's colour; who is no public payer is grey, darker and lighter."""
    greys = iter(NOT_PUBLIC * len(document.parties))
    return {n: colour(p.role) if p.role in PUBLIC else next(greys) for n, p in document.parties.items()}


def _judged(document: ContractDocument) -> list[TermResult]:
    """The terms that hang on outcomes."""
    return [t for t in document.terms.values() if t.pays_without_effect is not None]


def _settings(document: ContractDocument, unit: Unit) -> list[str]:
    return [
        document.description,
        f"{document.start_year}–{document.end_year}, {unit.name}, undiscounted, {document.replicates:,} worlds.",
    ]


def _notes(document: ContractDocument) -> list[str]:
    return [rule_line(document).plain, *document.cautions]


def _rows(axes: Axes, labels: list[str]) -> None:
    """Name rows from the top."""
    axes.set_yticks(range(len(labels)), [textwrap.fill(text, LABEL_CHARACTERS) for text in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _draw_positions(axes: Axes, document: ContractDocument, unit: Unit) -> None:
    """Where each party ends: interval over worlds, and at no effect and at effect."""
    parties: list[PartyResult] = list(document.parties.values())
    shades = list(colours(document).values())
    for row, (party, shade) in enumerate(zip(parties, shades, strict=True)):
        low, high = party.position.p5 / unit.size, party.position.p95 / unit.size
        axes.plot([low, high], [row, row], color=shade, linewidth=7, solid_capstyle="butt", alpha=0.55)
        axes.plot(party.position.mean / unit.size, row, "D", color=shade, markeredgecolor=BLACK, markersize=6)
        axes.plot(party.position_without_effect / unit.size, row, "o", mfc="white", mec=BLACK, markersize=6)
        axes.plot(party.position_with_effect / unit.size, row, "o", color=BLACK, markersize=6, alpha=0.9, zorder=2)
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_title("Where each party ends\n", pad=2)
    axes.text(
        0,
        1.01,
        "bar 90 % of worlds, diamond mean; ○ if it does nothing, ● if it works as stated",
        transform=axes.transAxes,
        fontsize=8,
        color=DARK_GREY,
        va="bottom",
    )
    axes.set_xlabel(unit.name)
    _rows(axes, [p.label.en for p in parties])


def _draw_years(axes: Axes, document: ContractDocument, unit: Unit) -> None:
    """Expected net payments by year, stacked: what is above zero is received by some and paid by others."""
    for name, shade in colours(document).items():
        party = document.parties[name]
        years = [line.year for line in party.by_year]
        net = [(line.received - line.paid) / unit.size for line in party.by_year]
        above = [_stacked(document, name, t, unit) for t in range(len(years))]
        axes.bar(
            years, net, bottom=above, width=0.7, color=shade, edgecolor="white", linewidth=0.5, label=party.label.en
        )
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_title("Expected net payments by year", pad=8)
    axes.set_ylabel(unit.name)
    axes.set_xticks([line.year for line in next(iter(document.parties.values())).by_year])
    columns = 3 if len(document.parties) > 4 else len(document.parties)
    axes.legend(frameon=False, fontsize=8, ncols=columns, loc="upper center", bbox_to_anchor=(0.5, -0.1))


def _stacked(document: ContractDocument, name: str, year: int, unit: Unit) -> float:
    """Where the bar of a party begins: on those before it with the same sign."""

    def net(party: str) -> float:
        line = document.parties[party].by_year[year]
        return (line.received - line.paid) / unit.size

    names = list(document.parties)
    before = [net(n) for n in names[: names.index(name)]]
    return sum(v for v in before if (v > 0) == (net(name) > 0))


def _draw_errors(axes: Axes, terms: list[TermResult]) -> None:
    """How often a term pays for nothing, and nothing for an effect."""
    for row, term in enumerate(terms):
        for share, offset, hatch in ((term.pays_without_effect, -0.2, None), (term.unpaid_with_effect, 0.2, "////")):
            value = 100 * (share or 0.0)
            face = GREY if hatch is None else "white"
            axes.barh(row + offset, value, height=HIGHEST_BAR, color=face, edgecolor=DARK_GREY, hatch=hatch)
            axes.text(value + 1.5, row + offset, f"{value:.0f}", va="center", fontsize=8)
    axes.set_xlim(0, 110)
    axes.set_xticks(range(0, 101, 25))
    axes.set_xlabel("per cent of worlds")
    axes.set_title("How often a term is wrong\n", pad=2)
    axes.text(
        0,
        1.01,
        "solid: pays for nothing; hatched: pays nothing for an effect",
        transform=axes.transAxes,
        fontsize=8,
        color=DARK_GREY,
        va="bottom",
    )
    _rows(axes, [t.label.en for t in terms])


def _draw_pay(axes: Axes, terms: list[TermResult], unit: Unit) -> None:
    """What a term pays on average without and with effect, of the most that it can."""
    for row, term in enumerate(terms):
        if term.at_most is not None:
            axes.barh(row, term.at_most / unit.size, height=0.8, color=LIGHT_GREY, edgecolor="none", zorder=0)
        nothing, effect = term.expected_without_effect / unit.size, term.expected_with_effect / unit.size
        axes.barh(row - 0.2, nothing, height=HIGHEST_BAR, color="white", edgecolor=DARK_GREY)
        axes.barh(row + 0.2, effect, height=HIGHEST_BAR, color=DARK_GREY, edgecolor=DARK_GREY)
    axes.set_title("What a term pays on average\n", pad=2)
    axes.text(
        0,
        1.01,
        "white: if it does nothing; dark: if it works as stated; pale: the most that it can pay",
        transform=axes.transAxes,
        fontsize=8,
        color=DARK_GREY,
        va="bottom",
    )
    axes.set_xlabel(unit.name)
    _rows(axes, ["" for _ in terms])
