"""From parameters to SEK a counted person-year: by item, age, residence and payer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livsbana.errors import InputError
from livsbana.ledger.earnings import (
    EarningsCell,
    age_profile,
    counts_of,
    earnings_cells,
    parts_of_wage,
    wage_splits,
)
from livsbana.ledger.growth import AGES, real_growth, to_price_year
from livsbana.ledger.payers import Money, Payers, Residence, payers_of
from livsbana.ledger.taxes import rates_of
from livsbana.parameters.economy import Economy, Preset
from livsbana.parameters.places import SWEDEN, Municipality
from livsbana.parameters.schema import Counts, Marginal, Number, UnitCost

if TYPE_CHECKING:
    from livsbana.parameters.library import Library

PERCENT = 100.0
INCOME_TAX = "income_tax"
ROUNDING = 1e-9


Splits = dict[EarningsCell, Money]


@dataclass(frozen=True)
class Item:
    """One thing that is counted and costs money: a unit cost, or one account of an earnings cell.

    ``account`` is where its money is entered; ``counts`` says what the tally must count for it;
    ``taxed`` is the transfer on which this item is the local income tax.
    """

    id: str
    account: str
    counts: Counts
    cell: EarningsCell | None = None
    taxed: str | None = None


@dataclass(frozen=True)
class PriceTable:
    """SEK a counted person-year in the prices of ``price_year``; cost positive.

    ``weights``, ``average`` and ``cashable`` have shape [item, age 0 … 65, residence, payer]:
    what varies with volume, the average cost, and the part of ``weights`` that can be withdrawn from
    a budget. ``beyond_65`` [item, residence, payer] is what one person counted at 65 stands for later.
    """

    items: tuple[Item, ...]
    accounts: tuple[str, ...]
    payers: Payers
    price_year: int
    weights: Money
    average: Money
    cashable: Money
    beyond_65: Money


@dataclass(frozen=True)
class _Run:
    """What all items of one price table are priced for."""

    economy: Economy
    payers: Payers
    value: Callable[[Number], float]
    birth_year: int
    start_year: int
    place: Municipality | None
    preset: Preset

    def growth(self, grows_with: str) -> Money:
        """Real growth from the price year, by age."""
        return np.array(real_growth(self.economy, self.preset, grows_with, self.birth_year, self.value))

    def marginal_shares(self, marginal: Marginal) -> Money:
        """Share of the average cost that varies with volume, by age."""
        short, medium, long = (self.value(n) for n in (marginal.short, marginal.medium, marginal.long))
        periods = self.economy.marginal_periods
        year = self.birth_year + np.arange(AGES) - self.start_year + 1
        later = np.where(year <= periods.medium_until_year, medium, long)
        return np.where(year <= periods.short_until_year, short, later)


def cost_items(library: Library) -> tuple[Item, ...]:
    """List everything that costs money: unit costs by id, then the accounts of each earnings cell.

    Raises
    ------
    InputError
        If the earnings name a factor that the library does not have.
    """
    costs = [cost for _, cost in sorted(library.unit_costs.items())]
    units = [Item(cost.id, cost.account, cost.counts) for cost in costs]
    taxes = [Item(f"{cost.id}/{INCOME_TAX}", INCOME_TAX, cost.counts, taxed=cost.id) for cost in costs if cost.taxable]
    return (*units, *taxes, *_earnings_items(library))


def _earnings_items(library: Library) -> list[Item]:
    """One item for each earnings cell and account; none where nobody can be in work."""
    earnings = library.economy.earnings
    if earnings.activity.category not in library.factors:
        return []
    accounts = list(dict.fromkeys(part.account for part in parts_of_wage(library.economy.tax.body)))
    items: list[Item] = []
    for cell in earnings_cells(earnings):
        counts = counts_of(cell, earnings)
        for condition in counts.all:
            factor = condition.state or condition.trait or condition.category
            if factor not in library.factors:
                raise InputError(f"economy.yaml: the earnings name `{factor}`, which no domain file declares")
        items += [Item(f"earnings/{cell.id}/{account}", account, counts, cell) for account in accounts]
    return items


def price_table(
    items: Sequence[Item],
    library: Library,
    value: Callable[[Number], float],
    birth_year: int,
    start_year: int,
    place: Municipality | None,
    preset: Preset,
    splits: Splits | None = None,
) -> PriceTable:
    """Price every item for one birth cohort in one parameter draw.

    Parameters
    ----------
    items
        From :func:`cost_items`.
    value
        Gives the value of a number in this draw.
    birth_year
        Calendar year is birth year + age.
    start_year
        First year of the change: marginal shares run from the short to the long term from here.
        Earlier years are priced as the first.
    place
        The home municipality, whose tax rates apply at home; None for Sweden.
    preset
        Whose growth of the value of health is used.
    splits
        From :func:`earnings_splits` with the same value and place; made here when left out. They do not
        depend on the birth year, so cohorts of one draw can share them.

    Returns
    -------
    PriceTable
        Payer shares of a draw are scaled to sum to 1; transfers sum to 0 over payers.

    Raises
    ------
    InputError
        If the price index does not cover the year of a cost.
    """
    payers = payers_of(library)
    run = _Run(library.economy, payers, value, birth_year, start_year, place, preset)
    shape = (len(items), AGES, len(Residence), len(payers))
    weights, average, cashable = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    beyond_65 = np.zeros((len(items), len(Residence), len(payers)))
    splits = earnings_splits(items, library, value, place) if splits is None else splits
    growth = run.growth("wages")[:, None, None]
    earnings = {cell: _cell_prices(split * growth, run) for cell, split in splits.items()}
    for i, item in enumerate(items):
        if item.cell is not None:
            weights[i] = average[i] = cashable[i] = earnings[item.cell][item.account]
            continue
        cost = library.unit_costs[item.taxed or item.id]
        shares = _payer_shares(cost, run) if item.taxed is None else _tax_shares(cost, run)
        average[i] = _unit_price(cost, run)[:, None, None] * shares
        weights[i] = average[i] * run.marginal_shares(cost.marginal)[:, None, None]
        cashable[i] = weights[i] * value(cost.cashable)
        beyond_65[i] = weights[i, -1] * (value(cost.beyond_65) if cost.beyond_65 else 0.0)
    accounts = tuple(dict.fromkeys(item.account for item in items))
    price_year = library.economy.price_year
    return PriceTable(tuple(items), accounts, payers, price_year, weights, average, cashable, beyond_65)


def _unit_price(cost: UnitCost, run: _Run) -> Money:
    """Average cost of a unit cost, SEK[age]."""
    if cost.cost.year is None:
        raise InputError(f"unit cost `{cost.id}` has no price year")
    quantity = run.value(cost.counts.quantity) if cost.counts.quantity else 1.0
    sek = run.value(cost.cost) * quantity * to_price_year(run.economy, cost.cost.year, cost.grows_with, run.value)
    first, last = cost.counts.ages or (0, AGES - 1)
    ages = np.arange(AGES)
    return np.where((first <= ages) & (ages <= last), sek * run.growth(cost.grows_with), 0.0)


def _payer_shares(cost: UnitCost, run: _Run) -> Money:
    """Who pays one SEK, by residence; a recipient gains it; shape [residence, payer]."""
    drawn = {level: run.value(share) for level, share in cost.payers.items()}
    total = sum(drawn.values())
    if not total > 0 or min(drawn.values()) < 0:
        raise InputError(f"unit cost `{cost.id}`: payer shares {drawn} do not describe who pays")
    shares = np.zeros((len(Residence), len(run.payers)))
    for residence in Residence:
        for level, share in drawn.items():
            shares[residence, run.payers.at(level, residence)] += share / total
        if cost.recipient:
            shares[residence, run.payers.index(cost.recipient)] -= 1.0
    if np.any(np.abs(shares.sum(axis=1) - (0.0 if cost.recipient else 1.0)) > ROUNDING):
        raise AssertionError(f"the payers of {cost.id} sum to {shares.sum(axis=1)}")
    return shares


def _tax_shares(cost: UnitCost, run: _Run) -> Money:
    """Local income tax on one SEK of a transfer: revenue is a negative cost; shape [residence, payer]."""
    shares = np.zeros((len(Residence), len(run.payers)))
    if cost.taxable is None or cost.recipient is None:
        return shares
    for residence in Residence:
        place = run.place if residence is Residence.HOME else None
        for level, rate in zip(("municipality", "region"), local_tax_rates(place, run.economy, run.value), strict=True):
            tax = rate * run.value(cost.taxable)
            shares[residence, run.payers.at(level, residence)] -= tax
            shares[residence, run.payers.index(cost.recipient)] += tax
    return shares


def local_tax_rates(
    place: Municipality | None, economy: Economy, value: Callable[[Number], float]
) -> tuple[float, float]:
    """Municipal and region tax rate where somebody lives, as proportions of taxable income.

    Where one authority carries both tasks (Gotland) the national region rate is taken out of its rate.
    """
    national = value(economy.tax.municipal_rate), value(economy.tax.region_rate)
    if place is None or place.code == SWEDEN:
        return national
    municipal, region = place.profile["tax_municipal_2025"], place.profile["tax_region_2025"]
    if municipal is None:
        return national
    if region is None:
        return municipal / PERCENT - national[1], national[1]
    return municipal / PERCENT, region / PERCENT


def earnings_splits(
    items: Iterable[Item], library: Library, value: Callable[[Number], float], place: Municipality | None
) -> Splits:
    """Split the yearly wage of each earnings cell between those who get it, before real growth.

    Returns
    -------
    dict
        Cell to SEK[age, (elsewhere, home), part].
    """
    cells = list(dict.fromkeys(item.cell for item in items if item.cell is not None))
    economy = library.economy
    profiles = {sex: age_profile(economy.earnings, sex, value) for sex in {cell.sex for cell in cells}}
    rates = rates_of(economy, value), rates_of(economy, value, *local_tax_rates(place, economy, value))
    return {cell: wage_splits(economy, cell, profiles[cell.sex], rates, value) for cell in cells}


def _cell_prices(splits: Money, run: _Run) -> dict[str, Money]:
    """Enter the parts of a wage, ``splits`` [age, (elsewhere, home), part], with those who get them."""
    parts = parts_of_wage(run.economy.tax.body)
    prices = {part.account: np.zeros((AGES, len(Residence), len(run.payers))) for part in parts}
    for k, part in enumerate(parts):
        for residence in Residence:
            at_home = int(residence is Residence.HOME)
            prices[part.account][:, residence, run.payers.at(part.level, residence)] -= splits[:, at_home, k]
    return prices
