"""Cross-checks between declarations: every name refers to something, ages fit, sources exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from livsbana.parameters.cycles import check_cycles
from livsbana.parameters.economy import Earnings, Economy
from livsbana.parameters.names import OLDEST, Names, Referent, active_ages, inside, overlap
from livsbana.parameters.origins import Origins
from livsbana.parameters.reader import nearest
from livsbana.parameters.schema import (
    Ages,
    Alternative,
    Association,
    Declaration,
    Edge,
    Effect,
    Estimand,
    Factor,
    Number,
    Programme,
    Remission,
    Target,
    UnitCost,
)
from livsbana.parameters.sources import JUDGEMENT, Source

ACTS_ON = {
    "state": ("onset", "remission"),
    "event": ("onset",),
    "milestone": ("onset",),
    "death": ("onset",),
    "category": ("weight",),
}


@dataclass(frozen=True)
class Declared:
    """All that was read, before anybody asked whether it fits together."""

    factors: Mapping[str, Factor]
    estimands: Mapping[str, Estimand]
    edges: Sequence[Edge]
    associations: Sequence[Association]
    unit_costs: Mapping[str, UnitCost]
    programmes: Mapping[str, Programme]
    shrinkage: Mapping[str, Number]
    sources: Mapping[str, Source]
    economy: Economy
    indicators: Sequence[str]
    origins: Origins


def check(declared: Declared) -> None:
    """Check everything that one declaration alone cannot know.

    Raises
    ------
    InputError
        With the first few mistakes, each with its file and line.
    """
    names = Names(declared.factors, declared.origins)
    for factor in declared.factors.values():
        _check_factor(factor, names, declared.indicators)
    for edge in declared.edges:
        _check_edge(edge, names)
        _check_estimand(edge, declared)
    for association in declared.associations:
        _check_association(association, names)
    for cost in declared.unit_costs.values():
        for condition in cost.counts.all:
            names.condition(condition)
    _check_earnings(declared.economy.earnings, names)
    for programme in declared.programmes.values():
        _check_programme(programme, names, declared.shrinkage)
        _check_estimand(programme, declared)
    _check_sources(declared.origins, declared.sources)
    check_cycles(declared.factors.values(), declared.edges, declared.origins)
    declared.origins.raise_first()


def _check_factor(factor: Factor, names: Names, indicators: Sequence[str]) -> None:
    """Check a factor's references, bands of age, alternatives and values."""
    for liability in (*factor.loads_on, *factor.correlates):
        field = "loads_on" if liability in factor.loads_on else "correlates"
        names.of_kind(liability, "liability", factor, field, liability, key=True)
    for i, trait in enumerate(factor.traits):
        names.of_kind(trait, "trait", factor, "traits", i)
    if factor.requires is not None:
        names.one(factor.requires.factor, factor.requires, "factor")
    _check_values(factor, names.origins)
    for alternative in factor.alternatives:
        _check_alternative(alternative, factor, names, indicators)
    if factor.ages is not None:
        _check_targets(factor, factor.targets, factor.ages, names, indicators)
        _check_remission(factor, factor.remission, names.origins)


def _check_values(factor: Factor, origins: Origins) -> None:
    """A trait's values differ and their shares sum to 1; a category has a value at every age."""
    _refuse_twice(factor.values, factor, "values", origins)
    _refuse_twice(factor.alternatives, factor, "alternatives", origins)
    total = sum(v.share.value for v in factor.values)
    if factor.values and abs(total - 1) > 1e-6:
        origins.problem(f"shares of the values of `{factor.id}` sum to {total:g}, wanted 1", factor, "values")
    if factor.kind == "category" and factor.ages is not None:
        first, last = factor.ages
        bare = [a for a in range(first, last + 1) if not any(inside((a, a), alt.ages) for alt in factor.alternatives)]
        if bare:
            origins.problem(f"no alternative of `{factor.id}` is open at age {bare[0]}", factor, "alternatives")


def _refuse_twice(parts: Sequence[Declaration], factor: Factor, field: str, origins: Origins) -> None:
    """Refuse two values of a factor with one id."""
    seen: set[str] = set()
    for i, part in enumerate(parts):
        name = str(getattr(part, "id", ""))
        if name in seen:
            origins.problem(f"`{factor.id}` has two values `{name}`", factor, field, i)
        seen.add(name)


def _check_alternative(alternative: Alternative, factor: Factor, names: Names, indicators: Sequence[str]) -> None:
    """Check one value of a category."""
    for liability in alternative.loads_on:
        names.of_kind(liability, "liability", alternative, "loads_on", liability, key=True)
    if alternative.forced_by is not None:
        names.one(alternative.forced_by, alternative, "forced_by")
    if factor.ages is not None and not inside(alternative.ages, factor.ages):
        names.origins.problem(f"ages lie outside those of `{factor.id}`, {_range(factor.ages)}", alternative, "ages")
    _check_targets(alternative, alternative.targets, alternative.ages, names, indicators)


def _check_targets(
    owner: Factor | Alternative, targets: Sequence[Target] | str, ages: Ages, names: Names, indicators: Sequence[str]
) -> None:
    """Targets lie within the owner's ages, and groups and local indicators exist."""
    for target in targets:
        if isinstance(target, str):
            return
        if not inside(target.ages, ages):
            message = f"target at ages {_range(target.ages)} lies outside those of `{owner.id}`, {_range(ages)}"
            names.origins.problem(message, target, "ages")
        names.traits(target.where, target, "where")
        if target.local is not None and target.local not in indicators:
            message = f"unknown local indicator `{target.local}`{nearest(target.local, indicators)}"
            names.origins.problem(message, target, "local")
        if target.kind != "incidence" and target.kind != "flow" and not 0 <= target.value.value <= 1:
            message = f"a share of persons lies between 0 and 1, found {target.value.value:g}"
            names.origins.problem(message, target.value, "value")


def _check_remission(factor: Factor, bands: Sequence[Remission], origins: Origins) -> None:
    """Remission and persistence lie within the state's ages; bands of remission do not overlap."""
    assert factor.ages is not None
    for later in factor.persistence:
        if not inside(later.ages, factor.ages):
            origins.problem(f"persistence lies outside the ages of `{factor.id}`, {_range(factor.ages)}", later, "ages")
    for i, band in enumerate(bands):
        if not inside(band.ages, factor.ages):
            message = f"remission lies outside the ages of `{factor.id}`, {_range(factor.ages)}"
            origins.problem(message, band, "ages")
        if any(overlap(band.ages, earlier.ages) for earlier in bands[:i]):
            origins.problem("this band of remission overlaps an earlier one", band, "ages")


def _check_edge(edge: Edge, names: Names) -> None:
    """Check what an edge reads, what it acts on, and when."""
    sender = names.one(edge.source_factor, edge, "from")
    receiver = names.one(edge.target_factor, edge, "to")
    if receiver is not None:
        _check_receiver(edge, receiver, names.origins)
    if sender is not None:
        _check_sender(edge, sender, names.origins)


def _check_estimand(effect: Edge | Programme, declared: Declared) -> None:
    """The card exists, and an edge does not carry a total effect: those are matched by a simulated `do`."""
    card = declared.estimands.get(effect.estimand)
    if card is None:
        message = f"unknown estimand `{effect.estimand}`{nearest(effect.estimand, declared.estimands)}"
        declared.origins.problem(message, effect, "estimand")
    elif isinstance(effect, Edge) and card.effect == "total":
        message = f"`{card.id}` is a total effect; an edge carries a direct one: make the total effect an association"
        declared.origins.problem(message, effect, "estimand")


def _check_receiver(edge: Edge, receiver: Referent, origins: Origins) -> None:
    """An edge acts on something that the receiver has, at ages at which it has it."""
    kind, name = receiver.factor.kind, edge.target_factor
    allowed = ACTS_ON.get(kind, ())
    if not allowed:
        origins.problem(f"`{name}` is a {kind}: nothing acts on it", edge, "to")
    elif edge.acts_on not in allowed:
        message = f"a {kind} has no {edge.acts_on}; write `acts_on: {' or '.join(allowed)}`"
        origins.problem(message, edge, *(("acts_on",) if "acts_on" in edge.model_fields_set else ()))
    ages = receiver.alternative.ages if receiver.alternative else receiver.factor.ages
    if ages is not None and not inside(edge.ages, ages):
        message = f"edge at ages {_range(edge.ages)} lies outside those of `{name}`, {_range(ages)}"
        origins.problem(message, edge, "ages")


def _check_sender(edge: Edge, sender: Referent, origins: Origins) -> None:
    """The sender is, or has been, there to be read."""
    if sender.factor.kind in ("liability", "death"):
        hint = "; write it in `loads_on`" if sender.factor.kind == "liability" else ""
        origins.problem(f"`{edge.source_factor}` is a {sender.factor.kind}: no edge reads it{hint}", edge, "from")
        return
    first, last = edge.ages
    windows = {
        "last_year": (first - 1, last - 1),
        "this_year": (first, last),
        "ever": (-1, last),
        "at_age": (edge.age, edge.age),
        "within_n_years": (first - (edge.years or 0), last - 1),
    }
    read, active = windows[edge.reads], active_ages(sender)
    assert read[0] is not None
    assert read[1] is not None
    if not overlap((read[0], read[1]), active):
        message = f"`{edge.source_factor}` is active at ages {_range(active)}, but is read at {_range(read)}"
        origins.problem(message, edge, "age" if edge.age is not None else "ages")
    elif edge.reads in ("last_year", "this_year") and not inside((first, read[1]), active):
        message = f"`{edge.source_factor}` is active at ages {_range(active)} only, but is read at {_range(read)}"
        origins.problem(f"{message}; shorten `ages`", edge, "ages")
    elif edge.age is not None and edge.age > last:
        origins.problem(f"age {edge.age} is read after the edge has acted, {_range(edge.ages)}", edge, "age")


def _check_association(association: Association, names: Names) -> None:
    """Both ends exist and are there at the ages at which they were observed."""
    names.traits(association.where, association, "where")
    for field, text in (("from", association.source_factor), ("to", association.target_factor)):
        reference, _, window = text.partition("@")
        found = names.one(reference, association, field)
        if found is None:
            continue
        if not window:
            if found.factor.kind not in ("trait", "milestone", "liability"):
                names.origins.problem(f"`{text}` needs the ages of observation, `{text}@a-b`", association, field)
            continue
        observed, active = _window(window), active_ages(found)
        if observed[0] > observed[1]:
            names.origins.problem(f"ages {_range(observed)} end before they begin", association, field)
        elif not overlap(observed, active):
            message = f"`{reference}` is active at ages {_range(active)}, but was observed at {_range(observed)}"
            names.origins.problem(message, association, field)


def _window(text: str) -> tuple[int, int]:
    """Read ``a-b``, where both may be negative."""
    cut = text.index("-", 1)
    return int(text[:cut]), int(text[cut + 1 :])


def _check_programme(programme: Programme, names: Names, shrinkage: Mapping[str, Number]) -> None:
    """Check whom a programme can reach, what it changes and how it shrinks."""
    names.where(programme.eligible.where)
    for i, name in enumerate(programme.shrink):
        if name not in shrinkage:
            message = f"unknown shrinkage `{name}`{nearest(name, shrinkage)}"
            names.origins.problem(message, programme, "shrink", i)
    for effect in programme.effects:
        check_effect(effect, names)


def check_effect(effect: Effect, names: Names) -> None:
    """Check that an effect acts on something that exists, at ages at which it does."""
    found = names.one(effect.on, effect, "on")
    if found is None:
        return
    allowed = (*ACTS_ON.get(found.factor.kind, ()), "set")
    allowed = tuple("onset" if word == "weight" else word for word in allowed)
    if found.factor.kind in ("trait", "liability", "death"):
        names.origins.problem(f"`{effect.on}` is a {found.factor.kind}: no programme changes it", effect, "on")
    elif effect.acts_on not in allowed:
        message = f"a {found.factor.kind} has no {effect.acts_on}; write {' or '.join(allowed)}"
        names.origins.problem(message, effect, "acts_on")
    ages = active_ages(found)
    if effect.ages is not None and not overlap(effect.ages, ages):
        names.origins.problem(f"`{effect.on}` is active at ages {_range(ages)} only", effect, "ages")


def _check_earnings(earnings: Earnings, names: Names) -> None:
    """Check what earnings read about a person."""
    names.of_kind(earnings.sex, "trait", earnings, "sex")
    for condition in (earnings.activity, *(c for level in earnings.levels for c in level.all)):
        names.condition(condition)


def _check_sources(origins: Origins, sources: Mapping[str, Source]) -> None:
    """Every number has a source; judgement is an assumption, and what is to be verified says so."""
    for number in origins.numbers.values():
        _check_source(number, origins, sources)


def _check_source(number: Number, origins: Origins, sources: Mapping[str, Source]) -> None:
    """Check the source of one number."""
    if number.source == JUDGEMENT:
        if number.status != "assumption":
            message = f"`source: {JUDGEMENT}` needs `status: assumption`, found `{number.status}`"
            origins.problem(message, number, "status")
        return
    source = sources.get(number.source)
    if source is None:
        hint = nearest(number.source, sources) or f"; add it to sources.csv, or write `{JUDGEMENT}` with a `why`"
        origins.problem(f"unknown source `{number.source}`{hint}", number, "source")
    elif number.status == "published" and source.status != "published":
        message = f"source `{number.source}` is {source.status} in sources.csv, so this cannot be `published`"
        origins.problem(message, number, "status")


def _range(ages: Iterable[int | None]) -> str:
    """Write an age range; what lasts to the end of life is open."""
    first, last = ages
    return f"{first}–" if last == OLDEST else f"{first}–{last}"
