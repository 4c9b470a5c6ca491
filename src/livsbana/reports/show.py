"""Print answers on stdout and write their files; the only place that decides which files there are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, RenderableType

from livsbana.reports.comparison import comparison
from livsbana.reports.phrases import Language
from livsbana.reports.table import answer
from livsbana.runs.answer import Answer
from livsbana.runs.document import RunComparison, RunDocument

WIDEST = 110


def print_answers(documents: Sequence[RunDocument], json_output: bool, language: Language = "en") -> None:
    """Print one document, or a table that a person reads; several runs are set side by side."""
    if json_output:
        sys.stdout.write(as_json(documents) + "\n")
        return
    print_tables(answer(documents[0], language) if len(documents) == 1 else comparison(documents, language))


def print_tables(content: RenderableType) -> None:
    """Print what a person reads on stdout."""
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDEST, highlight=False).print(content)


def as_json(documents: Sequence[RunDocument]) -> str:
    """One JSON document: the run, or the comparison of several."""
    whole = documents[0] if len(documents) == 1 else RunComparison(runs=list(documents))
    return whole.model_dump_json(indent=1)


def write_answers(answers: Sequence[tuple[RunDocument, Answer]], out: Path, language: Language = "en") -> list[Path]:
    """Write figures, the JSON document and Parquet tables; with several runs, each in a folder of its own too.

    Returns
    -------
    list of Path
        What was written.
    """
    from livsbana.reports.figure import write_figure  # half a second of libraries that printing does not need
    from livsbana.reports.parquet import write_parquet

    documents = [document for document, _ in answers]
    written = [out / "answer.json"]
    written[0].write_text(as_json(documents) + "\n", encoding="utf-8")
    written += write_figure(documents, out, language)
    for document, found in answers:
        folder = out if len(answers) == 1 else out / document.scenario
        written += write_parquet(document, folder, draws_by_payer(found))
    return written


def draws_by_payer(found: Answer) -> dict[tuple[str, str], list[float]]:
    """Present values by payer and measure in every draw; nothing when only central values were run."""
    if len(found.flows) == 1:
        return {}
    measures = {
        "programme_cost": lambda f: f.cost,
        "avoided_cost": lambda f: f.avoided,
        "net": lambda f: f.avoided - f.cost,
        "cashable_net": lambda f: f.cashable - f.cost,
    }
    return {
        (name, measure): found.present(flow, name)[1:]
        for name in found.weights(0)
        for measure, flow in measures.items()
    }
