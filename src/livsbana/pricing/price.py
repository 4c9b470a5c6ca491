"""Price one outcome of a scenario: simulate, value, bound, and write the document that answers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

from livsbana.errors import InputError
from livsbana.ledger.payers import payers_of
from livsbana.lifecourse.compile import Fit, Value
from livsbana.parameters.library import Library
from livsbana.parameters.outcomes import PricedOutcome
from livsbana.parameters.reader import nearest
from livsbana.pricing import parts
from livsbana.pricing.corridor import milestone_price, paid_once
from livsbana.pricing.document import LinkedOutcome, Milestone, PriceDocument
from livsbana.pricing.judgement import Judgement, cautions, judge
from livsbana.pricing.links import causal_probability, overlap
from livsbana.pricing.outcome_value import Values
from livsbana.pricing.terms import Corridor
from livsbana.pricing.worlds import Outcomes, dated, in_time, observe
from livsbana.runs.document import Text, Timing
from livsbana.runs.evaluate import Prepared, prepare, price
from livsbana.runs.plan import Plan, make_plan
from livsbana.runs.sharing import cost_sharing
from livsbana.scenario.read import Scenario
from livsbana.uncertainty.draws import central, draws_of
from livsbana.uncertainty.run import Progress, UsedNumbers, evidence_of, manifest_of, place_of

LINKED_PERSONS = 100_000


def find_outcome(library: Library, name: str) -> PricedOutcome:
    """Look an outcome up by id.

    Raises
    ------
    InputError
        When there is none, with the nearest name.
    """
    found = library.outcomes.get(name)
    if found is None:
        hint = nearest(name, library.outcomes) or f"; known are {', '.join(library.outcomes)}"
        raise InputError(f"no outcome is called `{name}`{hint}", "--outcome")
    return found


@dataclass(frozen=True)
class Asked:
    """One question for a price, and how to work on it."""

    library: Library
    fit: Fit
    scenario: Scenario
    outcome: PricedOutcome
    persons: int
    draws: int
    seed: int
    preset: str
    threads: int
    fit_is_current: bool

    @cached_property
    def whole(self) -> Plan:
        """The scenario for everybody."""
        return make_plan(self.library, self.fit, self.scenario, self.persons, self.seed, self.preset)

    def plan(self, outcome: PricedOutcome, persons: int) -> Plan:
        """The scenario for those whose outcome is open still.

        Raises
        ------
        InputError
            When there are no such persons.
        """
        plan = in_time(self.whole, outcome, persons)
        if not plan.cohorts:
            known = f"at {outcome.ages[1]}" if outcome.ages else "some years after the start, at other ages"
            raise InputError(
                f"nobody in `{self.scenario.id}` can still reach `{outcome.id}`, which is known {known}; "
                "add births or younger residents to its population, or price another outcome"
            )
        return plan

    def few(self, outcome: PricedOutcome) -> Plan:
        """The same with as many persons as a second outcome is worth."""
        return self.plan(outcome, min(self.persons, LINKED_PERSONS))

    def open_still(self, outcome: PricedOutcome) -> bool:
        """Whether anybody can reach an outcome still."""
        return bool(in_time(self.whole, outcome, 1).cohorts)


def price_outcome(asked: Asked, progress: Progress) -> PriceDocument:
    """Value and price one outcome.

    Raises
    ------
    InputError
        When nobody's outcome is open still.
    """
    began, plan, used = perf_counter(), asked.plan(asked.outcome, asked.persons), UsedNumbers()
    draw_values: list[Value] = [used, *draws_of(asked.library, asked.seed, asked.draws)[1:]]
    milestones, linked = _related(asked)
    progress.start(len(draw_values) + len(milestones) + len(linked))
    with ThreadPoolExecutor(asked.threads) as pool:
        prepared = prepare(plan, used)
        found = [observe(plan, used, prepared, price(plan, used), asked.outcome, pool)]
        progress.step("central values")
        for value in draw_values[1:]:
            found.append(observe(plan, value, prepare(plan, value), price(plan, value), asked.outcome, pool))
            progress.step(f"{asked.draws} draws of the parameters")
        corridor = Corridor(_values(plan, asked, found, draw_values), asked.library.price_terms, draw_values)
        said = judge(corridor)
        stages = [_milestone(asked, prepared, m, corridor, progress) for m in milestones]
        related = [_linked(asked, prepared, other, corridor, pool, progress) for other in linked]
    return _document(asked, plan, corridor, said, stages, related, used, perf_counter() - began)


def _values(plan: Plan, asked: Asked, found: Sequence[Outcomes], draw_values: Sequence[Value]) -> Values:
    """Evaluations together with what they are valued with."""
    return Values(
        found=found,
        payers=payers_of(asked.library),
        rates=[v(plan.preset.discount_rate) for v in draw_values],
        tax_factors=[v(plan.preset.tax_factor) for v in draw_values],
    )


def _related(asked: Asked) -> tuple[list[PricedOutcome], list[PricedOutcome]]:
    """Milestones on the way here and outcomes linked to this one that somebody can still reach."""
    every = [o for o in asked.library.outcomes.values() if asked.open_still(o)]
    milestones = [o for o in every if asked.outcome.id in o.leads_to]
    return milestones, [o for o in every if o.id in asked.outcome.linked]


def _milestone(
    asked: Asked, prepared: Prepared, milestone: PricedOutcome, corridor: Corridor, progress: Progress
) -> Milestone:
    """What a milestone causally adds, and its part of the final price."""
    found = causal_probability(asked.few(milestone), prepared, milestone, asked.outcome)
    progress.step(f"milestone {milestone.id}")
    ceiling, rate = corridor.ceiling.per_caused, corridor.values.rates[0]
    worth = None
    if ceiling is not None and found.probability is not None:
        years = asked.outcome.at(0).settled - milestone.at(0).settled
        worth = milestone_price(ceiling.mean, found.probability, central(corridor.terms.leak), years, rate)
    return Milestone(
        id=milestone.id,
        label=Text(sv=milestone.label.sv, en=milestone.label.en),
        paid_at_age=milestone.at(0).settled,
        among=found.among,
        probability=found.probability,
        mc_error=found.mc_error,
        price_per_caused=worth,
    )


def _linked(
    asked: Asked,
    prepared: Prepared,
    other: PricedOutcome,
    corridor: Corridor,
    pool: ThreadPoolExecutor,
    progress: Progress,
) -> LinkedOutcome:
    """Who is flipped in both outcomes, and what is paid when each person is paid for once."""
    plan = asked.few(other)
    found = observe(plan, central, prepared, price(plan, central), other, pool)
    values = _values(plan, asked, [found], [central])
    mine, theirs = corridor.values.value("do", "public"), values.value("do", "public")
    both = overlap(asked.few(asked.outcome), prepared, asked.outcome, other)
    progress.step(f"linked outcome {other.id}")
    paid = None
    if mine is not None and theirs is not None:
        prices = (max(mine.mean, 0.0), max(theirs.mean, 0.0))
        alone = prices[0] * both.first_only + prices[1] * both.other_only
        paid = alone + sum(prices) * both.both, alone + paid_once(prices) * both.both
    return LinkedOutcome(
        id=other.id,
        label=Text(sv=other.label.sv, en=other.label.en),
        value=theirs,
        flipped_in_both=both.both,
        flipped_in_this_only=both.first_only,
        flipped_in_other_only=both.other_only,
        paid_sum=paid[0] if paid else None,
        paid_once=paid[1] if paid else None,
    )


def _document(
    asked: Asked,
    plan: Plan,
    corridor: Corridor,
    said: Judgement,
    milestones: list[Milestone],
    linked: list[LinkedOutcome],
    used: UsedNumbers,
    seconds: float,
) -> PriceDocument:
    """Put the answer together."""
    outcome, values, evidence = asked.outcome, corridor.values, evidence_of(used, plan.library)
    paid_years = [c.birth_year + dated(plan, c, outcome).settled for c in plan.cohorts]
    return PriceDocument(
        scenario=asked.scenario.id,
        label=Text(sv=asked.scenario.label.sv, en=asked.scenario.label.en),
        outcome=parts.priced_thing(outcome),
        place=place_of(plan),
        population=plan.size,
        persons=sum(plan.persons),
        draws=asked.draws,
        price_year=asked.library.economy.price_year,
        preset=asked.preset,
        discount_rate=plan.preset.discount_rate.value,
        tax_factor=plan.preset.tax_factor.value,
        start_year=plan.start_year,
        paid_years=[min(paid_years), max(paid_years)],
        reach=parts.reach(corridor),
        values=parts.all_values(values),
        payers=parts.payers(corridor),
        floor=corridor.floor,
        ceiling=corridor.ceiling,
        verdict=said.verdict,
        reasons=said.reasons,
        state_cap=parts.state_cap(corridor),
        local_participation=parts.local_participation(corridor),
        modes=parts.modes(corridor),
        milestones=milestones,
        linked=linked,
        rate_card=parts.rate_card(corridor, asked.library, outcome),
        cost_sharing=cost_sharing(parts.budgets(corridor, plan, outcome)),
        by_year=parts.by_year(values),
        evidence=evidence,
        cautions=cautions(corridor, plan, outcome, evidence, asked.fit_is_current),
        timing=Timing(
            person_years=sum(found.person_years for found in values.found),
            seconds=seconds,
            stages={"total": round(seconds, 3)},
        ),
        manifest=manifest_of(asked.library, asked.seed, asked.threads),
    )
