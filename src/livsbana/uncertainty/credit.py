"""Credit: how much of a package's net each programme stands for, by Shapley value at central values.

Up to ``EXACT`` programmes every coalition is simulated; beyond, ``PAIRS`` orders and their reverses, keyed by the
seed. All coalitions share their luck, so the credits sum to the net of the package as the run shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from livsbana.interventions.offers import Offer
from livsbana.ledger.prices import PriceTable
from livsbana.runs.answer import Answer, answer_of
from livsbana.runs.document import PUBLIC, SOCIETY, Credit, Money
from livsbana.runs.evaluate import Evaluation, Prepared, evaluate
from livsbana.runs.money import LINES, Flows
from livsbana.runs.plan import Plan
from livsbana.uncertainty.draws import central
from livsbana.valuation.shapley import Coalition, coalitions, exact, orders, sampled

EXACT, PAIRS = 6, 8
AT_ONCE = 8  # coalitions in one pass: memory grows with them
COST, AVOIDED = LINES.index("cost"), LINES.index("avoided")


@dataclass(frozen=True)
class _Game:
    """Which coalitions to simulate, and how their worth becomes credit."""

    players: tuple[str, ...]
    joined: list[tuple[str, ...]]  # empty where every coalition is known

    @property
    def asked(self) -> list[Coalition[str]]:
        """Coalitions in a fixed order, without the empty one, whose worth is nothing."""
        if not self.joined:
            found = [s for s in coalitions(self.players) if s]
        else:
            found = [frozenset(order[:k]) for order in self.joined for k in range(1, len(order) + 1)]
        return sorted(dict.fromkeys(found), key=lambda s: (len(s), sorted(s)))


def steps(plan: Plan) -> int:
    """Passes over the persons that the credit of a package needs."""
    names = [offer.programme.id for offer in plan.arms[0]]
    return 0 if len(names) < 2 else -(-len(_game(names, plan.seed).asked) // AT_ONCE)


def credit_of_programmes(
    plan: Plan,
    prepared: Prepared,
    prices: Sequence[PriceTable],
    pool: ThreadPoolExecutor | None,
    tick: Callable[[], None] = lambda: None,
) -> dict[str, Credit]:
    """Credit of each programme by id; none for a package of one, which has all of it.

    Parameters
    ----------
    plan, prepared, prices
        Of the run, at central values.
    tick
        Told after every pass.
    """
    offers = {offer.programme.id: offer for offer in plan.arms[0]}
    if len(offers) < 2:
        return {}
    game, worth = _game(tuple(offers), plan.seed), {}
    for first in range(0, len(game.asked), AT_ONCE):
        coalitions_now = game.asked[first : first + AT_ONCE]
        arms = [_members(offers, s) for s in coalitions_now]
        evaluated = evaluate(replace(plan, arms=tuple(arms)), central, prepared, prices, pool)
        worth |= {s: _worth(plan, evaluated, k) for k, s in enumerate(coalitions_now)}
        tick()
    worth[frozenset()] = np.zeros_like(next(iter(worth.values())))
    if not game.joined:
        return {name: _credit(value, None) for name, value in exact(game.players, worth).items()}
    value, error = sampled(game.joined, worth)
    return {name: _credit(value[name], error[name]) for name in game.players}


def _game(players: Sequence[str], seed: int) -> _Game:
    return _Game(tuple(players), [] if len(players) <= EXACT else orders(players, PAIRS, seed))


def _members(offers: dict[str, Offer], coalition: Iterable[str]) -> tuple[Offer, ...]:
    """The offers of a coalition, in the order of the package."""
    inside = set(coalition)
    return tuple(offer for name, offer in offers.items() if name in inside)


def _worth(plan: Plan, evaluation: Evaluation, arm: int) -> np.ndarray:
    """Net of one coalition for the public and society: the whole, then each batch, float64[account, 1 + batch]."""
    answer = answer_of(plan, [replace(evaluation, flows=evaluation.flows[arm : arm + 1])], [central])
    return np.array([_nets(answer, evaluation.flows[arm], name) for name in (PUBLIC, SOCIETY)])


def _nets(answer: Answer, flows: Flows, name: str) -> list[float]:
    weight = answer.weights(0)[name]
    whole = float((weight @ (flows.avoided - flows.cost) * answer.factors(0)).sum())
    parts = [((batches[:, AVOIDED] - batches[:, COST]) @ weight).tolist() for batches in flows.batches]
    return [whole, *(net for cohort in parts for net in cohort)]


def _credit(value: np.ndarray, error: np.ndarray | None) -> Credit:
    """Credit from nets [account, 1 + batch]; the error holds luck in persons and, where sampled, in orders."""
    money = []
    for a in range(len(value)):
        batches = value[a, 1:]
        luck = len(batches) * float(batches.var(ddof=1)) if len(batches) > 1 else 0.0
        ordering = 0.0 if error is None else float(error[a, 0]) ** 2
        money.append(Money(mean=float(value[a, 0]), low=None, high=None, mc_error=sqrt(luck + ordering)))
    return Credit(method="exact" if error is None else "sampled", net_public=money[0], net_society=money[1])
