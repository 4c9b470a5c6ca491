"""JSON Schema: of the files that people write, for their editors, and of what ``--json`` prints."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from livsbana.cli.answers import SCHEMAS as ANSWERS
from livsbana.errors import InputError
from livsbana.institutions.document import FundDocument
from livsbana.institutions.schema import FundFile
from livsbana.parameters.economy import Economy
from livsbana.parameters.outcomes import OutcomesFile
from livsbana.parameters.reader import shown
from livsbana.parameters.schema import Domain, Shrinkage
from livsbana.pilots.document import CompareDocument
from livsbana.pilots.schema import PilotFile
from livsbana.pricing.contracts.document import ContractDocument
from livsbana.pricing.contracts.schema import ContractFile
from livsbana.pricing.document import PriceDocument
from livsbana.runs.batch_document import (
    BatchChecked,
    BatchDiff,
    BatchDocument,
    BatchList,
    BatchReplayed,
    BatchRows,
)
from livsbana.runs.document import RunComparison, RunDocument
from livsbana.scenario.schema import ScenarioFile
from livsbana.uncertainty.sensitivity_document import SobolDocument
from livsbana.uncertainty.voi_document import VoiDocument
from livsbana.validation.document import ValidationDocument

FILES: dict[str, type[BaseModel]] = {
    "contract_file": ContractFile,
    "domain": Domain,
    "economy": Economy,
    "fund_file": FundFile,
    "outcomes": OutcomesFile,
    "pilot": PilotFile,
    "scenario": ScenarioFile,
    "shrinkage": Shrinkage,
}
RUNS: dict[str, type[BaseModel]] = {
    "compare": CompareDocument,
    "contract": ContractDocument,
    "fund": FundDocument,
    "price": PriceDocument,
    "run": RunDocument,
    "run_comparison": RunComparison,
    "sobol": SobolDocument,
    "voi": VoiDocument,
    "validate": ValidationDocument,
    "batch": BatchDocument,
    "runs_list": BatchList,
    "runs_verify": BatchChecked,
    "runs_diff": BatchDiff,
    "runs_replay": BatchReplayed,
    "runs_query": BatchRows,
}


def schema_text(model: type[BaseModel]) -> str:
    """Write the JSON Schema of a model, the same text every time."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write ``NAME.schema.json`` for each kind of file and each answer, and give their paths.

    Raises
    ------
    InputError
        If the folder cannot be made or written to.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, model in {**FILES, **ANSWERS, **RUNS}.items():
            path = folder / f"{name}.schema.json"
            path.write_text(schema_text(model), encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", shown(folder)) from None
    return written
