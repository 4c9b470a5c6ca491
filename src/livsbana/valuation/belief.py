"""What one has to believe for a programme to pay: the multiplier at which the net is 0."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log

OUR_BELIEF = 1.0


def break_even_root(multipliers: Sequence[float], nets: Sequence[float]) -> float | None:
    """Multiplier at which a payer's net is 0, by linear interpolation between runs.

    Parameters
    ----------
    multipliers
        Factors on a belief (all causal effects, the programme's effect); 1 is what we believe.
    nets
        The payer's net, SEK, at each multiplier.

    Returns
    -------
    float or None
        The root nearest 1. None if the net keeps its sign over the multipliers that were run, or is
        0 at all of them.
    """
    points = sorted(zip(multipliers, nets, strict=True))
    if not any(net for _, net in points):
        return None
    roots = [multiplier for multiplier, net in points if net == 0]
    for (x0, y0), (x1, y1) in pairwise(points):
        if y0 * y1 < 0:
            roots.append(x0 - y0 * (x1 - x0) / (y1 - y0))
    return min(roots, key=lambda root: abs(root - OUR_BELIEF), default=None)


def break_even_ratio(ratios: Sequence[float], nets: Sequence[float]) -> float | None:
    """Weakest ratio (OR or RR) at which a net is no longer below 0, between runs linear in its logarithm.

    Parameters
    ----------
    ratios
        From 1, no effect, to the strongest tried, towards 0 or away from it.
    nets
        The net, SEK, at each ratio.

    Returns
    -------
    float or None
        1 where even no effect pays; None where not even the strongest does.
    """
    if nets[0] >= 0:
        return 1.0
    for (x0, y0), (x1, y1) in pairwise(zip(map(log, ratios), nets, strict=True)):
        if y0 < 0 <= y1:
            return exp(x0 - y0 * (x1 - x0) / (y1 - y0))
    return None


def break_even_marginal(avoided_average: float, programme_cost: float) -> float | None:
    """Share of average cost that must vary with volume for a payer to break even.

    Parameters
    ----------
    avoided_average
        Present value of avoided cost at average cost, SEK: net(μ) = μ × this − programme cost.
    programme_cost
        Present value of the payer's programme cost, SEK.

    Returns
    -------
    float or None
        Above 1 when even average costs do not pay for it, below 0 when the programme itself saves;
        None when nothing is avoided.
    """
    return programme_cost / avoided_average if avoided_average > 0 else None
