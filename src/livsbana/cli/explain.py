"""``livsbana explain FACTOR``: the equations in words, with every number's source and what was fitted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import exp, log
from pathlib import Path
from typing import Any

import typer

from livsbana.errors import InputError
from livsbana.parameters.library import Library, load_library, parameters_folder
from livsbana.parameters.reader import nearest
from livsbana.parameters.schema import Alternative, Edge, Factor, Number, Persistence, Remission, Target

Fitted = dict[str, dict[str, Any]]
FIT_FILE = "fitted.json"


def stored_fit(data: Path | None) -> Fitted:
    """The stored fit as it stands, empty when there is none; read here so that no numerical library is loaded."""
    path = parameters_folder(data) / FIT_FILE
    if not path.is_file():
        return {"loadings": {}, "traits": {}, "slopes": {}}
    return json.loads(path.read_text(encoding="utf-8"))


def explain_command(factor: str, data: Path | None, json_output: bool) -> None:
    """Print how a factor begins, ends, and what it leads to."""
    library = load_library(data)
    name = factor.partition(".")[0]
    if name not in library.factors:
        raise InputError(f"no factor is called `{factor}`{nearest(name, library.factors)}")
    lines = list(explain(library, library.factors[name], stored_fit(data)))
    document = json.dumps({"factor": name, "lines": lines}, ensure_ascii=False, indent=1)
    typer.echo(document if json_output else "\n".join(lines))


def explain(library: Library, factor: Factor, fitted: Fitted) -> Iterator[str]:
    """Describe one factor, line by line."""
    ages = f", ages {factor.ages[0]}–{factor.ages[1]}" if factor.ages else ""
    yield f"{factor.label.en} / {factor.label.sv} ({factor.id}): {factor.kind}{ages}"
    yield f"  {factor.describes}"
    for value in factor.values:
        yield f"  {value.id}: {_number(library, value.share)}"
    if factor.kind == "liability" and factor.family_share is not None:
        yield f"  shared by siblings: {_number(library, factor.family_share)}"
    if factor.requires is not None:
        yield f"  only with {factor.requires.factor} ({factor.requires.reads.replace('_', ' ')})"
    for part in factor.alternatives or [factor]:
        name = factor.id if part is factor else f"{factor.id}.{part.id}"
        yield from _alternative(library, name, part)
        yield from _equation(library, name, part, fitted)
    yield from _spells(library, factor, fitted)
    for edge in library.edges:
        if edge.source_factor.partition(".")[0] == factor.id:
            yield f"  leads to {_outgoing(library, edge)}"
    for cost in library.unit_costs.values():
        if any(factor.id in (c.state, c.trait, c.category) for c in cost.counts.all):
            payers = ", ".join(f"{p} {n.value:.0%}" for p, n in cost.payers.items())
            yield f"  costs {cost.label.en}: {_number(library, cost.cost)}; paid by {payers}"


def _alternative(library: Library, name: str, part: Factor | Alternative) -> Iterator[str]:
    """What only an alternative of a category has."""
    if isinstance(part, Factor):
        return
    yield f"  {part.label.en} ({name}), ages {part.ages[0]}–{part.ages[1]}"
    if part.rest:
        yield "  takes what the others leave"
    if part.forced_by:
        yield f"  always, when {part.forced_by}"
    if part.stay:
        yield f"  stays from year to year: {_number(library, part.stay)}"


def _equation(library: Library, name: str, part: Factor | Alternative, fitted: Fitted) -> Iterator[str]:
    """Loadings, trait multipliers, incoming edges and targets of one equation."""
    for liability, number in part.loads_on.items():
        now = fitted["loadings"].get(name, {}).get(liability)
        found = "" if now is None else f"; fitted {now:+.2f}"
        yield f"  log odds per SD of {liability}: {_number(library, number)}{found}"
    for level, log_odds in fitted["traits"].get(name, {}).items():
        yield f"  {level}: odds × {exp(log_odds):.2f} (fitted to group levels; an association, never a cause)"
    for edge in library.edges:
        if edge.target_factor == name:
            yield f"  {_incoming(library, edge)}"
    for target in part.targets if part.targets != "none" else ():
        where = "".join(f", {k} {v}" for k, v in target.where.items())
        yield f"  target ({target.kind}, {target.use}{where}): {_aged(library, target)}"


def _spells(library: Library, factor: Factor, fitted: Fitted) -> Iterator[str]:
    """How a state ends."""
    for remission in factor.remission:
        yield f"  ends, in the first year: {_aged(library, remission)}"
    for persistence in factor.persistence:
        yield f"  is still there after {persistence.years} years: {_aged(library, persistence)}"
    slope = fitted["slopes"].get(factor.id)
    if slope is not None:
        yield f"  odds of ending × {exp(-slope):.2f} for the second year and again from the third (fitted)"


def _aged(library: Library, item: Target | Remission | Persistence) -> str:
    return f"ages {item.ages[0]}–{item.ages[1]}: {_number(library, item.value)}"


def _incoming(library: Library, edge: Edge) -> str:
    """What an edge into this factor does."""
    size = log(edge.causal.value)
    verb = "raises" if size > 0 else "lowers" if size < 0 else "does not change"
    when = {"within_n_years": f"within {edge.years} years", "at_age": f"at age {edge.age}"}.get(edge.reads, edge.reads)
    who = "the share of others in the cell with " if edge.via == "cell" else ""
    return f"{who}{edge.source_factor} ({when.replace('_', ' ')}) {verb} {_reach(library, edge, edge.acts_on)}"


def _outgoing(library: Library, edge: Edge) -> str:
    """Where an edge from this factor goes."""
    return _reach(library, edge, f"{edge.acts_on} of {edge.target_factor}")


def _reach(library: Library, edge: Edge, what: str) -> str:
    return f"{what}, ages {edge.ages[0]}–{edge.ages[1]}: {_number(library, edge.causal)}"


def _number(library: Library, number: Number) -> str:
    """A number with interval, status and source."""
    spread = "" if number.low is None else f" ({number.low:g}–{number.high:g})"
    source = library.sources.get(number.source)
    cited = source.citation if source is not None else "judgement"
    why = f"; {' '.join(number.why.split())}" if number.why else ""
    return f"{number.value:g}{spread} {number.unit} [{number.status.replace('_', ' ')}: {cited}{why}]"
