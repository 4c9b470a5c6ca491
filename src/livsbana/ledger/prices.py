"""From parameters to SEK a counted person-year: by item, age, residence and payer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from livsbana.errors import InputError
from livsbana.ledger.earnings import (
    INCOME_TAX,
    VAT,
    EarningsCell,
    age_profile,
    counts_of,
    earnings_cells,
    parts_of_wage,
    wage_splits,
)
from livsbana.ledger.growth import AGES, growth_rate, real_growth, to_price_year
from livsbana.ledger.payers import Money, Payers, Residence, payers_of
from livsbana.ledger.taxes import rates_of
from livsbana.parameters.economy import Economy, Preset
from livsbana.parameters.places import SWEDEN, Municipality
from livsbana.parameters.schema import Counts, Number, UnitCost

if TYPE_CHECKING:
    from livsbana.parameters.library import Library

PERCENT = 100.0
ROUNDING = 1e-9


Splits = dict[EarningsCell, Money]


@dataclass(frozen=True)
class Item:
    """One thing that is counted and costs money: a unit cost, or one account of an earnings cell.

    ``account`` is where its money is entered; ``counts`` says what the tally must count for it;
    ``taxed`` is the transfer on which this item is the local income tax or, when it is spent, the value-added tax.
    """

    id: str
    account: str
    counts: Counts
    cell: EarningsCell | None = None
    taxed: str | None = None


@dataclass(frozen=True)
class Tariff:
    """What every cohort of one draw pays: one *entry* for each item, residence and payer that its money reaches.

    Entries stand in the order of (account, payer), and there in that of (item, residence). ``item``, ``residence``,
    ``payer`` int64[entry]; ``start`` the first entry of each (account, payer) that has any; ``base`` [entry, age]
    SEK a counted person-year in the prices of ``price_year``, cost positive; ``grows`` [entry] the number of a kind of
    growth in ``rates`` (yearly, real); ``marginal`` [entry, (short, medium, long)] shares of it that vary with volume;
    ``cashable`` [entry] the part of these that can be withdrawn from a budget; ``later`` [entry] what one person
    counted at 65 stands for afterwards.
    """

    items: tuple[Item, ...]
    accounts: tuple[str, ...]
    payers: Payers
    economy: Economy
    item: NDArray[np.int64]
    residence: NDArray[np.int64]
    payer: NDArray[np.int64]
    start: NDArray[np.int64]
    base: Money
    grows: NDArray[np.int64]
    rates: tuple[float, ...]
    marginal: Money
    cashable: Money
    later: Money


@dataclass(frozen=True)
class PriceTable:
    """The entries of a tariff for one birth cohort, SEK a counted person-year.

    ``weights``, ``average`` and ``cashable`` have shape [entry, age 0 … 65]: what varies with volume, the average
    cost, and the part of ``weights`` that can be withdrawn from a budget. ``beyond_65`` [entry] is what one person
    counted at 65 stands for later.
    """

    tariff: Tariff
    weights: Money
    average: Money
    cashable: Money
    beyond_65: Money

    @property
    def items(self) -> tuple[Item, ...]:
        """The items, by number."""
        return self.tariff.items

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts, by number."""
        return self.tariff.accounts

    @property
    def payers(self) -> Payers:
        """The payer axis."""
        return self.tariff.payers

    def array(self, entries: Money) -> Money:
        """Spread ``weights``, ``average`` or ``cashable`` over [item, age, residence, payer], to be looked at."""
        t = self.tariff
        spread = np.zeros((len(t.items), AGES, len(Residence), len(t.payers)))
        spread[t.item, :, t.residence, t.payer] = entries
        return spread


@dataclass(frozen=True)
class _Run:
    """What all items of one tariff are priced for."""

    economy: Economy
    payers: Payers
    value: Callable[[Number], float]
    place: Municipality | None


GROWTH = ("wages", "cpi", "willingness_to_pay", "none")


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
    spent = [cost for cost in costs if cost.recipient == "household"]
    taxes += [Item(f"{cost.id}/{VAT}", VAT, cost.counts, taxed=cost.id) for cost in spent]
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


def make_tariff(
    items: Sequence[Item],
    library: Library,
    value: Callable[[Number], float],
    place: Municipality | None,
    preset: Preset,
) -> Tariff:
    """Price every item in one parameter draw, before real growth.

    Parameters
    ----------
    items
        From :func:`cost_items`.
    value
        Gives the value of a number in this draw.
    place
        The home municipality, whose tax rates apply at home; None for Sweden.
    preset
        Whose growth of the value of health is used.

    Returns
    -------
    Tariff
        Payer shares of a draw are scaled to sum to 1; transfers sum to 0 over payers.

    Raises
    ------
    InputError
        If the price index does not cover the year of a cost.
    """
    payers = payers_of(library)
    run = _Run(library.economy, payers, value, place)
    splits = earnings_splits(items, library, value, place)
    parts = [_wage_entries(k, i, splits[i.cell], run) for k, i in enumerate(items) if i.cell is not None]
    parts += [
        _cost_entries(k, i, library.unit_costs[i.taxed or i.id], run) for k, i in enumerate(items) if i.cell is None
    ]
    accounts = tuple(dict.fromkeys(item.account for item in items))
    entries = _Entries._make(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    account = np.array([accounts.index(i.account) for i in items])[entries.item]
    order = np.lexsort((entries.residence, entries.item, entries.payer, account))
    entries = _Entries._make(array[order] for array in entries)
    place_of = account[order] * len(payers) + entries.payer
    return Tariff(
        items=tuple(items),
        accounts=accounts,
        payers=payers,
        economy=library.economy,
        start=np.flatnonzero(np.diff(place_of, prepend=-1)),
        rates=tuple(growth_rate(library.economy, preset, kind, value) for kind in GROWTH),
        **entries._asdict(),
    )


class _Entries(NamedTuple):
    """The columns of a tariff that have one row an entry."""

    item: NDArray[np.int64]
    residence: NDArray[np.int64]
    payer: NDArray[np.int64]
    base: Money
    grows: NDArray[np.int64]
    marginal: Money
    cashable: Money
    later: Money


def price_table(tariff: Tariff, birth_year: int, start_year: int) -> PriceTable:
    """Carry a tariff to the years of one birth cohort.

    Parameters
    ----------
    birth_year
        Calendar year is birth year + age.
    start_year
        First year of the change: marginal shares run from the short to the long term from here.
        Earlier years are priced as the first.
    """
    economy = tariff.economy
    growth = np.array([real_growth(economy.price_year, rate, birth_year) for rate in tariff.rates])
    average = tariff.base * growth[tariff.grows]
    year = birth_year + np.arange(AGES) - start_year + 1
    periods = economy.marginal_periods
    term = (year > periods.short_until_year).astype(int) + (year > periods.medium_until_year)
    weights = average * tariff.marginal[:, term]
    return PriceTable(tariff, weights, average, weights * tariff.cashable[:, None], weights[:, -1] * tariff.later)


def _cost_entries(number: int, item: Item, cost: UnitCost, run: _Run) -> _Entries:
    """The entries of a unit cost, or of the tax on it."""
    if item.taxed is None:
        shares = _payer_shares(cost, run)
    else:
        shares = _tax_shares(cost, run) if item.account == INCOME_TAX else _vat_shares(cost, run)
    marginal = [run.value(n) for n in (cost.marginal.short, cost.marginal.medium, cost.marginal.long)]
    cashable, later = run.value(cost.cashable), run.value(cost.beyond_65) if cost.beyond_65 else 0.0
    residence, payer = np.nonzero(shares)
    base = _unit_price(cost, run) * shares[residence, payer][:, None]
    return _entries(number, residence, payer, base, cost.grows_with, marginal, cashable, later)


def _wage_entries(number: int, item: Item, splits: Money, run: _Run) -> _Entries:
    """The entries of one account of an earnings cell; ``splits`` [age, (elsewhere, home), part]."""
    parts = parts_of_wage(run.economy.tax.body)
    base = np.zeros((len(Residence), len(run.payers), AGES))
    for k, part in enumerate(parts):
        if part.account == item.account:
            for residence in Residence:
                at_home = int(residence is Residence.HOME)
                base[residence, run.payers.at(part.level, residence)] -= splits[:, at_home, k]
    residence, payer = np.nonzero(base.any(axis=-1))
    return _entries(number, residence, payer, base[residence, payer], "wages", [1.0] * 3, 1.0, 0.0)


def _entries(
    number: int,
    residence: NDArray[np.int64],
    payer: NDArray[np.int64],
    base: Money,
    grows_with: str,
    marginal: Sequence[float],
    cashable: float,
    later: float,
) -> _Entries:
    """Give each entry of an item what the whole item has."""
    n = len(residence)
    return _Entries(
        item=np.full(n, number),
        residence=residence,
        payer=payer,
        base=base,
        grows=np.full(n, GROWTH.index(grows_with)),
        marginal=np.tile(np.array(marginal), (n, 1)),
        cashable=np.full(n, cashable),
        later=np.full(n, later),
    )


def _unit_price(cost: UnitCost, run: _Run) -> Money:
    """Average cost of a unit cost before real growth, SEK[age]."""
    if cost.cost.year is None:
        raise InputError(f"unit cost `{cost.id}` has no price year")
    quantity = run.value(cost.counts.quantity) if cost.counts.quantity else 1.0
    sek = run.value(cost.cost) * quantity * to_price_year(run.economy, cost.cost.year, cost.grows_with, run.value)
    first, last = cost.counts.ages or (0, AGES - 1)
    ages = np.arange(AGES)
    return np.where((first <= ages) & (ages <= last), sek, 0.0)


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


def _vat_shares(cost: UnitCost, run: _Run) -> Money:
    """Value-added tax on one SEK of a transfer, spent after income tax; shape [residence, payer]."""
    shares, payers = np.zeros((len(Residence), len(run.payers))), run.payers
    rate = run.value(run.economy.tax.vat_share)
    kept = 1.0 - _tax_shares(cost, run)[:, payers.index("household")]
    shares[:, payers.index(f"state/{run.economy.tax.body}")] = -rate * kept
    shares[:, payers.index("household")] = rate * kept
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
