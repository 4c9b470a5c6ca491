"""How several programmes on one person combine: the strongest in full, each further one by less.

*Strongest in full*: the programmes of an arm that act on the same factor are ranked by strength. A person
who takes part in n of them gets the log odds effect of the strongest in full, that of the next times
1 − ω, of the one after that times 1 − 2ω and so on down to nothing; ω is ``programme_overlap`` in
shrinkage.yaml (0.2). The rank of a programme is its rank in the arm, but never above n, so nobody who
takes part in one programme alone loses anything.

The rule does not depend on the order in which programmes are listed, a programme without effect changes
nothing, and one more programme never takes from those that are stronger. A common factor for all
(1 − ω (n − 1) for each of n) would fail the last two.
"""

from __future__ import annotations

from collections.abc import Mapping


def exponent(overlap: float, rank: int, programmes: int) -> float:
    """Part of a programme's log odds effect that counts.

    Parameters
    ----------
    overlap
        ω, what each further programme loses, as a share.
    rank
        1 for the strongest programme of the arm on this factor.
    programmes
        In how many programmes on this factor the person takes part, this one included.
    """
    return max(0.0, 1.0 - overlap * (min(rank, programmes) - 1))


def ranks(strengths: Mapping[str, float]) -> dict[str, int]:
    """Rank by strength, the strongest first; equals by name."""
    ordered = sorted(strengths, key=lambda name: (-strengths[name], name))
    return {name: k + 1 for k, name in enumerate(ordered)}
