"""Credit: shares sum to the package, equal programmes get equal shares, and sampling comes near the exact value."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import World, offers

from livsbana.ledger.prices import PriceTable
from livsbana.runs.answer import Answer, answer_of
from livsbana.runs.document import PUBLIC, SOCIETY
from livsbana.runs.evaluate import price
from livsbana.uncertainty import credit
from livsbana.uncertainty.credit import credit_of_programmes
from livsbana.uncertainty.draws import central
from livsbana.valuation.shapley import coalitions, exact, orders, sampled

PLAYERS = ("a", "b", "c", "d")
WORTHS = st.lists(st.floats(-1e6, 1e6), min_size=16, max_size=16)


def game(worths: list[float]) -> dict[frozenset[str], np.ndarray]:
    """A worth for every coalition of four, that of nobody 0."""
    found: dict[frozenset[str], np.ndarray] = {}
    found.update(zip(coalitions(PLAYERS), map(np.array, worths), strict=True))
    found[frozenset()] = np.array(0.0)
    return found


@given(WORTHS)
def test_credits_sum_to_the_package(worths: list[float]) -> None:
    worth = game(worths)
    assert sum(exact(PLAYERS, worth).values()) == pytest.approx(worth[frozenset(PLAYERS)], abs=1e-6)
    assert sum(sampled(orders(PLAYERS, 2, 1), worth)[0].values()) == pytest.approx(worth[frozenset(PLAYERS)], abs=1e-6)


@given(WORTHS)
def test_exact_is_the_mean_over_all_orders(worths: list[float]) -> None:
    worth = game(worths)
    mean, _ = sampled(list(permutations(PLAYERS)), worth)
    for player, value in exact(PLAYERS, worth).items():
        assert value == pytest.approx(mean[player], abs=1e-5)


def test_the_glove_game() -> None:
    """Two have a left glove and one a right one; a pair is worth 1 (Shapley 1953): 1/6, 1/6, 2/3."""
    players = ("left", "other_left", "right")
    worth = {s: np.array(float("right" in s and len(s) > 1)) for s in coalitions(players)}
    value = exact(players, worth)
    assert [float(value[p]) for p in players] == pytest.approx([1 / 6, 1 / 6, 2 / 3])


@given(WORTHS)
def test_equals_get_the_same_and_nothing_gets_nothing(worths: list[float]) -> None:
    """`a` and `b` add the same to every coalition; `d` adds nothing to any."""
    base = game(worths)

    def plain(s: frozenset[str]) -> frozenset[str]:
        inside = s - {"d"}
        return (inside - {"b"}) | {"a"} if "b" in inside and "a" not in inside else inside

    worth = {s: base[plain(s)] for s in base}
    value = exact(PLAYERS, worth)
    assert float(value["a"]) == pytest.approx(float(value["b"]), abs=1e-5)
    assert float(value["d"]) == pytest.approx(0.0, abs=1e-5)


def test_orders_are_keyed_by_names_and_seed() -> None:
    assert sorted(orders(PLAYERS, 3, 1)) == sorted(orders(PLAYERS[::-1], 3, 1))
    assert orders(PLAYERS, 3, 1) != orders(PLAYERS, 3, 2)
    assert orders(PLAYERS, 1, 1)[1] == orders(PLAYERS, 1, 1)[0][::-1]


def test_one_pair_tells_nothing_of_its_error() -> None:
    _, error = sampled(orders(PLAYERS, 1, 1), game([float(k) for k in range(16)]))
    assert all(np.isnan(e) for e in error.values())


@pytest.fixture(scope="module")
def few(world: World) -> World:
    """The shipped package for a quarter of the persons."""
    return World(replace(world.plan, persons=tuple(n // 4 for n in world.plan.persons)), world.prepared)


@pytest.fixture(scope="module")
def prices(few: World) -> tuple[PriceTable, ...]:
    return price(few.plan, central)


@pytest.fixture(scope="module")
def package(few: World) -> Answer:
    return answer_of(few.plan, [few.evaluate()], [central])


def net(answer: Answer, name: str) -> float:
    return answer.present(lambda f: f.avoided - f.cost, name)[0]


def test_credits_of_the_shipped_package_sum_to_its_net(
    few: World, package: Answer, prices: tuple[PriceTable, ...]
) -> None:
    found = credit_of_programmes(few.plan, few.prepared, prices, None)
    assert found.keys() == offers(few).keys()
    assert {c.method for c in found.values()} == {"exact"}
    assert sum(c.net_public.mean for c in found.values()) == pytest.approx(net(package, PUBLIC), abs=1)
    assert sum(c.net_society.mean for c in found.values()) == pytest.approx(net(package, SOCIETY), abs=1)


def test_sampled_credits_sum_too(
    few: World, package: Answer, prices: tuple[PriceTable, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credit, "EXACT", 2)
    found = credit_of_programmes(few.plan, few.prepared, prices, None)
    assert {c.method for c in found.values()} == {"sampled"}
    assert sum(c.net_public.mean for c in found.values()) == pytest.approx(net(package, PUBLIC), abs=1)


def test_a_single_programme_asks_for_no_credit(few: World, prices: tuple[PriceTable, ...]) -> None:
    alone = few.with_arms([offers(few)["komet"]])
    assert credit_of_programmes(alone.plan, alone.prepared, prices, None) == {}
    assert credit.steps(alone.plan) == 0
