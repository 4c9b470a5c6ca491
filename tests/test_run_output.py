"""What a run shows: the document, its tables, figures and files, on invented answers."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import invented, null, outcome
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text as Words
from pyarrow import parquet
from pydantic import ValidationError

from livsbana.cli.json_schemas import schema_text
from livsbana.errors import InputError
from livsbana.reports import layout, palette
from livsbana.reports.cautions import cautions
from livsbana.reports.comparison import comparison
from livsbana.reports.figure import STYLE, draw, draw_comparison, write_figure
from livsbana.reports.parquet import write_parquet
from livsbana.reports.table import answer, as_grid, render
from livsbana.reports.tables import main_outcomes, payer_table
from livsbana.reports.text import comparison_finding, finding, headline, who
from livsbana.reports.words import PAYERS, break_even, error_exponent, number, scale_of
from livsbana.runs.document import Money, PayerAccounts, RunComparison, RunDocument, Text

# The document.


def test_a_document_survives_json() -> None:
    document = invented()
    assert RunDocument.model_validate_json(document.model_dump_json(), strict=True) == document


@pytest.mark.parametrize(("model", "name"), [(RunDocument, "run"), (RunComparison, "run_comparison")])
def test_the_schema_files_are_current(model: type[RunDocument | RunComparison], name: str) -> None:
    folder = Path(__file__).resolve().parents[1] / "src" / "livsbana" / "parameters" / "json_schema"
    assert (folder / f"{name}.schema.json").read_text(encoding="utf-8") == schema_text(model)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mean": math.nan, "low": None, "high": None, "mc_error": 0.0},
        {"mean": math.inf, "low": None, "high": None, "mc_error": 0.0},
        {"mean": 1.0, "low": 0.0, "high": None, "mc_error": 0.0},
        {"mean": 1.0, "low": 2.0, "high": 0.0, "mc_error": 0.0},
        {"mean": 1.0, "low": None, "high": None, "mc_error": -1.0},
        {"mean": 1.0, "low": None, "high": None, "mc_error": 0.0, "median": 1.0},
    ],
)
def test_money_refuses(wrong: dict[str, float | None]) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate(wrong)


def test_accounts_nest_and_unnest() -> None:
    named = invented().payers.by_name()
    assert PayerAccounts.nested(named).by_name() == named
    assert list(named)[:3] == ["municipality", "municipality/home", "municipality/other"]
    with pytest.raises(KeyError):
        PayerAccounts.nested({name: a for name, a in named.items() if name != "region/other"})


# Numbers and words.


@pytest.mark.parametrize(
    ("value", "exponent", "signed", "written"),
    [
        (1234.5, 0, False, "1,234"),
        (1234.5, 2, True, "+1,200"),
        (-0.46, -1, False, "−0.5"),
        (0.04, -1, True, "≈0"),
        (0.0, -1, True, "0"),
        (35.0, 1, False, "40"),
    ],
)
def test_numbers_are_written(value: float, exponent: int, signed: bool, written: str) -> None:
    assert number(value, exponent, signed) == written


@given(st.floats(1e-6, 1e6))
def test_the_last_digit_is_carried_by_the_simulation(error: float) -> None:
    digit = 10.0 ** error_exponent(error)
    assert error / 3.001 <= digit <= error * 3.4


def test_the_unit_follows_the_size() -> None:
    assert scale_of([36_430_000.0]).unit == "MSEK"
    assert scale_of([36_430_000.0]).plain(36_430_000) == "36.4"
    assert scale_of([12_340.0]).plain(12_340) == "12.3"
    assert scale_of([12_340.0]).unit == "kSEK"
    assert scale_of([36_430_000.0]).plain(36_430_000, mc_error_sek=5e6) == "40"


def test_break_even_in_words() -> None:
    paying, gaining = invented().payers.municipality.home, invented().payers.state
    assert break_even(paying) == "never"
    assert break_even(gaining) == "–"
    assert break_even(paying.model_copy(update={"break_even_year": 2041})) == "2041/never"
    lasting = {"break_even_year": 2041, "lasting_break_even_year": 2046}
    assert break_even(paying.model_copy(update=lasting)) == "2041/2046"


# Sentences.


def test_the_headline_says_who_pays_and_who_gains() -> None:
    said = headline(invented())
    assert said.startswith("The package costs public budgets 37 MSEK and gives back 30 MSEK, 80% of it.")
    assert "Exempelby pays 35 MSEK and gets 25% of it back" in said
    assert "does not break even by 2085" in said
    assert "(90% interval −9.2 to −3.3)" in said
    assert who(invented()).startswith("Who loses, MSEK: Municipalities −23, Households −4.1. Who gains, MSEK: State")


def test_the_finding_is_one_short_sentence() -> None:
    assert finding(invented()) == "Exempelby pays 35 MSEK and gets 25% of it back; the state gains 15 MSEK"
    assert finding(invented(place="Sweden")).startswith("The municipal sector pays")
    assert finding(null()) == "Exempelby pays and gains nothing"


def test_alternatives_that_simulation_cannot_rank_are_not_ranked() -> None:
    assert "Invented package B is best for public budgets (+23 MSEK)" in comparison_finding(
        [invented("A"), invented("B", 2.0)]
    )
    assert comparison_finding([invented("A"), invented("B", 1.01)]).startswith("No alternative is clearly best")


def test_what_loses_is_shown_losing() -> None:
    notes = " ".join(cautions(invented(draws=0)))
    assert "Every number here is invented." in notes
    assert "Programme Null: its study found no effect, so none is counted; it costs 5.0 MSEK" in notes
    assert "Programme Loses loses money" in notes
    assert "Programme Works" not in notes
    assert "Central values only" in notes


# Tables.


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("language", ["en", "sv"])
def test_tables_fit_a_terminal(width: int, language: str) -> None:
    shown = render(answer(invented(), "sv" if language == "sv" else "en"), width)
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown
    assert "prison (sv)" in shown if language == "sv" else "Ever in prison " in shown


def test_the_comparison_shows_every_run() -> None:
    shown = render(comparison([invented("A"), invented("B", 2.0), invented("C", draws=0)]))
    assert all(f"Invented package {name}" in shown for name in "ABC")
    assert shown.count("Every number here is invented.") == 1
    assert "! Invented package C: Central values only" in shown


def test_payers_to_whom_nothing_happens_have_no_parts() -> None:
    shown = render(as_grid(payer_table(null())))
    assert "Municipalities" in shown
    assert "Home municipality" not in shown
    assert "Not attributed" not in shown
    assert "For society the net cannot be told from 0." in render(answer(null()), 200)


def test_labels_are_no_markup() -> None:
    label = Text(sv="[bold]Paket[/bold]", en="[red]Package[/red]")
    assert "[red]Package[/red]" in render(answer(invented().model_copy(update={"label": label})))


def test_years_of_what_is_counted_as_ever_are_shown_when_they_change() -> None:
    for difference, shown in ((0.0, False), (-3.0, True)):
        years = outcome("Prison", "person_years", 50.0, difference, 0)
        both = {"prison": years, "prison_ever": outcome("Prison", "persons_ever", 5.0, 0.0, 0)}
        document = invented().model_copy(update={"outcomes": both})
        assert ("prison" in main_outcomes(document)) == shown


# Figures.


def drawn(*documents: RunDocument) -> Figure:
    with style.context(["default", STYLE]):
        figure = draw(documents[0]) if len(documents) == 1 else draw_comparison(documents)
        FigureCanvasAgg(figure).draw()
    return figure


def boxes(figure: Figure) -> list[tuple[str, tuple[float, float, float, float]]]:
    """What is written on a figure, and where; ticks beyond the end of an axis are not drawn."""
    hidden = {
        id(label)
        for axes in figure.axes
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
        for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        if not min(low, high) <= place <= max(low, high)
    }
    words = [w for w in figure.findobj(Words) if isinstance(w, Words) and id(w) not in hidden and w.get_text().strip()]
    return [(w.get_text(), w.get_window_extent().extents) for w in words if w.get_visible()]


@pytest.mark.parametrize(
    "documents",
    [
        (invented(),),
        (null(),),
        (invented("A"), invented("B", 3.0, draws=0), invented("C", -0.4)),
    ],
)
def test_what_is_written_lies_inside_and_apart(documents: tuple[RunDocument, ...]) -> None:
    figure = drawn(*documents)
    width, height = figure.canvas.get_width_height()
    written = boxes(figure)
    outside = [w for w, (x0, y0, x1, y1) in written if x0 < 0 or y0 < 0 or x1 > width or y1 > height]
    assert outside == []
    overlapping = [
        (one, other)
        for i, (one, a) in enumerate(written)
        for other, b in written[i + 1 :]
        if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1
    ]
    assert overlapping == []


def test_the_same_answer_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (write_figure([invented()], tmp_path / name) for name in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert one[0].read_text(encoding="utf-8").startswith("<?xml")
    assert one[1].read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="cannot be written"):
        write_figure([invented()], one[0])


def test_a_figure_shows_the_outcomes_that_change_most() -> None:
    many = {f"outcome_{i}": outcome(f"Outcome {i}", "persons_ever", 1_000.0, -float(i), 0) for i in range(30)}
    chosen = layout.outcomes_of([invented().model_copy(update={"outcomes": many})], "persons_ever")
    assert list(chosen) == [f"outcome_{i}" for i in range(22, 30)]


@given(st.lists(st.floats(0, 1), max_size=12).map(sorted), st.floats(0.01, 0.08))
def test_labels_are_spread(heights: list[float], gap: float) -> None:
    placed = layout.spread(heights, gap)
    assert len(placed) == len(heights)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(placed))
    assert all(-1e-9 <= height <= 1 + 1e-9 for height in placed)


def test_one_colour_a_payer() -> None:
    assert palette.colour("state/police") == palette.colour("state")
    colours = [palette.colour(payer) for payer in PAYERS if "/" not in payer and payer != "society"]
    assert len(set(colours)) == len(colours)


# Files.


def test_parquet_holds_the_answer_in_the_same_bytes(tmp_path: Path) -> None:
    draws = {("state", "net"): [1.0, 2.0, 3.0]}
    one, other = (write_parquet(invented(), tmp_path / name, draws) for name in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert {path.stem for path in one} == {"payers", "by_year", "budget_impact", "outcomes", "draws"}
    rows = parquet.read_table(tmp_path / "one" / "payers.parquet").to_pylist()
    net = next(row for row in rows if (row["payer"], row["measure"]) == ("society", "net"))
    assert net["value"] == invented().society.net.mean
    assert parquet.read_table(tmp_path / "one" / "by_year.parquet").num_rows == len(invented().by_year)
    assert parquet.read_table(tmp_path / "one" / "draws.parquet")["value"].to_pylist() == [1.0, 2.0, 3.0]
    with pytest.raises(InputError, match="cannot be written"):
        write_parquet(invented(), one[0])
