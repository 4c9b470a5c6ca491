"""Run one scenario: central values, draws, beliefs, and the document that answers it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter
from typing import Protocol

import numpy as np

from livsbana.ledger.prices import PriceTable
from livsbana.lifecourse.compile import AGES, Fit, compile_model
from livsbana.lifecourse.stored import inputs_hash
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Number
from livsbana.population.traits import LOCAL_COLUMNS
from livsbana.runs import answer as assemble
from livsbana.runs.answer import Answer, answer_of
from livsbana.runs.document import Evidence, Manifest, Place, RunDocument, Text, Timing, UsedNumber
from livsbana.runs.evaluate import Evaluation, Prepared, evaluate, evaluate_at, prepare, price
from livsbana.runs.money import Flows
from livsbana.runs.plan import Plan, make_plan
from livsbana.runs.provenance import parameters_hash, versions
from livsbana.runs.sharing import budgets_of, cost_sharing
from livsbana.scenario.read import Scenario
from livsbana.uncertainty.belief import CAUSAL, EFFECT, beliefs
from livsbana.uncertainty.credit import credit_of_programmes, steps
from livsbana.uncertainty.draws import central, draws_of
from livsbana.uncertainty.unknown import break_even_effects

STALE_FIT = Text(
    sv="Den lagrade anpassningen gjordes med andra parametrar; kör `livsbana calibrate`.",
    en="The stored fit was made from other parameters; run `livsbana calibrate`.",
)
BYTES_A_COUNT = 8


class Progress(Protocol):
    """What a run tells about how far it has come."""

    def start(self, steps: int) -> None:
        """Say how many steps there are."""

    def step(self, what: str) -> None:
        """One step is done."""


class UsedNumbers:
    """The central value of each number, remembering which were used."""

    def __init__(self) -> None:
        self.used: dict[int, Number] = {}

    def __call__(self, number: Number) -> float:
        """Give the central value and remember that it was used."""
        self.used[id(number)] = number
        return number.value

    def shares(self) -> dict[str, float]:
        """Share of the numbers by status."""
        statuses = [n.status for n in self.used.values()]
        return {s: statuses.count(s) / max(len(statuses), 1) for s in ("published", "to_verify", "assumption")}


def run_scenario(
    library: Library,
    fit: Fit,
    scenario: Scenario,
    *,
    persons: int,
    draws: int,
    seed: int,
    preset: str,
    beyond_65: bool,
    threads: int,
    fit_is_current: bool,
    progress: Progress,
    credit: bool = False,
) -> tuple[RunDocument, Answer]:
    """Evaluate a scenario and write its document.

    Parameters
    ----------
    credit : bool
        Whether the package's net is shared between its programmes.

    Returns
    -------
    document, answer
        The document, and the evaluations by draw that it summarises.
    """
    began = perf_counter()
    plan = make_plan(library, fit, scenario, persons, seed, preset)
    used = UsedNumbers()
    values = [used, *draws_of(library, seed, draws)[1:]]
    passes = steps(plan) if credit else 0
    progress.start(1 + passes + len(values) + len(CAUSAL) + len(EFFECT))
    with ThreadPoolExecutor(threads) as pool:
        prepared, prices = prepare(plan, used), price(plan, used)
        first = evaluate(plan, used, prepared, prices, pool)
        progress.step("central values")
        without = leave_one_out(plan, prepared, prices, pool) if draws else ()
        progress.step("each programme")
        unknown = break_even_effects(plan, prepared, prices, pool)
        progress.step("unknown effects")
        shares = credit_of_programmes(plan, prepared, prices, pool, lambda: progress.step("credit")) if credit else {}

        evaluations = [first]
        for value in values[1:]:  # one after the other: threads help inside the kernel only
            evaluations.append(evaluate_at(plan, value, pool))
            progress.step(f"{draws} draws of the parameters")
        answer = answer_of(plan, evaluations, values)
        asked = perf_counter()
        belief = beliefs(plan, answer, pool, lambda: progress.step("what one must believe"))
        believing = perf_counter() - asked
    payers, public, society = assemble.accounts(answer)
    document = RunDocument(
        scenario=scenario.id,
        label=Text(sv=scenario.label.sv, en=scenario.label.en),
        place=place_of(plan),
        population=plan.size,
        persons=sum(plan.persons),
        participants=float(np.mean([answer.flows[k].participants.sum() for k in answer.drawn])),
        draws=draws,
        price_year=library.economy.price_year,
        preset=preset,
        discount_rate=plan.preset.discount_rate.value,
        tax_factor=plan.preset.tax_factor.value,
        start_year=plan.start_year,
        horizon_years=len(plan.years),
        payers=payers,
        public=public,
        society=society,
        per_participant=assemble.per_participant(answer),
        mvpf=assemble.value_of_public_funds(answer),
        **assemble.ratios(answer),
        cost_sharing=cost_sharing(budgets_of(answer)),
        municipal_tax=assemble.municipal_tax(answer),
        beyond_65=assemble.beyond(answer) if beyond_65 else None,
        outcomes=assemble.outcomes(answer),
        groups=assemble.groups(answer, _groups(plan)),
        by_year=assemble.by_year(answer),
        budget_impact=assemble.budget(answer),
        break_even_belief=belief,
        programmes=assemble.programmes(answer, without, unknown, shares),
        evidence=evidence_of(used, library),
        warnings=[] if fit_is_current else [STALE_FIT],
        timing=_timing(evaluations, believing, perf_counter() - began),
        manifest=manifest_of(library, seed, threads),
    )
    return document, answer


def leave_one_out(
    plan: Plan, prepared: Prepared, prices: Sequence[PriceTable], pool: ThreadPoolExecutor
) -> tuple[Flows, ...]:
    """Flows of the package without each programme in turn, all in one pass; none for a single programme."""
    offers = plan.arms[0]
    if len(offers) < 2:
        return ()
    arms = tuple(tuple(o for o in offers if o is not left) for left in offers)
    return evaluate(replace(plan, arms=arms), central, prepared, prices, pool).flows


def memory_bytes(plan: Plan, threads: int) -> int:
    """Largest memory of the counts, which does not depend on the number of persons."""
    groups = len(_groups(plan))
    counts = (len(plan.arms) + 1) * AGES * len(plan.specs) * 3 * BYTES_A_COUNT
    return counts * (groups * (threads + 2) + 2 * plan.batches + 2)


def _groups(plan: Plan) -> tuple[str, ...]:
    return compile_model(plan.library, central, plan.fit, ()).groups


def place_of(plan: Plan) -> Place:
    """Where the scenario plays, and which factors have local levels."""
    if plan.place is None:
        return Place(name="Sweden", municipalities=[], local_targets=[])
    local = [
        f.id
        for f in plan.library.factors.values()
        if f.targets != "none" and any(t.local and plan.place.profile.get(t.local) is not None for t in f.targets)
    ]
    shares = sorted(
        {trait for (trait, _), column in LOCAL_COLUMNS.items() if plan.place.profile.get(column) is not None}
    )
    return Place(name=plan.place.name, municipalities=[plan.place.code], local_targets=[*shares, *local])


def evidence_of(used: UsedNumbers, library: Library) -> Evidence:
    """All numbers that were used, with their sources, and their shares by status."""
    note = Text(
        sv=f"{len(used.used)} tal användes. Antaganden dras tillsammans, som gissningar av få personer. Effekter och "
        "orsakssamband vilar mest på bedömningar som stöds av syskonstudier och försök.",
        en=f"{len(used.used)} numbers were used. Assumptions are drawn jointly, as guesses of few minds. "
        "Effects and causal links rest mostly on judgement informed by sibling studies and trials.",
    )
    fields = {"value", "unit", "low", "high", "status", "source", "why"}
    numbers = [
        UsedNumber(address=library.address.get(key, f"scenario/{k}"), **number.model_dump(include=fields))
        for k, (key, number) in enumerate(used.used.items())
    ]
    numbers.sort(key=lambda number: number.address)
    sources = {n.source: library.sources[n.source].citation for n in numbers if n.source in library.sources}
    return Evidence(**used.shares(), note=note, numbers=numbers, sources=dict(sorted(sources.items())))


def _timing(evaluations: list[Evaluation], believing: float, total: float) -> Timing:
    stages: dict[str, float] = {}
    for e in evaluations:
        for stage, seconds in e.seconds.items():
            stages[stage] = stages.get(stage, 0.0) + seconds
    return Timing(
        person_years=sum(e.person_years for e in evaluations),
        seconds=stages.get("simulate", 0.0),
        stages={k: round(v, 4) for k, v in {**stages, "believe": believing, "total": total}.items()},
    )


def manifest_of(library: Library, seed: int, threads: int) -> Manifest:
    """Say what made an answer."""
    return Manifest(
        seed=seed,
        threads=threads,
        versions=versions(),
        hashes={"parameters": parameters_hash(library.root), "fitted_inputs": inputs_hash(library)},
    )
