"""Who pays: one fixed order of payers, and the levels they are reported in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from livsbana.parameters.library import Library

Money: TypeAlias = NDArray[np.float64]

HOME_MUNICIPALITY = "home_municipality"
OTHER_MUNICIPALITIES = "other_municipalities"
HOME_REGION = "home_region"
OTHER_REGIONS = "other_regions"
OUTSIDE_THE_STATE = ("employer", "household", "victim", "unattributed")


class Residence(IntEnum):
    """Where a counted person lives that year, in the order of the tally's last axis."""

    HOME = 0
    REGION = 1
    SWEDEN = 2


_PAYER_OF_LEVEL = {
    "municipality": (HOME_MUNICIPALITY, OTHER_MUNICIPALITIES, OTHER_MUNICIPALITIES),
    "region": (HOME_REGION, HOME_REGION, OTHER_REGIONS),
}


@dataclass(frozen=True)
class Payers:
    """The payer axis: home and other municipalities, home and other regions, state bodies, the rest."""

    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Position of a payer on the axis."""
        return self.names.index(name)

    def at(self, level: str, residence: Residence) -> int:
        """Position of who pays the share of ``level`` for somebody who lives at ``residence``.

        Parameters
        ----------
        level
            ``municipality``, ``region`` or the name of a payer, as in a unit cost or a programme.
        residence
            A municipality's share falls on the home municipality only at home; a region's share
            falls on the home region at home and elsewhere in the region.
        """
        by_residence = _PAYER_OF_LEVEL.get(level)
        return self.index(by_residence[residence] if by_residence else level)

    @property
    def state(self) -> tuple[int, ...]:
        """Positions of the state's bodies."""
        return tuple(i for i, name in enumerate(self.names) if name.startswith("state/"))

    @property
    def public(self) -> tuple[int, ...]:
        """Positions of municipalities, regions and the state's bodies."""
        local = (HOME_MUNICIPALITY, OTHER_MUNICIPALITIES, HOME_REGION, OTHER_REGIONS)
        return tuple(self.index(name) for name in local) + self.state

    @property
    def levels(self) -> dict[str, tuple[int, ...]]:
        """Positions of each level of a report, and within it of its parts (``municipality/home`` …)."""
        municipal = (self.index(HOME_MUNICIPALITY), self.index(OTHER_MUNICIPALITIES))
        regional = (self.index(HOME_REGION), self.index(OTHER_REGIONS))
        levels = {
            "municipality": municipal,
            "municipality/home": municipal[:1],
            "municipality/other": municipal[1:],
            "region": regional,
            "region/home": regional[:1],
            "region/other": regional[1:],
            "state": self.state,
        }
        single = (*(self.names[i] for i in self.state), *OUTSIDE_THE_STATE)
        return levels | {name: (self.index(name),) for name in single}


def payers_of(library: Library) -> Payers:
    """Make the payer axis from everybody whom a unit cost, a programme or the tax names."""
    named = {payer for cost in library.unit_costs.values() for payer in cost.payers}
    named |= {cost.payer for programme in library.programmes.values() for cost in programme.cost}
    named.add(f"state/{library.economy.tax.body}")
    bodies = sorted(payer for payer in named if payer.startswith("state/"))
    local = (HOME_MUNICIPALITY, OTHER_MUNICIPALITIES, HOME_REGION, OTHER_REGIONS)
    return Payers((*local, *bodies, *OUTSIDE_THE_STATE))


def by_level(flow: Money, payers: Payers, axis: int) -> dict[str, Money]:
    """Sum a flow over payers into the levels of a report.

    Parameters
    ----------
    flow
        SEK with the payer axis at ``axis``.
    axis
        Which axis of ``flow`` the payers are.

    Returns
    -------
    dict
        Level, or level and part, to an array without the payer axis. The levels without a slash
        sum to the sum over all payers.
    """
    return {name: flow.take(positions, axis=axis).sum(axis=axis) for name, positions in payers.levels.items()}
