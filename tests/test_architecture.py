"""The tree is the explanation: who may import whom, and what a quick command may load."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"
PACKAGE = SOURCE / "livsbana"
ORDER = (
    "errors",
    "parameters",
    "population",
    "lifecourse",
    "interventions",
    "scenario",
    "ledger",
    "valuation",
    "runs",
    "uncertainty",
    "validation",
    "pricing",
    "institutions",
    "pilots",
    "reports",
    "cli",
)
SLOW = {"mesa", "SALib", "duckdb", "numba", "pandas", "scipy", "matplotlib", "pyarrow", "xarray"}
HELP = """
import sys
from livsbana.cli.app import main
sys.argv = ["livsbana", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def modules_in(folder: str) -> list[Path]:
    """The modules of one folder, or the one module of that name."""
    single = PACKAGE / f"{folder}.py"
    return [single] if single.exists() else sorted((PACKAGE / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that a module imports, also inside functions."""
    here = path.relative_to(SOURCE).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(here[: -node.level]) if node.level else ""
            module = ".".join(part for part in (start, node.module) if part)
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def test_every_folder_has_its_place() -> None:
    found = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith((".", "__"))}
    assert found <= set(ORDER), "give the new folder its place in ORDER, and in ARCHITECTURE.md"


def test_architecture_page_names_every_folder() -> None:
    page = (SOURCE.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert [folder for folder in ORDER if modules_in(folder) and folder not in page] == []


@pytest.mark.parametrize("folder", ORDER)
def test_imports_only_from_folders_above(folder: str) -> None:
    allowed = {"__version__", *ORDER[: ORDER.index(folder) + 1]}
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {name}"
        for path in modules_in(folder)
        for line, name in imported(path)
        if name.startswith("livsbana.") and name.split(".")[1] not in allowed
    ]
    assert wrong == []


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that finds this source tree."""
    variables = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)


def test_the_package_itself_imports_nothing() -> None:
    code = "import sys; before = set(sys.modules); import livsbana; print(sorted(set(sys.modules) - before))"
    assert run_python(code).stdout == "['livsbana']\n"


def test_help_loads_nothing_slow() -> None:
    done = run_python(HELP)
    assert done.returncode == 0, done.stderr
    loaded = set(ast.literal_eval(done.stderr.splitlines()[-1]))
    assert loaded & SLOW == set()
