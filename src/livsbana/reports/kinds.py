"""The kinds of documents that a report can be about; a new kind is a line here and its sections."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from livsbana.errors import InputError
from livsbana.parameters.reader import shown
from livsbana.reports.alternatives import comparison_sections
from livsbana.reports.cells import Table
from livsbana.reports.comparison import comparison_table
from livsbana.reports.phrases import Language, phrase, said
from livsbana.reports.sections import Built, run_sections
from livsbana.reports.sheets import run_sheets
from livsbana.reports.text import comparison_finding, finding, setting, settings
from livsbana.runs.document import RunComparison, RunDocument

MAX_BYTES = 100_000_000


@dataclass(frozen=True)
class Kind:
    """One kind of document, how it is recognised, and how a report says it.

    ``marks`` are keys that every document of the kind has and no other kind does.
    """

    model: type[BaseModel]
    marks: frozenset[str]
    label: Callable[[Any, Language], str]
    finding: Callable[[Any, Language], str]
    setting: Callable[[Any, Language], str]
    sections: Callable[[Any, Language], list[Built]]
    sheets: Callable[[Any, Language], list[Table]]
    seed: Callable[[Any], int]


RUN = Kind(
    RunDocument,
    frozenset({"payers", "by_year", "wrong_pocket_index"}),
    label=lambda document, language: said(document.label, language),
    finding=finding,
    setting=setting,
    sections=run_sections,
    sheets=run_sheets,
    seed=lambda document: document.manifest.seed,
)
COMPARISON = Kind(
    RunComparison,
    frozenset({"runs"}),
    label=lambda document, language: phrase("alternatives.title", language, count=len(document.runs)),
    finding=lambda document, language: comparison_finding(document.runs, language),
    setting=lambda document, language: " ".join(settings(document.runs, language)),
    sections=comparison_sections,
    sheets=lambda document, language: [
        comparison_table(document.runs, language),
        *(
            table._replace(id=f"{table.id} {k}", title=f"{said(run.label, language)}: {table.title}")
            for k, run in enumerate(document.runs, 1)
            for table in run_sheets(run, language)
        ),
    ],
    seed=lambda document: document.runs[0].manifest.seed,
)
KINDS = (RUN, COMPARISON)


def kind_of(document: BaseModel) -> Kind:
    """Give the kind of a document.

    Raises
    ------
    KeyError
        If reports do not know such documents.
    """
    for kind in KINDS:
        if isinstance(document, kind.model):
            return kind
    raise KeyError(type(document).__name__)


def read_answer(path: Path) -> BaseModel:
    """Read the JSON document of a finished run, as ``livsbana run --json`` prints it.

    Raises
    ------
    InputError
        If the file cannot be read, is no JSON, or is no document that a report can be about.
    """
    where = shown(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"larger than {MAX_BYTES // 10**6} MB; wanted what `livsbana run --json` prints", where)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}", where) from None
    try:
        node = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        place = f":{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError("not JSON; wanted what `livsbana run --json` prints", where + place) from None
    kind = next((k for k in KINDS if isinstance(node, dict) and k.marks <= node.keys()), None)
    if kind is None:
        wanted = "wanted the document that `livsbana run --json` prints, or answer.json of its --out folder"
        raise InputError(f"no document that a report can be about; {wanted}", where)
    try:
        return kind.model.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        step = ".".join(map(str, first["loc"]))
        message = f"`{step}`: {first['msg'].lower()}; run the scenario again with this version of livsbana"
        raise InputError(message, where) from None


def as_one(documents: Sequence[BaseModel]) -> BaseModel:
    """Make one document of several: runs become a comparison.

    Raises
    ------
    InputError
        If they cannot be compared.
    """
    if len(documents) == 1:
        return documents[0]
    runs: list[RunDocument] = []
    for document in documents:
        if isinstance(document, RunComparison):
            runs += document.runs
        elif isinstance(document, RunDocument):
            runs.append(document)
        else:
            raise InputError("only runs can be compared; make one report for each of the other documents")
    return RunComparison(runs=runs)
