"""Each claim against the simulated changes: its percentile and a verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from livsbana.interventions.effects import prevalence_with
from livsbana.parameters.library import Library
from livsbana.pilots.benchmark import FEWEST, PACKAGE, YEARS, Benchmark, Floats, better_value, first_factors, year_of
from livsbana.pilots.document import ClaimResult, Verdict
from livsbana.pilots.names import label_of
from livsbana.pilots.read import Pilot
from livsbana.pilots.schema import Link, Outcome, Sized

ByYear: TypeAlias = Callable[[int], Floats | None]

AGREE = 0.9
LEAST_SHOWN = 0.0005  # share of the group: smaller changes show nowhere
POINTS = 100.0


def claimed(claim: Sized, level: float) -> float | None:
    """The change in share that a claim states, given the share without; None where it states no size."""
    if claim.change_pp is not None:
        return claim.change_pp / POINTS
    if claim.measure is not None and claim.value is not None:
        return prevalence_with(claim.measure, claim.value, level) - level
    return None


def verdict_of(claim: float | None, simulated: Floats, good: float) -> tuple[Verdict, float | None]:
    """Judge a claim, and give its percentile among the simulated changes.

    Parameters
    ----------
    claim
        Change in share, signed; None where no size is stated.
    simulated : float64[draw]
        Changes in share.
    good
        +1 or −1: the direction that counts as a gain, for a claim of 0.
    """
    if claim is None:
        return "not_stated", None
    direction = np.sign(claim) or good
    size, found = abs(claim), direction * simulated
    percentile = POINTS * float(np.mean(found < size) + np.mean(found == size) / 2)
    low, high = np.percentile(found, [5, 95])
    if size < low:
        return "below", percentile
    if size <= high:
        return "within", percentile
    return ("optimistic" if size <= found.max() else "beyond"), percentile


def fraction_moved(pilot: Pilot, benchmark: Benchmark, factor: str) -> Floats:
    """Share of a factor that is removed (or made up), float64[draw]: as the chain claims, else plausibly."""
    claims = [x for x in pilot.file.links if x.target == factor and x.stated]
    if not claims:
        return benchmark.plausible
    best = max(claims, key=lambda x: abs(_change(x, benchmark) or 0.0))
    whole = benchmark.change(factor, factor, year_of(best.months))
    change = _change(best, benchmark) or 0.0
    return np.clip(np.divide(change, whole, out=np.zeros_like(whole), where=whole != 0), -1.0, 1.0)


def _change(link: Link, benchmark: Benchmark) -> float | None:
    return claimed(link, float(np.mean(benchmark.level(link.target, year_of(link.months)))))


def simulated_link(pilot: Pilot, benchmark: Benchmark, source: str, target: str, year: int) -> Floats | None:
    """Simulated changes of a factor by way of one source; None where there is nothing to simulate."""
    if source in pilot.programmes:
        arm = f"programme/{pilot.programmes[source]}"
        return benchmark.change(arm, target, year) if arm in benchmark.share else None
    return fraction_moved(pilot, benchmark, source) * benchmark.change(source, target, year)


def simulated_outcome(pilot: Pilot, benchmark: Benchmark, factor: str, year: int) -> Floats:
    """Simulated changes by the whole pilot: its programmes, else its first factors moved, their changes added."""
    if PACKAGE in benchmark.share:
        return benchmark.change(PACKAGE, factor, year)
    parts = [fraction_moved(pilot, benchmark, f) * benchmark.change(f, factor, year) for f in first_factors(pilot)]
    return np.sum(parts, axis=0)


def judge_links(pilot: Pilot, library: Library, benchmark: Benchmark) -> list[ClaimResult]:
    """Every step of the chain."""
    return [_link(pilot, library, benchmark, link) for link in pilot.file.links]


def judge_outcomes(pilot: Pilot, library: Library, benchmark: Benchmark) -> list[ClaimResult]:
    """Every outcome that has a factor and a time, against the whole pilot."""
    return [
        _outcome(pilot, library, benchmark, o, o.factor, o.months)
        for o in pilot.file.outcomes
        if o.factor is not None and o.months is not None
    ]


def _link(pilot: Pilot, library: Library, benchmark: Benchmark, link: Link) -> ClaimResult:
    source, target = link.source, link.target
    activity = source in pilot.programmes
    programme = pilot.programmes.get(source)
    if activity:
        basis = f"programme {programme} on the whole group" if programme else "no programme in the library"
    elif any(x.target == source and x.stated for x in pilot.file.links):
        basis = f"{source} changes as claimed"
    else:
        basis = f"a plausible share of {source} is changed"
    most = None if activity else POINTS * float(np.median(benchmark.change(source, target, year_of(link.months))))
    asked = _Asked(
        source=source,
        target=target,
        months=link.months,
        by_year=lambda year: simulated_link(pilot, benchmark, source, target, year),
        supported=activity or has_path(library, source, target),
        basis=basis,
    )
    found = _result(pilot, library, benchmark, link, asked)
    return found if found.p50 is None else found.model_copy(update={"at_most_p50": most})


def _outcome(
    pilot: Pilot, library: Library, benchmark: Benchmark, outcome: Outcome, factor: str, months: int
) -> ClaimResult:
    package = PACKAGE in benchmark.share
    asked = _Asked(
        source=pilot.file.pilot,
        target=factor,
        months=months,
        by_year=lambda year: simulated_outcome(pilot, benchmark, factor, year),
        supported=package or any(f == factor or has_path(library, f, factor) for f in first_factors(pilot)),
        basis="the pilot's programmes together" if package else "its first factors, moved as claimed",
    )
    found = _result(pilot, library, benchmark, outcome, asked)
    return found.model_copy(update={"name": outcome.outcome, "kind": "outcome", "level": outcome.level})


class _Asked(NamedTuple):
    """What one claim is about, and how the model answers it by year."""

    source: str
    target: str
    months: int
    by_year: ByYear
    supported: bool
    basis: str


def _result(pilot: Pilot, library: Library, benchmark: Benchmark, claim: Sized, asked: _Asked) -> ClaimResult:
    """Put one claim beside its benchmark."""
    year = year_of(asked.months)
    good = 1.0 if better_value(library, asked.target) else -1.0
    enough = bool(benchmark.persons[year] >= FEWEST)
    simulated = asked.by_year(year) if asked.supported else None
    level = float(np.mean(benchmark.level(asked.target, year))) if enough else None
    size = claimed(claim, level or 0.0) if enough or claim.measure is None else None
    found = ClaimResult(
        name=f"{asked.source} → {asked.target}",
        kind="link",
        level=None,
        source=asked.source,
        target=asked.target,
        label=label_of(pilot, library, asked.source, asked.target),
        months=asked.months,
        claim=None if size is None else POINTS * size,
        p5=None,
        p50=None,
        p95=None,
        percentile=None,
        verdict="no_evidence" if simulated is None else "not_simulated",
        level_without_p50=None if level is None else POINTS * level,
        shows_after_years=None,
        at_follow_up_p50=None,
        at_most_p50=None,
        basis=asked.basis,
    )
    if simulated is None or not enough:
        return found
    verdict, percentile = verdict_of(size, simulated, good)
    direction = float(np.sign(size or 0.0)) or good
    low, middle, high = (POINTS * direction * float(q) for q in np.percentile(direction * simulated, [5, 50, 95]))
    planned = asked.by_year(year_of(pilot.file.evaluation.months))
    return found.model_copy(
        update={
            "p5": low,
            "p50": middle,
            "p95": high,
            "percentile": percentile,
            "verdict": verdict,
            "shows_after_years": shows_after(benchmark, asked.by_year),
            "at_follow_up_p50": None if planned is None else POINTS * float(np.median(planned)),
        }
    )


def shows_after(benchmark: Benchmark, by_year: ByYear) -> int | None:
    """First year in which nine draws in ten agree that there is a change, and in which direction."""
    for year in range(1, YEARS):
        change = by_year(year)
        if change is None or benchmark.persons[year] < FEWEST:
            return None
        if max(np.mean(change > LEAST_SHOWN), np.mean(change < -LEAST_SHOWN)) >= AGREE:
            return year
    return None


def has_path(library: Library, source: str, target: str) -> bool:
    """Whether causal edges of the library lead from one factor to another, by any way."""
    after: dict[str, set[str]] = {}
    for edge in library.edges:
        after.setdefault(edge.source_factor.partition(".")[0], set()).add(edge.target_factor.partition(".")[0])
    seen, waiting = set[str](), [source.partition(".")[0]]
    while waiting:
        for name in after.get(waiting.pop(), set()) - seen:
            seen.add(name)
            waiting.append(name)
    return target.partition(".")[0] in seen
