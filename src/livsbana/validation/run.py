"""Validate: meet what was fitted, then face what was not."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from livsbana.lifecourse.check import Check, LevelResult, check_fit
from livsbana.lifecourse.compile import Fit
from livsbana.lifecourse.measure import Measures, measures_of
from livsbana.parameters.library import Library
from livsbana.uncertainty.draws import Draw, central
from livsbana.validation.document import Internal, TargetMiss, ValidationDocument
from livsbana.validation.experiments import read_experiments, replay_all
from livsbana.validation.facts import compare, count_draws
from livsbana.validation.totals import compare_totals, read_totals
from livsbana.validation.valuations import compare_valuations, read_valuations, scenarios_of

TWO_ERRORS = 2.0


def validate(
    library: Library,
    fit: Fit,
    persons: int,
    draws: int,
    seed: int,
    pool: ThreadPoolExecutor,
    tick: Callable[[str], None] = lambda _: None,
) -> ValidationDocument:
    """Compare the model with everything that is known about it.

    Parameters
    ----------
    persons
        Simulated persons of each comparison; they take no part in any fit.
    draws
        Draws of the parameters behind the predictions of facts; 0 leaves Monte Carlo error alone.
    tick
        Told what has been done, ``steps_of(library, draws)`` times.
    """
    totals, experiments, valuations = read_totals(library), read_experiments(library), read_valuations(library)
    check = check_fit(library, fit, central, persons, seed, pool)
    tick("calibration targets")
    measures = Measures(measures_of(library).levels, (), ())
    values = [Draw(library, seed, k) for k in range(draws)]
    counted = count_draws(library, fit, values, measures, persons, seed, pool, lambda: tick("facts"))
    found = compare_totals(library, fit, totals, persons, seed, pool)
    tick("national totals")
    causal = replay_all(library, fit, experiments, persons, draws, seed, pool, lambda: tick("experiments"))
    cross = compare_valuations(library, fit, valuations, persons, seed, pool, lambda: tick("published valuations"))
    return ValidationDocument(
        persons=persons,
        draws=draws,
        seed=seed,
        internal=_internal(check),
        external=compare(measures, counted),
        totals=found,
        causal=causal,
        cross=cross,
    )


def steps_of(library: Library, draws: int) -> int:
    """How often ``validate`` tells that something is done: facts and experiments once a draw and once without."""
    return 4 + 2 * draws + len(scenarios_of(read_valuations(library)))


def _internal(check: Check) -> Internal:
    """Targets, remissions and fitted associations, misses by name."""
    targets = check.levels_for("calibration")
    fitted = [r for r in check.associations if r.use == "fit"]
    return Internal(
        targets=len(targets),
        met=len(targets) - len(check.conflicts),
        missed=[_miss(r) for r in check.conflicts],
        remissions=len(check.flows),
        moved=[_miss(r) for r in check.moved],
        associations=len(fitted),
        associations_within_2_se=sum(abs(r.miss) < TWO_ERRORS for r in fitted),
    )


def _miss(r: LevelResult) -> TargetMiss:
    return TargetMiss(name=r.name, source=r.source, published=r.target, simulated=r.simulated, allowed=r.allowed)
