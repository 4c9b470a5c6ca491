"""Wrong input is answered with its place and what to do about it: exit 2, no traceback, within two seconds."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from livsbana.cli.app import main
from livsbana.parameters.library import parameters_folder

DOMAIN = """\
domain: case
factors:
  - id: case_state
    kind: state
    label: {sv: Ett, en: One}
    describes: A state that only these tests know.
    ages: [3, 17]
    duration: 2
    loads_on:
      externalising: {value: 0.5, unit: log_odds_per_sd, source: judgement, status: assumption, why: test}
    traits: [sex]
    targets:
      - ages: [6, 12]
        where: {sex: male}
        kind: point
        value: {value: 0.05, unit: share, low: 0.03, high: 0.07, source: judgement, status: assumption, why: test}
    remission:
      - ages: [3, 17]
        value: {value: 0.3, unit: probability, source: judgement, status: assumption, why: test}
  - id: case_event
    kind: event
    label: {sv: Två, en: Two}
    describes: An event that only these tests know.
    ages: [3, 17]
    targets: none
    why_no_target: test
estimands:
  - id: case_card
    population: Pupils in this file
    exposure_age: the year before
    outcome_window: the year after
    measure: RR
    scale: conditional
    effect: direct
    adjusted_for: nothing
    design: judgement
    risk_of_bias: high
    transport: none
edges:
  - from: case_state
    to: case_event
    ages: [4, 17]
    causal: {value: 1.5, unit: odds_ratio, source: judgement, status: assumption, why: test}
    estimand: case_card
  - from: case_event
    to: case_state
    ages: [5, 17]
    estimand: case_card
    reads: last_year
    causal: {value: 1.5, unit: odds_ratio, source: judgement, status: assumption, why: test}
associations:
  - id: case_association
    from: case_state@7-9
    to: case_event@10-12
    measure: OR
    value: {value: 2.5, unit: crude, source: judgement, status: assumption, why: test}
    design: register
unit_costs:
  - id: case_cost
    label: {sv: Dygn, en: Day}
    counts: {all: [{state: case_state, years: 2}], ages: [3, 17]}
    account: social_services
    cost: {value: 100, unit: SEK, year: 2024, source: judgement, status: assumption, why: test}
    marginal:
      short: {value: 0.5, unit: share, source: judgement, status: assumption, why: test}
      medium: {value: 0.7, unit: share, source: judgement, status: assumption, why: test}
      long: {value: 0.9, unit: share, source: judgement, status: assumption, why: test}
    cashable: {value: 0.5, unit: share, source: judgement, status: assumption, why: test}
    payers:
      municipality: {value: 0.6, unit: share, source: judgement, status: assumption, why: test}
      state/police: {value: 0.4, unit: share, source: judgement, status: assumption, why: test}
    grows_with: wages
programmes:
  - id: case_programme
    label: {sv: Insats, en: Programme}
    describes: A programme that only these tests know.
    level: indicated
    eligible: {ages: [3, 12], where: {all: [{state: case_state}]}}
    uptake: {value: 0.5, unit: share, source: judgement, status: assumption, why: test}
    completion: {value: 0.8, unit: share, source: judgement, status: assumption, why: test}
    deadweight: {value: 0, unit: share, source: judgement, status: assumption, why: test}
    effects:
      - on: case_state
        acts_on: remission
        measure: d
        value: {value: -0.3, unit: sd, source: judgement, status: assumption, why: test}
        months: 6
    fade:
      h: {value: 1, unit: 1/year, source: judgement, status: assumption, why: test}
      floor: {value: 0.1, unit: share, source: judgement, status: assumption, why: test}
    cost:
      - payer: municipality
        amount: {value: 5000, unit: SEK, year: 2024, source: judgement, status: assumption, why: test}
    evidence_note: test
    estimand: case_card
"""
GUESS = "source: judgement, status: assumption"
SCENARIO = """\
scenario: case
label: {sv: Fall, en: Case}
place: {municipalities: ["0581"]}
population: [{births: 2026}, {residents: [1, 17]}]
start_year: 2026
programmes:
  - programme: case_programme
    reach: {where: {all: [{trait: sex, is: [male]}]}, coverage: 0.5, today: 0.1}
    overrides: {effects: [{on: case_state, value: -0.4, source: local_pilot}]}
"""


class Case(NamedTuple):
    """What is written in the place of ``old``, and what must be said about that line."""

    name: str
    old: str
    new: str
    said: str
    line: int = 0  # counted from the line of `old`


PARAMETERS = [
    Case("duplicate key", "    duration: 2", "    duration: 2\n    duration: 3", "duplicate key `duration`, first", 1),
    Case("unknown key", "    duration: 2", "    duraton: 2", "did you mean `duration`?"),
    Case("misspelt key in a number", "{value: 0.05,", "{vlaue: 0.05,", "unknown key `vlaue`; did you mean `value`?"),
    Case("missing key", "    measure: OR\n", "", "`measure` is missing", -3),
    Case("unknown word", "kind: state", "kind: stat", "did you mean `state`?"),
    Case("decimal comma in braces", "{value: 0.05,", "{value: 0,05,", "has a decimal comma; write 0.05"),
    Case("decimal comma in quotes", "{value: 0.05,", '{value: "0,05",', "wanted a number; write 0.05"),
    Case("not a number", "{value: 0.05,", "{value: .nan,", "a finite one"),
    Case("infinite", "{value: 0.05,", "{value: .inf,", "a finite one"),
    Case("too large", "{value: 100,", "{value: 1e999,", "too large for a number"),
    Case("joined digits", "{value: 5000,", "{value: 5_000,", "write 5000"),
    Case("leading zeros", "duration: 2", "duration: 02", "wanted a whole number; write 2"),
    Case("per cent", "{value: 0.05,", "{value: 5 %,", "write 0.05"),
    Case("probability above 1", "0.3, unit: prob", "1.3, unit: prob", "lies between 0 and 1"),
    Case("share below 0", "{value: 0.8, unit: share", "{value: -0.8, unit: share", "lies between 0 and 1, found -0.8"),
    Case("value outside interval", "low: 0.03, high: 0.07", "low: 0.06, high: 0.07", "outside low 0.06 – high 0.07"),
    Case("half an interval", "low: 0.03, high", "high", "low and high come together"),
    Case("payer shares", "police: {value: 0.4", "police: {value: 0.3", "payer shares sum to 0.9, wanted 1", -1),
    Case("unknown payer", "municipality: {value: 0.6", "kommun: {value: 0.6", "wanted state/BODY or one of"),
    Case("no price year", "{value: 100, unit: SEK, year: 2024,", "{value: 100, unit: SEK,", "needs its price year"),
    Case("missing source", "crude, source: judgement,", "crude,", "`source` is missing"),
    Case("unknown source", "crude, source: judgement", "crude, source: BP0001", "`BP0001`; did you mean `BP001`?"),
    Case("not published", f"crude, {GUESS}", "crude, source: judgement, status: published", "`status: assumption`"),
    Case("assumption without a sentence", f"crude, {GUESS}, why: test", f"crude, {GUESS}", "needs a sentence in `why`"),
    Case("nothing where a value belongs", "account: social_services", "account:", "found nothing where a value"),
    Case("null", "account: social_services", "account: null", "found `null`"),
    Case("alias bomb", "    traits: [sex]", "    traits: &a [*b, *b, *b, *b, *b, *b, *b, *b]", "anchors (`&a`)"),
    Case("alias", "    traits: [sex]", "    traits: *everything", "aliases (`*everything`)"),
    Case("tag", "domain: case", "domain: !!python/object/apply:os.system [ls]", "tags ("),
    Case("merge key", "    traits: [sex]", "    <<: {duration: 3}", "merge keys"),
    Case("second document", "edges:\n", "---\nedges:\n", "a second document"),
    Case("tab", "    duration: 2", "\tduration: 2", "found a tab; indent with spaces"),
    Case("wrong indentation", "    duration: 2", "   duration: 2", "is the indentation right"),
    Case("open bracket", "    traits: [sex]", "    traits: [sex", "a bracket, brace or quotation mark left open?", 1),
    Case("text for a mapping", "{sv: Ett, en: One}", "One", "found `One`, wanted a mapping"),
    Case("mapping for a list", "    traits: [sex]", "    traits: {sex: male}", "found a mapping, wanted a list"),
    Case("ages the wrong way round", "[3, 17]\n    duration", "[17, 3]\n    duration", "write [3, 17]"),
    Case("one age", "    ages: [4, 17]", "    ages: [4]", "found a list of 1"),
    Case("name with capitals", "- id: case_event", "- id: Case-Event", "wanted a name like `conduct_problems`"),
    Case("declared twice", "- id: case_event", "- id: case_state", "`case_state` is declared twice, first at"),
    Case("unknown factor", "  - from: case_state\n", "  - from: case_stat\n", "did you mean `case_state`?"),
    Case("category without a value", "  - from: case_state\n", "  - from: main_activity\n", "say which value"),
    Case("edge without a card", "    estimand: case_card\n    reads", "    reads", "`estimand` is missing", -3),
    Case("no card", "note: test\n    estimand: case_card\n", "note: test\n", "`estimand` is missing", -20),
    Case("unknown card", "    estimand: case_card\n  -", "    estimand: card\n  -", "unknown estimand `card`"),
    Case("card of a total effect", "    effect: direct", "    effect: total", "make the total effect", 10),
    Case("card that says too little", "    risk_of_bias: high\n", "", "`risk_of_bias` is missing", -9),
    Case("unknown trait value", "where: {sex: male}", "where: {sex: man}", "known are `female`, `male`"),
    Case("unknown liability", "      externalising:", "      externalizing:", "did you mean `externalising`?"),
    Case("edge outside the ages", "    ages: [4, 17]", "    ages: [4, 21]", "lies outside those of `case_event`, 3–17"),
    Case("weight of a state", "    reads: last_year", "    acts_on: weight", "write `acts_on: onset or remission`"),
    Case("age without at_age", "    reads: last_year", "    age: 7", "`reads: at_age` and `age` come together", -4),
    Case("target outside the ages", "ages: [6, 12]", "ages: [6, 32]", "outside those of `case_state`, 3–17"),
    Case("window outside the ages", "from: case_state@7-9", "from: case_state@27-29", "was observed at 27–29"),
    Case("window the wrong way round", "from: case_state@7-9", "from: case_state@9-7", "end before they begin"),
    Case("too many years", "years: 2}", "years: 3}", "raise its `duration`"),
    Case("unknown shrink", "    evidence_note", "    shrink: [scaleup]\n    evidence_note", "did you mean `scale_up`?"),
    Case("effect on nothing", "      - on: case_state", "      - on: case_states", "did you mean `case_state`?"),
    Case("effect without months", "        months: 6\n", "", "an effect needs `measure`, `value` and `months`", -4),
    Case("text that goes nowhere", "    duration: 2", "    duration: 2\n    hello", "is the indentation right", 2),
]  # fmt: skip

SCENARIOS = [
    Case("scenario: unknown municipality", '"0581"', "Norköping", "did you mean `Norrköping`? (0581)"),
    Case("scenario: lost zero", '"0581"', "581", 'did you mean "0581" (Norrköping)?'),
    Case("scenario: octal code", '"0581"', "76", 'did you mean "0114" (Upplands Väsby)?'),
    Case("scenario: municipality twice", '"0581"', "0581, Norrköping", "is listed twice"),
    Case("scenario: unknown programme", "case_programme", "case_program", "did you mean `case_programme`?"),
    Case("scenario: unknown key", "start_year: 2026", "startyear: 2026", "did you mean `start_year`?"),
    Case("scenario: too old", "[1, 17]", "[1, 70]", "out of range: lives are followed from 0 to 65"),
    Case("scenario: counted twice", "[1, 17]", "[0, 17]", "counted already"),
    Case("scenario: less than today", "coverage: 0.5", "coverage: 0.05", "only what comes on top of today counts"),
    Case("scenario: per cent", "coverage: 0.5", "coverage: 50", "`50` per cent is 0.5"),
    Case("scenario: decimal comma", "coverage: 0.5", "coverage: 0,5", "write 0.5"),
    Case("scenario: unknown trait value", "is: [male]", "is: [man]", "known are `female`, `male`"),
    Case("scenario: no such effect", "on: case_state", "on: case_event", "has no such effects"),
    Case("scenario: year as text", "start_year: 2026", "start_year: next", "found `next`, wanted a whole number"),
]  # fmt: skip

Run = Callable[..., str]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("data") / "parameters"
    shutil.copytree(parameters_folder(), copy)
    (copy / "case.yaml").write_text(DOMAIN, encoding="utf-8")
    return copy


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that must be refused, and give what it says."""

    def run(*arguments: str | Path) -> str:
        start = time.process_time()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        seconds = time.process_time() - start
        captured = capsys.readouterr()
        assert left.value.code == 2, captured
        assert captured.out == ""
        assert "Traceback" not in captured.err
        assert seconds < 2
        return captured.err

    return run


def changed(text: str, case: Case) -> tuple[str, int]:
    """Make the mistake, and count the line on which it should be reported."""
    assert text.count(case.old) == 1, case
    return text.replace(case.old, case.new), text.count("\n", 0, text.index(case.old)) + 1 + case.line


def test_without_mistakes_nothing_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["parameters", "check", "--data", str(folder)])
    assert left.value.code == 0, capsys.readouterr().err


@pytest.mark.parametrize("case", PARAMETERS, ids=lambda case: case.name)
def test_wrong_parameters(folder: Path, refused: Run, case: Case) -> None:
    text, line = changed(DOMAIN, case)
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        said = refused("parameters", "check", "--data", folder)
    finally:
        path.write_text(DOMAIN, encoding="utf-8")
    assert case.said in said
    assert f"case.yaml:{line}:" in said


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: case.name)
def test_wrong_scenarios(folder: Path, refused: Run, tmp_path: Path, case: Case) -> None:
    text, line = changed(SCENARIO, case)
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    said = refused("run", path, "--data", folder, "--persons", "1000")
    assert case.said in said
    assert f"case.yaml:{line}:" in said


def test_a_circle_within_one_year(folder: Path, refused: Run) -> None:
    path = folder / "case.yaml"
    text = DOMAIN.replace("ages: [4, 17]", "ages: [4, 17]\n    reads: this_year")
    path.write_text(text.replace("reads: last_year", "reads: this_year"), encoding="utf-8")
    try:
        said = refused("parameters", "check", "--data", folder)
    finally:
        path.write_text(DOMAIN, encoding="utf-8")
    assert "case_state → case_event → case_state" in said
    assert "case.yaml:40:" in said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (DOMAIN.encode("utf-16"), "case.yaml:1:1: the file is UTF-16; save it as UTF-8"),
        (DOMAIN.encode("utf-8-sig"), "case.yaml:1:1: the file begins with a byte order mark"),
        (DOMAIN.encode("latin-1"), "case.yaml:22:19: byte 0xe5 is not UTF-8"),
        (b"", "case.yaml:1:1: the file is empty"),
        (b"domain: " + b"[" * 5000, "nested deeper than 50 levels"),
        (b"#" + b"x" * 5_000_000, "the file has 5.0 MB, at most 5 MB are read"),
        (b"domain: case\x00\n", "invisible character U+0000"),
    ],
    ids=["UTF-16", "byte order mark", "Latin-1", "empty", "5,000 brackets", "5 MB", "binary"],
)
def test_files_that_are_not_plain_text(folder: Path, refused: Run, raw: bytes, said: str) -> None:
    path = folder / "case.yaml"
    path.write_bytes(raw)
    try:
        assert said in refused("parameters", "check", "--data", folder)
    finally:
        path.write_text(DOMAIN, encoding="utf-8")


def test_a_hundred_megabytes(refused: Run, tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    assert "large.yaml: the file has 100.0 MB" in refused("run", path)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("sources.csv", "id,citation", "id,citaton", "csv:1: column `citation` is missing; did you mean `citaton`"),
        ("sources.csv", "\nBP002,", "\nBP001,", "sources.csv:3: `BP001` is listed twice, first on line 2"),
        ("sources.csv", "\nBP002,", "\nBP002,more,", "sources.csv:3: the row has 8 cells, the header 7"),
        ("life_table.csv", "0,male,0.0024344", "0,male,0.0024344x", "csv:2: column `qx`: found `0.0024344x`"),
        ("life_table.csv", "0,male,0.0024344", '0,male,"0,0024"', "csv:2: column `qx`: found `0,0024` (a decimal"),
        ("life_table.csv", "0,male,0.0024344", "0,male,1.5", "csv:2: column `qx`: a probability lies between"),
        ("life_table.csv", "\n1,male", "\n1,man", "no row for age 1, sex male"),
        ("places/municipalities.csv", "\n0115,", "\n115,", "0115"),
        ("places/municipality_age_2022.csv", ",female,179,", ",female,many,", "csv:2: column `age_0`: found `many`"),
    ],
)  # fmt: skip
def test_wrong_tables(folder: Path, refused: Run, name: str, old: str, new: str, said: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    try:
        assert said in refused("parameters", "check", "--data", folder)
    finally:
        path.write_text(text, encoding="utf-8")


def test_files_that_are_not_there(folder: Path, refused: Run, tmp_path: Path) -> None:
    (tmp_path / "crime.yaml").write_text(SCENARIO, encoding="utf-8")
    assert "did you mean `crime.yaml`?" in refused("run", tmp_path / "crim.yaml", "--data", folder)
    assert "this is a folder" in refused("run", tmp_path, "--data", folder)
    assert "no such folder" in refused("parameters", "check", "--data", tmp_path / "absent")
    assert "no parameter files" in refused("parameters", "check", "--data", folder / "places")


def test_wrong_words_on_the_command_line(folder: Path, refused: Run) -> None:
    assert "did you mean `conduct_problems`?" in refused("parameters", "show", "conduct_problem")
    assert "did you mean `edge`?" in refused("parameters", "list", "--kind", "edges")
    assert "No such command" in refused("rum")
    assert "No such option" in refused("parameters", "check", "--jsn")
    assert "--persons" in refused("run", folder / "case.yaml", "--persons", "many")
    assert "--persons" in refused("run", folder / "case.yaml", "--persons", "0")
    assert "--preset" in refused("run", folder / "case.yaml", "--preset", "nice")
