"""Small contracts for tests, as a user would write them."""

from __future__ import annotations

from pathlib import Path

from livsbana.pricing.contracts.cohorts import central_values
from livsbana.pricing.contracts.payments import Paid, scaled, simulate, truths_of
from livsbana.pricing.contracts.read import Contract, read_contract

ASSUMED = "source: judgement, status: assumption, why: test"


def number(value: float, unit: str = "x", low: float | None = None, high: float | None = None) -> str:
    """A number as flow YAML."""
    span = "" if low is None else f"low: {low}, high: {high}, dist: normal, "
    return f"{{value: {value}, unit: {unit}, {span}{ASSUMED}}}"


GROUP = "comparator: {kind: group, persons: 100, randomised: true}"
THRESHOLD = f"achievement: {{rule: threshold, at: {number(0.2)}}}"


def outcome(
    kind: str = "normal",
    persons: int = 100,
    comparator: str = GROUP,
    level: float = 0.0,
    effect: str = number(0.2),
    better: str = "higher",
    more: str = "",
) -> str:
    """One outcome called `score`."""
    spread = f"\n    spread: {number(1)}" if kind == "normal" else ""
    return f"""\
  - outcome: score
    label: {{sv: Utfall, en: Outcome}}
    kind: {kind}
    better: {better}
    persons: {persons}
    start: 2024
    measured: 2026
    {comparator}
    level: {number(level)}
    effect: {effect}{spread}{more}
"""


PAY = f"""\
  - term: pay
    kind: own_outcome
    label: {{sv: Betalning, en: Payment}}
    share: {number(1, "share")}
    of: sum
    payers: {{state: 1}}
    payees: {{supplier: 1}}
    outcome: score
    {THRESHOLD}
"""


def contract_text(outcomes: str = "", terms: str = PAY, more: str = "") -> str:
    """A whole contract file."""
    return f"""\
contract: test
label: {{sv: Prov, en: Test}}
description: A contract of tests.
currency: SEK
start_year: 2024
end_year: 2028
sources: {{}}
parties:
  - {{party: state, role: state, label: {{sv: Staten, en: The state}}}}
  - {{party: supplier, role: provider, label: {{sv: Utförare, en: Supplier}}}}
amounts:
  - {{amount: sum, label: {{sv: Summa, en: Sum}}, value: {number(1000000, "SEK")}}}
outcomes:
{outcomes or outcome()}terms:
{terms}{more}"""


def write(folder: Path, text: str) -> Path:
    """Write a contract file."""
    path = folder / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def contract_of(folder: Path, text: str) -> Contract:
    """Read a contract from text."""
    return read_contract(write(folder, text))


def paid(contract: Contract, replicates: int, seed: int = 1, effect: float = 1.0) -> Paid:
    """Pay a contract at central values."""
    values = central_values(contract, replicates)
    return simulate(contract, values, scaled(truths_of(contract, values, {}), effect), seed)
