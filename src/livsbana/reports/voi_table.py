"""What knowing more is worth, as tables for a terminal: choices, and the study to buy first."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.table import bullets, new_table
from livsbana.reports.words import payer_name, percent
from livsbana.uncertainty.voi_document import Choice, VoiDocument

MILLION, SHOWN = 1e6, 10
OUTPUT_OF = {"state_contracts": "npv_state"}


def voi_answer(document: VoiDocument, language: Language = "en") -> RenderableType:
    """Put together everything that a reader is shown of what information is worth."""
    setting = phrase("voi.setting", language, draws=f"{document.draws:,}", persons=f"{document.persons:,}",
                     seed=str(document.seed))  # fmt: skip
    parts = [Text(said(document.label, language), style="bold"), Text(setting, style="dim")]
    parts.append(Text(first_study(document, language)))
    tables = [choice_table(document, language), study_table(document, language)]
    return Group(*parts, *(Padding(t, (1, 0, 0, 0)) for t in tables if t.row_count), bullets(document.warnings))


def first_study(document: VoiDocument, language: Language) -> str:
    """Say which study to buy first, and at most for how much."""
    if not document.studies:
        return phrase("voi.none", language)
    study = document.studies[0]
    return phrase(
        "voi.first",
        language,
        group=said(study.label, language),
        kind=said(study.kind, language),
        most=f"{study.at_most / MILLION:,.1f}",
        error=f"{study.standard_error / MILLION:,.1f}",
        years=str(document.decision_years),
    )


def choice_table(document: VoiDocument, language: Language) -> Table:
    """Each payer's best choice now, how often it is right, what knowing all is worth, and whether to wait."""
    columns = ("payer", "best", "net", "chance", "evpi", "group", "wait")
    grid = new_table(phrase("voi.choices", language), [phrase(f"voi.{c}", language) for c in columns])
    choices = {**document.payers, "state_contracts": document.state_contracts}
    for name, choice in choices.items():
        label = phrase("voi.state", language) if name == "state_contracts" else payer_name(name, language)
        wait = document.wait[name]
        grid.add_row(
            label,
            phrase(f"voi.option.{choice.best}", language),
            f"{choice.options[choice.best] / MILLION:,.1f}",
            percent(choice.chance_best, language),
            f"{choice.evpi / MILLION:,.2f}",
            _best_group(document, choice, language),
            phrase("voi.yes" if wait.worth_waiting else "voi.no", language),
        )
    grid.caption = phrase("voi.note", language, years=f"{next(iter(document.wait.values())).years:g}")
    return grid


def _best_group(document: VoiDocument, choice: Choice, language: Language) -> str:
    """The group that is worth most to know, where it can be told from chance."""
    clear = {g: w for g, w in choice.groups.items() if w.evppi > w.floor}
    if not clear:
        return "–"
    group = max(clear, key=lambda g: clear[g].evppi)
    return f"{said(document.inputs[group].label, language)} ({clear[group].evppi / MILLION:,.2f})"


def study_table(document: VoiDocument, language: Language) -> Table:
    """What studies are worth at most, over all decisions they serve."""
    columns = ("study_group", "kind", "at_most")
    title = phrase("voi.studies", language, decisions=f"{document.decisions:.2f}")
    grid = new_table(title, [phrase(f"voi.{c}", language) for c in columns])
    for study in document.studies[:SHOWN]:
        amount = f"{study.at_most / MILLION:,.2f} ±{study.standard_error / MILLION:,.2f}"
        grid.add_row(said(study.label, language), said(study.kind, language), amount)
    return grid
