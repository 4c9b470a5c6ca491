"""One colour a payer, the same in every figure.

Okabe & Ito, "Color Universal Design" (2008): eight colours that people with any common colour vision
tell apart. Its yellow is left out, because thin yellow lines vanish on white. What is no payer is grey.
"""

from __future__ import annotations

BLACK, DARK_GREY, GREY, SILVER, LIGHT_GREY = "#000000", "#555555", "#888888", "#B0B0B0", "#D5D5D5"

_OF_PAYER = {
    "municipality": "#0072B2",
    "region": "#009E73",
    "state": "#CC79A7",
    "employer": "#E69F00",
    "household": "#56B4E9",
    "victim": "#D55E00",
    "unattributed": GREY,
    "public": BLACK,
    "society": BLACK,
}


def colour(payer: str) -> str:
    """Give the colour of a payer as ``#RRGGBB``; a part (``municipality/other``) has that of its whole.

    Raises
    ------
    KeyError
        If there is no such payer.
    """
    return _OF_PAYER[payer.partition("/")[0]]
