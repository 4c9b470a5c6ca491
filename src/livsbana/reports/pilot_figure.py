"""One comparison as a figure: what the team claims against the band that was simulated."""

from __future__ import annotations

import textwrap
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from livsbana.pilots.document import ClaimResult, CompareDocument
from livsbana.reports.figure import EDGE, HEADING, WIDTH, Page
from livsbana.reports.palette import BLACK, DARK_GREY, GREY, LIGHT_GREY, SILVER
from livsbana.reports.pilot_table import LEVELS, VERDICTS, finding, local, points, setting
from livsbana.reports.save import save_figure
from livsbana.reports.words import Language, said

ROW, AXIS, LABELS, BESIDE, CHARACTERS = 0.5, 0.6, 3.6, 2.6, 44
FLAGGED = "#D55E00"


def write_pilot_figure(document: CompareDocument, folder: Path, language: Language) -> tuple[Path, Path]:
    """Write ``figure.svg`` and ``figure.png``."""
    return save_figure(lambda: draw_pilot(document, language), folder)


def draw_pilot(document: CompareDocument, language: Language) -> Figure:
    """Draw claims against simulated bands, one row each."""
    claims = [*document.links, *document.outcomes]
    height = ROW * (len(claims) + 0.5)
    notes = [local(said(note, language), language) for note in document.cautions]
    page = Page(
        WIDTH,
        HEADING + height + AXIS,
        f"{document.label}: {finding(document, language)}",
        [setting(document, language)],
        notes,
    )
    axes = page.axes(EDGE + LABELS, HEADING, WIDTH - 2 * EDGE - LABELS - BESIDE, height)
    for row, claim in enumerate(claims):
        _draw_claim(axes, claim, row, language)
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(claims)), [textwrap.fill(_name(c, language), CHARACTERS) for c in claims])
    axes.set_ylim(len(claims) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    sv = language == "sv"
    axes.set_xlabel(
        "förändring av andelen i målgruppen, procentenheter"
        if sv
        else "change in the share of the target group, percentage points"
    )
    axes.set_title("Vad ni säger och vad modellen ger\n" if sv else "What you say and what the model gives\n", pad=2)
    words = (
        "stapel: 90 % av simuleringarna, streck: mitten; ◆ ert antagande"
        if sv
        else "bar: 90 % of simulations, line: the middle; ◆ your claim"
    )
    axes.text(0, 1.01, words, transform=axes.transAxes, fontsize=8, color=DARK_GREY, va="bottom")
    return page.figure


def _name(claim: ClaimResult, language: Language) -> str:
    months = f"{claim.months} {'mån' if language == 'sv' else 'months'}"
    if claim.level is None:
        return f"{said(claim.label, language)}, {months}"
    return f"{said(claim.label, language).rpartition(' → ')[2]} ({said(LEVELS[claim.level], language)}), {months}"


def _draw_claim(axes: Axes, claim: ClaimResult, row: int, language: Language) -> None:
    """One band with its middle, the claim, and the verdict in words at the right."""
    if claim.p5 is not None and claim.p95 is not None and claim.p50 is not None:
        axes.plot([claim.p5, claim.p95], [row, row], color=SILVER, linewidth=9, solid_capstyle="butt")
        axes.plot([claim.p50] * 2, [row - 0.2, row + 0.2], color=DARK_GREY, linewidth=2)
    flagged = claim.verdict in ("optimistic", "beyond")
    if claim.claim is not None:
        known = claim.p50 is not None
        face = FLAGGED if flagged else BLACK if known else LIGHT_GREY
        axes.plot(claim.claim, row, "D", color=face, markeredgecolor=BLACK, markersize=6, zorder=3)
    said_size = "" if claim.claim is None else f" ({local(points(claim.claim), language)})"
    axes.text(
        1.02,
        row,
        said(VERDICTS[claim.verdict], language) + said_size,
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=9,
        color=BLACK,
        fontweight="bold" if flagged else "normal",
    )
