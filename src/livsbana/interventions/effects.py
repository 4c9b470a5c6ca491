"""One converter: what a study published becomes a gap in prevalence in the group that is reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod, sqrt
from statistics import NormalDist

from livsbana.errors import InputError
from livsbana.parameters.schema import Measure, Number, Programme

NORMAL = NormalDist()
CERTAIN = 1e-9  # a prevalence this close to 0 or 1 cannot be moved


def prevalence_with(measure: Measure, value: float, base: float, share: float = 1.0) -> float:
    """Prevalence among those who received a programme, by a published effect.

    Parameters
    ----------
    measure
        ``d`` shifts a normal liability of which the factor is the upper tail; ``r`` goes by way of d;
        ``OR``, ``RR``, ``HR`` and ``RD`` apply to the prevalence.
    value
        The effect as published: a negative d or RD, or a ratio below 1, lowers the prevalence.
    base
        Prevalence at follow-up in the same group without the programme.
    share
        Part of the effect that is believed: multiplies d, a log ratio or a risk difference.

    Returns
    -------
    float
        A share of persons from 0 to 1; ``base`` itself where the effect is nothing.

    Raises
    ------
    InputError
        When there can be no such effect.

    Notes
    -----
    With base K and threshold τ = Φ⁻¹(1 − K), d gives Φ(d − τ) (Falconer 1965). A hazard ratio acts on
    the cumulative hazard: 1 − (1 − K)^HR. r = d / sqrt(d² + 4) for groups of equal size.
    """
    if share * _distance(measure, value) == 0.0 or not CERTAIN < base < 1.0 - CERTAIN:
        return base
    if measure in ("d", "r"):
        d = value if measure == "d" else 2.0 * value / sqrt(1.0 - value * value)
        return NORMAL.cdf(share * d - NORMAL.inv_cdf(1.0 - base))
    if measure == "OR":
        odds = base / (1.0 - base) * value**share
        return odds / (1.0 + odds)
    if measure == "HR":
        return 1.0 - (1.0 - base) ** (value**share)
    moved = base * value**share if measure == "RR" else base + share * value
    return min(max(moved, 0.0), 1.0)


def published_gap(measure: Measure, value: float, base: float, share: float = 1.0) -> float:
    """How much lower the prevalence is among those who received a programme; see ``prevalence_with``."""
    return base - prevalence_with(measure, value, base, share)


def believed_share(programme: Programme, shrinkage: Mapping[str, Number], value: Callable[[Number], float]) -> float:
    """Part of a programme's published effects that is believed: the product of the multipliers it names."""
    return prod(value(shrinkage[name]) for name in programme.shrink)


def _distance(measure: Measure, value: float) -> float:
    """Distance of an effect from none; refuses what cannot be one."""
    ratio = measure in ("OR", "RR", "HR")
    if (ratio and value <= 0.0) or (measure in ("r", "RD") and abs(value) >= 1.0):
        wanted = "a number above 0" if ratio else "a number between -1 and 1"
        raise InputError(f"an effect cannot be {measure} {value:g}; wanted {wanted}")
    return value - 1.0 if ratio else value
