"""Who is born where: trait shares by place, and how liabilities are shared in families."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product
from statistics import NormalDist

import numpy as np

from livsbana.parameters.library import Library
from livsbana.parameters.places import Municipality
from livsbana.parameters.schema import Factor, Number

Value = Callable[[Number], float]

# Local shares are the national ones tilted by these columns of the municipality's profile.
LOCAL_COLUMNS = {
    ("parental_education", "compulsory"): "pre_secondary_share_16_74_2022",
    ("parental_education", "post_secondary"): "post_secondary_share_16_74_2022",
    ("background", "foreign_born"): "foreign_born_share_2022",
    ("background", "swedish_born_foreign_parents"): "foreign_born_share_2022",
}


def trait_shares(factor: Factor, value: Value, place: Municipality | None, library: Library) -> list[float]:
    """Shares of a trait's values in a place; they sum to 1.

    A local column tilts the national share by the ratio of the place to the population-weighted mean
    of all municipalities, so that children resemble the adults who live there.
    """
    shares = [value(v.share) for v in factor.values]
    if place is not None:
        shares = [s * _tilt(factor.id, v.id, place, library) for s, v in zip(shares, factor.values, strict=True)]
        tilted = [(factor.id, v.id) in LOCAL_COLUMNS for v in factor.values]
        shares = _fill_rest(shares, tilted)
    total = sum(shares)
    return [s / total for s in shares]


def _tilt(trait: str, level: str, place: Municipality, library: Library) -> float:
    column = LOCAL_COLUMNS.get((trait, level))
    local = place.profile.get(column) if column else None
    if column is None or local is None:
        return 1.0
    return local / library.places.sweden_mean(column)


def _fill_rest(shares: list[float], tilted: list[bool]) -> list[float]:
    """Give the values without a local column what the others leave, in proportion."""
    taken = sum(s for s, t in zip(shares, tilted, strict=True) if t)
    rest = sum(s for s, t in zip(shares, tilted, strict=True) if not t)
    if not any(tilted) or rest == 0:
        return shares
    left = max(1 - taken, 0.02)
    return [s if t else s * left / rest for s, t in zip(shares, tilted, strict=True)]


def profile_shares(factors: list[Factor], shares: dict[str, list[float]]) -> list[float]:
    """Shares of all combinations of independent traits, in the order of ``itertools.product``."""
    result = []
    for combination in product(*(shares[f.id] for f in factors)):
        share = 1.0
        for s in combination:
            share *= s
        result.append(share)
    return result


def cumulative(shares: list[float]) -> np.ndarray:
    """Upper limits of the intervals of a uniform number, float32[n], the last one 1."""
    limits = np.cumsum(shares)
    limits[-1] = 1.0
    return limits.astype(np.float32)


@cache
def normal_quantiles(levels: int = 4096) -> np.ndarray:
    """Mid-interval quantiles of the standard normal, scaled to variance exactly 1."""
    distribution = NormalDist()
    z = np.array([distribution.inv_cdf((k + 0.5) / levels) for k in range(levels)])
    return z / np.sqrt(np.mean(z * z))


def liability_parts(factors: list[Factor], value: Value) -> tuple[np.ndarray, np.ndarray]:
    """Lower triangular matrices of the part shared by siblings and of the person's own part.

    Returns
    -------
    family, own : float64[D, D]
        ``family family' + own own'`` has ones on its diagonal.
    """
    n = len(factors)
    correlation = np.eye(n)
    position = {f.id: k for k, f in enumerate(factors)}
    for f in factors:
        for other, r in f.correlates.items():
            correlation[position[f.id], position[other]] = correlation[position[other], position[f.id]] = value(r)
    share = np.array([value(f.family_share) if f.family_share else 0.0 for f in factors])
    family, own = (
        np.linalg.cholesky(correlation * np.outer(weight, weight) + 1e-12 * np.eye(n))
        for weight in (np.sqrt(share), np.sqrt(1 - share))
    )
    return family, own
