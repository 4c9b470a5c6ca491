"""What knowing each group is worth to society, drawn as bars with what chance alone would find."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from livsbana.reports.palette import GREY
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.save import save_figure
from livsbana.reports.voi_table import MILLION
from livsbana.runs.document import PUBLIC, SOCIETY
from livsbana.uncertainty.voi_document import VoiDocument

BARS, BLUE = 12, "#1f4e79"


def write_voi_figure(document: VoiDocument, folder: Path, language: Language = "en") -> tuple[Path, Path]:
    """Draw and write ``figure.svg`` and ``figure.png``."""
    return save_figure(lambda: draw_voi(document, language), folder)


def draw_voi(document: VoiDocument, language: Language) -> Figure:
    """Public budgets to the left, society to the right."""
    figure = Figure(figsize=(12.6, 4.6), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2), (PUBLIC, SOCIETY), strict=True):
        groups = document.payers[name].groups
        shown = sorted(groups, key=lambda g: -groups[g].evppi)[:BARS]
        values = [groups[g].evppi / MILLION for g in shown]
        above = [groups[g].standard_error / MILLION for g in shown]
        errors = [[min(e, v) for e, v in zip(above, values, strict=True)], above]  # no value lies below 0
        at = range(len(shown))
        axes.barh(at, values, 0.7, xerr=errors, color=BLUE, error_kw={"ecolor": GREY, "capsize": 2})
        floor = max(groups[g].floor for g in shown) / MILLION
        axes.axvline(floor, color="#c05a1c", linestyle="--", linewidth=1.4, label=phrase("voi.floor", language))
        axes.set_yticks(at, [said(document.inputs[g].label, language) for g in shown])
        axes.invert_yaxis()
        axes.set_xlabel(phrase("voi.axis", language))
        axes.set_title(phrase(f"voi.{name}", language))
        axes.legend(frameon=False, loc="lower right")
    return figure
