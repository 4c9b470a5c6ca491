"""Whether the planned evaluation can see the effect, and which payers get back what they spend."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from livsbana.parameters.library import Library
from livsbana.pilots.benchmark import FEWEST, PACKAGE, Benchmark, Floats, better_value, first_factors, year_of
from livsbana.pilots.document import PayerBreakEven, PowerResult
from livsbana.pilots.judge import POINTS, claimed, fraction_moved, simulated_outcome
from livsbana.pilots.names import factor_label
from livsbana.pilots.personal import SMALLEST_SHOWN, shown_count
from livsbana.pilots.power import detects, needed_an_arm, se_before_after, se_of_shares
from livsbana.pilots.read import Pilot, sized_outcomes
from livsbana.pilots.schema import Outcome
from livsbana.runs.document import Text
from livsbana.valuation.breakeven import break_even

CORRELATION = 0.5  # of one person's answers before and after
MATCHED_DEFF = 1.2  # variance that matching costs
GAIN = 1.0  # SEK a person and year; less is nothing
PAYERS = ("municipality", "municipality/home", "region", "state", "employer", "household", "victim")

ASSUMPTIONS = (
    Text(
        sv="Samma persons svar före och efter samvarierar med 0,5 (antagande).",
        en="One person's answers before and after correlate by 0.5 (assumption).",
    ),
    Text(
        sv="En matchad jämförelse kostar 20 % i varians, och är utan kvarvarande snedhet (antagande).",
        en="A matched comparison costs 20 % in variance and leaves no bias (assumption).",
    ),
)


class _Design(NamedTuple):
    """How differences are read: on how many, against whom."""

    treated: int
    compared: int
    comparator: str

    def se(self, without: float, with_effect: float) -> float:
        """Standard error of the difference that the evaluation sees."""
        if self.comparator == "before_after":
            return se_before_after(without, with_effect, self.treated, CORRELATION)
        deff = MATCHED_DEFF if self.comparator == "matched" else 1.0
        return se_of_shares(with_effect, without, self.treated, self.compared, deff)


def power_of(pilot: Pilot, library: Library, benchmark: Benchmark) -> list[PowerResult]:
    """Judge the planned evaluation on every outcome that can be simulated."""
    found = []
    for outcome in sized_outcomes(pilot):
        assert outcome.months is not None
        if benchmark.persons[year_of(outcome.months)] >= FEWEST:
            found.append(_power(pilot, library, benchmark, outcome, outcome.factor or "", outcome.months))
    return found


def _power(
    pilot: Pilot, library: Library, benchmark: Benchmark, outcome: Outcome, factor: str, months: int
) -> PowerResult:
    plan, year = pilot.file.evaluation, year_of(months)
    change, level = simulated_outcome(pilot, benchmark, factor, year), benchmark.level(factor, year)
    design = _design(pilot)
    claim = claimed(outcome, float(level.mean()))
    middle = float(np.median(change))
    return PowerResult(
        outcome=outcome.outcome,
        label=factor_label(library, factor),
        months=months,
        comparator=plan.comparator,
        treated=shown_count(plan.treated),
        compared=shown_count(plan.compared),
        hidden=any(n is not None and shown_count(n) is None for n in (plan.treated, plan.compared)),
        effect_p50=POINTS * middle,
        detects=None
        if design is None
        else float(np.mean([_sees(design, p, c) for p, c in zip(level, change, strict=True)])),
        detects_claim=None if design is None or claim is None else _sees(design, float(level.mean()), claim),
        false_alarm=None if design is None else _false_alarm(design, benchmark, library, factor, year),
        needed_an_arm=needed_an_arm(float(level.mean()), _share(float(level.mean()) + middle)),
    )


def _design(pilot: Pilot) -> _Design | None:
    """The evaluation, where its numbers are said and large enough to be shown."""
    plan = pilot.file.evaluation
    compared = plan.treated if plan.comparator == "before_after" else plan.compared
    if plan.treated is None or compared is None or min(plan.treated, compared) < SMALLEST_SHOWN:
        return None
    return _Design(plan.treated, compared, plan.comparator)


def _sees(design: _Design, level: float, change: float) -> float:
    """Probability that a change is seen as one, given the share without."""
    return detects(change, design.se(level, _share(level + change)))


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _false_alarm(design: _Design, benchmark: Benchmark, library: Library, factor: str, year: int) -> float:
    """Probability that a pilot without effect seems to work: before and after, what would have come anyway."""
    if design.comparator != "before_after":
        return 0.025
    first, last = float(benchmark.level(factor, 1).mean()), float(benchmark.level(factor, year).mean())
    good = 1.0 if better_value(library, factor) else -1.0
    drift = good * (last - first)
    chance = detects(drift, design.se(first, last))
    return chance if drift > 0 else detects(0.0, 1.0) if drift == 0 else 0.0


def break_evens(pilot: Pilot, benchmark: Benchmark) -> list[PayerBreakEven]:
    """What each payer spends and avoids; nothing where the number treated is not said or shown."""
    treated = pilot.file.evaluation.treated
    if shown_count(treated) is None or treated is None or benchmark.persons[1] < FEWEST:
        return []
    a_person = _money(pilot, benchmark)
    found = []
    for payer in PAYERS:
        avoided = (
            treated * a_person[:, list(benchmark.payers[payer])].sum(axis=1) if payer in benchmark.payers else None
        )
        if avoided is not None:
            found.append(_payer(payer, _costs(pilot, benchmark, payer), avoided, benchmark))
    return found


def _money(pilot: Pilot, benchmark: Benchmark) -> Floats:
    """SEK avoided a person, [draw, payer, year], by the whole pilot."""
    if PACKAGE in benchmark.money:
        return benchmark.money[PACKAGE]
    parts = [fraction_moved(pilot, benchmark, f)[:, None, None] * benchmark.money[f] for f in first_factors(pilot)]
    return np.sum(parts, axis=0)


def _costs(pilot: Pilot, benchmark: Benchmark, payer: str) -> Floats:
    """What a payer spends, SEK[year]; the home municipality pays what is said of the municipality."""
    spent = np.zeros(len(benchmark.years))
    level = payer.partition("/")[0]
    for cost in pilot.file.costs:
        if cost.payer.partition("/")[0] == level and cost.year < len(spent):
            spent[cost.year] += cost.sek
    return spent


def _payer(payer: str, spent: Floats, avoided: Floats, benchmark: Benchmark) -> PayerBreakEven:
    """One payer, from costs[year] and avoided[draw, year], undiscounted."""
    factors = benchmark.discount
    cost = float((spent * factors.mean(axis=0)).sum())
    present = (avoided * factors).sum(axis=1)
    low, middle, high = (float(q) for q in np.percentile(present, [5, 50, 95]))
    path = np.median(avoided * factors, axis=0)
    net = np.cumsum(path - spent * factors.mean(axis=0))
    gains = np.flatnonzero(path > GAIN)
    return PayerBreakEven(
        payer=payer,
        cost=cost,
        avoided_p5=low,
        avoided_p50=middle,
        avoided_p95=high,
        effect_needed=cost / middle if cost > 0 and middle > 0 else None,
        probability=float(np.mean(present >= cost)) if cost > 0 else None,
        break_even_year=break_even(net, benchmark.years).lasting if cost > 0 else None,
        first_gain_year=benchmark.years[gains[0]] if len(gains) else None,
    )
