"""What one contract does to those who sign it, as a document; amounts in whole units of its currency, undiscounted."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt

from livsbana.pricing.contracts.schema import Role

Probability = float


class Part(BaseModel):
    """Base of all parts of the document."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Part):
    """A name in Swedish and English."""

    sv: str
    en: str


class Spread(Part):
    """A distribution over replicates; ``mc_error`` is the standard error of ``mean`` from their finite number."""

    mean: float
    sd: NonNegativeFloat
    p5: float
    p50: float
    p95: float
    mc_error: NonNegativeFloat


class YearLine(Part):
    """Expected amounts of one year."""

    year: int
    paid: float
    received: float
    costs: float
    worth: float


class PartyResult(Part):
    """One party. ``position`` = received − paid − costs + worth of what was caused.

    ``loss_probability``: that the position lies below 0. ``loses_when_failing`` and ``gains_when_succeeding``:
    the expected position at no effect and at the stated effect; null where nothing is at stake for the party
    but payments whose purpose the file gives no worth to. ``covariance_with_impact`` of net payments received
    with the true impact over possible worlds, and the correlation; null when nothing varies.
    """

    role: Role
    label: Text
    received: Spread
    paid: Spread
    net_payments: Spread
    position: Spread
    loss_probability: Probability
    position_without_effect: float
    position_with_effect: float
    loses_when_failing: bool | None
    gains_when_succeeding: bool | None
    follows_rule: bool | None
    covariance_with_impact: float | None
    correlation_with_impact: float | None
    by_year: list[YearLine]


class Reading(Part):
    """Another reading of an ambiguous threshold, and what it does."""

    at: float
    pays_without_effect: Probability
    unpaid_with_effect: Probability


class TermResult(Part):
    """One term, before limits on payers; all null for terms that are paid whatever happens.

    ``pays_without_effect``: that it pays anything although the programme does nothing;
    ``unpaid_with_effect``: that it pays nothing although the programme has the stated effect; both for this many
    persons, this comparison and window. ``expected_*`` what it pays then on average, and ``share_*`` as a
    share of the most that it can pay.
    """

    kind: str
    label: Text
    expected: float
    at_most: float | None
    outcome: str | None
    persons: NonNegativeInt | None
    comparison: str | None
    window_years: int | None
    pays_without_effect: Probability | None
    unpaid_with_effect: Probability | None
    expected_without_effect: float
    expected_with_effect: float
    share_without_effect: float | None
    share_with_effect: float | None
    readings: list[Reading]


class Fact(Part):
    """Something known of the deal."""

    fact: str
    source: str
    status: Literal["published", "to_verify", "assumption"]


class Rule(Part):
    """The pre-study's rule: every party loses when outcomes fail and gains when they succeed."""

    holds: bool | None
    broken_by: list[str]
    unknown_for: list[str]


class ContractDocument(Part):
    """Answer of ``livsbana contract``.

    ``pays_without_effect`` and ``unpaid_with_effect`` are of all terms together that hang on outcomes;
    ``outcome_pay_*`` what they pay in all, on average; ``fixed_share`` the part of pay at the stated effect that
    would be paid whatever comes of it.
    ``parties`` over possible worlds (uncertain numbers drawn, one world a replicate); ``terms`` at no effect
    and at the stated effect, all other numbers at their central values. ``status`` counts the file's numbers.
    """

    contract: str
    label: Text
    description: str
    currency: str
    start_year: int
    end_year: int
    replicates: int
    seed: int
    parties: dict[str, PartyResult]
    terms: dict[str, TermResult]
    rule: Rule
    pays_without_effect: Probability
    unpaid_with_effect: Probability
    outcome_pay_without_effect: float
    outcome_pay_with_effect: float
    fixed_share: float
    status: dict[str, NonNegativeInt]
    facts: list[Fact]
    sources: dict[str, str]
    cautions: list[str]
