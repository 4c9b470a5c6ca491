"""bootstrap.py: what it refuses, when it makes the environment, how it hands over."""

from __future__ import annotations

import ast
import importlib.util
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

BOOTSTRAP = Path(__file__).resolve().parents[1] / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A copy of bootstrap.py, imported from a small tree of its own."""
    monkeypatch.delenv("LIVSBANA_WHEELS", raising=False)
    shutil.copy(BOOTSTRAP, tmp_path)
    (tmp_path / "requirements.lock").write_text("first\n")
    (tmp_path / "pyproject.toml").write_text("first\n")
    spec = importlib.util.spec_from_file_location("bootstrap_copy", tmp_path / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def steps(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The slow steps, replaced by their names in a list."""
    done: list[str] = []

    def make(_wheels: str | None) -> None:
        shutil.rmtree(bootstrap.VENV, ignore_errors=True)
        Path(bootstrap.VENV).mkdir()
        done.append("environment")

    monkeypatch.setattr(bootstrap, "make_environment", make)
    monkeypatch.setattr(bootstrap, "install_project", lambda: done.append("project"))
    return done


def finish(bootstrap: ModuleType) -> None:
    """Pretend that the environment was made."""
    Path(bootstrap.VENV).mkdir(exist_ok=True)
    bootstrap.write_stamp(bootstrap.wanted_stamp())


def test_an_old_python_can_read_it() -> None:
    tree = ast.parse(BOOTSTRAP.read_text(encoding="utf-8"), feature_version=(3, 6))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in named} <= sys.stdlib_module_names
    assert "__future__" not in named, "annotations came with Python 3.7"


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10), (3, 15), (4, 0)])
def test_refuses_other_pythons(bootstrap: ModuleType, version: tuple[int, int]) -> None:
    with pytest.raises(bootstrap.Refusal, match=r"3\.11 to 3\.14, found {}\.{}".format(*version)):
        bootstrap.check_python(version)


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_accepts_supported_pythons(bootstrap: ModuleType, minor: int) -> None:
    bootstrap.check_python((3, minor))


def test_a_refused_python_exits_with_2(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 14))
    monkeypatch.setattr(bootstrap, "NEWEST", (3, 13))
    assert bootstrap.main(["true"]) == 2
    assert "livsbana needs Python" in capsys.readouterr().err


def test_hint_where_debian_lacks_ensurepip(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    with pytest.raises(bootstrap.Refusal, match="apt install python3-venv"):
        bootstrap.check_venv()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--wheels"], ["--wheels", "."], ["--wheels", "absent", "true"]])
def test_wrong_calls_exit_with_2(
    bootstrap: ModuleType, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "usage: python3 bootstrap.py" in shown.err or "no folder of wheels at 'absent'" in shown.err


def test_wheels_come_from_option_or_variable(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["pytest", "--wheels", "kept for the command"]
    folder = str(tmp_path)
    assert bootstrap.parse(command) == (None, command)
    assert bootstrap.parse(["--wheels", folder, *command]) == (folder, command)
    assert bootstrap.parse([f"--wheels={folder}", *command]) == (folder, command)
    monkeypatch.setenv("LIVSBANA_WHEELS", folder)
    assert bootstrap.parse(command) == (folder, command)


@pytest.mark.parametrize("wheels", [None, "folder"])
def test_installs_only_what_the_lock_hashes(
    bootstrap: ModuleType, wheels: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "call", lambda arguments, on_failure: calls.append(arguments))
    bootstrap.make_environment(wheels)
    make, install = calls
    assert make[1:] == ["-m", "venv", "--clear", bootstrap.VENV]
    assert install[0] == bootstrap.VENV_PYTHON
    assert "--require-hashes" in install
    assert install[-1] == bootstrap.LOCK
    assert ("--no-index" in install and "folder" in install) is (wheels is not None)


def test_makes_the_environment_once(bootstrap: ModuleType, steps: list[str]) -> None:
    bootstrap.ensure_environment(None)
    bootstrap.ensure_environment(None)
    assert steps == ["environment", "project"]


def test_a_new_lock_makes_it_again(bootstrap: ModuleType, steps: list[str]) -> None:
    finish(bootstrap)
    Path(bootstrap.LOCK).write_text("second\n")
    bootstrap.ensure_environment(None)
    assert steps == ["environment", "project"]


def test_new_project_metadata_only_installs_the_project(bootstrap: ModuleType, steps: list[str]) -> None:
    finish(bootstrap)
    Path(bootstrap.PROJECT).write_text("second\n")
    bootstrap.ensure_environment(None)
    assert steps == ["project"]


def test_another_python_makes_it_again(
    bootstrap: ModuleType, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(bootstrap)
    monkeypatch.setattr(bootstrap.sysconfig, "get_config_var", lambda name: ".another.so")
    bootstrap.ensure_environment(None)
    assert steps == ["environment", "project"]


@pytest.mark.parametrize("content", ["", "{", json.dumps({"environment": "of another lock"})])
def test_a_broken_stamp_makes_it_again(bootstrap: ModuleType, steps: list[str], content: str) -> None:
    Path(bootstrap.VENV).mkdir()
    Path(bootstrap.STAMP).write_text(content)
    bootstrap.ensure_environment(None)
    assert steps == ["environment", "project"]


def test_an_interrupted_start_starts_afresh(
    bootstrap: ModuleType, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    finish(bootstrap)
    Path(bootstrap.LOCK).write_text("second\n")
    with monkeypatch.context() as during:
        during.setattr(bootstrap, "install_project", interrupted)
        assert bootstrap.main(["true"]) == 130
    assert not Path(bootstrap.STAMP).exists()
    bootstrap.ensure_environment(None)
    assert steps == ["environment", "environment", "project"]


def test_a_failed_installation_exits_with_1(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *_, **__: 1)
    assert bootstrap.main(["true"]) == 1
    assert "could not make the virtual environment" in capsys.readouterr().err
    assert not Path(bootstrap.STAMP).exists()


def test_two_at_once_make_it_once(bootstrap: ModuleType, steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    make: Callable[[str | None], None] = bootstrap.make_environment
    first_is_inside, second_waits = threading.Event(), threading.Event()

    def slow(wheels: str | None) -> None:
        first_is_inside.set()
        assert second_waits.wait(10)
        make(wheels)

    monkeypatch.setattr(bootstrap, "make_environment", slow)
    monkeypatch.setattr(bootstrap, "say", lambda message: second_waits.set() if "waiting" in message else None)
    threads = [threading.Thread(target=bootstrap.ensure_environment, args=(None,)) for _ in range(2)]
    threads[0].start()
    assert first_is_inside.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join(10)
    assert steps == ["environment", "project"]


def test_hands_over_arguments_output_and_exit_status(bootstrap: ModuleType) -> None:
    finish(bootstrap)
    code = "import os, sys; print(sys.argv[1:], os.environ['VIRTUAL_ENV']); sys.exit(7)"
    command = [sys.executable, bootstrap.__file__, sys.executable, "-c", code, "two words", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == f"['two words', '--json'] {bootstrap.VENV}\n"
    assert (done.returncode, done.stderr) == (7, "")


def test_a_missing_command_exits_with_127(bootstrap: ModuleType) -> None:
    finish(bootstrap)
    command = [sys.executable, bootstrap.__file__, "no_such_command"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (127, "")
    assert "no command 'no_such_command'" in done.stderr


def test_windows_waits_for_the_exit_status(bootstrap: ModuleType) -> None:
    variables = bootstrap.environment_variables()
    assert bootstrap.run_and_wait([sys.executable, "-c", "raise SystemExit(7)"], variables) == 7
