"""``livsbana programmes list``: whom each programme reaches, what it changes, what it costs, and what is known."""

from __future__ import annotations

from pathlib import Path

import typer

from livsbana.cli.answers import ProgrammeList, ProgrammeListed
from livsbana.errors import InputError
from livsbana.interventions.costs import participant_costs
from livsbana.ledger.growth import to_price_year
from livsbana.parameters.library import Library, load_library
from livsbana.parameters.schema import Effect, Number, Programme

WEAKEST_FIRST = ("unknown", "assumption", "to_verify", "published")
HEADING = f"{'programme':<28} {'level':<10} {'ages':>6} {'SEK each':>9}  {'known':<16} effect"


def print_programmes(data: Path | None, json_output: bool) -> None:
    """Print all programmes, by life stage, a line each and a line for every further effect."""
    library = load_library(data)
    found = [_listed(library, p) for p in library.programmes.values()]
    if json_output:
        typer.echo(ProgrammeList(price_year=library.economy.price_year, programmes=found).model_dump_json(indent=2))
        return
    typer.echo(HEADING)
    for stage in dict.fromkeys(one.domain for one in found):
        typer.echo(f"\n{stage}")
        for one in (p for p in found if p.domain == stage):
            _print_one(one)
    typer.echo(
        f"\nSEK a participant in {library.economy.price_year} prices, all payers. Effects as published, before they"
    )
    typer.echo("are shrunk. unknown: nobody has measured it; a run says what it must be to break even.")


def _print_one(one: ProgrammeListed) -> None:
    """Write one programme; further effects stand below the first."""
    ages = f"{one.ages[0]}–{one.ages[1]}"
    head = f"{one.id:<28} {one.level:<10} {ages:>6} {one.cost_per_participant:>9,.0f}  {one.status:<16}"
    for k, effect in enumerate(one.effects):
        typer.echo(f"{head if k == 0 else ' ' * len(head)} {effect}")


def _listed(library: Library, programme: Programme) -> ProgrammeListed:
    """Describe a programme in a line."""
    where = library.origins.where(programme).rsplit(":", 1)[0]
    return ProgrammeListed(
        id=programme.id,
        label=programme.label.en,
        domain=Path(where.split(":")[0]).stem,
        where=where,
        level=programme.level,
        ages=list(programme.eligible.ages),
        effects=[_effect(e) for e in programme.effects],
        cost_per_participant=_cost(library, programme),
        status=min((_status(e) for e in programme.effects), key=WEAKEST_FIRST.index),
    )


def _cost(library: Library, programme: Programme) -> float:
    """SEK a participant over all years and payers, at the price level of the run."""

    def central(number: Number) -> float:
        return number.value

    def carried(sek: float, year: int) -> float:
        return sek * to_price_year(library.economy, year, "wages", central)

    try:
        return sum(participant_costs(programme, central, carried).values())
    except InputError as error:
        raise InputError(str(error), library.origins.where(programme)) from None


def _effect(effect: Effect) -> str:
    """Write an effect and its size."""
    if effect.unknown:
        return f"{effect.on} unknown"
    if effect.value is None:
        return f"{effect.on} set to {effect.to}"
    return f"{effect.on} {effect.measure} {effect.value.value:g}"


def _status(effect: Effect) -> str:
    """How an effect is known; one that is set is an assumption of the programme."""
    if effect.unknown:
        return "unknown"
    return effect.value.status if effect.value else "assumption"
