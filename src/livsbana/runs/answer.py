"""From evaluations to the one document: accounts, ratios, outcomes, groups, budget and beliefs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isinf, isnan, sqrt
from operator import attrgetter
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livsbana.interventions.convert import follow_up_year
from livsbana.ledger.equalisation import Adoption
from livsbana.ledger.payers import HOME_MUNICIPALITY, Payers, payers_of
from livsbana.lifecourse.compile import WindowCount
from livsbana.parameters.schema import Effect, Number
from livsbana.runs.document import (
    PUBLIC,
    SOCIETY,
    Account,
    BeyondRetirement,
    BreakEvenEffect,
    BudgetRow,
    Credit,
    EffectGap,
    GroupResult,
    Money,
    MunicipalTax,
    Mvpf,
    Outcome,
    PayerAccounts,
    PerParticipant,
    ProgrammeResult,
    Text,
    Unit,
    YearRow,
)
from livsbana.runs.evaluate import Evaluation
from livsbana.runs.money import LINES, Flows
from livsbana.runs.plan import LIVED, OutcomeSpec, Plan
from livsbana.valuation.breakeven import break_even
from livsbana.valuation.budget_impact import stack
from livsbana.valuation.discount import discount_factors
from livsbana.valuation.mvpf import mvpf
from livsbana.valuation.present_value import cumulative
from livsbana.valuation.qaly import qaly_gain
from livsbana.valuation.ratios import bcr, recovery_share
from livsbana.valuation.wrong_pocket import wrong_pockets

LOW, HIGH = 5, 95
HEALTHY_YEARS = Text(sv="År i full hälsa (QALY)", en="Years in full health (QALY)")
SUCCESSIVE_COHORTS = 10
Array = np.ndarray


@dataclass(frozen=True)
class Answer:
    """All evaluations of one arm: central first, then the draws.

    ``losses`` [outcome] are losses of quality of life in a counted person-year, -1 for a year lived.
    Means are over the draws where there are any; Monte Carlo errors come from the central evaluation,
    since all draws share its luck.
    """

    plan: Plan
    flows: Sequence[Flows]
    rates: Sequence[float]
    tax_factors: Sequence[float]
    returned_shares: Sequence[float]
    losses: Sequence[Array]

    @property
    def payers(self) -> Payers:
        """The payer axis."""
        return payers_of(self.plan.library)

    @property
    def drawn(self) -> Sequence[int]:
        """Positions of the evaluations that means are taken over."""
        return range(1, len(self.flows)) if len(self.flows) > 1 else range(1)

    def weights(self, k: int) -> dict[str, Array]:
        """What each account sums, as weights of payers."""
        return account_weights(self.payers, self.tax_factors[k])

    def factors(self, k: int) -> Array:
        """Discount factors of the plan's years in one evaluation."""
        return discount_factors(self.plan.years, self.plan.start_year, self.rates[k])

    def money(self, values: Sequence[float], mc_error: float) -> Money:
        """Summarise one amount, given for every evaluation."""
        return summarise(values, mc_error)

    def present(self, flow: Callable[[Flows], Array], name: str) -> list[float]:
        """Present value of a flow [payer, year] for one account, in every evaluation."""
        return [float((self.weights(k)[name] @ flow(f) * self.factors(k)).sum()) for k, f in enumerate(self.flows)]

    def mc_error(self, name: str, **signs: float) -> float:
        """Monte Carlo error of a signed sum of ``LINES`` for one account."""
        weight, variance = self.weights(0)[name], 0.0
        line = np.array([signs.get(x, 0.0) for x in LINES])
        for batches in self.flows[0].batches:
            values = np.einsum("blp,l,p->b", batches, line, weight)
            variance += len(values) * values.var(ddof=1) if len(values) > 1 else 0.0
        return sqrt(variance)

    def mean_flow(self, flow: Callable[[Flows], Array], name: str) -> Array:
        """Mean discounted flow by year of one account."""
        return np.mean([self.weights(k)[name] @ flow(self.flows[k]) * self.factors(k) for k in self.drawn], axis=0)


def account_weights(payers: Payers, tax_factor: float) -> dict[str, Array]:
    """What each account sums, as weights of payers; society weighs public money by the tax factor."""
    n, named = len(payers), {}
    for name, positions in payers.levels.items():
        named[name] = np.zeros(n)
        named[name][list(positions)] = 1.0
    public = np.zeros(n)
    public[list(payers.public)] = 1.0
    return named | {PUBLIC: public, SOCIETY: np.ones(n) + (tax_factor - 1) * public}


def summarise(values: Sequence[float], mc_error: float) -> Money:
    """Mean and interval of one amount over the draws; the first value is the central one, and alone it is the mean."""
    drawn = np.array(values[1:] if len(values) > 1 else values, float)
    low, high = (None, None) if len(values) == 1 else map(float, np.percentile(drawn, [LOW, HIGH]))
    return Money(mean=float(drawn.mean()), low=low, high=high, mc_error=mc_error)


def _net(f: Flows) -> Array:
    return f.avoided - f.cost


def account(answer: Answer, name: str) -> Account:
    """One payer's account, or that of public or society."""
    plan = answer.plan
    net_flow, nets = answer.mean_flow(_net, name), answer.present(_net, name)
    discounted = break_even(np.cumsum(net_flow), plan.years)
    plain = np.mean([answer.weights(k)[name] @ _net(answer.flows[k]) for k in answer.drawn], axis=0)
    return Account(
        programme_cost=answer.money(answer.present(lambda f: f.cost, name), answer.mc_error(name, cost=1)),
        avoided_cost=answer.money(answer.present(lambda f: f.avoided, name), answer.mc_error(name, avoided=1)),
        net=answer.money(nets, answer.mc_error(name, avoided=1, cost=-1)),
        cashable_net=answer.money(
            answer.present(lambda f: f.cashable - f.cost, name), answer.mc_error(name, cashable=1, cost=-1)
        ),
        break_even_year=discounted.first,
        lasting_break_even_year=discounted.lasting,
        undiscounted_break_even_year=break_even(cumulative(plain, plan.years, plan.start_year, 0.0), plan.years).first,
        chance_of_gain=float(np.mean([nets[k] > 0 for k in answer.drawn])) if len(nets) > 1 else None,
    )


def accounts(answer: Answer) -> tuple[PayerAccounts, Account, Account]:
    """All payers, public and society; the payers sum to the total, always asserted."""
    named = {name: account(answer, name) for name in answer.weights(0)}
    whole = [n for n in answer.payers.levels if "/" not in n]
    total = sum(named[n].net.mean for n in whole)
    unweighted = np.mean([(_net(answer.flows[k]).sum(0) * answer.factors(k)).sum() for k in answer.drawn])
    if abs(total - unweighted) > 1e-6 * max(1.0, abs(unweighted)):
        raise AssertionError(f"payers sum to {total:.0f} SEK, the total is {unweighted:.0f} SEK")
    return PayerAccounts.nested(named), named[PUBLIC], named[SOCIETY]


def per_participant(answer: Answer) -> PerParticipant | None:
    """Amounts divided by the number of participants."""
    people = [f.participants.sum() for f in answer.flows]
    if min(people) <= 0:
        return None

    def each(flow: Callable[[Flows], Array], name: str, **signs: float) -> Money:
        values = [v / p for v, p in zip(answer.present(flow, name), people, strict=True)]
        return answer.money(values, answer.mc_error(name, **signs) / people[0])

    return PerParticipant(
        programme_cost=each(lambda f: f.cost, PUBLIC, cost=1),
        avoided_cost=each(lambda f: f.avoided, PUBLIC, avoided=1),
        net_public=each(_net, PUBLIC, avoided=1, cost=-1),
        net_society=each(_net, SOCIETY, avoided=1, cost=-1),
    )


def ratios(answer: Answer) -> dict[str, float | None]:
    """Benefit-cost ratio, recovery share and wrong-pocket indices of mean components; never means of ratios."""
    public_cost = np.mean([answer.present(lambda f: f.cost, PUBLIC)[k] for k in answer.drawn])
    public_gain = np.mean([answer.present(lambda f: f.avoided, PUBLIC)[k] for k in answer.drawn])
    all_gain = np.mean([(answer.flows[k].avoided.sum(0) * answer.factors(k)).sum() for k in answer.drawn])
    all_cost = np.mean([(answer.flows[k].cost.sum(0) * answer.factors(k)).sum() for k in answer.drawn])
    cost, gain = _by_public_level(answer, lambda f: f.cost), _by_public_level(answer, lambda f: f.avoided)
    mandate = answer.plan.library.economy.mandate_years
    pockets = wrong_pockets(cost, gain, answer.plan.years, answer.plan.start_year, answer.rates[0], mandate)
    return {
        "bcr": _number(bcr(_scalar(all_gain), _scalar(all_cost))),
        "recovery_share": _number(recovery_share(_scalar(public_gain), _scalar(public_cost))),
        "wrong_pocket_index": _number(pockets.index),
        "wrong_pocket_index_mandate": _number(pockets.index_within_mandate),
    }


def _by_public_level(answer: Answer, flow: Callable[[Flows], Array]) -> Array:
    """Mean flow [level, year] of the public payers that have budgets of their own."""
    names = ("municipality/home", "municipality/other", "region/home", "region/other", "state")
    return np.stack(
        [np.mean([answer.weights(k)[n] @ flow(answer.flows[k]) for k in answer.drawn], axis=0) for n in names]
    )


def _scalar(x: float | np.floating) -> NDArray[np.float64]:
    """One number as the valuation functions take it."""
    return np.array(x, np.float64)


def _number(x: Array) -> float | None:
    """A finite number, or nothing."""
    value = float(x)
    return None if isnan(value) or isinf(value) else value


def value_of_public_funds(answer: Answer) -> Mvpf:
    """MVPF from its components; private gains are those of households, victims and employers."""
    private = {name: [0.0] for name in ("household", "victim", "employer")}
    gains = [answer.present(_net, name) for name in private]
    wtp = [sum(parts) for parts in zip(*gains, strict=True)]
    cost, back = answer.present(lambda f: f.cost, PUBLIC), answer.present(lambda f: f.avoided, PUBLIC)
    mean = [np.mean([x[k] for k in answer.drawn]) for x in (wtp, cost, back)]
    value = float(mvpf(*map(_scalar, mean)).value)
    error = sqrt(sum(answer.mc_error(name, avoided=1) ** 2 for name in private))
    return Mvpf(
        value="infinite" if value == inf else None if isnan(value) else value,
        wtp=answer.money(wtp, error),
        cost=answer.money(cost, answer.mc_error(PUBLIC, cost=1)),
        fiscal_externality=answer.money(back, answer.mc_error(PUBLIC, avoided=1)),
    )


def municipal_tax(answer: Answer) -> MunicipalTax:
    """The home municipality's gain of income tax, gross and after equalisation."""
    home = answer.payers.index(HOME_MUNICIPALITY)
    gross = [float((f.local_tax[home] * answer.factors(k)).sum()) for k, f in enumerate(answer.flows)]
    alone = Adoption.ALL if answer.plan.place is None else Adoption.ONE_MUNICIPALITY
    shares = [s if alone is Adoption.ONE_MUNICIPALITY else 0.0 for s in answer.returned_shares]
    net = [g * (1 - s) for g, s in zip(gross, shares, strict=True)]
    error = answer.mc_error("municipality/home", local_tax=1)
    kept = error * (net[0] / gross[0] if gross[0] else 1.0)
    return MunicipalTax(gross=answer.money(gross, error), net_of_equalisation=answer.money(net, kept))


def beyond(answer: Answer) -> BeyondRetirement:
    """The separate line of gains after 65."""

    def line(name: str) -> Money:
        values = [float(answer.weights(k)[name] @ f.beyond_65) for k, f in enumerate(answer.flows)]
        return answer.money(values, answer.mc_error(name, beyond_65=1))

    return BeyondRetirement(
        payers={name: line(name) for name in answer.payers.levels}, public=line(PUBLIC), society=line(SOCIETY)
    )


def outcomes(answer: Answer) -> dict[str, Outcome]:
    """Every factor that somebody can still have, in both worlds, and the years in full health that people gain."""
    found = {}
    for o, spec in enumerate(answer.plan.outcomes):
        if _persons(answer.plan, spec) == 0:
            continue
        worlds = np.array([answer.flows[k].counts[:, o] for k in answer.drawn])
        label = Text(sv=spec.label.sv, en=spec.label.en)
        error = sqrt(answer.flows[0].counts_variance[o])
        found[spec.id] = _outcome(answer, label, spec.unit, spec.better, worlds, error, _persons(answer.plan, spec))
    worlds = np.array([_healthy_years(answer.flows[k], answer.losses[k]) for k in answer.drawn])
    error = sqrt(float((answer.losses[0] ** 2 * answer.flows[0].counts_variance).sum()))
    found["qalys"] = _outcome(answer, HEALTHY_YEARS, "person_years", "higher", worlds, error, answer.plan.size)
    return found


def _persons(plan: Plan, spec: OutcomeSpec) -> float:
    """Real persons whom an outcome can count: those not yet past the last age at which it is counted."""
    last = spec.spec.at if isinstance(spec.spec, WindowCount) else spec.spec.ages[1]
    return sum(c.size for c in plan.cohorts if last >= max(c.start_age, plan.start_year - c.birth_year))


def _healthy_years(flows: Flows, losses: Array) -> list[float]:
    """Quality-adjusted years in both worlds."""
    return [float(qaly_gain(-world, losses)) for world in flows.counts]


def _outcome(
    answer: Answer,
    label: Text,
    unit: Unit,
    better: Literal["lower", "higher"],
    worlds: Array,
    error: float,
    persons: float,
) -> Outcome:
    """Summarise one outcome; ``worlds[draw, (baseline, scenario)]``."""
    differences = worlds[:, 1] - worlds[:, 0]
    low, high = map(float, np.percentile(differences, [LOW, HIGH])) if len(answer.flows) > 1 else (None, None)
    return Outcome(
        label=label,
        unit=unit,
        better=better,
        persons=persons,
        baseline=float(worlds[:, 0].mean()),
        scenario=float(worlds[:, 1].mean()),
        difference=float(differences.mean()),
        low=low,
        high=high,
        mc_error=error,
    )


def groups(answer: Answer, names: Sequence[str]) -> dict[str, GroupResult]:
    """Gains of groups formed before anything happened; ``names`` as in the model, the first is everybody."""
    return {name: _group(answer, g, name) for g, name in enumerate(names) if name != "all"}


def _group(answer: Answer, g: int, name: str) -> GroupResult:
    trait, _, level = name.partition(".")
    factor = answer.plan.library.factors[trait]
    label = next(v.label for v in factor.values if v.id == level)
    central = answer.flows[0]

    def net(account_name: str) -> Money:
        values = [
            float((answer.weights(k)[account_name] @ (f.group[g] - f.group_cost[g]) * answer.factors(k)).sum())
            for k, f in enumerate(answer.flows)
        ]
        share = max(central.group_size[g] / max(central.group_size[0], 1.0), 0.0)
        return answer.money(values, answer.mc_error(account_name, avoided=1, cost=-1) * sqrt(share))

    return GroupResult(
        label=Text(sv=f"{factor.label.sv}: {label.sv}", en=f"{factor.label.en}: {label.en}"),
        persons=float(central.group_size[g]),
        participants=float(central.group_participants[g]),
        net_public=net(PUBLIC),
        net_household=net("household"),
        net_society=net(SOCIETY),
        differences={o.id: float(central.group_counts[g, k]) for k, o in enumerate(answer.plan.outcomes)},
    )


def by_year(answer: Answer) -> list[YearRow]:
    """Discounted means by payer and calendar year."""
    rows = []
    for name in answer.weights(0):
        cost, avoided, average, cashable = (
            answer.mean_flow(attrgetter(line), name).tolist() for line in ("cost", "avoided", "average", "cashable")
        )
        running = np.cumsum(np.subtract(avoided, cost)).tolist()
        rows += [
            YearRow(
                year=year,
                payer=name,
                programme_cost=cost[t],
                avoided_cost=avoided[t],
                net=avoided[t] - cost[t],
                cumulative=running[t],
                avoided_average=average[t],
                avoided_cashable=cashable[t],
            )
            for t, year in enumerate(answer.plan.years)
        ]
    return rows


def budget(answer: Answer) -> list[BudgetRow]:
    """Undiscounted budget by calendar year: all who are there at the start, then a new birth cohort every year.

    Later cohorts are copies of the youngest, shifted by a year each: their marginal shares start anew, and real
    growth between cohorts is left out.
    """
    rows = []
    for name in answer.weights(0):
        cost, avoided = np.mean([_budget_flows(answer, k, name) for k in answer.drawn], axis=0)
        rows += [
            BudgetRow(
                year=answer.plan.start_year + t,
                payer=name,
                programme_cost=float(c),
                avoided_cost=float(a),
                net=float(a - c),
            )
            for t, (c, a) in enumerate(zip(cost, avoided, strict=True))
        ]
    return rows


def _budget_flows(answer: Answer, k: int, name: str) -> Array:
    """Cost and avoided cost [2, year] of one account: the starting cohorts once, the youngest again each year."""
    weight, flows = answer.weights(k)[name], answer.flows[k]
    total = stack(np.einsum("p,lpy->ly", weight, flows.newborn), SUCCESSIVE_COHORTS)
    others = np.einsum("p,lpy->ly", weight, np.stack([flows.cost, flows.avoided]) - flows.newborn)
    total[:, : others.shape[1]] += others
    return total


def programmes(
    answer: Answer,
    without: Sequence[Flows] = (),
    unknown: Mapping[tuple[str, int], BreakEvenEffect] = MappingProxyType({}),
    credit: Mapping[str, Credit] = MappingProxyType({}),
) -> list[ProgrammeResult]:
    """Each programme's participants, cost, effects and credit.

    Parameters
    ----------
    without : sequence
        Flows of the package without each programme in turn, at central values; none when they were not run.
    unknown, credit : mapping
        Break-even of unknown effects by programme and place, and credit by programme.
    """
    found, e = [], 0
    weight = np.ones(len(answer.payers))
    for k, offer in enumerate(answer.plan.arms[0]):
        programme, effects = offer.programme, []
        for place, effect in enumerate(programme.effects):
            effects.append(_gap(answer, e, effect, unknown.get((programme.id, place))))
            e += 1
        found.append(
            ProgrammeResult(
                id=programme.id,
                label=Text(sv=programme.label.sv, en=programme.label.en),
                participants=float(np.mean([answer.flows[d].participants[k] for d in answer.drawn])),
                cost=answer.money([float(weight @ f.programme_cost[k]) for f in answer.flows], _cost_error(answer, k)),
                net_public=_contribution(answer, without[k], PUBLIC) if without else None,
                net_society=_contribution(answer, without[k], SOCIETY) if without else None,
                effects=effects,
                credit=credit.get(programme.id),
            )
        )
    return found


def _cost_error(answer: Answer, k: int) -> float:
    """Monte Carlo error of one programme's cost."""
    columns = [batches[:, k] for batches in answer.flows[0].programme_batches if len(batches) > 1]
    return sqrt(sum(len(values) * float(values.var(ddof=1)) for values in columns))


def _contribution(answer: Answer, without: Flows, name: str) -> Money:
    """Net of the package less its net without one programme, at central values."""
    weight, factors, whole = answer.weights(0)[name], answer.factors(0), answer.flows[0]
    net = float((weight @ (_net(whole) - _net(without)) * factors).sum())
    variance = 0.0
    for mine, other in zip(whole.batches, without.batches, strict=True):
        values = (mine[:, 1] - mine[:, 0] - other[:, 1] + other[:, 0]) @ weight
        variance += len(values) * values.var(ddof=1) if len(values) > 1 else 0.0
    return Money(mean=net, low=None, high=None, mc_error=sqrt(variance))


def _gap(answer: Answer, e: int, effect: Effect, break_even: BreakEvenEffect | None) -> EffectGap:
    """The published gap at follow-up, after shrinkage, and the one that the central evaluation produced."""
    year = follow_up_year(effect.months or 12)
    published = answer.flows[0].wanted_gaps[e]
    n, baseline, arm = answer.flows[0].followed[e, year]
    label = answer.plan.library.factors[effect.on.partition(".")[0]].label
    return EffectGap(
        on=effect.on,
        label=Text(sv=label.sv, en=label.en),
        published_gap=None if isnan(published) else -published,
        simulated_gap=float((arm - baseline) / n) if n else 0.0,
        break_even=break_even,
    )


def answer_of(plan: Plan, evaluations: Sequence[Evaluation], values: Sequence[Callable]) -> Answer:
    """Put the evaluations of the first arm together with the values they were made with."""
    preset, rule = plan.preset, plan.library.economy.equalisation
    return Answer(
        plan=plan,
        flows=[e.flows[0] for e in evaluations],
        rates=[v(preset.discount_rate) for v in values],
        tax_factors=[v(preset.tax_factor) for v in values],
        returned_shares=[v(rule.returned_share) for v in values],
        losses=[_losses(plan, v) for v in values],
    )


def _losses(plan: Plan, value: Callable[[Number], float]) -> Array:
    """Loss of quality of life in a counted person-year of each outcome; a year lived counts as a gain of 1."""
    return np.array(
        [-1.0 if o.id == LIVED.id else value(o.quality_loss) if o.quality_loss else 0.0 for o in plan.outcomes]
    )
