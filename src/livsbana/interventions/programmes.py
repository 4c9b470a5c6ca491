"""Programmes as the kernel reads them: who starts in each arm, and what is multiplied in which year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from livsbana.errors import InputError
from livsbana.interventions.combine import exponent, ranks
from livsbana.interventions.offers import (
    Offer,
    ages_at_start,
    decision_of,
    eligible_terms,
    programme_record,
    reach_of,
)
from livsbana.interventions.reached import Reached
from livsbana.interventions.solve import SolvedEffect, solve_effects
from livsbana.lifecourse.compile import AGES, Model, Value
from livsbana.lifecourse.kernel import EFFECT, PROGRAMME, TERM, Programmes
from livsbana.parameters.library import Library
from livsbana.population.cohorts import Cohort

OVERLAP = "programme_overlap"

Arm = list[tuple[str, list[SolvedEffect]]]


def programme_tables(
    library: Library,
    model: Model,
    value: Value,
    arms: Sequence[Sequence[Offer]],
    cohort: Cohort,
    reached: Reached,
    effect_multiplier: float = 1.0,
) -> Programmes:
    """The kernel's programmes for one cohort.

    Parameters
    ----------
    value
        Gives the value of a Number (central or of one draw).
    arms
        Offers of arm 1, 2 …; arm 0 is the baseline.
    reached
        From ``reached_groups``, for the same model and all offers.
    effect_multiplier
        Multiplies every published effect (d, log ratio or risk difference).

    Returns
    -------
    Programmes
        One record for each offer, arm by arm in the order given, and one for each of its effects; also where
        the cohort is too old to be reached, so that results keep their place.

    Raises
    ------
    InputError
        When two programmes share their luck, or a condition or an effect is of a kind that is not known here.
    """
    solved = {o: solve_effects(library, model, value, o, reached, effect_multiplier) for arm in arms for o in arm}
    records: list[tuple[float, ...]] = []
    terms: list[tuple[int, int]] = []
    effects: list[tuple[int, ...]] = []
    for number, arm in enumerate(arms, 1):
        for offer in arm:
            first = len(terms)
            terms += eligible_terms(library, model, offer)
            ages, luck = ages_at_start(offer, cohort), decision_of(library, offer.programme)
            effects += [(len(records), model.row_of[e.effect.on], *_acting_ages(e)) for e in solved[offer]]
            records.append(programme_record(number, ages, luck, (first, len(terms)), reach_of(offer, value)))
    tables = _factors([[(o.programme.id, solved[o]) for o in arm] for arm in arms], _overlap(library, value))
    return Programmes(np.array(records, PROGRAMME), np.array(terms, TERM), np.array(effects, EFFECT), *tables)


def _acting_ages(solved: SolvedEffect) -> tuple[int, int]:
    """Ages at which an effect acts."""
    return solved.effect.ages or (0, AGES - 1)


def _overlap(library: Library, value: Value) -> float:
    """What each further programme on the same factor loses."""
    if OVERLAP not in library.shrinkage:
        raise InputError(f"no `{OVERLAP}`: add it, as a share", "shrinkage.yaml")
    return value(library.shrinkage[OVERLAP])


def _factors(arms: Sequence[Arm], overlap: float) -> tuple[np.ndarray, np.ndarray]:
    """Onset and leave factors of all effects, float32[effect, records on the factor - 1, years since start]."""
    effects = [e for arm in arms for _, solved in arm for e in solved]
    widest = max((n for arm in arms for n in _records_by_factor(arm).values()), default=1)
    power = np.array([p for arm in arms for p in _exponents(arm, overlap, widest)]).reshape(len(effects), widest, 1)
    onset, leave = (
        np.array(side, np.float64).reshape(len(effects), 1, AGES)
        for side in ([e.onset_factor for e in effects], [e.leave_factor for e in effects])
    )
    return (onset**power).astype(np.float32), (leave**power).astype(np.float32)


def _records_by_factor(arm: Arm) -> dict[str, int]:
    """Number of effects of an arm on each factor."""
    count: dict[str, int] = defaultdict(int)
    for _, solved in arm:
        for e in solved:
            count[e.effect.on] += 1
    return count


def _exponents(arm: Arm, overlap: float, widest: int) -> Iterator[list[float]]:
    """For each effect of an arm, what counts of it by the number of effects that a person has on the factor.

    A programme with several effects on a factor (by age, say) is one programme.
    """
    strength: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    own: dict[tuple[str, str], int] = defaultdict(int)
    for name, solved in arm:
        for e in solved:
            strength[e.effect.on][name] += e.strength
            own[e.effect.on, name] += 1
    for name, solved in arm:
        for e in solved:
            rank = ranks(strength[e.effect.on])[name]
            others = [max(n - own[e.effect.on, name], 0) for n in range(1, widest + 1)]
            yield [exponent(overlap, rank, 1 + n) for n in others]
