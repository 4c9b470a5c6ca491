"""One sample of all uncertain numbers: keyed by seed, draw and address, judgement drawn jointly."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Protocol

from scipy.special import betaincinv, gammaincinv

from livsbana.parameters.library import Library
from livsbana.parameters.schema import Number

COMMON, DOMAIN = 0.3, 0.2  # parts of the variance of judgement that all, or one group, share
SHARES = ("proportion", "probability", "share")
STANDARD = NormalDist()
HALF_WIDTH = {"90": STANDARD.inv_cdf(0.95), "95": STANDARD.inv_cdf(0.975)}


class Addresses(Protocol):
    """What knows the stable address of each number: a library, or the origins of one file."""

    @property
    def address(self) -> dict[int, str]:
        """Addresses by identity of the number."""
        ...


class Draw:
    """Values of all numbers in one draw; call it with a Number.

    Assumptions are judgement of few minds: their normal scores are
    ``sqrt(0.3) common + sqrt(0.2) group + sqrt(0.5) own``, so that guesses do not average out. For odds
    ratios the shared part acts on the size of the effect, whatever its direction.
    """

    def __init__(self, library: Addresses, seed: int, draw: int) -> None:
        self._library, self._key = library, f"{seed}/{draw}/"
        self._values: dict[int, tuple[Number, float]] = {}  # the number too, so that no other gets its identity

    def __call__(self, number: Number) -> float:
        """Give the value of a number in this draw."""
        known = self._values.get(id(number))
        if known is None:
            known = self._values[id(number)] = number, self._sample(number)
        return known[1]

    def _sample(self, number: Number) -> float:
        if number.low is None or number.high is None or number.dist == "fixed" or number.low == number.high:
            return number.value
        return quantile(number, STANDARD.cdf(self._score(number)))

    def _score(self, number: Number) -> float:
        """The normal score of a number in this draw."""
        own = self._normal(self._library.address.get(id(number), repr(number)))
        if number.status != "assumption":
            return own
        group = number.group or self._domain(number)
        shared = sqrt(COMMON) * self._normal("common") + sqrt(DOMAIN) * self._normal(f"group/{group}")
        towards = -1.0 if is_ratio(number) and number.value < 1 else 1.0
        return towards * shared + sqrt(1 - COMMON - DOMAIN) * own

    def _domain(self, number: Number) -> str:
        """The kind of declaration: what judgement on things of one kind has in common."""
        return "/".join(self._library.address.get(id(number), "").split("/")[:1])

    def _normal(self, name: str) -> float:
        """A standard normal number keyed by seed, draw and name."""
        digest = blake2b((self._key + name).encode(), digest_size=8).digest()
        return STANDARD.inv_cdf((int.from_bytes(digest, "big") + 0.5) / 2**64)


def central(number: Number) -> float:
    """The central value."""
    return number.value


def is_ratio(number: Number) -> bool:
    """Odds, risk and hazard ratios: positive, symmetric on the log scale."""
    return number.dist == "lognormal" or number.unit in ("OR", "RR", "HR") or number.unit.endswith("_ratio")


def interval(number: Number) -> tuple[float, float]:
    """The ends of a number's interval; a certain number has its value twice."""
    if number.low is None or number.high is None:
        return number.value, number.value
    return number.low, number.high


def quantile(number: Number, p: float) -> float:
    """The p-quantile of a number's distribution.

    Normal and lognormal have the value as median and the published ends as they stand, so that a skewed
    interval stays skewed (two halves of normal curves, of the logarithm for lognormal). Beta and gamma are
    fitted by moments: the value is the mean, the spread that of the interval. Uniform has the ends as limits.
    Shares stay inside 0 and 1.
    """
    low, high = interval(number)
    kind, score = _kind(number), STANDARD.inv_cdf(p)
    sd = (high - low) / (2 * HALF_WIDTH[number.interval])
    end, part = (high if score > 0 else low), abs(score) / HALF_WIDTH[number.interval]
    if kind == "uniform":
        return low + p * (high - low)
    if kind == "lognormal":
        return number.value * exp(part * log(end / number.value))
    if kind == "beta":
        concentration = number.value * (1 - number.value) / sd**2 - 1
        return float(betaincinv(number.value * concentration, (1 - number.value) * concentration, p))
    if kind == "gamma":
        shape = (number.value / sd) ** 2
        return float(gammaincinv(shape, p) * number.value / shape)
    x = number.value + part * (end - number.value)
    return min(max(x, 0.0), 1.0) if number.unit in SHARES else x


def _kind(number: Number) -> str:
    """The distribution: as declared where its moments allow it, else by the unit."""
    low, high = interval(number)
    positive = is_ratio(number) or number.unit == "ratio"
    kind = number.dist or ("beta" if number.unit in SHARES else "lognormal" if positive else "normal")
    if kind == "lognormal" and low <= 0:
        return "normal"
    if kind == "gamma" and number.value <= 0:
        return "normal"
    if kind == "beta":
        sd = (high - low) / (2 * HALF_WIDTH[number.interval])
        inside = 0 < number.value < 1 and sd**2 < number.value * (1 - number.value)
        return "beta" if inside else "normal"
    return kind


def draws_of(library: Library, seed: int, draws: int) -> list[Callable[[Number], float]]:
    """The central values, then ``draws`` samples."""
    return [central, *(Draw(library, seed, k) for k in range(draws))]
