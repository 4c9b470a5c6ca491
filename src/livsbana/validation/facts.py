"""Facts that were frozen before fitting, against what the model says of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import sqrt
from statistics import fmean, stdev

from livsbana.lifecourse.align import align
from livsbana.lifecourse.blocks import birth_tables
from livsbana.lifecourse.check import BATCHES, FRESH_COHORT
from livsbana.lifecourse.compile import Fit, Row, Value, compile_model
from livsbana.lifecourse.measure import Counted, LevelMeasure, Measures
from livsbana.lifecourse.simulate import no_programmes, simulate_cohort
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Number, Target
from livsbana.uncertainty.draws import HALF_WIDTH, central
from livsbana.validation.document import External, Fact, Scores
from livsbana.validation.scores import Prediction, Scale, bayes_factor, interval_score, verdict

UNKNOWN_ERROR = 0.1  # relative standard error of a fact that was published without an interval
ORDER = ("disagree", "inconclusive", "agree")


def count(
    library: Library, fit: Fit, value: Value, measures: Measures, persons: int, seed: int, pool: ThreadPoolExecutor
) -> Counted:
    """Count what is compared on a fresh cohort of the whole country, at one set of parameter values."""
    model = compile_model(library, value, fit, measures.specs, everywhere=True)
    model, _ = align(model, library, value)
    birth = birth_tables(model, library, value, FRESH_COHORT, None, seed)
    counts = simulate_cohort(model, birth, FRESH_COHORT, persons, no_programmes(), 1, seed, pool, BATCHES)
    return Counted(model, counts.tally[0])


def compare(measures: Measures, counted: Sequence[Counted]) -> External:
    """Compare every fact marked ``use: validation`` with its prediction.

    Parameters
    ----------
    counted
        Central values first, then the draws, whose spread is what parameters leave open.
    """
    facts = [_fact(m, counted) for m in measures.levels if _use(m) == "validation"]
    facts.sort(key=lambda f: (ORDER.index(f.verdict), f.bayes_factor))
    compared = [(m, f) for f in facts for m in measures.levels if m.name == f.name and _use(m) == "validation"]
    with_rival = [(m, f) for m, f in compared if naive(m.row) is not None]
    return External(
        facts=facts,
        **{v: sum(f.verdict == v for f in facts) for v in ORDER},
        model=_scores([(m, f, predicted(m, counted)) for m, f in compared]),
        model_where_naive=_scores([(m, f, predicted(m, counted)) for m, f in with_rival]) if with_rival else None,
        naive=_scores([(m, f, p) for m, f in with_rival if (p := naive(m.row)) is not None]) if with_rival else None,
    )


def _use(m: LevelMeasure) -> str:
    return m.target.use if isinstance(m.target, Target) else ""


def scale_of(m: LevelMeasure) -> Scale:
    """Log odds for shares of persons, logarithm for events a person-year."""
    return Scale(share=not (isinstance(m.target, Target) and m.target.kind in ("incidence", "flow")))


def predicted(m: LevelMeasure, counted: Sequence[Counted]) -> Prediction:
    """Mean and spread of a level over the draws, its Monte Carlo error included; of central values when alone."""
    scale = scale_of(m)
    drawn = counted[1:] or counted[:1]
    values = [scale(c.level(m)[0]) for c in drawn]
    p, error = counted[0].level(m)
    noise = (scale(p + error) - scale(max(p - error, 0.0))) / 2
    return Prediction(fmean(values), sqrt((stdev(values) if len(values) > 1 else 0.0) ** 2 + noise**2))


def error_of(number: Number, scale: Scale) -> float:
    """Standard error of a published number on its scale."""
    if number.low is None or number.high is None:
        return abs(scale(number.value * (1 + UNKNOWN_ERROR)) - scale(number.value))
    return (scale(number.high) - scale(number.low)) / (2 * HALF_WIDTH[number.interval])


def naive(row: Row) -> Prediction | None:
    """What somebody would say who knows the factor's calibration targets, but no ages and no groups."""
    targets = row.alternative.targets if row.alternative else row.factor.targets
    known = [t for t in targets if t != "none" and isinstance(t, Target) and t.use == "calibration"]
    scale = Scale(share=not any(t.kind in ("incidence", "flow") for t in known))
    values = [scale(t.value.value) for t in known]
    return Prediction(fmean(values), stdev(values)) if len(values) > 1 else None


def _fact(m: LevelMeasure, counted: Sequence[Counted]) -> Fact:
    """One fact with its prediction and verdict."""
    scale, number, prediction = scale_of(m), m.target.value, predicted(m, counted)
    noise, rival = error_of(number, scale), naive(m.row)
    low, high = prediction.interval(noise)
    factor = bayes_factor(scale(number.value), noise, prediction)
    return Fact(
        name=m.name,
        source=number.source,
        status=number.status,
        published=number.value,
        simulated=scale.back(prediction.mean),
        low=scale.back(low),
        high=scale.back(high),
        naive=None if rival is None else scale.back(rival.mean),
        bayes_factor=factor,
        verdict=verdict(factor),
    )


def _scores(asked: Sequence[tuple[LevelMeasure, Fact, Prediction]]) -> Scores:
    """Coverage and mean interval score of predictions, on the scale of each fact."""
    inside, scores = [], []
    for m, _, prediction in asked:
        scale = scale_of(m)
        fact, noise = scale(m.target.value.value), error_of(m.target.value, scale)
        low, high = prediction.interval(noise)
        inside.append(low <= fact <= high)
        scores.append(interval_score(fact, low, high))
    n = max(len(asked), 1)
    return Scores(coverage=sum(inside) / n, interval_score=sum(scores) / n)


def count_draws(
    library: Library,
    fit: Fit,
    values: Sequence[Value],
    measures: Measures,
    persons: int,
    seed: int,
    pool: ThreadPoolExecutor,
    tick: Callable[[], None],
) -> list[Counted]:
    """Count at central values and at every draw."""
    found = []
    for value in (central, *values):
        found.append(count(library, fit, value, measures, persons, seed, pool))
        tick()
    return found
