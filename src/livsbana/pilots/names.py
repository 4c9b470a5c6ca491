"""What things of a logic model are called in both languages."""

from __future__ import annotations

from livsbana.parameters.library import Library
from livsbana.pilots.read import Pilot
from livsbana.runs.document import Text


def factor_label(library: Library, reference: str) -> Text:
    """Name a factor, or one value of it."""
    name, _, part = reference.partition(".")
    factor = library.factors[name]
    value = next((v for v in (*factor.values, *factor.alternatives) if v.id == part), None)
    label = factor.label if value is None else value.label
    return Text(sv=label.sv, en=label.en)


def thing_label(pilot: Pilot, library: Library, name: str) -> Text:
    """Name an activity, the pilot itself, or a factor."""
    activity = next((a for a in pilot.file.activities if a.activity == name), None)
    if activity is not None:
        return Text(sv=activity.label, en=activity.label)
    if name == pilot.file.pilot:
        return Text(sv=pilot.file.label, en=pilot.file.label)
    return factor_label(library, name)


def label_of(pilot: Pilot, library: Library, source: str, target: str) -> Text:
    """Name a link."""
    one, other = thing_label(pilot, library, source), factor_label(library, target)
    return Text(sv=f"{one.sv} → {other.sv}", en=f"{one.en} → {other.en}")
