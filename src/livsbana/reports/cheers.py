"""The CHEERS 2022 checklist: where a report answers each item, and where it does not.

Husereau et al., "Consolidated Health Economic Evaluation Reporting Standards 2022 (CHEERS 2022) Statement",
Value in Health 2022;25(1):3–9: 28 items.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from livsbana.reports.phrases import Language, phrase
from livsbana.runs.document import RunDocument

ITEMS = range(1, 29)
HEADING = "heading"
# The section that answers an item, and whether it does so wholly; items that are not here are not reported:
# background, analysis plan, engagement of those concerned and its effect, funding, conflicts of interest.
ANSWERS = {
    1: (HEADING, False),
    2: ("summary", True),
    5: ("groups", False),
    6: (HEADING, True),
    7: ("method", False),
    8: ("by_year", True),
    9: (HEADING, True),
    10: ("method", True),
    11: ("people", True),
    12: ("assumptions", False),
    13: ("assumptions", False),
    14: ("assumptions", True),
    15: ("method", True),
    16: ("method", False),
    17: ("assumptions", True),
    18: ("groups", True),
    19: ("groups", False),
    20: ("certainty", True),
    22: ("assumptions", True),
    23: ("summary", True),
    24: ("certainty", True),
    26: ("summary", False),
}
NEEDS_DRAWS, NEEDS_NUMBERS = (20, 24), (14, 22)


class Item(NamedTuple):
    """One item: its number and name, the section that answers it, and what is said about that."""

    number: int
    name: str
    section: str
    where: str


def checklist(document: RunDocument, sections: Mapping[str, str], language: Language) -> list[Item]:
    """Say where each item is answered.

    Parameters
    ----------
    document
        The run that the report is about.
    sections
        Titles of the sections that the report has, by id.
    language
        Of names.
    """
    return [_item(number, document, sections, language) for number in ITEMS]


def _item(number: int, document: RunDocument, sections: Mapping[str, str], language: Language) -> Item:
    """Say where one item is answered."""
    name = phrase(f"cheers.{number}", language)
    section, wholly = ANSWERS.get(number, ("", False))
    lacks_draws = number in NEEDS_DRAWS and not document.draws
    lacks_numbers = number in NEEDS_NUMBERS and not document.evidence.numbers
    where = phrase("cheers.heading", language) if section == HEADING else sections.get(section, "")
    if lacks_draws or lacks_numbers or not where:
        return Item(number, name, "", phrase("cheers.not_reported", language))
    said = where if wholly else phrase("cheers.partly", language, where=where)
    return Item(number, name, section, said)
