"""The stored fit: fitted values beside the parameters, with the hash of what they were fitted to."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from livsbana.errors import InputError
from livsbana.lifecourse.compile import Fit
from livsbana.parameters.library import Library, parameters_folder

FIT_FILE = "fitted.json"


def inputs_hash(library: Library) -> str:
    """SHA-256 of everything that the fit depends on."""
    parts = [f.model_dump_json() for f in library.factors.values()]
    parts += [e.model_dump_json(exclude={"estimand"}) for e in library.edges]  # a card changes no number
    parts += [a.model_dump_json() for a in library.associations]
    parts.append(library.life_table.tobytes().hex())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def save_fit(library: Library, fit: Fit, folder: Path) -> Path:
    """Store a fit beside the parameters, with the hash of its inputs."""
    path = folder / FIT_FILE
    rounded = {
        "inputs_sha256": inputs_hash(library),
        "loadings": _rounded(fit.loadings),
        "traits": _rounded(fit.traits),
        "slopes": {k: round(v, 6) for k, v in sorted(fit.slopes.items())},
    }
    path.write_text(json.dumps(rounded, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def _rounded(table):
    return {row: {k: round(v, 6) for k, v in sorted(values.items())} for row, values in sorted(table.items())}


def load_fit(library: Library, folder: Path | None = None) -> tuple[Fit, bool]:
    """The stored fit, and whether it was made from these very parameters.

    Raises
    ------
    InputError
        When there is no stored fit.
    """
    path = parameters_folder(folder) / FIT_FILE
    if not path.is_file():
        raise InputError("no stored fit; run `livsbana calibrate` (with the same --data)", str(path))
    stored = json.loads(path.read_text(encoding="utf-8"))
    fit = Fit(stored["loadings"], stored["traits"], stored["slopes"])
    return fit, stored["inputs_sha256"] == inputs_hash(library)
