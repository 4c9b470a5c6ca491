"""How well a prediction met a fact: Bayes factor, verdict and interval score, all fixed before any result.

A fact and its prediction are compared on the log odds scale (shares) or the log scale (rates), where both are
taken as normal. The rival of the Bayes factor is a model that may be off by a factor of about two: it adds
a spread of ``ln 2`` to what model and fact allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Literal

RIVAL_SPREAD = log(2)
SUBSTANTIAL = 3.0  # Jeffreys 1961: from here on evidence is substantial
COVERED = 0.9
HALF_WIDTH = NormalDist().inv_cdf(0.5 + COVERED / 2)
LEAST = 1e-6
LARGEST_LOG = 700.0  # beyond it a factor is no longer a number above 0

Verdict = Literal["agree", "inconclusive", "disagree"]


@dataclass(frozen=True)
class Scale:
    """The scale on which a fact is compared: log odds for shares, logarithm for everything else."""

    share: bool

    def __call__(self, x: float) -> float:
        """Move a value to the scale; a share is kept off 0 and 1, a rate off 0."""
        if not self.share:
            return log(max(x, LEAST))
        x = min(max(x, LEAST), 1 - LEAST)
        return log(x / (1 - x))

    def back(self, x: float) -> float:
        """Move a value back from the scale."""
        return 1 / (1 + exp(-x)) if self.share else exp(x)


@dataclass(frozen=True)
class Prediction:
    """A normal prediction on the scale of its fact."""

    mean: float
    sd: float

    def interval(self, noise: float) -> tuple[float, float]:
        """Where the fact should lie with probability ``COVERED``; ``noise`` is its own standard error."""
        width = HALF_WIDTH * sqrt(self.sd**2 + noise**2)
        return self.mean - width, self.mean + width


def bayes_factor(fact: float, noise: float, prediction: Prediction) -> float:
    """Density of the fact if the prediction is right over that if it may be off by a factor of about two.

    Parameters
    ----------
    fact, noise
        The fact and its standard error, on the scale of the prediction.
    """
    variance = prediction.sd**2 + noise**2
    wider, miss = variance + RIVAL_SPREAD**2, fact - prediction.mean
    logarithm = log(wider / variance) / 2 - miss * miss * (1 / variance - 1 / wider) / 2
    return exp(max(logarithm, -LARGEST_LOG))


def verdict(factor: float) -> Verdict:
    """Agree at a Bayes factor of 3 or more, disagree at a third or less, else the fact cannot tell."""
    if factor >= SUBSTANTIAL:
        return "agree"
    return "disagree" if factor <= 1 / SUBSTANTIAL else "inconclusive"


def interval_score(fact: float, low: float, high: float) -> float:
    """Interval score of a central interval of probability ``COVERED``; smaller is better.

    Gneiting & Raftery 2007, Strictly proper scoring rules, prediction, and estimation, eq. 43.
    """
    penalty = 2 / (1 - COVERED)
    return high - low + penalty * max(low - fact, 0.0) + penalty * max(fact - high, 0.0)
