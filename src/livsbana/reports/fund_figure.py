"""One fund as a figure: plan against what falls due, the frame too small or idle, and who pays and gains."""

from __future__ import annotations

import textwrap
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from livsbana.institutions.document import FundDocument
from livsbana.reports.figure import EDGE, HEADING, WIDTH, Page
from livsbana.reports.fund_table import LEVELS, NAMES, fund_finding
from livsbana.reports.palette import BLACK, DARK_GREY, GREY, LIGHT_GREY, SILVER, colour
from livsbana.reports.save import save_figure

UPPER, LOWER, AXIS, MIDDLE, LABELS = 2.7, 2.0, 0.6, 0.75, 1.35
RULE_LABELS, RULE_CHARACTERS = 2.1, 30
SHADES = (colour("state"), SILVER, colour("municipality"))


def write_fund_figure(document: FundDocument, folder: Path) -> tuple[Path, Path]:
    """Write ``figure.svg`` and ``figure.png``."""
    return save_figure(lambda: draw_fund(document), folder)


def draw_fund(document: FundDocument) -> Figure:
    """Draw one fund."""
    body = 2 * HEADING + UPPER + LOWER + 2 * AXIS
    setting = [document.description, f"MSEK, undiscounted, {document.replicates:,} possible worlds."]
    page = Page(WIDTH, body, f"{document.label.en}: {fund_finding(document)}", setting, document.cautions)
    half = WIDTH / 2 - EDGE
    _draw_budget(page.axes(EDGE + MIDDLE, HEADING, half - 1.5 * MIDDLE, UPPER), document)
    _draw_tail(page.axes(WIDTH / 2 + MIDDLE, HEADING, half - MIDDLE, UPPER), document)
    top = 2 * HEADING + UPPER + AXIS
    _draw_payers(page.axes(EDGE + LABELS, top, half - LABELS - MIDDLE / 2, LOWER), document)
    _draw_rules(page.axes(WIDTH / 2 + RULE_LABELS + 0.2, top, half - RULE_LABELS - 0.2, LOWER), document)
    return page.figure


def _note(axes: Axes, words: str) -> None:
    """Say under the title how to read an axes."""
    axes.text(0, 1.01, words, transform=axes.transAxes, fontsize=8, color=DARK_GREY, va="bottom")


def _draw_budget(axes: Axes, document: FundDocument) -> None:
    """The budget by level, and what the whole fund costs in possible worlds."""
    years = [int(y) for y in document.budget.years]
    bottom = [0.0] * len(years)
    for (level, by_year), shade in zip(document.budget.by_level_and_year.items(), SHADES, strict=True):
        values = list(by_year.values())
        axes.bar(years, values, bottom=bottom, width=0.75, color=shade, edgecolor="white", label=LEVELS[level])
        bottom = [a + b for a, b in zip(bottom, values, strict=True)]
    for year, total in zip(years, bottom, strict=True):
        axes.text(year, total + 2, f"{total:g}", ha="center", va="bottom", fontsize=9)
    whole = [document.payments.whole_budget[str(y)] for y in years]
    axes.vlines(years, [s.p5 for s in whole], [s.p95 for s in whole], color=BLACK, linewidth=1.3)
    axes.plot(years, [s.mean for s in whole], "D", color=BLACK, markersize=5, label="What it costs, 90 % of worlds")
    axes.set_title("Budget if everything succeeds, and what it costs", pad=8)
    axes.set_ylabel("MSEK")
    axes.set_ylim(0, 1.12 * max(bottom))
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _draw_tail(axes: Axes, document: FundDocument) -> None:
    """How likely it is that more than an amount falls due, with the frame."""
    amounts = document.payments.percentiles
    likely = [100 - p for p in range(len(amounts))]
    axes.plot(amounts, likely, color=colour("state"), linewidth=2.2)
    inside = [(a, p) for a, p in zip(amounts, likely, strict=True) if a < document.frame]
    edge = [(0.0, 100.0), *inside, (document.frame, 100 * document.exceedance.probability)]
    axes.fill_between([a for a, _ in edge], [p for _, p in edge], 100, color=LIGHT_GREY, alpha=0.6, linewidth=0)
    axes.text(0.97 * document.frame, 88, f"idle: {document.idle.expected:.0f} on average", ha="right", fontsize=8)
    axes.axvline(document.frame, color=BLACK, linewidth=1.2, linestyle="--")
    axes.text(document.frame, 101, f"frame {document.frame:g}", ha="center", va="bottom", fontsize=8)
    axes.annotate(
        f"1 world in 20: more than {document.value_at_risk:.0f}",
        (document.value_at_risk, 5),
        xytext=(0.03 * document.frame, 12),
        fontsize=8,
        arrowprops={"arrowstyle": "-", "color": GREY},
    )
    axes.set_xlim(0, 1.05 * max(document.frame, amounts[-1]))
    axes.set_ylim(0, 100)
    axes.set_xlabel("outcome payments in all, MSEK")
    axes.set_ylabel("per cent of worlds\nin which more falls due")
    axes.set_title("Is the frame enough, or idle?", pad=16)


def _draw_payers(axes: Axes, document: FundDocument) -> None:
    """What each payer lays out, gets and avoids; diamond: net."""
    for row, (name, payer) in enumerate(document.payers.items()):
        shade = colour(name)
        axes.barh(row, -payer.laid_out.mean, height=0.6, color="white", edgecolor=shade, hatch="////")
        axes.barh(row, payer.received.mean, height=0.6, color=shade, alpha=0.5)
        axes.barh(row, payer.avoided.mean, left=payer.received.mean, height=0.6, color=shade)
        axes.plot([payer.net.p5, payer.net.p95], [row, row], color=BLACK, linewidth=1.2)
        axes.plot(payer.net.mean, row, "D", color="white", markeredgecolor=BLACK, markersize=6)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(document.payers)), [NAMES[n] for n in document.payers])
    axes.set_ylim(len(document.payers) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("MSEK")
    axes.set_title("Who pays and who gains\n", pad=2)
    _note(axes, "hatched: lays out; pale: gets from the fund; solid: avoids; diamond: net with 90 % of worlds")


def _draw_rules(axes: Axes, document: FundDocument) -> None:
    """The choice between a frame that is too small and one that lies idle."""
    for row, rule in enumerate(document.rules):
        for share, offset, face in ((rule.exceedance_probability, -0.19, BLACK), (rule.idle_share, 0.19, LIGHT_GREY)):
            axes.barh(row + offset, 100 * share, height=0.34, color=face, edgecolor=DARK_GREY)
            axes.text(100 * share + 1, row + offset, f"{100 * share:.0f}", va="center", fontsize=8)
    axes.set_yticks(range(len(document.rules)), [textwrap.fill(r.rule, RULE_CHARACTERS) for r in document.rules])
    axes.set_ylim(len(document.rules) - 0.4, -0.6)
    axes.set_xlim(0, 1.15 * max(100 * max(r.idle_share, r.exceedance_probability) for r in document.rules) + 3)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("per cent")
    axes.set_title("Too small or idle: the choice\n", pad=2)
    _note(axes, "black: frame exceeded; pale: idle part")
