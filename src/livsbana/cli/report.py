"""``livsbana report``: run or read, then write a page or a workbook; what is written is made in reports."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import typer
from pydantic import BaseModel

from livsbana.errors import InputError

SCENARIO, DOCUMENT = (".yaml", ".yml"), ".json"
PAGE, WORKBOOK = ".html", ".xlsx"


def report_command(
    answers: list[Path],
    out: Path,
    persons: int,
    draws: int,
    seed: int,
    threads: int | None,
    place: str | None,
    data: Path | None,
    preset: str,
    beyond_65: bool,
    language: Literal["en", "sv"],
) -> None:
    """Write the report of scenarios, which are run, or of finished runs, which are read."""
    _check_file(out)
    for path in answers:
        if path.suffix not in (*SCENARIO, DOCUMENT):
            wanted = "wanted a scenario (.yaml) or the document of a finished run (.json)"
            raise InputError(f"`{path.name}` is neither; {wanted}", str(path))
    from livsbana.reports.kinds import as_one, read_answer

    read = {path: read_answer(path) for path in answers if path.suffix == DOCUMENT}
    scenarios = [path for path in answers if path.suffix != DOCUMENT]
    if scenarios:
        from livsbana.cli.run import answers_to, read_scenarios

        library, asked = read_scenarios(scenarios, place, data)
        ran = answers_to(library, asked, persons, draws, seed, threads, data, preset, beyond_65)
        read |= {path: document for path, (document, _) in zip(scenarios, ran, strict=True)}
    try:
        _write(as_one([read[path] for path in answers]), out, language)
    except OSError as error:
        raise InputError(f"--out {out} cannot be written: {error.strerror}") from None
    typer.echo(f"wrote {out}", err=True)


def _check_file(out: Path) -> None:
    """Refuse a file that cannot be written, before any work is done."""
    if out.suffix not in (PAGE, WORKBOOK):
        raise InputError(f"--out {out} ends with neither {PAGE} (a page) nor {WORKBOOK} (a workbook)")
    if out.is_dir():
        raise InputError(f"--out {out} is a folder; name a file")
    if not out.absolute().parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}; make it first")


def _write(document: BaseModel, out: Path, language: Literal["en", "sv"]) -> None:
    """Write one document in the form that the name of the file asks for."""
    if out.suffix == WORKBOOK:
        from livsbana.reports.workbook import write_workbook

        write_workbook(document, out, language)
    else:
        from livsbana.reports.html import render_html

        out.write_text(render_html(document, language), encoding="utf-8")
