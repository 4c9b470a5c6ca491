"""Offers: a programme, whom it reaches and when, and the kernel's records of who may start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

from livsbana.errors import InputError
from livsbana.lifecourse.compile import AGES, Model, Value, condition_terms
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Programme, Where
from livsbana.population.cohorts import Cohort

FIRST_DECISION = (127 << 16) + 1000
DECISIONS = 60_000
HOME = "residence.home@last"


@dataclass(frozen=True, eq=False)
class Offer:
    """A programme offered to a share of those eligible; the same object in several arms is the same offer.

    ``coverage`` of the eligible are offered a place, ``today`` of them already without the scenario.
    ``where`` narrows who is eligible; from ``end_year`` on nobody starts.
    """

    programme: Programme
    where: Where | None
    coverage: float
    today: float
    start_year: int
    end_year: int | None = None


def decision_of(library: Library, programme: Programme) -> int:
    """Number of the decision to take part, from the programme's name and never from its place in a list.

    Raises
    ------
    InputError
        When two programmes of the library get the same number.
    """
    number = _hash(programme.id)
    twin = next((p for p in library.programmes if p != programme.id and _hash(p) == number), None)
    if twin is not None:
        raise InputError(f"programmes `{programme.id}` and `{twin}` would share their luck; rename one of them")
    return FIRST_DECISION + number


def ages_at_start(offer: Offer, cohort: Cohort) -> tuple[int, int]:
    """First and last age at which a cohort may start; the first lies above the last when it never may."""
    first, last = offer.programme.eligible.ages
    first = max(first, cohort.start_age, offer.start_year - cohort.birth_year)
    if offer.end_year is not None:
        last = min(last, offer.end_year - 1 - cohort.birth_year)
    return first, min(last, AGES - 1)


def eligible_terms(library: Library, model: Model, offer: Offer) -> list[tuple[int, int]]:
    """Columns that must be on (0) or off (1) to start: residents of the place, as they were last year.

    Raises
    ------
    InputError
        When a condition asks for a year of a spell that the model does not keep.
    """
    where = [*offer.programme.eligible.where.all, *(offer.where.all if offer.where else [])]
    column = _last_year(model, offer.programme)
    terms = [term for condition in where for term in condition_terms(library, condition, column)]
    return terms + ([(model.columns[HOME], 0)] if HOME in model.columns else [])


def programme_record(
    arm: int, ages: tuple[int, int], decision: int, terms: tuple[int, int], reach: tuple[float, float, float, float]
) -> tuple[float, ...]:
    """Fields of the kernel's PROGRAMME; ``reach`` is (today, coverage, uptake, effective)."""
    return (arm, *ages, decision, *terms, *reach)


def reach_of(offer: Offer, value: Value) -> tuple[float, float, float, float]:
    """Today's coverage, the offer's, uptake among those offered, and share of them who take part with effect."""
    programme = offer.programme
    uptake = value(programme.uptake)
    effective = uptake * value(programme.completion) * (1.0 - value(programme.deadweight))
    return offer.today, offer.coverage, uptake, effective


def _last_year(model: Model, programme: Programme) -> Callable[[str, int | None], int]:
    """Column of a reference as it was at the end of last year."""

    def column(reference: str, years: int | None) -> int:
        name = f"{reference}@year{years}" if years else f"{reference}@last"
        if not years and reference not in model.row_of:
            name = reference
        if name not in model.columns:
            raise InputError(f"programme `{programme.id}`: the model does not keep `{reference}` by year of spell")
        return model.columns[name]

    return column


def _hash(name: str) -> int:
    return crc32(name.encode()) % DECISIONS
