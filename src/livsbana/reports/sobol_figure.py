"""Which inputs matter, drawn: bars with their intervals, and how they settled as the design grew."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from livsbana.reports.palette import GREY
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.save import save_figure
from livsbana.reports.sobol_table import COLUMNS, order
from livsbana.uncertainty.sensitivity_document import Indices, SobolDocument

BARS, LINES = 12, 6
DARK, LIGHT = "#1f4e79", "#9dbbd8"
SHADES = ("#1f4e79", "#c05a1c", "#3b7d3b", "#7b4f9e", "#8a6d00", "#555555")
MARKS = ("o", "s", "^", "D", "v", "x")
WIDTH, ROW, EDGES = 12.6, 0.29, 1.5


def write_sobol_figure(document: SobolDocument, folder: Path, language: Language = "en") -> tuple[Path, Path]:
    """Draw all outputs and write ``figure.svg`` and ``figure.png``."""
    return save_figure(lambda: draw_sobol(document, language), folder)


def draw_sobol(document: SobolDocument, language: Language) -> Figure:
    """One row for each output: bars to the left, convergence to the right."""
    outputs = document.outputs()
    height = len(outputs) * (BARS * ROW + EDGES)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots(len(outputs), 2, squeeze=False, width_ratios=(1.25, 1.0))
    for (bars, lines), (name, indices) in zip(axes, outputs.items(), strict=True):
        _bars(bars, document, name, indices, language)
        _lines(lines, document, name, indices, language)
    return figure


def _bars(axes: Axes, document: SobolDocument, name: str, indices: dict[str, Indices], language: Language) -> None:
    """The largest inputs with 95 % intervals; first and total side by side where there are both."""
    shown = order(document, indices)[:BARS]
    columns = [(key, conf) for key, conf in COLUMNS[document.meta.method] if conf]
    thick = 0.8 / len(columns)
    for c, (key, conf) in enumerate(columns):
        values = [getattr(indices[one], key) or 0.0 for one in shown]
        half = [getattr(indices[one], conf) or 0.0 for one in shown]
        at = [k + (c - (len(columns) - 1) / 2) * thick for k in range(len(shown))]
        colour = LIGHT if key == "S1" else DARK
        axes.barh(at, values, thick, xerr=half, color=colour, label=key, error_kw={"ecolor": GREY, "capsize": 2})
    axes.set_yticks(range(len(shown)), [said(document.meta.inputs[one].label, language) for one in shown])
    axes.invert_yaxis()
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_title(phrase("sobol.title", language, output=name))
    axes.legend(frameon=False, loc="lower right")


def _lines(axes: Axes, document: SobolDocument, name: str, indices: dict[str, Indices], language: Language) -> None:
    """The ranking index of the largest inputs from parts of the design."""
    steps = document.meta.convergence[name]
    for k, one in enumerate(order(document, indices)[:LINES]):
        n, y, half = zip(*((s.n, s.index, s.conf) for s in steps[one]), strict=True) if steps[one] else ((), (), ())
        label = said(document.meta.inputs[one].label, language)
        shifted = [x * (1 + 0.03 * (k - LINES / 2)) for x in n]
        axes.errorbar(
            shifted, y, half, color=SHADES[k], marker=MARKS[k], markersize=4, linewidth=1.2, capsize=2, label=label
        )
    every = sorted({s.n for found in steps.values() for s in found})
    axes.set_xscale("log", base=2)
    axes.set_xlim(every[0] / 1.5, every[-1] * 1.5)
    axes.set_xticks(every, [str(x) for x in every])
    axes.minorticks_off()
    axes.set_xlabel(phrase("sobol.points", language))
    axes.set_title(phrase("sobol.convergence", language))
    axes.legend(frameon=False, fontsize=7.5)
