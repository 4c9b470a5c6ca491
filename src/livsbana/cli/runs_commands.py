"""What the commands of ``livsbana runs`` do: ask, print, and leave with 1 where something is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from livsbana.cli.batch import OUR_FAILURE, WIDEST, show_batch
from livsbana.lifecourse.simulate import cores
from livsbana.reports.query import query
from livsbana.runs import inspect
from livsbana.runs.batch_document import BatchRows
from livsbana.runs.files import Stopped
from livsbana.uncertainty.replay import replay

SHOWN = 10


def list_command(folder: Path, json_output: bool) -> None:
    """List batches."""
    found = inspect.list_batches(folder)
    lines = [
        f"{b.folder}: {b.done:,} of {b.runs:,} runs, {b.scenarios} scenarios, {b.draws} draws, "
        f"{b.persons:,} persons, seed {b.seed}, {b.preset}"
        for b in found.batches
    ]
    _print(found, lines or [f"no batch in {folder}"], json_output)


def show_command(folder: Path, json_output: bool) -> None:
    """Show what a batch has found."""
    try:
        show_batch(inspect.show(folder), json_output)
    except Stopped as damaged:
        _fail(str(damaged))


def verify_command(folder: Path, json_output: bool) -> None:
    """Check all blocks."""
    found = inspect.verify(folder)
    lines = [f"{found.blocks:,} blocks read, {len(found.damaged)} damaged, {found.missing:,} missing"]
    if found.other:
        lines.append(f"{found.other:,} blocks belong to other code, parameters or scenarios, and are not used")
    lines += [f"{path} {reason}" for path, reason in found.damaged.items()]
    lines += [f"{key} is not the block that the manifest lists" for key in found.changed]
    _print(found, lines, json_output)
    if not found.sound:
        _fail("the command that made the batch makes again what is damaged or missing")


def diff_command(first: Path, second: Path, json_output: bool) -> None:
    """Compare two batches."""
    try:
        found = inspect.diff(first, second)
    except Stopped as damaged:
        _fail(str(damaged))
        return
    lines = [f"asked differently: {name}: {a} / {b}" for name, (a, b) in found.asked.items()]
    lines.append(f"{found.same:,} runs are the same to the last bit, {len(found.different):,} differ")
    lines += [
        f"{d.scenario}, draw {d.draw}: public net {d.first_public_net:,.0f} / {d.second_public_net:,.0f} SEK"
        for d in found.different[:SHOWN]
    ]
    lines += [
        f"{n:,} runs are only in {where}" for n, where in ((found.only_first, first), (found.only_second, second)) if n
    ]
    _print(found, lines, json_output)
    if found.contradictions:
        _fail(f"{found.contradictions} runs answer the same question differently; one of the batches is wrong")


def replay_command(folder: Path, number: int, data: Path | None, json_output: bool) -> None:
    """Evaluate some blocks again."""
    try:
        found = replay(folder, number, data, cores())
    except Stopped as stopped:
        _fail(str(stopped))
        return
    lines = [f"{found.same} of {found.same + len(found.different)} blocks are the same to the last bit"]
    lines += [f"{name} differs in {', '.join(arrays)}" for name, arrays in found.different.items()]
    _print(found, lines, json_output)
    if found.different:
        _fail("the batch is not what this code and these parameters give")


def query_command(sql: str, folder: Path, json_output: bool) -> None:
    """Ask by SQL."""
    columns, rows = query(folder, sql)
    if json_output:
        plain = [[x if isinstance(x, int | float | str | None) else str(x) for x in row] for row in rows]
        _print(BatchRows(columns=columns, rows=plain), [], json_output)
        return
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("" if x is None else f"{x:,.6g}" if isinstance(x, float) else str(x) for x in row))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDEST, highlight=False, markup=False).print(table)


def _print(document: BaseModel, lines: Iterable[str], json_output: bool) -> None:
    if json_output:
        typer.echo(document.model_dump_json(indent=1))
    else:
        for line in lines:
            typer.echo(line)


def _fail(why: str) -> None:
    typer.echo(why, err=True)
    raise typer.Exit(OUR_FAILURE)
