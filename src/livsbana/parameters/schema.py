"""What a parameter file may say: the shape and type of every declaration.

The strict reader hands over nested mappings, lists and *text*; these models give the
text its type. They hold no arithmetic and no knowledge of the kernel.
"""

# ruff: noqa: RUF012  (pydantic copies a mutable default for every model)
from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from livsbana.parameters.number import Correlation, Declaration, Identifier, Number, Share
from livsbana.parameters.scalars import Age, Flag, Whole, ZeroOrOne, ordered

Reference = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]
Ages = Annotated[tuple[Age, Age], AfterValidator(ordered)]
Measure = Literal["OR", "RR", "HR", "RD", "d", "r"]
Use = Literal["calibration", "validation", "holdout", "report"]

PAYER_LEVELS = ("municipality", "region", "employer", "household", "victim", "unattributed")


def _known_payer(payer: str) -> str:
    """Refuse a payer that is neither a level nor a body of the state."""
    if payer not in PAYER_LEVELS and not re.fullmatch(r"state/[a-z][a-z0-9_]*", payer):
        raise ValueError(f"unknown payer `{payer}`; wanted state/BODY or one of {', '.join(PAYER_LEVELS)}")
    return payer


Payer = Annotated[str, AfterValidator(_known_payer)]


class Label(Declaration):
    """A name in Swedish and English."""

    sv: str
    en: str


class Requirement(Declaration):
    """Only persons with ``factor`` are at risk of the factor that says this."""

    factor: Reference
    reads: Literal["this_year", "last_year", "ever"] = "this_year"


class Target(Declaration):
    """A published level that the fitted model must reproduce.

    ``point``, ``12_month`` and ``stock`` are shares of the living at an age; ``incidence`` and
    ``flow`` are events a person-year; ``ever`` is the share settled or ever hit by the last age.
    ``local`` names the column of a municipality's profile that moves the level there; with
    ``local_is: complement`` the column counts those without the factor.
    """

    ages: Ages
    where: dict[Identifier, str] = {}
    kind: Literal["point", "12_month", "stock", "incidence", "flow", "ever"]
    basis: Literal["period", "cohort"] = "period"
    value: Number
    local: str | None = None
    local_is: Literal["share", "complement"] = "share"
    use: Use = "calibration"


class Remission(Declaration):
    """Mean yearly probability that the state ends, in the first year of a spell."""

    ages: Ages
    value: Share


class Persistence(Declaration):
    """Share of those with the state who still have it ``years`` later."""

    ages: Ages
    years: Annotated[Whole, Field(ge=2, le=20)]
    value: Share
    use: Use = "calibration"


class TraitValue(Declaration):
    """One value of a trait and its national share (within ``given`` when it depends on another trait)."""

    id: Identifier
    label: Label
    share: Share


class Alternative(Declaration):
    """One value of a category."""

    id: Identifier
    label: Label
    ages: Ages
    loads_on: dict[Identifier, Number] = {}
    targets: list[Target] = []
    rest: Flag = False
    forced_by: Reference | None = None
    better: Literal["lower", "higher"] = "lower"
    stay: Share | None = None


class Factor(Declaration):
    """Anything a person can be, have or meet; see ``kind``.

    trait      fixed at birth, one of ``values``; siblings have the same when ``shared_in_family``
    liability  fixed, latent, standard normal; ``family_share`` is shared between siblings
    state      on or off with a duration; an onset and a remission equation
    event      happens this year or not; an onset equation
    milestone  settled once, at ``ages[0]``; an onset equation
    category   one of ``alternatives`` each year
    death      ends the life; an onset equation, targets from the life table
    """

    id: Identifier
    kind: Literal["trait", "liability", "state", "event", "milestone", "category", "death"]
    label: Label
    describes: str
    ages: Ages | None = None
    values: list[TraitValue] = []
    alternatives: list[Alternative] = []
    shared_in_family: Flag = False
    family_share: Share | None = None
    correlates: dict[Identifier, Correlation] = {}
    duration: Annotated[Whole, Field(ge=1, le=3)] = 1
    loads_on: dict[Identifier, Number] = {}
    traits: list[Identifier] = []
    requires: Requirement | None = None
    targets: list[Target] | Literal["none"] = []
    why_no_target: str | None = None
    remission: list[Remission] = []
    persistence: list[Persistence] = []
    quality_of_life: Share | None = None
    better: Literal["lower", "higher"] = "lower"

    @model_validator(mode="after")
    def _coherent(self) -> Factor:
        needs_ages = self.kind in ("state", "event", "milestone", "death")
        if needs_ages and self.ages is None:
            raise ValueError(f"a {self.kind} needs `ages`")
        if self.kind == "state" and not self.remission:
            raise ValueError("a state needs `remission`")
        if self.kind == "trait" and len(self.values) < 2:
            raise ValueError("a trait needs at least two `values`")
        if self.kind == "category" and not 2 <= len(self.alternatives) <= 12:
            raise ValueError("a category needs 2 to 12 `alternatives`")
        if self.kind == "category" and sum(a.rest for a in self.alternatives) != 1:
            raise ValueError("exactly one alternative of a category says `rest: true`")
        if self.targets == "none" and not self.why_no_target:
            raise ValueError("`targets: none` needs `why_no_target`")
        if self.kind in ("state", "event", "milestone") and self.targets == []:
            raise ValueError("give `targets`, or `targets: none` with `why_no_target`")
        return self


class Estimand(Declaration):
    """What exactly an effect is an effect of: whose, when, measured how, and how far it carries to Sweden today.

    Edges and programmes name a card by id, so that estimates of one study share it.
    """

    id: Identifier
    population: str
    exposure_age: str
    outcome_window: str
    measure: Measure
    scale: Literal["conditional", "marginal"]
    effect: Literal["direct", "total"]
    adjusted_for: str
    design: Literal["trial", "natural_experiment", "sibling", "twin", "cohort", "register", "synthesis", "judgement"]
    risk_of_bias: Literal["low", "some", "high"]
    transport: str


class Edge(Declaration):
    """A causal odds ratio from one factor to the onset, remission or weight of another.

    Applies at the ages ``ages`` of the receiving factor and reads the sender as ``reads`` says.
    ``via: cell`` reads the share of *others* in the cell: the ratio is for a share of one.
    ``estimand`` is the card that says what exactly the ratio is a ratio of.
    """

    source_factor: Reference = Field(alias="from")
    target_factor: Reference = Field(alias="to")
    acts_on: Literal["onset", "remission", "weight"] = "onset"
    ages: Ages
    reads: Literal["last_year", "this_year", "ever", "at_age", "within_n_years"] = "last_year"
    age: Age | None = None
    years: Annotated[Whole, Field(ge=2, le=20)] | None = None
    via: Literal["own", "cell"] = "own"
    causal: Number
    estimand: Identifier

    @model_validator(mode="after")
    def _coherent(self) -> Edge:
        if self.causal.value <= 0:
            raise ValueError("a causal odds ratio is above 0")
        if (self.reads == "at_age") != (self.age is not None):
            raise ValueError("`reads: at_age` and `age` come together")
        if (self.reads == "within_n_years") != (self.years is not None):
            raise ValueError("`reads: within_n_years` and `years` come together")
        if self.via == "cell" and self.reads != "last_year":
            raise ValueError("`via: cell` reads last_year")
        return self


class Association(Declaration):
    """What a study observed between two factors: a target, never an input.

    ``from`` is ``factor@a-b`` (at any age a to b) or ``trait.value``; ``to`` is ``factor@a-b``.
    """

    id: str
    source_factor: Annotated[str, Field(alias="from", pattern=r"^[a-z0-9_.]+(@-?\d+--?\d+)?$")]
    target_factor: Annotated[str, Field(alias="to", pattern=r"^[a-z0-9_.]+@-?\d+--?\d+$")]
    measure: Measure
    value: Number
    where: dict[Identifier, str] = {}
    adjusted_for: list[Identifier] = []
    design: str
    use: Literal["fit", "holdout", "report"] = "fit"


class Condition(Declaration):
    """One thing that must hold: a state (or event) that is on, a trait or a category value."""

    state: Reference | None = None
    trait: Identifier | None = None
    category: Identifier | None = None
    is_: Annotated[list[Identifier] | None, Field(alias="is")] = None
    negate: Annotated[Flag, Field(alias="not")] = False
    years: Annotated[Whole, Field(ge=1, le=3)] | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Condition:
        if sum(x is not None for x in (self.state, self.trait, self.category)) != 1:
            raise ValueError("a condition names exactly one of state, trait, category")
        if (self.state is None) != (self.is_ is not None):
            raise ValueError("a trait or category condition lists its values in `is`; a state has none")
        return self


class Where(Declaration):
    """All conditions must hold; an empty list is everybody."""

    all: list[Condition] = []


class Counts(Declaration):
    """What a unit cost multiplies: persons a year for whom all conditions hold, times ``quantity``."""

    all: list[Condition]
    ages: Ages | None = None
    quantity: Number | None = None


class Marginal(Declaration):
    """Share of the average cost that varies with volume, by years since the change."""

    short: Share
    medium: Share
    long: Share


def _whole_cost(payers: dict[str, Number]) -> dict[str, Number]:
    """Refuse payer shares that do not make up the whole."""
    total = sum(n.value for n in payers.values())
    if abs(total - 1) > 1e-9:
        raise ValueError(f"payer shares sum to {total:g}, wanted 1; what nobody is known to pay is `unattributed`")
    return payers


def _priced(cost: Number) -> Number:
    """Refuse a cost without its price year."""
    if cost.year is None:
        raise ValueError("a cost needs its price year in `cost.year`")
    return cost


class UnitCost(Declaration):
    """SEK for one counted unit, and who pays it.

    ``payers`` maps ``municipality``, ``region``, ``employer``, ``household``, ``victim``, ``unattributed``
    or ``state/BODY`` to shares that sum to 1. With ``recipient`` the money is a transfer: what the
    payer saves the recipient loses, and society neither. ``taxable`` is the share of a transfer that is
    taxed at the local rates where the recipient lives.
    """

    id: Identifier
    label: Label
    counts: Counts
    account: Identifier
    cost: Annotated[Number, AfterValidator(_priced)]
    marginal: Marginal
    cashable: Share
    payers: Annotated[dict[Payer, Share], AfterValidator(_whole_cost)]
    recipient: Literal["household", "victim", "employer"] | None = None
    taxable: Share | None = None
    grows_with: Literal["wages", "cpi", "willingness_to_pay", "none"]
    beyond_65: Number | None = None


class Effect(Declaration):
    """A published effect among those who received the programme, at ``months`` after it began.

    ``unknown: true`` says that nobody has measured it: it counts as none, and a run looks for the ratio
    (``measure`` OR or RR) at which the programme breaks even.
    """

    on: Reference
    acts_on: Literal["onset", "remission", "set"]
    measure: Measure | None = None
    value: Number | None = None
    months: Annotated[Whole, Field(ge=1, le=480)] | None = None
    to: ZeroOrOne | None = None
    hold_years: Annotated[Whole, Field(ge=0, le=66)] | None = None
    ages: Ages | None = None
    unknown: Flag = False

    @model_validator(mode="after")
    def _coherent(self) -> Effect:
        if self.unknown:
            return self._asked()
        if self.acts_on == "set" and (self.to is None or self.hold_years is None):
            raise ValueError("a `set` effect needs `to` (0 or 1) and `hold_years`")
        if self.acts_on != "set" and (self.measure is None or self.value is None or self.months is None):
            raise ValueError("an effect needs `measure`, `value` and `months`, or `unknown: true` without `value`")
        return self

    def _asked(self) -> Effect:
        """Refuse an unknown effect that says how large it is, or that cannot be looked for."""
        if self.value is not None or self.acts_on == "set":
            raise ValueError("an effect with `unknown: true` has no `value` and does not `set`")
        if self.measure not in ("OR", "RR") or self.months is None:
            raise ValueError("an effect with `unknown: true` needs `measure: OR` or `RR`, and `months`")
        return self


class Fade(Declaration):
    """How the published gap fades: e(t) = e0 (floor + (1 − floor) / (1 + h t))."""

    h: Number
    floor: Share


class Hours(Declaration):
    """One line of a cost built from staff time or purchases."""

    what: str
    hours: Number
    sek_per_hour: Number


class ProgrammeCost(Declaration):
    """SEK a participant in one year of the programme, as an amount or built from hours."""

    payer: Payer
    year: Annotated[Whole, Field(ge=0, le=20)] = 0
    amount: Number | None = None
    build: list[Hours] = []

    @model_validator(mode="after")
    def _coherent(self) -> ProgrammeCost:
        if (self.amount is None) == (not self.build):
            raise ValueError("a programme cost has either `amount` or `build`")
        return self


class Eligible(Declaration):
    """Who can be reached: ages and conditions, read the year before."""

    ages: Ages
    where: Where = Where()


class Programme(Declaration):
    """An intervention: whom it can reach, what it changes, how much, how long, at what cost."""

    id: Identifier
    label: Label
    describes: str
    level: Literal["universal", "selective", "indicated"]
    eligible: Eligible
    uptake: Share
    completion: Share
    deadweight: Share
    effects: list[Effect]
    fade: Fade
    shrink: list[Identifier] = []
    cost: list[ProgrammeCost]
    evidence_note: str
    estimand: Identifier | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Programme:
        if self.shrink and any(effect.unknown for effect in self.effects):
            raise ValueError("an effect with `unknown: true` has nothing to shrink; leave `shrink` empty")
        return self


class OutOfRange(Declaration):
    """A programme that people ask for and that the model cannot hold, and ``why``."""

    id: Identifier
    label: Label
    why: str


class Domain(Declaration):
    """One life domain: what stands in one YAML file of ``parameters/``."""

    domain: Identifier
    factors: list[Factor] = []
    estimands: list[Estimand] = []
    edges: list[Edge] = []
    associations: list[Association] = []
    unit_costs: list[UnitCost] = []
    programmes: list[Programme] = []
    out_of_range: list[OutOfRange] = []


class Shrinkage(Declaration):
    """By how much published effects shrink when a programme leaves its developer, its country or its scale."""

    shrinkage: dict[Identifier, Share]
