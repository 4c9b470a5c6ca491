"""Sensitivity of a scenario: its groups, a design over them, and the document."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import livsbana
from livsbana.lifecourse.compile import Fit
from livsbana.parameters.library import Library
from livsbana.runs.document import Text
from livsbana.runs.plan import Plan, make_plan
from livsbana.scenario.read import Scenario
from livsbana.uncertainty.blocks import BlockFile
from livsbana.uncertainty.grouped import GroupedAnswer, check_outputs, design_key
from livsbana.uncertainty.groups import InputGroup, fewer, input_groups
from livsbana.uncertainty.run import Progress
from livsbana.uncertainty.sensitivity import Found, run_design, steps_of
from livsbana.uncertainty.sensitivity_document import Input, Method, SobolDocument, SobolMeta
from livsbana.uncertainty.sobol import make_design

PACKAGES = ("numpy", "scipy", "numba", "SALib")


def sobol_scenario(
    library: Library,
    fit: Fit,
    scenario: Scenario,
    *,
    outputs: Sequence[str],
    n: int,
    method: Method,
    second: bool,
    persons: int,
    seed: int,
    preset: str,
    threads: int,
    out: Path | None,
    fit_is_current: bool,
    progress: Progress,
) -> SobolDocument:
    """Which groups of numbers the outputs of a scenario hang on.

    Raises
    ------
    InputError
        For an output that there is not, a design that cannot work, or too few persons.
    """
    plan = fewer(make_plan(library, fit, scenario, persons, seed, preset), persons)
    asked = check_outputs(plan, outputs)
    groups = input_groups(plan)
    design = make_design(method, [g.id for g in groups], n, seed, second)
    key = design_key(plan, groups, asked, (n, method, second))
    progress.start(steps_of(design))
    made: list[GroupedAnswer] = []

    def model(luck: int) -> GroupedAnswer:
        made.append(GroupedAnswer(plan, groups, asked, luck))
        return made[-1]

    found = run_design(design, asked, model, sum(plan.persons), BlockFile(out, key), threads, progress.step)
    seconds: dict[str, float] = {}
    for one in made:
        for stage, spent in one.seconds.items():
            seconds[stage] = round(seconds.get(stage, 0.0) + spent, 3)
    warnings = [] if fit_is_current else ["the stored fit was made from other parameters; run `livsbana calibrate`"]
    return document_of(found, plan, groups, warnings, seconds)


def document_of(
    found: Found, plan: Plan, groups: Sequence[InputGroup], warnings: Sequence[str], seconds: dict[str, float]
) -> SobolDocument:
    """Write down what a design found about a plan."""
    design, label = found.design, plan.scenario.label
    meta = SobolMeta(
        scenario=plan.scenario.id,
        label=Text(sv=label.sv, en=label.en),
        method=design.method,
        n=design.n,
        second_order=design.second,
        seed=design.seed,
        persons=sum(plan.persons),
        cohorts=len(plan.cohorts),
        evaluations=len(design.unit),
        inputs={g.id: Input(label=g.label, stage=g.stage, numbers=len(g.numbers)) for g in groups},
        spread=found.spread,
        noise=found.noise,
        ties={name: found.ties(name) for name in found.outputs},
        convergence=found.convergence,
        warnings=[*warnings, *found.warnings()],
        seconds=seconds,
        versions={"livsbana": livsbana.__version__, **{name: version(name) for name in PACKAGES}},
    )
    return SobolDocument(meta=meta, **found.indices)
