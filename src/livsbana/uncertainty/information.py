"""Value of information: what knowing everything, or one group of inputs, would be worth before deciding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb, sqrt

import numpy as np
import numpy.typing as npt

from livsbana.valuation.discount import discount_factors

FloatArray = npt.NDArray[np.float64]
LARGEST_DEGREE = 5
FOLDS = 10
DRAWS_A_TERM = 10


@dataclass(frozen=True)
class Worth:
    """An expected gain in the unit of the net benefit, its standard error, and the polynomial's degree."""

    value: float
    error: float
    degree: int | None = None


def perfect_information(net_benefit: FloatArray) -> Worth:
    """Expected value of perfect information.

    Parameters
    ----------
    net_benefit : array [draw, decision]

    Notes
    -----
    EVPI = E[max_d NB_d] − max_d E[NB_d].
    """
    return _worth(net_benefit, None)


def partial_information(net_benefit: FloatArray, primitives: FloatArray) -> Worth:
    """Expected value of perfect information about one group of inputs, by regression.

    Parameters
    ----------
    net_benefit : array [draw, decision]
    primitives : array [draw, primitive]
        The group's independent standard normal primitives.

    Raises
    ------
    ValueError
        If the draws are too few for a straight line in every primitive.

    Notes
    -----
    Strong, Oakley and Brennan (2014), Medical Decision Making 34, 311–326: the conditional expectation of the
    net benefit is its regression on the inputs. The regression here is a polynomial with all interactions, of
    the degree with the smallest cross-validated error; degree 0 means that the group tells nothing.
    """
    gains = net_benefit[:, 1:] - net_benefit[:, :1]
    degree = _best_degree(primitives, gains)
    terms = _terms(primitives, degree)
    fitted = terms @ np.linalg.lstsq(terms, gains, rcond=None)[0]
    return _worth(np.column_stack([np.zeros(len(fitted)), fitted]), degree)


def decisions_over_life(decisions_a_year: float, start_year: int, years: int, rate: float) -> float:
    """Discounted number of decisions that the information serves, by which its worth is multiplied."""
    calendar = list(range(start_year, start_year + years))
    return float(decisions_a_year * discount_factors(calendar, start_year, rate).sum())


def _worth(net_benefit: FloatArray, degree: int | None) -> Worth:
    """Mean gain of deciding draw by draw over the decision that is best on the whole."""
    best = net_benefit[:, int(net_benefit.mean(0).argmax())]
    gain = net_benefit.max(1) - best
    return Worth(float(gain.mean()), float(gain.std(ddof=1) / sqrt(len(gain))), degree)


def _best_degree(primitives: FloatArray, gains: FloatArray) -> int:
    draws, size = primitives.shape
    if draws < DRAWS_A_TERM * (size + 1):
        raise ValueError(f"{draws} draws for {size} primitives; at least {DRAWS_A_TERM * (size + 1)} are needed")
    allowed = [d for d in range(LARGEST_DEGREE + 1) if comb(size + d, d) * DRAWS_A_TERM <= draws]
    return min(allowed, key=lambda d: _left_out_error(_terms(primitives, d), gains))


def _left_out_error(terms: FloatArray, gains: FloatArray) -> float:
    """Squared error on the folds left out, every decision in units of its own spread."""
    spread = np.where(gains.std(0) > 0, gains.std(0), 1.0)
    scaled, fold, total = gains / spread, np.arange(len(gains)) % FOLDS, 0.0
    for left in range(FOLDS):
        out = fold == left
        weights = np.linalg.lstsq(terms[~out], scaled[~out], rcond=None)[0]
        total += float(((scaled[out] - terms[out] @ weights) ** 2).sum())
    return total


def _terms(primitives: FloatArray, degree: int) -> FloatArray:
    """All products of at most ``degree`` primitives [draw, term]."""
    columns: Sequence[int] = range(primitives.shape[1])
    chosen = [c for d in range(degree + 1) for c in combinations_with_replacement(columns, d)]
    return np.column_stack([primitives[:, list(c)].prod(axis=1) for c in chosen])
