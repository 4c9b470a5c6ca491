"""``livsbana price``: one document on stdout, a figure, and refusals that say what to do."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from invented import invented
from world import SCENARIO

from livsbana.cli.app import main
from livsbana.cli.json_schemas import schema_text
from livsbana.errors import InputError
from livsbana.parameters.library import Library, load_library, parameters_folder
from livsbana.parameters.outcomes import OutcomesFile
from livsbana.pricing.document import PriceDocument
from livsbana.pricing.price import find_outcome
from livsbana.reports.price_figure import write_price_figure
from livsbana.reports.price_table import VERDICTS, price_answer
from livsbana.reports.table import answer, render

SCHOOL = SCENARIO.parent / "gymnasiebehorighet.yaml"
FEW = ("--persons", "4000", "--seed", "3")


def priced(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["price", *arguments, *FEW])
    assert left.value.code == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["price", *arguments, *FEW])
    assert left.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of one price, with two draws."""
    folder, shown = tmp_path_factory.mktemp("price"), StringIO()
    asked = [str(SCENARIO), "--outcome", "acting_out_down", "--draws", "2", "--out", str(folder)]
    with redirect_stdout(shown), pytest.raises(SystemExit) as left:
        main(["price", *asked, *FEW])
    assert left.value.code == 0
    (folder / "shown.txt").write_text(shown.getvalue(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def document(answered: Path) -> PriceDocument:
    return PriceDocument.model_validate_json((answered / "price.json").read_text(encoding="utf-8"))


def test_the_document_answers_what_was_asked(document: PriceDocument, answered: Path) -> None:
    raw: dict[str, Any] = json.loads((answered / "price.json").read_text(encoding="utf-8"))
    assert {"floor", "ceiling", "values", "payers"} <= set(raw)
    assert {"do", "iv", "null", "naive"} <= set(raw["values"])
    assert {"municipality/home", "region/home", "state"} <= set(raw["payers"])
    assert document.draws == 2
    assert document.outcome.id == "acting_out_down"


def test_floor_and_ceiling_hang_together(document: PriceDocument) -> None:
    parts = [document.payers[name].ceiling_per_observed for name in ("municipality/home", "region/home", "state")]
    if document.ceiling.per_observed is not None:
        total = sum(part.mean for part in parts if part is not None)
        assert document.ceiling.per_observed.mean == pytest.approx(total)
        state = document.payers["state"].ceiling_per_observed
        assert state is not None
        assert state.mean <= document.state_cap.per_observed + 1e-6
    assert document.state_cap.amount == pytest.approx(document.state_cap.share * document.reach.delivery_cost)
    assert document.state_cap.expected_payment <= document.state_cap.amount + 1e-6
    assert document.reach.with_interest > document.reach.delivery_cost


def test_figure_and_table_are_made_of_the_document_alone(
    document: PriceDocument, answered: Path, tmp_path: Path
) -> None:
    for name, path in zip(("figure.svg", "figure.png"), write_price_figure(document, tmp_path), strict=True):
        assert path.read_bytes() == (answered / name).read_bytes()
    for language in ("en", "sv"):
        shown = render(price_answer(document, language), width=110)
        assert max(map(len, shown.splitlines())) <= 110


def test_the_answer_says_what_is_wrong_with_it(document: PriceDocument) -> None:
    assert any("naive contrast is wrong" in line for line in document.cautions)
    assert any("assumptions" in line for line in document.cautions)
    assert any("raise --persons" in line for line in document.cautions)


def test_the_same_seed_gives_the_same_price(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [
        priced(capsys, str(SCHOOL), "--outcome", "eligible_upper_secondary", "--json", "--threads", threads)
        for threads in ("1", "2")
    ]
    one, two = ({k: v for k, v in json.loads(t).items() if k not in ("timing", "manifest")} for t in texts)
    assert one == two


def test_the_table_says_first_whether_to_price(answered: Path, document: PriceDocument) -> None:
    shown = (answered / "shown.txt").read_text(encoding="utf-8")
    assert VERDICTS[document.verdict] in " ".join(shown.split()[:80])
    assert "Sharing the bill" in shown


def test_a_run_shows_how_its_bill_could_be_shared() -> None:
    shown = " ".join(render(answer(invented()), width=110).split())
    assert "no split of the 9.0 MSEK leaves all three whole: together they fall 7.0 MSEK short" in shown
    assert "can be shared so that nobody loses on average and in four of five draws" in shown


@pytest.mark.parametrize(("model", "name"), [(PriceDocument, "price"), (OutcomesFile, "outcomes")])
def test_the_schema_files_are_current(model: Any, name: str) -> None:
    folder = Path(__file__).resolve().parents[1] / "src" / "livsbana" / "parameters" / "json_schema"
    assert (folder / f"{name}.schema.json").read_text(encoding="utf-8") == schema_text(model)


def test_an_unknown_outcome_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str], library: Library) -> None:
    assert "acting_out_down" in refused(capsys, str(SCHOOL), "--outcome", "acting_out")
    with pytest.raises(InputError, match="known are"):
        find_outcome(library, "zzz")


def test_an_outcome_that_nobody_can_reach_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, str(SCHOOL), "--outcome", "parenting_capacity_up")
    assert "nobody in `gymnasiebehorighet` can still reach `parenting_capacity_up`" in said


WRONG = {
    "wished: 0\n    ages: [10, 10]": ("wished: 0\n    ages: [10, 99]", "ages of an outcome lie from 0 to 65"),
    "factor: school_absence": ("factor: school_absense", "unknown factor `school_absense`"),
    "leads_to: [in_work_or_studies]": ("leads_to: [acting_out_down]", "cannot be led to"),
    "linked: [parenting_capacity_up, substance_misuse_avoided]": ("linked: [nothing]", "unknown outcome `nothing`"),
    "is: [studying, employed]": ("is: [studying, emploied]", "has no value `emploied`"),
    "ages: [15, 15]\n    held_to: 16": ("ages: [15, 17]\n    held_to: 17", "active at ages 7–16 only"),
    "capital_rate: {value: 0.05,": ("capital_rate: {value: 5%,", "wanted a number"),
}


@pytest.mark.parametrize("found", WRONG)
def test_bad_outcomes_are_refused_with_file_and_line(found: str, tmp_path: Path) -> None:
    wrong, says = WRONG[found]
    for path in parameters_folder().rglob("*"):
        target = tmp_path / "parameters" / path.relative_to(parameters_folder())
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            target.symlink_to(path)
    file = tmp_path / "parameters" / "outcomes.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(found) >= 1
    file.unlink()
    file.write_text(text.replace(found, wrong, 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"outcomes\.yaml:\d+") as error:
        load_library(tmp_path)
    assert says in str(error.value)
