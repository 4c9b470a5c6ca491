"""The commands: JSON that keeps its schema, figures of the same bytes, and the simulation asked once."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from contract_texts import contract_text, outcome, write

from livsbana.cli.app import main
from livsbana.cli.json_schemas import schema_text
from livsbana.errors import InputError
from livsbana.institutions.document import FundDocument
from livsbana.pricing.contracts import simulated
from livsbana.pricing.contracts.document import ContractDocument
from livsbana.pricing.contracts.read import read_contract

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "src" / "livsbana" / "parameters" / "json_schema"
PERSONS = 2_000


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """Run a command; what it printed on stdout and stderr."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert left.value.code == 0
    shown = capsys.readouterr()
    return shown.out, shown.err


def test_contract_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    path = ROOT / "scenarios" / "contracts" / "norrkoping.yaml"
    began = time.process_time()
    out, _ = run(capsys, "contract", str(path), "--json")
    assert time.process_time() - began < 5
    document = ContractDocument.model_validate_json(out)
    assert document.replicates == 5_000
    again, _ = run(capsys, "contract", str(path), "--json")
    assert out == again


def test_fund_prints_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    path = ROOT / "scenarios" / "funds" / "nationell_pilot.yaml"
    out, _ = run(capsys, "fund", str(path), "--replicates", "500", "--json")
    FundDocument.model_validate_json(out)
    found: dict[str, Any] = json.loads(out)
    assert list(found["budget"]["years"].values()) == [16, 42, 34, 54, 84, 135]
    assert found["budget"]["total"] == 365
    assert found["budget"]["by_level"] == {"state": 84, "support": 71, "constellations": 210}
    assert {"payments", "exceedance", "idle", "value_at_risk", "expected_shortfall"} <= set(found)


@pytest.mark.parametrize("name", ["contract", "fund"])
def test_shipped_schemas_are_those_of_the_documents(name: str) -> None:
    model = {"contract": ContractDocument, "fund": FundDocument}[name]
    assert (SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8") == schema_text(model)


@pytest.mark.parametrize(("command", "file"), [("contract", "contracts/koto_sib"), ("fund", "funds/vinnova")])
def test_figures_tables_and_json_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, file: str
) -> None:
    path = str(ROOT / "scenarios" / f"{file}.yaml")
    table, _ = run(capsys, command, path, "--replicates", "200", "--out", str(tmp_path / "a"))
    run(capsys, command, path, "--replicates", "200", "--out", str(tmp_path / "b"))
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert names == sorted([f"{command}.json", "figure.png", "figure.svg"])
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    words = {"contract": "Do all lose when outcomes fail and gain when they succeed?", "fund": "Too small or idle"}
    assert words[command] in " ".join(table.split())


def engine(outcome_id: str, programme: str = "komet") -> str:
    """A contract whose outcome the simulation gives."""
    text = contract_text(outcome("yes_no", 300, better="lower"))
    start, end = text.index("    level:"), text.index("terms:")
    scenario = ROOT / "scenarios" / "ungdomskriminalitet.yaml"
    asked = f"    engine: {{scenario: {scenario}, outcome: {outcome_id}, programme: {programme}}}\n"
    return text[:start] + asked + text[end:]


def test_the_simulation_is_asked_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = read_contract(write(tmp_path, engine("conduct_problems")))
    asked: list[str] = []
    first = simulated.simulated_outcomes(contract, PERSONS, 0, 1, 2, tmp_path, asked.append)
    level, effect, persons = first["score"][0]
    assert 0.2 < level < 0.9
    assert 0 < effect < 0.5
    assert persons > 0
    assert len(asked) == 1

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the simulation was asked again")

    monkeypatch.setattr(simulated, "prepare", refuse)
    assert simulated.simulated_outcomes(contract, PERSONS, 0, 1, 1, tmp_path, asked.append) == first
    with pytest.raises(AssertionError, match="asked again"):
        simulated.simulated_outcomes(contract, PERSONS, 0, 2, 2, tmp_path, asked.append)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (engine("conduct_problem"), "did you mean `conduct_problems`"),
        (engine("conduct_problems", "kommet"), "did you mean `komet`"),
        (engine("conduct_problems").replace("ungdomskriminalitet.yaml", "ungdom.yaml"), "no such file"),
    ],
)
def test_unknown_simulated_outcomes_are_refused(tmp_path: Path, text: str, words: str) -> None:
    contract = read_contract(write(tmp_path, text))
    with pytest.raises(InputError, match=words) as refused:
        simulated.simulated_outcomes(contract, PERSONS, 0, 1, 1, None, lambda _: None)
    assert "contract.yaml:" in str(refused.value)
