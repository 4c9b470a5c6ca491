"""When phases run: months counted from the start, and the calendar years that they touch."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from livsbana.institutions.schema import FundFile, Start

MONTHS = 12


@dataclass(frozen=True)
class Calendar:
    """``spans[phase]`` = (first month, month after the last), month 0 being the start of the first phase."""

    start: Start
    spans: dict[str, tuple[int, int]]

    @property
    def months(self) -> int:
        """Months until the last phase ends."""
        return max(end for _, end in self.spans.values())

    def year(self, month: int) -> int:
        """The calendar year of a month."""
        return self.start.year + (self.start.month - 1 + month) // MONTHS

    def years_of(self, phase: str) -> dict[int, Fraction]:
        """The share of a phase's months in each calendar year."""
        first, end = self.spans[phase]
        years = [self.year(month) for month in range(first, end)]
        return {year: Fraction(years.count(year), len(years)) for year in sorted(set(years))}


def calendar_of(file: FundFile) -> Calendar:
    """Lay the phases out, each after the one before unless it says when it starts."""
    spans: dict[str, tuple[int, int]] = {}
    at = 0
    for phase in file.phases:
        if phase.starts is not None:
            at = MONTHS * (phase.starts.year - file.start.year) + phase.starts.month - file.start.month
        spans[phase.phase] = (at, at + phase.months)
        at += phase.months
    return Calendar(file.start, spans)
