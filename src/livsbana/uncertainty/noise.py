"""How much of an output's variance over a design is the luck of finitely many persons, from two seeds."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from livsbana.errors import InputError
from livsbana.uncertainty.sensitivity_document import Noise

LARGEST_SHARE, POINTS = 0.10, 64
NEARLY_ALL, HARDLY = 0.9, " (a rough figure: hardly anything but luck was seen)"
LEAST_SIGNAL = 0.01  # of the variance, below which two seeds cannot tell how many persons are needed
Floats = NDArray[np.float64]


def noise_of(first: Floats, second: Floats, persons: int) -> Noise:
    """Share of luck in the variance of one output at the same points with two seeds.

    What a seed adds at all points alike moves no index; what counts is half the variance of the difference.
    Luck is inversely proportional to the number of persons, which gives the number at which its share is the
    largest allowed.
    """
    total = float(np.concatenate([first - first.mean(), second - second.mean()]).var() * len(first) / (len(first) - 1))
    luck = float((first - second).var(ddof=1)) / 2
    if total == 0.0:
        return Noise(share=0.0, points=len(first), persons_needed=persons)
    signal = max(total - luck, LEAST_SIGNAL * total)
    needed = persons * luck / signal * (1 - LARGEST_SHARE) / LARGEST_SHARE
    return Noise(share=min(luck / total, 1.0), points=len(first), persons_needed=max(ceil(needed), 1))


def refuse_noise(noise: dict[str, Noise], persons: int) -> None:
    """Refuse a design in which luck is more than a tenth of the variance of any output.

    Raises
    ------
    InputError
        With the number of persons that would do.
    """
    loud = {name: n for name, n in noise.items() if n.share > LARGEST_SHARE}
    if loud:
        said = ", ".join(f"{n.share:.0%} of {name}" for name, n in loud.items())
        hardly = HARDLY if max(n.share for n in loud.values()) > NEARLY_ALL else ""
        needed = rounded_up(max(n.persons_needed for n in loud.values()))
        raise InputError(
            f"with {persons:,} persons luck is {said}, more than the {LARGEST_SHARE:.0%} that indices can bear; "
            f"use --persons {needed}{hardly} or leave out these outputs"
        )


def rounded_up(persons: int) -> int:
    """Two significant digits, upwards."""
    step = 10 ** max(len(str(persons)) - 2, 0)
    return -(-persons // step) * step


def noise_by_output(first: Floats, second: Floats, outputs: Sequence[str], persons: int) -> dict[str, Noise]:
    """Noise of every output; ``first`` and ``second`` float64[points, outputs]."""
    return {name: noise_of(first[:, k], second[:, k], persons) for k, name in enumerate(outputs)}
