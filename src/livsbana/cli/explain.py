"""``livsbana explain FACTOR``: the compiled equation in words, with every number's source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import log
from pathlib import Path

import typer

from livsbana.errors import InputError
from livsbana.parameters.library import Library, load_library
from livsbana.parameters.reader import nearest
from livsbana.parameters.schema import Alternative, Edge, Factor, Number, Persistence, Remission, Target


def explain_command(factor: str, data: Path | None, json_output: bool) -> None:
    """Print how a factor begins, ends, and what it leads to."""
    library = load_library(data)
    name = factor.partition(".")[0]
    if name not in library.factors:
        hint = nearest(name, library.factors)
        raise InputError(f"no factor is called `{factor}`{hint}")
    lines = list(explain(library, library.factors[name]))
    typer.echo(json.dumps({"factor": name, "lines": lines}, ensure_ascii=False, indent=1) if json_output else "\n".join(lines))


def explain(library: Library, factor: Factor) -> Iterator[str]:
    """Describe one factor, line by line."""
    ages = f", ages {factor.ages[0]}–{factor.ages[1]}" if factor.ages else ""
    yield f"{factor.label.en} / {factor.label.sv} ({factor.id}): {factor.kind}{ages}"
    yield f"  {factor.describes}"
    for value in factor.values:
        yield f"  {value.id}: {_number(library, value.share)}"
    if factor.kind == "liability" and factor.family_share is not None:
        yield f"  shared by siblings: {_number(library, factor.family_share)}"
    for part in factor.alternatives or [factor]:
        yield from _equation(library, factor, part)
    for edge in library.edges:
        if edge.source_factor.partition(".")[0] == factor.id:
            yield f"  leads to {_edge(library, edge, outgoing=True)}"
    for cost in library.unit_costs.values():
        if any(factor.id in (c.state, c.trait, c.category) for c in cost.counts.all):
            payers = ", ".join(f"{p} {n.value:.0%}" for p, n in cost.payers.items())
            yield f"  costs {cost.label.en}: {_number(library, cost.cost)}; paid by {payers}"


def _equation(library: Library, factor: Factor, part: Factor | Alternative) -> Iterator[str]:
    """Onset, remission, loadings and targets of a factor or of one alternative."""
    name = factor.id if part is factor else f"{factor.id}.{part.id}"
    if isinstance(part, Alternative):
        yield f"  {part.label.en} ({name}), ages {part.ages[0]}–{part.ages[1]}"
        if part.rest:
            yield "    takes what the others leave"
        if part.forced_by:
            yield f"    always, when {part.forced_by}"
        if part.stay:
            yield f"    stays from year to year: {_number(library, part.stay)}"
    if factor.requires is not None:
        yield f"  only with {factor.requires.factor} ({factor.requires.reads.replace('_', ' ')})"
    for liability, number in part.loads_on.items():
        yield f"  loads on {liability} (start of the fit): {_number(library, number)}"
    for edge in library.edges:
        if edge.target_factor == name:
            yield f"  {_edge(library, edge, outgoing=False)}"
    for remission in factor.remission if part is factor else ():
        yield f"  ends, in the first year: {_aged(library, remission)}"
    for persistence in factor.persistence if part is factor else ():
        yield f"  is still there after {persistence.years} years: {_aged(library, persistence)}"
    for target in part.targets if part.targets != "none" else ():
        where = "".join(f", {k} {v}" for k, v in target.where.items())
        yield f"  target ({target.kind}, {target.use}{where}): {_aged(library, target)}"


def _aged(library: Library, item: Target | Remission | Persistence) -> str:
    return f"ages {item.ages[0]}–{item.ages[1]}: {_number(library, item.value)}"


def _edge(library: Library, edge: Edge, *, outgoing: bool) -> str:
    """One causal edge in words."""
    verb = "raises" if log(edge.causal.value) > 0 else "lowers" if log(edge.causal.value) < 0 else "does not change"
    when = {"within_n_years": f"within {edge.years} years", "at_age": f"at age {edge.age}"}.get(edge.reads, edge.reads)
    who = "the share of others in the cell with " if edge.via == "cell" else ""
    what = f"{edge.acts_on} of {edge.target_factor}" if outgoing else f"{edge.acts_on}"
    source = "" if outgoing else f"{who}{edge.source_factor} ({when.replace('_', ' ')}) "
    number = _number(library, edge.causal)
    return f"{source}{verb if not outgoing else ''}{' ' if not outgoing else ''}{what}, ages {edge.ages[0]}–{edge.ages[1]}: {number}"


def _number(library: Library, number: Number) -> str:
    """A number with interval, status and source."""
    spread = "" if number.low is None else f" ({number.low:g}–{number.high:g})"
    source = library.sources.get(number.source)
    cited = source.citation if source is not None else "judgement"
    why = f"; {' '.join(number.why.split())}" if number.why else ""
    return f"{number.value:g}{spread} {number.unit} [{number.status.replace('_', ' ')}: {cited}{why}]"
