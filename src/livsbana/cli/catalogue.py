"""Lists and shows what the library holds, as text or as one JSON document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, get_args

import typer

from livsbana.cli.answers import Answer, Kind, Listed, ParameterCheck, ParameterList, Shown, StatusShare
from livsbana.errors import InputError
from livsbana.parameters.library import Library, edge_name, load_library
from livsbana.parameters.places import Municipality
from livsbana.parameters.reader import nearest, shown
from livsbana.parameters.schema import Declaration, Number
from livsbana.parameters.sources import JUDGEMENT, Source

KINDS: tuple[Kind, ...] = tuple(k for k in get_args(Kind) if k != "number")
FACTS: tuple[Kind, ...] = ("source", "place")
Item: TypeAlias = Declaration | Source | Municipality
CHECKED = ("published", "to_verify", "assumption")


def print_list(kind: str | None, data: Path | None, json_output: bool) -> None:
    """Print the declarations, or all there is of one kind."""
    if kind is not None and kind not in KINDS:
        raise InputError(f"unknown kind `{kind}`{nearest(kind, KINDS) or '; known are ' + ', '.join(KINDS)}", "--kind")
    library = load_library(data)
    skipped = FACTS if kind is None else [k for k in KINDS if k != kind]
    groups: list[tuple[Kind, Mapping[str, Item]]] = [
        (k, items) for k, items in _groups(library).items() if k not in skipped
    ]
    found = [_listed(library, name, k, item) for k, items in groups for name, item in items.items()]
    if not json_output:
        for one in found:
            typer.echo(f"{one.kind:<12} {one.domain:<16} {one.id:<60} {one.label}")
    else:
        _print_json(ParameterList(declarations=found))


def print_one(name: str, data: Path | None, json_output: bool) -> None:
    """Print one declaration, source or municipality with all its numbers."""
    library = load_library(data)
    answer = _shown(library, name)
    if json_output:
        _print_json(answer)
        return
    typer.echo(f"{answer.kind} {answer.id}   ({answer.where})")
    for line in _lines(answer.declaration, "  "):
        typer.echo(line)
    for source, citation in answer.sources.items():
        typer.echo(f"[{source}] {citation}")
    for address in answer.used_by:
        typer.echo(f"  used by {address}")


def print_check(data: Path | None, json_output: bool) -> None:
    """Read everything and print how much there is and how much of it is published."""
    library = load_library(data)
    numbers = list(library.numbers.values())
    status = Counter(number.status for number in numbers)
    answer = ParameterCheck(
        folder=shown(library.root),
        counts={kind: len(items) for kind, items in _groups(library).items()},
        numbers=len(numbers),
        uncertain=sum(number.low is not None for number in numbers),
        status={s: StatusShare(count=status[s], share=status[s] / max(len(numbers), 1)) for s in CHECKED},
    )
    if json_output:
        _print_json(answer)
        return
    typer.echo(f"{answer.folder}: nothing is wrong")
    for kind, count in answer.counts.items():
        typer.echo(f"  {kind:<12} {count:>6}")
    typer.echo(f"  {'numbers':<12} {answer.numbers:>6}, of which {answer.uncertain} with a spread")
    for name, part in answer.status.items():
        typer.echo(f"  {name:<12} {part.count:>6}  {part.share:6.1%}")


def _print_json(answer: Answer) -> None:
    typer.echo(answer.model_dump_json(indent=2))


def _groups(library: Library) -> dict[Kind, Mapping[str, Item]]:
    """Give all that has an id, by kind."""
    return {
        "factor": library.factors,
        "edge": {edge_name(edge): edge for edge in library.edges},
        "association": {association.id: association for association in library.associations},
        "unit_cost": library.unit_costs,
        "programme": library.programmes,
        "shrinkage": library.shrinkage,
        "source": library.sources,
        "place": library.places.municipalities,
    }


def _listed(library: Library, name: str, kind: Kind, item: Item) -> Listed:
    """Describe one item in a line."""
    where = _where(library, item).rsplit(":", 1)[0] if isinstance(item, Declaration) else _where(library, item)
    domain = library.domain_of.get(name) or Path(where).stem.split(".")[0]
    return Listed(id=name, kind=kind, domain=domain, label=_label(item), where=where)


def _label(item: Item) -> str:
    """Give the words that name an item."""
    if isinstance(item, Source):
        return item.citation
    if isinstance(item, Municipality):
        return item.name
    label = getattr(item, "label", None)
    if label is not None:
        return label.en
    number = item if isinstance(item, Number) else getattr(item, "causal", None) or getattr(item, "value", None)
    return _number_text(number.model_dump()) if isinstance(number, Number) else ""


def _where(library: Library, item: Item) -> str:
    """Say where an item stands."""
    if isinstance(item, Source):
        return shown(library.root / "sources.csv")
    if isinstance(item, Municipality):
        return shown(library.root / "places" / "municipalities.csv")
    return library.origins.where(item)


def _shown(library: Library, name: str) -> Shown:
    """Find what has this id or address, and put together what is known about it."""
    if name in library.numbers:
        return _declared(library, name, "number", library.numbers[name])
    kind, item = _find(library, name)
    if isinstance(item, Source):
        used_by = [address for address, number in library.numbers.items() if number.source == name]
        return Shown(
            id=name, kind=kind, where=_where(library, item), declaration=vars(item), sources={}, used_by=used_by
        )
    if isinstance(item, Municipality):
        facts = {**vars(item), "profile": item.profile, "residents": int(item.residents.sum())}
        return Shown(id=item.code, kind=kind, where=_where(library, item), declaration=facts, sources={}, used_by=[])
    return _declared(library, name, kind, item)


def _find(library: Library, name: str) -> tuple[Kind, Item]:
    """Find what has this id, or ``kind/id`` where two kinds share one."""
    groups = _groups(library)
    for kind, items in groups.items():
        item = items.get(name) or items.get(name.removeprefix(f"{kind}/"))
        if item is not None:
            return kind, item
    place = library.places.named(name)
    if place is None:
        hint = nearest(name, [*library.numbers, *(known for items in groups.values() for known in items)])
        raise InputError(f"nothing is called `{name}`{hint or '; see `livsbana parameters list`'}")
    return "place", place


def _declared(library: Library, name: str, kind: Kind, item: Declaration) -> Shown:
    """Put together a declaration and the sources of its numbers."""
    content = item.model_dump(mode="json", by_alias=True, exclude_unset=True)
    cited = sorted(set(_sources_in(content)) - {JUDGEMENT})
    sources = {s: _cited(library.sources[s]) for s in cited}
    return Shown(id=name, kind=kind, where=_where(library, item), declaration=content, sources=sources, used_by=[])


def _cited(source: Source) -> str:
    """Cite a source and say whose it is."""
    return ", ".join(part for part in (source.citation, source.organisation) if part)


def _sources_in(content: Any) -> Iterator[str]:
    """Give the source of every number inside a declaration."""
    if isinstance(content, dict):
        if isinstance(content.get("source"), str):
            yield content["source"]
        for inner in content.values():
            yield from _sources_in(inner)
    elif isinstance(content, list):
        for inner in content:
            yield from _sources_in(inner)


def _lines(content: Any, indent: str) -> Iterator[str]:
    """Write nested content as indented lines, each number on one."""
    items = content.items() if isinstance(content, dict) else ((f"- {i}", inner) for i, inner in enumerate(content, 1))
    for key, inner in items:
        if isinstance(inner, dict) and {"value", "unit", "source"} <= set(inner):
            yield f"{indent}{key}: {_number_text(inner)}"
        elif isinstance(inner, dict) or (isinstance(inner, list) and any(isinstance(i, dict | list) for i in inner)):
            yield f"{indent}{key}:"
            yield from _lines(inner, indent + "  ")
        elif isinstance(inner, list):
            yield f"{indent}{key}: {', '.join(map(str, inner))}"
        else:
            yield f"{indent}{key}: {inner}"


def _number_text(number: dict[str, Any]) -> str:
    """Write a number, its spread, source and status in one line."""
    spread = f" ({number['low']:g} to {number['high']:g})" if number.get("low") is not None else ""
    year = f" {number['year']}" if number.get("year") else ""
    why = f": {number['why']}" if number.get("why") else ""
    return f"{number['value']:g} {number['unit']}{spread} [{number['source']}{year}, {number['status']}{why}]"
