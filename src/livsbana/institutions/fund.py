"""Run a fund and write its document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from livsbana.institutions.budget import OUTCOME_ROW, budget_lines, cost_lines, outcome_lines, totals
from livsbana.institutions.cautions import fund_cautions
from livsbana.institutions.document import (
    Budget,
    Exceedance,
    FundDocument,
    Half,
    Happening,
    Idle,
    Payments,
    Phase,
    Returns,
    Rule,
)
from livsbana.institutions.model import FundModel
from livsbana.institutions.reach import PAYERS, Pairs, Reach, reach_of_contract
from livsbana.institutions.read import LEVELS, Fund
from livsbana.parameters.schema import Label
from livsbana.pricing.contracts.document import Fact, Text
from livsbana.pricing.contracts.risk import spread
from livsbana.uncertainty.luck import FloatArray

MILLION = 1e6
LEVEL_OF_RISK = 0.95
PAYABLE = "as many of the best as the frame can pay in full"
OVERCOMMITTED = 1.3
SUCCESS = 0.5
HALF_YEAR = 6


def run_fund(fund: Fund, replicates: int, seed: int, engine: Mapping[str, Pairs]) -> FundDocument:
    """Simulate a fund in many possible worlds.

    Parameters
    ----------
    engine
        Level and effect of the contract's simulated outcomes, if it has any.
    """
    reach = reach_of_contract(fund, replicates, seed, engine) if fund.contract else None
    model = FundModel(fund, reach, replicates, seed)
    avoided = model.run() / MILLION
    file = fund.file
    frame = file.frame.value / MILLION
    paid = {year: amount / MILLION for year, amount in model.delegation.ledger.items()}
    total = np.sum(list(paid.values()), axis=0)
    whole = _whole_budget(fund, model, paid)
    risk = float(np.percentile(total, 100 * LEVEL_OF_RISK))
    budget = budget_of(fund)
    payers = _payers(model, avoided, np.sum(list(whole.values()), axis=0))
    numbers = list(fund.origins.numbers.values()) + (fund.contract.numbers() if fund.contract else [])
    statuses = [n.status for n in numbers]
    document = FundDocument(
        fund=file.fund,
        label=_text(file.label),
        description=file.description,
        unit="MSEK",
        replicates=replicates,
        seed=seed,
        frame=frame,
        funders={name: share.value for name, share in file.funders.items()},
        phases=_phases(fund),
        budget=budget,
        payments=Payments(
            total=spread(total),
            present_value=spread(_present(fund, paid)),
            percentiles=[float(q) for q in np.percentile(total, range(101))],
            years={str(y): spread(v) for y, v in paid.items()},
            whole_budget={str(y): spread(v) for y, v in whole.items()},
            whole_total=spread(np.sum(list(whole.values()), axis=0)),
        ),
        exceedance=_exceedance(total, frame, paid, budget.outcome_years),
        idle=_idle(total, frame),
        value_at_risk=risk,
        expected_shortfall=float(total[total >= risk].mean()),
        rules=_rules(fund, model, reach, total, replicates, seed),
        payers=payers,
        state_per_krona={
            "outcome_payments": _ratio(avoided[PAYERS.index("state")], total * _funded(fund, "state")),
            "whole_fund": _ratio(
                avoided[PAYERS.index("state")], np.sum(list(whole.values()), axis=0) * _funded(fund, "state")
            ),
        },
        happening=_happening(fund, model),
        course=_course(model),
        status={s: statuses.count(s) for s in ("published", "to_verify", "assumption")},
        facts=[Fact(fact=f.fact, source=f.source, status=f.status) for f in file.facts],
        sources={**file.sources, **(fund.contract.file.sources if fund.contract else {})},
        cautions=[],
    )
    return document.model_copy(update={"cautions": fund_cautions(fund, document)})


def budget_of(fund: Fund) -> Budget:
    """The budget that the phases' parameters imply, MSEK."""
    lines = budget_lines(fund)

    def msek(found: Mapping[str, object]) -> dict[str, float]:
        return {name: float(amount) / MILLION for name, amount in found.items()}  # pyright: ignore[reportArgumentType]

    years = [str(y) for y in fund.years]
    by_year = msek(totals(lines, "year"))
    levels = {level: msek(totals([x for x in lines if x.level == level], "year")) for level in LEVELS}
    outcomes = msek(totals(outcome_lines(fund, fund.file.pilots), "year"))
    by_row = msek(totals(lines, "row"))
    return Budget(
        years={y: by_year.get(y, 0.0) for y in years},
        total=float(sum(x.amount for x in lines)) / MILLION,
        by_level=msek(totals(lines, "level")),
        by_row=by_row,
        by_level_and_year={level: {y: found.get(y, 0.0) for y in years} for level, found in levels.items()},
        outcome_payments=by_row[OUTCOME_ROW],
        outcome_years={y: outcomes.get(y, 0.0) for y in years},
    )


def _whole_budget(fund: Fund, model: FundModel, paid: Mapping[int, FloatArray]) -> dict[int, FloatArray]:
    """All that the fund costs by year, with as many pilots as run."""
    whole = {year: amount.copy() for year, amount in paid.items()}
    for line in cost_lines(fund, 0):
        per_pilot = float(line.per_pilot) * model.running_in_year[line.year]
        whole[line.year] = whole[line.year] + (float(line.amount) + per_pilot) / MILLION
    return whole


def _exceedance(
    total: FloatArray, frame: float, paid: Mapping[int, FloatArray], plan: Mapping[str, float]
) -> Exceedance:
    """How often and by how much payments lie above the frame."""
    above = np.maximum(total - frame, 0.0)
    hit = above > 0
    return Exceedance(
        probability=float(hit.mean()),
        mean_when_exceeded=float(above[hit].mean()) if hit.any() else 0.0,
        expected=float(above.mean()),
        years={str(year): float(np.mean(amount > plan[str(year)])) for year, amount in paid.items()},
    )


def _idle(total: FloatArray, frame: float) -> Idle:
    """How much of the frame nobody earns."""
    left = np.maximum(frame - total, 0.0)
    return Idle(
        expected=float(left.mean()),
        share=float(left.mean() / frame),
        probability_quarter=float(np.mean(left > frame / 4)),
        probability_half=float(np.mean(left > frame / 2)),
    )


def _rules(
    fund: Fund, model: FundModel, reach: Reach | None, total: FloatArray, replicates: int, seed: int
) -> list[Rule]:
    """The fund's own rule beside others, in the same worlds."""
    file = fund.file
    frame = file.frame.value / MILLION
    best = (f"the {file.pilots} best, whatever they cost", False, 1.0, file.pilots)
    own = f"as the file says: the {file.pilots} best" + (" within the frame" if file.rules.within_frame else "")
    found = [_rule(own, model, total, frame)]
    others = [best] if file.rules.within_frame else []
    others += [
        (PAYABLE, True, 1.0, file.applicants),
        (f"promised {OVERCOMMITTED:g} times the frame", True, OVERCOMMITTED, file.applicants),
    ]
    for name, within, overcommit, pilots in others:
        number = file.rules.overcommit.model_copy(update={"value": overcommit})
        rules = file.rules.model_copy(
            update={"within_frame": within, "overcommit": number, "analysed": max(file.rules.analysed, pilots)}
        )
        other = FundModel(
            replace(fund, file=file.model_copy(update={"rules": rules, "pilots": pilots})), reach, replicates, seed
        )
        other.run()
        found.append(_rule(name, other, np.sum(list(other.delegation.ledger.values()), axis=0) / MILLION, frame))
    return found


def _rule(name: str, model: FundModel, total: FloatArray, frame: float) -> Rule:
    """Sum up one rule."""
    return Rule(
        rule=name,
        pilots=float(np.mean(np.sum([c.chosen for c in model.constellations], axis=0))),
        payments_mean=float(total.mean()),
        payments_p95=float(np.percentile(total, 100 * LEVEL_OF_RISK)),
        exceedance_probability=float(np.mean(total > frame)),
        idle_share=float(np.maximum(frame - total, 0.0).mean() / frame),
    )


def _payers(model: FundModel, avoided: FloatArray, whole: FloatArray) -> dict[str, Returns]:
    """What each payer lays out, gets from the fund and avoids."""
    found: dict[str, Returns] = {}
    nothing = np.zeros(model.replicates)
    for k, payer in enumerate(PAYERS):
        members = [p for c in model.constellations for p in c.parties if p.role == payer]
        spent = np.sum([p.spent for p in members], axis=0) / MILLION if members else nothing
        received = np.sum([p.received for p in members], axis=0) / MILLION if members else nothing
        laid_out = spent + whole * _funded(model.fund, payer)
        net = avoided[k] + received - laid_out
        found[payer] = Returns(
            avoided=spread(avoided[k]),
            laid_out=spread(laid_out),
            received=spread(received),
            net=spread(net),
            loss_probability=float(np.mean(net < 0)),
        )
    return found


def _funded(fund: Fund, payer: str) -> float:
    """The share of the fund that a payer pays."""
    return next((share.value for name, share in fund.file.funders.items() if name == payer), 0.0)


def _present(fund: Fund, paid: Mapping[int, FloatArray]) -> FloatArray:
    """Payments discounted to the first year at the state's rate."""
    rate = fund.file.discount_rates["state"].value if "state" in fund.file.discount_rates else 0.0
    return np.sum([amount / (1 + rate) ** (year - fund.years[0]) for year, amount in paid.items()], axis=0)


def _ratio(gain: FloatArray, spent: FloatArray) -> float:
    """Mean gain for each krona of mean spending."""
    return float(gain.mean() / spent.mean()) if spent.mean() else 0.0


def _happening(fund: Fund, model: FundModel) -> Happening:
    """What happens on the way."""

    def mean(what: list[FloatArray]) -> float:
        return float(np.mean(np.sum(what, axis=0)))

    tolerated = fund.file.rules.tolerated_loss.value
    successes = mean([(c.chosen & ~c.ended & (c.earned >= SUCCESS)).astype(float) for c in model.constellations])
    return Happening(
        applied=float(fund.file.applicants),
        willing=mean([c.willing(tolerated).astype(float) for c in model.constellations]),
        willing_without_tolerance=mean([c.willing(0.0).astype(float) for c in model.constellations]),
        analysed=float(np.mean(model.analysed.sum(axis=0))),
        pilots=mean([c.chosen.astype(float) for c in model.constellations]),
        ended_early=mean([c.ended.astype(float) for c in model.constellations]),
        successful=successes,
        spread_to=successes * fund.file.rules.spread_per_success.value,
    )


def _course(model: FundModel) -> list[Half]:
    """What Mesa's collector recorded, every half-year and at the end."""
    table = model.records.get_model_vars_dataframe()
    rows = [*range(HALF_YEAR - 1, len(table) - 1, HALF_YEAR), len(table) - 1]
    return [
        Half(
            month=int(table["month"].iloc[r]) + 1,
            running=float(table["running"].iloc[r]),
            ended=float(table["ended"].iloc[r]),
            paid=float(table["paid"].iloc[r]) / MILLION,
        )
        for r in rows
    ]


def _phases(fund: Fund) -> dict[str, Phase]:
    """When phases run."""
    start = fund.calendar.start.month - 1

    def named(month: int) -> str:
        return f"{fund.calendar.year(month)}-{(start + month) % 12 + 1:02d}"

    spans = fund.calendar.spans
    return {
        p.phase: Phase(label=_text(p.label), first=named(spans[p.phase][0]), last=named(spans[p.phase][1] - 1))
        for p in fund.file.phases
    }


def _text(label: Label) -> Text:
    return Text(sv=label.sv, en=label.en)
