"""The tables of a run for a spreadsheet: those of the page, and the long ones."""

from __future__ import annotations

from livsbana.reports.answer_tables import all_tables
from livsbana.reports.cautions import cautions, evidence_line
from livsbana.reports.cells import Cell, Column, Row, Table
from livsbana.reports.cheers import checklist
from livsbana.reports.how_sure import certainty_table
from livsbana.reports.numbers import number_table, source_table
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.sections import run_sections
from livsbana.reports.tables import FORMS
from livsbana.reports.text import finding, setting
from livsbana.reports.words import payer_name
from livsbana.runs.document import RunDocument

BY_YEAR = ("cost", "avoided", "net", "cumulative", "average", "cashable")


def run_sheets(document: RunDocument, language: Language) -> list[Table]:
    """Make one table a sheet, in a fixed order."""
    return [
        about_table(document, language),
        *all_tables(document, language),
        certainty_table(document, language),
        by_year_table(document, language),
        number_table(document, language),
        source_table(document, language),
        cheers_table(document, language),
    ]


def about_table(document: RunDocument, language: Language) -> Table:
    """Say what the workbook is about, and what to beware of."""
    lines = [
        ("finding", finding(document, language)),
        ("setting", setting(document, language)),
        ("evidence", evidence_line(document, language)),
        *(("caution", caution) for caution in cautions(document, language)),
    ]
    rows = [Row(phrase(f"about.{key}", language), (Cell("", words),)) for key, words in lines]
    made = {**document.manifest.versions, **document.manifest.hashes, "seed": str(document.manifest.seed)}
    rows += [Row(name, (Cell("", value),)) for name, value in made.items()]
    title = f"{said(document.label, language)} – {phrase('about.title', language)}"
    columns = (Column(phrase("about.what", language)), Column(phrase("about.said", language)))
    return Table("about", title, columns, tuple(rows))


def by_year_table(document: RunDocument, language: Language) -> Table:
    """List every payer by year."""
    unit = phrase("unit.sek", language)
    columns = (
        Column(phrase("sheet.by_year.payer", language)),
        Column(phrase("column.year", language)),
        *(Column(phrase(f"sheet.by_year.{name}", language), unit, FORMS["sek"]) for name in BY_YEAR),
    )
    rows = tuple(
        Row(
            payer_name(row.payer, language),
            tuple(
                Cell("", value)
                for value in (
                    row.year,
                    row.programme_cost,
                    row.avoided_cost,
                    row.net,
                    row.cumulative,
                    row.avoided_average,
                    row.avoided_cashable,
                )
            ),
        )
        for row in document.by_year
    )
    return Table("by_year", phrase("sheet.by_year.title", language), columns, rows)


def cheers_table(document: RunDocument, language: Language) -> Table:
    """List the checklist; what a report answers in a section a workbook answers on a sheet, so both are named."""
    titles = {section.id: section.name for section in run_sections(document, language)}
    items = checklist(document, titles, language)
    rows = tuple(Row(str(item.number), (Cell("", item.name), Cell("", item.where))) for item in items)
    columns = tuple(Column(phrase(f"cheers.{name}", language)) for name in ("number", "item", "where"))
    return Table("cheers", phrase("cheers.title", language), columns, rows)
