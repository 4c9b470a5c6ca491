"""Value of information of a scenario: draws of its groups, choices of its payers, and the document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livsbana.lifecourse.compile import Fit
from livsbana.parameters.library import Library
from livsbana.runs.document import PUBLIC, SOCIETY, Text
from livsbana.runs.plan import Plan, make_plan
from livsbana.scenario.read import Scenario
from livsbana.uncertainty.blocks import BlockFile
from livsbana.uncertainty.evaluated import evaluate_blocks
from livsbana.uncertainty.grouped import COST, NET, GroupedAnswer, design_key
from livsbana.uncertainty.groups import InputGroup, fewer, input_groups
from livsbana.uncertainty.luck import stream
from livsbana.uncertainty.noise import HARDLY, LARGEST_SHARE, NEARLY_ALL, POINTS, noise_by_output, rounded_up
from livsbana.uncertainty.run import Progress
from livsbana.uncertainty.sensitivity_document import Input, Noise
from livsbana.uncertainty.voi import choice_of, decisions_served, fund_or_not, state_options, wait_for
from livsbana.uncertainty.voi_document import Choice, Study, VoiDocument

Floats = NDArray[np.float64]
PAYERS = ("municipality", "region", "state", "employer", "household", "victim", PUBLIC, SOCIETY)
OUTPUTS = (*(NET + name for name in PAYERS), COST, "cost_public", "cost_state")
KINDS = {
    "effects": ("svensk randomiserad prövning", "a Swedish randomised trial"),
    "fade": ("lång uppföljning av en prövning", "a long follow-up of a trial"),
    "shrinkage": ("prövning i ordinarie verksamhet", "a trial in ordinary services"),
    "reach": ("registrering av deltagande", "records of who takes part"),
    "deadweight": ("jämförelse med väntelista", "a comparison with a waiting list"),
    "programme_cost": ("kostnadsuppföljning", "an account of what programmes cost"),
    "marginal_shares": ("studie av hur kostnader följer volym", "a study of how costs follow volume"),
    "links": ("syskon- eller kvasiexperiment i register", "a sibling or natural experiment in registers"),
    "levels": ("registeruttag", "counts from registers"),
    "durations": ("registeruttag om varaktighet", "counts of durations from registers"),
    "cost": ("kostnad per brukare", "cost-per-user accounts"),
}
OTHER_KIND = ("särskild studie", "a study of its own")


def voi_scenario(
    library: Library,
    fit: Fit,
    scenario: Scenario,
    *,
    draws: int,
    persons: int,
    seed: int,
    preset: str,
    population: float | None,
    decision_years: int,
    wait_years: float,
    threads: int,
    out: Path | None,
    fit_is_current: bool,
    progress: Progress,
) -> VoiDocument:
    """What it is worth to know more before deciding on a scenario."""
    plan = fewer(make_plan(library, fit, scenario, persons, seed, preset), persons)
    groups = input_groups(plan)
    names = [g.id for g in groups]
    scores = stream(seed, "voi/scores").standard_normal((draws, len(groups)))
    file = BlockFile(out, design_key(plan, groups, OUTPUTS, ("voi",)))
    points = min(POINTS, draws)
    progress.start(draws + points)
    made: list[GroupedAnswer] = []

    def model(luck: int) -> GroupedAnswer:
        made.append(GroupedAnswer(plan, groups, OUTPUTS, luck))
        return made[-1]

    y = evaluate_blocks({f"draw/{k}": row[None, :] for k, row in enumerate(scores)}, lambda: model(0), file, threads,
                        progress.step, "draws")  # fmt: skip
    again = evaluate_blocks({f"again/{k}": scores[k][None, :] for k in range(points)}, lambda: model(1), file, threads,
                            progress.step, "two seeds")  # fmt: skip
    noise = noise_by_output(y[:points], again, OUTPUTS, sum(plan.persons))
    column = {name: y[:, k] for k, name in enumerate(OUTPUTS)}
    payers = {
        name: choice_of(fund_or_not(column[NET + name]), scores, names, noise[NET + name].share, seed)
        for name in PAYERS
    }
    others = column["cost_public"] - column["cost_state"]
    options = state_options(column[NET + "state"], column[NET + PUBLIC], column["cost_public"], others)
    state = choice_of(options, scores, names, noise[NET + "state"].share, seed)
    rate = plan.preset.discount_rate.value
    asked = plan.size if population is None else population
    decisions = decisions_served(plan.size, _newborn(plan), asked, decision_years, rate)
    seconds: dict[str, float] = {}
    for one in made:
        for stage, spent in one.seconds.items():
            seconds[stage] = round(seconds.get(stage, 0.0) + spent, 3)
    loud = [name for name in OUTPUTS if noise[name].share > LARGEST_SHARE]
    return VoiDocument(
        scenario=scenario.id,
        label=Text(sv=scenario.label.sv, en=scenario.label.en),
        draws=draws,
        persons=sum(plan.persons),
        seed=seed,
        population=asked,
        decision_years=decision_years,
        decisions=decisions,
        inputs={g.id: Input(label=g.label, stage=g.stage, numbers=len(g.numbers)) for g in groups},
        noise=noise,
        payers=payers,
        state_contracts=state,
        wait={name: wait_for(c, wait_years, rate) for name, c in {**payers, "state_contracts": state}.items()},
        studies=studies_of(payers[SOCIETY], groups, decisions),
        warnings=_warnings(loud, noise, fit_is_current),
        seconds=seconds,
    )


def _newborn(plan: Plan) -> float:
    """Persons of the youngest cohort in the full plan: those who come anew each year."""
    full = make_plan(plan.library, plan.fit, plan.scenario, 1_000, plan.seed, plan.preset_name)
    return full.youngest.size


def _warnings(loud: Sequence[str], noise: dict[str, Noise], fit_is_current: bool) -> list[str]:
    said = [] if fit_is_current else ["the stored fit was made from other parameters; run `livsbana calibrate`"]
    if loud:
        needed = rounded_up(max(noise[name].persons_needed for name in loud))
        hardly = HARDLY if max(noise[name].share for name in loud) > NEARLY_ALL else ""
        said.append(
            f"luck of the simulation is more than {LARGEST_SHARE:.0%} of the variance of {', '.join(loud)}; "
            f"EVPI is made smaller for it, EVPPI is blurred by it; --persons {needed} would do{hardly}"
        )
    return said


def studies_of(choice: Choice, groups: Sequence[InputGroup], decisions: float) -> list[Study]:
    """Studies that could change society's choice, the one worth most first; what chance could find is left out."""
    found = []
    for g in groups:
        worth = choice.groups[g.id]
        if worth.evppi > worth.floor:
            sv, en = KINDS.get(g.id) or KINDS.get(g.id.partition("_")[0]) or OTHER_KIND
            found.append(
                Study(
                    group=g.id,
                    label=g.label,
                    kind=Text(sv=sv, en=en),
                    at_most=worth.evppi * decisions,
                    standard_error=worth.standard_error * decisions,
                )
            )
    return sorted(found, key=lambda s: (-s.at_most, s.group))
