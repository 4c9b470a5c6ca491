"""Scenarios: a small difference over the library, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from livsbana.errors import InputError
from livsbana.parameters.library import Library, load_library
from livsbana.scenario.read import Scenario, read_scenario

Read = Callable[[str], Scenario]
SHIPPED = Path(__file__).resolve().parents[1] / "scenarios" / "ungdomskriminalitet.yaml"
SMALL = """
scenario: small
label: {sv: Liten, en: Small}
place: {municipalities: [0581]}
population: [{births: 2026}, {residents: [1, 17]}, {arrivals: {age: [20, 50]}}]
start_year: 2026
programmes:
  - programme: komet
    reach: {where: {all: [{trait: sex, is: [male]}]}, coverage: 0.5, today: 0.1}
"""


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture
def read(library: Library, tmp_path: Path) -> Read:
    def read_text(text: str) -> Scenario:
        path = tmp_path / "scenario.yaml"
        path.write_text(text, encoding="utf-8")
        return read_scenario(path, library)

    return read_text


def test_the_shipped_scenario_is_about_norrkoping(library: Library) -> None:
    scenario = read_scenario(SHIPPED, library)
    assert scenario.id == "ungdomskriminalitet"
    assert scenario.municipalities == ("0581",)
    assert [part.births or part.residents for part in scenario.population] == [2026, (1, 17)]
    assert [use.programme.id for use in scenario.programmes] == ["komet", "intensivundervisning", "mst"]
    assert all(use.programme is library.programmes[use.programme.id] for use in scenario.programmes)


def test_what_is_left_out_has_its_meaning(read: Read) -> None:
    scenario = read(SMALL.replace("place: {municipalities: [0581]}\n", "").replace(", today: 0.1", ""))
    assert scenario.municipalities == ()
    assert scenario.end_year is None
    assert scenario.description == ""
    assert scenario.programmes[0].reach.today == 0


def test_a_municipality_may_be_named(read: Read) -> None:
    scenario = read(SMALL.replace("[0581]", "[Norrköping, 0580]"))
    assert scenario.municipalities == ("0581", "0580")
    assert scenario.at("0114").municipalities == ("0114",)


def test_an_override_replaces_one_effect_and_gets_an_address(read: Read, library: Library) -> None:
    before = library.programmes["komet"]
    text = SMALL + "    overrides: {effects: [{on: conduct_problems, value: -0.40, source: local_pilot_2025}]}\n"
    programme = read(text).programmes[0].programme
    number = programme.effects[0].value
    assert number is not None
    assert (number.value, number.source, number.status) == (-0.40, "local_pilot_2025", "to_verify")
    assert before.effects[0].value is not None
    assert number.unit == before.effects[0].value.unit
    assert programme.effects[0].months == before.effects[0].months
    assert programme.uptake is before.uptake
    assert library.programmes["komet"] is before
    address = library.address[id(number)]
    assert address == "scenario/small/komet/effects/0/value"
    assert library.line_of(address).endswith("scenario.yaml:10")


def test_reading_again_leaves_one_address(read: Read, library: Library) -> None:
    text = SMALL + "    overrides: {effects: [{on: conduct_problems, value: -0.40, source: BP001}]}\n"
    numbers = [read(text).programmes[0].programme.effects[0].value for _ in range(3)]
    assert [id(n) in library.address for n in numbers] == [False, False, True]
    assert len(library.address) == len(library.numbers)
    assert numbers[0] is not None
    assert numbers[0].status == library.sources["BP001"].status


def test_a_failed_reading_leaves_the_library_as_it_was(read: Read, library: Library) -> None:
    count = len(library.numbers)
    with pytest.raises(InputError, match="unknown programme"):
        read(SMALL.replace("komet", "kommet"))
    assert read(SMALL).id == "small"
    assert len(library.numbers) == count


@pytest.mark.parametrize(
    ("population", "said"),
    [
        ("[{births: 2026}, {births: 2026}]", "counted already"),
        ("[{residents: [1, 9]}, {residents: [9, 12]}]", "counted already"),
        ("[{births: 2026}, {residents: [0, 3]}]", "counted already"),
        ("[{births: 2020}]", r"write `residents: \[6, 6\]`"),
        ("[{residents: [60, 66]}]", "lives are followed from 0 to 65"),
        ("[{residents: [-1, 3]}]", "out of range"),
        ("[{residents: [1, 3], births: 2026}]", "exactly one of"),
        ("[{arrivals: {age: [30, 20]}}]", r"write \[20, 30\]"),
        ("[{residents: [20, 30]}]", "nobody in the population is or will be young enough for `komet`"),
        ("[]", "wanted at least 1"),
    ],
)
def test_a_wrong_population_is_refused(read: Read, population: str, said: str) -> None:
    text = SMALL.replace("[{births: 2026}, {residents: [1, 17]}, {arrivals: {age: [20, 50]}}]", population)
    with pytest.raises(InputError, match=said):
        read(text)


def test_residents_and_arrivals_of_one_age_are_different_persons(read: Read) -> None:
    text = SMALL.replace(
        "{residents: [1, 17]}, {arrivals: {age: [20, 50]}}", "{residents: [1, 17]}, {arrivals: {age: [1, 17]}}"
    )
    assert len(read(text).population) == 3
