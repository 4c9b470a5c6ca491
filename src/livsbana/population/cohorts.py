"""Cohorts: people born in one year, how many they really are, and the cells in which they meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livsbana.parameters.library import Library
from livsbana.parameters.places import Municipality

CELL_SIZE = 100
FIRST_BIRTH_YEAR = 1900
PERSONS_A_COHORT = 1 << 24


@dataclass(frozen=True)
class Cohort:
    """People born in ``birth_year`` who are followed from ``start_age``.

    ``size`` is how many they really are; ``arrivals`` came to the country at ``start_age``.
    Everybody is simulated from birth, so that residents start from the model's own distribution
    at their age; only years from ``start_age`` are counted.
    """

    birth_year: int
    start_age: int
    size: float
    arrivals: bool = False

    @property
    def first_key(self) -> int:
        """The first person key; keys derive from cohort and index, never from the order of creation."""
        return ((self.birth_year - FIRST_BIRTH_YEAR) % 256) * PERSONS_A_COHORT % (1 << 32)


def births(library: Library, year: int, place: Municipality | None) -> Cohort:
    """The children born in a year: as many as are aged 1 in the latest population by age.

    That population was read in autumn, when about a fifth of those aged 0 were not yet born.
    """
    return Cohort(year, 0, float(residents_by_age(library, place)[1]))


def residents(library: Library, ages: tuple[int, int], year: int, place: Municipality | None) -> list[Cohort]:
    """Residents by single year of age in a year."""
    counts = residents_by_age(library, place)
    return [Cohort(year - age, age, float(counts[age])) for age in range(ages[0], ages[1] + 1)]


def arrivals(ages: tuple[int, int], year: int, persons: float) -> list[Cohort]:
    """Arrivals from abroad in a year, spread evenly over their ages."""
    span = range(ages[0], ages[1] + 1)
    return [Cohort(year - age, age, persons / len(span), arrivals=True) for age in span]


def residents_by_age(library: Library, place: Municipality | None) -> np.ndarray:
    """Residents by single year of age, both sexes, float64[101]."""
    chosen = place if place is not None else library.places.sweden
    return np.asarray(chosen.residents, np.float64).sum(axis=0)


def cell_bounds(persons: int) -> np.ndarray:
    """First person of each cell and the end, int64[cells + 1]; cells are as equal as can be, siblings together."""
    cells = max(1, round(persons / CELL_SIZE))
    bounds = np.arange(cells + 1) * persons // cells
    bounds[1:-1] -= bounds[1:-1] % 2
    return bounds.astype(np.int64)


def share_persons(cohorts: list[Cohort], persons: int) -> list[int]:
    """Simulated persons for each cohort, in proportion to its size, at least one cell each."""
    total = sum(c.size for c in cohorts)
    return [max(CELL_SIZE, 2 * round(persons * c.size / total / 2)) for c in cohorts]
