"""What runs found, as one figure: who pays and who gains, when, and what becomes of people.

The same answers and the same packages give the same bytes: no date, fixed ids, own style and font.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from livsbana.errors import InputError
from livsbana.reports import panels
from livsbana.reports.cautions import evidence_line
from livsbana.reports.layout import outcomes_of, payers_to_draw
from livsbana.reports.palette import DARK_GREY, GREY
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.tables import UNITS
from livsbana.reports.text import comparison_finding, finding, scale_for, settings
from livsbana.reports.words import exact
from livsbana.runs.document import Outcome, RunDocument, Unit

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
# Lengths in inches.
WIDTH, EDGE = 12.6, 0.25
LABELS, MONEY_BESIDE, LEVELS_BESIDE, LINE_NAMES = 2.1, 1.75, 2.1, 1.75
ROW, HEADING, AXIS, BY_YEAR, LEAST_COLUMN = 0.31, 0.68, 0.55, 2.6, 3.7
TITLE_LINE, NOTE_LINE = 0.28, 0.17
TITLE_CHARACTERS_AN_INCH, NOTE_CHARACTERS_AN_INCH, COLUMN_CHARACTERS = 7.8, 15.2, 34


def write_figure(documents: Sequence[RunDocument], folder: Path, language: Language = "en") -> tuple[Path, Path]:
    """Draw one run, or several side by side, and write ``figure.svg`` and ``figure.png``.

    Parameters
    ----------
    documents
        At least one answer.
    folder
        Where to write; it is made when it is not there.
    language
        Of everything that is written.

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
    """A figure with a title, a setting and notes, on which axes are placed in inches from the upper left.

    Parameters
    ----------
    width, body
        Inches; the height is that of the body, the lines above it and the notes below it.
    title, setting, notes
        The finding; for whom and in what money; what to keep in mind.
    """

    def __init__(self, width: float, body: float, title: str, setting: Sequence[str], notes: Sequence[str]) -> None:
        inches = width - 2 * EDGE
        above = textwrap.fill(title, int(TITLE_CHARACTERS_AN_INCH * inches))
        below_title, below = (
            "\n".join(textwrap.fill(line, int(NOTE_CHARACTERS_AN_INCH * inches)) for line in lines)
            for lines in (setting, notes)
        )
        under_title = EDGE + TITLE_LINE * _lines(above)
        self.top = under_title + NOTE_LINE * _lines(below_title)
        self.width, self.height = width, self.top + body + NOTE_LINE * _lines(below) + EDGE
        self.figure = Figure(figsize=(self.width, self.height))
        self._write(EDGE, above, fontsize=14, fontweight="bold")
        self._write(under_title, below_title, fontsize=8.5, color=DARK_GREY)
        self._write(self.top + body, below, fontsize=8.5, color=DARK_GREY)

    def axes(self, left: float, below_top: float, width: float, height: float) -> Axes:
        """Place a pair of axes on the body of the page."""
        bottom = self.height - self.top - below_top - height
        return self.figure.add_axes((left / self.width, bottom / self.height, width / self.width, height / self.height))

    def _write(self, top: float, words: str, **look: Any) -> None:
        """Write lines at the left edge."""
        self.figure.text(EDGE / self.width, 1 - top / self.height, words, va="top", linespacing=1.25, **look)


def _lines(text: str) -> int:
    """Count the lines of a text."""
    return text.count("\n") + 1


def draw(document: RunDocument, language: Language = "en") -> Figure:
    """Draw one run: net by payer, cumulative net by year, and differences in outcomes.

    Parameters
    ----------
    document
        The answer.
    language
        Of everything that is written.
    """
    scale, payers = scale_for([document], language), payers_to_draw([document])
    upper, half = ROW * (len(payers) + 1), WIDTH / 2 - EDGE
    blocks, body = _blocks(_units([document]), HEADING + upper + AXIS)
    page = Page(WIDTH, body, finding(document, language), settings([document], language), _notes([document], language))
    net = page.axes(EDGE + LABELS, HEADING, half - LABELS - MONEY_BESIDE, upper)
    net.set_title(phrase("figure.payers", language))
    panels.draw_net(net, document, payers, scale, panels.net_limits([document], payers, scale))
    panels.name_rows(net, panels.payer_labels(payers, language))
    by_year = page.axes(WIDTH / 2 + 0.8, HEADING, half - 0.8 - LINE_NAMES, upper)
    by_year.set_title(phrase("figure.by_year", language), pad=8)
    panels.draw_cumulative(by_year, document, scale, language=language)
    for unit, names, left, top in blocks:
        axes = page.axes(left + LABELS, top + HEADING, half - LABELS - LEVELS_BESIDE, ROW * len(names))
        axes.set_title(phrase(f"figure.{unit}", language))
        panels.draw_outcomes(axes, document, names, panels.outcome_limits([document], names), language)
        panels.name_rows(axes, [said(document.outcomes[name].label, language) for name in names])
    return page.figure


def draw_comparison(documents: Sequence[RunDocument], language: Language = "en") -> Figure:
    """Draw several runs side by side on common axes, and the public purse of all of them by year.

    Parameters
    ----------
    documents
        Answers, from left to right.
    language
        Of everything that is written.
    """
    scale, payers, units = scale_for(documents, language), payers_to_draw(documents), _units(documents)
    column = max((WIDTH - 2 * EDGE - LABELS) / len(documents), LEAST_COLUMN)
    width = 2 * EDGE + LABELS + column * len(documents)
    heights = [ROW * (len(payers) + 1), *(ROW * len(names) for names in units.values()), BY_YEAR]
    tops = [sum(heights[:i]) + i * (HEADING + AXIS) + HEADING for i in range(len(heights))]
    body = tops[-1] + heights[-1] + AXIS
    title, notes = comparison_finding(documents, language), _notes(documents, language)
    page = Page(width, body, title, settings(documents, language), notes)
    for index, document in enumerate(documents):
        left, first = EDGE + LABELS + index * column, index == 0
        axes = page.axes(left, tops[0], column - MONEY_BESIDE, heights[0])
        axes.set_title(textwrap.fill(said(document.label, language), COLUMN_CHARACTERS))
        panels.draw_net(axes, document, payers, scale, panels.net_limits(documents, payers, scale))
        panels.name_rows(axes, panels.payer_labels(payers, language) if first else [""] * len(payers))
        for (unit, outcomes), top, height in zip(units.items(), tops[1:-1], heights[1:-1], strict=True):
            axes = page.axes(left, top, column - LEVELS_BESIDE, height)
            axes.set_title(phrase(f"figure.{unit}", language) if first else "")
            panels.draw_outcomes(axes, document, list(outcomes), panels.outcome_limits(documents, outcomes), language)
            panels.name_rows(axes, [said(o.label, language) if first else "" for o in outcomes.values()])
    by_year = page.axes(EDGE + 0.8, tops[-1], width - 2 * EDGE - 0.8 - 2 * LINE_NAMES, BY_YEAR)
    by_year.set_title(phrase("figure.alternatives", language), pad=8)
    panels.draw_alternatives(by_year, documents, scale, language)
    return page.figure


def _units(documents: Sequence[RunDocument]) -> dict[Unit, dict[str, Outcome]]:
    """Group the outcomes of all runs by unit."""
    units: dict[Unit, dict[str, Outcome]] = {unit: outcomes_of(documents, unit) for unit in UNITS}
    return {unit: outcomes for unit, outcomes in units.items() if outcomes}


def _blocks(
    units: Mapping[Unit, Mapping[str, Outcome]], start: float
) -> tuple[list[tuple[Unit, list[str], float, float]], float]:
    """Place the outcomes of each unit, two units in a row: left edge and top; also give where all end."""
    placed: list[tuple[Unit, list[str], float, float]] = []
    top = bottom = start
    for index, (unit, outcomes) in enumerate(units.items()):
        top = bottom if index % 2 == 0 else top
        placed.append((unit, list(outcomes), EDGE + (index % 2) * (WIDTH / 2 - EDGE), top))
        bottom = max(bottom, top + HEADING + ROW * len(outcomes) + AXIS)
    return placed, bottom


def _notes(documents: Sequence[RunDocument], language: Language) -> list[str]:
    """Say how to read the figure, and what the numbers rest on."""
    interval = "interval" if any(document.draws for document in documents) else "central"
    how = [phrase("figure.how", language), phrase(f"figure.{interval}", language)]
    weights = sorted({document.tax_factor for document in documents if document.tax_factor != 1})
    if weights:
        factors = phrase("or", language).join(exact(weight, language) for weight in weights)
        how.append(phrase("payers.weight", language, factor=factors))
    return [" ".join(how), *dict.fromkeys(evidence_line(document, language) for document in documents)]
