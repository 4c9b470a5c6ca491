"""Groups of numbers: what a score moves, and that what is reused is what would have been made."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest
from world import World

from livsbana.errors import InputError
from livsbana.parameters.library import Library
from livsbana.runs.answer import answer_of
from livsbana.runs.evaluate import evaluate, prepare, price
from livsbana.uncertainty import grouped
from livsbana.uncertainty.draws import central, quantile
from livsbana.uncertainty.grouped import GroupedAnswer, check_outputs, output
from livsbana.uncertainty.groups import MODEL, MONEY, PROGRAMME, GroupedValue, InputGroup, group_of, input_groups

OUTPUTS = ("npv_state", "npv_public", "npv_municipality", "npv_society", "cost", "cost_state")
NINETY = 1.6448536269514722


@pytest.fixture(scope="module")
def small(world: World) -> World:
    plan = replace(world.plan, cohorts=world.plan.cohorts[1:2], persons=(1_200,), batches=1)
    return World(plan, world.prepared)


@pytest.fixture(scope="module")
def groups(small: World) -> list[InputGroup]:
    return input_groups(small.plan)


def test_there_are_at_most_forty_and_each_number_is_in_one(groups: list[InputGroup], library: Library) -> None:
    numbers = [id(n) for g in groups for n in g.numbers]
    assert 30 <= len(groups) <= 40
    assert len(set(numbers)) == len(numbers) > 1_000
    assert "other" not in {g.id for g in groups}
    for group in groups:
        assert {group_of(library, library.address[id(n)]) for n in group.numbers} == {group.id}
    assert [g.stage for g in groups] == sorted((g.stage for g in groups), key=[MONEY, PROGRAMME, MODEL].index)


def test_scores_of_zero_are_the_central_values(groups: list[InputGroup], library: Library) -> None:
    value = GroupedValue(groups, np.zeros(len(groups)))
    assert all(value(n) == n.value for n in library.numbers.values())


def test_a_score_moves_its_group_and_nothing_else(groups: list[InputGroup], library: Library) -> None:
    at = next(k for k, g in enumerate(groups) if g.id == "links_crime")
    scores = np.zeros(len(groups))
    scores[at] = NINETY
    value, mine = GroupedValue(groups, scores), {id(n) for n in groups[at].numbers}
    for number in library.numbers.values():
        if id(number) not in mine:
            assert value(number) == central(number)
        else:
            up = number.value >= 1
            assert value(number) == pytest.approx(quantile(number, 0.95 if up else 0.05))
            if abs(log(number.value)) > 0.01:
                assert abs(log(value(number))) > abs(log(number.value))  # stronger, whatever its direction


def plain(world: World, value) -> list[float]:
    """The same outputs with nothing reused."""
    prepared = prepare(world.plan, value, persons=grouped.CALIBRATION)
    found = evaluate(world.plan, value, prepared, price(world.plan, value), details=False)
    answer = answer_of(world.plan, [found], [value])
    return [output(answer, name) for name in OUTPUTS]


def test_zero_scores_give_the_central_answer_and_reuse_changes_no_byte(
    small: World, groups: list[InputGroup], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped, "CALIBRATION", 1_000)
    answer = GroupedAnswer(small.plan, groups, OUTPUTS)
    zero = np.zeros(len(groups))
    assert list(answer(zero)) == plain(small, central)
    point = np.array([0.7 * (-1) ** k for k in range(len(groups))])
    answer(point)
    names = [g.id for g in groups]
    for name in ("earnings", "marginal_shares", "programme_cost", "reach", "fade", "links_crime", "taxes"):
        scores = point.copy()
        scores[names.index(name)] = -0.4  # after other groups moved: whatever is kept is still right
        assert list(answer(scores)) == plain(small, GroupedValue(groups, scores)), name


def test_money_groups_simulate_nothing_anew(
    small: World, groups: list[InputGroup], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped, "CALIBRATION", 1_000)
    answer, scores = GroupedAnswer(small.plan, groups, OUTPUTS), np.full(len(groups), 0.2)
    answer(scores)
    spent = {k: answer.seconds[k] for k in ("calibrate", "simulate")}
    for k, group in enumerate(groups):
        if group.stage == MONEY:
            moved = scores.copy()
            moved[k] = 1.0
            answer(moved)
    assert {k: answer.seconds[k] for k in ("calibrate", "simulate")} == spent


def test_outputs_that_there_are(small: World) -> None:
    assert check_outputs(small.plan, ["npv_state", "cost", "npv_state"]) == ("npv_state", "cost")
    with pytest.raises(InputError, match=r"no output `npv_stat`; did you mean `npv_state`"):
        check_outputs(small.plan, ["npv_stat"])
