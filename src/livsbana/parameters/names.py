"""What a name in a declaration refers to: a factor, or one value of a trait or category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from livsbana.parameters.origins import Origins
from livsbana.parameters.reader import nearest
from livsbana.parameters.schema import Ages, Alternative, Condition, Declaration, Factor, Where

OLDEST = 120


class Referent(NamedTuple):
    """A factor, with one of its alternatives or trait values when the name says which."""

    factor: Factor
    part: str | None
    alternative: Alternative | None


def values_of(factor: Factor) -> list[str]:
    """Ids of a trait's values or a category's alternatives."""
    return [v.id for v in factor.values] + [a.id for a in factor.alternatives]


def active_ages(referent: Referent) -> tuple[int, int]:
    """Ages at which the referent can be on; what is settled once stays to the end of life."""
    factor = referent.factor
    if referent.alternative is not None:
        return referent.alternative.ages
    if factor.kind == "category":
        return min(a.ages[0] for a in factor.alternatives), max(a.ages[1] for a in factor.alternatives)
    if factor.ages is None:
        return -1, OLDEST
    return (factor.ages[0], OLDEST) if factor.kind == "milestone" else factor.ages


class Names:
    """Looks names up and notes a mistake where there is nothing behind one."""

    def __init__(self, factors: Mapping[str, Factor], origins: Origins) -> None:
        self.factors, self.origins = factors, origins

    def find(self, reference: str, at: Declaration, *steps: str | int, key: bool = False) -> Referent | None:
        """Find what ``factor`` or ``factor.value`` refers to; a mistake is noted at ``steps`` of ``at``."""
        name, _, part = reference.partition(".")
        factor = self.factors.get(name)
        if factor is None:
            self.origins.problem(f"unknown factor `{name}`{nearest(name, self.factors)}", at, *steps, key=key)
            return None
        known = values_of(factor)
        if part and part not in known:
            message = f"{factor.kind} `{name}` has no value `{part}`{nearest(part, known) or _known(known)}"
            self.origins.problem(message, at, *steps, key=key)
            return None
        alternative = next((a for a in factor.alternatives if a.id == part), None)
        return Referent(factor, part or None, alternative)

    def one(self, reference: str, at: Declaration, *steps: str | int) -> Referent | None:
        """Find something a person has or has not: a trait or category must say which value."""
        found = self.find(reference, at, *steps)
        if found and found.part is None and found.factor.kind in ("trait", "category"):
            values = _known([f"{reference}.{v}" for v in values_of(found.factor)])
            self.origins.problem(f"`{reference}` is a {found.factor.kind}; say which value{values}", at, *steps)
            return None
        return found

    def of_kind(self, name: str, kind: str, at: Declaration, *steps: str | int, key: bool = False) -> Factor | None:
        """Find a factor that must be of one kind."""
        found = self.factors.get(name)
        if found is not None and found.kind == kind:
            return found
        wanted = nearest(name, [f.id for f in self.factors.values() if f.kind == kind])
        what = f"`{name}` is a {found.kind}, wanted a {kind}" if found else f"unknown {kind} `{name}`"
        self.origins.problem(f"{what}{wanted}", at, *steps, key=key)
        return None

    def traits(self, where: Mapping[str, str], at: Declaration, *steps: str | int) -> None:
        """Check a mapping of traits to values."""
        for name, value in where.items():
            factor = self.of_kind(name, "trait", at, *steps, name, key=True)
            if factor is not None:
                self._value(factor, value, at, *steps, name)

    def _value(self, factor: Factor, value: str, at: Declaration, *steps: str | int) -> None:
        known = values_of(factor)
        if value not in known:
            message = f"{factor.kind} `{factor.id}` has no value `{value}`{nearest(value, known) or _known(known)}"
            self.origins.problem(message, at, *steps)

    def where(self, where: Where) -> None:
        """Check all conditions of a `where`."""
        for condition in where.all:
            self.condition(condition)

    def condition(self, condition: Condition) -> None:
        """Check that a condition names something that exists and can hold."""
        if condition.state is not None:
            self._state(condition, condition.state)
            return
        kind = "trait" if condition.trait is not None else "category"
        factor = self.of_kind(condition.trait or condition.category or "", kind, condition, kind)
        if factor is not None:
            for i, value in enumerate(condition.is_ or []):
                self._value(factor, value, condition, "is", i)

    def _state(self, condition: Condition, name: str) -> None:
        found = self.one(name, condition, "state")
        if found is None:
            return
        if found.factor.kind in ("trait", "liability", "death"):
            message = f"`{name}` is a {found.factor.kind}, wanted a state, event or milestone"
            self.origins.problem(message, condition, "state")
        if condition.years is not None and condition.years > found.factor.duration:
            message = f"`{name}` knows its first {found.factor.duration} year(s) only; raise its `duration`"
            self.origins.problem(message, condition, "years")


def overlap(first: Ages, second: Ages) -> bool:
    """Whether two age ranges share an age."""
    return first[0] <= second[1] and second[0] <= first[1]


def inside(inner: Ages, outer: Ages) -> bool:
    """Whether one age range lies within another."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _known(names: list[str]) -> str:
    """End a message with the names that are known."""
    return f"; known are {', '.join(f'`{n}`' for n in names)}" if names else "; it has no values"
