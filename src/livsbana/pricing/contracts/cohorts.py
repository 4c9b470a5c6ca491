"""Cohorts of the real size, drawn again and again: what would be measured, and what is true.

The persons, their comparison group and the world that they live in have luck of their own; with and without
the programme's effect the same luck meets the same persons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from livsbana.parameters.number import Number
from livsbana.pricing.contracts.outcomes import Outcome
from livsbana.pricing.contracts.read import Contract
from livsbana.uncertainty.draws import Draw, interval
from livsbana.uncertainty.luck import FloatArray, stream

PERSONS_AT_ONCE = 1_000_000
Rows = tuple[FloatArray, ...]


@dataclass(frozen=True)
class Truth:
    """The world of each replicate, ``[replicate]``: level without the programme, and improvement it causes.

    ``level`` is a share or mean; ``effect`` is in the measure of the outcome.
    """

    level: FloatArray
    effect: FloatArray


@dataclass(frozen=True)
class Measured:
    """What is seen of an outcome, ``[replicate]``.

    ``treated`` and ``comparison`` are means or shares; ``improvement`` is their difference in the outcome's
    measure, positive for better; ``error`` the standard error that an evaluator would state; ``caused`` the true
    improvement of this cohort in the same measure; ``persons`` the number treated.
    """

    treated: FloatArray
    comparison: FloatArray
    improvement: FloatArray
    error: FloatArray
    caused: FloatArray
    persons: int


def drawn(contract: Contract, seed: int, replicates: int) -> dict[int, FloatArray]:
    """Give each number of a contract its value in every replicate; certain numbers keep theirs."""
    numbers = contract.numbers()
    values = {id(n): np.full(replicates, n.value) for n in numbers}
    uncertain = [n for n in numbers if interval(n)[0] != interval(n)[1]]
    if uncertain:
        for r in range(replicates):
            draw = Draw(contract.origins, seed, r)
            for number in uncertain:
                values[id(number)][r] = draw(number)
    return values


def central_values(contract: Contract, replicates: int) -> dict[int, FloatArray]:
    """Give each number its central value in every replicate."""
    return {id(n): np.full(replicates, n.value) for n in contract.numbers()}


def stated_truth(outcome: Outcome, values: Mapping[int, FloatArray]) -> Truth:
    """The world of an outcome that the contract file states."""
    assert outcome.level is not None
    assert outcome.effect is not None
    return Truth(values[id(outcome.level)], values[id(outcome.effect)])


def measure(outcome: Outcome, truth: Truth, values: Mapping[int, FloatArray], seed: int, name: str) -> Measured:
    """Draw a cohort and its comparison in every replicate, and measure them as the contract says.

    Parameters
    ----------
    truth
        The world of each replicate; an ``effect`` of 0 is a programme that does nothing.
    values
        Values of the contract's numbers by identity, ``[replicate]``.
    name
        Key of the luck, the same for every arm of one outcome.
    """
    assert outcome.persons is not None
    assert outcome.comparator is not None
    sign = 1.0 if outcome.better == "higher" else -1.0
    level = _possible(outcome, truth.level)
    gain = truth.effect * (np.abs(level) if outcome.measure == "relative" else 1.0)
    after = _possible(outcome, level + sign * gain)
    people = _People(outcome, values, seed, name)
    kind = outcome.comparator.kind
    if kind == "before":
        treated, comparison = people.before_and_after(level, after)
    else:
        treated = people.mean(after, outcome.persons, "treated")
        comparison = people.comparison(level, sign)
    difference = sign * (treated - comparison)
    error = people.error(treated, comparison)
    relative = np.maximum(np.abs(comparison), np.finfo(float).tiny) if outcome.measure == "relative" else 1.0
    true_gain = sign * (after - level)
    scale = np.abs(level) if outcome.measure == "relative" else 1.0
    caused = np.divide(true_gain, scale, out=np.zeros_like(true_gain), where=np.asarray(scale) > 0)
    return Measured(treated, comparison, difference / relative, error / relative, caused, outcome.persons)


def _possible(outcome: Outcome, level: FloatArray) -> FloatArray:
    """Levels that an outcome can have: draws and effects may lead outside."""
    if outcome.kind == "yes_no":
        return np.clip(level, 0.0, 1.0)
    return np.maximum(level, 0.0) if outcome.kind == "skewed" else level


def pool(parts: list[Measured]) -> Measured:
    """The mean of several outcomes, by persons."""
    persons = sum(p.persons for p in parts)
    weights = [p.persons / persons for p in parts]

    def mean(name: str) -> FloatArray:
        return np.sum([w * getattr(p, name) for w, p in zip(weights, parts, strict=True)], axis=0)

    error = np.sqrt(np.sum([(w * p.error) ** 2 for w, p in zip(weights, parts, strict=True)], axis=0))
    return Measured(mean("treated"), mean("comparison"), mean("improvement"), error, mean("caused"), persons)


def milestones(
    outcomes: list[Outcome], truths: list[Truth], together: float, seed: int, name: str
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Who reaches which outcome, and the comparison's shares, when outcomes of one person hang together.

    Returns
    -------
    list of (reached, share)
        For each outcome ``reached[replicate, person]`` and the share ``[replicate]`` in its comparison group (the
        level itself when it has none).
    """
    persons = outcomes[0].persons
    assert persons is not None
    replicates = len(truths[0].level)
    common = stream(seed, f"{name}/common").standard_normal((replicates, persons)) * np.sqrt(together)
    found = []
    for outcome, truth in zip(outcomes, truths, strict=True):
        sign = 1.0 if outcome.better == "higher" else -1.0
        own = stream(seed, f"{name}/{outcome.outcome}").standard_normal((replicates, persons))
        level = _possible(outcome, truth.level)
        share = _possible(outcome, level + sign * truth.effect * (level if outcome.measure == "relative" else 1.0))
        good = share if sign > 0 else 1.0 - share
        reached = common + np.sqrt(1 - together) * own < ndtri(good)[:, None]
        compared = level
        comparator = outcome.comparator
        if comparator is not None and comparator.persons is not None:
            luck = stream(seed, f"{name}/{outcome.outcome}/comparison")
            compared = luck.binomial(comparator.persons, level) / comparator.persons
        elif comparator is not None and comparator.target is not None:
            compared = np.full(replicates, comparator.target.value)
        found.append((reached, compared if sign > 0 else 1.0 - compared))
    return found


class _People:
    """Draws the persons of one outcome."""

    def __init__(self, outcome: Outcome, values: Mapping[int, FloatArray], seed: int, name: str) -> None:
        self.outcome, self.values, self.seed, self.name = outcome, values, seed, name
        self.spread = np.maximum(self._value(outcome.spread, 0.0), 0.0)
        self.correlation = np.clip(self._value(outcome.correlation, 0.0), -1.0, 1.0)
        self.crowding = 1.0 if outcome.design_effect is None else outcome.design_effect.value

    def _value(self, number: Number | None, default: float) -> FloatArray:
        """Values of a number, or of a default, in every replicate."""
        return np.asarray(default) if number is None else self.values[id(number)]

    def _luck(self, part: str) -> np.random.Generator:
        return stream(self.seed, f"{self.name}/{part}")

    def _effective(self, persons: int) -> int:
        """Independent persons that carry as much information as these, who stand in clusters."""
        return max(1, round(persons / self.crowding))

    def mean(self, level: FloatArray, persons: int, part: str) -> FloatArray:
        """The mean of a sample of this size around a level, exact in distribution for yes/no and normal."""
        n, luck = self._effective(persons), self._luck(part)
        if self.outcome.kind == "yes_no":
            return luck.binomial(n, level) / n
        if self.outcome.kind == "normal":
            return level + self.spread / np.sqrt(n) * luck.standard_normal(len(level))

        def means(rows: Rows) -> FloatArray:
            z = luck.standard_normal((len(rows[0]), n))
            return self._persons(rows[0][:, None], rows[1][:, None], z)[None]

        return self._blocks((level, np.broadcast_to(self.spread, level.shape)), n, means)[0]

    def comparison(self, level: FloatArray, sign: float) -> FloatArray:
        """What the treated are set against, when it is not themselves before."""
        comparator = self.outcome.comparator
        assert comparator is not None
        if comparator.kind == "group":
            assert comparator.persons is not None
            shifted = _possible(self.outcome, level + sign * self._value(comparator.bias, 0.0))
            return self.mean(shifted, comparator.persons, "comparison")
        if comparator.kind == "target":
            return np.broadcast_to(self._value(comparator.target, 0.0), level.shape)
        return np.zeros_like(level)

    def before_and_after(self, level: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Means of the same persons after and before; before is moved by the expected trend."""
        outcome = self.outcome
        assert outcome.persons is not None
        assert outcome.comparator is not None
        n = self._effective(outcome.persons)
        before = self._value(outcome.before, 0.0) if outcome.before is not None else level
        first, second = self._luck("before"), self._luck("after")
        top = None if outcome.selected_top is None else outcome.selected_top.value
        rho = np.broadcast_to(self.correlation, level.shape)

        def means(rows: Rows) -> FloatArray:
            b, a, r, spread = (x[:, None] for x in rows)
            z = first.standard_normal((len(b), n))
            if top is not None:
                z = ndtri(1 - top * (1 - ndtr(z)))  # only those above the cut: the same luck, squeezed
                z = z if outcome.better == "lower" else -z
            later = r * z + np.sqrt(1 - r**2) * second.standard_normal((len(b), n))
            return np.stack([self._persons(b, spread, z), self._persons(a, spread, later)])

        spread = np.broadcast_to(self.spread, level.shape)
        pair = self._blocks((before, after, rho, spread), n, means)
        trend = self._value(outcome.comparator.trend, 0.0)
        return pair[1], pair[0] * (1 + trend)

    def _persons(self, mean: FloatArray, spread: FloatArray, z: FloatArray) -> FloatArray:
        """Row means of persons whose normal scores are ``z[replicate, person]``."""
        if self.outcome.kind == "yes_no":
            return (z < ndtri(mean)).mean(axis=1)
        if self.outcome.kind == "normal":
            return (mean + spread * z).mean(axis=1)
        sigma = np.sqrt(np.log1p(spread**2))
        return (mean * np.exp(sigma * z - sigma**2 / 2)).mean(axis=1)

    def _blocks(self, columns: Rows, n: int, means: Callable[[Rows], FloatArray]) -> FloatArray:
        """Draw replicates in blocks of bounded size, in order, so that memory does not grow with them."""
        step = max(1, PERSONS_AT_ONCE // n)
        replicates = len(columns[0])
        parts = [means(tuple(c[at : at + step] for c in columns)) for at in range(0, replicates, step)]
        return np.concatenate(parts, axis=1)

    def error(self, treated: FloatArray, comparison: FloatArray) -> FloatArray:
        """The standard error of the difference that an evaluator would state from the data."""
        outcome = self.outcome
        assert outcome.persons is not None
        assert outcome.comparator is not None
        n = self._effective(outcome.persons)
        if outcome.kind == "yes_no":
            sd1, sd2 = np.sqrt(treated * (1 - treated)), np.sqrt(np.clip(comparison * (1 - comparison), 0, None))
        elif outcome.kind == "normal":
            sd1 = sd2 = np.broadcast_to(self.spread, treated.shape)
        else:
            sd1, sd2 = self.spread * treated, self.spread * comparison
        if outcome.comparator.kind == "group":
            assert outcome.comparator.persons is not None
            return np.sqrt(sd1**2 / n + sd2**2 / self._effective(outcome.comparator.persons))
        if outcome.comparator.kind == "before":
            return np.sqrt((sd1**2 + sd2**2 - 2 * self.correlation * sd1 * sd2) / n)
        return sd1 / np.sqrt(n)
