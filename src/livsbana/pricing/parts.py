"""The parts of the answer to a question for a price: each function fills one of them."""

from __future__ import annotations

from math import sqrt

import numpy as np

from livsbana.parameters.library import Library
from livsbana.parameters.outcomes import PricedOutcome
from livsbana.parameters.schema import Label
from livsbana.pricing.corridor import expected_capped
from livsbana.pricing.document import (
    Indicator,
    LocalParticipation,
    Modes,
    OutcomeValue,
    OutcomeValues,
    PayerPrice,
    PricedThing,
    RateCard,
    RateRow,
    Reach,
    StateCap,
    ValueYear,
)
from livsbana.pricing.outcome_value import ASKED, KINDS, Kind, Values, why_undefined
from livsbana.pricing.rate_card import common_margin, neutral_prices
from livsbana.pricing.terms import Corridor
from livsbana.pricing.worlds import FLOWS, YEARS, dated
from livsbana.runs.document import PUBLIC, SOCIETY, Text
from livsbana.runs.plan import Plan
from livsbana.runs.sharing import BAD_LUCK, PARTIES, Budgets
from livsbana.uncertainty.draws import central
from livsbana.valuation.discount import discount_factors

Array = np.ndarray
BY_YEAR_KINDS: tuple[Kind, ...] = ("do", "iv", "null", "naive")


def text(label: Label) -> Text:
    """A declared name as the document has it."""
    return Text(sv=label.sv, en=label.en)


def priced_thing(outcome: PricedOutcome) -> PricedThing:
    """The outcome at its three levels."""
    first, last = outcome.ages or outcome.years_after or (0, 0)
    unit, after = ("age", "") if outcome.ages else ("year", " after the start")
    ages = f"{unit} {last}{after}" if first == last else f"every {unit} from {first} to {last}{after}"
    wished = " or ".join(outcome.is_) if outcome.is_ else "yes" if outcome.wished else "no"
    told = outcome.indicator
    return PricedThing(
        id=outcome.id,
        label=text(outcome.label),
        wished_change=text(outcome.wished_change),
        indicator=Indicator(
            what=text(told.what),
            measured_by=text(told.measured_by),
            register_name=text(told.register_name),
            months=list(told.months),
            status=told.status,
            why=told.why,
        ),
        factor=outcome.factor,
        holds_when=f"{wished} at {ages}",
        ages=list(outcome.ages or []),
    )


def reach(corridor: Corridor) -> Reach:
    """Participants, how many of them achieve, and what delivery costs."""
    values, part = corridor.values, corridor.caused_part
    return Reach(
        participants=corridor.participants,
        share_without=corridor.share("achieved_without"),
        share_with=corridor.share("achieved_with"),
        caused=values.count(flipped=1, worse=-1),
        flipped_better=float(corridor.counts("flipped").mean()),
        flipped_worse=float(corridor.counts("worse").mean()),
        simulated_flips=values.found[0].flips,
        deadweight=1.0 - part if corridor.share("achieved_with") > 0 else None,
        displacement=central(corridor.terms.displacement),
        delivery_cost=float(corridor.cost.mean()),
        with_interest=float(corridor.cost_when_paid.mean()),
    )


def all_values(values: Values) -> OutcomeValues:
    """Every way to value the outcome, to public payers and to society."""
    return OutcomeValues(
        **{
            kind: OutcomeValue(
                public=values.value(kind, PUBLIC),
                society=values.value(kind, SOCIETY),
                why_not=why_undefined(values, kind),
            )
            for kind in KINDS
        }
    )


def payers(corridor: Corridor) -> dict[str, PayerPrice]:
    """What an outcome is worth to every payer, and the most that those who are asked can pay."""
    values, caused, observed = corridor.values, corridor.caused_ceilings, corridor.observed_ceilings
    found = {}
    for name in values.weights(0):
        if name == ASKED:
            continue
        asked = caused is not None and observed is not None and name in PARTIES
        per_observed = None
        if asked and caused is not None and observed is not None:
            amount = observed.by_payer[name]
            error = corridor.observed_error(name, amount)
            per_observed = caused[name].model_copy(
                update={"mean": amount, "low": None, "high": None, "mc_error": error}
            )
        found[name] = PayerPrice(
            do=values.value("do", name),
            do_held=values.value("do_held", name),
            iv=values.value("iv", name),
            null=values.value("null", name),
            naive=values.value("naive", name),
            ceiling_per_caused=caused[name] if asked and caused is not None else None,
            ceiling_per_observed=per_observed,
        )
    return found


def state_cap(corridor: Corridor) -> StateCap:
    """The state's most, and what it pays when it promises more."""
    share, observed = central(corridor.terms.state_share_at_most), corridor.observed_ceilings
    promised = 0.0
    if corridor.caused_ceilings is not None:
        promised = corridor.caused_ceilings["state"].mean * corridor.caused_part
    return StateCap(
        share=share,
        amount=corridor.cap_amount,
        per_observed=corridor.cap_per_observed,
        binds=observed is not None and observed.binds,
        expected_payment=expected_capped(promised, corridor.paid, corridor.cap_amount),
    )


def local_participation(corridor: Corridor) -> LocalParticipation:
    """The home municipality's net when the state pays the ceiling of its share for every observed outcome."""
    values, observed = corridor.values, corridor.observed_ceilings
    price = observed.by_payer["state"] if observed is not None else 0.0
    payments = np.minimum(price * corridor.paid, corridor.cap_amount).mean(axis=1)
    nets = []
    for k, found, payment in zip(values.drawn, corridor.drawn, payments, strict=True):
        weight, factors = values.weights(k)["municipality/home"], values.factors(k)
        flow = weight @ (found.avoided[FLOWS.index("package")] - found.cost)
        nets.append(float((flow * factors).sum()) + float(payment))
    drawn = len(nets) > 1
    least = float(np.quantile(nets, BAD_LUCK, method="lower")) if drawn else None
    mean = float(np.mean(nets))
    return LocalParticipation(
        state_pays=float(payments.mean()),
        net=mean,
        net_p20=least,
        gains=min(mean, mean if least is None else least) >= 0,
    )


def modes(corridor: Corridor) -> Modes:
    """The state's price by value and by envelope."""
    envelope = corridor.cap_per_observed
    if corridor.caused_ceilings is None:
        return Modes(value_based=None, envelope_based=envelope, gap=None)
    worth = corridor.caused_ceilings["state"].mean * corridor.caused_part
    return Modes(value_based=worth, envelope_based=envelope, gap=envelope - worth)


def rate_card(corridor: Corridor, library: Library, outcome: PricedOutcome) -> RateCard | None:
    """Prices by group that replace one price: the middle of the corridor, or the floor where there is none."""
    floor, ceiling = corridor.floor.per_observed, corridor.ceiling.per_observed
    strata = np.mean([found.strata for found in corridor.drawn], axis=0)
    trait = library.factors[outcome.strata]
    kept = [g for g in range(len(strata)) if strata[g, 0] > 0]
    if floor is None or not kept or not strata[kept, 2].any():
        return None
    inside = ceiling is not None and ceiling.mean >= floor.mean
    base = 0.5 * (floor.mean + ceiling.mean) if inside and ceiling is not None else floor.mean
    persons, (without, with_) = strata[kept, 0], (strata[kept, k] / strata[kept, 0] for k in (1, 2))
    cost = np.full(len(kept), float(corridor.cost_when_paid.mean()) / corridor.participants)
    prices = neutral_prices(base, persons, with_, cost)
    margin = common_margin(base, persons, with_, cost)
    rows = [
        RateRow(
            group=text(trait.values[g].label),
            participants=float(persons[i]),
            share_without=float(without[i]),
            share_with=float(with_[i]),
            cost=float(cost[i]),
            price_per_observed=None if np.isnan(prices[i]) else float(prices[i]),
            margin_at_one_price=float(base * with_[i] - cost[i]),
            margin=None if np.isnan(prices[i]) else margin,
        )
        for i, g in enumerate(kept)
    ]
    return RateCard(
        trait=outcome.strata,
        one_price=base,
        one_price_is="middle_of_corridor" if inside else "floor",
        rows=rows,
        most_per_person=float(np.nanmax(prices)),
    )


def by_year(values: Values) -> list[ValueYear]:
    """Values by payer and year from measurement; years in which nothing happens are left out."""
    rows = []
    for name in values.weights(0):
        if name == ASKED or name.startswith("state/"):
            continue
        flows = {kind: values.by_year(kind, name) for kind in BY_YEAR_KINDS}
        rows += [
            ValueYear(year=year, payer=name, **{kind: float(flow[k]) for kind, flow in flows.items()})
            for k, year in enumerate(YEARS)
            if any(flow[k] for flow in flows.values())
        ]
    return rows


def budgets(corridor: Corridor, plan: Plan, outcome: PricedOutcome) -> Budgets:
    """The parties' budgets by calendar year, for a split of the bill."""
    values = corridor.values

    def flow(line: str) -> Array:
        found = []
        for k in values.drawn:
            factors = discount_factors(plan.years, plan.start_year, values.rates[k])
            weights = values.weights(k)
            found.append([weights[name] @ getattr(values.found[k], line) * factors for name in PARTIES])
        return np.array(found)

    weight, variance, first = values.weights(0)[ASKED], 0.0, values.found[0]
    for cohort, money, cost in zip(plan.cohorts, first.batches, first.cost_batches, strict=True):
        paid = cohort.birth_year + dated(plan, cohort, outcome).settled
        net = (money[:, FLOWS.index("package")] - cost) @ weight * (1 + values.rates[0]) ** (plan.start_year - paid)
        variance += len(net) * float(net.var(ddof=1)) if len(net) > 1 else 0.0
    mandate = plan.library.economy.mandate_years
    return Budgets(flow("cost_by_year"), flow("package_by_year"), plan.years, mandate, sqrt(variance))
