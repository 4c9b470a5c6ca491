"""From a pilot's file, YAML or Excel, to a checked pilot: names that exist, a group that can be served."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from livsbana.parameters.library import Library
from livsbana.parameters.names import Names
from livsbana.parameters.origins import Origins
from livsbana.parameters.places import Municipality
from livsbana.parameters.reader import Document, nearest, read_document
from livsbana.parameters.schema import Condition, Declaration, Where
from livsbana.parameters.typed import typed
from livsbana.pilots.personal import refuse_identity_numbers
from livsbana.pilots.schema import Link, Outcome, PilotFile
from livsbana.pilots.workbook import read_workbook

FIXED = ("trait", "liability", "death")


@dataclass(frozen=True)
class Pilot:
    """A checked logic model, and the place where it plays (None for the whole of Sweden)."""

    file: PilotFile
    place: Municipality | None
    where: Where

    @property
    def factors(self) -> list[str]:
        """Everything in the logic model that the model knows, in the order of the file."""
        activities = self.programmes
        named = [n for link in self.file.links for n in (link.source, link.target) if n not in activities]
        return list(dict.fromkeys([*named, *(o.factor for o in self.file.outcomes if o.factor)]))

    @property
    def programmes(self) -> dict[str, str | None]:
        """Activities, and the programme of the library that each of them is."""
        return {a.activity: a.programme for a in self.file.activities}


def read_pilot(path: Path, library: Library) -> Pilot:
    """Read and check one pilot.

    Raises
    ------
    InputError
        With ``file:line:column`` or ``file:Sheet!B7``, for the first few mistakes.
    """
    document = read_workbook(path) if path.suffix.lower() == ".xlsx" else read_document(path)
    refuse_identity_numbers(document)
    return check_pilot(typed(PilotFile, document), document, library)


def check_pilot(file: PilotFile, document: Document, library: Library) -> Pilot:
    """Check that everything a logic model names exists and can change."""
    origins = Origins()
    origins.add(file, document, (), f"pilot/{file.pilot}")
    check = _Check(file, library, Names(library.factors, origins))
    place = check.place()
    where = check.where()
    check.activities()
    check.links()
    for outcome in file.outcomes:
        if outcome.factor is not None:
            check.changing(outcome.factor, outcome, "factor")
    check.unique()
    origins.raise_first()
    return Pilot(file, place, where)


class _Check:
    """Notes mistakes on a logic model."""

    def __init__(self, file: PilotFile, library: Library, names: Names) -> None:
        self.file, self.library, self.names, self.origins = file, library, names, names.origins
        self.known = [a.activity for a in file.activities]

    def place(self) -> Municipality | None:
        """The municipality, by code or name."""
        text = self.file.municipality
        if text is None:
            return None
        found = self.library.places.named(text)
        if found is None:
            self.origins.problem(self.library.places.unknown(text), self.file, "municipality")
        return found

    def where(self) -> Where:
        """What everybody in the target group has, as conditions."""
        conditions: list[Condition] = []
        for i, reference in enumerate(self.file.target.where):
            found = self.names.one(reference, self.file.target, "where", i)
            if found is None:
                continue
            name, _, part = reference.partition(".")
            if found.factor.kind == "liability":
                self.origins.problem(
                    f"`{name}` cannot be seen, so nobody is chosen by it", self.file.target, "where", i
                )
            elif found.factor.kind in ("trait", "category"):
                conditions.append(Condition.model_validate({found.factor.kind: name, "is": [part]}))
            else:
                conditions.append(Condition(state=name))
        return Where(all=conditions)

    def activities(self) -> None:
        """Programmes exist, and no activity is called as a factor is."""
        for activity in self.file.activities:
            if activity.activity in self.library.factors:
                self.origins.problem(
                    f"`{activity.activity}` is a factor; call the activity something else", activity, "activity"
                )
            wanted = activity.programme
            if wanted is not None and wanted not in self.library.programmes:
                hint = nearest(wanted, self.library.programmes)
                hint = (
                    hint
                    or f"; known are {', '.join(sorted(self.library.programmes))}; leave it out if it is none of them"
                )
                self.origins.problem(f"unknown programme `{wanted}`{hint}", activity, "programme")

    def links(self) -> None:
        """Each link leads from an activity or a factor that can change to another that can."""
        seen: dict[tuple[str, str], Link] = {}
        for link in self.file.links:
            if link.source not in self.known:
                self._source(link)
            self.changing(link.target, link, "to")
            if link.source == link.target:
                self.origins.problem(f"`{link.source}` leads to itself", link, "to")
            pair = (link.source, link.target)
            if pair in seen:
                self.origins.problem(f"this link stands already at {self.origins.where(seen[pair])}", link, "from")
            seen.setdefault(pair, link)

    def _source(self, link: Link) -> None:
        """What a link leads from, when it is no activity, is a factor; a misspelt activity gets a hint."""
        hint = nearest(link.source, self.known)
        if link.source.partition(".")[0] not in self.library.factors and hint:
            self.origins.problem(f"unknown activity or factor `{link.source}`{hint}", link, "from")
        else:
            self.changing(link.source, link, "from")

    def changing(self, reference: str, at: Declaration, step: str) -> None:
        """Find a factor that a pilot can change."""
        found = self.names.one(reference, at, step)
        if found is not None and found.factor.kind in FIXED:
            message = (
                f"`{reference}` is a {found.factor.kind}, which no pilot changes; `livsbana parameters list` shows all"
            )
            self.origins.problem(message, at, step)

    def unique(self) -> None:
        """No activity and no outcome is named twice."""
        for kind, items in (("activity", self.file.activities), ("outcome", self.file.outcomes)):
            seen: set[str] = set()
            for item in items:
                name = getattr(item, kind)
                if name in seen:
                    self.origins.problem(f"{kind} `{name}` is declared twice", item, kind)
                seen.add(name)


def sized_outcomes(pilot: Pilot) -> list[Outcome]:
    """Outcomes that can be simulated: they have a factor and a time."""
    return [o for o in pilot.file.outcomes if o.factor is not None and o.months is not None]
