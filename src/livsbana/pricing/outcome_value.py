"""The value of one outcome, three ways and one wrong one, to each payer and year by year.

``do``       the model gives the outcome to those whom the package flips, and nothing else: what the outcome causes.
``iv``       what the package avoids for each outcome it causes: also gains that go past the outcome.
``null``     only the record is moved: what paying for a gamed indicator buys.
``naive``    those who fail against those who achieve in the baseline: wrong, since those who achieve differ in more.

``do_failures`` is ``do`` for all who fail, so that naive − do_failures is confounding: what those who achieve would
have cost less anyway. Amounts are SEK of the price year at the start of the year of measurement, an outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal, get_args

import numpy as np

from livsbana.ledger.payers import Payers
from livsbana.pricing.worlds import FLOWS, PERSONS, YEARS, Outcomes
from livsbana.runs.answer import HIGH, LOW, account_weights
from livsbana.runs.document import Money
from livsbana.runs.sharing import PARTIES
from livsbana.valuation.discount import discount_factors

Array = np.ndarray
Kind = Literal["do", "do_held", "do_failures", "iv", "null", "naive", "confounding"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CLEAR_ERRORS = 2.0
FLIPPED_KINDS: tuple[Kind, ...] = ("do", "do_held", "null")
FEWEST_FLIPS = 10  # of fewer persons not even the error of a mean can be told
ASKED = "asked"  # the account of all who are asked to share a price
# Each value as a signed sum of flows, each divided by a signed sum of persons.
PARTS: dict[Kind, tuple[tuple[float, str, dict[str, float]], ...]] = {
    "do": ((1.0, "do", {"flipped": 1.0}),),
    "do_held": ((1.0, "do_held", {"flipped": 1.0}),),
    "do_failures": ((1.0, "do_failures", {"failed": 1.0}),),
    "iv": ((1.0, "package", {"flipped": 1.0, "worse": -1.0}),),
    "null": ((1.0, "null", {"flipped": 1.0}),),
    "naive": ((1.0, "failed", {"failed": 1.0}), (-1.0, "achieved", {"achieved": 1.0})),
    "confounding": (
        (1.0, "failed", {"failed": 1.0}),
        (-1.0, "achieved", {"achieved": 1.0}),
        (-1.0, "do_failures", {"failed": 1.0}),
    ),
}


@dataclass(frozen=True)
class Values:
    """Evaluations of one outcome, central first, and what they are valued with.

    Means are ratios of means over the draws where there are any, never means of ratios; Monte Carlo errors come from
    the batches of the central evaluation, since all draws share its luck.
    """

    found: Sequence[Outcomes]
    payers: Payers
    rates: Sequence[float]
    tax_factors: Sequence[float]

    @property
    def drawn(self) -> Sequence[int]:
        """Positions of the evaluations that means are taken over."""
        return range(1, len(self.found)) if len(self.found) > 1 else range(1)

    def persons(self, sums: Mapping[str, float], k: int) -> float:
        """A signed sum of real persons in one evaluation."""
        return float(sum(sign * self.found[k].persons[PERSONS.index(name)] for name, sign in sums.items()))

    def count(self, **sums: float) -> Money:
        """Real persons, mean over draws; an amount in name only."""
        values = [self.persons(sums, k) for k in range(len(self.found))]
        return self.money(float(np.mean([values[k] for k in self.drawn])), values, sqrt(self._count_variance(sums)))

    def exists(self, kind: Kind) -> bool:
        """Whether there are outcomes to divide by.

        Enough of the simulated are flipped; what the package causes can be told from none; some fail and some achieve.
        """
        if kind in FLIPPED_KINDS and self.found[0].flips < FEWEST_FLIPS:
            return False
        for _, _, sums in PARTS[kind]:
            mean = np.mean([self.persons(sums, k) for k in self.drawn])
            least = CLEAR_ERRORS * sqrt(self._count_variance(sums)) if kind == "iv" else 0.0
            if mean <= least or self.persons(sums, 0) <= 0:
                return False
        return True

    def weights(self, k: int) -> dict[str, Array]:
        """What each account sums, as weights of payers."""
        named = account_weights(self.payers, self.tax_factors[k])
        return {**named, ASKED: np.sum([named[name] for name in PARTIES], axis=0)}

    def value(self, kind: Kind, account: str) -> Money | None:
        """The value of one outcome to one account; None where there are none."""
        if not self.exists(kind):
            return None
        by_draw = [self.in_draw(kind, account, k) for k in range(len(self.found))]
        mean = sum(sign * self._mean_ratio(flow, sums, account) for sign, flow, sums in PARTS[kind])
        return self.money(mean, by_draw, self._error(kind, account))

    def in_draw(self, kind: Kind, account: str, k: int) -> float:
        """The value in one evaluation; NaN where nobody is flipped."""
        total = 0.0
        for sign, flow, sums in PARTS[kind]:
            persons = self.persons(sums, k)
            total += sign * self._present(flow, account, k) / persons if persons > 0 else np.nan
        return total

    def by_year(self, kind: Kind, account: str) -> Array:
        """The value by year of ``YEARS``, discounted to that of measurement, SEK; zero where it does not exist."""
        if not self.exists(kind):
            return np.zeros(len(YEARS))
        total = np.zeros(len(YEARS))
        for sign, flow, sums in PARTS[kind]:
            flows = [self._flow(flow, account, k) * self.factors(k) for k in self.drawn]
            total += sign * np.mean(flows, axis=0) / np.mean([self.persons(sums, k) for k in self.drawn])
        return total

    def factors(self, k: int) -> Array:
        """Discount factors by year, to the start of that of measurement."""
        return discount_factors(YEARS, 0, self.rates[k])

    def money(self, mean: float, by_draw: Sequence[float], mc_error: float) -> Money:
        """Summarise one amount, given for every evaluation; draws in which it does not exist are left out."""
        drawn = np.array([by_draw[k] for k in self.drawn], float)
        drawn = drawn[np.isfinite(drawn)]
        if len(self.found) == 1 or not len(drawn):
            return Money(mean=float(mean), low=None, high=None, mc_error=mc_error)
        low, high = map(float, np.percentile(drawn, [LOW, HIGH]))
        return Money(mean=float(mean), low=low, high=high, mc_error=mc_error)

    def _flow(self, flow: str, account: str, k: int) -> Array:
        return self.weights(k)[account] @ self.found[k].avoided[FLOWS.index(flow)]

    def _present(self, flow: str, account: str, k: int) -> float:
        return float((self._flow(flow, account, k) * self.factors(k)).sum())

    def _mean_ratio(self, flow: str, sums: Mapping[str, float], account: str) -> float:
        money = np.mean([self._present(flow, account, k) for k in self.drawn])
        return float(money / np.mean([self.persons(sums, k) for k in self.drawn]))

    def _error(self, kind: Kind, account: str) -> float:
        """Monte Carlo error of a ratio, or of a sum of ratios, by linearisation over independent batches."""
        weight, found = self.weights(0)[account], self.found[0]
        variance = 0.0
        for money, persons in zip(found.batches, found.person_batches, strict=True):
            residual = np.zeros(len(money))
            for sign, flow, sums in PARTS[kind]:
                people = signed(persons, sums)
                whole = self.persons(sums, 0)
                ratio = self._present(flow, account, 0) / whole
                residual += sign * (money[:, FLOWS.index(flow)] @ weight - ratio * people) / whole
            variance += _variance_of_sum(residual)
        return sqrt(variance)

    def _count_variance(self, sums: Mapping[str, float]) -> float:
        """Variance of a signed sum of real persons that comes from simulating few."""
        total = 0.0
        for persons in self.found[0].person_batches:
            total += _variance_of_sum(signed(persons, sums))
        return total


def signed(persons: Array, sums: Mapping[str, float]) -> Array:
    """A signed sum of persons by batch; ``persons[batch, .]`` as in ``PERSONS``."""
    return np.sum([sign * persons[:, PERSONS.index(name)] for name, sign in sums.items()], axis=0)


def _variance_of_sum(values: Array) -> float:
    """Variance of the sum of independent parts."""
    return float(len(values) * values.var(ddof=1)) if len(values) > 1 else 0.0


def why_undefined(values: Values, kind: Kind) -> str | None:
    """Say why a value does not exist; nothing where it does."""
    if values.exists(kind):
        return None
    caused = values.count(flipped=1, worse=-1)
    flips = values.found[0].flips
    if kind in FLIPPED_KINDS and flips == 0:
        return "The package flips nobody among the simulated: there is nobody to give the outcome to."
    if kind in FLIPPED_KINDS:
        return f"The package flips {flips} of the simulated persons: too few to value an outcome by; raise --persons."
    if kind == "iv":
        return (
            f"The package causes {caused.mean:,.1f} outcomes with a simulation error of {caused.mc_error:,.1f}: "
            "it cannot be told from none, and nothing can be divided by it."
        )
    return "Nobody among the simulated fails, or nobody achieves."
