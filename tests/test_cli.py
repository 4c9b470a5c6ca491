"""The command itself: how it leaves, and what it says when the fault is ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import livsbana
from livsbana.cli import catalogue
from livsbana.cli.app import main

SOURCE = Path(__file__).resolve().parents[1] / "src"
FAILING = """
from livsbana.cli import catalogue
from livsbana.cli.app import main

def fail(data, json_output):
    raise ZeroDivisionError("no such luck")

catalogue.print_check = fail
main(["parameters", "check"])
"""


def failing(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), **variables}
    command = [sys.executable, "-c", FAILING]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_our_failure_is_short_and_leaves_with_1() -> None:
    done = failing(LIVSBANA_DEBUG="")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "the fault is ours: ZeroDivisionError: no such luck" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_whole_traceback_is_there_on_request() -> None:
    done = failing(LIVSBANA_DEBUG="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_an_interrupted_command_leaves_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue, "print_check", interrupted)
    with pytest.raises(SystemExit) as left:
        main(["parameters", "check"])
    assert left.value.code == 130


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"livsbana {livsbana.__version__}\n"


@pytest.mark.parametrize("command", ["run", "price", "explain", "calibrate", "parameters", "programmes"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert "Usage: livsbana" in capsys.readouterr().out
