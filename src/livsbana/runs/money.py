"""From the counts of one cohort to money by payer and calendar year, for the real cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from livsbana.interventions.costs import participant_costs
from livsbana.interventions.offers import Offer
from livsbana.ledger.equalisation import Adoption, equalise, move_equalised
from livsbana.ledger.growth import growth_rate, real_growth, to_price_year
from livsbana.ledger.ledger import beyond_65, ledger
from livsbana.ledger.payers import HOME_MUNICIPALITY, HOME_REGION, Money, Payers, Residence
from livsbana.ledger.prices import INCOME_TAX, PriceTable
from livsbana.lifecourse.compile import AGES, Model, Value
from livsbana.lifecourse.simulate import CohortCounts
from livsbana.population.cohorts import Cohort
from livsbana.runs.plan import Plan
from livsbana.valuation.discount import discount_factors

LINES = ("cost", "avoided", "cashable", "local_tax", "beyond_65")


@dataclass
class Flows:
    """Money of one arm against the baseline, SEK of the price year, undiscounted, real cohort.

    ``cost``, ``avoided`` (after equalisation), ``average`` and ``cashable`` [payer, year];
    ``local_tax`` [payer, year] the part of the gain that is local income tax before equalisation;
    ``beyond_65`` [payer] discounted; ``group`` [group, payer, year] avoided and ``group_cost``;
    ``newborn`` [(cost, avoided), payer, year] the first cohort alone, for the budget with successive cohorts;
    ``batches`` one array [batch, line, payer] of present values for each cohort, lines as in ``LINES``, and
    ``programme_batches`` [batch, programme] of programme cost;
    ``counts`` [2 worlds, outcome] real persons or years, ``counts_variance`` [outcome] of the difference;
    ``group_counts`` [group, outcome] differences; ``participants`` [programme]; ``programme_cost`` [programme,
    payer] discounted; ``followed`` [effect, years, 3]; ``wanted_gaps`` [effect] published, after shrinkage.
    """

    cost: Money
    avoided: Money
    average: Money
    cashable: Money
    local_tax: Money
    beyond_65: Money
    group: Money
    group_cost: Money
    newborn: Money
    counts: Money
    counts_variance: Money
    group_counts: Money
    group_size: Money
    group_participants: Money
    participants: Money
    programme_cost: Money
    followed: Money
    batches: list[Money] = field(default_factory=list)
    programme_batches: list[Money] = field(default_factory=list)
    wanted_gaps: list[float] = field(default_factory=list)


def empty_flows(plan: Plan, payers: Payers, groups: int, programmes: int, effects: int) -> Flows:
    """Flows at zero."""
    years, k, outcomes = len(plan.years), len(payers), len(plan.outcomes)
    flow = (k, years)
    return Flows(
        cost=np.zeros(flow),
        avoided=np.zeros(flow),
        average=np.zeros(flow),
        cashable=np.zeros(flow),
        local_tax=np.zeros(flow),
        beyond_65=np.zeros(k),
        group=np.zeros((groups, *flow)),
        group_cost=np.zeros((groups, *flow)),
        newborn=np.zeros((2, *flow)),
        counts=np.zeros((2, outcomes)),
        counts_variance=np.zeros(outcomes),
        group_counts=np.zeros((groups, outcomes)),
        group_size=np.zeros(groups),
        group_participants=np.zeros(groups),
        participants=np.zeros(programmes),
        programme_cost=np.zeros((programmes, k)),
        followed=np.zeros((effects, 40, 3)),
    )


@dataclass(frozen=True)
class CohortMoney:
    """How the counts of one cohort become money: its prices, its years, its weight, its programmes' costs."""

    plan: Plan
    cohort: Cohort
    prices: PriceTable
    value: Value
    weight: float
    rate: float

    def by_year(self, flow: Money) -> Money:
        """Move the last axis from age to the plan's calendar years; years before the start fall away."""
        out = np.zeros((*flow.shape[:-1], len(self.plan.years)))
        first = max(self.cohort.start_age, self.plan.start_year - self.cohort.birth_year, 0)
        shift = self.cohort.birth_year + first - self.plan.start_year
        out[..., shift : shift + AGES - first] = flow[..., first:]
        return out

    def avoided(self, difference: np.ndarray, line: str) -> tuple[Money, Money]:
        """Avoided cost and local tax gain [..., payer, year] of a difference of tallies (baseline − arm)."""
        book = ledger(difference, self.plan.column_of_item, self.prices, getattr(self.prices, line))
        gain = self.by_year(book.total) * self.weight
        tax = (
            self.by_year(book.account(INCOME_TAX)) * self.weight if INCOME_TAX in book.accounts else np.zeros_like(gain)
        )
        return self.equalised(gain, tax), tax

    def equalised(self, gain: Money, tax: Money) -> Money:
        """Move what income equalisation takes back of the home municipality's and region's own tax gain."""
        economy, payers = self.plan.library.economy, self.prices.payers
        adoption = Adoption.ALL if self.plan.place is None else Adoption.ONE_MUNICIPALITY
        home, region = payers.index(HOME_MUNICIPALITY), payers.index(HOME_REGION)
        rule = economy.equalisation
        moved = equalise(
            tax[..., home, :],
            tax[..., region, :],
            self.value(rule.returned_share),
            self.value(rule.state_share),
            adoption,
        )
        return move_equalised(gain, tax, payers, moved, f"state/{economy.tax.body}")

    def cost(self, offer: Offer, started: np.ndarray) -> Money:
        """Programme cost [..., payer, year] of participants by age at start, ``started[..., age]``."""
        payers, flow = self.prices.payers, np.zeros((*started.shape[:-1], len(self.prices.payers), AGES))

        def to_price_level(sek: float, year: int) -> float:
            return sek * to_price_year(self.plan.library.economy, year, "wages", self.value)

        for (payer, year), sek in participant_costs(offer.programme, self.value, to_price_level).items():
            position = payers.at(payer, Residence.HOME)
            flow[..., position, year:] += sek * started[..., : AGES - year]
        economy, birth_year = self.plan.library.economy, self.cohort.birth_year
        rate = growth_rate(economy, self.plan.preset, "wages", self.value)
        growth = np.array(real_growth(economy.price_year, rate, birth_year))
        return self.by_year(flow * growth) * self.weight


def add_cohort(
    flows: Flows,
    money: CohortMoney,
    model: Model,
    counts: CohortCounts,
    arm: int,
    slots: Mapping[int, Offer],
    details: bool = True,
) -> None:
    """Add one cohort's money and outcomes of one arm to its flows.

    Parameters
    ----------
    slots : mapping
        Kernel programme number to its offer, for this arm, in the order of the flows' programmes.
    details : bool
        Whether more than cost and avoided cost by year is added.
    """
    plan, tally = money.plan, counts.tally
    difference = np.moveaxis(tally[0] - tally[arm], -1, 0)  # [group, age, column, place], the first everybody
    by_batch = counts.by_batch[:, 0] - counts.by_batch[:, arm]
    if not details:
        difference, by_batch = difference[:1], by_batch[:0]
    avoided, tax = money.avoided(np.concatenate([difference, by_batch]), "weights")
    cost = sum(
        (money.cost(offer, counts.started[:, q].sum(0)) for q, offer in slots.items()), np.zeros_like(avoided[0])
    )
    flows.avoided += avoided[0]
    flows.local_tax += tax[0]
    flows.cost += cost
    if details:
        if money.cohort is plan.youngest:
            flows.newborn += np.stack([cost, avoided[0]])
        _add_programmes(flows, money, counts, slots)
        batches = slice(len(difference), None)
        _add_lines(
            flows, money, counts, slots, np.concatenate([difference[:1], by_batch]), avoided[batches], tax[batches]
        )
        _add_outcomes(flows, money, counts, arm)
        _add_groups(flows, money, model, counts, slots, difference, avoided[: len(difference)])


def _add_programmes(flows: Flows, money: CohortMoney, counts: CohortCounts, slots: Mapping[int, Offer]) -> None:
    """Participants and discounted cost of each programme."""
    factors = discount_factors(money.plan.years, money.plan.start_year, money.rate)
    for k, (q, offer) in enumerate(slots.items()):
        started = counts.started[:, q].sum(0)
        flows.participants[k] += started.sum() * money.weight
        flows.programme_cost[k] += (money.cost(offer, started) * factors).sum(-1)


def _add_lines(
    flows: Flows,
    money: CohortMoney,
    counts: CohortCounts,
    slots: Mapping[int, Offer],
    difference: np.ndarray,
    avoided: Money,
    tax: Money,
) -> None:
    """The average and cashable lines, gains after 65, and present values by batch.

    ``difference[(everybody, batch …), …]``; ``avoided`` and ``tax[batch, payer, year]``. The Monte Carlo error of
    any sum of payers follows from the batches, since cells are independent.
    """
    factors = discount_factors(money.plan.years, money.plan.start_year, money.rate)
    cashable, _ = money.avoided(difference, "cashable")
    flows.cashable += cashable[0]
    flows.average += money.avoided(difference[0], "average")[0]
    beyond = _beyond(money, difference)
    flows.beyond_65 += beyond[0]
    paid = [money.cost(offer, counts.started[:, q]) for q, offer in slots.items()]
    lines = [(flow * factors).sum(-1) for flow in (sum(paid, np.zeros_like(avoided)), avoided, cashable[1:], tax)]
    flows.batches.append(np.stack([*lines, beyond[1:]], axis=1))
    each = [(flow * factors).sum((-1, -2)) for flow in paid]
    flows.programme_batches.append(np.array(each).reshape(len(paid), len(avoided)).T)


def _beyond(money: CohortMoney, everybody: np.ndarray) -> Money:
    """What is avoided after 65, discounted to the start year."""
    year = money.cohort.birth_year + AGES - 1
    factor = discount_factors([year], money.plan.start_year, money.rate)[0]
    return beyond_65(everybody, money.plan.column_of_item, money.prices) * money.weight * factor


def _add_outcomes(flows: Flows, money: CohortMoney, counts: CohortCounts, arm: int) -> None:
    """Real persons or person-years of each outcome from the start year, in both worlds."""
    worlds = _outcome_totals(money, counts.by_batch[:, [0, arm]].sum(-1)) * money.weight
    flows.counts += worlds.sum(0)
    difference = worlds[:, 1] - worlds[:, 0]
    if len(difference) > 1:
        flows.counts_variance += len(difference) * difference.var(axis=0, ddof=1)


def _outcome_totals(money: CohortMoney, tally: np.ndarray) -> np.ndarray:
    """Sum outcome columns over the counted ages; ``tally[..., age, column]`` to [..., outcome]."""
    first = max(money.cohort.start_age, money.plan.start_year - money.cohort.birth_year, 0)
    return tally[..., first:, :][..., list(money.plan.column_of_outcome)].sum(-2).astype(float)


def _add_groups(
    flows: Flows,
    money: CohortMoney,
    model: Model,
    counts: CohortCounts,
    slots: Mapping[int, Offer],
    difference: np.ndarray,
    avoided: Money,
) -> None:
    """Avoided cost, programme cost, size and outcomes of every group formed at birth."""
    flows.group += avoided
    flows.group_counts += _outcome_totals(money, -difference.sum(-1)) * money.weight
    alive = counts.tally[0, money.cohort.start_age, money.plan.column_alive].sum(0)
    flows.group_size += alive * money.weight
    belongs = np.array([[g == "all" or _has(model, p, g) for p in model.profiles] for g in model.groups])
    for q, offer in slots.items():
        joined = belongs @ counts.by_profile[q].astype(float)
        flows.group_participants += joined * money.weight
        if joined[0] > 0:
            cost = money.cost(offer, counts.started[:, q].sum(0))
            flows.group_cost += (joined / joined[0])[:, None, None] * cost


def _has(model: Model, profile: tuple[str, ...], group: str) -> bool:
    """Whether a combination of trait values belongs to a group such as ``sex.male``."""
    trait, _, level = group.partition(".")
    return profile[(*model.family_traits, *model.own_traits).index(trait)] == level
