"""What the model says of a logic model: its steps replayed on the pilot's own target group, in every draw.

Each arm is one intervention on everybody in the group, in the start year: a factor set right and held until its
step should show, or a programme of the library. The same persons live on without it, so differences are causal in
the model. Effects that move nothing ride along in every arm, so that each named factor is followed by year.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from livsbana.interventions.convert import follow_up_year
from livsbana.interventions.offers import Offer
from livsbana.interventions.reached import PILOT_PERSONS, reached_groups
from livsbana.ledger.payers import payers_of
from livsbana.lifecourse.compile import Fit, Value
from livsbana.parameters.library import Library
from livsbana.parameters.names import values_of
from livsbana.parameters.number import Number
from livsbana.parameters.schema import Eligible, Label, Programme
from livsbana.pilots.read import Pilot
from livsbana.runs.evaluate import Evaluation, evaluate, prepare, price
from livsbana.runs.plan import Plan, make_plan
from livsbana.scenario.read import Scenario
from livsbana.scenario.schema import PopulationPart
from livsbana.uncertainty.draws import draws_of
from livsbana.valuation.discount import discount_factors

Floats = NDArray[np.float64]

WATCH, PACKAGE = "watched", "package"
YEARS = 40  # that the kernel follows participants
FEWEST = 200  # of them alive and followed, or nothing is said
ALL = {"value": 1.0, "unit": "share", "source": "judgement", "status": "assumption", "why": "Everybody in the group."}
NONE = {**ALL, "value": 0.0}
NO_EFFECT = {"value": 1.0, "unit": "OR", "source": "judgement", "status": "assumption", "why": "It only watches."}
PLAUSIBLE = Number(
    value=0.25,
    unit="share",
    low=0.1,
    high=0.5,
    interval="90",
    dist="lognormal",
    source="judgement",
    status="assumption",
    why="Share of a factor that good work with a target group removes, where neither team nor library says how much.",
)


@dataclass(frozen=True)
class Arm:
    """One intervention on the target group: a factor set right, programmes, or the pilot's programmes together."""

    name: str
    programmes: tuple[Programme, ...]
    sets: str | None


@dataclass(frozen=True)
class Benchmark:
    """What happened in every draw.

    ``watched`` names the rows; ``share[draw, row, year, (without, with)]`` of ``arms`` are shares of the group at the
    end of each year since the start (from 1; index 0 is empty), ``persons[year]`` those followed at central values.
    ``money[arm]`` is SEK avoided a person, [draw, payer, year], undiscounted; ``discount[draw, year]``.
    ``plausible`` is the drawn share of a factor that good work removes.
    """

    arms: tuple[Arm, ...]
    watched: tuple[str, ...]
    share: dict[str, Floats]
    persons: Floats
    money: dict[str, Floats]
    discount: Floats
    plausible: Floats
    payers: dict[str, tuple[int, ...]]
    years: tuple[int, ...]
    simulated: int
    seed: int

    def change(self, arm: str, factor: str, year: int) -> Floats:
        """Change in the share of the group with a factor, float64[draw]."""
        found = self.share[arm][:, self.watched.index(factor), year]
        return found[:, 1] - found[:, 0]

    def level(self, factor: str, year: int) -> Floats:
        """Share of the group with a factor when nothing is done, float64[draw]."""
        return self.share[self.arms[0].name][:, self.watched.index(factor), year, 0]


def year_of(months: int) -> int:
    """Year since the start, from 1, at whose end so many months have passed."""
    return min(follow_up_year(months) + 1, YEARS - 1)


def arms_of(pilot: Pilot, library: Library) -> list[Arm]:
    """Each factor of a logic model set right, then the library's programmes for persons of those ages."""
    links, arms = pilot.file.links, dict[str, Arm]()
    for name in pilot.factors:
        if name not in pilot.programmes:
            held = max((year_of(x.months) for x in links if x.source == name), default=1)
            arms[name] = Arm(name, (_set_right(library, pilot, name, held),), name)
    first, last = pilot.file.target.ages
    for programme in sorted(library.programmes.values(), key=lambda p: p.id):
        if programme.eligible.ages[0] <= last and programme.eligible.ages[1] >= first:
            arms[f"programme/{programme.id}"] = Arm(f"programme/{programme.id}", (_all_take_part(programme),), None)
    ours = [arms[f"programme/{p}"].programmes[0] for p in pilot.programmes.values() if f"programme/{p}" in arms]
    if ours:
        arms[PACKAGE] = Arm(PACKAGE, tuple({p.id: p for p in ours}.values()), None)
    return list(arms.values())


def first_factors(pilot: Pilot) -> list[str]:
    """The factors that a pilot moves directly: those that an activity leads to, or where a chain begins."""
    reached = {link.target for link in pilot.file.links}
    direct = [x.target for x in pilot.file.links if x.source in pilot.programmes]
    begun = [x.source for x in pilot.file.links if x.source not in pilot.programmes and x.source not in reached]
    return list(dict.fromkeys([*direct, *begun]))


def _base(pilot: Pilot, name: str, effects: list[dict[str, object]]) -> Programme:
    """Something that everybody in the target group takes part in, at no cost."""
    return Programme.model_validate(
        {
            "id": name,
            "label": Label(sv=name, en=name),
            "describes": name,
            "level": "selective",
            "eligible": Eligible(ages=pilot.file.target.ages, where=pilot.where),
            "uptake": ALL,
            "completion": ALL,
            "deadweight": NONE,
            "effects": effects,
            "fade": {"h": NONE, "floor": ALL},
            "cost": [],
            "evidence_note": name,
            "estimand": name,
        }
    )


def better_value(library: Library, reference: str) -> int:
    """1 where it is good to have a factor, 0 where it is bad."""
    name, _, part = reference.partition(".")
    factor = library.factors[name]
    known = next((a for a in factor.alternatives if a.id == part), factor)
    assert not part or part in values_of(factor)
    return 1 if known.better == "higher" else 0


def _set_right(library: Library, pilot: Pilot, factor: str, years: int) -> Programme:
    """The factor set to what is good, for everybody, and held so long."""
    effect = {"on": factor, "acts_on": "set", "to": better_value(library, factor), "hold_years": years}
    return _base(pilot, f"set_{factor.replace('.', '_')}", [effect])


def _all_take_part(programme: Programme) -> Programme:
    """A programme of the library to which all who are offered come."""
    return programme.model_copy(update={"uptake": Number.model_validate(ALL)})


def _watch(pilot: Pilot, watched: Sequence[str]) -> Programme:
    """Follow the whole group and change nothing."""
    effect = {"acts_on": "onset", "measure": "OR", "value": NO_EFFECT, "months": 12}
    return _base(pilot, WATCH, [{**effect, "on": name} for name in watched])


def simulate_benchmark(
    pilot: Pilot,
    library: Library,
    fit: Fit,
    persons: int,
    draws: int,
    seed: int,
    threads: int,
    tick: Callable[[str], None] = lambda _: None,
) -> Benchmark:
    """Replay a logic model on its target group, at central values and in every draw.

    Parameters
    ----------
    persons
        Simulated residents of the target's ages; those who do not meet its conditions are simulated in vain.
    draws
        Draws of the parameters; with 0 the central values are the only one.
    threads
        They change no byte.
    tick
        Told that one evaluation is done.
    """
    watched, arms = tuple(pilot.factors), arms_of(pilot, library)
    watch, file = _watch(pilot, watched), pilot.file
    offered: dict[str, Offer] = {}

    def offer(programme: Programme) -> Offer:
        if programme.id not in offered:
            offered[programme.id] = Offer(programme, None, 1.0, 0.0, file.start_year, file.start_year + 1)
        return offered[programme.id]

    packages = [tuple(offer(p) for p in (watch, *arm.programmes)) for arm in arms]
    scenario = Scenario(
        file.pilot,
        Label(sv=file.label, en=file.label),
        "",
        (pilot.place.code,) if pilot.place else (),
        (PopulationPart(residents=file.target.ages),),
        file.start_year,
        None,
        (),
    )
    plan = make_plan(library, fit, scenario, persons, seed, "asek", packages)
    values = draws_of(library, seed, draws)
    found: list[tuple[Evaluation, Floats]] = []
    with ThreadPoolExecutor(threads) as pool:
        for value in values:
            found.append((_replay(plan, value, list(offered.values()), pool), _discount(plan, value)))
            tick(f"{file.pilot}: {draws} draws")
    kept = found[1:] or found
    chosen = values[1:] or values
    return Benchmark(
        arms=tuple(arms),
        watched=watched,
        share={a.name: np.array([_shares(e, k, len(watched)) for e, _ in kept]) for k, a in enumerate(arms)},
        persons=found[0][0].flows[0].followed[0, :, 0].astype(np.float64),
        money={a.name: np.array([_avoided(plan, e, k) for e, _ in kept]) for k, a in enumerate(arms)},
        discount=np.array([factors for _, factors in kept]),
        plausible=np.array([value(PLAUSIBLE) for value in chosen]),
        payers=payers_of(library).levels,
        years=tuple(plan.years),
        simulated=sum(plan.persons),
        seed=seed,
    )


def _replay(plan: Plan, value: Value, offers: Sequence[Offer], pool: ThreadPoolExecutor) -> Evaluation:
    """One evaluation; whom the programmes reach is measured for their own effects, what only watches needs none."""
    prepared = prepare(replace(plan, arms=()), value)
    acting = [o for o in offers if any(e.acts_on != "set" for e in o.programme.effects) and o.programme.id != WATCH]
    reached = reached_groups(plan.library, prepared.model, value, acting, PILOT_PERSONS)
    idle = {o: (None,) * len(o.programme.effects) for o in offers if o not in reached}
    return evaluate(
        plan, value, replace(prepared, reached={**reached, **idle}), price(plan, value), pool, details=False
    )


def _shares(evaluation: Evaluation, arm: int, watched: int) -> Floats:
    """Shares of the group with each factor by year, [row, year, (without, with)]."""
    followed = evaluation.flows[arm].followed[:watched].astype(np.float64)
    return followed[..., 1:] / np.maximum(followed[..., :1], 1.0)


def _avoided(plan: Plan, evaluation: Evaluation, arm: int) -> Floats:
    """SEK avoided a person of the target group, [payer, year]."""
    flows = evaluation.flows[arm]
    treated = float(flows.followed[0, 1, 0]) * plan.size / sum(plan.persons)
    return flows.avoided / max(treated, 1.0)


def _discount(plan: Plan, value: Value) -> Floats:
    """Discount factors of the plan's years in one draw."""
    return discount_factors(plan.years, plan.start_year, value(plan.preset.discount_rate))
