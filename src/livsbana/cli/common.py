"""The options that mean the same in every command."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from livsbana.errors import InputError

DEFAULT_PERSONS = 100_000
DEFAULT_SEED = 1
DEFAULT_BATCH = Path("livsbana-batch")

Persons = Annotated[int, typer.Option("--persons", min=1, help="Simulated persons; more give less Monte Carlo error.")]
Draws = Annotated[int, typer.Option("--draws", min=0, help="Draws of the uncertain parameters; 0 = central values.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of all luck; the same seed gives the same result.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for results; it is made when it is not there.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="Threads; all cores when left out.")]
Place = Annotated[str | None, typer.Option("--place", help="Municipality by code or name, instead of the scenario's.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of parameters instead of the shipped ones.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]

Replicates = Annotated[
    int, typer.Option("--replicates", min=2, max=1_000_000, help="Possible worlds in which contracts are paid.")
]


class PresetName(StrEnum):
    """Whose conventions for discounting and taxes hold."""

    asek = "asek"
    tlv = "tlv"


class LanguageName(StrEnum):
    """The language of what a person reads; JSON holds both."""

    en = "en"
    sv = "sv"


Lang = Annotated[LanguageName, typer.Option("--lang", help="Language of tables, figures and reports; JSON holds both.")]
Preset = Annotated[PresetName, typer.Option("--preset", help="Conventions: asek (3.5 %, tax factor 1.3) or tlv (3 %).")]
BeyondRetirement = Annotated[bool, typer.Option("--beyond-65", help="Add gains after 65, on a line of their own.")]
Credit = Annotated[
    bool, typer.Option("--credit", help="Share the package's net between its programmes (Shapley value); takes longer.")
]
TlsFile = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="PEM file for a tls:// scheduler; give all three.")
]


def make_folder(out: Path) -> None:
    """Make the folder for results, before any work is done."""
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; name a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {out} cannot be made: {error.strerror}; name a folder you may write to") from error
    if not os.access(out, os.W_OK):
        raise InputError(f"--out {out} is not writable; name another folder")
