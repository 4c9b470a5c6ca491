"""Who is reached: how the factor goes on in those who take part, were the programme without effect.

Participants differ from the mean of their age: they have long spells and heavy liabilities, and come back
sooner. So their rates are measured on them. A pilot of fixed luck follows all who may start in two worlds: the
baseline, and one in which the factor is *held off* until follow-up and then left alone. The baseline shows how
many lose the factor and how many get it each year. The distance between the two worlds shrinks each year by the
share of a gap that closes by itself, which in a mixed group is more than the sum of the two mean rates: those
who are helped are those who would soon have had it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from livsbana.interventions.convert import follow_up_year
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
PRIOR_PERSONS = 20  # what the population's remission weighs against the pilot's
OWN_YEARS = 2  # years after follow-up in which the closing of a gap is that of the year; later ones share one

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Those who take part, without effect, inside the ages of the factor; float64[years] since start.

    ``start`` is the prevalence when they start and ``prevalence`` that at the end of each year (of an event or a
    milestone, its probability). ``exposed`` is the share at risk among those without the factor, ``onset`` the
    yearly probability among these, ``leave`` that of losing it, ``closing`` the share of last year's gap that
    closes by itself.
    """

    persons: int
    start: float
    prevalence: Floats
    exposed: Floats
    onset: Floats
    leave: Floats
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
    pilot = _Pilot(library, _without_tallies(model), value, blocks)
    return {offer: tuple(pilot.group(offer, e) for e in offer.programme.effects) for offer in dict.fromkeys(offers)}


def remission_by_age(row: Row, value: Value) -> Floats:
    """Mean yearly remission in the first year of a spell, float64[ages]."""
    bands = sorted((sum(band.ages) / 2, value(band.value)) for band in row.factor.remission)
    return np.interp(np.arange(AGES), [centre for centre, _ in bands], [share for _, share in bands])


def closing_shares(distance: Floats, inside: Floats, at: int, prior: float) -> Floats:
    """Share of last year's distance between two worlds that has closed, by year since start.

    Parameters
    ----------
    distance : float64[years]
        Difference in prevalence; the worlds are left alone after year ``at``.
    inside : float64[years]
        Persons behind each share.
    prior
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
    shares = np.clip((closed + PRIOR_PERSONS * prior) / (at_risk + PRIOR_PERSONS), 0.0, 1.0)
    known = np.append(shares, prior)
    return known[np.clip(np.arange(len(distance)) - 1, min(at, len(known) - 1), None)]


class _Seen(NamedTuple):
    """Persons of the pilot by year since start, float64[years]."""

    inside: Floats  # alive and inside the ages of the factor
    had: Floats  # with it at the end of last year
    left: Floats  # of these, without it now
    exposed: Floats  # without it last year and at risk
    came: Floats  # of these, with it now
    held: Floats  # with it now where it is held off


@dataclass(frozen=True)
class _Pilot:
    """A small cohort in which every programme is offered to all who may start."""

    library: Library
    model: Model
    value: Value
    blocks: list[Persons]

    def group(self, offer: Offer, effect: Effect) -> Group | None:
        """Measure the group of one effect."""
        row = self.model.rows[self.model.row_of[effect.on]]
        if effect.acts_on == "set" or row.alternative is not None:
            return None
        at = follow_up_year(effect.months or 1)
        terms = eligible_terms(self.library, self.model, offer)
        seen = self._run(row, _pilot_ages(offer, effect, row), terms, at)
        if seen.inside.max() < ENOUGH:
            return None
        if row.factor.kind == "milestone":
            return _once(seen)
        years = int(np.flatnonzero(seen.inside >= ENOUGH)[-1]) + 1
        seen = _Seen(*(column[:years] for column in seen))
        asked = any(c.state == effect.on for c in offer.programme.eligible.where.all)
        if row.factor.kind == "event":
            return _each_year(seen, asked)
        prior = float(remission_by_age(row, self.value)[row.ages[0] : row.ages[1] + 1].mean())
        return _lasting(seen, asked, at, prior)

    def _run(self, row: Row, ages: tuple[int, int], terms: list[tuple[int, int]], at: int) -> _Seen:
        """Follow those who start, in the baseline and held off until ``at``."""
        last_age = min(ages[1] + at + PILOT_YEARS, AGES - 1)
        factor = np.ones((1, 1, AGES), np.float32)
        factor[:, :, : at + 1] = np.inf
        record = programme_record(1, ages, FIRST_DECISION, (0, len(terms)), (0.0, 1.0, 1.0, 1.0))
        programmes = Programmes(
            programme=np.array([record], PROGRAMME),
            term=np.array(terms, TERM),
            effect=np.array([(0, self.model.row_of[row.id], 0, AGES - 1)], EFFECT),
            onset_factor=factor,
            leave_factor=factor,
        )
        nothing, total = no_goals(len(self.model.rows)), np.zeros((len(_Seen._fields), at + PILOT_YEARS))
        for block in self.blocks:
            trace = np.zeros((2, last_age + 1, len(self.model.columns), len(block.key)), np.uint8)
            counts = empty_counts(self.model, programmes, 2)._replace(trace=trace)
            simulate(self.model.tables, block, programmes, nothing, False, CALIBRATION_SEED, 2, last_age, counts)
            total += _see(trace, self.model.columns, row, ages, terms, total.shape[1])
        return _Seen(*total)


def _see(
    trace: np.ndarray,
    columns: dict[str, int],
    row: Row,
    ages: tuple[int, int],
    terms: list[tuple[int, int]],
    years: int,
) -> np.ndarray:
    """Count one block, [fields of _Seen, years]."""
    first, last = ages
    base, dead = trace[0], trace[0, :, columns["death"]]
    may = np.ones((last - first + 1, trace.shape[3]), bool)
    for column, negated in [*terms, (columns["death@last"], 1)]:
        may &= base[first : last + 1, column] != negated
    who = np.flatnonzero(may.any(axis=0))
    age = first + may[:, who].argmax(axis=0) + np.arange(years)[:, None]
    seen = (age >= row.ages[0]) & (age <= min(row.ages[1], len(base) - 1))
    age = np.minimum(age, len(base) - 1)
    seen &= dead[age, who] == 0
    now, held = (trace[arm, age, columns[row.id], who] == 1 for arm in (0, 1))
    had = (base[age, columns[f"{row.id}@last"], who] == 1) & (row.factor.kind == "state")
    risk = ~had
    if row.factor.requires is not None:
        need = row.factor.requires
        suffix, back = {"this_year": ("", 0), "last_year": ("@last", 0), "ever": ("@ever", 1)}[need.reads]
        risk &= base[np.maximum(age - back, 0), columns[need.factor + suffix], who] == 1
    flags = (seen, had, had & ~now, risk, risk & now, held)
    return np.array([(flag & seen).sum(axis=1) for flag in flags], np.float64)


def _lasting(seen: _Seen, asked: bool, at: int, prior: float) -> Group:
    """The group of a state."""
    now = seen.had - seen.left + seen.came
    inside = np.maximum(seen.inside, 1.0)
    had, left = _with_neighbours(seen.had, asked), _with_neighbours(seen.left, asked)
    exposed, came = _with_neighbours(seen.exposed, asked), _with_neighbours(seen.came, asked)
    return Group(
        persons=int(inside.max()),
        start=float(seen.had[0] / inside[0]),
        prevalence=now / inside,
        exposed=exposed / np.maximum(_with_neighbours(seen.inside - seen.had, asked), 1.0),
        onset=came / np.maximum(exposed, 1.0),
        leave=(left + PRIOR_PERSONS * prior) / (had + PRIOR_PERSONS),
        closing=closing_shares((now - seen.held) / inside, inside, at, prior),
    )


def _each_year(seen: _Seen, asked: bool) -> Group:
    """The group of an event."""
    inside, exposed, came = (_with_neighbours(x, asked) for x in (seen.inside, seen.exposed, seen.came))
    share, rate, gone = exposed / np.maximum(inside, 1.0), came / np.maximum(exposed, 1.0), np.ones(len(inside))
    return Group(int(seen.inside.max()), 0.0, share * rate, share, rate, gone, gone)


def _once(seen: _Seen) -> Group:
    """The group of a milestone, whose probability is the same in whatever year it comes."""
    ever = np.ones(AGES)
    share, rate = seen.exposed.sum() / seen.inside.sum(), seen.came.sum() / max(seen.exposed.sum(), 1.0)
    return Group(int(seen.inside.sum()), 0.0, share * rate * ever, share * ever, rate * ever, ever, ever)


def _with_neighbours(counts: Floats, asked: bool) -> Floats:
    """Counts of a year and the years beside it; the first stands alone where the programme asks for the factor."""
    wide = np.convolve(counts, np.ones(3), "same") if len(counts) > 2 else counts.copy()
    if asked and len(counts) > 2:
        wide[0], wide[1] = counts[0], wide[1] - counts[0]
    return wide


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
