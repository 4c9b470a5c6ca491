"""Blocks of persons for the kernel, made from a cohort, a place and a compiled model."""

from __future__ import annotations

import numpy as np

from livsbana.lifecourse.compile import Model, Value
from livsbana.lifecourse.kernel import Birth, Persons, born
from livsbana.parameters.library import Library
from livsbana.parameters.places import Municipality
from livsbana.population.cohorts import Cohort
from livsbana.population.traits import cumulative, liability_parts, normal_quantiles, profile_shares, trait_shares

ARRIVALS_SEED = 0x5EED


def birth_tables(
    model: Model, library: Library, value: Value, cohort: Cohort, place: Municipality | None, seed: int
) -> Birth:
    """How the persons of a cohort get their traits and fixed multipliers in a place."""
    factors = library.factors
    shares = {t: trait_shares(factors[t], value, place, library) for t in (*model.family_traits, *model.own_traits)}
    if cohort.arrivals:
        background = [v.id for v in factors["background"].values]
        shares["background"] = [float(v == "foreign_born") for v in background]
    own = [factors[t] for t in model.own_traits]
    own_profiles = [p[len(model.family_traits) :] for p in model.profiles[: _count(model, factors)]]
    sex_at = model.own_traits.index("sex")
    family, person = liability_parts([factors[d] for d in model.liabilities], value)
    return Birth(
        key=np.array([cohort.first_key], np.uint32),
        seed=np.array([luck_of(cohort, seed)], np.uint32),
        family_profile=cumulative(profile_shares([factors[t] for t in model.family_traits], shares)),
        own_profile=cumulative(profile_shares(own, shares)),
        male=np.array([p[sex_at] == "male" for p in own_profiles], np.uint8),
        normal=normal_quantiles(),
        family_part=family,
        own_part=person,
        loadings=model.loadings,
        trait_multiplier=model.trait_multiplier,
    )


def _count(model: Model, factors: dict) -> int:  # type: ignore[type-arg]
    """Number of combinations of the traits that siblings do not share."""
    n = 1
    for t in model.own_traits:
        n *= len(factors[t].values)
    return n


def luck_of(cohort: Cohort, seed: int) -> int:
    """Seed of a cohort: arrivals have the keys of those born here in the same year, but luck of their own."""
    return seed ^ (ARRIVALS_SEED if cohort.arrivals else 0)


def make_block(birth: Birth, bounds: np.ndarray) -> Persons:
    """Persons ``bounds[0]`` to ``bounds[-1]`` of a cohort, whose cells have these bounds."""
    first, n = int(bounds[0]), int(bounds[-1] - bounds[0])
    block = Persons(
        key=np.empty(n, np.uint32),
        sex=np.empty(n, np.uint8),
        profile=np.empty(n, np.int64),
        fixed=np.empty((birth.loadings.shape[0], n), np.float32),
        cells=bounds - bounds[0],
    )
    born(birth, first, block.key, block.sex, block.profile, block.fixed)
    return block
