"""Logic models: two formats, one model; bad cells and identity numbers refused; verdicts and power right."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from livsbana.cli.app import main
from livsbana.errors import InputError
from livsbana.lifecourse.stored import load_fit
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Where
from livsbana.pilots.benchmark import Benchmark, simulate_benchmark
from livsbana.pilots.compare import compare
from livsbana.pilots.document import CompareDocument
from livsbana.pilots.judge import verdict_of
from livsbana.pilots.leading import carried_share, slope
from livsbana.pilots.personal import identity_number
from livsbana.pilots.power import (
    detects,
    exceeds,
    false_gain_of_selected,
    mean_falls,
    needed_an_arm,
    se_of_shares,
    significant,
)
from livsbana.pilots.read import Pilot, read_pilot
from livsbana.pilots.schema import PilotFile
from livsbana.pilots.templates import new_pilot, new_scenario, pilot_yaml, write_workbook
from livsbana.reports.pilot_figure import draw_pilot
from livsbana.reports.pilot_table import pilot_answer
from livsbana.reports.table import render
from livsbana.scenario.read import read_scenario

SHIPPED = sorted((Path(__file__).resolve().parents[1] / "scenarios" / "pilots").glob("*.yaml"))
PERSONS, DRAWS = 1_000, 12
IDENTITY = "811218-9876"  # the example of the tax agency's own leaflet


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_new_pilot_reads_the_same_from_both_files(tmp_path: Path, library: Library, language: str) -> None:
    yaml, xlsx = new_pilot("ours", tmp_path, "sv" if language == "sv" else "en")
    assert read_pilot(yaml, library).file == read_pilot(xlsx, library).file


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_pilots_survive_the_round_trip(tmp_path: Path, library: Library, path: Path) -> None:
    file = read_pilot(path, library).file
    assert len(SHIPPED) == 4
    write_workbook(file, tmp_path / "pilot.xlsx", "sv")
    (tmp_path / "pilot.yaml").write_text(pilot_yaml(file, "en", "pilot.yaml"), encoding="utf-8")
    assert read_pilot(tmp_path / "pilot.xlsx", library).file == file
    assert read_pilot(tmp_path / "pilot.yaml", library).file == file


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_pilots_claim_no_size_that_the_pre_study_does_not_state(library: Library, path: Path) -> None:
    file = read_pilot(path, library).file
    assert not any(claim.stated for claim in (*file.links, *file.outcomes))


def test_a_new_scenario_reads(tmp_path: Path, library: Library) -> None:
    assert read_scenario(new_scenario("ours", tmp_path, "sv"), library).id == "ours"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    new_pilot("ours", tmp_path, "en")
    with pytest.raises(InputError, match="there already"):
        new_pilot("ours", tmp_path, "en")


@pytest.mark.parametrize("text", ["=1+1", "+46", "-x", "@SUM(A1)"])
def test_a_text_like_a_formula_stays_a_text(tmp_path: Path, library: Library, text: str) -> None:
    file = demo(tmp_path, library).file.model_copy(update={"label": text})
    write_workbook(file, tmp_path / "pilot.xlsx", "en")
    assert read_pilot(tmp_path / "pilot.xlsx", library).file.label == text
    assert load_workbook(tmp_path / "pilot.xlsx")["Pilot"]["B3"].data_type == "s"


def demo(folder: Path, library: Library) -> Pilot:
    """The worked example."""
    return read_pilot(new_pilot("demo", folder, "en")[0], library)


BAD_CELLS = [
    ("Pilot", "B6", "soon", "found `soon`, wanted a whole number"),
    ("Pilot", "B5", "Norkoping", "did you mean"),
    ("Pilot", "B9", "conduct_problem", "did you mean `conduct_problems`"),
    ("Pilot", "B12", "matchad", "wanted one of `randomised`, `matched`, `before_after`"),
    ("Chain", "B3", "conduct_problms", "did you mean `conduct_problems`"),
    ("Chain", "C3", "ten", "found `ten`, wanted a number"),
    ("Chain", "C4", -300, "found `-300`, wanted at least -100"),
    ("Chain", "A3", "parent_group", "did you mean `parent_groups`"),
    ("Chain", "C1", "Percentage point", "did you mean `Percentage points`"),
    ("Outcomes", "B3", "wish", "wanted one of `wished_change`"),
    ("Activities", "C3", "komett", "did you mean `komet`"),
    ("Costs", "A3", "kommunen", "unknown payer `kommunen`"),
]


@pytest.mark.parametrize(("sheet", "cell", "value", "words"), BAD_CELLS, ids=[f"{s}!{c}" for s, c, *_ in BAD_CELLS])
def test_a_bad_cell_is_named(
    tmp_path: Path, library: Library, sheet: str, cell: str, value: str | int, words: str
) -> None:
    path = edited(tmp_path, sheet, cell, value)
    with pytest.raises(InputError) as refused:
        read_pilot(path, library)
    assert f"demo.xlsx:{sheet}!{cell}: " in str(refused.value)
    assert words in str(refused.value)


def edited(folder: Path, sheet: str, cell: str, value: str | int) -> Path:
    """The worked example's workbook with one other cell."""
    path = new_pilot("demo", folder, "en")[1]
    book = load_workbook(path)
    book[sheet][cell] = value
    book.save(path)
    return path


def test_a_bad_line_is_named(tmp_path: Path, library: Library) -> None:
    path = new_pilot("demo", tmp_path, "en")[0]
    path.write_text(path.read_text("utf-8").replace("change_pp: -3", "change_pp: -3,5"), encoding="utf-8")
    line = next(k for k, text in enumerate(path.read_text("utf-8").splitlines(), 1) if "-3,5" in text)
    with pytest.raises(InputError, match=rf"demo\.yaml:{line}:\d+: found `-3,5`.*write -3\.5"):
        read_pilot(path, library)


def test_what_is_no_workbook_is_refused(tmp_path: Path, library: Library) -> None:
    (tmp_path / "pilot.xlsx").write_text("pilot: x", encoding="utf-8")
    with pytest.raises(InputError, match="no Excel workbook"):
        read_pilot(tmp_path / "pilot.xlsx", library)


# ---------------------------------------------------------------- personal data


@pytest.mark.parametrize(
    "text", [IDENTITY, "19" + IDENTITY, "198112189876", "8112189876", f"Anna {IDENTITY}!", "811278-9873"]
)
def test_identity_numbers_are_seen(text: str) -> None:
    assert identity_number(text)


@pytest.mark.parametrize(
    "text", ["811218-9877", "811318-9876", "2026", "7500000", "0581", "1.5", "19811218", "12345678901"]
)
def test_other_numbers_are_not(text: str) -> None:
    assert not identity_number(text)


@pytest.mark.parametrize(
    ("cell", "value"), [("H4", IDENTITY), ("G3", f"child {IDENTITY}"), ("K1", "Personnummer"), ("C3", 198112189876)]
)
def test_identity_numbers_in_a_workbook_are_refused(
    tmp_path: Path, library: Library, cell: str, value: str | int
) -> None:
    path = edited(tmp_path, "Chain", cell, value)
    with pytest.raises(InputError) as refused:
        read_pilot(path, library)
    assert f"Chain!{cell}: found what looks like a personal identity number" in str(refused.value)
    assert "9876" not in str(refused.value)


def test_identity_numbers_in_yaml_are_refused(tmp_path: Path, library: Library) -> None:
    path = new_pilot("demo", tmp_path, "en")[0]
    path.write_text(path.read_text("utf-8").replace("Parent groups", f"Group of {IDENTITY}"), encoding="utf-8")
    with pytest.raises(InputError, match=r"demo\.yaml:\d+:\d+: found what looks like a personal identity number"):
        read_pilot(path, library)


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize(
    ("n", "none", "small", "middle", "large", "test"),
    [
        (50, 0.16, 0.31, 0.50, 0.77, 0.39),
        (100, 0.08, 0.24, 0.50, 0.86, 0.55),
        (200, 0.02, 0.16, 0.50, 0.93, 0.76),
        (500, 0.001, 0.06, 0.50, 0.99, 0.97),
    ],
)
def test_chances_agree_with_the_table(
    n: int, none: float, small: float, middle: float, large: float, test: float
) -> None:
    for d, chance in ((0.0, none), (0.1, small), (0.2, middle), (0.35, large)):
        assert exceeds(d, 0.2, n) == pytest.approx(chance, abs=0.0051)
    assert significant(0.2, n, 0.10) == pytest.approx(test, abs=0.0051)


def test_before_and_after_errs_more_surely_with_more_data() -> None:
    for n, nothing, regression in ((50, 0.28, 0.62), (500, 0.03, 0.82)):
        assert mean_falls(0.10, 0.0, n, 1.2, 0.5) == pytest.approx(nothing, abs=0.0051)
        assert mean_falls(0.10, 0.15, n, 1.2, 0.5) == pytest.approx(regression, abs=0.0051)
    assert false_gain_of_selected(0.2, 0.5) == pytest.approx(0.70, abs=0.005)


def test_the_needed_number_gives_the_wanted_power() -> None:
    n = needed_an_arm(0.3, 0.2)
    assert n == 291  # 7.849 (0.21 + 0.16) / 0.01 = 290.4
    assert detects(0.1, se_of_shares(0.2, 0.3, n, n)) == pytest.approx(0.8, abs=0.002)
    assert needed_an_arm(0.3, 0.3) is None


@given(st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=40), st.sampled_from([-1.0, 1.0]))
def test_a_verdict_orders_claims(changes: list[float], good: float) -> None:
    simulated = np.array(changes)
    order = ["below", "within", "optimistic", "beyond"]
    sizes = np.linspace(0.001, 0.6, 30)
    judged = [verdict_of(good * float(s), simulated, good) for s in sizes]
    ranks = [order.index(v) for v, _ in judged]
    percentiles = [p for _, p in judged if p is not None]
    assert ranks == sorted(ranks)
    assert percentiles == sorted(percentiles)
    assert ranks[-1] == 3
    assert verdict_of(None, simulated, good) == ("not_stated", None)


def test_a_perfect_surrogate_carries_all_and_noise_nothing() -> None:
    early = [np.array([0.1, 0.2]), np.array([0.3, 0.1]), np.array([0.05, 0.01])]
    late = [3 * x for x in early]
    assert carried_share(early, late) == pytest.approx(1.0)
    assert slope(early, late) == pytest.approx(3.0)
    opposed = [late[0], -late[1], np.array([0.0, 0.02])]
    assert carried_share(early, opposed) == 0.0
    assert carried_share(early[:2], late[:2]) is None


# ---------------------------------------------------------------- synthetic pilots made from the model


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Pilot:
    """The worked example for all children of one age, so that few persons are enough, and without claims."""
    pilot = demo(tmp_path_factory.mktemp("pilot"), library)
    links = [x.model_copy(update={"change_pp": None}) for x in pilot.file.links]
    outcomes = [x.model_copy(update={"change_pp": None}) for x in pilot.file.outcomes]
    target = pilot.file.target.model_copy(update={"ages": (6, 6), "where": []})
    file = pilot.file.model_copy(update={"links": links, "outcomes": outcomes, "target": target})
    return Pilot(file, pilot.place, Where())


@pytest.fixture(scope="module")
def shelf(library: Library) -> Library:
    """The library with the example's programme alone, which is quicker."""
    return replace(library, programmes={"komet": library.programmes["komet"]})


@pytest.fixture(scope="module")
def benchmark(example: Pilot, shelf: Library) -> Benchmark:
    """What the model says of it."""
    return simulate_benchmark(example, shelf, load_fit(shelf)[0], PERSONS, DRAWS, 1, 2)


def some_draws(benchmark: Benchmark, which: slice) -> Benchmark:
    """A benchmark of some of the draws."""
    return replace(
        benchmark,
        share={a: x[which] for a, x in benchmark.share.items()},
        money={a: x[which] for a, x in benchmark.money.items()},
        discount=benchmark.discount[which],
        plausible=benchmark.plausible[which],
    )


HALVES = (slice(0, None, 2), slice(1, None, 2))  # claims are made from one half of the draws and judged by the other


def with_claim(pilot: Pilot, k: int, change_pp: float) -> Pilot:
    """The same pilot with a size for one step."""
    links = list(pilot.file.links)
    links[k] = links[k].model_copy(update={"change_pp": change_pp})
    return Pilot(pilot.file.model_copy(update={"links": links}), pilot.place, pilot.where)


def test_claims_at_the_simulated_median_are_within(example: Pilot, library: Library, benchmark: Benchmark) -> None:
    verdicts: list[str] = []
    for maker, judge in (HALVES, HALVES[::-1]):
        one, other = some_draws(benchmark, maker), some_draws(benchmark, judge)
        for k, months in product(range(len(example.file.links)), (24, 60, 120, 180)):
            links = [x.model_copy(update={"months": months}) for x in example.file.links]
            timed = Pilot(example.file.model_copy(update={"links": links}), example.place, example.where)
            claim = compare(timed, library, one, DRAWS).links[k].p50
            assert claim is not None
            if claim != 0:
                verdicts.append(compare(with_claim(timed, k, claim), library, other, DRAWS).links[k].verdict)
    assert len(verdicts) > 12
    assert sum(v == "within" for v in verdicts) >= 0.95 * len(verdicts), verdicts


def test_claims_at_three_times_p95_are_flagged(example: Pilot, library: Library, benchmark: Benchmark) -> None:
    for maker, judge in (HALVES, HALVES[::-1]):
        one, other = some_draws(benchmark, maker), some_draws(benchmark, judge)
        for k, link in enumerate(compare(example, library, one, DRAWS).links):
            assert link.p95 is not None
            found = compare(with_claim(example, k, 3 * link.p95), library, other, DRAWS).links[k]
            assert found.verdict in ("optimistic", "beyond"), found


def test_threads_and_further_draws_change_nothing(
    example: Pilot, library: Library, shelf: Library, benchmark: Benchmark
) -> None:
    again = simulate_benchmark(example, shelf, load_fit(shelf)[0], PERSONS, 2, 1, 1)
    first = some_draws(benchmark, slice(0, 2))
    documents = [compare(example, library, b, 2).model_dump_json() for b in (again, first)]
    assert documents[0] == documents[1]


def test_the_document_hangs_together(example: Pilot, library: Library, benchmark: Benchmark) -> None:
    document = compare(example, library, benchmark, DRAWS)
    for claim in (*document.links, *document.outcomes):
        assert claim.p5 is not None
        assert claim.p95 is not None
        assert abs(claim.p5) <= abs(claim.p95) + 1e-9 or claim.p5 * claim.p95 <= 0
    assert {(m.source, m.target) for m in document.missing} == {("school_absence", "offending")}
    assert document.without_evidence == []
    assert all(p.detects is not None and 0 <= p.detects <= 1 for p in document.power)
    payers = {b.payer: b for b in document.break_even}
    assert payers["municipality"].cost == pytest.approx(600_000 * benchmark.discount[:, 0].mean())
    assert payers["state"].effect_needed is None
    needed = payers["municipality"].effect_needed
    if needed is not None:
        assert needed * payers["municipality"].avoided_p50 == pytest.approx(payers["municipality"].cost)
    assert json.loads(document.model_dump_json())["pilot"] == "demo"


def with_evaluation(pilot: Pilot, **changes: object) -> Pilot:
    """The same pilot, evaluated otherwise."""
    plan = pilot.file.evaluation.model_copy(update=changes)
    return Pilot(pilot.file.model_copy(update={"evaluation": plan}), pilot.place, pilot.where)


def test_small_groups_are_not_shown(example: Pilot, library: Library, benchmark: Benchmark) -> None:
    few = with_evaluation(example, treated=9, compared=12)
    document = compare(few, library, benchmark, DRAWS)
    assert all(p.treated is None and p.detects is None and p.compared == 12 for p in document.power)
    assert "<10" in render(pilot_answer(document, "sv"), 120)


def test_more_persons_see_more_and_before_after_is_fooled_by_drift(
    example: Pilot, library: Library, benchmark: Benchmark
) -> None:
    def behaviour(pilot: Pilot):
        return next(p for p in compare(pilot, library, benchmark, DRAWS).power if p.outcome == "behaviour")

    small, large = (behaviour(with_evaluation(example, treated=n, compared=n)) for n in (50, 5_000))
    assert (small.detects or 0) < (large.detects or 0)
    later = [o.model_copy(update={"months": 96}) if o.outcome == "behaviour" else o for o in example.file.outcomes]
    slow = Pilot(example.file.model_copy(update={"outcomes": later}), example.place, example.where)
    alone = behaviour(with_evaluation(slow, treated=100, compared=None, comparator="before_after"))
    fair = behaviour(with_evaluation(slow, treated=100, compared=100, comparator="randomised"))
    assert fair.false_alarm == 0.025
    assert alone.false_alarm is not None
    assert alone.false_alarm != pytest.approx(0.025, abs=0.001)  # children grow, and their behaviour with them


def test_a_claim_without_a_causal_way_has_no_evidence(example: Pilot, library: Library, benchmark: Benchmark) -> None:
    back = example.file.links[2].model_copy(update={"source": "offending", "target": "school_absence"})
    away = Pilot(example.file.model_copy(update={"links": [example.file.links[0], back]}), example.place, example.where)
    document: CompareDocument = compare(away, library, benchmark, DRAWS)
    found = {(u.source, u.target) for u in document.without_evidence}
    if document.links[1].verdict == "no_evidence":
        assert found == {("offending", "school_absence")}
    else:
        assert found == set()


@pytest.mark.parametrize("language", ["sv", "en"])
def test_table_and_figure_say_the_verdicts(
    example: Pilot, library: Library, benchmark: Benchmark, language: str
) -> None:
    chosen = "sv" if language == "sv" else "en"
    document = compare(example, library, benchmark, DRAWS)
    text = render(pilot_answer(document, chosen), 120)
    assert ("ingen storlek angiven" if chosen == "sv" else "no size stated") in text
    assert len(draw_pilot(document, chosen).axes) == 1


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["new", "pilot", "ours", "--lang", "sv", "--out", str(tmp_path)])
    assert left.value.code == 0
    capsys.readouterr()
    arguments = ["--persons", "2000", "--draws", "0", "--json", "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as left:
        main(["compare", str(tmp_path / "ours.xlsx"), *arguments])
    assert left.value.code == 0
    printed = capsys.readouterr().out
    document = CompareDocument.model_validate_json(printed)
    assert {"links", "missing", "power", "break_even", "leading_indicators"} <= set(json.loads(printed))
    assert document.draws == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["compare.json", "figure.png", "figure.svg"]
    assert PilotFile.model_fields.keys() >= {"links", "outcomes"}


def test_a_bad_pilot_leaves_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.yaml").write_text("pilot: x\n", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["compare", str(tmp_path / "bad.yaml")])
    shown = capsys.readouterr()
    assert left.value.code == 2
    assert "bad.yaml:1:1" in shown.err
    assert "Traceback" not in shown.err
