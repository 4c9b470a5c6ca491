"""Who is reached: how the factor goes on in those who take part, were the programme without effect.

Participants differ from the mean of their age: they have long spells and heavy liabilities, and come back
sooner. So the pilot, a cohort of fixed luck, follows all who may start in two worlds: the baseline, and one in
which the factor is *held off* until follow-up and then left alone. The baseline gives the yearly odds of
every person; means of expected probabilities carry far less luck than counts of events. The distance between
the two worlds shrinks each year by the share of a gap that closes by itself, in a mixed group more than the
sum of the two mean rates: those who are helped are those who would soon have had it again.

Measured on parent training for conduct problems, 200,000 persons: the realised gap is 1.01 of the wanted one at
follow-up and 0.99 over eight years; 1.0 within 0.2 for effects on rare events and other factors, most of it
luck in the pilot's prevalence. Residents who are older when a programme starts have longer spells: the same odds
multipliers give them the smaller gap that the effect stands for at their own, higher prevalence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from livsbana.interventions.convert import Spread, follow_up_year
from livsbana.interventions.expected import leave_log_odds, onset_log_odds
from livsbana.interventions.offers import FIRST_DECISION, Offer, eligible_terms, programme_record
from livsbana.lifecourse.align import CALIBRATION_COHORT, CALIBRATION_SEED
from livsbana.lifecourse.blocks import birth_tables, make_block
from livsbana.lifecourse.compile import AGES, Model, Row, Value
from livsbana.lifecourse.kernel import EFFECT, PROGRAMME, TERM, Persons, Programmes, simulate
from livsbana.lifecourse.simulate import BLOCK, blocks_of, empty_counts, no_goals
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Effect
from livsbana.population.cohorts import cell_bounds

PILOT_PERSONS = 10_000
PILOT_YEARS = 12  # after follow-up; later years go on as the last one
ENOUGH = 30  # persons still inside the ages of the factor
PRIOR_PERSONS = 20  # what the mean rates weigh against the distance measured
OWN_YEARS = 2  # years after follow-up in which the closing of a gap is that of the year; later ones share one
LOWEST, HIGHEST, CLASSES = -14.0, 8.0, 110  # log odds are sorted into classes of 0.2

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Those who take part, without effect, inside the ages of the factor, by year since start.

    ``start`` is the prevalence when they start, ``prevalence`` float64[years] that at the end of each year (of
    an event or a milestone, its probability), ``base`` that at follow-up or, if nobody can have the factor then, in
    the first year after it. ``onset`` and ``leave`` are the probabilities of those without and with the factor,
    ``closing`` float64[years] the share of last year's gap that closes by itself.
    """

    persons: int
    start: float
    base: float
    prevalence: Floats
    onset: Spread
    leave: Spread
    closing: Floats


Reached = dict[Offer, tuple[Group | None, ...]]


def reached_groups(
    library: Library, model: Model, value: Value, offers: Sequence[Offer], persons: int = PILOT_PERSONS
) -> Reached:
    """Measure the groups that offers reach, once for each aligned model; no effect of a programme enters.

    Parameters
    ----------
    model
        With its intercepts solved.
    offers
        Those of all arms; one that comes twice is measured once.
    persons
        Persons of the pilot, a national cohort of fixed luck to whom each programme is offered in full.

    Returns
    -------
    dict
        For each offer one ``Group`` an effect; None where none is needed (``set``, a category) or where fewer
        than ``ENOUGH`` are reached.
    """
    birth = birth_tables(model, library, value, CALIBRATION_COHORT, None, CALIBRATION_SEED)
    blocks = [make_block(birth, bounds) for bounds in blocks_of(cell_bounds(persons), BLOCK)]
    pilot = _Pilot(library, _without_tallies(model), blocks, {})
    return {offer: tuple(pilot.group(offer, e) for e in offer.programme.effects) for offer in dict.fromkeys(offers)}


def closing_shares(distance: Floats, inside: Floats, at: int, prior: Floats) -> Floats:
    """Share of last year's distance between two worlds that has closed, by year since start.

    Parameters
    ----------
    distance : float64[years]
        Difference in prevalence; the worlds are left alone after year ``at``.
    inside : float64[years]
        Persons behind each share.
    prior : float64[years]
        Share that ``PRIOR_PERSONS`` more would show.

    Returns
    -------
    float64[years]
        Single for ``OWN_YEARS``, then pooled; years up to ``at`` as the one after it.
    """
    at_risk = distance[:-1] * inside[1:]
    closed = at_risk - distance[1:] * inside[1:]
    later = at + OWN_YEARS
    at_risk[later:], closed[later:] = at_risk[later:].sum(), closed[later:].sum()
    shares = prior.copy()
    shares[1:] = np.clip((closed + PRIOR_PERSONS * prior[1:]) / (at_risk + PRIOR_PERSONS), 0.0, 1.0)
    shares[: at + 1] = shares[min(at + 1, len(shares) - 1)]
    return shares


class _Seen(NamedTuple):
    """Persons of the pilot by year since start, float64[years], and their classes of log odds [years, classes]."""

    inside: Floats  # alive and inside the ages of the factor
    had: Floats  # with it at the end of last year
    now: Floats  # with it at the end of the year
    held: Floats  # with it where it is held off
    onset: Floats  # those at risk of getting it
    leave: Floats  # those at risk of losing it


@dataclass(frozen=True)
class _Pilot:
    """A small cohort in which every programme is offered to all who may start."""

    library: Library
    model: Model
    blocks: list[Persons]
    known: dict[tuple[object, ...], _Seen]

    def group(self, offer: Offer, effect: Effect) -> Group | None:
        """Measure the group of one effect."""
        row = self.model.rows[self.model.row_of[effect.on]]
        if effect.acts_on == "set" or row.alternative is not None:
            return None
        ages, at = _pilot_ages(offer, effect, row), follow_up_year(effect.months or 1)
        terms = tuple(eligible_terms(self.library, self.model, offer))
        key = (row.id, ages, terms, at)
        if key not in self.known:  # programmes for the same persons share their pilot
            self.known[key] = self._run(row, ages, terms, at)
        seen = self.known[key]
        if seen.inside.max() < ENOUGH:
            return None
        if row.factor.kind == "milestone":  # as likely in whatever year it comes
            seen = _each(seen, lambda column: np.repeat(column.sum(axis=0, keepdims=True), AGES, axis=0))
        years = int(np.flatnonzero(seen.inside >= ENOUGH)[-1]) + 1
        return _group(_each(seen, lambda column: column[:years]), min(at, years - 1))

    def _run(self, row: Row, ages: tuple[int, int], terms: tuple[tuple[int, int], ...], at: int) -> _Seen:
        """Follow those who start, in the baseline and held off until ``at``."""
        model, years = self.model, max(at, row.ages[0] - ages[0]) + PILOT_YEARS
        last_age = min(ages[1] + years, AGES - 1)
        factor = np.ones((1, 1, AGES), np.float32)
        factor[:, :, : at + 1] = np.inf
        record = programme_record(1, ages, FIRST_DECISION, (0, len(terms)), (0.0, 1.0, 1.0, 1.0))
        effect = (0, model.row_of[row.id], 0, AGES - 1)
        programmes = Programmes(
            np.array([record], PROGRAMME), np.array(list(terms), TERM), np.array([effect], EFFECT), factor, factor
        )
        nothing, found = no_goals(len(model.rows)), []
        for block in self.blocks:
            trace = np.zeros((2, last_age + 1, len(model.columns), len(block.key)), np.uint8)
            counts = empty_counts(model, programmes, 2)._replace(trace=trace)
            simulate(model.tables, block, programmes, nothing, False, CALIBRATION_SEED, 2, last_age, counts)
            found.append(_see(model, block, trace, row, _starts(model, trace[0], ages, terms), years))
        return reduce(lambda one, other: _Seen(*map(np.add, one, other)), found)


def _each(seen: _Seen, change: Callable[[Floats], Floats]) -> _Seen:
    """Change every column in the same way."""
    return _Seen(*map(change, seen))


def _alive(model: Model, trace: np.ndarray) -> np.ndarray:
    """Who lives at the end of each year, bool[age, person]."""
    deaths = [model.columns[row.id] for row in model.rows if row.factor.kind == "death"]
    return np.equal(trace[:, deaths].max(axis=1, initial=0), 0)


def _starts(model: Model, trace: np.ndarray, ages: tuple[int, int], terms: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Age at which each person may start, -1 for never."""
    first, last = ages
    may = np.ones((last - first + 1, trace.shape[2]), bool)
    may[1:] &= _alive(model, trace)[first:last]
    if first > 0:
        may[0] &= _alive(model, trace)[first - 1]
    for column, negated in terms:
        may &= trace[first : last + 1, column] != negated
    return np.where(may.any(axis=0), first + may.argmax(axis=0), -1)


def _see(model: Model, block: Persons, trace: np.ndarray, row: Row, starts: np.ndarray, years: int) -> _Seen:
    """Count one block."""
    base, k, columns = trace[0], model.row_of[row.id], model.columns
    who = np.flatnonzero(starts >= 0)
    age = starts[who] + np.arange(years)[:, None]
    inside = (age >= row.ages[0]) & (age <= min(row.ages[1], len(base) - 1))
    age = np.minimum(age, len(base) - 1)
    inside &= _alive(model, base)[age, who]
    had = inside & (base[age, columns[f"{row.id}@last"], who] == 1) & (row.factor.kind == "state")
    now, held = (inside & (trace[arm, age, columns[row.id], who] == 1) for arm in (0, 1))
    onset = onset_log_odds(model.tables, block, base, k)[age, who]
    leave = leave_log_odds(model.tables, block, base, k)[age, who]
    persons = [flag.sum(axis=1).astype(np.float64) for flag in (inside, had, now, held)]
    return _Seen(*persons, onset=_classes(onset, inside & ~had), leave=_classes(leave, had))


def _classes(log_odds: Floats, counted: np.ndarray) -> Floats:
    """Number of persons by class of log odds, [years, classes]; those without risk are left out."""
    years = len(log_odds)
    counted = counted & np.isfinite(log_odds)
    place = np.clip((np.where(counted, log_odds, 0.0) - LOWEST) * CLASSES / (HIGHEST - LOWEST), 0, CLASSES - 1)
    year = np.broadcast_to(np.arange(years)[:, None], place.shape)
    index = (year * CLASSES + place.astype(np.int64))[counted]
    return np.bincount(index, minlength=years * CLASSES).reshape(years, CLASSES).astype(float)


def _group(seen: _Seen, at: int) -> Group:
    """Rates of the persons seen."""
    years, inside = len(seen.inside), np.maximum(seen.inside, 1.0)
    centres = LOWEST + (np.arange(CLASSES) + 0.5) * (HIGHEST - LOWEST) / CLASSES
    log_odds = np.broadcast_to(centres, (years, CLASSES))
    onset = Spread(log_odds, seen.onset / np.maximum(seen.inside - seen.had, 1.0)[:, None])
    leave = Spread(log_odds, seen.leave / np.maximum(seen.had, 1.0)[:, None])
    q, r = (np.array([spread.rate(k) for k in range(years)]) for spread in (onset, leave))
    had = seen.had / inside
    prevalence = np.where(seen.inside > 0.0, had * (1.0 - r) + (1.0 - had) * q, 0.0)
    return Group(
        persons=int(inside.max()),
        start=float(had[0]),
        base=float(next((p for p in prevalence[at:] if p > 0.0), 0.0)),
        prevalence=prevalence,
        onset=onset,
        leave=leave,
        closing=closing_shares((seen.now - seen.held) / inside, inside, at, q + r),
    )


def _pilot_ages(offer: Offer, effect: Effect, row: Row) -> tuple[int, int]:
    """Ages at start of those on whom an effect can act; its own ages where the programme recruits then."""
    first, last = offer.programme.eligible.ages
    first, last = max(first, 0), min(last, row.ages[1])
    if effect.ages is not None and max(first, effect.ages[0]) <= min(last, effect.ages[1]):
        return max(first, effect.ages[0]), min(last, effect.ages[1])
    return first, last


def _without_tallies(model: Model) -> Model:
    """The model with nothing to count but participants."""
    t = model.tables
    slices = np.full((2, 1), -1, np.int64)
    bare = t._replace(tally=t.tally[:0], term=t.term[:0], packed=t.packed[:0], slices=slices)
    return replace(model, tables=bare, tally_specs=(), places=1, groups=("all",))
