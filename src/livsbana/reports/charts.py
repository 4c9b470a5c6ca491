"""Where the marks of a page's figures stand, in per cent of their axes; templates draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from livsbana.reports.layout import spread
from livsbana.reports.palette import colour
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.tables import whole_cohort
from livsbana.reports.views import Flow
from livsbana.reports.words import Scale, break_even, exact
from livsbana.runs.document import Account, Money, Outcome, RunDocument

TICKS = 5
MARGIN = 0.04
# Height of a label beside a line, as a share of the height of the chart.
LABEL_GAP = 0.065
# Units of the box that a line is drawn in; the page stretches it.
BOX = 1_000


class Axis(NamedTuple):
    """A scale from the least to the largest value, and where round values stand."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Place a value, in per cent from the low end."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)


class Bar(NamedTuple):
    """A bar from ``left``, ``width`` wide, per cent; hatched for what is paid."""

    left: float
    width: float
    fill: str
    is_hatched: bool


class Mark(NamedTuple):
    """A point, and the interval around it where there is one, per cent."""

    at: float
    low: float | None = None
    high: float | None = None


class BarRow(NamedTuple):
    """One row of a bar chart: its words and its marks."""

    label: str
    text: str
    below: str
    bars: tuple[Bar, ...]
    mark: Mark | None
    is_total: bool = False


class BarChart(NamedTuple):
    """Rows on one axis."""

    rows: tuple[BarRow, ...]
    zero: float
    ticks: tuple[tuple[float, str], ...]


class Line(NamedTuple):
    """One line: the path in a box of ``BOX``, the height of its end and of its label in per cent from the top."""

    key: str
    label: str
    colour: str
    is_dashed: bool
    is_strong: bool
    path: str
    end: float
    label_at: float
    square_at: tuple[float, float] | None


class LineChart(NamedTuple):
    """Lines over calendar years."""

    lines: tuple[Line, ...]
    zero: float
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]


def axis_over(values: Iterable[float]) -> Axis:
    """Make an axis that holds 0 and all values, with round ticks."""
    reached = [0.0, *values]
    low, high = min(reached), max(reached)
    if low == high:
        low, high = -1.0, 1.0
    step = _round_step((high - low) / TICKS)
    ticks = tuple(step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1))
    margin = MARGIN * (high - low)
    return Axis(low - margin, high + margin, ticks)


def _round_step(rough: float) -> float:
    """Give the nearest larger step of 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough * 0.999)


def payer_bars(accounts: Mapping[str, Account], names: Mapping[str, str], scale: Scale) -> BarChart:
    """Draw what each payer pays to the left, hatched, what it avoids to the right, solid, and its net."""
    reached: list[float] = []
    for account in (accounts[payer] for payer in names):
        cost, avoided, net = account.programme_cost.mean, account.avoided_cost.mean, account.net
        reached += [min(avoided, 0.0) - cost, avoided, *(b for b in (net.low, net.high) if b is not None)]
    axis = axis_over(reached)
    rows = tuple(_payer_row(payer, name, accounts[payer], axis, scale) for payer, name in names.items())
    return BarChart(rows, axis.at(0), _money_ticks(axis, scale))


def _payer_row(payer: str, name: str, account: Account, axis: Axis, scale: Scale) -> BarRow:
    cost, avoided, net = account.programme_cost.mean, account.avoided_cost.mean, account.net
    start = -cost if avoided < 0 else 0.0
    bars = (_bar(0.0, -cost, axis, colour(payer), True), _bar(start, start + avoided, axis, colour(payer), False))
    return BarRow(
        name,
        scale.text(net, signed=True),
        scale.interval(net) if net.low is not None else "",
        tuple(bar for bar in bars if bar.width),
        _mark(net, axis),
        is_total=payer in ("public", "society"),
    )


def net_axis(amounts: Iterable[Money]) -> Axis:
    """Make an axis that holds amounts and their intervals."""
    return axis_over(b for money in amounts for b in (money.mean, money.low, money.high) if b is not None)


def net_bars(named: Sequence[tuple[str, Money, str]], scale: Scale, axis: Axis | None = None) -> BarChart:
    """Draw amounts with their intervals (label, amount, colour), on an axis of their own or a shared one."""
    axis = axis or net_axis(money for _, money, _ in named)
    rows = tuple(
        BarRow(
            label,
            scale.text(money, signed=True),
            scale.interval(money) if money.low is not None else "",
            (_bar(0.0, money.mean, axis, fill, money.mean < 0),),
            _mark(money, axis),
        )
        for label, money, fill in named
    )
    return BarChart(rows, axis.at(0), _money_ticks(axis, scale))


def outcome_bars(outcomes: Iterable[Outcome], language: Language, better: str, worse: str) -> BarChart:
    """Draw differences in the whole cohort: solid where people are better off, hatched where worse."""
    listed = list(outcomes)
    axis = axis_over(b for outcome in listed for b in (outcome.difference, outcome.low, outcome.high) if b is not None)
    rows = []
    for outcome in listed:
        is_better = (outcome.difference < 0) == (outcome.better == "lower")
        fill = better if is_better else worse
        without, with_package, difference = whole_cohort(outcome, language)
        interval = () if outcome.low is None or outcome.high is None else (outcome.low, outcome.high)
        rows.append(
            BarRow(
                said(outcome.label, language),
                difference,
                f"{without} → {with_package}",
                (_bar(0.0, outcome.difference, axis, fill, not is_better),),
                Mark(axis.at(outcome.difference), *map(axis.at, interval)),
            )
        )
    return BarChart(tuple(rows), axis.at(0), tuple((axis.at(t), exact(t, language)) for t in axis.ticks))


def _bar(start: float, end: float, axis: Axis, fill: str, is_hatched: bool) -> Bar:
    low, high = sorted((axis.at(start), axis.at(end)))
    return Bar(low, round(high - low, 2), fill, is_hatched)


def _mark(money: Money, axis: Axis) -> Mark:
    if money.low is None or money.high is None:
        return Mark(axis.at(money.mean))
    return Mark(axis.at(money.mean), axis.at(money.low), axis.at(money.high))


def _money_ticks(axis: Axis, scale: Scale) -> tuple[tuple[float, str], ...]:
    return tuple((axis.at(tick), exact(tick / scale.sek, scale.language)) for tick in axis.ticks)


class Series(NamedTuple):
    """What one line shows: a key, its name, its colour, and its values by year."""

    key: str
    label: str
    colour: str
    is_dashed: bool
    is_strong: bool
    years: Sequence[int]
    values: Sequence[float]
    square: int | None = None


def payer_series(
    flows: Mapping[str, Flow], accounts: Mapping[str, Account], names: Mapping[str, str], language: Language
) -> list[Series]:
    """Give the running net of each payer; who paid something also says when it is square."""
    made = []
    for payer, name in names.items():
        flow, account = flows[payer], accounts[payer]
        pays = account.programme_cost.mean > 0
        label = phrase("chart.square", language, name=name, year=break_even(account, language)) if pays else name
        square = account.lasting_break_even_year if pays else None
        dashed, strong = payer.endswith("/other"), payer == "public"
        made.append(Series(payer, label, colour(payer), dashed, strong, flow.years, flow.cumulative, square))
    return made


def line_chart(series: Sequence[Series], scale: Scale) -> LineChart:
    """Draw running nets over calendar years, labels spread so that they do not overlap."""
    axis = axis_over(value for one in series for value in one.values)
    years = sorted({year for one in series for year in one.years})
    span = max(years[-1] - years[0], 1) if years else 1
    ends = {one.key: 100 - axis.at(one.values[-1]) for one in series}
    order = sorted(ends, key=lambda key: ends[key])
    labels = dict(zip(order, spread([ends[key] / 100 for key in order], LABEL_GAP), strict=True))

    def across(year: int) -> float:
        return round(100 * (year - years[0]) / span, 2)

    lines = [
        Line(
            one.key,
            one.label,
            one.colour,
            one.is_dashed,
            one.is_strong,
            _path(one, axis, years[0], span),
            ends[one.key],
            round(100 * labels[one.key], 2),
            _square(one, axis, across),
        )
        for one in series
    ]
    decades = [year for year in years if year % 10 == 0]
    y_ticks = tuple((round(100 - at, 2), label) for at, label in _money_ticks(axis, scale))
    return LineChart(tuple(lines), round(100 - axis.at(0), 2), tuple((across(y), str(y)) for y in decades), y_ticks)


def _path(one: Series, axis: Axis, first: int, span: int) -> str:
    """Write a path in whole units of the box."""
    points = (
        f"{round(BOX * (year - first) / span)} {round(BOX * (1 - axis.at(value) / 100))}"
        for year, value in zip(one.years, one.values, strict=True)
    )
    return "M" + "L".join(points)


def _square(one: Series, axis: Axis, across: Callable[[int], float]) -> tuple[float, float] | None:
    """Place the year from which a payer has got everything back for good."""
    if one.square is None or one.square not in one.years:
        return None
    value = one.values[list(one.years).index(one.square)]
    return across(one.square), round(100 - axis.at(value), 2)


def payers_with_lines(document: RunDocument, payers: Iterable[str]) -> list[str]:
    """List the payers, of those named, whose running net is ever anything but 0."""
    moving = {row.payer for row in document.by_year if row.cumulative}
    return [payer for payer in payers if payer in moving]
