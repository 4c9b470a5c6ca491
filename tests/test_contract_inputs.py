"""Bad contracts and funds are refused with file and line, what was found and what was wanted."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from contract_texts import PAY, contract_text, number, outcome, write

from livsbana.cli.app import main
from livsbana.errors import InputError
from livsbana.institutions.read import read_fund
from livsbana.pricing.contracts.read import read_contract

FUND = Path(__file__).resolve().parents[1] / "scenarios" / "funds" / "nationell_pilot.yaml"
WORTH = "worths:\n  - {{party: {party}, outcome: {outcome}, value: " + number(1).replace("{", "{{").replace("}", "}}")
WORTH += ", years: [{year}]}}\n"
TEXT = contract_text()

# What is wrong, the text to replace, by what, and words that the message must hold.
CASES = [
    ("share above 1", f"share: {number(1, 'share')}", f"share: {number(1.2, 'share')}", "between 0 and 1"),
    ("payers above 1", "payers: {state: 1}", "payers: {state: 1, supplier: 0.2}", "sum to 1.2, wanted 1"),
    ("one payer above 1", "payers: {state: 1}", "payers: {state: 1.2}", "wanted"),
    ("no measurement date", "    measured: 2026\n", "", "`measured` is missing"),
    ("measured before start", "measured: 2026", "measured: 2023", "does not lie after its start"),
    ("window before start", "    start: 2024\n", "    start: 2023\n", "before the contract's start_year 2024"),
    ("measured after the end", "measured: 2026", "measured: 2031", "after the contract's end_year 2028"),
    (
        "unknown outcome",
        "    outcome: score\n    achievement",
        "    outcome: scare\n    achievement",
        "did you mean `score`",
    ),
    ("unknown payer", "payers: {state: 1}", "payers: {stat: 1}", "did you mean `state`"),
    ("unknown sum", "    of: sum", "    of: summ", "did you mean `sum`"),
    ("negative cap", "    of: sum\n", f"    of: sum\n    cap: {number(-5)}\n", "a cap is at least 0"),
    ("negative floor", "    of: sum\n", f"    of: sum\n    floor: {number(-5)}\n", "a floor is at least 0"),
    (
        "cap below floor",
        "    of: sum\n",
        f"    of: sum\n    floor: {number(9)}\n    cap: {number(5)}\n",
        "below the floor",
    ),
    ("paid before measured", "    of: sum\n", "    of: sum\n    paid: 2025\n", "before `score` is measured"),
    ("paid after the end", "    of: sum\n", "    of: sum\n    paid: 2035\n", "outside the contract's years"),
    ("unknown rule", "rule: threshold", "rule: treshold", "threshold"),
    ("unknown key", "    of: sum\n", "    of: sum\n    capp: 3\n", "unknown key `capp`"),
    ("comparison without persons", "{kind: group, persons: 100, randomised: true}", "{kind: group}", "`persons`"),
    ("nothing to compare with", "{kind: group, persons: 100, randomised: true}", "{kind: none}", "no comparator"),
    ("nobody", "    persons: 100\n", "    persons: 0\n", "at least 1"),
    ("unknown source", "source: judgement", "source: nowhere", "unknown source `nowhere`"),
    ("contract without length", "end_year: 2028", "end_year: 2024", "does not lie after start_year"),
    ("percentage", f"share: {number(1, 'share')}", "share: 50%", "a mapping"),
    ("one party", "  - {party: supplier, role: provider, label: {sv: Utförare, en: Supplier}}\n", "", "at least 2"),
    ("uncertain term", "share: {value: 1,", "share: {value: 1, low: 0.5, high: 1,", "a term of a contract is certain"),
    ("negative sum", "value: 1000000,", "value: -5,", "a sum is at least 0"),
]


@pytest.mark.parametrize(("old", "new", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_bad_contracts_are_refused_with_their_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in TEXT
    path = write(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(InputError) as refused:
        read_contract(path)
    assert re.search(r"contract\.yaml:\d+(:\d+)?: ", str(refused.value)), str(refused.value)
    assert words in str(refused.value)


def test_the_line_is_the_one_with_the_mistake(tmp_path: Path) -> None:
    wrong = TEXT.replace("    outcome: score\n    achievement", "    outcome: scare\n    achievement")
    line = next(i for i, text in enumerate(wrong.splitlines(), 1) if "scare" in text)
    with pytest.raises(InputError) as refused:
        read_contract(write(tmp_path, wrong))
    assert f":{line}:" in str(refused.value)


def test_shares_of_one_sum_do_not_exceed_it(tmp_path: Path) -> None:
    second = PAY.replace("term: pay", "term: more").replace(number(1, "share"), number(0.1, "share"))
    with pytest.raises(InputError, match=r"the shares of `sum` sum to 1\.1"):
        read_contract(write(tmp_path, contract_text(terms=PAY + second)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (contract_text(outcome("yes_no", level=1.5)), "a share of persons"),
        (contract_text(outcome(more=f"\n    correlation: {number(1.0)}")), "between −1 and 1"),
        (contract_text(outcome(more=f"\n    design_effect: {number(0.5)}")), "at least 1"),
        (contract_text(outcome() + outcome()), "declared twice"),
        (contract_text(more=WORTH.format(party="state", outcome="scor", year=2026)), "did you mean `score`"),
        (contract_text(more=WORTH.format(party="nobody", outcome="score", year=2026)), "unknown party `nobody`"),
        (contract_text(more=WORTH.format(party="state", outcome="score", year=2040)), "outside the contract's years"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_contract(write(tmp_path, text))


FUND_CASES = [
    ("share above 1", "state_share: {value: 0.5,", "state_share: {value: 1.5,", "between 0 and 1"),
    ("more pilots than applicants", "pilots: 10\n", "pilots: 30\n", "30 pilots of 20 applicants"),
    ("measured after the pilots", "{after_months: 54,", "{after_months: 70,", "when the pilots have ended after 54"),
    ("phase outside the mandate", "months: 54,", "months: 90,", "outside the mandate 2023–2028"),
    ("unknown term", "term: state_pay", "term: state_pai", "did you mean `state_pay`"),
    ("unknown contract", "contracts/nationell_pilot.yaml", "contracts/nationel_pilot.yaml", "no such file"),
    ("negative cost", "amount: {value: 4000000,", "amount: {value: -1,", "a cost is at least 0"),
    ("mean that does not fit", "mean: {value: 34000000,", "mean: {value: 20000000,", "not 20,000,000"),
    ("uncertain rule", "mean: {value: 34000000,", "mean: {value: 34000000, low: 1, high: 5e7,", "as it stands"),
    ("correlation of 1", "correlation: {value: 0.3,", "correlation: {value: 1,", "between 0 and 1"),
]


@pytest.mark.parametrize(("old", "new", "words"), [c[1:] for c in FUND_CASES], ids=[c[0] for c in FUND_CASES])
def test_bad_funds_are_refused_with_their_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = FUND.read_text(encoding="utf-8")
    assert old in text
    contracts = tmp_path / "contracts"
    contracts.mkdir()
    source = FUND.parents[1] / "contracts" / "nationell_pilot.yaml"
    (contracts / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    path = tmp_path / "funds" / "fund.yaml"
    path.parent.mkdir()
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_fund(path)
    assert words in str(refused.value)
    assert re.search(r"\.yaml(:\d+)?", str(refused.value))


@pytest.mark.parametrize("command", ["contract", "fund"])
def test_the_command_leaves_with_2_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    began = time.process_time()
    path = write(tmp_path, TEXT.replace("rule: threshold", "rule: treshold") if command == "contract" else "fund: x\n")
    with pytest.raises(SystemExit) as left:
        main([command, str(path)])
    assert left.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "contract.yaml:" in shown.err
    assert "Traceback" not in shown.err
    assert time.process_time() - began < 5
