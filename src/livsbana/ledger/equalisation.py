"""What income equalisation between municipalities leaves of a local tax gain.

A municipality whose tax base grows gets less in equalisation grants: 85–95 % of the gain goes back
(lag 2004:773 om kommunalekonomisk utjämning). When all municipalities gain alike nothing is taken back.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from livsbana.ledger.payers import (
    HOME_MUNICIPALITY,
    HOME_REGION,
    OTHER_MUNICIPALITIES,
    OTHER_REGIONS,
    Money,
    Payers,
)


class Adoption(Enum):
    """Who runs the programme: one municipality, or all of them alike."""

    ONE_MUNICIPALITY = "one_municipality"
    ALL = "all"


class Equalised(NamedTuple):
    """A tax gain before and after equalisation, and where the difference goes; arrays of one shape, SEK.

    ``municipality`` + ``region`` (what is kept) and the three returned parts sum to the gross gain.
    """

    municipality: Money
    region: Money
    to_other_municipalities: Money
    to_other_regions: Money
    to_state: Money


def equalise(
    municipal_tax_gain: Money,
    region_tax_gain: Money,
    returned_share: float,
    state_share: float,
    adoption: Adoption,
) -> Equalised:
    """Take back the equalised share of the home municipality's and the home region's own tax gain.

    Parameters
    ----------
    municipal_tax_gain, region_tax_gain
        Gross gains in SEK, any shape, the same for both.
    returned_share
        Share of a gain that is taken back when one municipality gains alone.
    state_share
        Share of what is taken back that stays with the state.
    """
    share = returned_share if adoption is Adoption.ONE_MUNICIPALITY else 0.0
    from_municipality, from_region = share * municipal_tax_gain, share * region_tax_gain
    to_state = state_share * (from_municipality + from_region)
    return Equalised(
        municipality=municipal_tax_gain - from_municipality,
        region=region_tax_gain - from_region,
        to_other_municipalities=(1 - state_share) * from_municipality,
        to_other_regions=(1 - state_share) * from_region,
        to_state=to_state,
    )


def move_equalised(gain: Money, tax_gain: Money, payers: Payers, equalised: Equalised, state_body: str) -> Money:
    """Move what is taken back between payers; the sum over payers stays the same.

    Parameters
    ----------
    gain
        SEK[..., payer, year], all gains before equalisation.
    tax_gain
        SEK[..., payer, year], the part of ``gain`` that is local income tax.
    equalised
        What :func:`equalise` made of ``tax_gain`` of the home municipality and region.
    state_body
        The payer that holds the state's part, such as ``state/tax_agency``.
    """
    moved = gain.copy()
    home, region = payers.index(HOME_MUNICIPALITY), payers.index(HOME_REGION)
    moved[..., home, :] += equalised.municipality - tax_gain[..., home, :]
    moved[..., region, :] += equalised.region - tax_gain[..., region, :]
    moved[..., payers.index(OTHER_MUNICIPALITIES), :] += equalised.to_other_municipalities
    moved[..., payers.index(OTHER_REGIONS), :] += equalised.to_other_regions
    moved[..., payers.index(state_body), :] += equalised.to_state
    return moved
