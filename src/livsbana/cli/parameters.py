"""Commands about what is known: list, show, check and schema of the parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livsbana.cli import common

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What is known: list, show, check, schema.")
programmes_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The programmes: list, show.")

Id = Annotated[str, typer.Argument(help="Id of a declaration, source or municipality, or the address of a number.")]


@app.command("list")
def list_parameters(
    kind: Annotated[
        str | None, typer.Option("--kind", help="One kind, such as factor, edge, unit_cost, source or place.")
    ] = None,
    data: common.Data = None,
    json_output: common.Json = False,
) -> None:
    """List every declaration with its kind, domain and place."""
    from livsbana.cli.catalogue import print_list

    print_list(kind, data, json_output)


@app.command("show")
def show_parameter(name: Id, data: common.Data = None, json_output: common.Json = False) -> None:
    """Show one declaration with its numbers and their sources."""
    from livsbana.cli.catalogue import print_one

    print_one(name, data, json_output)


@app.command("check")
def check_parameters(data: common.Data = None, json_output: common.Json = False) -> None:
    """Read and cross-check everything, and say how much of it is published."""
    from livsbana.cli.catalogue import print_check

    print_check(data, json_output)


@app.command("schema")
def write_schema(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files; it is made when it is not there.")],
) -> None:
    """Write JSON Schema files, for editors that check and complete YAML and for readers of --json."""
    from livsbana.cli.json_schemas import write_schemas

    for path in write_schemas(out):
        typer.echo(path)


@programmes_app.command("list")
def list_programmes(data: common.Data = None, json_output: common.Json = False) -> None:
    """List the programmes: level, ages, cost a participant, effects and how well they are known."""
    from livsbana.cli.programmes import print_programmes

    print_programmes(data, json_output)


@programmes_app.command("show")
def show_programme(name: Id, data: common.Data = None, json_output: common.Json = False) -> None:
    """Show one programme: whom it reaches, what it changes, how much, for how long, at what cost."""
    from livsbana.cli.catalogue import print_one

    print_one(name, data, json_output)
