"""The evidence map: every published row is used where it says, or says why it is not."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from livsbana.parameters.library import Library
from livsbana.parameters.schema import Declaration, Number, Target

Row = dict[str, str]
COLUMNS = ["evidence_id", "file", "evidence_name", "network_id", "use", "reason"]
KINDS = {"BP": "baseline.csv", "TR": "transitions.csv", "RF": "associations.csv"}
EVIDENCE = re.compile(r"\b(?:BP|TR|RF)\d{3}\b")
RANGE = re.compile(r"\b(BP|TR|RF)(\d{3})–\1(\d{3})\b")


@pytest.fixture(scope="module")
def rows(library: Library) -> list[Row]:
    with (library.root / "evidence_map.csv").open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def cited(text: str) -> set[str]:
    """The rows that a text names, alone or as the ends of a range."""
    spans = {f"{kind}{n:03d}" for kind, a, b in RANGE.findall(text) for n in range(int(a), int(b) + 1)}
    return set(EVIDENCE.findall(text)) | spans


def numbers_in(part: object) -> Iterator[Number]:
    """All numbers of a declaration."""
    if isinstance(part, Number):
        yield part
    elif isinstance(part, Declaration):
        for name in type(part).model_fields:
            yield from numbers_in(getattr(part, name))
    elif isinstance(part, dict):
        for value in part.values():
            yield from numbers_in(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from numbers_in(value)


def declared(library: Library) -> dict[str, list[Declaration]]:
    """Declarations by the network id that a number in them belongs to."""
    found: dict[str, list[Declaration]] = {}
    for factor in library.factors.values():
        found.setdefault(factor.id, []).append(factor)
        for alternative in factor.alternatives:
            found.setdefault(f"{factor.id}.{alternative.id}", []).append(alternative)
    for edge in library.edges:
        found.setdefault(edge.target_factor, []).append(edge)
    for association in library.associations:
        found.setdefault(association.target_factor.partition("@")[0], []).append(association)
    for named in (library.unit_costs, library.programmes):
        for name, declaration in named.items():
            found.setdefault(name, []).append(declaration)
    return found


def test_every_row_of_the_evidence_stands_once(library: Library, rows: list[Row]) -> None:
    ids = [row["evidence_id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert set(ids) == {source for source in library.sources if EVIDENCE.fullmatch(source)}
    assert all(row["file"] == KINDS[row["evidence_id"][:2]] for row in rows)


def test_a_row_is_used_where_it_says(library: Library, rows: list[Row]) -> None:
    """The declaration of the network id has the row as the source of a number, or in its arithmetic."""
    known = declared(library)
    for row in rows:
        if row["use"] == "unused" or not row["network_id"]:
            continue
        numbers = [n for part in known[row["network_id"]] for n in numbers_in(part)]
        direct = any(n.source == row["evidence_id"] for n in numbers)
        named = any(row["evidence_id"] in cited(n.why or "") for n in numbers)
        assert direct or (named and "arithmetic" in row["reason"]), row


def test_what_is_unused_says_why_and_is_nowhere(library: Library, rows: list[Row]) -> None:
    known = declared(library)
    sources = {n.source for parts in known.values() for part in parts for n in numbers_in(part)}
    for row in rows:
        if row["use"] == "unused":
            assert len(row["reason"]) > 15, row
            assert row["evidence_id"] not in sources, row
            assert not row["network_id"] or row["network_id"] in known, row


def test_uses_are_words_of_the_map(rows: list[Row]) -> None:
    words = {"target", "validation", "association", "edge", "remission", "persistence", "cost", "unused"}
    assert {row["use"] for row in rows} == words


def test_what_only_validates_sets_no_target(library: Library, rows: list[Row]) -> None:
    """A row of the map kept for validation is the source of no target that the model was fitted to."""
    fitted = Counter(
        t.value.source for t in targets(library) if t.use == "calibration" and t.value.status != "assumption"
    )
    kept = [row["evidence_id"] for row in rows if row["use"] == "validation"]
    assert len(kept) >= 25
    assert not [name for name in kept if fitted[name]]


def targets(library: Library) -> Iterator[Target]:
    """All targets of factors and alternatives."""
    for factor in library.factors.values():
        own = [] if factor.targets == "none" else factor.targets
        yield from own
        for alternative in factor.alternatives:
            yield from alternative.targets
