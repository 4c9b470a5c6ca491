"""What one evaluation leaves behind: totals for summaries, and all arrays."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from livsbana.runs import answer as assemble
from livsbana.runs.answer import Answer
from livsbana.runs.document import PUBLIC, SOCIETY
from livsbana.runs.money import Flows

MEASURES = ("programme_cost", "avoided_cost", "net", "cashable_net")
BY_YEAR = "account_by_year"


def totals_of(answer: Answer) -> dict[str, Any]:
    """The sums of one evaluation.

    Returns
    -------
    dict
        ``accounts`` {account: {measure: [SEK, Monte Carlo error]}}, ``outcomes`` {id: [baseline, scenario,
        Monte Carlo error of the difference]} and ``participants``, for the real cohort.
    """
    payers, public, society = assemble.accounts(answer)
    named = {**payers.by_name(), PUBLIC: public, SOCIETY: society}
    accounts = {
        name: {m: [getattr(account, m).mean, getattr(account, m).mc_error] for m in MEASURES}
        for name, account in named.items()
    }
    outcomes = {name: [o.baseline, o.scenario, o.mc_error] for name, o in assemble.outcomes(answer).items()}
    return {"accounts": accounts, "outcomes": outcomes, "participants": float(answer.flows[0].participants.sum())}


def arrays_of(answer: Answer) -> dict[str, np.ndarray]:
    """All flows of one evaluation by name, lists numbered; and discounted cost and avoided cost by account and year.

    ``account_by_year`` is float64[account, (cost, avoided), year], accounts in alphabetical order.
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
            for name in sorted(answer.weights(0))
        ]
    )
    return found
