"""From a scenario file to a scenario: programmes with their overrides, places and cohorts that exist."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from pydantic import ValidationError

from livsbana.parameters.library import Library
from livsbana.parameters.names import Names, overlap
from livsbana.parameters.origins import Origins
from livsbana.parameters.reader import Document, nearest, read_document
from livsbana.parameters.schema import Effect, Label, Number, Programme
from livsbana.parameters.sources import JUDGEMENT
from livsbana.parameters.typed import typed
from livsbana.scenario.schema import EffectOverride, PopulationPart, ProgrammeUse, Reach, ScenarioFile


@dataclass(frozen=True)
class Use:
    """A programme of the package, its overrides applied, and whom it reaches."""

    programme: Programme
    reach: Reach


@dataclass(frozen=True)
class Scenario:
    """A package of programmes for a population in a place; no municipalities means all of Sweden."""

    id: str
    label: Label
    description: str
    municipalities: tuple[str, ...]
    population: tuple[PopulationPart, ...]
    start_year: int
    end_year: int | None
    programmes: tuple[Use, ...]

    def at(self, municipality: str) -> Scenario:
        """Give the same scenario in one other municipality, by code."""
        return replace(self, municipalities=(municipality,))


def read_scenario(path: Path, library: Library) -> Scenario:
    """Read and check one scenario file.

    The numbers of its overrides get addresses in the library, so that parameter draws reach them.

    Raises
    ------
    InputError
        With ``file:line:column``, for the first few mistakes.
    """
    document = read_document(path)
    file = typed(ScenarioFile, document)
    origins = Origins()
    origins.add(file, document, (), f"scenario/{file.scenario}")
    _check_population(file, origins)
    municipalities = _municipalities(file, library, origins)
    names = Names(library.factors, origins)
    uses = [_use(use, file, library, names) for use in file.programmes]
    for first, second in combinations(file.programmes, 2):
        if first.programme == second.programme:
            message = f"programme `{second.programme}` is listed twice, first at {origins.where(first)}"
            origins.problem(message, second, "programme")
    origins.raise_first()
    _address_overrides(uses, file, document, library)
    return Scenario(
        id=file.scenario,
        label=file.label,
        description=file.description or "",
        municipalities=municipalities,
        population=tuple(file.population),
        start_year=file.start_year,
        end_year=file.end_year,
        programmes=tuple(use for use in uses if use is not None),
    )


def _municipalities(file: ScenarioFile, library: Library, origins: Origins) -> tuple[str, ...]:
    """Give the codes of the place's municipalities; none means Sweden."""
    if file.place is None:
        return ()
    codes: list[str] = []
    for i, text in enumerate(file.place.municipalities):
        found = library.places.named(text)
        if found is None:
            origins.problem(library.places.unknown(text), file.place, "municipalities", i)
        elif found.code in codes:
            origins.problem(f"{found.name} ({found.code}) is listed twice", file.place, "municipalities", i)
        else:
            codes.append(found.code)
    return tuple(codes)


def _check_population(file: ScenarioFile, origins: Origins) -> None:
    """Births lie in or after the start year, and nobody is counted twice."""
    for part in file.population:
        if part.births is not None and part.births < file.start_year:
            age = file.start_year - part.births
            message = f"born before start_year {file.start_year}; write `residents: [{age}, {age}]`"
            origins.problem(message, part, "births")
    for first, second in combinations(file.population, 2):
        if _share_persons(first, second, file.start_year):
            origins.problem(f"these persons are counted already at {origins.where(first)}", second)


def _share_persons(first: PopulationPart, second: PopulationPart, start_year: int) -> bool:
    """Whether two parts of a population hold the same persons; the newborn of the start year are aged 0."""
    if (first.arrivals is None) != (second.arrivals is None):
        return False
    spans = [part.ages or (start_year - (part.births or 0),) * 2 for part in (first, second)]
    return overlap((spans[0][0], spans[0][1]), (spans[1][0], spans[1][1]))


def _use(use: ProgrammeUse, file: ScenarioFile, library: Library, names: Names) -> Use | None:
    """Look a programme up, check whom it is to reach, and apply its overrides."""
    names.where(use.reach.where)
    programme = library.programmes.get(use.programme)
    if use.programme in library.out_of_range:
        message = f"`{use.programme}` is out of range: {library.out_of_range[use.programme].why}"
        names.origins.problem(message, use, "programme")
        return None
    if programme is None:
        hint = nearest(use.programme, library.programmes) or f"; known are {', '.join(sorted(library.programmes))}"
        names.origins.problem(f"unknown programme `{use.programme}`{hint}", use, "programme")
        return None
    oldest = programme.eligible.ages[1]
    if all(part.ages is not None and part.ages[0] > oldest for part in file.population):
        message = f"nobody in the population is or will be young enough for `{use.programme}` (up to {oldest} years)"
        names.origins.problem(message, use, "programme")
    effects = list(programme.effects)
    for override in use.overrides.effects:
        _apply(override, effects, programme, library, names.origins)
    return Use(programme.model_copy(update={"effects": effects}) if use.overrides.effects else programme, use.reach)


def _apply(
    override: EffectOverride, effects: list[Effect], programme: Programme, library: Library, origins: Origins
) -> None:
    """Replace the one effect that an override is about."""
    about = [i for i, effect in enumerate(effects) if _is_about(override, effect)]
    if len(about) != 1:
        known = [f"{effect.on} ({effect.acts_on}, ages {effect.ages or 'all'})" for effect in programme.effects]
        hint = "; say `acts_on` or `ages` too" if about else nearest(override.on, [e.on for e in programme.effects])
        message = f"`{programme.id}` has {len(about) or 'no'} such effects{hint}; known are {', '.join(known)}"
        origins.problem(message, override, "on")
        return
    effect = effects[about[0]]
    value = _overridden(override, effect, library, origins)
    if value is not None:
        months = effect.months if override.months is None else override.months
        effects[about[0]] = effect.model_copy(update={"value": value, "months": months, "unknown": False})


def _is_about(override: EffectOverride, effect: Effect) -> bool:
    """Whether an override names this effect; a `set` effect has no value to override."""
    same = override.on == effect.on and override.acts_on in (None, effect.acts_on)
    return same and override.ages in (None, effect.ages) and effect.acts_on != "set"


def _overridden(override: EffectOverride, effect: Effect, library: Library, origins: Origins) -> Number | None:
    """Make the number of an override; a source outside the library is still to be verified."""
    source = library.sources.get(override.source)
    status = "assumption" if override.source == JUDGEMENT else source.status if source else "to_verify"
    try:
        return Number.model_validate(
            {
                **{field: getattr(override, field) for field in ("value", "low", "high", "source", "why")},
                "unit": effect.value.unit if effect.value else effect.measure,
                "status": status,
            }
        )
    except ValidationError as error:
        origins.problem(error.errors()[0]["msg"].removeprefix("Value error, "), override, "value")
        return None


def _address_overrides(uses: list[Use | None], file: ScenarioFile, document: Document, library: Library) -> None:
    """Give the numbers of overrides an address, for parameter draws."""
    for i, use in enumerate(uses):
        for j, effect in enumerate(use.programme.effects if use else []):
            if effect.value is not None and id(effect.value) not in library.address:
                address = f"scenario/{file.scenario}/{file.programmes[i].programme}/effects/{j}/value"
                library.origins.add(effect.value, document, ("programmes", i, "overrides"), address)
