"""The numbers that an answer rests on: what each is, in words, with its source and status."""

from __future__ import annotations

from typing import NamedTuple

from livsbana.reports.cells import Cell, Column, Row, Table
from livsbana.reports.phrases import Language, catalogue, phrase, said
from livsbana.reports.words import exact
from livsbana.runs.document import RunDocument, UsedNumber

DOMAINS = ("scenario", "programme", "unit_cost", "edge", "factor", "association", "economy", "shrinkage")
JUDGEMENT = "judgement"


class NumberLine(NamedTuple):
    """One number as it is shown."""

    what: str
    address: str
    value: str
    unit: str
    interval: str
    status: str
    status_name: str
    source: str
    why: str


def key_numbers(document: RunDocument, language: Language) -> list[NumberLine]:
    """List the numbers of the package's programmes and of the conventions of valuation."""
    ours = tuple(f"programme/{p.id}/" for p in document.programmes)
    begins = (*ours, f"economy/presets/{document.preset}/", "scenario/")
    return [_line(n, document, language) for n in document.evidence.numbers if n.address.startswith(begins)]


def numbers_by_domain(document: RunDocument, language: Language) -> list[tuple[str, list[NumberLine]]]:
    """List all numbers under the names of the kinds of declaration that they stand in."""
    found: dict[str, list[NumberLine]] = {domain: [] for domain in DOMAINS}
    for number in document.evidence.numbers:
        found.setdefault(number.address.partition("/")[0], []).append(_line(number, document, language))
    return [(_domain_name(domain, language), lines) for domain, lines in found.items() if lines]


def _domain_name(domain: str, language: Language) -> str:
    """Name a kind of declaration; one without a name here by its id."""
    key = f"domain.{domain}"
    return phrase(key, language) if key in catalogue() else domain.replace("_", " ").capitalize()


def sources_of(document: RunDocument) -> list[tuple[str, str, int]]:
    """List the sources, with the number of numbers that rest on each."""
    used = [number.source for number in document.evidence.numbers]
    return [(source, citation, used.count(source)) for source, citation in document.evidence.sources.items()]


def _line(number: UsedNumber, document: RunDocument, language: Language) -> NumberLine:
    interval = ""
    if number.low is not None and number.high is not None:
        low, high = exact(number.low, language), exact(number.high, language)
        interval = phrase("interval", language, low=low, high=high)
    is_judged = number.source == JUDGEMENT
    return NumberLine(
        _in_words(number.address, document, language),
        number.address,
        exact(number.value, language),
        number.unit,
        interval,
        number.status,
        phrase(f"status.{number.status}", language),
        phrase("assumptions.judgement", language) if is_judged else number.source,
        number.why or document.evidence.sources.get(number.source, ""),
    )


def _in_words(address: str, document: RunDocument, language: Language) -> str:
    """Write an address with the names of programmes and fields that have one, positions counted from 1."""
    labels = {p.id: said(p.label, language) for p in document.programmes}
    words = []
    for step in address.split("/")[1:]:
        named = f"field.{step}"
        if step in labels:
            words.append(labels[step])
        elif step.isdigit():
            words[-1] = f"{words[-1]} {int(step) + 1}" if words else step
        else:
            words.append(phrase(named, language) if named in catalogue() else step.replace("_", " "))
    return " › ".join(words)


def number_table(document: RunDocument, language: Language) -> Table:
    """Put all numbers in one table for a spreadsheet."""
    columns = ("what", "value", "unit", "low", "high", "status", "source", "why")
    rows = tuple(
        Row(
            number.address,
            (
                Cell("", number.value),
                Cell("", number.unit),
                Cell("", number.low),
                Cell("", number.high),
                Cell("", phrase(f"status.{number.status}", language)),
                Cell("", number.source),
                Cell("", number.why or ""),
            ),
        )
        for number in document.evidence.numbers
    )
    headings = tuple(Column(phrase(f"numbers.{name}", language)) for name in columns)
    return Table("numbers", phrase("numbers.title", language), headings, rows)


def source_table(document: RunDocument, language: Language) -> Table:
    """Put the sources in one table for a spreadsheet."""
    rows = tuple(Row(source, (Cell("", citation), Cell("", times))) for source, citation, times in sources_of(document))
    headings = tuple(Column(phrase(f"sources.{name}", language)) for name in ("id", "citation", "used"))
    return Table("sources", phrase("sources.title", language), headings, rows)
