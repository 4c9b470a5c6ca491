"""What runs found, as one figure: who pays and who gains, when, and what becomes of people.

The same answers and the same packages give the same bytes: no date, fixed ids, own style and font.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from livsbana.errors import InputError
from livsbana.reports import panels
from livsbana.reports.palette import BLACK, DARK_GREY, GREY
from livsbana.reports.text import comparison_finding, evidence_line, finding, scale_for, setting
from livsbana.reports.words import Language, Scale, said
from livsbana.runs.document import RunDocument, Unit

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 20,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.axisbelow": True,
    "svg.hashsalt": "livsbana",
    "svg.fonttype": "path",
    "savefig.dpi": 130,
    "hatch.linewidth": 0.7,
}
OUTCOMES: dict[Unit, str] = {
    "persons_ever": "What becomes of them: persons per 1,000, ever",
    "person_years": "Years lived in it, per 1,000 persons",
    "events": "Events per 1,000 persons",
}
# All in inches.
WIDTH, EDGE = 12.6, 0.25
LABELS, TEXT_BESIDE = 1.95, 1.35
LINE_NAMES = 1.75
ROW, HEADING, AXIS = 0.31, 0.62, 0.55
TITLE_LINE, NOTE_LINE = 0.29, 0.17
TITLE_CHARACTERS, NOTE_CHARACTERS = 92, 165


def write_figure(documents: Sequence[RunDocument], folder: Path, language: Language = "en") -> tuple[Path, Path]:
    """Draw one run, or several side by side, and write ``figure.svg`` and ``figure.png``.

    Parameters
    ----------
    documents
        At least one answer.
    folder
        Where to write; it is made when it is not there.
    language
        Of labels; titles and sentences are English.

    Returns
    -------
    svg, png : Path
        What was written.

    Raises
    ------
    InputError
        If the folder cannot be made or written to.
    """
    svg, png = folder / "figure.svg", folder / "figure.png"
    with style.context(["default", STYLE]):
        figure = draw(documents[0], language) if len(documents) == 1 else draw_comparison(documents, language)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            figure.savefig(svg, format="svg", metadata={"Date": None})
            figure.savefig(png, format="png", metadata={"Software": None})
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", str(folder)) from None
    return svg, png


class Page:
    """A figure on which axes are placed in inches from the upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height))

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Place a pair of axes."""
        bottom = self.height - top - height
        return self.figure.add_axes(
            (left / self.width, bottom / self.height, width / self.width, height / self.height)
        )

    def write(self, top: float, words: str, **look: Any) -> None:
        """Write lines at the left edge."""
        self.figure.text(EDGE / self.width, 1 - top / self.height, words, va="top", **look)


def draw(document: RunDocument, language: Language = "en") -> Figure:
    """Draw one run: net by payer, cumulative net by year, and differences in outcomes.

    Parameters
    ----------
    document
        The answer.
    language
        Of labels.
    """
    scale = scale_for([document])
    payers = panels.payers_to_draw([document])
    units = _units([document])
    title, notes = _title(finding(document, language)), _notes(document, language)
    top = _header_height(title)
    upper, lower = ROW * (len(payers) + 1), ROW * max(len(names) for names in units.values())
    page = Page(WIDTH, top + upper + lower + 2 * (HEADING + AXIS) + _notes_height(notes))
    _header(page, title, f"{said(document.label, language)}. {setting(document)}")
    half = (WIDTH - 2 * EDGE) / 2
    net = page.axes(EDGE + LABELS, top + HEADING, half - LABELS - TEXT_BESIDE, upper)
    net.set_title("Who pays (hatched) and who gains (solid)")
    panels.draw_net(net, document, payers, scale, panels.net_limits([document], payers))
    panels.name_rows(net, panels.payer_labels(payers, language))
    by_year = page.axes(EDGE + half + 0.75, top + HEADING, half - 0.75 - LINE_NAMES, upper)
    by_year.set_title("Net so far, by calendar year, and when it breaks even for good (dot)")
    panels.draw_cumulative(by_year, document, scale, language=language)
    for index, (unit, names) in enumerate(units.items()):
        left, width = EDGE + LABELS + 0.2 + index * half, half - LABELS - 0.2 - 1.9
        axes = page.axes(left, top + upper + 2 * HEADING + AXIS, width, ROW * len(names))
        axes.set_title(OUTCOMES[unit])
        panels.draw_outcomes(axes, document, names, panels.outcome_limits([document], names))
        panels.name_rows(axes, [said(document.outcomes[name].label, language) for name in names])
    page.write(page.height - _notes_height(notes), notes, fontsize=8, color=DARK_GREY, linespacing=1.3)
    return page.figure
