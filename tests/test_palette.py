"""One colour a payer: seen by everybody, and told apart by everybody."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest

from livsbana.reports import html, palette
from livsbana.reports.words import PAYERS

# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB.
SEEN = {
    "all cones": np.eye(3),
    "no long cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no middle cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no short cones": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
DISTINCT = sorted(set(palette.OF_PAYER.values()))


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* of linear sRGB."""
    ratio = TO_XYZ @ np.clip(light, 0, 1) / WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str = "#FFFFFF") -> float:
    low, high = sorted(0.05 + float(linear(c) @ TO_XYZ[1]) for c in (one, other))
    return high / low


def test_the_yardsticks_are_right() -> None:
    assert contrast("#000000") == pytest.approx(21, abs=0.01)
    assert contrast("#777777") == pytest.approx(4.48, abs=0.01)
    assert lab(linear("#FFFFFF")) == pytest.approx([100, 0, 0], abs=0.02)


def test_a_payer_has_one_colour_and_its_parts_have_it_too() -> None:
    assert palette.colour("state/police") == palette.colour("state")
    colours = [palette.colour(payer) for payer in PAYERS if "/" not in payer and payer != "society"]
    assert len(set(colours)) == len(colours)


@pytest.mark.parametrize("colour", DISTINCT)
def test_every_colour_stands_out_from_paper(colour: str) -> None:
    assert contrast(colour) >= 3


@pytest.mark.parametrize("seen", SEEN)
def test_any_two_colours_are_told_apart(seen: str) -> None:
    differences = {
        (one, other): float(np.linalg.norm(lab(SEEN[seen] @ linear(one)) - lab(SEEN[seen] @ linear(other))))
        for one, other in combinations(DISTINCT, 2)
    }
    assert min(differences.values()) >= 20, min(differences, key=lambda pair: differences[pair])


def test_words_on_a_page_have_the_contrast_of_text() -> None:
    style = (html.TEMPLATES / "report.css").read_text(encoding="utf-8")
    colours = {found for found in re.findall(r"(?<!-)\bcolor:(#[0-9a-f]{3,6})", style) if found != "#fff"}
    assert colours >= {"#1a1a1a", "#0b4f9c"}
    assert all(contrast(colour) >= 4.5 for colour in colours | {palette.DARK_GREY})
    assert contrast(palette.DARK_GREY, "#fdf5ef") >= 4.5
