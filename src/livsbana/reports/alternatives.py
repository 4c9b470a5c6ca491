"""The sections of the report of several runs: first side by side, then each by itself."""

from __future__ import annotations

from typing import Any

from livsbana.reports import charts
from livsbana.reports.comparison import comparison_table, shared_cautions
from livsbana.reports.palette import BLACK, DARK_GREY
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.sections import ASSUMPTIONS, BODY, METHOD, Built, build, checked
from livsbana.reports.text import comparison_finding, name_in, scale_for
from livsbana.reports.views import BASE, flows_in
from livsbana.reports.words import break_even, payer_name
from livsbana.runs.document import PUBLIC, SOCIETY, RunComparison, RunDocument

# One tone of grey an alternative: the colours belong to the payers.
TONES = (BLACK, "#8A8A8A", DARK_GREY, "#B0B0B0")


def comparison_sections(document: RunComparison, language: Language) -> list[Built]:
    """Make the sections of a comparison; what all runs share is shown once, from the first."""
    runs = document.runs
    built = [Built("summary", "alternatives", phrase("section.alternatives", language), _side_by_side(runs, language))]
    for k, run in enumerate(runs, 1):
        built += build(BODY, run, language, prefix=f"a{k}-", of=said(run.label, language))
    for k, run in enumerate(runs, 1):
        shared = k == 1 or run.evidence.numbers != runs[0].evidence.numbers
        if shared:
            of = "" if k == 1 else said(run.label, language)
            built += build((ASSUMPTIONS,), run, language, prefix="" if k == 1 else f"a{k}-", of=of)
    built += build((METHOD,), runs[0], language)
    return [*built, checked(runs[0], built, language)]


def _side_by_side(runs: list[RunDocument], language: Language) -> dict[str, Any]:
    """Show the nets and the public purse of all runs."""
    scale = scale_for(runs, language)
    compared = ("municipality/home", PUBLIC, SOCIETY)
    axis = charts.net_axis(run.accounts()[account].net for run in runs for account in compared)
    blocks = []
    for account in compared:
        named = [(said(run.label, language), run.accounts()[account].net, _tone(k)) for k, run in enumerate(runs)]
        names = {name_in(run, account, language) for run in runs}
        title = names.pop() if len(names) == 1 else payer_name(account, language)
        blocks.append({"title": title, "bars": charts.net_bars(named, scale, axis)})
    return {
        "blocks": blocks,
        "lines": charts.line_chart([_series(run, k, language) for k, run in enumerate(runs)], scale),
        "caption": comparison_finding(runs, language),
        "table": comparison_table(runs, language),
        "cautions": shared_cautions(runs, language),
        "unit": scale.unit,
        "how": phrase("by_year.how", language),
    }


def _series(run: RunDocument, k: int, language: Language) -> charts.Series:
    """Give the running net of all public payers of one run."""
    flow = flows_in(run, BASE)[PUBLIC]
    name = f"{said(run.label, language)}: {break_even(run.public, language)}"
    square = run.public.lasting_break_even_year
    return charts.Series(str(k), name, _tone(k), k % 2 == 1, False, flow.years, flow.cumulative, square)


def _tone(k: int) -> str:
    return TONES[k % len(TONES)]
