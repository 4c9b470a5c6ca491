"""The wage split against direct integration, published net pay and its own sum."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livsbana.ledger.equalisation import Adoption, equalise, move_equalised
from livsbana.ledger.growth import Index, index_factor
from livsbana.ledger.payers import Payers
from livsbana.ledger.taxes import Rates, expected_excess, rates_of, wage_split
from livsbana.parameters.economy import Economy
from livsbana.parameters.reader import read_document
from livsbana.parameters.schema import Number
from livsbana.parameters.typed import typed

ECONOMY = typed(Economy, read_document(Path(__file__).parents[1] / "parameters" / "economy.yaml"))


def central(number: Number) -> float:
    return number.value


@pytest.fixture(scope="module")
def rates() -> Rates:
    return rates_of(ECONOMY, central)


def taxed_by_hand(income: float, rates: Rates) -> tuple[float, float, float]:
    """Local tax, credit and state tax of one income, straight from the rules of 2025 in price base amounts."""
    x = income / 58800
    if x <= 2.72:
        allowance = 0.423 + (0.77 - 0.423) / (2.72 - 0.99) * max(x - 0.99, 0)
    else:
        allowance = max(0.77 - 0.1 * max(x - 3.11, 0), 0.293)
    counted = min(x, 0.91) + (1.813 - 0.91) / (3.24 - 0.91) * (min(max(x, 0.91), 3.24) - 0.91)
    counted += (2.776 - 1.813) / (8.08 - 3.24) * (min(max(x, 3.24), 8.08) - 3.24)
    local = rates.municipal + rates.region
    taxable = 58800 * max(x - allowance, 0)
    credit = 58800 * max(counted - allowance, 0) * local
    return local * taxable, credit, 0.2 * max(taxable - 625800, 0)


@pytest.mark.parametrize("monthly", [1000, 3000, 12000, 25000, 38300, 52000, 53700, 90000, 250000])
def test_without_spread_the_split_is_the_tax_rule(monthly: float, rates: Rates) -> None:
    split = wage_split(monthly, 0.0, rates)
    local, credit, state = taxed_by_hand(12 * monthly, rates)
    assert split.municipal_tax + split.region_tax == pytest.approx(local, abs=1e-6)
    assert split.state_tax == pytest.approx(state - credit, abs=1e-6)
    assert split.employer_contribution + split.pension_rights == pytest.approx(0.3142 * 12 * monthly)


def test_state_tax_begins_at_the_published_income(rates: Rates) -> None:
    """643 100 SEK is the income at which state tax begins in 2025 (threshold plus basic allowance)."""
    begins = rates.schedule.state[0].income_sek
    assert begins == pytest.approx(643_100, abs=100)


def test_largest_credit_is_the_published_one(rates: Rates) -> None:
    """About 3 941 SEK a month at the mean local rate in 2025."""
    _, credit, _ = taxed_by_hand(12 * 60_000, rates)
    assert credit / 12 == pytest.approx(3_941, rel=0.01)


@pytest.mark.parametrize(("monthly", "log_sd"), [(9000, 0.6), (31100, 0.4), (53000, 0.3), (53000, 0.05)])
def test_with_spread_the_split_is_the_mean_over_lognormal_earnings(monthly: float, log_sd: float, rates: Rates) -> None:
    z = np.linspace(-9, 9, 400_001)
    weight = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    incomes = 12 * monthly * np.exp(log_sd * z - log_sd**2 / 2)
    points = np.linspace(0, incomes.max(), 2_000_001)
    for hinges, exact in (
        (rates.schedule.taxable, "taxable"),
        (rates.schedule.credit, "credit"),
        (rates.schedule.state, "state"),
    ):
        values = sum(h.turn * np.maximum(points - h.income_sek, 0) for h in hinges)
        expected = float((np.interp(incomes, points, values) * weight).sum())
        found = sum(h.turn * expected_excess(12 * monthly, log_sd, h.income_sek) for h in hinges)
        assert found == pytest.approx(expected, rel=1e-5, abs=0.5), exact


@settings(deadline=None)
@given(
    monthly=st.floats(min_value=0, max_value=500_000),
    log_sd=st.floats(min_value=0, max_value=1.5),
    municipal=st.floats(min_value=0.1, max_value=0.3),
)
def test_parts_sum_to_labour_cost_and_surplus(monthly: float, log_sd: float, municipal: float) -> None:
    rates = rates_of(ECONOMY, central, municipal, 0.11)
    split = wage_split(monthly, log_sd, rates)
    production = 12 * monthly * 1.3142 * 1.05
    assert split.total == pytest.approx(production, rel=1e-9, abs=1e-6)
    assert min(split.net_wage, split.municipal_tax, split.vat, split.employer_surplus) >= -1e-6


def test_a_higher_local_rate_moves_money_from_worker_to_municipality() -> None:
    low, high = (wage_split(30_000, 0.4, rates_of(ECONOMY, central, rate, 0.11)) for rate in (0.17, 0.23))
    assert high.municipal_tax > low.municipal_tax
    assert high.net_wage < low.net_wage
    assert high.total == pytest.approx(low.total)


def test_net_pay_is_what_a_tax_table_says(rates: Rates) -> None:
    """35 000 SEK a month at a local rate of 32.37 % leaves about 27 800 SEK in 2025."""
    split = wage_split(35_000, 0.0, rates)
    assert (split.net_wage + split.vat) / 12 == pytest.approx(27_800, rel=0.01)


def test_index_goes_both_ways_and_through_periods() -> None:
    def growth(start: int, end: int) -> float:
        return index_factor(ECONOMY.index, start, end, central, Index.PRICES)

    assert growth(2012, 2023) == pytest.approx(403.70 / 314.20, rel=2e-3)
    assert growth(2016, 2021) * growth(2021, 2016) == pytest.approx(1)
    assert growth(2014, 2024) == pytest.approx(growth(2014, 2022) * growth(2022, 2024))
    assert growth(2024, 2024) == 1


@settings(deadline=None)
@given(
    municipal=st.floats(min_value=-1e9, max_value=1e9),
    region=st.floats(min_value=-1e9, max_value=1e9),
    share=st.floats(min_value=0, max_value=1),
    state=st.floats(min_value=0, max_value=1),
)
def test_equalisation_keeps_the_sum(municipal: float, region: float, share: float, state: float) -> None:
    gain = np.array([municipal]), np.array([region])
    kept = equalise(*gain, share, state, Adoption.ONE_MUNICIPALITY)
    assert sum(float(part[0]) for part in kept) == pytest.approx(municipal + region, rel=1e-9, abs=1e-3)
    assert kept.municipality[0] == pytest.approx((1 - share) * municipal, rel=1e-9, abs=1e-3)
    everybody = equalise(*gain, share, state, Adoption.ALL)
    assert everybody.municipality[0] == municipal
    assert everybody.to_state[0] == everybody.to_other_municipalities[0] == 0


def test_equalised_gain_moves_between_payers_only() -> None:
    names = ("home_municipality", "other_municipalities", "home_region", "other_regions", "state/tax_agency")
    payers = Payers(names)
    tax = np.array([[100.0, 50], [0, 0], [60, 30], [0, 0], [0, 0]])
    gain = tax + 7
    equalised = equalise(tax[0], tax[2], 0.9, 0.25, Adoption.ONE_MUNICIPALITY)
    moved = move_equalised(gain, tax, payers, equalised, "state/tax_agency")
    assert moved[:, 0] == pytest.approx([17, 7 + 67.5, 13, 7 + 40.5, 7 + 36])
    assert moved.sum(axis=0) == pytest.approx(gain.sum(axis=0))
