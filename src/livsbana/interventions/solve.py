"""From the published effects of a programme to multipliers by year since start, for the group it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from livsbana.errors import InputError
from livsbana.interventions.convert import event_multipliers, gap_path, multipliers
from livsbana.interventions.effects import believed_share, published_gap
from livsbana.interventions.offers import Offer
from livsbana.interventions.reached import Group, Reached
from livsbana.lifecourse.compile import AGES, Model, Row, Value
from livsbana.parameters.library import Library
from livsbana.parameters.schema import Effect, Fade, Measure, Number

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SolvedEffect:
    """What one effect of a programme does in the kernel, by year since start.

    Of ``persons`` in the pilot, a share ``base`` would have the factor at follow-up; with the programme it is
    ``gap`` lower, shrinkage included; ``path`` float64[66] is the gap at the end of each year. ``onset_factor``
    multiplies 1/odds of onset (in a category 1/weight), ``leave_factor`` the odds of remission, float64[66].
    From the year ``unreachable_from`` no multiplier within limits keeps the path. Where an effect has no gap
    (``set``, unknown, a category, nobody reached) ``base`` and ``gap`` are NaN.
    """

    effect: Effect
    onset_factor: Floats
    leave_factor: Floats
    persons: int = 0
    base: float = nan
    gap: float = nan
    path: Floats | None = None
    unreachable_from: int | None = None

    @property
    def strength(self) -> float:
        """Sum of the absolute log multipliers; infinite for ``set``."""
        with np.errstate(divide="ignore"):
            return float(np.abs(np.log([self.onset_factor, self.leave_factor])).sum())


def solve_effects(
    library: Library, model: Model, value: Value, offer: Offer, reached: Reached, effect_multiplier: float = 1.0
) -> list[SolvedEffect]:
    """Solve all effects of an offer, in the programme's order.

    Parameters
    ----------
    value
        Gives the value of a Number (central or of one draw).
    reached
        From ``reached_groups``, for the same model.
    effect_multiplier
        Multiplies every published effect (d, log ratio or risk difference).

    Notes
    -----
    Each effect is solved alone: what a programme does to one factor by way of another comes on top.

    Raises
    ------
    InputError
        When an effect is of a kind that its factor cannot have.
    """
    programme = offer.programme
    share = effect_multiplier * believed_share(programme, library.shrinkage, value)
    found = []
    for effect, group in zip(programme.effects, reached[offer], strict=True):
        row = model.rows[model.row_of[effect.on]]
        if effect.acts_on == "set":
            found.append(_set(effect))
        elif row.alternative is not None and not effect.unknown:
            found.append(_weight(effect, programme.fade, share, value))
        elif group is None or effect.unknown:
            found.append(SolvedEffect(effect, np.ones(AGES), np.ones(AGES)))
        else:
            found.append(_moved(effect, programme.fade, share, value, row, group))
    return found


def _moved(effect: Effect, fade: Fade, share: float, value: Value, row: Row, group: Group) -> SolvedEffect:
    """An effect on a state, an event or a milestone: the multipliers that keep the path of its gap."""
    measure, number, months = _published(effect)
    years = len(group.prevalence)
    gap = published_gap(measure, value(number), group.base, share)
    path = gap_path(gap, months, value(fade.h), value(fade.floor), AGES)
    wanted = np.where(group.prevalence > 0.0, path[:years], 0.0)
    if row.factor.kind == "state":
        acts_on = "remission" if effect.acts_on == "remission" else "onset"
        solved = multipliers(wanted, group.start, group.onset, group.leave, acts_on, group.closing)
    else:
        solved = event_multipliers(wanted, group.onset)
    multiplier = np.append(solved.multiplier, np.full(AGES - years, solved.multiplier[-1]))
    onset, leave = (np.ones(AGES), multiplier) if effect.acts_on == "remission" else (1.0 / multiplier, np.ones(AGES))
    return SolvedEffect(effect, onset, leave, group.persons, group.base, gap, path, solved.unreachable_from)


def _weight(effect: Effect, fade: Fade, share: float, value: Value) -> SolvedEffect:
    """An odds ratio on one alternative of a category; its logarithm fades as a gap does."""
    measure, number, months = _published(effect)
    ratio = value(number)
    if measure != "OR" or ratio <= 0.0:
        raise InputError(
            f"an effect on `{effect.on}`, a value of a category, is an OR above 0; found {measure} {ratio:g}"
        )
    path = gap_path(share * np.log(ratio), months, value(fade.h), value(fade.floor), AGES)
    return SolvedEffect(effect, np.exp(-path), np.ones(AGES))


def _set(effect: Effect) -> SolvedEffect:
    """A factor set to 0 or 1 and held for so many years, at least the first."""
    held = np.arange(AGES) < max(effect.hold_years or 0, 1)
    onset, leave = (0.0, 0.0) if effect.to == 1 else (np.inf, np.inf)
    return SolvedEffect(effect, np.where(held, onset, 1.0), np.where(held, leave, 1.0))


def _published(effect: Effect) -> tuple[Measure, Number, int]:
    """Measure, value and months, which every known effect but ``set`` has."""
    assert effect.measure is not None
    assert effect.value is not None
    assert effect.months is not None
    return effect.measure, effect.value, effect.months
