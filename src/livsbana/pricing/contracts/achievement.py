"""How far a measured improvement counts: the share of the outcome payment, from 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtri

from livsbana.parameters.number import Number
from livsbana.pricing.contracts.cohorts import Measured
from livsbana.pricing.contracts.outcomes import Outcome
from livsbana.pricing.contracts.terms import Achievement, Banded, Linear, Significant
from livsbana.uncertainty.luck import FloatArray


def improvement(outcome: Outcome, measured: Measured) -> FloatArray:
    """The improvement as the contract reads it: for ``total`` outcomes over all persons."""
    return measured.improvement * (measured.persons if outcome.measure == "total" else 1)


def achieved(
    rule: Achievement,
    outcome: Outcome,
    measured: Measured,
    sums: Mapping[str, FloatArray],
    reading: float | None = None,
) -> FloatArray:
    """Share of the payment that is earned, ``[replicate]``, from 0 to 1.

    Parameters
    ----------
    sums
        The contract's sums by id, for rules whose thresholds are shares ``of`` one; the thresholds themselves
        are what the contract says, so they never vary.
    reading
        Another reading of an ambiguous threshold.
    """
    found = improvement(outcome, measured)
    if isinstance(rule, Significant):
        return (measured.improvement > -ndtri(rule.level.value) * measured.error).astype(float)
    unit = sums[rule.of] if rule.of else 1.0

    def line(number: Number) -> FloatArray:
        return number.value * np.asarray(unit)

    if isinstance(rule, Linear):
        start, full = line(rule.start), line(rule.full)
        return np.clip((found - start) / (full - start), 0.0, 1.0)
    if isinstance(rule, Banded):
        edges = [band.at for band in rule.bands]
        shares = np.array([0.0, *(band.share for band in rule.bands)])
        return shares[np.searchsorted(edges, found / unit, side="right")]
    at = line(rule.at) if reading is None else reading * np.asarray(unit)
    return (found >= at).astype(float)
