"""Every payer by year, in every view of the money, with what the reader may choose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from livsbana.reports import charts
from livsbana.reports.layout import LINES
from livsbana.reports.palette import colour
from livsbana.reports.phrases import Language, phrase
from livsbana.reports.tables import payer_table
from livsbana.reports.text import name_in, ratios, scale_for, who
from livsbana.reports.views import BASE, VALUATIONS, View, accounts_in, flows_in, views_of
from livsbana.reports.words import error_exponent, exact, number
from livsbana.runs.document import PUBLIC, RunDocument

Shown = Mapping[str, Any]


def by_year(document: RunDocument, language: Language) -> Shown:
    """Show every payer by year in every view, the numbers for the reader's own choice, and the table."""
    scale = scale_for([document], language)
    payers = charts.payers_with_lines(document, LINES)
    views = views_of(document)
    flows = {view: flows_in(document, view) for view in views}
    accounts = {view: accounts_in(document, view) for view in views}
    names = {p: name_in(document, p, language) for p in payers}
    summed = [payer for payer in payers if payer != PUBLIC]
    # What payers sum to is known no better than the sum of all of them.
    exponent = max(scale.exponent, error_exponent(document.society.net.mc_error / scale.sek))
    together = sum(sum(flows[BASE][p].avoided) - sum(flows[BASE][p].cost) for p in summed) if payers else 0.0
    data = {
        "years": flows[BASE][payers[0]].years if payers else [],
        "soFar": {
            view.id: {
                p: [scale.plain(s, accounts[view][p].net.mc_error, signed=True) for s in flows[view][p].cumulative]
                for p in payers
            }
            for view in views
        },
        "net": {view.id: {p: accounts[view][p].net.mean / scale.sek for p in summed} for view in views},
        "exponent": exponent,
    }
    shown_views = [
        {
            "id": view.id,
            "title": _view_title(view, language),
            "note": _view_note(view, language),
            "chart": charts.line_chart(charts.payer_series(flows[view], accounts[view], names, language), scale),
            "table": payer_table(document, language, view)._replace(
                id=f"payers-{view.id}", title=_view_title(view, language)
            ),
        }
        for view in views
        if payers
    ]
    return {
        "views": shown_views,
        "valuations": VALUATIONS if len(views) > 2 else VALUATIONS[:1],
        "payers": [
            {"key": p, "name": _chosen_name(p, names, language), "colour": colour(p), "dashed": "/other" in p}
            for p in payers
        ],
        "unit": scale.unit,
        "start": document.start_year,
        "rate": exact(100 * document.discount_rate, language),
        "together": f"{number(together / scale.sek, exponent, signed=True, language=language)} {scale.unit}",
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        "caption": who(document, language) or phrase("summary.nobody", language),
        "ratios": ratios(document, language),
    }


def _chosen_name(payer: str, names: Mapping[str, str], language: Language) -> str:
    """Name a payer that the reader may choose; the sum of others says that it is one."""
    return phrase("controls.sum", language, name=names[payer]) if payer == PUBLIC else names[payer]


def _view_title(view: View, language: Language) -> str:
    """Title the table of one view."""
    return phrase(
        "view.title",
        language,
        title=phrase("payers.title", language),
        valuation=phrase(f"controls.{view.valuation}", language),
        discounting=phrase("view.with_discount" if view.is_discounted else "view.without_discount", language),
    )


def _view_note(view: View, language: Language) -> str:
    """Say what one view counts."""
    parts = [f"view.{view.valuation}", "view.discounted" if view.is_discounted else "view.undiscounted"]
    if view not in (BASE, View("cashable")):
        parts.append("view.no_interval")
    return " ".join(phrase(part, language) for part in parts)
