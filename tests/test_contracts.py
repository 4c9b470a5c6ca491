"""Contracts: closed forms, published cases, zero sums, and the same bytes however it is asked."""

from __future__ import annotations

import tempfile
from math import sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from contract_texts import PAY, contract_of, contract_text, number, outcome, paid
from hypothesis import given, settings
from hypothesis import strategies as st

from livsbana.pricing.contracts.cohorts import drawn
from livsbana.pricing.contracts.payments import simulate, truths_of
from livsbana.pricing.contracts.read import read_contract
from livsbana.pricing.contracts.risk import assess

SHIPPED = sorted((Path(__file__).resolve().parents[1] / "scenarios" / "contracts").glob("*.yaml"))
STATED = [path for path in SHIPPED if "engine:" not in path.read_text(encoding="utf-8")]
MANY = 40_000
NORMAL = NormalDist()
SKEWED = (
    f"\n    measure: relative\n    spread: {number(1.2)}\n    correlation: {number(0.5)}\n    before: {number(100)}"
)

# method/valuation.md 3.9: persons in each arm, rule, true effect (SD), probability of payment.
SMALL_SAMPLES = [
    (50, "threshold", 0.0, 0.16),
    (50, "threshold", 0.1, 0.31),
    (50, "threshold", 0.2, 0.50),
    (50, "threshold", 0.35, 0.77),
    (50, "significant", 0.2, 0.39),
    (100, "threshold", 0.0, 0.08),
    (100, "threshold", 0.1, 0.24),
    (100, "threshold", 0.2, 0.50),
    (100, "threshold", 0.35, 0.86),
    (100, "significant", 0.2, 0.55),
    (200, "threshold", 0.0, 0.02),
    (200, "threshold", 0.1, 0.16),
    (200, "threshold", 0.2, 0.50),
    (200, "threshold", 0.35, 0.93),
    (200, "significant", 0.2, 0.76),
    (500, "threshold", 0.0, 0.001),
    (500, "threshold", 0.1, 0.06),
    (500, "threshold", 0.2, 0.50),
    (500, "threshold", 0.35, 0.99),
    (500, "significant", 0.2, 0.97),
]


def tolerance(probability: float, replicates: int = MANY, rounding: float = 0.0) -> float:
    """Four Monte Carlo errors, and half a unit of the last printed digit."""
    return 4 * np.sqrt(max(probability * (1 - probability), 1e-4) / replicates) + rounding


@pytest.mark.parametrize(("n", "rule", "effect", "published"), SMALL_SAMPLES)
def test_payment_risk_of_small_samples(tmp_path: Path, n: int, rule: str, effect: float, published: float) -> None:
    achievement = f"{{rule: threshold, at: {number(0.2)}}}"
    if rule == "significant":
        achievement = f"{{rule: significant, level: {number(0.10, 'share')}}}"
    terms = PAY.replace(f"{{rule: threshold, at: {number(0.2)}}}", achievement)
    assert achievement in terms
    group = f"comparator: {{kind: group, persons: {n}, randomised: true}}"
    contract = contract_of(tmp_path, contract_text(outcome(persons=n, comparator=group, effect=number(effect)), terms))
    found = float(np.mean(paid(contract, MANY).terms["pay"] > 0))
    error = sqrt(2 / n)
    wanted = NORMAL.cdf((effect - 0.2) / error if rule == "threshold" else effect / error - NORMAL.inv_cdf(0.9))
    assert found == pytest.approx(wanted, abs=tolerance(wanted))
    digits = 0.0005 if published < 0.01 else 0.005
    assert found == pytest.approx(published, abs=tolerance(wanted, rounding=digits + 0.0005))


@pytest.mark.parametrize(
    ("n", "drop", "published"), [(50, 0.0, 0.28), (500, 0.0, 0.03), (50, 0.15, 0.62), (500, 0.15, 0.82)]
)
def test_before_and_after_without_comparison(tmp_path: Path, n: int, drop: float, published: float) -> None:
    """Skewed costs, CV 1.2, correlation 0.5 of the logarithms, paid when the mean falls by a tenth; no effect."""
    more = SKEWED
    before = outcome("skewed", n, "comparator: {kind: before}", 100 * (1 - drop), number(0), "lower", more)
    terms = PAY.replace(number(0.2), number(0.1))
    replicates = 6_000
    found = float(np.mean(paid(contract_of(tmp_path, contract_text(before, terms)), replicates).terms["pay"] > 0))
    assert found == pytest.approx(published, abs=tolerance(published, replicates, rounding=0.015))


def test_more_persons_make_regression_to_the_mean_surer(tmp_path: Path) -> None:
    chances = []
    for n in (50, 200, 800):
        more = SKEWED
        before = outcome("skewed", n, "comparator: {kind: before}", 85, number(0), "lower", more)
        contract = contract_of(tmp_path, contract_text(before, PAY.replace(number(0.2), number(0.1))))
        chances.append(float(np.mean(paid(contract, 2_000).terms["pay"] > 0)))
    assert chances == sorted(chances)
    assert chances[-1] > 0.85


def test_a_foreseen_trend_is_not_paid_as_effect(tmp_path: Path) -> None:
    """Costs fall by a tenth anyway: without the trend half of all are paid, with it as few as chance pays."""
    chances = []
    for trend in ("", f", trend: {number(-0.1)}"):
        before = outcome("skewed", 800, f"comparator: {{kind: before{trend}}}", 90, number(0), "lower", SKEWED)
        contract = contract_of(tmp_path, contract_text(before, PAY.replace(number(0.2), number(0.1))))
        result = paid(contract, 2_000)
        chances.append(float(np.mean(result.terms["pay"] > 0)))
    assert chances[0] == pytest.approx(0.5, abs=0.05)
    assert chances[1] < 0.03


def test_clusters_carry_less_information(tmp_path: Path) -> None:
    """se = √(2/n) · √deff: with a design effect of 4, 400 persons are as good as 100."""
    group = "comparator: {kind: group, persons: 400, randomised: true}"
    contract = contract_of(
        tmp_path, contract_text(outcome(persons=400, comparator=group, more=f"\n    design_effect: {number(4)}"))
    )
    seen = paid(contract, MANY).measured["score"]
    assert seen.improvement.std() == pytest.approx(sqrt(2 / 100), rel=0.02)
    assert seen.error == pytest.approx(sqrt(2 / 100))


def test_a_biased_comparison_is_paid_as_effect(tmp_path: Path) -> None:
    worse = f"comparator: {{kind: group, persons: 100, bias: {number(-0.2)}}}"
    found = paid(contract_of(tmp_path, contract_text(outcome(comparator=worse))), 20_000, effect=0.0)
    assert found.measured["score"].improvement.mean() == pytest.approx(0.2, abs=0.005)
    assert np.mean(found.terms["pay"] > 0) == pytest.approx(0.5, abs=0.015)
    assert (found.measured["score"].caused == 0).all()


def test_draws_that_lead_outside_what_is_possible_stop_at_its_edge(tmp_path: Path) -> None:
    wild = outcome("yes_no", 50, level=0.9, effect=number(0.3, "x", -1.5, 2.0))
    contract = contract_of(tmp_path, contract_text(wild))
    values = drawn(contract, 1, 500)
    seen = simulate(contract, values, truths_of(contract, values, {}), 1).measured["score"]
    assert ((seen.treated >= 0) & (seen.treated <= 1)).all()
    assert seen.caused.max() == pytest.approx(0.1)


def test_those_chosen_for_their_need_get_better_by_themselves(tmp_path: Path) -> None:
    """The top fifth with correlation 0.5 fall by (1 − ρ) λ(z) = 0.70 SD without any programme."""
    more = f"\n    correlation: {number(0.5)}\n    selected_top: {number(0.2, 'share')}"
    chosen = outcome("normal", 100, "comparator: {kind: before}", 0, number(0), "lower", more)
    gain = paid(contract_of(tmp_path, contract_text(chosen)), 4_000).measured["score"].improvement.mean()
    assert gain == pytest.approx(0.5 * NORMAL.pdf(NORMAL.inv_cdf(0.8)) / 0.2, abs=0.01)
    assert gain == pytest.approx(0.70, abs=0.01)


@pytest.mark.parametrize("path", STATED, ids=lambda p: p.stem)
def test_payments_sum_to_zero_in_every_replicate_and_year(path: Path) -> None:
    contract = read_contract(path)
    values = drawn(contract, 3, 200)
    result = simulate(contract, values, truths_of(contract, values, {}), 3)
    assert result.transfers.dtype == np.int64
    assert (result.transfers.sum(axis=1) == 0).all()
    assert np.abs(result.transfers).sum() > 0


@settings(max_examples=30, deadline=None)
@given(
    share=st.floats(0, 1),
    payers=st.floats(0, 1),
    payees=st.floats(0, 1),
    limit=st.floats(0, 1),
    rest=st.booleans(),
    kind=st.sampled_from(["threshold", "linear", "significant"]),
    total=st.integers(0, 10**9),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_contract_sums_to_zero(
    share: float, payers: float, payees: float, limit: float, rest: bool, kind: str, total: int, seed: int
) -> None:
    rules = {
        "threshold": f"{{rule: threshold, at: {number(0.2)}}}",
        "linear": f"{{rule: linear, start: {number(0)}, full: {number(0.4)}}}",
        "significant": f"{{rule: significant, level: {number(0.1, 'share')}}}",
    }
    terms = (
        PAY.replace(rules["threshold"], rules[kind])
        .replace("{state: 1}", f"{{state: {payers!r}, supplier: {1 - payers!r}}}")
        .replace("{supplier: 1}", f"{{supplier: {payees!r}, state: {1 - payees!r}}}")
        .replace(number(1, "share"), number(share, "share"))
    )
    limits = (
        f"limits:\n  - {{payer: state, share: {number(limit, 'share')}, of: sum{', rest: supplier' if rest else ''}}}\n"
    )
    text = contract_text(terms=terms, more=limits).replace("value: 1000000,", f"value: {total},")
    with tempfile.TemporaryDirectory() as folder:
        result = paid(contract_of(Path(folder), text), 50, seed)
    assert (result.transfers.sum(axis=1) == 0).all()
    assert (result.terms["pay"] <= result.full["pay"]).all()
    assert (result.terms["pay"] >= 0).all()


def test_a_limit_holds_and_the_rest_is_paid_by_another(tmp_path: Path) -> None:
    limits = f"limits:\n  - {{payer: state, share: {number(0.3, 'share')}, of: sum, rest: supplier}}\n"
    result = paid(contract_of(tmp_path, contract_text(more=limits)), 2_000)
    state_paid = (result.received[:, 0] - result.transfers[:, 0]).sum(axis=1)
    assert state_paid.max() == 300_000
    assert (result.received[:, 1].sum(axis=1)[result.terms["pay"] > 0] == 1_000_000).all()


def test_koto_pays_half_of_the_randomised_difference() -> None:
    """2,636 persons × 2,670 EUR is 7.0 million; half of it is the published payment of about 3.5."""
    contract = read_contract(next(p for p in SHIPPED if p.stem == "koto_sib"))
    result = paid(contract, 20_000)
    money = result.terms["half_of_difference"]
    assert money.mean() == pytest.approx(0.5 * 2636 * 2670, abs=4 * money.std() / np.sqrt(len(money)))
    assert money.mean() / 1e6 == pytest.approx(3.5, abs=0.05)
    gain = result.measured["public_purse"].improvement * 2636
    assert np.array_equal(money, np.rint(np.maximum(gain, 0) * 0.5).astype(np.int64))


def test_utah_pays_for_children_who_would_not_have_needed_it() -> None:
    """Paying all observed outcomes overpays by p1 / (p1 − p0): 109 children paid for, about 15 caused."""
    contract = read_contract(next(p for p in SHIPPED if p.stem == "utah"))
    result = paid(contract, 20_000)
    children = result.terms["per_child"] / 2470
    caused = (result.measured["no_special_education"].caused * 110).mean()
    assert children.mean() == pytest.approx(109, abs=0.5)
    assert caused == pytest.approx(15.4, abs=0.01)
    assert children.mean() / caused == pytest.approx(0.99 / (0.99 - 0.85), rel=0.01)
    assert result.terms["per_child"].mean() == pytest.approx(260_000, rel=0.05)


CARD = f"""\
  - term: pay
    kind: rate_card
    label: {{sv: Kort, en: Card}}
    prices: [{{outcome: score, price: {number(100)}}}]
    counts: COUNTS
    payers: {{state: 1}}
    payees: {{supplier: 1}}
"""


def test_a_rate_card_above_comparison_pays_no_deadweight(tmp_path: Path) -> None:
    half = outcome("yes_no", 400, "comparator: {kind: group, persons: 100000}", 0.5, number(0.1), more="")
    observed = contract_of(tmp_path, contract_text(half, CARD.replace("COUNTS", "observed")))
    assert paid(observed, 5_000).terms["pay"].mean() == pytest.approx(400 * 0.6 * 100, rel=0.005)
    above = contract_of(tmp_path, contract_text(half, CARD.replace("COUNTS", "above_comparison")))
    assert paid(above, 5_000).terms["pay"].mean() == pytest.approx(400 * 0.1 * 100, rel=0.02)
    assert paid(above, 5_000, effect=0.0).terms["pay"].mean() < 0.01 * 400 * 100 + 400


def test_the_cap_per_person_and_linked_milestones(tmp_path: Path) -> None:
    sure = outcome("yes_no", 10, "comparator: {kind: none}", 1.0, number(0)) + outcome(
        "yes_no", 10, "comparator: {kind: none}", 1.0, number(0)
    ).replace("outcome: score", "outcome: more")
    card = CARD.replace("COUNTS", "observed").replace(
        f"[{{outcome: score, price: {number(100)}}}]",
        f"[{{outcome: score, price: {number(100)}}}, {{outcome: more, price: {number(70)}}}]",
    )
    each = {
        "": 170,
        "    linked: highest\n": 100,
        f"    per_person_cap: {number(120)}\n": 120,
        f"    cap: {number(500)}\n": 50,
        f"    floor: {number(5000)}\n": 500,
    }
    for more, wanted in each.items():
        found = paid(contract_of(tmp_path, contract_text(sure, card + more)), 3).terms["pay"]
        assert (found == 10 * wanted).all(), more


def test_banded_pay_is_the_highest_band_reached(tmp_path: Path) -> None:
    bands = (
        "{rule: banded, bands: [{at: 0.1, share: 0.25}, {at: 0.2, share: 0.6}], source: judgement, status: assumption}"
    )
    terms = PAY.replace(f"{{rule: threshold, at: {number(0.2)}}}", bands)
    result = paid(contract_of(tmp_path, contract_text(terms=terms)), 5_000)
    seen = result.measured["score"].improvement
    wanted = np.select([seen >= 0.2, seen >= 0.1], [600_000, 250_000], 0)
    assert np.array_equal(result.terms["pay"], wanted)


def test_norrkoping_repays_forty_per_cent_whatever_happens() -> None:
    contract = read_contract(next(p for p in SHIPPED if p.stem == "norrkoping"))
    result = paid(contract, 4_000)
    repaid = result.received[:, 1].sum(axis=1)
    assert set(np.unique(repaid)) == {4_000_000, 10_000_000}
    document = assess(contract, 4_000, 1, {})
    strict = document.terms["if_costs_fell"].readings[0]
    assert strict.at == 1.0
    assert strict.unpaid_with_effect > (document.terms["if_costs_fell"].unpaid_with_effect or 0.0) + 0.1


def test_peterborough_pays_each_cohort_once() -> None:
    contract = read_contract(next(p for p in SHIPPED if p.stem == "peterborough"))
    result = paid(contract, 4_000)
    for k in (1, 2):
        early, pooled = result.terms[f"early_{k}"] > 0, result.terms[f"pooled_{k}"] > 0
        assert not (early & pooled).any()
        assert early.any()
        assert pooled.any()
    both = result.measured["both"].improvement
    assert both == pytest.approx(
        (result.measured["cohort_1"].improvement + result.measured["cohort_2"].improvement) / 2
    )


def test_shares_of_the_real_contracts_are_the_published_ones() -> None:
    shares = {
        "botkyrka": [0.5, 0.5],
        "ornskoldsvik": [0.25, 0.75],
        "hasselby_vallingby": [0.5, *[0.06] * 5, 0.2],
        "norrkoping": [1, 0.4, 0.6],
    }
    for name, wanted in shares.items():
        terms = read_contract(next(p for p in SHIPPED if p.stem == name)).file.terms
        assert [t.share.value for t in terms if t.kind not in ("rate_card",)] == pytest.approx(wanted)  # pyright: ignore[reportAttributeAccessIssue]
    fund = read_contract(next(p for p in SHIPPED if p.stem == "life_chances_fund"))
    assert fund.file.terms[-1].payers == {"local": 0.68, "central": 0.32}


def test_the_rule_of_the_prestudy(tmp_path: Path) -> None:
    """A supplier paid only by result, and a payer to whom the outcome is worth more than it pays, follow it."""
    ends = (
        f"costs:\n  - {{party: supplier, share: {number(0.3, 'share')}, of: sum, years: [2024]}}\n"
        f"worths:\n  - {{party: state, outcome: score, value: {number(100_000)}, years: [2027]}}\n"
    )
    good = assess(contract_of(tmp_path, contract_text(outcome(effect=number(0.5)), more=ends)), 1_000, 1, {})
    assert good.rule.holds is True
    cheap = ends.replace("value: 100000,", "value: 1000,")
    assert cheap != ends
    poor = assess(contract_of(tmp_path, contract_text(outcome(effect=number(0.5)), more=cheap)), 1_000, 1, {})
    assert poor.rule.broken_by == ["state"]
    assert poor.parties["state"].loses_when_failing
    fixed = PAY.split("    outcome: score")[0].replace("kind: own_outcome", "kind: activity") + "    paid: [2025]\n"
    idle = fixed.replace("term: pay", "term: work").replace(number(1, "share"), number(0.5, "share"))
    half = PAY.replace(number(1, "share"), number(0.5, "share"))
    bad = assess(contract_of(tmp_path, contract_text(outcome(effect=number(0.5)), idle + half, ends)), 1_000, 1, {})
    assert bad.rule.holds is False
    assert bad.rule.broken_by == ["supplier"]
    assert bad.fixed_share == pytest.approx(0.5, abs=0.02)


def test_pay_follows_the_true_impact_over_possible_worlds(tmp_path: Path) -> None:
    uncertain = outcome(effect=number(0.2, "x", -0.2, 0.6))
    document = assess(contract_of(tmp_path, contract_text(uncertain)), 2_000, 1, {})
    supplier, state = document.parties["supplier"], document.parties["state"]
    assert supplier.correlation_with_impact is not None
    assert supplier.correlation_with_impact > 0.5
    assert state.covariance_with_impact == pytest.approx(-(supplier.covariance_with_impact or 0))


def test_the_same_bytes_whatever_else_is_drawn(tmp_path: Path) -> None:
    contract = contract_of(tmp_path, contract_text(outcome(effect=number(0.2, "x", 0, 0.4))))
    assert assess(contract, 300, 7, {}) == assess(contract, 300, 7, {})
    few, many = (paid(contract, n, 7).terms["pay"] for n in (100, 300))
    assert np.array_equal(few, many[:100])
    assert np.array_equal(
        drawn(contract, 7, 50)[id(contract.numbers()[2])], drawn(contract, 7, 90)[id(contract.numbers()[2])][:50]
    )
    other = contract_text(
        outcome(effect=number(0.2, "x", 0, 0.4)) + outcome().replace("outcome: score", "outcome: more")
    )
    assert np.array_equal(paid(contract_of(tmp_path, other), 100, 7).terms["pay"], few)
    assert not np.array_equal(paid(contract, 100, 8).terms["pay"], few)


def test_luck_is_shared_between_worlds_with_and_without_effect(tmp_path: Path) -> None:
    contract = contract_of(tmp_path, contract_text())
    with_effect, without = (paid(contract, 500, effect=e).measured["score"] for e in (1.0, 0.0))
    assert with_effect.improvement - without.improvement == pytest.approx(np.full(500, 0.2))
    assert np.array_equal(with_effect.comparison, without.comparison)
    assert np.corrcoef(with_effect.treated, with_effect.comparison)[0, 1] == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("path", STATED, ids=lambda p: p.stem)
def test_every_shipped_contract_can_be_told(path: Path) -> None:
    contract = read_contract(path)
    document = assess(contract, 200, 1, {})
    by_year = np.array([[y.received - y.paid for y in p.by_year] for p in document.parties.values()])
    assert by_year.sum(axis=0) == pytest.approx(0, abs=1e-6)
    assert document.rule.holds is not None or document.rule.unknown_for
    assert document.cautions
    assert all(number.source in (*contract.file.sources, "judgement") for number in contract.numbers())
