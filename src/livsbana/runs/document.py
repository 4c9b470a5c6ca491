"""What a run answers: the one document that ``run --json`` prints and that every report reads.

Money is SEK at present value for the real cohort unless a field says otherwise: costs and avoided costs
positive, tax gains among what is avoided, net = avoided − cost. The JSON Schema is made from these models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

PUBLIC, SOCIETY = "public", "society"


class Part(BaseModel):
    """Base of all parts: nothing unknown, nothing changed afterwards, no NaN and no infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Text(Part):
    """A name in Swedish and English."""

    sv: str
    en: str


class Money(Part):
    """An amount, SEK.

    ``mean`` is the value at central parameters, or the mean over draws. ``low`` and ``high`` are the 5th
    and 95th percentile over parameter draws, null without draws. ``mc_error`` is the standard error of
    ``mean`` that comes from simulating a finite number of persons, and nothing else.
    """

    mean: float
    low: float | None
    high: float | None
    mc_error: NonNegativeFloat

    @model_validator(mode="after")
    def _coherent(self) -> Money:
        if (self.low is None) != (self.high is None):
            raise ValueError("`low` and `high` are both numbers or both null")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"`low` {self.low:g} lies above `high` {self.high:g}")
        return self


class Account(Part):
    """One payer: what it spends, what it avoids, what of that is cash, and when it is square.

    ``cashable_net`` counts only what can be withdrawn from a budget. Break-even years are calendar years,
    null for never: the first year in which discounted net since the start is not below 0, the first after
    which it stays there, and the first without discounting. ``chance_of_gain`` is the share of draws in which
    ``net`` is above 0, null without draws.
    """

    programme_cost: Money
    avoided_cost: Money
    net: Money
    cashable_net: Money
    break_even_year: int | None
    lasting_break_even_year: int | None
    undiscounted_break_even_year: int | None
    chance_of_gain: NonNegativeFloat | None = None


class LocalAccount(Account):
    """Municipalities or regions: all of them, the home one, and the others to which people moved."""

    home: Account
    other: Account


class StateAccount(Account):
    """The state, and its bodies by name."""

    bodies: dict[str, Account]


class PayerAccounts(Part):
    """All payers; the seven at this level sum to the total."""

    municipality: LocalAccount
    region: LocalAccount
    state: StateAccount
    employer: Account
    household: Account
    victim: Account
    unattributed: Account

    @classmethod
    def nested(cls, accounts: Mapping[str, Account]) -> PayerAccounts:
        """Nest accounts named as in the rows of ``by_year``.

        Parameters
        ----------
        accounts
            ``municipality``, ``municipality/home``, ``municipality/other``, the same for ``region``,
            ``state``, ``state/BODY`` …, ``employer``, ``household``, ``victim``, ``unattributed``.

        Raises
        ------
        KeyError
            If one of them is missing.
        """
        municipality, region = (
            LocalAccount(
                **{**dict(accounts[level]), "home": accounts[f"{level}/home"], "other": accounts[f"{level}/other"]}
            )
            for level in ("municipality", "region")
        )
        bodies = {name.partition("/")[2]: account for name, account in accounts.items() if name.startswith("state/")}
        return cls(
            municipality=municipality,
            region=region,
            state=StateAccount(**{**dict(accounts["state"]), "bodies": bodies}),
            employer=accounts["employer"],
            household=accounts["household"],
            victim=accounts["victim"],
            unattributed=accounts["unattributed"],
        )

    def by_name(self) -> dict[str, Account]:
        """Give every account by its name in the rows of ``by_year``, parts after the whole."""
        named: dict[str, Account] = {}
        for level in type(self).model_fields:
            account: Account = getattr(self, level)
            named[level] = account
            if isinstance(account, LocalAccount):
                named |= {f"{level}/home": account.home, f"{level}/other": account.other}
            elif isinstance(account, StateAccount):
                named |= {f"{level}/{body}": part for body, part in account.bodies.items()}
        return named


class Place(Part):
    """Where: codes of municipalities, empty for the whole of Sweden.

    ``local_targets`` lists the traits whose shares, and the factors whose level, are those of this place;
    all others have national rates within each group.
    """

    name: str
    municipalities: list[str]
    local_targets: list[str]


class PerParticipant(Part):
    """SEK a participant."""

    programme_cost: Money
    avoided_cost: Money
    net_public: Money
    net_society: Money


class Mvpf(Part):
    """Marginal value of public funds, with its components.

    ``value`` is ``infinite`` where the package pays for itself and somebody gains, null where it pays for
    itself and nobody does. ``wtp`` is what private persons gain, ``fiscal_externality`` what comes back.
    """

    value: float | Literal["infinite"] | None
    wtp: Money
    cost: Money
    fiscal_externality: Money


class MunicipalTax(Part):
    """Gain of municipal income tax, before and after what income equalisation takes back."""

    gross: Money
    net_of_equalisation: Money


class PartyShare(Part):
    """One party to a split of the bill: what it pays today, could carry, is to pay, and owes the others.

    ``pays`` and ``owes`` (above 0: gives to the others) are null where no split exists; ``net`` is then what the
    party is left with as the bill is paid today. ``net_p20`` is the 20th percentile over draws, null without draws.
    """

    pays_today: float
    can_carry: float
    share: float | None
    pays: float | None
    owes: float | None
    net: float
    net_p20: float | None


class CostSharing(Part):
    """A split of the public bill between home municipality, home region and state under which nobody loses.

    ``holds`` says in what sense nobody does: in four draws of five and on average, or on average only; null where
    no split exists, and then ``missing`` is what those who share fall short of the bill, SEK. Costs and gains
    count in the years ``first_year`` to ``last_year``. ``mc_error`` is the simulation error of their joint net.
    """

    period: Literal["mandate", "horizon"]
    first_year: int
    last_year: int
    bill: float
    holds: Literal["mean_and_p20", "mean"] | None
    missing: NonNegativeFloat
    joint_net: float
    mc_error: NonNegativeFloat
    parties: dict[str, PartyShare]


class BeyondRetirement(Part):
    """What is avoided after 65, counted nowhere else; ``payers`` are named as in ``by_year``."""

    payers: dict[str, Money]
    public: Money
    society: Money


Unit: TypeAlias = Literal["persons_ever", "person_years", "events"]


class Outcome(Part):
    """How many in the real cohort, in both worlds, over the horizon.

    ``persons`` are those whom the outcome can count: cohorts that are not yet past its age.
    ``difference`` is scenario − baseline; ``mc_error`` is its simulation error; ``low`` and ``high`` are its
    5th and 95th percentile over draws, null without draws. ``better`` says which way is good for people.
    """

    label: Text
    unit: Unit
    better: Literal["lower", "higher"]
    persons: PositiveFloat
    baseline: float
    scenario: float
    difference: float
    low: float | None
    high: float | None
    mc_error: NonNegativeFloat


class GroupResult(Part):
    """A group of the cohort, formed before anything happened; ``differences`` are of outcomes, by id."""

    label: Text
    persons: NonNegativeFloat
    participants: NonNegativeFloat
    net_public: Money
    net_household: Money
    net_society: Money
    differences: dict[str, float]


class YearRow(Part):
    """One payer in one calendar year, discounted to the start year; ``cumulative`` is the running net.

    ``payer`` is a name of ``PayerAccounts.by_name``, ``public`` or ``society``. ``avoided_cost`` is at marginal
    cost; ``avoided_average`` at average cost, as if all capacity could be closed, and ``avoided_cashable`` only
    what can be withdrawn from a budget; null in documents that do not hold them.
    """

    year: int
    payer: str
    programme_cost: float
    avoided_cost: float
    net: float
    cumulative: float
    avoided_average: float | None = None
    avoided_cashable: float | None = None


class BudgetRow(Part):
    """One payer in one calendar year when a new cohort begins every year; undiscounted SEK of the price year."""

    year: int
    payer: str
    programme_cost: float
    avoided_cost: float
    net: float


class Belief(Part):
    """The multiplier on a belief at which a payer's net is 0, and where our prior lies.

    ``root`` is null when no multiplier that was tried gives 0. ``probability_above`` is our probability of
    a value above the root. Prior fields are null where nothing was drawn.
    """

    root: float | None
    prior_mean: float | None
    prior_low: float | None
    prior_high: float | None
    probability_above: float | None


class BreakEvenBelief(Part):
    """What one has to believe: of all causal effects, of the programmes' effects, of the marginal share."""

    causal_multiplier: Belief
    effect_multiplier: Belief
    marginal_share: Belief


class BreakEvenEffect(Part):
    """How strong an effect that nobody has measured must be for the programme to pay for itself.

    ``public``, ``society`` and ``payers`` (those who pay for the package) are ratios of the share with the
    factor among participants who complete, with the programme to without it, in ``measure``: 1 where it pays
    without any effect, null where not even ``strongest`` does.
    """

    measure: Literal["OR", "RR"]
    strongest: PositiveFloat
    public: PositiveFloat | None
    society: PositiveFloat | None
    payers: dict[str, PositiveFloat | None]


class EffectGap(Part):
    """A published effect as a gap in prevalence among participants, and the gap that the run produced.

    ``published_gap`` is 0 where a study found no effect, and null where none was published: for an effect
    that sets a factor, and for one that nobody has measured, which has ``break_even`` instead and counts as none.
    """

    on: str
    label: Text
    published_gap: float | None
    simulated_gap: float
    break_even: BreakEvenEffect | None = None


class Credit(Part):
    """What a programme adds to the package, averaged over all orders of joining: its Shapley value.

    The credits of a package sum to its net at central values. ``exact`` goes through every coalition;
    ``sampled`` through some orders, whose spread is part of ``mc_error``.
    """

    method: Literal["exact", "sampled"]
    net_public: Money
    net_society: Money


class ProgrammeResult(Part):
    """One programme of the package; the nets are null unless the package was also run without it.

    ``credit`` is null unless it was asked for and there is more than one programme.
    """

    id: str
    label: Text
    participants: NonNegativeFloat
    cost: Money
    net_public: Money | None
    net_society: Money | None
    effects: list[EffectGap]
    credit: Credit | None = None


Status: TypeAlias = Literal["published", "to_verify", "assumption"]


class UsedNumber(Part):
    """One number that the answer rests on; ``source`` is a key of ``Evidence.sources`` or ``judgement``.

    ``address`` is that of the library, such as ``programme/komet/uptake``; ``low`` and ``high`` are null for
    what is taken as certain; an assumption says ``why``.
    """

    address: str
    value: float
    unit: str
    low: float | None
    high: float | None
    status: Status
    source: str
    why: str | None


class Evidence(Part):
    """Shares of the numbers used by status, summing to 1, and what to keep in mind about them.

    ``numbers`` are all that were used, by address, and ``sources`` what their sources are called; empty in
    documents that do not hold them.
    """

    published: NonNegativeFloat
    to_verify: NonNegativeFloat
    assumption: NonNegativeFloat
    note: Text
    numbers: list[UsedNumber] = []
    sources: dict[str, str] = {}


class Timing(Part):
    """Work and time: ``person_years`` = persons × years × arms; ``seconds`` in the kernel; stages in seconds."""

    person_years: NonNegativeInt
    seconds: NonNegativeFloat
    stages: dict[str, float]


class Manifest(Part):
    """What made this answer, so that it can be made again."""

    seed: NonNegativeInt
    threads: PositiveInt
    versions: dict[str, str]
    hashes: dict[str, str]


class RunDocument(Part):
    """The answer to one scenario.

    ``population`` counts real persons and ``persons`` simulated ones; ``participants`` are real. ``society``
    is all payers with public money weighted by ``tax_factor``, which appears nowhere else. ``by_year`` and
    ``budget_impact`` hold means. Everything that may change between two equal runs stands in ``timing`` and
    ``manifest``.
    """

    scenario: str
    label: Text
    place: Place
    population: NonNegativeFloat
    persons: PositiveInt
    participants: NonNegativeFloat
    draws: NonNegativeInt
    price_year: int
    preset: str
    discount_rate: float
    tax_factor: PositiveFloat
    start_year: int
    horizon_years: PositiveInt
    payers: PayerAccounts
    public: Account
    society: Account
    per_participant: PerParticipant | None
    bcr: float | None
    mvpf: Mvpf
    recovery_share: float | None
    wrong_pocket_index: float | None
    wrong_pocket_index_mandate: float | None
    cost_sharing: list[CostSharing]
    municipal_tax: MunicipalTax
    beyond_65: BeyondRetirement | None
    outcomes: dict[str, Outcome]
    groups: dict[str, GroupResult]
    by_year: list[YearRow]
    budget_impact: list[BudgetRow]
    break_even_belief: dict[str, BreakEvenBelief]
    programmes: list[ProgrammeResult]
    evidence: Evidence
    warnings: list[Text]
    timing: Timing
    manifest: Manifest

    @property
    def end_year(self) -> int:
        """The last calendar year that is counted."""
        return self.start_year + self.horizon_years - 1

    def accounts(self) -> dict[str, Account]:
        """Give every account by name: the payers, then ``public`` and ``society``."""
        return {**self.payers.by_name(), PUBLIC: self.public, SOCIETY: self.society}


class RunComparison(Part):
    """The answers to several scenarios, in the order of the command."""

    runs: list[RunDocument]
