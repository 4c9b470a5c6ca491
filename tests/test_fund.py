"""The fund: the pre-study's budget exactly, its benchmark table within Monte Carlo error, and its rules."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livsbana.institutions.budget import budget_lines, totals
from livsbana.institutions.calendar import calendar_of
from livsbana.institutions.fund import budget_of, run_fund
from livsbana.institutions.model import FundModel
from livsbana.institutions.read import Fund, read_fund
from livsbana.institutions.schema import AllOrNothing
from livsbana.parameters.number import Number

FUNDS = sorted((Path(__file__).resolve().parents[1] / "scenarios" / "funds").glob("*.yaml"))
PILOT = next(path for path in FUNDS if path.stem == "nationell_pilot")
REPLICATES = 20_000

# Tables 11 and 12 of the pre-study, MSEK.
YEARS = [16, 42, 34, 54, 84, 135]
LEVELS = {
    "state": [14, 14, 14, 14, 14, 14],
    "support": [2, 18, 10, 10, 10, 21],
    "constellations": [0, 10, 10, 30, 60, 100],
}
ROWS = {"operation": 24, "agencies": 60, "preparation": 1, "call": 1, "analysis": 8, "spread": 21}

# method/valuation.md 3.10: chance of success, correlation, mean, P95, P(S > 170).
BENCHMARK = [
    (0.4, 0.0, 68, 115, 0.000),
    (0.4, 0.3, 68, 147, 0.011),
    (0.6, 0.0, 102, 149, 0.007),
    (0.6, 0.3, 102, 170, 0.050),
    (0.8, 0.0, 136, 175, 0.081),
    (0.8, 0.3, 136, 183, 0.162),
]


@pytest.fixture(scope="module")
def fund() -> Fund:
    """The national pilot."""
    return read_fund(PILOT)


def changed(number: Number, value: float) -> Number:
    """A number with another value and no spread."""
    return number.model_copy(update={"value": value, "low": None, "high": None})


def with_rules(fund: Fund, **values: Any) -> Fund:
    """The same fund with other rules."""
    rules = fund.file.rules
    found = {
        name: changed(getattr(rules, name), value) if isinstance(getattr(rules, name), Number) else value
        for name, value in values.items()
    }
    return replace(fund, file=fund.file.model_copy(update={"rules": rules.model_copy(update=found)}))


def all_or_nothing(fund: Fund, success: float, correlation: float) -> Fund:
    """Ten pilots that succeed or not, none ended and none refused: the benchmark of the method."""
    plain = with_rules(fund, least_quality=-99.0, tolerated_loss=1e9, yearly_room=1e15, room_spread=0.0)
    outcomes = plain.file.outcomes
    chance = changed(outcomes.state_share, success)
    outcomes = outcomes.model_copy(
        update={
            "all_or_nothing": AllOrNothing(success=chance),
            "from_contract": None,
            "correlation": changed(outcomes.correlation, correlation),
            "quality_matters": changed(outcomes.quality_matters, 0.0),
        }
    )
    return replace(plain, file=plain.file.model_copy(update={"outcomes": outcomes}), contract=None)


def payments(fund: Fund, replicates: int = REPLICATES, seed: int = 1) -> np.ndarray:
    """Outcome payments in all, MSEK."""
    model = FundModel(fund, None, replicates, seed)
    model.run()
    return np.sum(list(model.delegation.ledger.values()), axis=0) / 1e6


def test_budget_is_that_of_tables_11_and_12(fund: Fund) -> None:
    budget = budget_of(fund)
    assert list(budget.years.values()) == YEARS
    assert budget.total == 365
    assert budget.by_level == {"state": 84, "support": 71, "constellations": 210}
    assert {level: list(by.values()) for level, by in budget.by_level_and_year.items()} == LEVELS
    assert {row: budget.by_row[row] for row in ROWS} == ROWS
    assert budget.by_row["implementation"] + budget.by_row["outcome_payments"] == 250
    assert budget.outcome_payments == 170


def test_budget_is_computed_from_the_parameters(fund: Fund) -> None:
    """Eight pilots, or a year later, is another budget: nothing is typed in."""
    eight = replace(fund, file=fund.file.model_copy(update={"pilots": 8}))
    assert budget_of(eight).total == 365 - 2 * (17 + 4 + 4)
    start = fund.file.start.model_copy(update={"month": 1})
    earlier = fund.file.model_copy(update={"start": start})
    moved = replace(fund, file=earlier, calendar=calendar_of(earlier))
    assert budget_of(moved).years["2023"] > YEARS[0]
    assert budget_of(moved).total == 365
    assert sum(totals(budget_lines(fund), "row").values()) == Fraction(365_000_000)


def test_levels_rows_and_years_sum_to_the_same(fund: Fund) -> None:
    lines = budget_lines(fund)
    sums = {sum(totals(lines, key).values()) for key in ("row", "level", "year")}
    assert sums == {Fraction(365_000_000)}


@pytest.mark.parametrize(("success", "correlation", "mean", "p95", "above"), BENCHMARK)
def test_benchmark_of_the_method(
    fund: Fund, success: float, correlation: float, mean: float, p95: float, above: float
) -> None:
    total = payments(all_or_nothing(fund, success, correlation))
    error = 4 * total.std() / np.sqrt(REPLICATES)
    assert total.mean() == pytest.approx(mean, abs=error + 0.5)
    assert total.mean() == pytest.approx(170 * success, abs=error)
    assert np.percentile(total, 95) == pytest.approx(p95, abs=2.0)
    assert np.mean(total > 170) == pytest.approx(above, abs=4 * np.sqrt(above * (1 - above) / REPLICATES) + 0.0025)


def test_overcommitted_benchmark(fund: Fund) -> None:
    """Promises of 1.3 times the frame, success 0.6: mean 133, exceeded in .16 and .30."""
    for correlation, above in ((0.0, 0.16), (0.3, 0.30)):
        plain = all_or_nothing(fund, 0.6, correlation)
        cost = plain.file.outcomes.pilot_cost
        dearer = {
            name: changed(getattr(cost, name), 1.3 * getattr(cost, name).value) for name in ("least", "mean", "most")
        }
        outcomes = plain.file.outcomes.model_copy(update={"pilot_cost": cost.model_copy(update=dearer)})
        total = payments(replace(plain, file=plain.file.model_copy(update={"outcomes": outcomes})))
        assert total.mean() == pytest.approx(133, abs=1.5)
        assert np.mean(total > 170) == pytest.approx(above, abs=4 * np.sqrt(above * (1 - above) / REPLICATES) + 0.005)


def test_promises_within_the_frame_are_never_exceeded(fund: Fund) -> None:
    held = with_rules(all_or_nothing(fund, 0.8, 0.3), within_frame=True, analysed=20)
    ten = replace(held, file=held.file.model_copy(update={"pilots": 20}))
    assert payments(ten, 5_000).max() <= 170 + 1e-6


def test_idle_share_when_the_frame_is_held(fund: Fund) -> None:
    """If the promises fill the frame exactly, 40 % lies idle at a success of 0.6."""
    plain = all_or_nothing(fund, 0.6, 0.3)
    total = payments(plain)
    assert 1 - total.mean() / 170 == pytest.approx(0.4, abs=0.01)


def test_no_pilot_is_paid_more_than_its_share_of_what_it_cost(fund: Fund) -> None:
    model = FundModel(with_rules(all_or_nothing(fund, 0.9, 0.3), least_quality=0.0), None, 2_000, 1)
    model.run()
    for c in model.constellations:
        assert (c.paid <= 0.5 * c.incurred + 1e-6).all()
        assert (c.incurred <= c.cost + 1e-6).all()
    ended = sum(c.ended.sum() for c in model.constellations)
    assert ended > 0
    received = sum(p.received for c in model.constellations for p in c.parties)
    paid = np.sum(list(model.delegation.ledger.values()), axis=0)
    assert received == pytest.approx(paid)


def test_an_early_measurement_pays_no_more_than_half_of_what_is_spent(fund: Fund) -> None:
    plain = all_or_nothing(fund, 0.6, 0.3)
    early = [
        p.model_copy(update={"after_months": m, "weight": w})
        for p, m, w in zip(plain.file.outcomes.payments, (6, 54), (10, 1), strict=False)
    ]
    outcomes = plain.file.outcomes.model_copy(update={"payments": early})
    model = FundModel(replace(plain, file=plain.file.model_copy(update={"outcomes": outcomes})), None, 500, 1)
    model.run()
    spent = sum(c.chosen * c.earned * c.cost * 6 / 54 for c in model.constellations)
    assert model.delegation.ledger[2024] == pytest.approx(0.5 * spent)


def test_quality_wanders_and_stays_as_spread_as_it_was(fund: Fund) -> None:
    model = FundModel(with_rules(all_or_nothing(fund, 0.6, 0.3), wander=0.6), None, 2_000, 1)
    model.run()
    quality = np.array([c.quality for c in model.constellations])
    readiness = np.array([c.readiness for c in model.constellations])
    assert quality.std() == pytest.approx(1, abs=0.03)
    assert np.corrcoef(quality.ravel(), readiness.ravel())[0, 1] == pytest.approx(0.8**8, abs=0.03)


def test_rules_decide(fund: Fund) -> None:
    model = FundModel(all_or_nothing(fund, 0.6, 0.3), None, 500, 1)
    model.run()
    chosen = np.array([c.chosen for c in model.constellations])
    assert (chosen.sum(axis=0) == 10).all()
    assert (model.analysed.sum(axis=0) == 14).all()
    assert (chosen <= model.analysed).all()
    readiness = np.array([c.readiness for c in model.constellations])
    assert readiness[chosen].mean() > readiness[~chosen].mean() + 0.3
    refusing = with_rules(all_or_nothing(fund, 0.6, 0.3), tolerated_loss=0.0)
    assert payments(refusing, 200).sum() == 0
    poor = with_rules(all_or_nothing(fund, 0.6, 0.3), yearly_room=1.0)
    assert payments(poor, 200).sum() == 0


def test_the_same_luck_whatever_the_number_of_replicates(fund: Fund) -> None:
    plain = all_or_nothing(fund, 0.6, 0.3)
    assert np.array_equal(payments(plain, 100), payments(plain, 300)[:100])
    assert not np.array_equal(payments(plain, 100), payments(plain, 100, seed=2))
    assert run_fund(fund, 200, 3, {}) == run_fund(fund, 200, 3, {})


@pytest.mark.parametrize("path", FUNDS, ids=lambda p: p.stem)
def test_every_fund_can_be_told(path: Path) -> None:
    document = run_fund(read_fund(path), 300, 1, {})
    years = document.payments.years.values()
    assert sum(y.mean for y in years) == pytest.approx(document.payments.total.mean)
    assert document.payments.total.mean + document.idle.expected - document.exceedance.expected == pytest.approx(
        document.frame
    )
    assert document.expected_shortfall >= document.value_at_risk
    assert sum(document.budget.by_level.values()) == pytest.approx(document.budget.total)
    assert sum(document.funders.values()) == pytest.approx(1)
    for payer in document.payers.values():
        net = payer.avoided.mean + payer.received.mean - payer.laid_out.mean
        assert payer.net.mean == pytest.approx(net)
    assert document.course[-1].paid == pytest.approx(document.payments.total.mean)


def test_other_commands_load_no_mesa() -> None:
    modules = "livsbana.cli.run, livsbana.uncertainty.run, livsbana.pricing.contracts.risk, livsbana.reports.show"
    code = f"import sys, {modules}; print('mesa' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
