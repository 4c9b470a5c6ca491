"""Shapley values: a package's result shared between its programmes, each by what it adds to all others.

φ_i = Σ_S |S|! (n − |S| − 1)! / n! (v(S ∪ {i}) − v(S)), over coalitions S without i (Shapley 1953). The values
sum to v(all) − v(none), programmes that add the same to every coalition get the same, and one that never adds
anything gets nothing. With many programmes the mean over orders is sampled instead: an order and its reverse
together, so that each programme comes once early and once late.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import combinations
from math import factorial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Player = TypeVar("Player", bound=Hashable)
Coalition = frozenset
Floats = NDArray[np.float64]


def coalitions(players: Sequence[Player]) -> Iterator[Coalition[Player]]:
    """All coalitions, the empty one first and that of all last."""
    for size in range(len(players) + 1):
        yield from map(frozenset, combinations(players, size))


def exact(players: Sequence[Player], worth: Mapping[Coalition[Player], Floats]) -> dict[Player, Floats]:
    """Shapley value of each player.

    Parameters
    ----------
    worth
        v of every coalition, also the empty one; arrays of one shape, of any unit.

    Returns
    -------
    dict of float64[...]
        In the shape and unit of ``worth``.
    """
    n = len(players)
    weight = [factorial(size) * factorial(n - size - 1) / factorial(n) for size in range(n)]
    return {
        player: sum(
            (
                weight[len(s)] * (worth[s | {player}] - worth[s])
                for s in coalitions([p for p in players if p != player])
            ),
            np.zeros_like(worth[frozenset()]),
        )
        for player in players
    }


def orders(players: Sequence[str], pairs: int, seed: int) -> list[tuple[str, ...]]:
    """Orders in which players join: ``pairs`` of one and its reverse, keyed by the seed and the players' names."""
    found: list[tuple[str, ...]] = []
    for k in range(pairs):
        order = tuple(sorted(players, key=lambda name: blake2b(f"{seed}/credit/{k}/{name}".encode()).digest()))
        found += [order, order[::-1]]
    return found


def sampled(
    joined: Sequence[Sequence[Player]], worth: Mapping[Coalition[Player], Floats]
) -> tuple[dict[Player, Floats], dict[Player, Floats]]:
    """Mean of what each player adds over orders, and the standard error of that mean.

    Parameters
    ----------
    joined
        Orders in pairs, as ``orders`` gives them.
    worth
        v of every coalition that an order passes through.

    Returns
    -------
    value, error : dict of float64[...]
        The values sum to v(all) − v(none) for any orders. The error is that of the pairs' means; nothing is
        known of it from a single pair, where it is NaN.
    """
    added: dict[Player, list[Floats]] = {player: [] for player in joined[0]}
    for order in joined:
        for k, player in enumerate(order):
            added[player].append(worth[frozenset(order[: k + 1])] - worth[frozenset(order[:k])])
    value: dict[Player, Floats] = {}
    error: dict[Player, Floats] = {}
    for player, gains in added.items():
        pairs = (np.array(gains[0::2]) + np.array(gains[1::2])) / 2
        value[player] = pairs.mean(axis=0)
        spread = pairs.std(axis=0, ddof=1) if len(pairs) > 1 else np.full(pairs.shape[1:], np.nan)
        error[player] = spread / np.sqrt(len(pairs))
    return value, error
