"""Which inputs matter, as tables for a terminal: the index, its interval, what cannot be told apart."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.table import bullets, new_table
from livsbana.reports.words import percent
from livsbana.uncertainty.sensitivity_document import Indices, SobolDocument

SHOWN = 15
COLUMNS = {
    "sobol": (("S1", "S1_conf"), ("ST", "ST_conf")),
    "morris": (("mu_star", "mu_star_conf"), ("sigma", None)),
    "pawn": (("median", "median_conf"), ("maximum", None)),
}


def sobol_answer(document: SobolDocument, language: Language = "en") -> RenderableType:
    """Put together everything that a reader of one sensitivity analysis is shown."""
    meta = document.meta
    parts: list[RenderableType] = []
    for name, indices in document.outputs().items():
        parts += [
            Padding(index_table(document, name, indices, language), (1, 0, 0, 0)),
            Text(noise_line(document, name, language), style="dim"),
            bullets(meta.ties[name]),
        ]
    setting = phrase(
        "sobol.setting",
        language,
        method=meta.method,
        n=f"{meta.n:,}",
        evaluations=f"{meta.evaluations:,}",
        persons=f"{meta.persons:,}",
        inputs=str(len(meta.inputs)),
        seed=str(meta.seed),
    )
    head = [Text(said(meta.label, language), style="bold"), Text(setting, style="dim")]
    return Group(*head, *parts, bullets(meta.warnings))


def order(document: SobolDocument, indices: dict[str, Indices]) -> list[str]:
    """Inputs from the one that matters most."""
    key = COLUMNS[document.meta.method][-1 if document.meta.method == "sobol" else 0][0]
    return sorted(indices, key=lambda name: (-(getattr(indices[name], key) or 0.0), name))


def index_table(document: SobolDocument, name: str, indices: dict[str, Indices], language: Language) -> Table:
    """The indices of one output, the largest first."""
    columns = COLUMNS[document.meta.method]
    title = phrase("sobol.title", language, output=name)
    grid = new_table(title, [phrase("sobol.input", language), *(key for key, _ in columns)])
    scale = 1e6 if document.meta.method == "morris" else 1.0
    for one in order(document, indices)[:SHOWN]:
        cells = [_cell(indices[one], key, conf, scale) for key, conf in columns]
        grid.add_row(said(document.meta.inputs[one].label, language), *cells)
    if len(indices) > SHOWN:
        grid.caption = phrase("sobol.more", language, count=str(len(indices) - SHOWN))
    return grid


def _cell(indices: Indices, key: str, conf: str | None, scale: float) -> str:
    value, half = getattr(indices, key), getattr(indices, conf) if conf else None
    if value is None:
        return "–"
    return f"{value / scale:.2f}" + ("" if half is None else f" ±{half / scale:.2f}")


def noise_line(document: SobolDocument, name: str, language: Language) -> str:
    """Say how much of the variance is luck, and from how many points that is known."""
    noise = document.meta.noise[name]
    share = percent(noise.share, language)
    return phrase("sobol.noise", language, share=share, points=str(noise.points))
