"""Make the virtual environment once, then run a command in it: `python3 bootstrap.py COMMAND ...`.

Only the standard library is used, and only syntax of Python 3.6, so that an older Python
reads the refusal instead of meeting a syntax error.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from typing import Dict, Iterator, List, NoReturn, Optional, Tuple

OLDEST = (3, 11)
NEWEST = (3, 14)
WINDOWS = sys.platform == "win32"
ROOT = os.path.dirname(os.path.realpath(__file__))
LOCK = os.path.join(ROOT, "requirements.lock")
PROJECT = os.path.join(ROOT, "pyproject.toml")
VENV = os.path.join(ROOT, ".venv")
SCRIPTS = os.path.join(VENV, "Scripts" if WINDOWS else "bin")
VENV_PYTHON = os.path.join(SCRIPTS, "python.exe" if WINDOWS else "python")
STAMP = os.path.join(VENV, "bootstrap.json")
TURN = os.path.join(ROOT, ".venv.lock")

USAGE = """usage: python3 bootstrap.py [--wheels FOLDER] COMMAND [ARGUMENT ...]

Makes .venv beside this file (once; again when requirements.lock or Python changes)
and runs COMMAND in it, for example

    python3 bootstrap.py livsbana run scenarios/ungdomskriminalitet.yaml
    python3 bootstrap.py pytest

--wheels FOLDER   install from this folder of wheels, without network
                  (or set LIVSBANA_WHEELS=FOLDER). Fill it on a connected machine
                  with the same system and Python:
                  python3 -m pip download --only-binary :all: -r requirements.lock -d FOLDER"""


class Refusal(Exception):
    """Something the user can mend; the message says how."""


def say(message: str) -> None:
    """Write one line of progress on stderr: stdout belongs to the command."""
    print(f"bootstrap: {message}", file=sys.stderr, flush=True)


def check_python(version: Tuple[int, int]) -> None:
    """Refuse a Python that the lock file does not cover."""
    if not OLDEST <= version <= NEWEST:
        raise Refusal(
            "livsbana needs Python {}.{} to {}.{}, found {}.{}: {}. "
            "Run this with another one, for example `python3.12 bootstrap.py ...`.".format(
                *(OLDEST + NEWEST + version), sys.executable
            )
        )


def check_venv() -> None:
    """Refuse a Python whose distribution left out what makes virtual environments."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        raise Refusal(
            f"this Python cannot make virtual environments: {sys.executable}. "
            "On Debian and Ubuntu: `apt install python3-venv`."
        )


def parse(arguments: List[str]) -> Tuple[Optional[str], List[str]]:
    """Split the command line into a folder of wheels, if any, and the command."""
    wheels = os.environ.get("LIVSBANA_WHEELS") or None
    command = list(arguments)
    if command and command[0].startswith("--wheels="):
        wheels = command.pop(0).split("=", 1)[1]
    elif command[:1] == ["--wheels"] and len(command) > 1:
        wheels = command[1]
        command = command[2:]
    if wheels is not None and not os.path.isdir(wheels):
        raise Refusal(f"no folder of wheels at {wheels!r}")
    if not command or command[0].startswith("-"):
        raise Refusal(USAGE)
    return wheels and os.path.abspath(wheels), command


def digest(*parts: bytes) -> str:
    """Hash parts so that no two lists of parts give the same bytes."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def read(path: str) -> bytes:
    """Read a whole file."""
    with open(path, "rb") as file:
        return file.read()


def wanted_stamp() -> Dict[str, str]:
    """Say what the environment must have been made from: lock, Python and place; and the project's own metadata."""
    python = (sysconfig.get_config_var("EXT_SUFFIX") or "") + sys.base_prefix
    return {
        "environment": digest(read(LOCK), python.encode("utf-8"), VENV.encode("utf-8")),
        "project": digest(read(PROJECT)),
    }


def found_stamp() -> Dict[str, str]:
    """Read what the environment was made from; empty if it was never finished."""
    try:
        return json.loads(read(STAMP).decode("utf-8"))
    except (OSError, ValueError):
        return {}


def write_stamp(stamp: Dict[str, str]) -> None:
    """Mark the environment as finished, in one step."""
    with open(STAMP + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(STAMP + ".new", STAMP)


def take_turn(file_number: int) -> bool:
    """Try to lock an open file; the system frees it when this process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file_number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file_number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let one process at a time change the environment.

    The steps inherit the lock: if this process is killed and pip lives on, the next one still waits.
    """
    with open(TURN, "a") as file:
        os.set_inheritable(file.fileno(), True)
        waited = False
        while not take_turn(file.fileno()):
            if not waited:
                say("another bootstrap is at work here; waiting for it")
            waited = True
            time.sleep(0.2)
        yield


def call(arguments: List[str], on_failure: str) -> None:
    """Run one step with its output on stderr."""
    if subprocess.call(arguments, stdin=subprocess.DEVNULL, stdout=2, close_fds=False) != 0:
        raise RuntimeError(on_failure)


def pip_install(arguments: List[str], on_failure: str) -> None:
    """Install into the environment; quietly unless somebody is watching."""
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    pip = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    call([*pip, *quiet, *arguments], on_failure)


def make_environment(wheels: Optional[str]) -> None:
    """Make the virtual environment anew and install everything that the lock names."""
    check_venv()
    say(f"making {VENV} with Python {sys.version.split()[0]} (once, a minute or two)")
    call([sys.executable, "-m", "venv", "--clear", VENV], "could not make the virtual environment")
    say("installing the packages of requirements.lock")
    source = ["--no-index", "--find-links", wheels] if wheels else []
    pip_install(
        [*source, "--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", LOCK],
        "installation failed; see pip's message above. The next try starts afresh. Without network: --wheels FOLDER.",
    )


def install_project() -> None:
    """Install livsbana itself, editable, with the build tools of the lock."""
    say("installing livsbana")
    pip_install(
        ["--no-index", "--no-deps", "--no-build-isolation", "--editable", ROOT],
        "could not install livsbana; see pip's message above",
    )


def ensure_environment(wheels: Optional[str]) -> None:
    """Bring the environment to what the lock, this Python and the project ask for."""
    wanted = wanted_stamp()
    if found_stamp() == wanted:
        return
    with one_at_a_time():
        found = found_stamp()
        if found == wanted:
            return
        if found:
            os.remove(STAMP)
        if found.get("environment") != wanted["environment"]:
            make_environment(wheels)
        install_project()
        write_stamp(wanted)
        say("ready")


def environment_variables() -> Dict[str, str]:
    """Give the command the variables that an activated environment would give it."""
    variables = dict(os.environ)
    for name in ("PYTHONHOME", "__PYVENV_LAUNCHER__"):
        variables.pop(name, None)
    variables["VIRTUAL_ENV"] = VENV
    variables["PATH"] = os.pathsep.join([SCRIPTS, os.environ.get("PATH", os.defpath)])
    return variables


def run_and_wait(command: List[str], variables: Dict[str, str]) -> int:
    """Run the command as a child and return its exit status; Ctrl-C reaches the child, which decides."""
    child = subprocess.Popen(command, env=variables)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def become(command: List[str]) -> NoReturn:
    """Leave this process to the command."""
    variables = environment_variables()
    program = shutil.which(command[0], path=variables["PATH"])
    if program is None:
        say(f"no command {command[0]!r} in {SCRIPTS} or on PATH")
        sys.exit(127)
    if WINDOWS:
        sys.exit(run_and_wait([program, *command[1:]], variables))
    sys.stderr.flush()
    os.execve(program, [program, *command[1:]], variables)


def main(arguments: List[str]) -> int:
    """Do what the module's first line says; return only on failure."""
    try:
        check_python(sys.version_info[:2])
        wheels, command = parse(arguments)
        ensure_environment(wheels)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except (OSError, RuntimeError) as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next try continues safely")
        return 130
    become(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
