"""The social account: everybody's net, with what taxes cost beyond their amount."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from livsbana.valuation.discount import Money


def social_net(net: Money, public: Sequence[int], tax_factor: float) -> Money:
    """Sum the payers' nets, public money weighted by the tax factor of a preset.

    Parameters
    ----------
    net
        Present value of each payer's net, SEK[..., payer].
    public
        Positions of the public payers.
    tax_factor
        Marginal cost of public funds, 1.0 or 1.3; used here and nowhere else.

    Returns
    -------
    ndarray
        SEK[...].
    """
    weights = np.ones(net.shape[-1])
    weights[list(public)] = tax_factor
    return (net * weights).sum(axis=-1)
