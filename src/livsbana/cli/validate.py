"""``livsbana validate``: compare the model with what took no part in it, and show the disagreements first."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import typer


def validate_command(
    persons: int, draws: int, seed: int, threads: int | None, out: Path | None, data: Path | None, json_output: bool
) -> None:
    """Validate, print the answer, and write JSON to ``out``."""
    from livsbana.cli.common import make_folder
    from livsbana.cli.progress import RunProgress
    from livsbana.lifecourse.simulate import cores
    from livsbana.lifecourse.stored import load_fit
    from livsbana.parameters.library import load_library
    from livsbana.reports.validation import validation_text
    from livsbana.validation.run import steps_of, validate

    library = load_library(data)
    fit, current = load_fit(library, data)
    if not current:
        typer.echo("the stored fit was made from other parameters; run `livsbana calibrate` first", err=True)
    if out is not None:
        make_folder(out)
    with ThreadPoolExecutor(threads or cores()) as pool, RunProgress() as progress:
        progress.start(steps_of(library, draws))
        document = validate(library, fit, persons, draws, seed, pool, progress.step)
    text = document.model_dump_json(indent=1) + "\n"
    if out is not None:
        (out / "validation.json").write_text(text, encoding="utf-8")
        typer.echo(f"wrote {out / 'validation.json'}", err=True)
    sys.stdout.write(text if json_output else validation_text(document))
