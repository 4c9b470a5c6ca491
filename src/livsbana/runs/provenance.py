"""What a result depends on besides the question: code, parameters, fit, packages, machine."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import livsbana
from livsbana.lifecourse.compile import Fit
from livsbana.parameters.library import Library

PACKAGES = ("numpy", "scipy", "numba", "llvmlite")
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
ENGINE = (
    *("parameters", "population", "lifecourse", "interventions", "scenario"),
    *("ledger", "valuation", "runs", "uncertainty"),
)


def versions() -> dict[str, str]:
    """Versions of the package and of what its numbers rest on."""
    return {"livsbana": livsbana.__version__, **{name: version(name) for name in PACKAGES}}


def parameters_hash(root: Path) -> str:
    """SHA-256 over the names and bytes of all parameter files."""
    return _files_hash(root, [p for p in root.rglob("*") if p.suffix in (".yaml", ".csv", ".json")])


@cache
def engine_hash() -> str:
    """SHA-256 over the code that numbers come from: an edited engine never continues another one's results."""
    root = Path(livsbana.__file__).parent
    return _files_hash(root, [p for folder in ENGINE for p in (root / folder).rglob("*.py")])


def identity(library: Library, fit: Fit) -> dict[str, str]:
    """All that two machines must have in common to get the same bytes, by name."""
    system = [platform.system(), platform.machine(), *platform.libc_ver()]
    return {
        "engine": engine_hash(),
        "parameters": parameters_hash(library.root),
        "fit": digest(asdict(fit)),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": " ".join(part for part in system if part),
        **versions(),
    }


def differences(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """Say in which respects two identities differ; empty when they do not."""
    names = sorted(k for k in {*found, *wanted} if found.get(k) != wanted.get(k))
    return ", ".join(f"{k}: {_short(found.get(k))} instead of {_short(wanted.get(k))}" for k in names)


def digest(content: Any) -> str:
    """SHA-256 of JSON data, whatever the order of its keys."""
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical(content: Any) -> bytes:
    """JSON data as the one text that equal data has; floats keep all their bits, NaN is refused."""
    return _ENCODER.encode(content).encode()


def _files_hash(root: Path, paths: list[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _short(value: str | None) -> str:
    return "nothing" if value is None else value[:12] if len(value) == 64 else value
