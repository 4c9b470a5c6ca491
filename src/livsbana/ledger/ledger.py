"""Tally times price: what every account and payer pays, in each arm.

The kernel counts whole persons; only here do they become money. Sums run in one fixed order of
accounts, payers, items and residences, so that the same tally and prices give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livsbana.ledger.growth import AGES
from livsbana.ledger.payers import Money, Payers, Residence
from livsbana.ledger.prices import PriceTable


@dataclass(frozen=True)
class Ledger:
    """SEK by account, payer and age; ``by_account`` has shape [..., account, payer, age 0 … 65]."""

    accounts: tuple[str, ...]
    payers: Payers
    by_account: Money

    @property
    def total(self) -> Money:
        """Sum over accounts; shape [..., payer, age]."""
        return self.by_account.sum(axis=-3)

    @property
    def society(self) -> Money:
        """Sum over accounts and payers; shape [..., age]."""
        return self.total.sum(axis=-2)

    def account(self, name: str) -> Money:
        """One account; shape [..., payer, age]."""
        return self.by_account[..., self.accounts.index(name), :, :]


def ledger(
    counts: NDArray[np.int64],
    column_of_item: Sequence[int],
    prices: PriceTable,
    weights: Money | None = None,
) -> Ledger:
    """Multiply a tally by prices.

    Parameters
    ----------
    counts
        Persons; int64[..., age 0 … 65, column, residence]. Leading axes (draw, arm, batch, group)
        are kept. Signed differences of tallies are allowed.
    column_of_item
        The tally column of each item of ``prices``.
    prices
        From :func:`~livsbana.ledger.prices.price_table`.
    weights
        ``prices.average`` or ``prices.cashable``; ``prices.weights`` when omitted.

    Returns
    -------
    Ledger
        float64[..., account, payer, age], cost positive.
    """
    weights = prices.weights if weights is None else weights
    _check_shapes(counts, column_of_item, prices)
    leading, tariff = counts.shape[:-3], prices.tariff
    persons = np.moveaxis(counts.reshape(-1, *counts.shape[-3:]), (2, 3), (0, 1))  # [column, residence, leading, age]
    column = np.array(column_of_item)[tariff.item]
    account = [prices.accounts.index(item.account) for item in prices.items]
    out = np.zeros((len(prices.accounts), len(prices.payers), persons.shape[2], AGES))
    for entries in map(slice, tariff.start, [*tariff.start[1:], None]):
        counted = persons[column[entries], tariff.residence[entries]]
        first = entries.start
        sek = counted * weights[entries, None, :]
        out[account[tariff.item[first]], tariff.payer[first]] = np.add.reduce(sek, axis=0)
    by_account = np.moveaxis(out, 2, 0).reshape(*leading, len(prices.accounts), len(prices.payers), AGES)
    return Ledger(prices.accounts, prices.payers, by_account)


def _check_shapes(counts: NDArray[np.int64], column_of_item: Sequence[int], prices: PriceTable) -> None:
    """Refuse a tally that does not fit the prices."""
    ages, columns, residences = counts.shape[-3:]
    if (ages, residences) != (AGES, len(Residence)):
        raise ValueError(f"a tally has {AGES} ages and {len(Residence)} residences, found {ages} and {residences}")
    if len(column_of_item) != len(prices.items) or not all(0 <= column < columns for column in column_of_item):
        raise ValueError(f"wanted one of {columns} columns for each of {len(prices.items)} items")


def beyond_65(counts: NDArray[np.int64], column_of_item: Sequence[int], prices: PriceTable) -> Money:
    """What the state at 65 costs later in life: a separate line, never part of the ledger.

    Parameters
    ----------
    counts
        int64[..., age 0 … 65, column, residence].

    Returns
    -------
    ndarray
        SEK[..., payer], dated at age 65. A unit cost's ``beyond_65`` is the number of discounted
        years, seen from 65, that one counted year at 65 stands for.
    """
    _check_shapes(counts, column_of_item, prices)
    tariff = prices.tariff
    at_65 = counts[..., -1, :, :][..., np.array(column_of_item)[tariff.item], tariff.residence]
    total = np.zeros((*counts.shape[:-3], len(prices.payers)))
    for entry in np.flatnonzero(prices.beyond_65):
        total[..., tariff.payer[entry]] += at_65[..., entry] * prices.beyond_65[entry]
    return total
