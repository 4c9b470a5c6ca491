"""A small library made in code: every kind of factor and every way to read one; and programmes for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

import numpy as np

from livsbana.interventions.offers import FIRST_DECISION
from livsbana.lifecourse.align import align
from livsbana.lifecourse.blocks import birth_tables
from livsbana.lifecourse.compile import AGES, Fit, Model, TallySpec, compile_model
from livsbana.lifecourse.kernel import EFFECT, PROGRAMME, TERM, Birth, Programmes
from livsbana.lifecourse.simulate import CohortCounts
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Condition, Edge, Factor, Number
from livsbana.population.cohorts import Cohort

COHORT = Cohort(birth_year=2026, start_age=0, size=1000.0)
LIFETIME = (0, AGES - 1)


def central(number: Number) -> float:
    return number.value


def num(value: float) -> dict[str, Any]:
    return {"value": value, "unit": "number", "source": "judgement", "status": "assumption", "why": "a test"}


def label(name: str) -> dict[str, str]:
    return {"sv": name, "en": name}


def factor(
    name: str, kind: str, ages: tuple[int, int] | None = None, share: float | None = None, **more: Any
) -> Factor:
    """A factor; ``share`` is its target at all ages, the same for both sexes."""
    given: dict[str, Any] = {"id": name, "kind": kind, "label": label(name), "describes": name, "ages": ages}
    if share is not None and ages is not None:
        how = {"state": "point", "event": "incidence", "milestone": "ever"}[kind]
        given["targets"] = [{"ages": ages, "kind": how, "value": num(share)}]
    elif kind in ("state", "event", "milestone"):
        given |= {"targets": "none", "why_no_target": "a test"}
    return Factor.model_validate(given | more)


def remission(ages: tuple[int, int], value: float) -> list[dict[str, Any]]:
    return [{"ages": ages, "value": num(value)}]


def trait(name: str, shares: Mapping[str, float], family: bool = False) -> Factor:
    values = [{"id": v, "label": label(v), "share": num(s)} for v, s in shares.items()]
    return factor(name, "trait", values=values, shared_in_family=family)


def category(name: str, ages: tuple[int, int], alternatives: Mapping[str, dict[str, Any]]) -> Factor:
    """A category; each alternative may say ``share``, ``ages``, ``stay`` and ``forced_by``; the last is the rest."""
    listed = []
    for key, said in alternatives.items():
        more = dict(said)
        share, stay = more.pop("share", None), more.pop("stay", None)
        entry = {"id": key, "label": label(key), "ages": ages, "rest": key == list(alternatives)[-1]} | more
        if share is not None:
            entry["targets"] = [{"ages": entry["ages"], "kind": "stock", "value": num(share)}]
        if stay is not None:
            entry["stay"] = num(stay)
        listed.append(entry)
    return factor(name, "category", ages, alternatives=listed)


def edge(source: str, target: str, ages: tuple[int, int], causal: float, **more: Any) -> Edge:
    told = {"from": source, "to": target, "ages": ages, "causal": num(causal), "estimand": "toy_card"}
    return Edge.model_validate({**told, **more})


@dataclass(frozen=True)
class Shelf:
    """The part of a library that the life course reads."""

    factors: dict[str, Factor]
    edges: tuple[Edge, ...]
    life_table: np.ndarray


SEX = trait("sex", {"female": 0.49, "male": 0.51})


def shelf(*factors: Factor, edges: Sequence[Edge] = (), life_table: np.ndarray | None = None) -> Library:
    """A library of these factors; without a life table one person in a thousand dies each year."""
    if life_table is None:
        life_table = np.full((101, 2), 0.001)
    return cast("Library", Shelf({f.id: f for f in (SEX, *factors)}, tuple(edges), life_table))


def toy_library() -> Library:
    """Every kind of factor, every way to read one."""
    return shelf(
        trait("education", {"low": 0.3, "high": 0.7}, family=True),
        factor("drive", "liability", family_share=num(0.5)),
        factor("calm", "liability", family_share=num(0.4), correlates={"drive": num(0.3)}),
        factor("death", "death", LIFETIME),
        category(
            "residence",
            LIFETIME,
            {p: {"share": s, "stay": 0.9} for p, s in {"region": 0.2, "sweden": 0.15, "abroad": 0.1}.items()}
            | {"home": {"stay": 0.9}},
        ),
        factor("trouble", "state", (3, 17), 0.15, remission=remission((3, 17), 0.4), duration=3),
        factor("care", "state", (0, 12), 0.05, remission=remission((0, 12), 0.3)),
        factor("crime", "state", (12, 65), 0.08, remission=remission((12, 65), 0.5)),
        factor("caught", "event", (13, 65), 0.03, requires={"factor": "crime"}),
        factor(
            "prison", "state", (15, 65), 0.01, remission=remission((15, 65), 0.6), duration=3,
            requires={"factor": "caught", "reads": "ever"},
        ),
        factor("exam", "milestone", (16, 16), 0.8),
        category(
            "activity",
            (16, 65),
            {
                "school": {"ages": (16, 25), "share": 0.3, "stay": 0.6},
                "work": {"share": 0.5, "stay": 0.85},
                "prison": {"forced_by": "prison"},
                "other": {"stay": 0.7},
            },
        ),
        edges=[
            edge("trouble", "crime", (12, 18), 2.0),
            edge("trouble", "crime", (12, 17), 0.7, acts_on="remission", reads="this_year"),
            edge("trouble", "caught", (15, 40), 1.8, reads="at_age", age=9),
            edge("trouble", "exam", (16, 16), 0.3, reads="ever"),
            edge("trouble", "trouble", (4, 17), 3.0, via="cell"),
            edge("crime", "crime", (13, 30), 0.5, acts_on="remission", via="cell"),
            edge("crime", "trouble", (14, 17), 2.5),
            edge("care", "trouble", (3, 12), 1.5),
            edge("trouble", "care", (4, 12), 0.8, acts_on="remission"),
            edge("caught", "activity.work", (16, 65), 0.4, acts_on="weight", reads="within_n_years", years=5),
            edge("exam", "activity.work", (17, 65), 2.2, acts_on="weight"),
            edge("activity.work", "crime", (18, 65), 1.6, acts_on="remission"),
            edge("prison", "death", (16, 65), 1.9),
            edge("education.low", "care", (0, 12), 1.7),
        ],
    )  # fmt: skip


TOY_FIT = Fit(
    loadings={
        "trouble": {"drive": 0.8, "calm": -0.3},
        "crime": {"drive": 0.6},
        "death": {"calm": -0.2},
        "activity.work": {"calm": 0.4},
        "residence.abroad": {"drive": 0.2},
    },
    traits={"trouble": {"education.low": 0.5}, "exam": {"education.low": -0.7, "sex.male": -0.2}},
    slopes={"trouble": 0.6, "prison": 0.3},
)


def where(**said: Any) -> Condition:
    return Condition.model_validate({"is" if k == "is_" else "not" if k == "negate" else k: v for k, v in said.items()})


def toy_tallies() -> list[TallySpec]:
    """Conjunctions of every form of condition."""
    return [
        TallySpec(()),
        TallySpec((where(state="trouble"),), (3, 17)),
        TallySpec((where(state="trouble", years=2),), (3, 17)),
        TallySpec((where(state="prison", years=3), where(state="exam", negate=True))),
        TallySpec((where(state="caught"), where(trait="sex", is_=["male"]))),
        TallySpec(
            (where(category="activity", is_=["work", "school"]), where(trait="education", is_=["low"])), (16, 65)
        ),
        TallySpec((where(category="activity", is_=["prison"], negate=True), where(state="exam"))),
    ]


def toy_model(persons: int = 2000) -> Model:
    """The toy, compiled and aligned."""
    library = toy_library()
    return align(compile_model(library, central, TOY_FIT, toy_tallies()), library, central, persons=persons)[0]


def with_rates(
    model: Model, onset: Mapping[str, Any], leave: Mapping[str, Any] | None = None, weights: bool = False
) -> Model:
    """The model with yearly probabilities by row: numbers, or arrays that broadcast to [age, sex].

    With ``weights`` they are a category's weights and stickiness instead.
    """
    tables = model.tables._replace(
        inverse_onset=model.tables.inverse_onset.copy(), leave_odds=model.tables.leave_odds.copy()
    )
    with np.errstate(divide="ignore"):
        for name, rate in onset.items():
            k, inverse = model.row_of[name], 1 / np.asarray(rate, np.float64)
            tables.inverse_onset[:, k] = inverse if weights else inverse - 1
        for name, rate in (leave or {}).items():
            k, inverse = model.row_of[name], 1 / np.asarray(rate, np.float64)
            tables.leave_odds[:, k] = inverse if weights else 1 / (inverse - 1)
    return replace(model, tables=tables)


def birth(model: Model, library: Library, seed: int = 1) -> Birth:
    return birth_tables(model, library, central, COHORT, None, seed)


@dataclass(frozen=True)
class Push:
    """What a programme does to one equation: factors of 1/odds of onset and of the odds of remission."""

    row: str
    onset: float = 1.0
    leave: float = 1.0
    ages: tuple[int, int] = LIFETIME


def set_to(row: str, on: bool, ages: tuple[int, int] = LIFETIME) -> Push:
    """A ``set`` effect: the odds become 0 or infinite."""
    return Push(row, *((0.0, 0.0) if on else (np.inf, np.inf)), ages)


@dataclass(frozen=True)
class Use:
    """One programme in one arm."""

    pushes: tuple[Push, ...]
    arm: int = 1
    ages: tuple[int, int] = (5, 10)
    where: tuple[tuple[str, bool], ...] = ()  # a column of the model, and whether it must be off
    reach: tuple[float, float] = (0.1, 0.6)
    uptake: float = 0.9
    effective: float = 0.7
    luck: int = 0


def programmes(model: Model, *uses: Use, overlap: int = 3) -> Programmes:
    """Programmes as the kernel reads them; effects fade by a tenth a year, and shrink for each further one."""
    program, terms, effects, onset, leave = [], [], [], [], []
    for q, use in enumerate(uses):
        terms += [(model.columns[name], off) for name, off in use.where]
        ends = len(terms) - len(use.where), len(terms)
        program.append((use.arm, *use.ages, FIRST_DECISION + use.luck, *ends, *use.reach, use.uptake, use.effective))
        for push in use.pushes:
            effects.append((q, model.row_of[push.row], *push.ages))
            onset.append(_path(push.onset, overlap))
            leave.append(_path(push.leave, overlap))
    shape = (len(effects), overlap, AGES)
    return Programmes(
        np.array(program, PROGRAMME), np.array(terms, TERM), np.array(effects, EFFECT),
        np.array(onset, np.float32).reshape(shape), np.array(leave, np.float32).reshape(shape),
    )  # fmt: skip


def _path(push: float, overlap: int) -> np.ndarray:
    """A factor by overlap and years since start."""
    if push in (0.0, np.inf):
        return np.full((overlap, AGES), push)
    return np.exp(np.log(push) * 0.3 ** np.arange(overlap)[:, None] * 0.9 ** np.arange(AGES))


TOY_USES = (
    Use(
        (Push("trouble", leave=2.0), Push("crime", onset=1.5)),
        where=(("trouble@last", False), ("residence.home@last", False)),
        luck=0,
    ),
    Use((Push("trouble", leave=1.6, onset=1.2, ages=(6, 15)), set_to("care", False)), ages=(4, 8), luck=1),
    Use((set_to("exam", True), Push("activity.work", onset=0.5)), ages=(12, 15), where=(("sex.male", True),), luck=2),
    Use((Push("trouble", leave=1.3),), arm=2, ages=(3, 3), reach=(0.0, 1.0), luck=3),
)


def digest(counts: CohortCounts) -> str:
    """Hash of all counts, over all batches."""
    found = hashlib.sha256()
    for f in fields(counts):
        value = np.asarray(getattr(counts, f.name))
        found.update((value.sum(axis=0) if f.name in ("by_batch", "started") else value).tobytes())
    return found.hexdigest()
