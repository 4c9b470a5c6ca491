"""Which early measures carry the long-term causal gain, and which part of it they leave out.

Paired changes, so nothing here is an association between persons: in every draw each intervention changes the early
measure by x and years with the long-term outcome by y. The slope of y on x, through the origin, is taken without the
intervention that it then foretells. That the measure stands for the outcome in the pilot too is assumed
(surrogacy: Athey, Chetty, Imbens & Kang 2019).
"""

from __future__ import annotations

import numpy as np

from livsbana.parameters.library import Library
from livsbana.pilots.benchmark import FEWEST, PACKAGE, YEARS, Benchmark, Floats
from livsbana.pilots.document import Leading, LeadingIndicator
from livsbana.pilots.judge import simulated_outcome
from livsbana.pilots.names import factor_label
from livsbana.pilots.power import needed_an_arm
from livsbana.pilots.read import Pilot

EARLY = (1, 2, 3, 5)
LEAST_GAIN = 0.001  # years a person; less is luck
LEAST_ARMS = 3
MONTHS = 12
ASSUMPTION = "surrogacy assumed (Athey, Chetty, Imbens & Kang 2019)"


def leading_indicators(pilot: Pilot, library: Library, benchmark: Benchmark) -> Leading | None:
    """Judge every factor of a logic model as an early measure of its last outcome; None where it has none later."""
    outcome = long_term(pilot)
    followed = [year for year in range(1, YEARS) if benchmark.persons[year] >= FEWEST]
    if not followed or followed[-1] <= EARLY[-1]:
        return None
    arms = [a.name for a in benchmark.arms if a.name != PACKAGE]
    late = {
        a: sum((benchmark.change(a, outcome, y) for y in followed), np.zeros(len(benchmark.plausible))) for a in arms
    }
    arms = [a for a in arms if abs(float(late[a].mean())) > LEAST_GAIN]
    found = [
        best
        for name in benchmark.watched
        if (best := _best([_judge(pilot, library, benchmark, name, year, arms, late) for year in EARLY])) is not None
    ]
    found.sort(key=lambda i: -(i.carried if i.carried is not None else -1.0))
    return Leading(
        outcome=outcome,
        label=factor_label(library, outcome),
        years=followed[-1],
        assumption=ASSUMPTION,
        indicators=found,
    )


def long_term(pilot: Pilot) -> str:
    """The factor that is to change last."""
    timed = [(o.months, o.factor) for o in pilot.file.outcomes if o.months is not None and o.factor is not None]
    timed += [(x.months, x.target) for x in pilot.file.links]
    return max(timed, key=lambda pair: pair[0])[1]


def _best(candidates: list[LeadingIndicator | None]) -> LeadingIndicator | None:
    """The year in which an indicator carries most; the earliest of equals."""
    found = [c for c in candidates if c is not None]
    return max(found, key=lambda c: (c.carried if c.carried is not None else -1.0, -c.after_months)) if found else None


def _judge(
    pilot: Pilot,
    library: Library,
    benchmark: Benchmark,
    name: str,
    year: int,
    arms: list[str],
    late: dict[str, Floats],
) -> LeadingIndicator | None:
    """One factor at one time; None where no intervention changes it by then."""
    early = {a: benchmark.change(a, name, year) for a in arms}
    if not any(np.any(x != 0) for x in early.values()):
        return None
    carried = carried_share([early[a] for a in arms], [late[a] for a in arms])
    level = float(np.mean(benchmark.level(name, year)))
    expected = float(np.median(simulated_outcome(pilot, benchmark, name, year)))
    return LeadingIndicator(
        indicator=name,
        label=factor_label(library, name),
        after_months=MONTHS * year,
        gain_a_point=slope([early[a] for a in arms], [late[a] for a in arms]) / 100,
        carried=carried,
        not_carried=None if carried is None else 1 - carried,
        programmes=len(arms),
        needed_an_arm=needed_an_arm(level, min(max(level + expected, 0.0), 1.0)),
    )


def slope(early: list[Floats], late: list[Floats]) -> float:
    """Slope through the origin of late on early changes; every intervention weighs alike, however large."""
    x, y = _alike(early, late)
    return float((x * y).sum() / max((x * x).sum(), 1e-300))


def carried_share(early: list[Floats], late: list[Floats]) -> float | None:
    """Share of the late changes that early ones foretell in interventions left out of the slope, from 0 to 1.

    Parameters
    ----------
    early, late : list of float64[draw]
        Paired changes, one array for each intervention.
    """
    if len(early) < LEAST_ARMS:
        return None
    x, y = _alike(early, late)
    missed = 0.0
    for k in range(len(x)):
        others = [j for j in range(len(x)) if j != k]
        b = (x[others] * y[others]).sum() / max((x[others] ** 2).sum(), 1e-300)
        missed += float(((y[k] - b * x[k]) ** 2).sum())
    return max(0.0, 1.0 - missed / float((y**2).sum()))


def _alike(early: list[Floats], late: list[Floats]) -> tuple[Floats, Floats]:
    """Divide the changes of each intervention by the size of its late change."""
    sizes = [float(np.sqrt(np.mean(y**2))) or 1.0 for y in late]
    x, y = (np.array([v / s for v, s in zip(side, sizes, strict=True)]) for side in (early, late))
    return x, y
