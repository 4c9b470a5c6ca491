"""``livsbana new``: templates that run as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livsbana.cli.common import Lang, LanguageName

app = typer.Typer(help="Write a template that runs as it is, to fill in.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Small letters a–z, digits and _; also the name of the file.")]
Folder = Annotated[Path, typer.Option("--out", help="Folder for the file; this one when left out.")]


@app.command()
def pilot(name: Name, lang: Lang = LanguageName.en, out: Folder = Path()) -> None:
    """Write a logic model to fill in, as YAML and as Excel: choose one of them."""
    from livsbana.pilots.templates import new_pilot

    yaml, xlsx = new_pilot(name, out, lang.value)
    words = {
        "sv": f"skrev {yaml} och {xlsx}: fyll i en av dem, sedan\n  livsbana compare {xlsx} --lang sv",
        "en": f"wrote {yaml} and {xlsx}: fill in one of them, then\n  livsbana compare {xlsx}",
    }
    typer.echo(words[lang.value])


@app.command()
def scenario(name: Name, lang: Lang = LanguageName.en, out: Folder = Path()) -> None:
    """Write a scenario to fill in, as YAML."""
    from livsbana.pilots.templates import new_scenario

    path = new_scenario(name, out, lang.value)
    words = {
        "sv": f"skrev {path}; kör det med\n  livsbana run {path}",
        "en": f"wrote {path}; run it with\n  livsbana run {path}",
    }
    typer.echo(words[lang.value])
