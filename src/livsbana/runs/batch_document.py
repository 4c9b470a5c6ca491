"""What a batch answers: one row of amounts for each scenario, and what failed."""

from __future__ import annotations

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from livsbana.runs.document import Money, Part, Text


class BatchAccount(Part):
    """One payer's amounts, SEK at present value for the real cohort."""

    programme_cost: Money
    avoided_cost: Money
    net: Money
    cashable_net: Money


class BatchOutcome(Part):
    """An outcome in both worlds for the real cohort: means, and the interval of the difference over the draws."""

    baseline: float
    scenario: float
    difference: float
    low: float | None
    high: float | None
    mc_error: NonNegativeFloat


class BatchResult(Part):
    """One scenario under one structure; ``accounts`` are named as in ``by_year``, with ``public`` and ``society``."""

    scenario: str
    structure: str
    label: Text
    place: str
    population: NonNegativeFloat
    persons: PositiveInt
    participants: NonNegativeFloat
    accounts: dict[str, BatchAccount]
    outcomes: dict[str, BatchOutcome]


class Failure(Part):
    """A scenario without a result, the file it stands in, and why."""

    scenario: str
    file: str
    reason: str


class BatchDocument(Part):
    """The answer of ``batch`` and of ``runs show``.

    ``runs`` counts scenario × structure × draw, the central values included, ``done`` those finished.
    ``unfinished`` are scenarios of which some are missing; ``skipped`` counts files that are no scenarios.
    Equal fingerprints mean equal results to the last bit.
    """

    folder: str
    persons: PositiveInt
    seed: NonNegativeInt
    draws: NonNegativeInt
    preset: str
    price_year: int
    runs: NonNegativeInt
    done: NonNegativeInt
    fingerprint: str
    scenarios: list[BatchResult]
    unfinished: list[str]
    failed: list[Failure]
    skipped: NonNegativeInt


class BatchListed(Part):
    """One batch of ``runs list``."""

    folder: str
    scenarios: PositiveInt
    draws: NonNegativeInt
    persons: PositiveInt
    seed: NonNegativeInt
    preset: str
    runs: PositiveInt
    done: NonNegativeInt


class BatchList(Part):
    """The answer of ``runs list``."""

    batches: list[BatchListed]


class BatchChecked(Part):
    """The answer of ``runs verify``: every byte of ``blocks`` blocks was read.

    ``missing`` counts runs without a block, ``other`` blocks of earlier code, parameters or settings.
    ``damaged`` says what is wrong with a block, by its file; ``changed`` lists blocks that are whole but not
    those of the manifest, which cannot happen unless somebody put them there.
    """

    folder: str
    blocks: NonNegativeInt
    missing: NonNegativeInt
    other: NonNegativeInt
    damaged: dict[str, str]
    changed: list[str]

    @property
    def sound(self) -> bool:
        """Whether all that was asked is there as it was written."""
        return not (self.missing or self.damaged or self.changed)


class RunDifference(Part):
    """One run whose results differ: net of all public payers in both batches, SEK."""

    scenario: str
    structure: str
    draw: int
    first_public_net: float
    second_public_net: float


class BatchDiff(Part):
    """The answer of ``runs diff``.

    ``asked`` holds what was asked differently, by name, as [first, second]. Of the runs that both have, ``same``
    are equal to the last bit and ``different`` are not; ``contradictions`` counts those of the latter that answer
    the very same question, which must never happen.
    """

    first: str
    second: str
    asked: dict[str, tuple[str, str]]
    same: NonNegativeInt
    different: list[RunDifference]
    contradictions: NonNegativeInt
    only_first: NonNegativeInt
    only_second: NonNegativeInt


class BatchReplayed(Part):
    """The answer of ``runs replay``: blocks evaluated anew, and what differs, by scenario and draw."""

    folder: str
    same: NonNegativeInt
    different: dict[str, list[str]]


class BatchRows(Part):
    """The answer of ``runs query``."""

    columns: list[str]
    rows: list[list[str | int | float | bool | None]]
