"""Uncertain numbers in few groups, each moved by one standard normal score: the inputs of sensitivity analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livsbana.parameters.library import Library
from livsbana.parameters.schema import Number
from livsbana.population.cohorts import share_persons
from livsbana.runs.document import Text
from livsbana.runs.evaluate import evaluate, prepare, price
from livsbana.runs.plan import Plan
from livsbana.uncertainty.belief import some_cohorts
from livsbana.uncertainty.draws import STANDARD, is_ratio, quantile

Stage = Literal["money", "programme", "model"]
MONEY, PROGRAMME, MODEL = "money", "programme", "model"
STAGES: tuple[Stage, ...] = (MONEY, PROGRAMME, MODEL)
FEW_PERSONS, FEW_CALIBRATION = 300, 1_000
DOMAINS = {
    "background": ("bakgrund", "background"),
    "crime": ("brott", "crime"),
    "early_childhood": ("graviditet och tidig barndom", "pregnancy and early childhood"),
    "family": ("familj", "family"),
    "health": ("hälsa", "health"),
    "school": ("skola", "school"),
    "social_services": ("socialtjänst", "social services"),
    "substance_use": ("alkohol och droger", "alcohol and drugs"),
    "transition": ("väg till arbete", "into work"),
    "work": ("arbete", "work"),
}
ACCOUNTS = {
    "health_care": ("vård", "health care"),
    "income_support": ("ersättningar och arbetsmarknad", "income support and labour market"),
    "justice": ("rättsväsende", "justice"),
    "school": ("skola", "school"),
    "social_services": ("socialtjänst", "social services"),
    "victims": ("brottsoffer", "victims"),
}
JOINED = {"pregnancy": "early_childhood", "labour_market": "income_support"}  # few numbers of their own
MOVING = "residence"
NAMED = {
    "moving": ("Flyttningar", "Moves between places"),
    "peers": ("Kamraters påverkan", "Influence of peers"),
    "durations": ("Hur länge det varar", "How long states last"),
    "liabilities": ("Arv och familj", "Liabilities and family"),
    "effects": ("Insatsernas effekter", "Effects of the programmes"),
    "fade": ("Avklingning", "Fade of effects"),
    "shrinkage": ("Krympning i svensk vardag", "Shrinkage in Swedish practice"),
    "reach": ("Deltagande", "Uptake and completion"),
    "deadweight": ("Dödvikt", "Deadweight"),
    "programme_cost": ("Insatsernas kostnad", "Cost of the programmes"),
    "marginal_shares": ("Rörlig del av kostnader", "Marginal shares of costs"),
    "taxes": ("Skatt och utjämning", "Taxes and equalisation"),
    "earnings": ("Löner", "Earnings"),
    "growth": ("Tillväxt och prisnivå", "Growth and price level"),
    "other": ("Övrigt", "Other"),
}
ECONOMY = {"earnings": "earnings", "growth": "growth", "index": "growth", "presets": "growth"}
PROGRAMMES = {
    "effects": "effects",
    "fade": "fade",
    "uptake": "reach",
    "completion": "reach",
    "deadweight": "deadweight",
    "cost": "programme_cost",
}
OF_MONEY = ("programme_cost", "marginal_shares", "taxes", "earnings", "growth")
OF_PROGRAMMES = ("effects", "fade", "shrinkage", "reach", "deadweight")


@dataclass(frozen=True)
class InputGroup:
    """Numbers that one score moves, each through its own distribution.

    ``stage`` says what must be made anew when the score changes: the model (calibration and simulation), what
    programmes do (simulation), or money only.
    """

    id: str
    label: Text
    stage: Stage
    numbers: tuple[Number, ...]


class GroupedValue:
    """Values of all numbers at one score for each group; call it with a Number.

    A score moves every number of its group to the same quantile of its own distribution, an odds ratio below 1
    to the opposite one: a positive score is a stronger link whatever its direction. A group at score 0, and a
    number in no group, is held at its central value (which for a skewed share is its mean, not its median).
    """

    def __init__(self, groups: Sequence[InputGroup], scores: Sequence[float] | NDArray[np.float64]) -> None:
        moved = [(g, float(z)) for g, z in zip(groups, scores, strict=True) if z != 0.0]
        self._score = {id(n): z for g, z in moved for n in g.numbers}
        self._values: dict[int, tuple[Number, float]] = {}  # the number too, so that no other gets its identity

    def __call__(self, number: Number) -> float:
        """Give the value of a number."""
        known = self._values.get(id(number))
        if known is None:
            known = self._values[id(number)] = number, self._value(number)
        return known[1]

    def _value(self, number: Number) -> float:
        score = self._score.get(id(number))
        if score is None:
            return number.value
        towards = -1.0 if is_ratio(number) and number.value < 1 else 1.0
        return quantile(number, STANDARD.cdf(towards * score))


class _Used:
    """Central values, remembering the uncertain numbers that were asked for, in order."""

    def __init__(self) -> None:
        self.numbers: dict[int, Number] = {}

    def __call__(self, number: Number) -> float:
        if number.low is not None and number.low != number.high and number.dist != "fixed":
            self.numbers[id(number)] = number
        return number.value


def input_groups(plan: Plan) -> list[InputGroup]:
    """The groups of the uncertain numbers that move the money of a plan: of money, of programmes, of the model.

    Which numbers those are is found by evaluating the plan on few persons; what is used nowhere, such as the
    cost of a programme that is not offered, is in no group. Shares that are cashable or after 65 move neither
    net nor cost, and are left out.
    """
    used = _Used()
    few = fewer(plan, FEW_PERSONS)
    prepared = prepare(few, used, persons=FEW_CALIBRATION)
    evaluate(few, used, prepared, price(few, used), details=False)
    members: dict[str, list[Number]] = {}
    for number in used.numbers.values():
        name = group_of(plan.library, plan.library.address.get(id(number), "other"))
        if name is not None:
            members.setdefault(name, []).append(number)
    found = [InputGroup(name, label_of(name), stage_of(name), tuple(n)) for name, n in members.items()]
    return sorted(found, key=lambda g: (STAGES.index(g.stage), g.id))


def fewer(plan: Plan, persons: int) -> Plan:
    """The plan with some of its cohorts, scaled up to the size of all, in one batch."""
    cohorts = some_cohorts(plan.cohorts)
    return replace(plan, cohorts=tuple(cohorts), persons=tuple(share_persons(cohorts, persons)), batches=1)


def group_of(library: Library, address: str) -> str | None:
    """The group of a number by its address; None for what enters neither net nor cost."""
    kind, _, rest = address.partition("/")
    name, _, field = rest.partition("/")
    if kind == "edge":
        receiver = name.partition(">")[2].partition(".")[0]
        return "peers" if ":cell" in name else _of_domain("links", library.domain_of[receiver])
    if kind == "factor":
        return _factor_group(library, name, field)
    if kind == "programme":
        return PROGRAMMES.get(field.partition("/")[0], "other")
    if kind == "unit_cost":
        return _cost_group(library, name, field)
    if kind == "economy":
        return ECONOMY.get(name, "taxes")
    return "shrinkage" if address in _shrinkage(library) else "other"


def _factor_group(library: Library, name: str, field: str) -> str | None:
    if field == "quality_of_life":
        return None
    if field.startswith(("remission", "persistence")) or field.endswith("stay"):
        return "durations"
    if field.startswith(("correlates", "family_share")):
        return "liabilities"
    return _of_domain("levels", library.domain_of[name])


def _of_domain(kind: str, domain: str) -> str:
    return "moving" if domain == MOVING else f"{kind}_{JOINED.get(domain, domain)}"


def _cost_group(library: Library, name: str, field: str) -> str | None:
    if field in ("cashable", "beyond_65"):
        return None
    if field.startswith("marginal"):
        return "marginal_shares"
    account = library.unit_costs[name].account
    return "taxes" if field == "taxable" else f"cost_{JOINED.get(account, account)}"


def _shrinkage(library: Library) -> set[str]:
    return {library.address[id(n)] for n in library.shrinkage.values()}


def stage_of(name: str) -> Stage:
    """What must be made anew when the group's score changes."""
    if name in OF_MONEY or name.startswith("cost_"):
        return MONEY
    return PROGRAMME if name in OF_PROGRAMMES else MODEL


def label_of(name: str) -> Text:
    """What a group is called."""
    if name in NAMED:
        sv, en = NAMED[name]
        return Text(sv=sv, en=en)
    kind, _, where = name.partition("_")
    sv, en = (ACCOUNTS if kind == "cost" else DOMAINS).get(where, (where, where))
    heads = {
        "links": ("Orsaker till", "Causes of"),
        "levels": ("Nivåer", "Levels"),
        "cost": ("Styckkostnad", "Unit costs"),
    }
    return Text(sv=f"{heads[kind][0]}: {sv}", en=f"{heads[kind][1]}: {en}")


def by_stage(groups: Sequence[InputGroup]) -> Mapping[Stage, tuple[int, ...]]:
    """Positions of the groups of each stage."""
    return {stage: tuple(k for k, g in enumerate(groups) if g.stage == stage) for stage in STAGES}
