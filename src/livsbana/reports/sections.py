"""The sections of the report of a run: what each needs to be shown, and none that has nothing to show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from livsbana.reports import charts
from livsbana.reports.cautions import has_null_effect, is_losing
from livsbana.reports.cheers import checklist
from livsbana.reports.first_page import evidence_bar, summary
from livsbana.reports.how_sure import belief_table, certainty_table
from livsbana.reports.layout import outcomes_of, payers_to_draw
from livsbana.reports.numbers import key_numbers, numbers_by_domain, sources_of
from livsbana.reports.palette import DARK_GREY, SILVER, colour
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.tables import (
    UNITS,
    budget_table,
    group_table,
    has_changed,
    outcome_table,
    programme_table,
    whole_cohort,
)
from livsbana.reports.text import drawn, local_payer, name_in, place_name, scale_for
from livsbana.reports.words import count, exact, is_clear, ratio
from livsbana.reports.year_by_year import by_year
from livsbana.runs.document import RunDocument

Shown = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """One section: its template has its id; ``show`` gives what the template needs, None for nothing."""

    id: str
    show: Callable[[RunDocument, Language], Shown | None]


@dataclass(frozen=True)
class Built:
    """A section made for one document, ready for its template.

    ``key`` is unique on the page; ``of`` names the alternative that it is about, where there are several.
    """

    key: str
    id: str
    name: str
    shown: Shown
    of: str = ""

    def title(self, language: Language) -> str:
        """Head the section."""
        return phrase("alternatives.of", language, label=self.of, title=self.name) if self.of else self.name


def build(
    sections: Iterable[Section], document: RunDocument, language: Language, prefix: str = "", of: str = ""
) -> list[Built]:
    """Make the sections that a document has something for.

    Parameters
    ----------
    sections
        In their order.
    document, language
        What they are about, in which language.
    prefix, of
        Begins their keys, and names the alternative, where one page shows several.
    """
    made = []
    for section in sections:
        shown = section.show(document, language)
        if shown is not None:
            made.append(Built(prefix + section.id, section.id, phrase(f"section.{section.id}", language), shown, of))
    return made


def certainty(document: RunDocument, language: Language) -> Shown:
    """Show the intervals of the nets."""
    scale, accounts = scale_for([document], language), document.accounts()
    payer, name = local_payer(document, language)
    net = accounts[payer].net
    parts = {"net": scale.text(net, signed=True), "interval": scale.interval(net), "unit": scale.unit}
    caption = phrase("certainty.finding" if document.draws else "certainty.central", language, name=name, **parts)
    named = [(name_in(document, p, language), accounts[p].net, colour(p)) for p in payers_to_draw([document])]
    return {
        "bars": charts.net_bars(named, scale),
        "caption": caption,
        "table": certainty_table(document, language),
        "unit": scale.unit,
    }


def sensitivity(document: RunDocument, language: Language) -> Shown | None:
    """Show what one must believe for those who pay to break even."""
    table = belief_table(document, language)
    if not table.rows:
        return None
    payer, name = local_payer(document, language)
    belief = document.break_even_belief.get(payer)
    if belief is None:
        return {"table": table, "caption": table.heading}
    root = belief.effect_multiplier.root
    key = "sensitivity.never" if root is None else "sensitivity.finding"
    return {"table": table, "caption": phrase(key, language, name=name, root=ratio(root, language))}


def people(document: RunDocument, language: Language) -> Shown | None:
    """Show what becomes of people, without and with the package."""
    table = outcome_table(document, language)
    if not table.rows:
        return None
    blocks = []
    for unit in UNITS:
        outcomes = outcomes_of([document], unit)
        if outcomes:
            bars = charts.outcome_bars(outcomes.values(), language, SILVER, DARK_GREY)
            blocks.append({"title": phrase(f"people.{unit}", language), "bars": bars})
    changed = [o for o in document.outcomes.values() if has_changed(o) and o.unit == "persons_ever"]
    caption = phrase("people.none", language)
    if changed:
        most = max(changed, key=lambda o: abs(o.difference))
        parts = {"label": said(most.label, language), "difference": whole_cohort(most, language)[2]}
        caption = phrase("people.finding", language, **parts)
    return {"blocks": blocks, "caption": caption, "table": table}


def groups(document: RunDocument, language: Language) -> Shown | None:
    """Show who among the cohort gains and loses."""
    if not document.groups:
        return None
    scale = scale_for([document], language)
    listed = list(document.groups.values())
    named = [(said(group.label, language), group.net_society, SILVER) for group in listed]
    caption = phrase("groups.unclear", language)
    if any(is_clear(group.net_society) for group in listed):
        ordered = sorted(listed, key=lambda group: group.net_society.mean / max(group.persons, 1))
        ends = {"best": said(ordered[-1].label, language), "worst": said(ordered[0].label, language)}
        caption = phrase("groups.finding", language, **ends)
    return {
        "bars": charts.net_bars(named, scale),
        "caption": caption,
        "table": group_table(document, language),
        "unit": scale.unit,
    }


def programmes(document: RunDocument, language: Language) -> Shown | None:
    """Show what each programme costs, changes and is worth."""
    if not document.programmes:
        return None
    losing = any(is_losing(p) or has_null_effect(p) for p in document.programmes)
    caption = phrase("programmes.finding_losing" if losing else "programmes.finding", language)
    return {"caption": caption, "table": programme_table(document, language)}


def budget(document: RunDocument, language: Language) -> Shown | None:
    """Show each payer's net in coming budgets."""
    table = budget_table(document, language)
    if not table.rows:
        return None
    payer, name = local_payer(document, language)
    scale = scale_for([document], language)
    first = next((row for row in document.budget_impact if row.payer == payer), None)
    caption = table.heading
    if first is not None:
        parts = {"net": scale.plain(first.net, signed=True), "unit": scale.unit, "year": first.year}
        caption = phrase("budget.finding", language, name=name, **parts)
    return {"caption": caption, "table": table}


def assumptions(document: RunDocument, language: Language) -> Shown:
    """Show the numbers that the answer rests on, with their sources and status."""
    return {
        "evidence": evidence_bar(document, language),
        "note": said(document.evidence.note, language),
        "key": key_numbers(document, language),
        "domains": numbers_by_domain(document, language),
        "sources": sources_of(document),
    }


def method(document: RunDocument, language: Language) -> Shown:
    """Say how the answer was made, and how to make it again."""
    place = place_name(document, language)
    labels = (document.outcomes[t].label if t in document.outcomes else None for t in document.place.local_targets)
    targets = [
        said(label, language) if label else t for label, t in zip(labels, document.place.local_targets, strict=True)
    ]
    return {
        "paragraphs": [
            phrase("method.worlds", language),
            phrase("method.causes", language),
            phrase(
                "method.money",
                language,
                price_year=document.price_year,
                rate=exact(100 * document.discount_rate, language),
                start=document.start_year,
                preset=document.preset.upper(),
            ),
            phrase("method.uncertainty", language, draws=count(document.draws, language))
            if document.draws
            else phrase("method.no_uncertainty", language),
            phrase("method.place", language, place=place, targets=", ".join(targets))
            if targets
            else phrase("method.national", language),
            phrase("method.limits", language),
        ],
        "reproduce": [
            (phrase("method.scenario", language), document.scenario),
            (phrase("method.seed", language), str(document.manifest.seed)),
            (phrase("method.persons", language), count(document.persons, language)),
            (phrase("method.draws", language), drawn(document, language)),
            *document.manifest.versions.items(),
            *document.manifest.hashes.items(),
        ],
    }


BODY = (
    Section("by_year", by_year),
    Section("certainty", certainty),
    Section("sensitivity", sensitivity),
    Section("people", people),
    Section("groups", groups),
    Section("programmes", programmes),
    Section("budget", budget),
)
SUMMARY, ASSUMPTIONS, METHOD = (
    Section("summary", summary),
    Section("assumptions", assumptions),
    Section("method", method),
)


def checked(document: RunDocument, built: Sequence[Built], language: Language) -> Built:
    """Make the checklist, which knows what other sections there are."""
    titles = {section.id: section.name for section in built}
    keys = {section.id: section.key for section in reversed(built)}
    items = checklist(document, titles, language)
    return Built("cheers", "cheers", phrase("section.cheers", language), {"items": items, "keys": keys})


def run_sections(document: RunDocument, language: Language) -> list[Built]:
    """Make all sections of the report of one run."""
    built = build((SUMMARY, *BODY, ASSUMPTIONS, METHOD), document, language)
    return [*built, checked(document, built, language)]
