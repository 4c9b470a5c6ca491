"""Which tables answer a run, in the order in which they are read."""

from __future__ import annotations

from livsbana.reports.cells import Table
from livsbana.reports.how_sure import belief_table
from livsbana.reports.phrases import Language
from livsbana.reports.tables import budget_table, group_table, outcome_table, payer_table, programme_table
from livsbana.runs.document import RunDocument


def all_tables(document: RunDocument, language: Language) -> list[Table]:
    """Make every table of a run that has something to show."""
    made = [
        payer_table(document, language),
        outcome_table(document, language),
        programme_table(document, language),
        group_table(document, language),
        belief_table(document, language),
        budget_table(document, language),
    ]
    return [table for table in made if table.rows]
