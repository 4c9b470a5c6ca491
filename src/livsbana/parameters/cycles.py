"""Which factors read each other within one year: that must not go round in a circle."""

from __future__ import annotations

from collections.abc import Iterable

from livsbana.parameters.origins import Origins
from livsbana.parameters.schema import Declaration, Edge, Factor


def check_cycles(factors: Iterable[Factor], edges: Iterable[Edge], origins: Origins) -> None:
    """Note a mistake where factors read each other within a year in a circle.

    A category counts as one factor: all its alternatives are settled together.
    """
    reads = _reads_this_year(factors, edges)
    circle = _circle({sender: [to for to, _ in receivers] for sender, receivers in reads.items()})
    if circle:
        at = next(declaration for to, declaration in reads[circle[0]] if to == circle[1])
        path = " → ".join(circle)
        origins.problem(f"within one year {path} read each other in a circle; let one of them read last_year", at)


def _reads_this_year(factors: Iterable[Factor], edges: Iterable[Edge]) -> dict[str, list[tuple[str, Declaration]]]:
    """Sender to the receivers that read it in the same year, with the declaration that says so."""
    found: list[tuple[str, str, Declaration]] = [
        (e.source_factor, e.target_factor, e) for e in edges if e.reads == "this_year"
    ]
    for factor in factors:
        if factor.requires is not None and factor.requires.reads == "this_year":
            found.append((factor.requires.factor, factor.id, factor.requires))
        found += [(a.forced_by, factor.id, a) for a in factor.alternatives if a.forced_by]
    reads: dict[str, list[tuple[str, Declaration]]] = {}
    for sender, receiver, declaration in found:
        reads.setdefault(sender.split(".")[0], []).append((receiver.split(".")[0], declaration))
    return reads


def _circle(receivers: dict[str, list[str]]) -> list[str]:
    """Find one circle, first name repeated at the end; empty when there is none."""
    settled: set[str] = set()
    for start in receivers:
        path, waiting = [start], [iter(receivers[start])]
        while path:
            name = next((n for n in waiting[-1] if n not in settled), None)
            if name is None:
                settled.add(path.pop())
                waiting.pop()
            elif name in path:
                return [*path[path.index(name) :], name]
            else:
                path.append(name)
                waiting.append(iter(receivers.get(name, [])))
    return []
