"""What a fund costs, pays and gets, as a document; amounts in MSEK, undiscounted."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt

from livsbana.pricing.contracts.document import Fact, Spread, Text


class Part(BaseModel):
    """Base of all parts of the document."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Budget(Part):
    """The budget that the phases imply when every pilot reaches everything: by year, row and level.

    ``outcome_payments`` and ``outcome_years`` are the part that is paid for outcomes.
    """

    years: dict[str, float]
    total: float
    by_level: dict[str, float]
    by_row: dict[str, float]
    by_level_and_year: dict[str, dict[str, float]]
    outcome_payments: float
    outcome_years: dict[str, float]


class Payments(Part):
    """Outcome payments that fall due, in all and by year; ``whole_budget`` all that the fund costs, by year.

    ``present_value`` discounts to the first year at the state's own rate; ``percentiles`` of ``total`` from 0 to 100.
    """

    total: Spread
    present_value: Spread
    percentiles: list[float]
    years: dict[str, Spread]
    whole_budget: dict[str, Spread]
    whole_total: Spread


class Exceedance(Part):
    """Payments above the frame: how likely, how large when it happens and on average; by year against the plan."""

    probability: float
    mean_when_exceeded: float
    expected: NonNegativeFloat
    years: dict[str, float]


class Idle(Part):
    """Money of the frame that nobody earns: on average, as a share, and how likely a quarter or half lies idle."""

    expected: NonNegativeFloat
    share: float
    probability_quarter: float
    probability_half: float


class Rule(Part):
    """What another rule for admitting pilots would have done with the same luck."""

    rule: str
    pilots: float
    payments_mean: float
    payments_p95: float
    exceedance_probability: float
    idle_share: float


class Returns(Part):
    """What pilots truly avoid for one payer, what it laid out, and the net."""

    avoided: Spread
    laid_out: Spread
    received: Spread
    net: Spread
    loss_probability: float


class Happening(Part):
    """What happens on the way, on average over replicates."""

    applied: float
    willing: float
    willing_without_tolerance: float
    analysed: float
    pilots: float
    ended_early: float
    successful: float
    spread_to: float


class Half(Part):
    """The course of the fund every half-year, means over replicates: months since the start, pilots, MSEK paid."""

    month: NonNegativeInt
    running: float
    ended: float
    paid: float


class Phase(Part):
    """When a phase runs, ``YYYY-MM``."""

    label: Text
    first: str
    last: str


class FundDocument(Part):
    """Answer of ``livsbana fund``.

    ``value_at_risk`` is the payment that is exceeded in 5 % of replicates, ``expected_shortfall`` the mean of those;
    ``state_per_krona`` what the state avoids for each krona it spends: on outcomes alone, and on the whole fund.
    """

    fund: str
    label: Text
    description: str
    unit: Literal["MSEK"]
    replicates: int
    seed: int
    frame: float
    funders: dict[str, float]
    phases: dict[str, Phase]
    budget: Budget
    payments: Payments
    exceedance: Exceedance
    idle: Idle
    value_at_risk: float
    expected_shortfall: float
    rules: list[Rule]
    payers: dict[str, Returns]
    state_per_krona: dict[str, float]
    happening: Happening
    course: list[Half]
    status: dict[str, NonNegativeInt]
    facts: list[Fact]
    sources: dict[str, str]
    cautions: list[str]
