"""Experiments and natural experiments that were never inputs, replayed with their own population and follow-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import exp, log, sqrt
from statistics import fmean, stdev

import numpy as np
from pydantic import model_validator

from livsbana.errors import InputError
from livsbana.interventions.offers import Offer
from livsbana.interventions.programmes import programme_tables
from livsbana.interventions.reached import PILOT_PERSONS, reached_groups
from livsbana.lifecourse.align import align
from livsbana.lifecourse.blocks import birth_tables
from livsbana.lifecourse.check import BATCHES, FRESH_COHORT
from livsbana.lifecourse.compile import Fit, Model, TallySpec, Value, Window, WindowCount, compile_model
from livsbana.lifecourse.simulate import CohortCounts, simulate_cohort
from livsbana.parameters.check import check_effect
from livsbana.parameters.library import Library
from livsbana.parameters.names import Names
from livsbana.parameters.number import Number
from livsbana.parameters.origins import Origins
from livsbana.parameters.schema import (
    Ages,
    Declaration,
    Effect,
    Eligible,
    Fade,
    Identifier,
    Label,
    Programme,
    Reference,
)
from livsbana.runs.document import Text
from livsbana.uncertainty.draws import HALF_WIDTH as PUBLISHED_WIDTH
from livsbana.uncertainty.draws import Draw, central, interval
from livsbana.validation.document import Causal, Experiment
from livsbana.validation.facts import error_of
from livsbana.validation.reading import check_source, read_beside
from livsbana.validation.scores import COVERED, HALF_WIDTH, Scale

FEWEST = 200  # participants in the simulation, or nothing can be said
CERTAIN = {"unit": "share", "source": "judgement", "status": "assumption", "why": "Everybody in the replay takes part."}


class Replay(Declaration):
    """An experiment: who took part, what was done to them and to their controls, and what came of it.

    ``treated`` are effects as in a programme, or those of the library's ``programme``; ``control`` is what was done to
    the others, nothing by default. The outcome is to have met ``outcome`` at any of the ages ``outcome_ages``.
    ``value`` compares the treated with the controls; ``RD`` is a difference of shares.
    """

    id: Identifier
    label: Label
    design: str
    population: Eligible
    programme: Identifier | None = None
    treated: tuple[Effect, ...] = ()
    control: tuple[Effect, ...] = ()
    fade: Fade | None = None
    outcome: Reference
    outcome_ages: Ages
    measure: str
    value: Number
    note: str

    @model_validator(mode="after")
    def _coherent(self) -> Replay:
        if self.measure not in ("OR", "RR", "HR", "RD"):
            raise ValueError(f"unknown measure `{self.measure}`; wanted OR, RR, HR or RD")
        if self.value.low is None:
            raise ValueError("an experiment needs the interval of its value; work it out from the numbers of persons")
        if (self.programme is None) == (not self.treated):
            raise ValueError("an experiment has either `programme` or `treated`")
        if self.treated and self.fade is None and any(e.acts_on != "set" for e in self.treated):
            raise ValueError("effects that are not `set` need `fade`")
        return self


class Replays(Declaration):
    """What stands in ``validation/experiments.yaml``."""

    experiments: list[Replay]


def read_experiments(library: Library) -> list[Replay]:
    """Read and check the experiments beside the parameters.

    Raises
    ------
    InputError
        With ``file:line``, when an experiment names something that does not exist.
    """

    def check(declared: Replays, origins: Origins) -> None:
        names = Names(library.factors, origins)
        for replay in declared.experiments:
            names.where(replay.population.where)
            names.one(replay.outcome, replay, "outcome")
            for effect in (*replay.treated, *replay.control):
                check_effect(effect, names)
            if replay.programme is not None and replay.programme not in library.programmes:
                origins.problem(f"unknown programme `{replay.programme}`", replay, "programme")
            check_source(library, replay.value, origins)

    return read_beside(library, "experiments", Replays, check).experiments


def replay_all(
    library: Library,
    fit: Fit,
    replays: Sequence[Replay],
    persons: int,
    draws: int,
    seed: int,
    pool: ThreadPoolExecutor,
    tick: Callable[[], None] = lambda: None,
) -> Causal:
    """Predict every experiment at central values and in ``draws`` draws, and compare."""
    values = [central, *(Draw(library, seed, k) for k in range(draws))]
    predicted: dict[str, list[float]] = {r.id: [] for r in replays}
    for value in values:
        for replay, effect in zip(replays, _effects(library, fit, replays, value, persons, seed, pool), strict=True):
            predicted[replay.id].append(effect)
        tick()
    found = [_compare(r, predicted[r.id]) for r in replays]
    return Causal(experiments=found, slope=_slope(replays, found), coverage=_covered(found))


def _effects(
    library: Library,
    fit: Fit,
    replays: Sequence[Replay],
    value: Value,
    persons: int,
    seed: int,
    pool: ThreadPoolExecutor,
) -> list[float]:
    """The predicted effect of every experiment, on the scale of its measure (logarithm for ratios)."""
    specs = [spec for r in replays for spec in _specs(r)]
    model = compile_model(library, value, fit, specs, everywhere=True)
    model, _ = align(model, library, value)
    birth = birth_tables(model, library, value, FRESH_COHORT, None, seed)
    effects = []
    for replay in replays:
        arms = [(_offer(library, replay, done),) for done in (_treated(library, replay), replay.control) if done]
        offers = [offer for arm in arms for offer in arm]
        reached = reached_groups(library, model, value, offers, min(persons, PILOT_PERSONS))
        tables = programme_tables(library, model, value, arms, FRESH_COHORT, reached)
        counts = simulate_cohort(model, birth, FRESH_COHORT, persons, tables, len(arms) + 1, seed, pool, BATCHES)
        effects.append(_effect(replay, model, counts, len(arms)))
    return effects


def _specs(replay: Replay) -> tuple[WindowCount, TallySpec]:
    """Participants with the outcome, and all, alive at the last age of follow-up."""
    first, last = replay.outcome_ages
    return WindowCount(((Window(replay.outcome, first, last), True),), (), last), TallySpec((), (last, last))


def _treated(library: Library, replay: Replay) -> Sequence[Effect]:
    return replay.treated if replay.programme is None else library.programmes[replay.programme].effects


def _offer(library: Library, replay: Replay, effects: Sequence[Effect]) -> Offer:
    """Everybody in the population takes part and gets these effects, unshrunk: it is the trial itself."""
    fade = replay.fade if replay.programme is None else library.programmes[replay.programme].fade
    share = {name: {"value": value, **CERTAIN} for name, value in (("all", 1.0), ("none", 0.0))}
    programme = Programme.model_validate(
        {
            "id": replay.id,
            "label": replay.label,
            "describes": replay.note,
            "level": "selective",
            "eligible": replay.population,
            "uptake": share["all"],
            "completion": share["all"],
            "deadweight": share["none"],
            "effects": list(effects),
            "fade": fade or {"h": share["none"], "floor": share["all"]},
            "cost": [],
            "evidence_note": replay.note,
            "estimand": replay.id,
        }
    )
    return Offer(programme, None, 1.0, 0.0, FRESH_COHORT.birth_year)


def _effect(replay: Replay, model: Model, counts: CohortCounts, arms: int) -> float:
    """Treated against controls: another arm, or the same persons in the baseline."""
    outcome, everybody = (model.tally_specs.index(spec) for spec in _specs(replay))
    last, among = replay.outcome_ages[1], counts.among_participants
    sides = ((1, 1), (2, 1) if arms > 1 else (1, 0))
    ill = [int(among[arm, side, last, outcome, 0]) for arm, side in sides]
    n = [int(among[arm, side, last, everybody, 0]) for arm, side in sides]
    if min(n) < FEWEST:
        raise InputError(f"experiment `{replay.id}`: only {min(n)} simulated participants; raise --persons")
    return effect_of(replay.measure, *((x + 0.5) / (k + 1.0) for x, k in zip(ill, n, strict=True)))


def effect_of(measure: str, treated: float, control: float) -> float:
    """Effect between two shares: difference, or the logarithm of a risk, odds or hazard ratio.

    The hazard ratio is that of cumulative hazards, ``log(1 - p)``.
    """
    if measure == "RD":
        return treated - control
    if measure == "RR":
        return log(treated / control)
    if measure == "HR":
        return log(np.log1p(-treated) / np.log1p(-control))
    return log(treated / (1 - treated)) - log(control / (1 - control))


def _compare(replay: Replay, predicted: Sequence[float]) -> Experiment:
    """Set an experiment beside its predictions; covered = inside the 90 % interval of both errors together."""
    drawn = predicted[1:] or predicted[:1]
    mean, sd = fmean(drawn), stdev(drawn) if len(drawn) > 1 else 0.0
    published, error = _published(replay)
    back = (lambda x: x) if replay.measure == "RD" else exp
    number = replay.value
    return Experiment(
        id=replay.id,
        label=Text(sv=replay.label.sv, en=replay.label.en),
        source=number.source,
        status=number.status,
        design=replay.design,
        measure=replay.measure,
        published=number.value,
        published_low=number.low,
        published_high=number.high,
        predicted=back(mean),
        predicted_low=back(mean - HALF_WIDTH * sd),
        predicted_high=back(mean + HALF_WIDTH * sd),
        covered=abs(published - mean) <= HALF_WIDTH * sqrt(sd**2 + error**2),
        note=replay.note,
    )


def _published(replay: Replay) -> tuple[float, float]:
    """The published effect and its standard error on the scale of ``effect_of``."""
    number = replay.value
    if replay.measure != "RD":
        scale = Scale(share=False)
        return scale(number.value), error_of(number, scale)
    low, high = interval(number)
    return number.value, (high - low) / (2 * PUBLISHED_WIDTH[number.interval])


def _slope(replays: Sequence[Replay], found: Sequence[Experiment]) -> float | None:
    """Weighted regression through the origin of predicted on observed logarithms of ratios."""
    above = below = 0.0
    for replay, experiment in zip(replays, found, strict=True):
        if replay.measure == "RD":
            continue
        published, error = _published(replay)
        above += published * log(experiment.predicted) / error**2
        below += published**2 / error**2
    return above / below if below > 0 else None


def _covered(found: Sequence[Experiment]) -> float | None:
    """Share of the experiments whose published effect is covered; should be near ``COVERED``."""
    assert 0 < COVERED < 1
    return sum(e.covered for e in found) / len(found) if found else None
