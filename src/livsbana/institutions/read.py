"""From a fund file to a fund: a calendar of phases, sources that are cited, measurements inside the mandate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from livsbana.errors import InputError
from livsbana.institutions.calendar import Calendar, calendar_of
from livsbana.institutions.schema import FundFile
from livsbana.parameters.origins import Origins
from livsbana.parameters.reader import nearest, read_document
from livsbana.parameters.sources import JUDGEMENT
from livsbana.parameters.typed import typed
from livsbana.pricing.contracts.read import Contract, read_contract

ORDER = ("preparation", "call", "analysis", "implementation", "spread")
LEVELS = ("state", "support", "constellations")


@dataclass(frozen=True)
class Fund:
    """A checked fund: its file, when phases run, and the contract that says how far pilots reach, if any."""

    file: FundFile
    path: Path
    origins: Origins
    calendar: Calendar
    contract: Contract | None

    @property
    def years(self) -> list[int]:
        """Calendar years of the mandate."""
        return list(range(self.file.mandate[0], self.file.mandate[1] + 1))


def read_fund(path: Path) -> Fund:
    """Read and check one fund file, and the contract that it names.

    Raises
    ------
    InputError
        With ``file:line:column``, for the first few mistakes.
    """
    document = read_document(path)
    file = typed(FundFile, document)
    origins = Origins()
    origins.add(file, document, (), f"fund/{file.fund}")
    if tuple(p.phase for p in file.phases) != ORDER:
        message = f"the phases are {', '.join(ORDER)}, in this order"
        raise InputError(message, document.where(("phases",), key=True))
    calendar = calendar_of(file)
    _check_sources(file, origins)
    _check_years(file, origins, calendar)
    for address, number in origins.numbers.items():
        if number.low is not None and not address.endswith("all_or_nothing/success"):
            origins.problem("this number is used as it stands: leave out low and high", number, "low")
    origins.raise_first()
    return Fund(file, path, origins, calendar, _contract(file, path, origins))


def _check_sources(file: FundFile, origins: Origins) -> None:
    """Every number, fact and phase has a source that the file cites, or is a judgement."""
    known = (*file.sources, JUDGEMENT)
    cited = [*origins.numbers.values(), *file.facts, *file.phases, file.outcomes]
    for item in cited:
        if item.source not in known:
            hint = nearest(item.source, known) or f"; known here: {', '.join(known)}"
            origins.problem(f"unknown source `{item.source}`{hint}", item, "source")
    if file.counts_source not in known:
        origins.problem(f"unknown source `{file.counts_source}`", file, "counts_source")


def _check_years(file: FundFile, origins: Origins, calendar: Calendar) -> None:
    """Phases and measurements lie inside the mandate."""
    first, last = file.mandate
    for phase in file.phases:
        years = calendar.years_of(phase.phase)
        if min(years) < first or max(years) > last:
            message = f"`{phase.phase}` runs {min(years)}–{max(years)}, outside the mandate {first}–{last}"
            origins.problem(message, phase, "months")
    length = next(p.months for p in file.phases if p.phase == "implementation")
    for payment in file.outcomes.payments:
        if payment.after_months > length:
            message = f"measured after {payment.after_months} months, when the pilots have ended after {length}"
            origins.problem(message, payment, "after_months")


def _contract(file: FundFile, path: Path, origins: Origins) -> Contract | None:
    """Read the contract that outcomes come from."""
    source = file.outcomes.from_contract
    if source is None:
        return None
    contract = read_contract(path.parent / source.contract)
    terms = [t.term for t in contract.file.terms]
    if source.term not in terms:
        hint = nearest(source.term, terms) or f"; known are {', '.join(terms)}"
        raise InputError(f"unknown term `{source.term}`{hint}", origins.where(source, "term"))
    return contract
