"""Reports as pages and workbooks: whole, escaped, the same every time, and right in both languages."""

from __future__ import annotations

import re
import string
import subprocess
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import invented, null
from openpyxl import load_workbook
from system_tools import REQUIRED, system_tool

from livsbana.cli.app import main
from livsbana.errors import InputError
from livsbana.parameters.library import Library
from livsbana.reports import charts, cheers
from livsbana.reports.html import render_html
from livsbana.reports.kinds import as_one, kind_of, read_answer
from livsbana.reports.numbers import numbers_by_domain
from livsbana.reports.phrases import Language, catalogue, phrase
from livsbana.reports.text import finding, headline
from livsbana.reports.views import BASE, VALUATIONS, View, accounts_in, flows_in, views_of
from livsbana.reports.words import THIN, exact, number, percent, scale_of
from livsbana.reports.workbook import write_workbook
from livsbana.runs.document import RunComparison, RunDocument, Text

LANGUAGES: tuple[Language, ...] = ("sv", "en")
VOID = {"meta", "link", "br", "input", "img", "hr"}


class Page(HTMLParser):
    """A page as its elements, checked for nesting; raises on a tag that closes another."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.words))

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


def compared() -> RunComparison:
    return RunComparison(runs=[invented("A"), invented("B", 2.0), invented("C", draws=0)])


# Words and numbers.


def test_every_phrase_asks_for_the_same_parts_in_both_languages() -> None:
    def parts(words: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}

    for key, text in catalogue().items():
        assert text.sv, key
        assert parts(text.sv) == parts(text.en), key


def test_every_phrase_is_used_and_every_used_phrase_is_there() -> None:
    source = Path(__file__).resolve().parents[1] / "src" / "livsbana"
    code = "\n".join(path.read_text(encoding="utf-8") for pattern in ("*.py", "*.j2") for path in source.rglob(pattern))
    written = set(re.findall(r"""(?:phrase|say)\(\s*["']([a-z_0-9.]+)["']\s*[,)]""", code))
    assert written <= catalogue().keys()
    words = set(re.findall(r"[a-z_0-9]+", code))
    unused = [key for key in catalogue() if not any(part in words for part in key.split(".")[-1:])]
    assert [key for key in unused if not key.startswith("cheers.")] == []


@pytest.mark.parametrize(
    ("value", "exponent", "written"),
    [(1234567.0, 0, f"1{THIN}234{THIN}567"), (-0.46, -1, "−0,5"), (12.0, -2, "12,00"), (0.04, -1, "≈0")],
)
def test_swedish_numbers(value: float, exponent: int, written: str) -> None:
    assert number(value, exponent, language="sv") == written


@given(st.floats(-1e9, 1e9), st.integers(-3, 4))
def test_a_number_is_the_same_in_both_languages(value: float, exponent: int) -> None:
    swedish = number(value, exponent, True, "sv").replace(THIN, "").replace(",", ".")
    assert swedish == number(value, exponent, True, "en").replace(",", "")


@given(st.floats(1e-9, 1e15))
def test_exact_keeps_six_digits(value: float) -> None:
    mantissa, _, power = exact(value).replace(",", "").partition("×10^")
    assert float(mantissa) * 10 ** int(power or 0) == pytest.approx(value, rel=1e-5)


def test_swedish_sentences() -> None:
    assert finding(invented(), "sv") == f"Exempelby betalar 35 Mkr och får tillbaka 25{THIN}%; staten vinner 15 Mkr"
    assert percent(0.215, "sv") == f"22{THIN}%"
    assert scale_of([36_430_000.0], "sv").plain(36_430_000) == "36,4"
    words = headline(invented(), "sv")
    assert "Förlorar, Mkr: Kommuner −23, Hushåll −4,1. Vinner, Mkr: Staten" in words
    assert "." not in re.sub(r"\.(\s|$)", "", words)


# Views of the money.


def test_the_view_of_the_answer_is_the_answer() -> None:
    document = invented()
    for payer, flow in flows_in(document, BASE).items():
        account = document.accounts()[payer]
        assert sum(flow.cost) == pytest.approx(account.programme_cost.mean)
        assert sum(flow.avoided) == pytest.approx(account.avoided_cost.mean)
    assert accounts_in(document, BASE) == document.accounts()
    assert views_of(document)[0] == BASE


@pytest.mark.parametrize("view", [View(v, d) for v in VALUATIONS for d in (True, False)])
def test_payers_sum_to_the_total_in_every_view(view: View) -> None:
    accounts = accounts_in(invented(), view)
    levels = ("municipality", "region", "state", "employer", "household", "victim", "unattributed")
    for amount in ("programme_cost", "avoided_cost", "net"):
        total = sum(getattr(accounts[level], amount).mean for level in levels)
        assert total == pytest.approx(getattr(accounts["society"], amount).mean)


def test_undiscounting_gives_back_what_was_paid() -> None:
    document = invented()
    flow = flows_in(document, View(is_discounted=False))["municipality/home"]
    assert flow.cost[:3] == pytest.approx([18e6, 18e6, 0.0])
    cashable = flows_in(document, View("cashable"))["state"]
    assert sum(cashable.avoided) == pytest.approx(0.4 * document.payers.state.avoided_cost.mean)


def test_the_rate_is_certain_so_that_undiscounting_is_exact(library: Library) -> None:
    assert {preset.discount_rate.low for preset in library.economy.presets.values()} == {None}


def test_without_the_money_there_is_no_toggle() -> None:
    rows = [row.model_copy(update={"avoided_average": None}) for row in invented().by_year]
    old = invented().model_copy(update={"by_year": rows})
    assert {view.valuation for view in views_of(old)} == {"marginal"}
    assert "genomsnittskostnad" not in render_html(old, "sv")


# Figures.


@given(st.lists(st.floats(-1e9, 1e9), max_size=20))
def test_an_axis_holds_all_values_and_0(values: list[float]) -> None:
    axis = charts.axis_over(values)
    assert all(0 <= axis.at(value) <= 100 for value in [0.0, *values, *axis.ticks])
    assert 0.0 in axis.ticks
    assert len(axis.ticks) <= charts.TICKS + 3


def test_bars_show_what_is_paid_and_avoided() -> None:
    document = invented()
    names = {"municipality/home": "Exempelby", "household": "Hushåll"}
    home, household = charts.payer_bars(document.accounts(), names, scale_of([1e7])).rows
    paid, avoided = home.bars
    assert paid.is_hatched
    assert not avoided.is_hatched
    assert paid.left + paid.width == pytest.approx(avoided.left, abs=0.02)
    assert avoided.width / paid.width == pytest.approx(0.25, abs=0.01)
    assert household.bars[0].left + household.bars[0].width == pytest.approx(avoided.left, abs=0.02)


# The page.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", [invented, null, compared, lambda: invented(draws=0, place="Sweden")])
def test_a_page_is_whole_and_fetches_nothing(made: Any, language: Language) -> None:
    document = made()
    page = render_html(document, language)
    parsed = Page(page)
    assert dict(parsed.elements[0][1]) == {"lang": language}
    assert not re.search(r"https?://|src=|@import|url\((?!#hatch)", page)
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for attributes in parsed.all("a")]
    assert all(link is not None and link[1:] in ids for link in links)
    assert all(attributes.get("aria-label") for attributes in parsed.all("svg") if attributes.get("role") == "img")
    levels = [int(name[1]) for name, _ in parsed.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert kind_of(document).finding(document, language) in parsed.text()


def test_the_first_page_says_who_pays_who_gains_and_how_sure() -> None:
    text = Page(render_html(invented(), "sv")).text()
    first = text[: text.index("Vad som undviks räknas till")]
    for words in ("Vem betalar? Insatsernas kostnad", "Exempelby −26", "Hushåll −4,1", "Staten +15", "Hur säkert?"):
        assert words in first
    assert f"Exempelby går plus i 0{THIN}% av dragningarna" in first
    assert "Programme Null (sv): studien fann ingen effekt" in first


def test_words_of_a_document_are_never_markup() -> None:
    label = Text(sv="<script>alert(1)</script>", en="</script><img src=x onerror=alert(1)>")
    document = invented().model_copy(update={"label": label, "scenario": "<b>x</b>"})
    for language in LANGUAGES:
        page = Page(render_html(document, language))
        assert not list(page.all("img"))
        assert sum(1 for _ in page.all("script")) == 2
        assert sum(1 for _ in page.all("b")) == sum(1 for _ in Page(render_html(invented(), language)).all("b"))


def test_a_comparison_shows_every_alternative() -> None:
    text = Page(render_html(compared(), "en")).text()
    for name in "ABC":
        assert f"Invented package {name}: Who pays and who gains, year by year" in text
    assert "Invented package B is best for public budgets" in text


def test_the_checklist_has_28_items_and_hides_nothing() -> None:
    assert len(cheers.ITEMS) == 28
    sections = {name: phrase(f"section.{name}", "en") for name in ("summary", "by_year", "method", "certainty")}
    items = {item.number: item for item in cheers.checklist(invented(draws=0), sections, "en")}
    assert list(items) == list(range(1, 29))
    # Background, plan, engagement, funding, interests: nothing in a run says them. Without draws no uncertainty.
    assert {n for n in (3, 4, 20, 21, 24, 25, 27, 28) if items[n].where != "not reported"} == set()
    assert items[8].where == "Who pays and who gains, year by year"
    assert cheers.checklist(invented(), sections, "en")[19].section == "certainty"


def large() -> RunDocument:
    """As many payers, years and numbers as a real run has, with 1,000 draws."""
    document = invented(draws=1_000)
    numbers = [
        number.model_copy(update={"address": f"unit_cost/item_{i}/cost", "why": "A sentence that says why. " * 4})
        for i in range(3_500)
        for number in document.evidence.numbers[:1]
    ]
    return document.model_copy(update={"evidence": document.evidence.model_copy(update={"numbers": numbers})})


def test_the_report_of_a_thousand_draws_is_quick_and_small(tmp_path: Path) -> None:
    document = large()
    began = time.process_time()  # of this process alone, whatever else the machine does
    page = render_html(document, "sv")
    seconds = time.process_time() - began
    assert len(page.encode()) <= 2e6
    assert seconds <= 5
    write_workbook(document, tmp_path / "large.xlsx", "sv")
    assert (tmp_path / "large.xlsx").stat().st_size <= 2e6


def test_every_number_is_listed(library: Library) -> None:
    addresses = [*library.numbers, "novelty/x/y"]
    number = invented().evidence.numbers[0]
    numbers = [number.model_copy(update={"address": address}) for address in addresses]
    evidence = invented().evidence.model_copy(update={"numbers": numbers})
    listed = numbers_by_domain(invented().model_copy(update={"evidence": evidence}), "sv")
    assert sorted(line.address for _, lines in listed for line in lines) == sorted(addresses)
    assert [name for name, _ in listed][-1] == "Novelty"


# The workbook.


def cells(path: Path) -> dict[str, list[list[Any]]]:
    book = load_workbook(path)
    return {
        sheet.title: [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]
        for sheet in book.worksheets
    }


@pytest.mark.parametrize("made", [invented, null, compared])
def test_a_workbook_gives_the_same_bytes(made: Any, tmp_path: Path) -> None:
    for name in ("one.xlsx", "other.xlsx"):
        write_workbook(made(), tmp_path / name, "sv")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "other.xlsx").read_bytes()


def test_a_workbook_holds_the_numbers_with_their_units(tmp_path: Path) -> None:
    write_workbook(invented(), tmp_path / "w.xlsx", "sv")
    sheets = cells(tmp_path / "w.xlsx")
    headings = [value for value, _ in sheets["Betalare"][2]]
    assert headings[:4] == ["Betalare", "Betalar (kr)", "Undviker (kr)", "Netto (kr)"]
    home = next(row for row in sheets["Betalare"] if row[0][0] == "Exempelby")
    account = invented().payers.municipality.home
    assert home[1][0] == pytest.approx(account.programme_cost.mean)
    assert home[4][0] == pytest.approx(account.net.low)
    assert len(sheets["År för år"]) == 3 + len(invented().by_year)
    assert any("An invented report, 2024" in str(row) for row in sheets["Källor"])


def dangerous() -> RunDocument:
    """Labels that a spreadsheet could take for formulas."""
    document = invented()
    groups = {
        f"g{i}": document.groups["compulsory"].model_copy(update={"label": Text(sv=words, en=words)})
        for i, words in enumerate(("=1+1", "+46", "-2", "@SUM(A1)", "=HYPERLINK(1)", "http://x.se", "007"))
    }
    return document.model_copy(update={"groups": groups})


def test_no_text_becomes_a_formula(tmp_path: Path) -> None:
    write_workbook(dangerous(), tmp_path / "w.xlsx", "en")
    sheets = cells(tmp_path / "w.xlsx")
    assert {kind for rows in sheets.values() for row in rows for _, kind in row} <= {"s", "n"}
    labels = [row[0] for row in sheets["Groups"]]
    for words in ("=1+1", "+46", "-2", "@SUM(A1)", "=HYPERLINK(1)", "http://x.se", "007"):
        assert (words, "s") in labels


def test_an_office_suite_reads_and_writes_the_workbook_without_loss(tmp_path: Path) -> None:
    office = system_tool("soffice", "libreoffice")
    write_workbook(dangerous(), tmp_path / "w.xlsx", "sv")
    command = [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "out"), str(tmp_path / "w.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    ours, theirs = cells(tmp_path / "w.xlsx"), cells(tmp_path / "out" / "w.xlsx")
    assert list(ours) == list(theirs)
    for name, rows in ours.items():
        assert len(rows) == len(theirs[name])
        for row, again in zip(rows, theirs[name], strict=True):
            assert [value for value, _ in again[len(row) :]] == [None] * (len(again) - len(row))
            for (value, kind), (value_again, kind_again) in zip(row, again, strict=False):
                assert kind == kind_again, (name, value, value_again)
                is_number = isinstance(value, float)
                assert value_again == (pytest.approx(value, rel=1e-14) if is_number else value)


@pytest.mark.parametrize(("required", "outcome"), [("0", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_a_missing_program_skips_or_fails(
    required: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REQUIRED, required)
    with pytest.raises(outcome, match="needs no-such-program"):
        system_tool("no-such-program")


# The command.


def left(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return end.value.code


def test_a_report_of_a_finished_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = tmp_path / "answer.json"
    answer.write_text(invented().model_dump_json(), encoding="utf-8")
    assert read_answer(answer) == invented()
    assert left(["report", str(answer), "--lang", "sv", "--out", str(tmp_path / "r.html")]) == 0
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == render_html(invented(), "sv")
    assert left(["report", str(answer), str(answer), "--out", str(tmp_path / "r.xlsx")]) == 0
    assert "Alternatives" in cells(tmp_path / "r.xlsx")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "{", "not JSON; wanted what `livsbana run --json` prints"),
        ("a.json", '{"x": 1}', "no document that a report can be about"),
        ("a.json", "[]", "no document that a report can be about"),
        ("a.json", '{"payers": 1, "by_year": [], "wrong_pocket_index": null}', "run the scenario again"),
        ("a.json", "\udcff", "not UTF-8"),
        ("a.txt", "", "is neither; wanted a scenario (.yaml) or the document of a finished run (.json)"),
    ],
)
def test_what_is_no_answer_is_refused(
    name: str, content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert left(["report", str(path), "--out", str(tmp_path / "r.html")]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert name in err
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("out", ["r.pdf", "absent/r.html", "."])
def test_a_file_that_cannot_be_written_is_refused_before_any_work(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert left(["report", "absent.yaml", "--out", out]) == 2
    assert f"--out {out}" in capsys.readouterr().err


def test_only_runs_are_compared() -> None:
    assert as_one([compared(), invented()]) == RunComparison(runs=[*compared().runs, invented()])
    with pytest.raises(InputError, match="only runs"):
        as_one([invented(), Text(sv="a", en="a")])
