"""The price of an outcome as one figure: its value each way, the corridor, and when what comes back to whom."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from livsbana.errors import InputError
from livsbana.pricing.document import Bound, PriceDocument
from livsbana.reports.figure import EDGE, STYLE, WIDTH, Page
from livsbana.reports.layout import spread
from livsbana.reports.palette import BLACK, DARK_GREY, GREY, LIGHT_GREY, colour
from livsbana.reports.price_table import THOUSANDS, VERDICTS, setting
from livsbana.reports.words import Language, Scale, payer_name, said, scale_of
from livsbana.runs.document import PUBLIC, Money
from livsbana.runs.sharing import PARTIES

WAYS = {
    "null": "Record only",
    "do": "Caused",
    "do_held": "Caused and kept",
    "iv": "Package's, for each caused",
    "do_failures": "Given to all who fail",
    "naive": "Naive: failures − successes",
}
WRONG = "naive"
LINES = (*PARTIES, "municipality/other", "household", "victim", PUBLIC)
LABELS, BESIDE, ROW, HEADING, AXIS, GAP = 2.1, 1.0, 0.36, 0.62, 0.6, 1.3
BAR, SMALL, HATCH = 0.62, 8.5, "/////"
# Room for the names of lines in data heights, and most years that are drawn.
LEAST_GAP, MOST_YEARS = 0.065, 50


def write_price_figure(document: PriceDocument, folder: Path, language: Language = "en") -> list[Path]:
    """Draw one price and write ``figure.svg`` and ``figure.png``.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    with style.context(["default", STYLE]):
        figure = draw_price(document, language)
        try:
            figure.savefig(folder / "figure.svg", format="svg", metadata={"Date": None})
            figure.savefig(folder / "figure.png", format="png", metadata={"Software": None})
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", str(folder)) from None
    return [folder / "figure.svg", folder / "figure.png"]


def draw_price(document: PriceDocument, language: Language = "en") -> Figure:
    """Draw value each way, the corridor for an observed outcome, and the value by year and payer."""
    ways, half = len(WAYS), WIDTH / 2 - EDGE
    upper, lower = ROW * ways, ROW * 3
    body = HEADING + upper + AXIS + HEADING + lower + AXIS
    title = f"{said(document.outcome.label, language)}: {VERDICTS[document.verdict]}"
    page = Page(WIDTH, body, title, [setting(document, language), *document.reasons], _notes(document))
    values = page.axes(EDGE + LABELS, HEADING, half - LABELS - BESIDE, upper)
    values.set_title("Public value of one outcome", pad=8)
    _draw_ways(values, document)
    corridor = page.axes(EDGE + LABELS, HEADING + upper + AXIS + HEADING, half - LABELS - BESIDE, lower)
    corridor.set_title("Corridor for one observed outcome", pad=8)
    _draw_corridor(corridor, document)
    years = page.axes(WIDTH / 2 + 0.85, HEADING, half - 0.85 - 1.9, body - HEADING - AXIS)
    years.set_title("Worth of a caused outcome so far, by payer", pad=8)
    _draw_years(years, document, language)
    return page.figure


def _draw_ways(axes: Axes, document: PriceDocument) -> None:
    """One bar a way to value, with two simulation errors; the wrong one hatched."""
    found = {way: getattr(document.values, way).public for way in WAYS}
    scale = THOUSANDS
    for row, (way, money) in enumerate(found.items()):
        if money is None:
            _beside(axes, row, "none")
            continue
        wrong = way == WRONG
        face, hatch = ("white", HATCH) if wrong else (GREY, "")
        axes.barh(row, money.mean, BAR, facecolor=face, edgecolor=DARK_GREY, hatch=hatch)
        axes.plot(_ends(money), [row, row], color=BLACK, linewidth=1.4, solid_capstyle="butt")
        _beside(axes, row, scale.text(money), bold=not wrong)
    _frame(axes, [textwrap.fill(name, 30) for name in WAYS.values()], scale)


def _ends(money: Money) -> tuple[float, float]:
    """The interval over draws, or two simulation errors to each side."""
    if money.low is not None and money.high is not None:
        return money.low, money.high
    return money.mean - 2 * money.mc_error, money.mean + 2 * money.mc_error


def _draw_corridor(axes: Axes, document: PriceDocument) -> None:
    """Floor, ceiling stacked by payer, and what the state's pot would give."""
    floor, ceiling = (_observed(bound) for bound in (document.floor, document.ceiling))
    envelope = document.modes.envelope_based
    amounts = [x for x in (floor, ceiling, envelope) if x is not None]
    scale = scale_of(amounts or [0.0])
    if floor is not None:
        axes.barh(0, floor, BAR, facecolor="white", edgecolor=DARK_GREY, hatch=HATCH)
        axes.axvline(floor, color=BLACK, linewidth=1.0, linestyle="--")
    _beside(axes, 0, "none" if floor is None else scale.plain(floor), bold=True)
    start = 0.0
    for name in PARTIES:
        money = document.payers[name].ceiling_per_observed
        if money is not None and money.mean > 0:
            axes.barh(1, money.mean, BAR, left=start, facecolor=colour(name))
            start += money.mean
    _beside(axes, 1, "none" if ceiling is None else scale.plain(ceiling), bold=True)
    axes.barh(2, envelope, BAR, facecolor="white", edgecolor=colour("state"))
    _beside(axes, 2, scale.plain(envelope))
    _frame(axes, ["Floor: delivery", "Ceiling: its worth", "State's pot, per outcome"], scale)


def _observed(bound: Bound) -> float | None:
    return None if bound.per_observed is None else bound.per_observed.mean


def _draw_years(axes: Axes, document: PriceDocument, language: Language) -> None:
    """The running sum of what a caused outcome avoids, by payer."""
    ends: dict[str, float] = {}
    for name in LINES:
        rows = [r for r in document.by_year if r.payer == name and 0 <= r.year <= MOST_YEARS]
        total, sums = 0.0, []
        for row in rows:
            total += row.do
            sums.append(total)
        if not any(sums):
            continue
        dash = "--" if name.endswith("/other") else "-"
        width = 2.4 if name == PUBLIC else 1.7
        axes.plot([r.year for r in rows], sums, color=colour(name), linestyle=dash, linewidth=width)
        ends[name] = total
    scale = scale_of(ends.values() or [0.0])
    axes.axhline(0, color=BLACK, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda sek, _: _tick(sek / scale.sek)))
    axes.set_xlabel("years from the year in which it is measured")
    axes.set_ylabel(scale.unit)
    axes.grid(axis="y", color=LIGHT_GREY, linewidth=0.6)
    _name_ends(axes, ends, language)


def _name_ends(axes: Axes, ends: dict[str, float], language: Language) -> None:
    """Write each line's name at its end, moved apart."""
    if not ends:
        axes.text(0.5, 0.5, "no value to show", transform=axes.transAxes, ha="center", color=DARK_GREY)
        return
    low, high = axes.get_ylim()
    order = sorted(ends, key=lambda name: ends[name])
    heights = spread([(ends[name] - low) / (high - low) for name in order], LEAST_GAP)
    for name, height in zip(order, heights, strict=True):
        end = (ends[name] - low) / (high - low)
        axes.plot(
            [1.0, 1.02, 1.035], [end, height, height], transform=axes.transAxes, color=colour(name), clip_on=False
        )
        axes.text(1.045, height, payer_name(name, language), transform=axes.transAxes, va="center", fontsize=SMALL)


def _frame(axes: Axes, names: Sequence[str], scale: Scale) -> None:
    """Name the rows, first on top, and write the axis of money."""
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.grid(axis="x", color=LIGHT_GREY, linewidth=0.6)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda sek, _: _tick(sek / scale.sek)))
    axes.set_xlabel(scale.unit)


def _beside(axes: Axes, row: float, words: str, bold: bool = False) -> None:
    """Write an amount to the right of the axes."""
    axes.annotate(
        words, (1.0, row), (52, 0), xycoords=axes.get_yaxis_transform(), textcoords="offset points", ha="right",
        va="center", fontsize=SMALL, annotation_clip=False, fontweight="bold" if bold else "normal",
    )  # fmt: skip


def _tick(value: float) -> str:
    """Write a number of an axis."""
    return f"{value:,.6g}".replace("-", "−")


def _notes(document: PriceDocument) -> list[str]:
    """Say how to read the figure and what it rests on."""
    bars = "90% interval over draws" if document.draws else "two simulation errors to each side"
    how = (
        f"Black lines: {bars}. "
        "Hatched: what delivery costs, and a wrong value. Naive sets failures against successes; they differ in more "
        "than the outcome, so that it is wrong as a price. Dashed line: the floor; colours of payers as to the right."
    )
    return [how, *document.cautions]
