"""What a programme costs: SEK a participant by payer and year since start, and its flow over the ages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from livsbana.errors import InputError
from livsbana.lifecourse.compile import AGES, Value
from livsbana.parameters.schema import Number, Programme, ProgrammeCost

ToPriceLevel = Callable[[float, int], float]


def participant_costs(programme: Programme, value: Value, to_price_level: ToPriceLevel) -> dict[tuple[str, int], float]:
    """Cost of one participant.

    Parameters
    ----------
    value
        Gives the value of a Number (central or of one draw).
    to_price_level
        ``to_price_level(sek, year)`` carries an amount at the price level of a year to that of the run.

    Returns
    -------
    dict
        SEK by (payer level as in the programme, year since start).

    Raises
    ------
    InputError
        When an amount does not say its price year.
    """
    costs: dict[tuple[str, int], float] = defaultdict(float)
    for line in programme.cost:
        for sek, year in _amounts(programme, line, value):
            costs[line.payer, line.year] += to_price_level(sek, year)
    return dict(costs)


def cost_flow(
    started: NDArray[np.int64], programme: Programme, value: Value, to_price_level: ToPriceLevel
) -> dict[str, NDArray[np.float64]]:
    """Cost of all participants by the age at which it falls.

    Parameters
    ----------
    started : int64[..., age]
        Participants by age at start; all of them cost, also those who do not complete.
    programme, value, to_price_level
        As in ``participant_costs``.

    Returns
    -------
    dict of float64[..., age]
        SEK by payer level; what would fall after the last age is counted there.
    """
    flow: dict[str, NDArray[np.float64]] = {}
    for (payer, year), sek in participant_costs(programme, value, to_price_level).items():
        payer_flow = flow.setdefault(payer, np.zeros(started.shape))
        payer_flow[..., year:] += sek * started[..., : AGES - year]
        payer_flow[..., -1] += sek * started[..., AGES - year :].sum(axis=-1)
    return flow


def _amounts(programme: Programme, line: ProgrammeCost, value: Value) -> Iterator[tuple[float, int]]:
    """SEK a participant and the price year of each part of a cost line."""
    if line.amount is not None:
        yield value(line.amount), _price_year(programme, line.amount)
    for part in line.build:
        yield value(part.hours) * value(part.sek_per_hour), _price_year(programme, part.sek_per_hour)


def _price_year(programme: Programme, number: Number) -> int:
    """The price year of an amount."""
    if number.year is None:
        raise InputError(f"programme `{programme.id}`: {number.value:g} {number.unit} has no price year; add `year`")
    return number.year
