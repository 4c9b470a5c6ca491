"""``livsbana runs``: look at batches, check them, compare them, ask them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livsbana.cli import common

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at batches, check, compare and ask them.")

Folder = Annotated[Path, typer.Argument(help="Folder of a batch (its --out).")]


@app.command("list")
def list_(
    folder: Annotated[Path, typer.Argument(help="Folder that holds batches.")] = Path(),
    json_output: common.Json = False,
) -> None:
    """List the batches in a folder, and how much of each is done."""
    from livsbana.cli.runs_commands import list_command

    list_command(folder, json_output)


@app.command()
def show(folder: Folder = common.DEFAULT_BATCH, json_output: common.Json = False) -> None:
    """Show what a batch has found so far."""
    from livsbana.cli.runs_commands import show_command

    show_command(folder, json_output)


@app.command()
def verify(folder: Folder = common.DEFAULT_BATCH, json_output: common.Json = False) -> None:
    """Check every byte of every block; exit 1 when one is damaged or missing."""
    from livsbana.cli.runs_commands import verify_command

    verify_command(folder, json_output)


@app.command()
def diff(
    first: Annotated[Path, typer.Argument(help="Folder of one batch.")],
    second: Annotated[Path, typer.Argument(help="Folder of the other.")],
    json_output: common.Json = False,
) -> None:
    """Say how two batches differ: in what they asked, and in what they found."""
    from livsbana.cli.runs_commands import diff_command

    diff_command(first, second, json_output)


@app.command()
def replay(
    folder: Folder = common.DEFAULT_BATCH,
    number: Annotated[int, typer.Option(min=1, help="How many blocks, spread over the batch.")] = 3,
    data: common.Data = None,
    json_output: common.Json = False,
) -> None:
    """Evaluate some blocks again from the beginning and compare all bytes; exit 1 when one differs."""
    from livsbana.cli.runs_commands import replay_command

    replay_command(folder, number, data, json_output)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="Such as \"SELECT * FROM summary WHERE payer = 'public'\".")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the batch.")] = common.DEFAULT_BATCH,
    json_output: common.Json = False,
) -> None:
    """Ask the results by SQL: tables summary, effects, by_year, runs and outcomes; reads only."""
    from livsbana.cli.runs_commands import query_command

    query_command(sql, out, json_output)
