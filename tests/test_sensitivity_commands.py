"""The commands sobol and voi from end to end, with money groups only so that they are quick."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from world import SCENARIO

from livsbana.cli.sobol import sobol_command
from livsbana.cli.voi import voi_command
from livsbana.errors import InputError
from livsbana.uncertainty import grouped, sobol_run, voi_run
from livsbana.uncertainty.groups import MONEY, input_groups
from livsbana.uncertainty.sensitivity_document import SobolDocument
from livsbana.uncertainty.voi_document import VoiDocument

FEW = ("programme_cost", "marginal_shares", "cost_school", "growth")


@pytest.fixture(autouse=True)
def few_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    def few(plan):
        return [g for g in input_groups(plan) if g.id in FEW]

    monkeypatch.setattr(grouped, "CALIBRATION", 1_000)
    for module in (sobol_run, voi_run):
        monkeypatch.setattr(module, "input_groups", few)


@pytest.fixture(scope="module")
def newborn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped scenario for one cohort."""
    text, path = SCENARIO.read_text(encoding="utf-8"), tmp_path_factory.mktemp("scenario") / "newborn.yaml"
    path.write_text(re.sub(r"population: .*", "population: [{births: 2026}]", text), encoding="utf-8")
    return path


def sobol(path: Path, out: Path | None, output: str = "cost", persons: int = 1_000, **how: Any) -> None:
    told = {"n": 16, "method": "sobol", "second": False, "seed": 0, "threads": 2, "json_output": True, **how}
    sobol_command(
        SCENARIO, output, persons=persons, out=out, place=None, data=None, preset="asek", language="en", **told
    )


def test_sobol_prints_a_document_and_goes_on_where_it_was(
    newborn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sobol(newborn, tmp_path)
    text = capsys.readouterr().out
    document = json.loads(text)
    SobolDocument.model_validate_json(text)
    found = document["cost"]
    assert set(found) == set(FEW) == set(document["meta"]["inputs"])
    assert set(found["growth"]) == {"S1", "S1_conf", "ST", "ST_conf"}
    assert found["programme_cost"]["ST"] > 3 * found["growth"]["ST"] > 0
    assert found["cost_school"]["ST"] == found["marginal_shares"]["ST"] == 0
    assert document["meta"]["inputs"]["programme_cost"]["stage"] == MONEY
    assert document["meta"]["noise"]["cost"]["share"] < 0.1
    assert {p.name for p in tmp_path.iterdir()} > {"sobol.json", "figure.svg", "figure.png"}
    kept = next(tmp_path.glob("evaluations-*.jsonl")).read_bytes()
    sobol(newborn, tmp_path, threads=1, json_output=False)
    assert json.loads((tmp_path / "sobol.json").read_text(encoding="utf-8"))["cost"] == found
    assert next(tmp_path.glob("evaluations-*.jsonl")).read_bytes() == kept  # nothing was evaluated twice
    shown = capsys.readouterr().out
    assert "What cost hangs on" in shown
    assert "Cost of the programmes" in shown
    assert "Luck of the simulation is" in shown
    assert re.search(r"[23] of 4 groups cannot be told from no influence", shown)


def test_too_much_luck_is_refused_with_the_number_of_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sobol_run, "input_groups", lambda plan: [g for g in input_groups(plan) if g.id == "reach"])
    with pytest.raises(InputError, match=r"luck is .* of npv_society.*--persons \d+"):
        sobol(SCENARIO, None, "npv_society", persons=1_500)


def test_voi_prints_a_document_that_fits_its_model(
    newborn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def voi(json_output: bool) -> str:
        voi_command(newborn, 30, 600, 1, None, 10, 3.0, tmp_path, 2, None, None, "asek", "en", json_output)
        return capsys.readouterr().out

    text = voi(True)
    document = json.loads(text)
    VoiDocument.model_validate_json(text)
    assert set(document["state_contracts"]["options"]) == {"do_not_fund", "fixed_fee", "outcome_contract"}
    for choice in document["payers"].values():
        assert choice["options"]["do_not_fund"] == 0
        assert all(w["evppi"] <= choice["evpi"] for w in choice["groups"].values())
    assert 1 < document["decisions"] < 10
    shown = voi(False)
    assert "Who should choose what" in shown
    assert "Buy first" in shown or "buy none" in shown
    assert (tmp_path / "figure.svg").exists()
