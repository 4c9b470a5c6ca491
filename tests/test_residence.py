"""Where people live: families move while children are small, the young leave, and some come back."""

from __future__ import annotations

import pytest

from livsbana.lifecourse.align import align
from livsbana.lifecourse.compile import Fit, TallySpec, Window, WindowCount, compile_model
from livsbana.lifecourse.measure import Counted
from livsbana.lifecourse.stored import load_fit
from livsbana.parameters.library import Library
from livsbana.uncertainty.draws import central

PERSONS = 8_000
YOUNG, GROWN = 23, 35
Traits = tuple[tuple[str, str], ...]
SEXES = ("female", "male")
LEVELS = ("compulsory", "upper_secondary", "post_secondary")


def at(alternative: str, age: int) -> Window:
    """Living there at one age."""
    return Window(f"residence.{alternative}", age, age)


class Moves:
    """Shares of persons by where they live, counted on the calibration cohort."""

    def __init__(self) -> None:
        self.specs: list[TallySpec | WindowCount] = []
        self.counted: Counted | None = None

    def share(
        self, windows: tuple[tuple[Window, bool], ...], of: tuple[tuple[Window, bool], ...], traits: Traits
    ) -> float:
        """Persons in ``windows`` among those in ``of``; before counting, notes what must be counted."""
        age = max(window.last for window, _ in (*windows, *of))
        above, below = WindowCount((*of, *windows), traits, age), WindowCount(of, traits, age)
        if self.counted is None:
            self.specs += [above, below]
            return 0.0
        return self.counted[above] / self.counted[below]


def elsewhere(moves: Moves, age: int, traits: Traits = ()) -> float:
    return moves.share(((at("home", age), False),), (), traits)


def returned(moves: Moves, traits: Traits = ()) -> float:
    """Living at home grown up, among those who were away when young."""
    return moves.share(((at("home", GROWN), True),), ((at("home", YOUNG), False),), traits)


def figures(moves: Moves) -> dict[str, float]:
    """All shares that the tests read, by name."""
    found = {f"away at {age}": elsewhere(moves, age) for age in (2, 6, 17, YOUNG, GROWN)}
    found |= {f"away at {YOUNG}, {sex}": elsewhere(moves, YOUNG, (("sex", sex),)) for sex in SEXES}
    found |= {
        f"far at {GROWN}, {level}": moves.share(((at("sweden", GROWN), True),), (), (("parental_education", level),))
        for level in LEVELS
    }
    return found | {"returned": returned(moves)}


@pytest.fixture(scope="module")
def found(library: Library) -> dict[str, float]:
    moves = Moves()
    figures(moves)
    fit: Fit = load_fit(library)[0]
    specs = tuple({repr(spec): spec for spec in moves.specs}.values())
    model = compile_model(library, central, fit, specs, everywhere=True)
    model, counts = align(model, library, central, persons=PERSONS)
    moves.counted = Counted(model, counts.tally[0])
    return figures(moves)


def test_families_move_before_school_and_the_young_at_twenty(found: dict[str, float]) -> None:
    small, schooling, leaving = (
        (found[f"away at {b}"] - found[f"away at {a}"]) / (b - a) for a, b in ((2, 6), (6, 17), (17, YOUNG))
    )
    assert leaving > small > schooling > 0


def test_more_women_than_men_have_left_at_twenty_three(found: dict[str, float]) -> None:
    assert found[f"away at {YOUNG}, female"] > found[f"away at {YOUNG}, male"] + 0.01


def test_children_of_the_educated_live_farther_away(found: dict[str, float]) -> None:
    shares = [found[f"far at {GROWN}, {level}"] for level in LEVELS]
    assert shares == sorted(shares)
    assert shares[2] > 1.5 * shares[0]


def test_some_come_back(found: dict[str, float]) -> None:
    """Between a fifth and a half of those away when young; of the net spread of 2022 0.39 is undone."""
    assert 0.2 < found["returned"] < 0.5
