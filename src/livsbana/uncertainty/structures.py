"""Other ways to build the model: small named changes to what a run prepares, prices and evaluates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fnmatch import fnmatchcase
from math import exp, log
from pathlib import Path
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field, model_validator

from livsbana.errors import InputError
from livsbana.interventions.offers import Offer
from livsbana.lifecourse.align import CALIBRATION_PERSONS
from livsbana.lifecourse.compile import Fit, Value
from livsbana.parameters.library import Library
from livsbana.parameters.origins import Origins
from livsbana.parameters.reader import nearest, read_document, shown
from livsbana.parameters.scalars import Flag
from livsbana.parameters.schema import Declaration, FadeShape, Identifier, Label, Number, Target
from livsbana.parameters.typed import typed
from livsbana.runs.answer import Answer, answer_of
from livsbana.runs.document import Money, StructureResult, Text
from livsbana.runs.evaluate import Evaluation, evaluate, prepare, price
from livsbana.runs.plan import Plan

FILE = "uncertainty/structures.yaml"
MAIN, ALL = "main", "all"
RATIOS = ("OR", "RR", "HR")
WITH_TREND = ("state", "event", "milestone")
Axis = Literal["main", "confounding", "persistence", "fade", "peers", "trend", "marginal_cost", "horizon"]


class Change(Declaration):
    """Other values of all numbers whose address fits one of ``numbers`` (``*`` stands for anything).

    ``to`` replaces the value, ``power`` raises it (an odds ratio to 0 is 1), ``like`` takes the value of the
    number beside it with this name.
    """

    numbers: Annotated[list[str], Field(min_length=1)]
    to: Number | None = None
    power: Number | None = None
    like: Identifier | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Change:
        if sum(x is not None for x in (self.to, self.power, self.like)) != 1:
            raise ValueError("a change says exactly one of `to`, `power`, `like`")
        return self


class Structure(Declaration):
    """One other way to build the model; what it does not name is as in the model.

    ``slopes`` multiplies how fast remission slows with the length of a spell; ``cohort_trend`` is the yearly
    trend between birth cohorts, log odds, by which period rates are moved; ``confounding: edges`` puts all
    published association on the edges and none in the liabilities.
    """

    id: Identifier
    axis: Axis
    label: Label
    why: str
    changes: Annotated[list[Change], Field(default_factory=list)]
    confounding: Literal["liabilities", "edges"] = "liabilities"
    slopes: Number | None = None
    peers: Flag = True
    fade_shape: FadeShape | None = None
    cohort_trend: Number | None = None
    beyond_65: Flag = False


class StructureFile(Declaration):
    """What stands in ``uncertainty/structures.yaml``."""

    structures: Annotated[list[Structure], Field(min_length=1)]


def read_structures(library: Library) -> dict[str, Structure]:
    """Read and check the structures beside the parameters, by id.

    Raises
    ------
    InputError
        With ``file:line``, when a structure comes twice, changes no number, or names an unknown source.
    """
    path: Path = library.root / FILE
    document = read_document(path)
    declared = typed(StructureFile, document)
    origins, found = Origins(), {}
    origins.add(declared, document, (), "structures")
    for structure in declared.structures:
        if structure.id in found:
            origins.problem(f"`{structure.id}` is declared twice; keep one of them", structure, "id")
        found[structure.id] = structure
        for change in structure.changes:
            _check(library, change, origins)
    for number in origins.numbers.values():
        if number.source != "judgement" and number.source not in library.sources:
            origins.problem(f"unknown source `{number.source}`", number, "source")
    origins.raise_first()
    if MAIN not in found:
        raise InputError(f"one of the structures is `{MAIN}`, the model as it stands", shown(path))
    return found


def _check(library: Library, change: Change, origins: Origins) -> None:
    """A change must find numbers, and what they shall be like."""
    for i, pattern in enumerate(change.numbers):
        addresses = _matching(library, pattern)
        if not addresses:
            origins.problem(f"no number has an address like `{pattern}`", change, "numbers", i)
        for address in addresses if change.like else ():
            if _beside(address, change.like or "") not in library.numbers:
                origins.problem(f"`{address}` has no `{change.like}` beside it", change, "like")
                break


def _matching(library: Library, pattern: str) -> list[str]:
    return [address for address in library.numbers if fnmatchcase(address, pattern)]


def _beside(address: str, name: str) -> str:
    return f"{address.rsplit('/', 1)[0]}/{name}"


def chosen(structures: dict[str, Structure], asked: str) -> list[Structure]:
    """The structures that ``--structures`` names: ``all``, or ids with commas; ``main`` is always the first.

    Raises
    ------
    InputError
        When there is no structure of a name.
    """
    ids = list(structures) if asked == ALL else [name.strip() for name in asked.split(",") if name.strip()]
    for name in ids:
        if name not in structures:
            raise InputError(f"--structures: there is no structure `{name}`{nearest(name, list(structures))}")
    return [structures[name] for name in dict.fromkeys([MAIN, *ids])]


def structured_plan(plan: Plan, structure: Structure) -> Plan:
    """The plan with the structure's fit and the fade of its programmes."""
    loadings = plan.fit.loadings if structure.confounding == "liabilities" else {}
    times = 1.0 if structure.slopes is None else structure.slopes.value
    slopes = plan.fit.slopes if times == 1.0 else {name: x * times for name, x in plan.fit.slopes.items()}
    arms = plan.arms
    if structure.fade_shape is not None:
        arms = tuple(tuple(_faded(offer, structure.fade_shape) for offer in arm) for arm in plan.arms)
    return replace(plan, fit=Fit(loadings, plan.fit.traits, slopes), arms=arms)


def _faded(offer: Offer, shape: FadeShape) -> Offer:
    """The same offer of a programme whose effects fade in another shape; its numbers keep their addresses."""
    fade = offer.programme.fade.model_copy(update={"shape": shape})
    return replace(offer, programme=offer.programme.model_copy(update={"fade": fade}))


def structured_value(library: Library, structure: Structure, value: Value) -> Value:
    """Values as the structure has them, made from others: central ones, or those of a draw."""
    changed: dict[int, Callable[[Number], float]] = {}
    if structure.confounding == "edges":
        changed |= _associations_on_edges(library, value)
    if structure.cohort_trend is not None:
        changed |= _cohort_trend(library, value, structure.cohort_trend.value)
    for change in structure.changes:
        for pattern in change.numbers:
            for address in _matching(library, pattern):
                changed[id(library.numbers[address])] = _changed(library, change, address, value)
    if not changed:
        return value

    def other(number: Number) -> float:
        to = changed.get(id(number))
        return value(number) if to is None else to(number)

    return other


def _changed(library: Library, change: Change, address: str, value: Value) -> Callable[[Number], float]:
    """What becomes of one number."""
    if change.to is not None:
        to = change.to.value
        return lambda _: to
    if change.power is not None:
        power = change.power.value
        return lambda number: value(number) ** power
    like = library.numbers[_beside(address, change.like or "")]
    return lambda _: value(like)


def _associations_on_edges(library: Library, value: Value) -> dict[int, Callable[[Number], float]]:
    """Onset edges that carry the published association of their two factors, as geometric mean where it is many."""
    published: dict[tuple[str, str], list[Number]] = {}
    for a in library.associations:
        if a.measure in RATIOS:
            pair = a.source_factor.partition("@")[0], a.target_factor.partition("@")[0]
            published.setdefault(pair, []).append(a.value)
    changed: dict[int, Callable[[Number], float]] = {}
    for edge in library.edges:
        found = published.get((edge.source_factor, edge.target_factor))
        if found and edge.acts_on == "onset" and edge.via == "own":
            ratio = exp(fmean(log(value(n)) for n in found))
            changed[id(edge.causal)] = lambda _, ratio=ratio: ratio
    return changed


def _cohort_trend(library: Library, value: Value, yearly: float) -> dict[int, Callable[[Number], float]]:
    """Period levels moved in log odds by the age at which they were read; levels of a cohort stay."""
    changed: dict[int, Callable[[Number], float]] = {}
    for factor in library.factors.values():
        targets: Sequence[Target] = factor.targets if factor.kind in WITH_TREND and factor.targets != "none" else ()
        for target in targets:
            if target.basis == "period":
                shift = yearly * max(fmean(target.ages), 0.0)
                changed[id(target.value)] = lambda n, shift=shift: _shifted(value(n), shift)
    return changed


def _shifted(p: float, shift: float) -> float:
    """A probability moved in log odds; certainty stays."""
    if not 0.0 < p < 1.0:
        return p
    odds = p / (1.0 - p) * exp(shift)
    return odds / (1.0 + odds)


def evaluate_structure(
    plan: Plan,
    structure: Structure,
    value: Value,
    pool: ThreadPoolExecutor | None = None,
    persons: int = CALIBRATION_PERSONS,
) -> tuple[Plan, Value, Evaluation]:
    """Calibrate on ``persons`` and evaluate a plan as the structure has it."""
    other, values = structured_plan(plan, structure), structured_value(plan.library, structure, value)
    prepared = prepare(other, values, peers=structure.peers, persons=persons)
    return other, values, evaluate(other, values, prepared, price(other, values), pool)


def structure_result(structure: Structure, answer: Answer) -> StructureResult:
    """The nets of every account in one structure, with their simulation error."""
    label = Text(sv=structure.label.sv, en=structure.label.en)
    nets = {name: _net(answer, name, structure.beyond_65) for name in answer.weights(0)}
    return StructureResult(id=structure.id, axis=structure.axis, label=label, why=structure.why, nets=nets)


def _net(answer: Answer, name: str, beyond_65: bool) -> Money:
    """Net of one account at the first values; with what comes after 65 where the structure counts it."""
    value, signs = answer.present(lambda f: f.avoided - f.cost, name)[0], {"avoided": 1.0, "cost": -1.0}
    if beyond_65:
        value += float(answer.weights(0)[name] @ answer.flows[0].beyond_65)
        signs["beyond_65"] = 1.0
    return Money(mean=value, low=None, high=None, mc_error=answer.mc_error(name, **signs))


def structures_of(
    plan: Plan,
    structures: Sequence[Structure],
    main: Answer,
    value: Value,
    pool: ThreadPoolExecutor,
    tick: Callable[[], None],
) -> list[StructureResult]:
    """The nets under each structure at central values; ``main`` is taken from the run itself.

    Parameters
    ----------
    main
        The run, whose first evaluation was made with ``value``.
    tick
        Called when one structure is done.
    """
    found = []
    for structure in structures:
        if structure.id == MAIN:
            answer = replace(main, flows=main.flows[:1])
        else:
            other, values, evaluation = evaluate_structure(plan, structure, value, pool)
            answer = answer_of(other, [evaluation], [values])
        found.append(structure_result(structure, answer))
        tick()
    return found
