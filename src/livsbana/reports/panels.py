"""The panels that figures are made of: each function fills one pair of axes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from livsbana.reports.layout import LINES, spread
from livsbana.reports.palette import BLACK, DARK_GREY, LIGHT_GREY, SILVER, colour
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.tables import PER, per_1000
from livsbana.reports.words import Scale, break_even, exact, payer_name
from livsbana.runs.document import PUBLIC, SOCIETY, Account, RunDocument

BAR = 0.62
HEADING_ROW = -0.9
LABEL_CHARACTERS = 30
# Least distance between labels at line ends, as a share of the height of the axes.
LABEL_GAP = 0.062
SMALL, TINY = 8.5, 8.0
HATCH = "/////"
DASHES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)))


def net_limits(documents: Sequence[RunDocument], payers: Iterable[str], scale: Scale) -> tuple[float, float]:
    """Give the least and the largest amount that bars and intervals of these payers reach, SEK."""
    reached = [0.0]
    for account in (document.accounts()[payer] for payer in payers for document in documents):
        cost, avoided, net = account.programme_cost.mean, account.avoided_cost.mean, account.net
        reached += [min(avoided, 0.0) - cost, max(avoided, 0.0), *(b for b in (net.low, net.high) if b is not None)]
    return _with_margin(reached, scale.sek)


def draw_net(
    axes: Axes, document: RunDocument, payers: Sequence[str], scale: Scale, limits: tuple[float, float]
) -> None:
    """Draw what each payer pays (hatched, left) and avoids (solid, right), and its net with its interval.

    Parameters
    ----------
    axes
        Empty axes; two columns of text are written to their right.
    document, payers
        Whose accounts, by name in ``by_year``, from top to bottom.
    scale, limits
        The unit of money, and the least and largest amount on the axis, SEK.
    """
    accounts = document.accounts()
    rows = {payer: index + 0.5 * (payer in (PUBLIC, SOCIETY)) for index, payer in enumerate(payers)}
    for payer, row in rows.items():
        _draw_account(axes, accounts[payer], row, colour(payer))
        _beside(axes, row, 40, scale.text(accounts[payer].net, signed=True), fontweight="bold")
        _beside(axes, row, 106, break_even(accounts[payer], scale.language), color=DARK_GREY)
    _beside(axes, HEADING_ROW, 40, phrase("payers.net", scale.language), fontweight="bold")
    _beside(axes, HEADING_ROW, 106, phrase("payers.square", scale.language), color=DARK_GREY)
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.set_xlim(*limits)
    _money_axis(axes, scale)
    _label_rows(axes, list(rows.values()))


def _draw_account(axes: Axes, account: Account, row: float, face: str) -> None:
    """Draw the two bars of one payer, its net as a diamond, and the interval of the net."""
    cost, avoided, net = account.programme_cost.mean, account.avoided_cost.mean, account.net
    axes.barh(row, -cost, BAR, facecolor="white", edgecolor=face, hatch=HATCH)
    start = -cost if avoided < 0 else 0.0
    axes.barh(row, avoided, BAR, left=start, facecolor=face, edgecolor=face)
    if net.low is not None and net.high is not None:
        axes.plot([net.low, net.high], [row, row], color="white", linewidth=3.4, solid_capstyle="butt")
        axes.plot([net.low, net.high], [row, row], color=BLACK, linewidth=1.4, solid_capstyle="butt")
    axes.plot(net.mean, row, marker="D", markersize=5, color=BLACK, markeredgecolor="white")


def draw_cumulative(
    axes: Axes, document: RunDocument, scale: Scale, payers: Sequence[str] = LINES, language: Language = "en"
) -> None:
    """Draw each payer's cumulative net by calendar year, with a mark where it has broken even for good.

    Parameters
    ----------
    axes
        Empty axes; the names of the lines are written to their right.
    document
        The answer; payers whose cumulative net is always 0 get no line.
    scale, payers, language
        The unit of money; whose lines, in order; the language of their names.
    """
    accounts, ends, names = document.accounts(), {}, {}
    for payer in payers:
        rows = [row for row in document.by_year if row.payer == payer]
        if not any(row.cumulative for row in rows):
            continue
        years, cumulative = [row.year for row in rows], [row.cumulative for row in rows]
        dash = "--" if payer.endswith("/other") else "-"
        width = 2.4 if payer == PUBLIC else 1.7
        axes.plot(years, cumulative, color=colour(payer), linestyle=dash, linewidth=width)
        _mark_break_even(axes, accounts[payer], dict(zip(years, cumulative, strict=True)), colour(payer))
        ends[payer], names[payer] = cumulative[-1], _line_name(payer, accounts[payer], language)
    _frame_years(axes, document, scale)
    _name_lines(axes, ends, names, {payer: colour(payer) for payer in ends})


def draw_alternatives(axes: Axes, documents: Sequence[RunDocument], scale: Scale, language: Language = "en") -> None:
    """Draw the cumulative net of all public payers in several runs, one dash pattern a run."""
    ends: dict[str, float] = {}
    names: dict[str, str] = {}
    for index, document in enumerate(documents):
        rows = [row for row in document.by_year if row.payer == PUBLIC]
        years, cumulative = [row.year for row in rows], [row.cumulative for row in rows]
        axes.plot(years, cumulative, color=BLACK, linestyle=DASHES[index % len(DASHES)], linewidth=1.7)
        _mark_break_even(axes, document.public, dict(zip(years, cumulative, strict=True)), BLACK)
        key = f"{index}"
        ends[key] = cumulative[-1] if cumulative else 0.0
        names[key] = f"{said(document.label, language)}: {break_even(document.public, language)}"
    _frame_years(axes, documents[0], scale)
    _name_lines(axes, ends, names, dict.fromkeys(ends, BLACK))


def outcome_limits(documents: Sequence[RunDocument], names: Iterable[str]) -> tuple[float, float]:
    """Give the least and the largest difference per 1,000 that bars and intervals reach."""
    reached = [0.0]
    for name in names:
        for document in documents:
            outcome = document.outcomes.get(name)
            if outcome is not None:
                bounds = (outcome.difference, outcome.low, outcome.high)
                reached += [bound * PER / outcome.persons for bound in bounds if bound is not None]
    return _with_margin(reached, 1.0)


def draw_outcomes(
    axes: Axes, document: RunDocument, names: Sequence[str], limits: tuple[float, float], language: Language = "en"
) -> None:
    """Draw the difference of outcomes per 1,000 persons: grey where people are better off, hatched where worse.

    Parameters
    ----------
    axes
        Empty axes; the levels without and with the package are written to their right.
    document, names
        Which outcomes, by id, from top to bottom; one that the run does not have stays empty.
    limits
        From :func:`outcome_limits`.
    """
    for row, outcome in enumerate(document.outcomes.get(name) for name in names):
        if outcome is None:
            continue
        factor = PER / outcome.persons
        better = (outcome.difference < 0) == (outcome.better == "lower")
        face, hatch = (SILVER, "") if better else ("white", HATCH)
        axes.barh(row, outcome.difference * factor, BAR, facecolor=face, edgecolor=DARK_GREY, hatch=hatch)
        if outcome.low is not None and outcome.high is not None:
            ends = [outcome.low * factor, outcome.high * factor]
            axes.plot(ends, [row, row], color=BLACK, linewidth=1.4, solid_capstyle="butt")
        without, with_package, difference = per_1000(outcome, language)
        _beside(axes, row, 52, difference, fontweight="bold")
        _beside(axes, row, 138, f"{without} → {with_package}", color=DARK_GREY)
    _beside(axes, HEADING_ROW, 52, phrase("outcomes.difference", language), fontweight="bold")
    _beside(axes, HEADING_ROW, 138, phrase("figure.levels", language), color=DARK_GREY)
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.set_xlim(*limits)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: exact(value, language)))
    _label_rows(axes, list(range(len(names))))


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Write the names of the rows to their left, wrapped."""
    axes.set_yticklabels([textwrap.fill(name, LABEL_CHARACTERS) for name in names], linespacing=0.95)


def payer_labels(payers: Sequence[str], language: Language) -> list[str]:
    """Name payers for the rows of a panel."""
    return [payer_name(payer, language) for payer in payers]


def _with_margin(reached: Sequence[float], one: float) -> tuple[float, float]:
    """Widen a range by a little; from −1 to 1 where there is none."""
    margin = 0.05 * (max(reached) - min(reached)) or one
    return min(reached) - margin, max(reached) + margin


def _beside(axes: Axes, row: float, points: float, words: str, **look: Any) -> None:
    """Write right-aligned words to the right of the axes, so many points from their edge."""
    axes.annotate(
        words,
        (1.0, row),
        (points, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=SMALL,
        annotation_clip=False,
        **look,
    )


def _label_rows(axes: Axes, rows: Sequence[float]) -> None:
    """Put the first row on top, and light lines between ticks of the other axis."""
    axes.set_ylim(max(rows, default=0) + 0.6, -0.6)
    axes.set_yticks(list(rows), [""] * len(rows))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=LIGHT_GREY, linewidth=0.6)


def _money_axis(axes: Axes, scale: Scale) -> None:
    """Write a horizontal axis in SEK in the unit of the scale."""
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda sek, _: exact(sek / scale.sek, scale.language)))
    axes.set_xlabel(scale.unit)


def _frame_years(axes: Axes, document: RunDocument, scale: Scale) -> None:
    """Make the axes of calendar year and cumulative money."""
    if not axes.lines:
        axes.set_ylim(-scale.sek, scale.sek)
    axes.axhline(0, color=BLACK, linewidth=0.8)
    axes.set_xlim(document.start_year, document.end_year)
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda sek, _: exact(sek / scale.sek, scale.language)))
    axes.set_ylabel(scale.unit)
    axes.grid(axis="y", color=LIGHT_GREY, linewidth=0.6)


def _mark_break_even(axes: Axes, account: Account, cumulative: Mapping[int, float], shade: str) -> None:
    """Mark the year from which a payer that paid something has got it back for good."""
    year = account.lasting_break_even_year
    if year is not None and year in cumulative and account.programme_cost.mean > 0:
        axes.plot(year, cumulative[year], marker="o", markersize=7, color=shade, markeredgecolor="white", zorder=3)


def _line_name(payer: str, account: Account, language: Language) -> str:
    """Name a line; who paid something also gets the year of break-even."""
    name = payer_name(payer, language)
    return f"{name}: {break_even(account, language)}" if account.programme_cost.mean > 0 else name


def _name_lines(axes: Axes, ends: Mapping[str, float], names: Mapping[str, str], shades: Mapping[str, str]) -> None:
    """Write the name of each line at its end, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    order = sorted(ends, key=lambda line: ends[line])
    heights = spread([(ends[line] - low) / (high - low) for line in order], LABEL_GAP)
    for line, height in zip(order, heights, strict=True):
        end = (ends[line] - low) / (high - low)
        corners = ([1.0, 1.02, 1.035], [end, height, height])
        axes.plot(*corners, transform=axes.transAxes, color=shades[line], linewidth=1.2, clip_on=False)
        axes.text(1.045, height, names[line], transform=axes.transAxes, va="center", fontsize=SMALL)
