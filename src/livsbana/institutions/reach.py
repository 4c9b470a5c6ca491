"""How far one pilot reaches: what share of the full payment it earns, and what it truly avoids for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from livsbana.institutions.read import Fund
from livsbana.parameters.number import Number
from livsbana.pricing.contracts.cohorts import drawn
from livsbana.pricing.contracts.payments import simulate, truths_of
from livsbana.pricing.contracts.risk import repeated
from livsbana.uncertainty.draws import Draw, interval
from livsbana.uncertainty.luck import FloatArray

PAYERS = ("municipality", "region", "state")
Pairs = list[tuple[float, float, float]]


@dataclass(frozen=True)
class Reach:
    """Equally likely results of a pilot, from the worst paid to the best.

    ``earned[result]`` share of the full payment; ``avoided[payer, result]`` SEK for each krona of its cost.
    """

    earned: FloatArray
    avoided: FloatArray

    def at(self, score: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Results at normal scores ``[replicate]``: earned ``[replicate]`` and avoided ``[payer, replicate]``."""
        index = np.minimum((ndtr(score) * len(self.earned)).astype(np.int64), len(self.earned) - 1)
        return self.earned[index], self.avoided[:, index]


def reach_of_contract(fund: Fund, replicates: int, seed: int, engine: Mapping[str, Pairs]) -> Reach:
    """Simulate the fund's contract, as ``livsbana contract`` does, and order its replicates by what they earn."""
    assert fund.contract is not None
    assert fund.file.outcomes.from_contract is not None
    contract, term = fund.contract, fund.file.outcomes.from_contract.term
    values = drawn(contract, seed, replicates)
    worlds = {name: repeated(pairs[1:] or pairs, replicates) for name, pairs in engine.items()}
    paid = simulate(contract, values, truths_of(contract, values, worlds), seed)
    full = np.maximum(paid.full[term], 1)
    earned = paid.terms[term] / full
    cost = np.maximum(paid.costs.sum(axis=(1, 2)), 1)
    roles = [p.role for p in contract.file.parties]
    worth = paid.worths.sum(axis=2)
    avoided = np.stack([worth[:, [r == payer for r in roles]].sum(axis=1) / cost for payer in PAYERS])
    order = np.lexsort((avoided.sum(axis=0), earned))
    return Reach(earned[order], avoided[:, order])


def values_of(fund: Fund, number: Number, seed: int, replicates: int) -> FloatArray:
    """A number of the fund file in every replicate."""
    if interval(number)[0] == interval(number)[1]:
        return np.full(replicates, number.value)
    return np.array([Draw(fund.origins, seed, r)(number) for r in range(replicates)])


def all_or_nothing(fund: Fund, score: FloatArray, success: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Results of pilots that succeed or not, with the probability of their replicate."""
    source = fund.file.outcomes.all_or_nothing
    assert source is not None
    won = (ndtr(score) > 1 - success).astype(float)
    returns = [source.returns[p].value if p in source.returns else 0.0 for p in PAYERS]
    return won, np.array(returns)[:, None] * won
