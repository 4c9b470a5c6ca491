"""What a fund file may say: phases and their costs, how pilots are chosen and ended, and what is paid for."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from livsbana.parameters.number import Correlation, Declaration, Identifier, Number, Share
from livsbana.parameters.scalars import Flag, Whole, Year
from livsbana.parameters.schema import Label
from livsbana.pricing.contracts.schema import Fact

Level: TypeAlias = Literal["state", "support", "constellations"]
Payer: TypeAlias = Literal["municipality", "region", "state"]
Months = Annotated[Whole, Field(ge=1, le=240)]
Count = Annotated[Whole, Field(ge=1, le=200)]


class Start(Declaration):
    """A calendar month."""

    year: Year
    month: Annotated[Whole, Field(ge=1, le=12)]


class Phase(Declaration):
    """One phase; it follows the one before it unless ``starts`` says when."""

    phase: Literal["preparation", "call", "analysis", "implementation", "spread"]
    label: Label
    months: Months
    starts: Start | None = None
    source: str
    status: Literal["published", "to_verify", "assumption"]
    why: str | None = None


class FundCost(Declaration):
    """What the fund costs besides outcomes, SEK.

    ``mandate_year``: every year of the mandate; ``phase``: once, evenly over the phase's months;
    ``pilot_year``: for each pilot and calendar year in which the phase runs, and the phase ``not_during`` does not.
    """

    cost: Identifier
    row: Identifier
    label: Label
    level: Level
    per: Literal["mandate_year", "phase", "pilot_year"]
    phase: Literal["preparation", "call", "analysis", "implementation", "spread"] | None = None
    not_during: Literal["preparation", "call", "analysis", "implementation", "spread"] | None = None
    amount: Number

    @model_validator(mode="after")
    def _coherent(self) -> FundCost:
        if (self.phase is None) != (self.per == "mandate_year"):
            raise ValueError("a cost per phase or pilot_year says its `phase`; one per mandate_year has none")
        if self.amount.value < 0:
            raise ValueError(f"a cost is at least 0, found {self.amount.value:g}")
        return self


class PilotCost(Declaration):
    """What a constellation spends, SEK: ``least`` + (``most`` − ``least``) × Beta(``a``, ``b``)."""

    mean: Number
    least: Number
    most: Number
    a: Number
    b: Number

    @model_validator(mode="after")
    def _coherent(self) -> PilotCost:
        if not 0 <= self.least.value < self.mean.value < self.most.value:
            raise ValueError("wanted 0 ≤ least < mean < most")
        if min(self.a.value, self.b.value) <= 0:
            raise ValueError("`a` and `b` lie above 0")
        implied = self.least.value + (self.most.value - self.least.value) * self.a.value / (self.a.value + self.b.value)
        if abs(implied / self.mean.value - 1) > 0.01:
            raise ValueError(
                f"the mean of least + (most − least) × Beta(a, b) is {implied:,.0f}, not {self.mean.value:,.0f}"
            )
        return self


class Payment(Declaration):
    """One measurement that is paid for: months after the pilots began, and its weight among them."""

    after_months: Months
    weight: Annotated[Whole, Field(ge=1, le=1000)]


class AllOrNothing(Declaration):
    """A pilot succeeds or not; ``returns`` what each payer avoids per krona of a pilot's cost when it does."""

    success: Share
    returns: dict[Payer, Number] = Field(default_factory=dict)


class FromContract(Declaration):
    """How far pilots reach comes from a contract: its ``term`` pays the fund's share, its worths are avoided costs."""

    contract: str
    term: Identifier


class Outcomes(Declaration):
    """What is paid for: at most ``state_share`` of a pilot's costs, at the measurements.

    ``correlation`` between pilots' success; ``quality_matters`` the correlation of a pilot's success with how well
    it is run.
    """

    state_share: Share
    pilot_cost: PilotCost
    payments: Annotated[list[Payment], Field(min_length=1, max_length=20)]
    source: str
    status: Literal["published", "to_verify", "assumption"]
    why: str | None = None
    all_or_nothing: AllOrNothing | None = None
    from_contract: FromContract | None = None
    correlation: Correlation
    quality_matters: Correlation

    @model_validator(mode="after")
    def _coherent(self) -> Outcomes:
        if (self.all_or_nothing is None) == (self.from_contract is None):
            raise ValueError("outcomes come from exactly one of `all_or_nothing` and `from_contract`")
        for name in ("correlation", "quality_matters"):
            if not 0 <= getattr(self, name).value < 1:
                raise ValueError(f"`{name}` lies between 0 and 1, found {getattr(self, name).value:g}")
        after = [p.after_months for p in self.payments]
        if sorted(set(after)) != after:
            raise ValueError("measurements stand in order of time, each once")
        return self


class StateAgency(Declaration):
    """An agency in the delegation: it assesses results and reports, or gives knowledge and runs payments."""

    agency: Identifier
    mandate: Literal["assess", "support"]


class Rules(Declaration):
    """How the delegation and the constellations decide.

    The delegation ranks applicants by readiness, seen with error ``screening_error`` and, after the analysis,
    ``analysis_error`` (both in standard deviations of readiness); those across principals get ``cross_bonus``.
    ``within_frame``: it admits no more than ``overcommit`` times what the frame can pay in full. A pilot ends when
    its quality lies below ``least_quality`` in ``bad_reports`` reports running; quality wanders by ``wander`` from
    one report to the next, and an assessing agency sees it with ``assessment_error``. A municipality or region signs
    when it expects to lose at most ``tolerated_loss`` of its cost and can pay a year of it from its ``yearly_room``
    for new undertakings (median, SEK; ``room_spread`` the standard deviation of its logarithm).
    """

    analysed: Count
    within_frame: Flag = False
    overcommit: Number
    report_months: Months
    bad_reports: Count
    least_quality: Number
    wander: Number
    screening_error: Number
    analysis_error: Number
    cross_bonus: Number
    assessment_error: Number
    tolerated_loss: Number
    yearly_room: Number
    room_spread: Number
    spread_per_success: Number


class FundFile(Declaration):
    """One fund file."""

    fund: Identifier
    label: Label
    description: str
    sources: dict[str, str]
    facts: tuple[Fact, ...] = ()
    start: Start
    mandate: Annotated[list[Year], Field(min_length=2, max_length=2)]
    frame: Number
    applicants: Count
    pilots: Count
    across_principals: Share
    counts_source: str
    counts_status: Literal["published", "to_verify", "assumption"]
    agencies: Annotated[list[StateAgency], Field(min_length=1, max_length=30)]
    funders: dict[Identifier, Share]
    costs_borne: dict[Payer, Share]
    discount_rates: dict[Payer, Number]
    phases: Annotated[list[Phase], Field(min_length=5, max_length=5)]
    costs: Annotated[list[FundCost], Field(min_length=1, max_length=40)]
    outcomes: Outcomes
    rules: Rules

    @model_validator(mode="after")
    def _coherent(self) -> FundFile:
        for name in ("funders", "costs_borne"):
            total = sum(share.value for share in getattr(self, name).values())
            if abs(total - 1) > 1e-9:
                raise ValueError(f"the shares of `{name}` sum to {total:g}, wanted 1")
        if self.mandate[1] < self.mandate[0]:
            raise ValueError(f"the mandate {self.mandate[0]}–{self.mandate[1]} ends before it begins")
        if all(agency.mandate != "assess" for agency in self.agencies):
            raise ValueError("at least one agency has the mandate to assess")
        if self.pilots > self.applicants:
            raise ValueError(f"{self.pilots} pilots of {self.applicants} applicants")
        return self
