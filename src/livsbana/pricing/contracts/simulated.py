"""Outcomes that the simulation gives: their level without the programme, and what it causes, in every draw.

The engine is asked once for all of a contract's outcomes; the answer is kept in the folder for results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from livsbana.errors import InputError
from livsbana.lifecourse.stored import load_fit
from livsbana.parameters.library import Library, load_library
from livsbana.parameters.reader import nearest
from livsbana.pricing.contracts.outcomes import Outcome
from livsbana.pricing.contracts.read import Contract
from livsbana.runs.evaluate import evaluate, prepare, price
from livsbana.runs.money import Flows
from livsbana.runs.plan import Plan, make_plan
from livsbana.runs.provenance import parameters_hash
from livsbana.scenario.read import Scenario, read_scenario
from livsbana.uncertainty.draws import draws_of

Pairs = list[tuple[float, float, float]]  # level, caused improvement, simulated persons
DEFAULT_YEARS_AFTER = 1


class _Size(NamedTuple):
    """How much is simulated, and on how many threads."""

    persons: int
    draws: int
    seed: int
    threads: int


def simulated_outcomes(
    contract: Contract,
    persons: int,
    draws: int,
    seed: int,
    threads: int,
    out: Path | None,
    tick: Callable[[str], None],
) -> dict[str, Pairs]:
    """Level and caused improvement of a contract's simulated outcomes, first at central values, then by draw.

    Parameters
    ----------
    persons, draws, seed, threads
        Of the simulation; threads change no byte.
    out : Path
        Where an answer is kept and looked for; None keeps none.
    tick
        Told that one evaluation is done.

    Raises
    ------
    InputError
        For a scenario that is wrong, or an outcome or programme that it does not have.
    """
    asked = [o for o in contract.file.outcomes if o.engine is not None]
    if not asked:
        return {}
    library = load_library(None)
    found: dict[str, Pairs] = {}
    for text in dict.fromkeys(o.engine.scenario for o in asked if o.engine):
        path = contract.path.parent / text
        mine = [o for o in asked if o.engine and o.engine.scenario == text]
        try:
            scenario = read_scenario(path, library)
        except InputError as error:
            raise InputError(f"{error}", contract.origins.where(mine[0], "engine", "scenario")) from None
        kept = _kept(out, _key(path, mine, library, persons, draws, seed))
        if kept is not None and kept.exists():
            found |= {
                name: [(a, b, n) for a, b, n in pairs] for name, pairs in json.loads(kept.read_text("utf-8")).items()
            }
            continue
        answer = _ask(contract, mine, scenario, library, _Size(persons, draws, seed, threads), tick)
        if kept is not None:
            kept.write_text(json.dumps(answer), encoding="utf-8")
        found |= answer
    return found


def _key(path: Path, asked: Sequence[Outcome], library: Library, persons: int, draws: int, seed: int) -> str:
    """A name for exactly this question: another file, other parameters or another seed is another question."""
    digest = hashlib.sha256(path.read_bytes())
    digest.update(parameters_hash(library.root).encode())
    digest.update("\n".join(f"{o.outcome} {o.better} {o.engine}" for o in asked).encode())
    digest.update(f"{persons}/{draws}/{seed}".encode())
    return digest.hexdigest()[:16]


def _kept(out: Path | None, key: str) -> Path | None:
    return None if out is None else out / f"simulated_{key}.json"


def _ask(
    contract: Contract,
    asked: Sequence[Outcome],
    scenario: Scenario,
    library: Library,
    size: _Size,
    tick: Callable[[str], None],
) -> dict[str, Pairs]:
    """Evaluate the scenario at central values and in each draw, and read the outcomes off."""
    fit, _ = load_fit(library)
    plan = make_plan(library, fit, scenario, size.persons, size.seed, "asek")
    for outcome in asked:
        _check(contract, outcome, plan)
    found: dict[str, Pairs] = {o.outcome: [] for o in asked}
    with ThreadPoolExecutor(size.threads) as pool:
        for value in draws_of(library, size.seed, size.draws):
            flows = evaluate(plan, value, prepare(plan, value), price(plan, value), pool, details=True).flows[0]
            for outcome in asked:
                found[outcome.outcome].append(_read(outcome, plan, flows))
            tick(f"{scenario.id}: {size.draws} draws")
    return found


def _check(contract: Contract, outcome: Outcome, plan: Plan) -> None:
    """Refuse an outcome or a programme that the scenario does not have."""
    assert outcome.engine is not None
    where = contract.origins.where(outcome, "engine", "outcome")
    known = [o.programme.id for o in plan.arms[0]]
    wanted = outcome.engine.programme
    if wanted is not None and wanted not in known:
        hint = nearest(wanted, known) or f"; known are {', '.join(known)}"
        message = f"the scenario has no programme `{wanted}`{hint}"
        raise InputError(message, contract.origins.where(outcome, "engine", "programme"))
    if wanted is not None:
        targets = [e.on for o in plan.arms[0] if o.programme.id == wanted for e in o.programme.effects]
        if outcome.engine.outcome not in targets:
            hint = nearest(outcome.engine.outcome, targets) or f"; known are {', '.join(targets)}"
            raise InputError(f"`{wanted}` has no effect on `{outcome.engine.outcome}`{hint}", where)
        return
    counted = [o.id for o in plan.outcomes if o.unit == "persons_ever"]
    if outcome.engine.outcome not in counted:
        hint = nearest(outcome.engine.outcome, counted) or f"; known are {', '.join(counted[:12])} …"
        raise InputError(f"unknown outcome `{outcome.engine.outcome}`, wanted persons ever{hint}", where)


def _read(outcome: Outcome, plan: Plan, flows: Flows) -> tuple[float, float, float]:
    """Level and improvement of one outcome in one evaluation, and on how many simulated persons they rest."""
    assert outcome.engine is not None
    before, after, persons = (_followed if outcome.engine.programme else _ever)(outcome, plan, flows)
    return before, (before - after) if outcome.better == "lower" else (after - before), persons


def _followed(outcome: Outcome, plan: Plan, flows: Flows) -> tuple[float, float, float]:
    """Shares among a programme's participants so many years after, without it and with the package."""
    assert outcome.engine is not None
    effects = [(o.programme.id, e.on) for o in plan.arms[0] for e in o.programme.effects]
    row = effects.index((str(outcome.engine.programme), outcome.engine.outcome))
    years = DEFAULT_YEARS_AFTER if outcome.engine.years_after is None else outcome.engine.years_after
    persons, before, after = (float(n) for n in flows.followed[row, years])
    if persons == 0:
        raise InputError(f"nobody is followed {years} years after `{outcome.engine.programme}`; raise --persons")
    return before / persons, after / persons, persons


def _ever(outcome: Outcome, plan: Plan, flows: Flows) -> tuple[float, float, float]:
    """The population's level, and the change that participants as a group bring about."""
    assert outcome.engine is not None
    column = next(k for k, o in enumerate(plan.outcomes) if o.id == outcome.engine.outcome)
    without, with_package = (float(n) for n in flows.counts[:, column])
    participants = max(float(np.sum(flows.participants)), 1.0)
    level = without / plan.size
    after = min(max(level + (with_package - without) / participants, 0.0), 1.0)
    return level, after, participants * sum(plan.persons) / plan.size
