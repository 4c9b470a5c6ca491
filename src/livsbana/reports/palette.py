"""One colour a payer and one scale of type, the same in every figure and page.

The colours start from Okabe & Ito, "Color Universal Design" (2008), and were moved until each has a contrast
of at least 3:1 to white (WCAG 2.2, 1.4.11) and any two differ by at least 20 (CIE 1976 ΔE) as seen with full
colour vision and without long, middle or short cones (Machado, Oliveira & Fernandes 2009, severity 1);
``tests/test_palette.py`` computes both. What is no payer is grey.
"""

from __future__ import annotations

BLACK, DARK_GREY, GREY, SILVER, LIGHT_GREY, PAPER = "#000000", "#4A4A4A", "#626262", "#B0B0B0", "#D5D5D5", "#FFFFFF"

OF_PAYER = {
    "municipality": "#144067",
    "region": "#548A53",
    "state": "#AF80C0",
    "employer": "#864900",
    "household": "#1697FA",
    "victim": "#D6731D",
    "unattributed": GREY,
    "public": BLACK,
    "society": BLACK,
}
OF_STATUS = {"published": "#144067", "to_verify": "#1697FA", "assumption": LIGHT_GREY}
# Sizes of type on pages, in rem: note, text, lead, heading, section, finding.
TYPE = {"note": 0.85, "text": 1.0, "lead": 1.15, "heading": 1.2, "section": 1.55, "finding": 2.1}


def colour(payer: str) -> str:
    """Give the colour of a payer as ``#RRGGBB``; a part (``municipality/other``) has that of its whole.

    Raises
    ------
    KeyError
        If there is no such payer.
    """
    return OF_PAYER[payer.partition("/")[0]]
