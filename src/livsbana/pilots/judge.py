"""Each claim against the simulated changes: its percentile and a verdict."""

from __future__ import annotations

import numpy as np

from livsbana.interventions.effects import prevalence_with
from livsbana.parameters.library import Library
from livsbana.pilots.benchmark import FEWEST, PACKAGE, YEARS, Benchmark, Floats, better_value, first_factors, year_of
from livsbana.pilots.document import ClaimResult, Verdict
from livsbana.pilots.names import label_of
from livsbana.pilots.read import Pilot
from livsbana.pilots.schema import Link, Outcome, Sized

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
        _outcome(pilot, library, benchmark, o)
        for o in pilot.file.outcomes
        if o.factor is not None and o.months is not None
    ]


def _link(pilot: Pilot, library: Library, benchmark: Benchmark, link: Link) -> ClaimResult:
    def by_year(year: int) -> Floats | None:
        return simulated_link(pilot, benchmark, link.source, link.target, year)

    if link.source in pilot.programmes:
        programme = pilot.programmes[link.source]
        basis = f"programme {programme} on the whole group" if programme else "no programme in the library"
    elif any(x.target == link.source and x.stated for x in pilot.file.links):
        basis = f"{link.source} changes as claimed"
    else:
        basis = f"a plausible share of {link.source} is removed"
    supported = link.source in pilot.programmes or has_path(library, link.source, link.target)
    most = None
    if link.source not in pilot.programmes:
        most = POINTS * float(np.median(benchmark.change(link.source, link.target, year_of(link.months))))
    return _result(
        pilot, library, benchmark, link, link.source, link.target, link.months, by_year, basis, supported, most
    )


def _outcome(pilot: Pilot, library: Library, benchmark: Benchmark, outcome: Outcome) -> ClaimResult:
    assert outcome.factor is not None
    assert outcome.months is not None
    factor = outcome.factor
    basis = "the pilot's programmes together" if PACKAGE in benchmark.share else "its first factors, moved as claimed"
    supported = PACKAGE in benchmark.share or any(
        f == factor or has_path(library, f, factor) for f in first_factors(pilot)
    )
    found = _result(
        pilot,
        library,
        benchmark,
        outcome,
        pilot.file.pilot,
        factor,
        outcome.months,
        lambda year: simulated_outcome(pilot, benchmark, factor, year),
        basis,
        supported,
        None,
    )
    return found.model_copy(update={"name": outcome.outcome, "kind": "outcome", "level": outcome.level})


def _result(pilot, library, benchmark, claim, source, target, months, by_year, basis, supported, most) -> ClaimResult:  # noqa: ANN001
    """Put one claim beside its benchmark."""
    year, good = year_of(months), 1.0 if better_value(library, target) else -1.0
    simulated = by_year(year)
    enough = benchmark.persons[year] >= FEWEST
    level = float(np.mean(benchmark.level(target, year))) if enough else None
    size = claimed(claim, level or 0.0) if enough or claim.change_pp is not None else None
    empty = simulated is None or not enough or not supported
    verdict: Verdict
    if simulated is None or not supported:
        verdict, percentile = "no_evidence", None
    elif not enough:
        verdict, percentile = "not_simulated", None
    else:
        verdict, percentile = verdict_of(size, simulated, good)
    quantiles = [None] * 3 if empty else [POINTS * float(q) for q in np.percentile(simulated, [5, 50, 95])]
    at_follow_up = None if empty else by_year(year_of(pilot.file.evaluation.months))
    return ClaimResult(
        name=f"{source} → {target}",
        kind="link",
        level=None,
        source=source,
        target=target,
        label=label_of(pilot, library, source, target),
        months=months,
        claim=None if size is None else POINTS * size,
        p5=quantiles[0],
        p50=quantiles[1],
        p95=quantiles[2],
        percentile=percentile,
        verdict=verdict,
        level_without_p50=None if level is None else POINTS * level,
        shows_after_years=None if empty else shows_after(benchmark, by_year),
        at_follow_up_p50=None if at_follow_up is None else POINTS * float(np.median(at_follow_up)),
        at_most_p50=None if empty else most,
        basis=basis,
    )


def shows_after(benchmark: Benchmark, by_year) -> int | None:  # noqa: ANN001
    """First year in which nine draws in ten agree that there is a change, and in which direction."""
    for year in range(1, YEARS):
        if benchmark.persons[year] < FEWEST:
            return None
        change = by_year(year)
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
