"""What a comparison answers: the one document that ``compare --json`` prints and that every report reads.

Changes are percentage points of the target group, with the activity − without; money is SEK at present value.
"""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt

from livsbana.pilots.schema import Comparator, Level
from livsbana.runs.document import Part, Text

Verdict = Literal["below", "within", "optimistic", "beyond", "not_stated", "no_evidence", "not_simulated"]


class ClaimResult(Part):
    """One step or outcome of the logic model against its benchmark.

    ``claim`` is null where no size was stated; ``p5`` … ``p95`` over draws run from the weakest to the strongest change
    in the claimed (else the good) direction, and are null where nothing was simulated.
    ``percentile`` is the share of simulated changes, in the claimed direction, that are smaller than the claim.
    ``verdict``: ``optimistic`` lies above P95, ``beyond`` above everything simulated. ``shows_after_years`` is the
    first year in which nine draws in ten agree on the direction. ``at_follow_up_p50`` is the change when the pilot is
    to be judged, and ``at_most_p50`` that of the whole factor set right, null for a programme.
    """

    name: str
    kind: Literal["link", "outcome"]
    level: Level | None
    source: str
    target: str
    label: Text
    months: int
    claim: float | None
    p5: float | None
    p50: float | None
    p95: float | None
    percentile: float | None
    verdict: Verdict
    level_without_p50: float | None
    shows_after_years: int | None
    at_follow_up_p50: float | None
    at_most_p50: float | None
    basis: str


class MissingLink(Part):
    """A causal link of the model between two factors of the logic model, which the logic model lacks."""

    source: str
    target: str
    label: Text
    odds_ratio: float
    evidence_source: str
    status: str


class Unsupported(Part):
    """A claim for which the model has no evidence, and why."""

    source: str
    target: str
    label: Text
    why: Text


class PowerResult(Part):
    """Chance that the planned evaluation sees the benchmark effect on one outcome, at 5 per cent, two-sided.

    A count below 10 is null and ``hidden`` true; null and not hidden was not stated. ``false_alarm`` is the chance to
    see a change in the good direction when the pilot does nothing; above 2.5 per cent it is drift that a comparison
    before and after cannot tell from effect.
    """

    outcome: str
    label: Text
    months: int
    comparator: Comparator
    treated: NonNegativeInt | None
    compared: NonNegativeInt | None
    hidden: bool
    effect_p50: float
    detects: float | None
    detects_claim: float | None
    false_alarm: float | None
    needed_an_arm: NonNegativeInt | None


class PayerBreakEven(Part):
    """What one payer spends and avoids, whole pilot; ``effect_needed`` multiplies the benchmark effect."""

    payer: str
    cost: NonNegativeFloat
    avoided_p5: float
    avoided_p50: float
    avoided_p95: float
    effect_needed: float | None
    probability: float | None
    break_even_year: int | None
    first_gain_year: int | None


class LeadingIndicator(Part):
    """How much of the long-term causal gain an early measure carries; surrogacy is assumed (Athey et al. 2019).

    ``carried`` is the share of the long-term change that the indicator foretells in programmes that took no part in
    its slope; null where too few can be compared. ``not_carried`` is the rest: what the indicator will not show.
    """

    indicator: str
    label: Text
    after_months: int
    gain_a_point: float
    carried: float | None
    not_carried: float | None
    programmes: NonNegativeInt
    needed_an_arm: NonNegativeInt | None


class Leading(Part):
    """The long-term outcome, years of it a person over so many years, and the measures that foretell it."""

    outcome: str
    label: Text
    years: NonNegativeInt
    assumption: str
    indicators: list[LeadingIndicator]


class CompareDocument(Part):
    """The answer to one logic model."""

    pilot: str
    label: str
    place: str
    ages: tuple[int, int]
    group: list[Text]
    simulated: NonNegativeInt
    followed: NonNegativeInt
    draws: NonNegativeInt
    seed: NonNegativeInt
    links: list[ClaimResult]
    outcomes: list[ClaimResult]
    unmeasured: list[str]
    missing: list[MissingLink]
    without_evidence: list[Unsupported]
    power: list[PowerResult]
    break_even: list[PayerBreakEven]
    leading_indicators: Leading | None
    assumptions: list[Text]
    cautions: list[Text]
