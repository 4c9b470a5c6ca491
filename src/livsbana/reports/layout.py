"""What figures show and in which order, whoever draws them."""

from __future__ import annotations

from collections.abc import Sequence

from livsbana.reports.tables import EVER, has_changed, shown_payers
from livsbana.runs.document import PUBLIC, Outcome, RunDocument, Unit

MOST_OUTCOMES = 8
LINES = ("municipality/home", "municipality/other", "region", "state", "employer", "household", "victim", PUBLIC)


def payers_to_draw(documents: Sequence[RunDocument]) -> list[str]:
    """List the payers with a row: parts instead of their whole, the state whole, then public and society."""
    shown = {payer for document in documents for payer in shown_payers(document)}
    in_parts = {payer.partition("/")[0] for payer in shown if "/" in payer} - {"state"}
    return [p for p in documents[0].accounts() if p in shown and p not in in_parts and not p.startswith("state/")]


def outcomes_of(documents: Sequence[RunDocument], unit: Unit) -> dict[str, Outcome]:
    """Choose the outcomes of a unit that change most, relative to their level, in any run.

    Events that are also counted as persons ever are left out.

    Returns
    -------
    dict
        By id, at most ``MOST_OUTCOMES``, in the order of the first run.
    """
    named: dict[str, Outcome] = {}
    change: dict[str, float] = {}
    for document in documents:
        for name, outcome in document.outcomes.items():
            counted_as_ever = unit == "events" and f"{name}{EVER}" in document.outcomes
            if outcome.unit == unit and not counted_as_ever:
                named.setdefault(name, outcome)
                relative = abs(outcome.difference) / max(outcome.baseline, outcome.scenario, 1.0)
                change[name] = max(change.get(name, 0.0), relative if has_changed(outcome) else 0.0)
    chosen = sorted(named, key=lambda name: -change[name])[:MOST_OUTCOMES]
    return {name: outcome for name, outcome in named.items() if name in chosen}


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Move ascending heights apart to at least ``gap``, as little as possible and at best within 0 to 1.

    Parameters
    ----------
    heights
        Wanted heights, ascending.
    gap
        Least distance between neighbours.
    """
    groups: list[tuple[float, int]] = []
    for height in heights:
        centre, size = height, 1
        # Overlapping groups become one, centred on the mean of what its members wanted.
        while groups and groups[-1][0] + gap * (groups[-1][1] + size) / 2 > centre:
            before, count = groups.pop()
            centre, size = _inside((before * count + centre * size) / (count + size), count + size, gap), count + size
        groups.append((centre, size))
    return [centre + gap * (i - (size - 1) / 2) for centre, size in groups for i in range(size)]


def _inside(centre: float, size: int, gap: float) -> float:
    """Move the centre of a group so that all of it lies within 0 to 1, if it fits."""
    half = gap * (size - 1) / 2
    return max(half, min(centre, 1 - half))
