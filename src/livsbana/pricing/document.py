"""What ``price`` answers: the one document that ``price --json`` prints and that its table and figure read.

Amounts are SEK of the price year, an outcome, at the start of the year in which the outcome is measured and paid
for, unless a field says otherwise. ``per_caused`` is for an outcome that the package caused, ``per_observed`` for any
outcome that is seen among participants, whether caused or not.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from livsbana.runs.document import CostSharing, Evidence, Manifest, Money, Part, Place, Text, Timing

Verdict: TypeAlias = Literal["price", "do_not_price_alone", "unknown"]


class Bound(Part):
    """One end of the corridor; null where it does not exist."""

    per_caused: Money | None
    per_observed: Money | None


class OutcomeValue(Part):
    """One way to value an outcome, to all public payers and to society; ``why_not`` says why there is none."""

    public: Money | None
    society: Money | None
    why_not: str | None


class OutcomeValues(Part):
    """The value of one outcome.

    ``do`` the outcome given to those whom the package flips, at its ages; ``do_held`` and kept; ``do_failures`` given
    to all who fail. ``iv`` what the package avoids for each outcome it causes. ``null`` the record moved, nothing
    else. ``naive`` failures less successes in the baseline: wrong, by ``confounding`` = naive - do_failures.
    """

    do: OutcomeValue
    do_held: OutcomeValue
    do_failures: OutcomeValue
    iv: OutcomeValue
    null: OutcomeValue
    naive: OutcomeValue
    confounding: OutcomeValue


class PayerPrice(Part):
    """One payer: what an outcome is worth to it, and the most that it can pay; ceilings are null for who is not asked.

    ``ceiling_per_observed`` is after the state's cap.
    """

    do: Money | None
    do_held: Money | None
    iv: Money | None
    null: Money | None
    naive: Money | None
    ceiling_per_caused: Money | None
    ceiling_per_observed: Money | None


class Indicator(Part):
    """What is measured, when (age in months), by whom and in which register."""

    what: Text
    measured_by: Text
    register_name: Text
    months: list[int]
    status: str
    why: str


class PricedThing(Part):
    """The outcome at its three levels: the change wished for, the indicator, and the factor of the model."""

    id: str
    label: Text
    wished_change: Text
    indicator: Indicator
    factor: str
    holds_when: str
    ages: list[int]


class Reach(Part):
    """Participants whose outcome is still open, and how many of them achieve without and with the package.

    ``caused`` counts flips for the better less flips for the worse in everybody; ``deadweight`` is the part of
    observed outcomes that would have come anyway. ``delivery_cost`` is the part of the package that begins before
    the outcome is known, ``with_interest`` the same with the cost of capital until it is paid for, SEK in all.
    """

    participants: NonNegativeFloat
    share_without: NonNegativeFloat
    share_with: NonNegativeFloat
    caused: Money
    flipped_better: NonNegativeFloat
    flipped_worse: NonNegativeFloat
    simulated_flips: NonNegativeInt
    deadweight: float | None
    displacement: NonNegativeFloat
    delivery_cost: NonNegativeFloat
    with_interest: NonNegativeFloat


class StateCap(Part):
    """The state's most: a share of the constellation's costs.

    ``per_observed`` is that sum over the outcomes expected; ``expected_payment`` what the state then pays when it
    promises its uncapped ceiling, never more than the least of that promise and the cap.
    """

    share: NonNegativeFloat
    amount: NonNegativeFloat
    per_observed: NonNegativeFloat
    binds: bool
    expected_payment: NonNegativeFloat


class LocalParticipation(Part):
    """Whether the home municipality gains when the state pays the ceiling of its own share, SEK when it is paid.

    ``net`` is what it avoids and is paid, less what it pays for delivery; ``gains`` on average and, with draws, at
    the 20th percentile ``net_p20``.
    """

    state_pays: NonNegativeFloat
    net: float
    net_p20: float | None
    gains: bool


class Modes(Part):
    """The state's price for an observed outcome, by what it is worth and by the envelope, and the gap between them."""

    value_based: float | None
    envelope_based: float
    gap: float | None


class Milestone(Part):
    """An earlier outcome that leads here: what it causally adds to the probability, and so is worth.

    ``among`` says whom it was given to in the model: those flipped to it, or, where they are few, all who fail it.
    """

    id: str
    label: Text
    paid_at_age: int
    among: Literal["flipped", "failed"]
    probability: float | None
    mc_error: NonNegativeFloat
    price_per_caused: float | None


class LinkedOutcome(Part):
    """An outcome that shares causes with this one: a person flipped in both is paid for once, at the higher price.

    Counts are of persons flipped; ``value`` is its own public ``do``; ``paid_sum`` and ``paid_once`` are SEK in all.
    """

    id: str
    label: Text
    value: Money | None
    flipped_in_both: NonNegativeFloat
    flipped_in_this_only: NonNegativeFloat
    flipped_in_other_only: NonNegativeFloat
    paid_sum: float | None
    paid_once: float | None


class RateRow(Part):
    """One risk group: its chance without and with the package, cost a participant, neutral price, and margins.

    ``margin_at_one_price`` is what a provider earns on a participant of the group when all groups have one price;
    ``margin`` with the card, the same in all groups.
    """

    group: Text
    participants: NonNegativeFloat
    share_without: NonNegativeFloat
    share_with: NonNegativeFloat
    cost: float
    price_per_observed: float | None
    margin_at_one_price: float
    margin: float | None


class RateCard(Part):
    """Prices by risk group that replace one price, all for an observed outcome; ``most_per_person`` is the highest."""

    trait: str
    one_price: float
    one_price_is: Literal["middle_of_corridor", "floor"]
    rows: list[RateRow]
    most_per_person: float


class ValueYear(Part):
    """What one payer avoids in one year for one outcome; year 0 is that of measurement. Discounted to it."""

    year: int
    payer: str
    do: float
    iv: float
    null: float
    naive: float


class PriceDocument(Part):
    """The price of one outcome of one scenario."""

    scenario: str
    label: Text
    outcome: PricedThing
    place: Place
    population: NonNegativeFloat
    persons: PositiveInt
    draws: NonNegativeInt
    price_year: int
    preset: str
    discount_rate: float
    tax_factor: PositiveFloat
    start_year: int
    paid_years: list[int]
    reach: Reach
    values: OutcomeValues
    payers: dict[str, PayerPrice]
    floor: Bound
    ceiling: Bound
    verdict: Verdict
    reasons: list[str]
    state_cap: StateCap
    local_participation: LocalParticipation
    modes: Modes
    milestones: list[Milestone]
    linked: list[LinkedOutcome]
    rate_card: RateCard | None
    cost_sharing: list[CostSharing]
    by_year: list[ValueYear]
    evidence: Evidence
    cautions: list[str]
    timing: Timing
    manifest: Manifest
