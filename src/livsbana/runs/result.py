"""What one evaluation leaves behind: totals for summaries, and all arrays."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np

from livsbana.runs import answer as assemble
from livsbana.runs.answer import Answer
from livsbana.runs.document import PUBLIC, SOCIETY
from livsbana.runs.money import Flows

MEASURES = ("programme_cost", "avoided_cost", "net", "cashable_net")
BY_YEAR = "account_by_year"


class Totals(NamedTuple):
    """The sums of one evaluation, for the real cohort.

    ``amounts`` float64[account, 8]: SEK of each of ``MEASURES``, then their Monte Carlo errors; ``effects``
    float64[outcome, 3]: baseline, scenario, Monte Carlo error of the difference.
    """

    accounts: list[str]
    amounts: np.ndarray
    outcomes: list[str]
    effects: np.ndarray
    participants: float


def totals_of(answer: Answer) -> Totals:
    """Sum up one evaluation; that the payers sum to the total is asserted on the way."""
    payers, public, society = assemble.accounts(answer)
    named = {**payers.by_name(), PUBLIC: public, SOCIETY: society}
    money = [[getattr(named[name], m) for m in MEASURES] for name in answer.weights(0)]
    outcomes = assemble.outcomes(answer)
    return Totals(
        accounts=list(answer.weights(0)),
        amounts=np.array([[*(m.mean for m in amounts), *(m.mc_error for m in amounts)] for amounts in money]),
        outcomes=list(outcomes),
        effects=np.array([[o.baseline, o.scenario, o.mc_error] for o in outcomes.values()]),
        participants=float(answer.flows[0].participants.sum()),
    )


def pack(totals: Totals) -> dict[str, Any]:
    """Totals as JSON data, all bits of all numbers kept; NaN and infinity are refused."""
    numbers = np.concatenate([totals.amounts.ravel(), totals.effects.ravel(), [totals.participants]])
    if not np.isfinite(numbers).all():
        raise ValueError("a total is not a finite number")
    text = b64encode(numbers.astype("<f8").tobytes()).decode()
    return {"accounts": totals.accounts, "outcomes": totals.outcomes, "float64": text}


def unpack(packed: dict[str, Any]) -> Totals:
    """Totals from JSON data."""
    accounts, outcomes = packed["accounts"], packed["outcomes"]
    numbers = np.frombuffer(b64decode(packed["float64"]), "<f8")
    amounts, effects = np.split(numbers[:-1], [2 * len(MEASURES) * len(accounts)])
    shape = len(accounts), 2 * len(MEASURES)
    return Totals(accounts, amounts.reshape(shape), outcomes, effects.reshape(-1, 3), float(numbers[-1]))


def arrays_of(answer: Answer) -> dict[str, np.ndarray]:
    """All flows of one evaluation by name, lists numbered; and discounted cost and avoided cost by account and year.

    ``account_by_year`` is float64[account, (cost, avoided), year], accounts in the order of ``Totals``.
    """
    found: dict[str, np.ndarray] = {}
    flows = answer.flows[0]
    for field in fields(Flows):
        part = getattr(flows, field.name)
        named = {f"{field.name}.{k}": x for k, x in enumerate(part)} if isinstance(part, list) else {field.name: part}
        found |= {name: np.asarray(x, np.float64) for name, x in named.items()}
    found[BY_YEAR] = np.array(
        [
            [answer.mean_flow(lambda f: f.cost, name), answer.mean_flow(lambda f: f.avoided, name)]
            for name in answer.weights(0)
        ]
    )
    return found
