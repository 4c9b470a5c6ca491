"""The ledger: payers sum to the total, transfers to zero, and money follows persons in proportion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livsbana.errors import InputError
from livsbana.ledger.growth import AGES
from livsbana.ledger.ledger import beyond_65, ledger
from livsbana.ledger.payers import Residence, by_level, payers_of
from livsbana.ledger.prices import PriceTable, cost_items, local_tax_rates, make_tariff, price_table
from livsbana.parameters.economy import Economy
from livsbana.parameters.places import Municipality, load_places
from livsbana.parameters.reader import read_document
from livsbana.parameters.schema import Number, Programme, UnitCost
from livsbana.parameters.typed import typed

if TYPE_CHECKING:
    from livsbana.parameters.library import Library

PARAMETERS = Path(__file__).parents[1] / "parameters"
ECONOMY = typed(Economy, read_document(PARAMETERS / "economy.yaml"))
PLACES = load_places(PARAMETERS / "places")
SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
SOME = settings(deadline=None, max_examples=20)
FACTORS = ("main_activity", "sex", "upper_secondary_completed", "higher_education")


def number(value: float, **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": "SEK", "source": "judgement", "status": "assumption", "why": "a test", **more}


def unit_cost(name: str, sek: float, payers: dict[str, float], **more: Any) -> UnitCost:
    given = {
        "id": name,
        "label": {"sv": name, "en": name},
        "counts": {"all": [{"state": "s"}]},
        "account": name,
        "cost": number(sek, year=2024),
        "marginal": {"short": number(0.2), "medium": number(0.5), "long": number(1)},
        "cashable": number(0.5),
        "payers": {payer: number(share) for payer, share in payers.items()},
        "grows_with": "none",
    }
    return UnitCost.model_validate(given | more)


@dataclass(frozen=True)
class Shelf:
    """The part of a library that the ledger reads."""

    unit_costs: dict[str, UnitCost]
    programmes: dict[str, Programme] = field(default_factory=dict)
    economy: Economy = ECONOMY
    factors: dict[str, None] = field(default_factory=lambda: dict.fromkeys(FACTORS))


COSTS = (
    unit_cost("placement", 1000, {"municipality": 0.7, "state/sis": 0.3}),
    unit_cost("clinic", 300, {"region": 1}, grows_with="wages"),
    unit_cost("assistance", 90, {"municipality": 1}, recipient="household", grows_with="cpi"),
    unit_cost("harm", 500, {"victim": 0.6, "unattributed": 0.4}, grows_with="willingness_to_pay"),
    unit_cost("disability", 200, {"state/fk": 1}, recipient="household", beyond_65=number(7)),
)


def as_library(shelf: Shelf) -> Library:
    return cast("Library", shelf)


SHELF = Shelf({cost.id: cost for cost in COSTS})
NO_WORK = replace(SHELF, factors={})


def central(number: Number) -> float:
    return number.value


def prices(
    shelf: Shelf,
    place: Municipality | None = None,
    value: Callable[[Number], float] = central,
    birth_year: int = 2026,
    start_year: int = 2026,
) -> PriceTable:
    library = as_library(shelf)
    tariff = make_tariff(cost_items(library), library, value, place, ECONOMY.presets["asek"])
    return price_table(tariff, birth_year, start_year)


TABLE = prices(SHELF)
COLUMNS = list(range(len(TABLE.items)))


def tally(seed: int, *leading: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 500, (*leading, AGES, len(COLUMNS), len(Residence)))


def test_payers_stand_in_their_fixed_order() -> None:
    assert payers_of(as_library(SHELF)).names == (
        "home_municipality", "other_municipalities", "home_region", "other_regions",
        "state/fk", "state/sis", "state/tax_agency",
        "employer", "household", "victim", "unattributed",
    )  # fmt: skip


def test_items_are_unit_costs_by_id_and_then_earnings_cells() -> None:
    ids = [item.id for item in cost_items(as_library(SHELF))]
    assert ids[:5] == ["assistance", "clinic", "disability", "harm", "placement"]
    assert len(ids) == len(set(ids)) == 5 + 2 + 3 * 2 * 3 * 6  # two transfers are spent
    cells = {item.counts.model_dump_json() for item in TABLE.items if item.cell}
    assert len(cells) == 18


def test_earnings_refuse_a_library_without_the_education_they_name() -> None:
    shelf = replace(SHELF, factors=dict.fromkeys(("main_activity", "sex")))
    with pytest.raises(InputError, match="upper_secondary_completed"):
        cost_items(as_library(shelf))


@pytest.mark.parametrize("place", [None, "0114", "0980"])
def test_payers_sum_to_the_cost_and_transfers_to_zero(place: str | None) -> None:
    table = prices(SHELF, PLACES.municipality(place) if place else None)
    sums = table.array(table.average).sum(axis=-1)
    by_id = {item.id: sums[i] for i, item in enumerate(table.items)}
    assert by_id["placement"] == pytest.approx(1000)
    assert np.abs(by_id["assistance"]).max() < 1e-9
    assert np.abs(by_id["disability"]).max() < 1e-9
    parts = [sums[i] for i, item in enumerate(table.items) if item.id.startswith("earnings/higher/male/3/")]
    cell = np.sum(parts, axis=0)
    # Production is the same wherever the worker lives and pays tax.
    assert cell[40] == pytest.approx(np.full(3, cell[40, 0]))
    assert np.all(cell[20:] < 0)


def test_who_pays_follows_residence() -> None:
    placement = [item.id for item in TABLE.items].index("placement")
    clinic = [item.id for item in TABLE.items].index("clinic")
    names = TABLE.payers.names
    paid = TABLE.array(TABLE.average)[placement, 10]
    assert {names[k]: paid[Residence.HOME, k] for k in np.flatnonzero(paid[Residence.HOME])} == {
        "home_municipality": 700,
        "state/sis": pytest.approx(300),
    }
    assert paid[Residence.REGION, 1] == paid[Residence.SWEDEN, 1] == 700
    regional = TABLE.array(TABLE.average)[clinic, 0, :, 2:4]
    assert np.flatnonzero(regional[:, 0]).tolist() == [Residence.HOME, Residence.REGION]
    assert np.flatnonzero(regional[:, 1]).tolist() == [Residence.SWEDEN]


def test_marginal_share_lengthens_with_time_and_cash_is_part_of_it() -> None:
    table = prices(NO_WORK, birth_year=2020, start_year=2026)
    placement = [item.id for item in table.items].index("placement")
    total = table.array(table.weights)[placement, :, 0].sum(axis=-1)
    assert total[:13] == pytest.approx([200] * 8 + [500] * 3 + [1000] * 2)
    assert table.array(table.cashable) == pytest.approx(table.array(table.weights) / 2)
    assert np.all(np.abs(table.array(table.weights)) <= np.abs(table.array(table.average)))


def test_price_level_and_growth() -> None:
    old = unit_cost("old", 100, {"region": 1}, cost=number(100, year=2022), grows_with="wages")
    table = prices(Shelf({"old": old}, factors={}), birth_year=2024)
    path = table.array(table.average)[0, :, 0].sum(axis=-1)
    assert path[0] == pytest.approx(100 * 1.038 * 1.041)
    assert path[65] / path[0] == pytest.approx(1.013**65)
    assert table.tariff.economy.price_year == 2024


def test_a_cost_older_than_the_price_index_is_refused() -> None:
    old = unit_cost("old", 100, {"region": 1}, cost=number(100, year=1990), grows_with="cpi")
    with pytest.raises(InputError, match="1990"):
        prices(Shelf({"old": old}))


def test_age_window_and_quantity() -> None:
    counts = {"all": [{"state": "s"}], "ages": [3, 5], "quantity": number(365)}
    table = prices(Shelf({"day": unit_cost("day", 2, {"region": 1}, counts=counts)}, factors={}))
    assert table.array(table.average)[0, 2:7, 0].sum(axis=-1) == pytest.approx([0, 730, 730, 730, 0])


def test_local_tax_rates() -> None:
    assert local_tax_rates(PLACES.municipality("0114"), ECONOMY, central) == pytest.approx((0.1942, 0.1238))
    assert local_tax_rates(None, ECONOMY, central) == local_tax_rates(PLACES.sweden, ECONOMY, central)
    assert sum(local_tax_rates(PLACES.municipality("0980"), ECONOMY, central)) == pytest.approx(0.336)


def test_drawn_payer_shares_are_scaled_to_one() -> None:
    share = SHELF.unit_costs["placement"].payers["municipality"]
    table = prices(SHELF, value=lambda n: 0.3 if n is share else n.value)
    placement = [item.id for item in table.items].index("placement")
    assert table.array(table.average)[placement, 0, 0].sum() == pytest.approx(1000)
    assert table.array(table.average)[placement, 0, 0, 0] == pytest.approx(500)


@SOME
@given(SEEDS)
def test_ledger_is_counts_times_prices(seed: int) -> None:
    counts = tally(seed, 2)
    found = ledger(counts, COLUMNS, TABLE)
    assert found.by_account.shape == (2, len(TABLE.accounts), len(TABLE.payers), AGES)
    direct = np.einsum("bair,iarp->bpa", counts.astype(float), TABLE.array(TABLE.weights))
    np.testing.assert_allclose(found.total, direct, rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(found.society, direct.sum(axis=1), rtol=1e-6, atol=1)


@SOME
@given(SEEDS)
def test_no_difference_costs_nothing_and_levels_sum_to_society(seed: int) -> None:
    counts = tally(seed)
    assert not ledger(counts - counts, COLUMNS, TABLE).by_account.any()
    found = ledger(counts, COLUMNS, TABLE)
    levels = by_level(found.total, TABLE.payers, axis=-2)
    outer = [flow for name, flow in levels.items() if "/" not in name]
    np.testing.assert_allclose(sum(outer), found.society, rtol=1e-9, atol=1e-2)
    np.testing.assert_allclose(levels["state"], levels["state/fk"] + levels["state/sis"] + levels["state/tax_agency"])


@SOME
@given(SEEDS)
def test_a_transfer_is_nothing_to_society(seed: int) -> None:
    assistance = ledger(tally(seed), COLUMNS, TABLE).account("assistance")
    assert np.abs(assistance.sum(axis=0)).max() <= 1e-9 * np.abs(assistance).max()


@SOME
@given(SEEDS, st.sampled_from(sorted(SHELF.unit_costs)))
def test_doubling_a_unit_cost_doubles_its_account_only(seed: int, doubled: str) -> None:
    counts = tally(seed)
    target = SHELF.unit_costs[doubled].cost
    before = ledger(counts, COLUMNS, TABLE)
    after = ledger(counts, COLUMNS, prices(SHELF, value=lambda n: 2 * n.value if n is target else n.value))
    spent = {"vat"} if SHELF.unit_costs[doubled].recipient else set()  # what a household gets it also spends
    for account in {*before.accounts} - spent:
        factor = 2 if account == doubled else 1
        np.testing.assert_array_equal(after.account(account), factor * before.account(account))
    for account in spent:
        moved = after.account(account) - before.account(account)
        assert moved.any()
        assert np.abs(moved.sum(axis=0)).max() <= 1e-9 * np.abs(moved).max()


def test_currency_rescales() -> None:
    """Wages, costs and the tax brackets in another currency: everything in it, nothing else changes."""
    counts = tally(7, 2)
    krona = ledger(counts, COLUMNS, TABLE).by_account
    in_sek = ("SEK", "SEK/month")
    euro = ledger(counts, COLUMNS, prices(SHELF, value=lambda n: n.value / (11.0 if _is_amount(n, in_sek) else 1)))
    np.testing.assert_allclose(euro.by_account * 11, krona, rtol=1e-9, atol=1e-3)


def _is_amount(found: Number, units: tuple[str, ...]) -> bool:
    shares = [n for cost in COSTS for n in (cost.cashable, *cost.payers.values(), cost.beyond_65)]
    shares += [n for cost in COSTS for n in (cost.marginal.short, cost.marginal.medium, cost.marginal.long)]
    return found.unit in units and not any(found is share for share in shares)


def test_same_tally_gives_the_same_bytes_alone_or_in_a_batch() -> None:
    counts = tally(3, 4)
    together = ledger(counts, COLUMNS, TABLE).by_account
    alone = ledger(counts[2], COLUMNS, TABLE).by_account
    assert together[2].tobytes() == alone.tobytes()


def test_what_somebody_at_65_stands_for_later() -> None:
    counts = np.zeros((AGES, len(COLUMNS), len(Residence)), dtype=np.int64)
    column = [item.id for item in TABLE.items].index("disability")
    counts[65, column, Residence.SWEDEN] = 10
    later = beyond_65(counts, COLUMNS, TABLE)
    assert later[TABLE.payers.index("state/fk")] == pytest.approx(10 * 200 * 7)
    assert later.sum() == pytest.approx(0)


def test_a_tally_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="66 ages"):
        ledger(tally(1)[:60], COLUMNS, TABLE)
    with pytest.raises(ValueError, match="columns"):
        ledger(tally(1)[:, :3], COLUMNS, TABLE)
