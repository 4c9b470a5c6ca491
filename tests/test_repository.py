"""What no file of the repository may hold."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TOP = (".ci", "benchmarks", "docs", "parameters", "scenarios", "src", "tests")
TEXT = {
    "",
    ".cfg",
    ".csv",
    ".html",
    ".j2",
    ".json",
    ".lock",
    ".md",
    ".py",
    ".sh",
    ".svg",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
}
MIB = 1024 * 1024

# Written in pieces, so that this file does not hold what it looks for.
REGISTRY = re.compile(
    "|".join(["index" + "-url", "find-links" + " ?=", "python" + "hosted", r"pypi\." + "org", "conda" + r"\.anaconda"])
)
MACHINE_PATH = re.compile(r"(?<![\w./-])(/(root|home|Users|work|opt|mnt|tmp)/|[A-Z]:\\" + r"Users\\)")
FORBIDDEN_CALLS = {"eval", "exec", "pickle.load", "pickle.loads", "yaml.load", "yaml.load_all", "yaml.unsafe_load"}
FORBIDDEN_MODULES = {"pickle", "random", "marshal", "shelve"}
RANDOM_ALLOWED = {"BitGenerator", "Generator", "Philox", "SeedSequence", "default_rng"}


def text_files() -> list[Path]:
    """Every text file that belongs to the project."""
    inside = (path for folder in TOP for path in (ROOT / folder).rglob("*"))
    top = (path for path in ROOT.iterdir() if path.name != ".venv.lock")
    return sorted(
        path
        for path in (*inside, *top)
        if path.is_file()
        and path.suffix in TEXT
        and not any(part.endswith(("_cache", "__pycache__")) for part in path.parts)
    )


def source_trees() -> list[tuple[Path, ast.Module]]:
    """Every module of the package, parsed."""
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted((ROOT / "src").rglob("*.py"))]


def found(pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern stands, as file:line: text."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or of attributes of a name; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        start = dotted(node.value)
        return f"{start}.{node.attr}" if start else ""
    return ""


def is_global_luck(node: ast.Attribute) -> bool:
    """Whether an attribute draws from NumPy's hidden shared generator."""
    return dotted(node.value) in ("np.random", "numpy.random") and node.attr not in RANDOM_ALLOWED


def forbidden_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of each forbidden thing in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if dotted(node.func) in FORBIDDEN_CALLS:
                yield node.lineno, dotted(node.func)
            yield from ((node.lineno, "fast" + "math") for keyword in node.keywords if fast(keyword))
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name in FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN_MODULES:
            yield node.lineno, str(node.module)
        elif isinstance(node, ast.Attribute) and is_global_luck(node):
            yield node.lineno, dotted(node)


def fast(keyword: ast.keyword) -> bool:
    """Whether a keyword argument lets the compiler reorder float arithmetic."""
    off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
    return keyword.arg == "fast" + "math" and not off


def test_no_registry_host() -> None:
    assert found(REGISTRY) == []


def test_no_path_of_a_machine() -> None:
    assert found(MACHINE_PATH) == []


def test_source_calls_nothing_forbidden() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {name}" for path, tree in source_trees() for line, name in forbidden_in(tree)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')",
        "exec('x = 1')",
        "import pickle",
        "from random import random",
        "pickle.load(file)",
        "yaml.load(file)",
        "jit(fastmath=True)(f)",
        "jit(fastmath={'nnan'})(f)",
        "np.random.seed(1)",
        "numpy.random.uniform()",
    ],
)
def test_the_check_sees(code: str) -> None:
    assert list(forbidden_in(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["np.random.default_rng(1)", "jit(fastmath=False)(f)", "literal_eval('1')", "yaml.parse(file)"]
)
def test_the_check_lets_through(code: str) -> None:
    assert not list(forbidden_in(ast.parse(code)))


def test_yaml_is_small_and_plain() -> None:
    files = sorted(path for folder in ("parameters", "scenarios") for path in (ROOT / folder).rglob("*.y*ml"))
    for path in files:
        assert path.stat().st_size <= 5 * MIB, path
        for event in yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader):
            where = f"{path.relative_to(ROOT)}:{event.start_mark.line + 1}"
            assert not isinstance(event, yaml.AliasEvent), f"{where} alias"
            assert getattr(event, "anchor", None) is None, f"{where} anchor"
            assert getattr(event, "tag", None) is None, f"{where} tag"


def test_lock_is_hashed_and_names_no_place() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    wanted = re.findall(r"^[\w.-]+==[^\s\\]+", text, re.MULTILINE)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    assert len(wanted) == sum(not line.startswith(" ") for line in lines)
    assert text.count("--hash=sha256:") >= len(wanted)
    assert "://" not in text
    assert " @ " not in text
    assert {option.split("=")[0] for option in re.findall(r"(?<=\s)--\S+", text)} == {"--hash"}


def test_lock_covers_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    assert {re.split(r"[\s<>=~!\[;]", name)[0].lower() for name in asked} <= locked
