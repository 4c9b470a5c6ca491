"""The command ``livsbana``: parse, call, print; what is heavy is imported inside the commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Annotated, NoReturn

import typer

import livsbana
from livsbana.cli import common, new, parameters, runs
from livsbana.errors import InputError

OUR_FAILURE, WRONG_INPUT = 1, 2
PRICE_PERSONS = 500_000  # a package flips few

app = typer.Typer(
    name="livsbana",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Whole lives with and without prevention: what is avoided, for whom and when.",
)
app.add_typer(parameters.app, name="parameters")
app.add_typer(parameters.programmes_app, name="programmes")
app.add_typer(new.app, name="new")
app.add_typer(runs.app, name="runs")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"livsbana {livsbana.__version__}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Whole lives with and without prevention: what is avoided, for whom and when."""


@app.command()
def run(
    scenarios: Annotated[list[Path], typer.Argument(help="One or more scenario files; several are compared.")],
    persons: common.Persons = common.DEFAULT_PERSONS,
    draws: common.Draws = 0,
    seed: common.Seed = common.DEFAULT_SEED,
    out: common.Out = None,
    threads: common.Threads = None,
    place: common.Place = None,
    data: common.Data = None,
    preset: common.Preset = common.PresetName.asek,
    beyond_65: common.BeyondRetirement = False,
    lang: common.Lang = common.LanguageName.en,
    credit: common.Credit = False,
    json_output: common.Json = False,
    structures: common.Structures = None,
) -> None:
    """Simulate a package of programmes: what it costs and avoids, for each payer, year by year."""
    from livsbana.cli.run import run_command

    run_command(
        scenarios,
        persons,
        draws,
        seed,
        out,
        threads,
        place,
        data,
        preset.value,
        beyond_65,
        lang.value,
        credit,
        json_output,
        structures,
    )


@app.command()
def report(
    answers: Annotated[
        list[Path], typer.Argument(help="Scenario files, or JSON documents of finished runs; several are compared.")
    ],
    out: Annotated[Path, typer.Option("--out", help="File to write: .html for a page, .xlsx for a workbook.")],
    persons: common.Persons = common.DEFAULT_PERSONS,
    draws: common.Draws = 0,
    seed: common.Seed = common.DEFAULT_SEED,
    threads: common.Threads = None,
    place: common.Place = None,
    data: common.Data = None,
    preset: common.Preset = common.PresetName.asek,
    beyond_65: common.BeyondRetirement = False,
    lang: common.Lang = common.LanguageName.en,
) -> None:
    """Write a page or a workbook that people read: who pays, who gains, when, how sure, resting on what."""
    from livsbana.cli.report import report_command

    report_command(answers, out, persons, draws, seed, threads, place, data, preset.value, beyond_65, lang.value)


@app.command()
def price(
    scenario: Annotated[Path, typer.Argument(help="A scenario file.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Id of the outcome, such as eligible_upper_secondary.")],
    persons: common.Persons = PRICE_PERSONS,
    draws: common.Draws = 0,
    seed: common.Seed = common.DEFAULT_SEED,
    out: common.Out = None,
    threads: common.Threads = None,
    place: common.Place = None,
    data: common.Data = None,
    preset: common.Preset = common.PresetName.asek,
    json_output: common.Json = False,
) -> None:
    """Price one outcome: what it is worth to whom, the least and the most to pay, and whether to pay for it at all."""
    from livsbana.cli.price import price_command

    price_command(scenario, outcome, persons, draws, seed, out, threads, place, data, preset.value, json_output)


@app.command()
def contract(
    file: Annotated[Path, typer.Argument(help="A contract file, such as scenarios/contracts/norrkoping.yaml.")],
    replicates: common.Replicates = 5_000,
    persons: common.Persons = common.DEFAULT_PERSONS,
    draws: common.Draws = 0,
    seed: common.Seed = common.DEFAULT_SEED,
    out: common.Out = None,
    threads: common.Threads = None,
    json_output: common.Json = False,
) -> None:
    """Pay a contract in many possible worlds: what each party gets, and how often it pays for nothing."""
    from livsbana.cli.contract import contract_command

    contract_command(file, replicates, persons, draws, seed, out, threads, json_output)


@app.command()
def fund(
    file: Annotated[Path, typer.Argument(help="A fund file, such as scenarios/funds/nationell_pilot.yaml.")],
    replicates: common.Replicates = 10_000,
    persons: common.Persons = common.DEFAULT_PERSONS,
    draws: common.Draws = 0,
    seed: common.Seed = common.DEFAULT_SEED,
    out: common.Out = None,
    threads: common.Threads = None,
    json_output: common.Json = False,
) -> None:
    """Run a fund that pays for outcomes: its budget, what falls due, what lies idle, who gains."""
    from livsbana.cli.fund import fund_command

    fund_command(file, replicates, persons, draws, seed, out, threads, json_output)


@app.command()
def compare(
    pilot: Annotated[Path, typer.Argument(help="A logic model, .yaml or .xlsx; `livsbana new pilot NAME` writes one.")],
    persons: common.Persons = 20_000,
    draws: common.Draws = 20,
    seed: common.Seed = common.DEFAULT_SEED,
    out: common.Out = None,
    threads: common.Threads = None,
    lang: common.Lang = common.LanguageName.en,
    json_output: common.Json = False,
) -> None:
    """Say whether a pilot's logic model is realistic: each step beside what is simulated, and can it be seen."""
    from livsbana.cli.compare import compare_command

    compare_command(pilot, persons, draws, seed, out, threads, lang.value, json_output)


@app.command()
def batch(
    paths: Annotated[list[Path] | None, typer.Argument(help="Scenario files, or folders of them.")] = None,
    persons: common.Persons = common.DEFAULT_PERSONS,
    draws: common.Draws = 0,
    seed: common.Seed = common.DEFAULT_SEED,
    out: Annotated[Path, typer.Option("--out", help="Folder of the batch.")] = common.DEFAULT_BATCH,
    threads: common.Threads = None,
    place: common.Place = None,
    data: common.Data = None,
    preset: common.Preset = common.PresetName.asek,
    expand: Annotated[
        str | None, typer.Option(help="Enlarge the batch in --out, such as draws=2000; needs no scenarios.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Dask workers on this machine.")] = None,
    dask: Annotated[
        str | None, typer.Option(help="Dask scheduler, such as tcp://host:8786 or tls://host:8786.")
    ] = None,
    tls_ca: common.TlsFile = None,
    tls_cert: common.TlsFile = None,
    tls_key: common.TlsFile = None,
    stall: Annotated[
        float, typer.Option(min=1, help="Seconds without a result after which workers are given up.")
    ] = 900,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Lay the batch out for `livsbana worker`; run nothing.")
    ] = False,
    json_output: common.Json = False,
) -> None:
    """Run many scenarios and draws; the same command continues after any stop, to the same bytes."""
    from livsbana.cli.batch import Crewing, batch_command
    from livsbana.uncertainty.lay_out import Asked

    asked = Asked(persons, draws, seed, preset.value, place, data)
    crewing = Crewing(threads, workers, dask, (tls_ca, tls_cert, tls_key), stall)
    batch_command(paths or [], asked, out, expand, crewing, prepare, json_output)


@app.command()
def worker(
    run: Annotated[Path, typer.Option("--run", help="Folder of a batch that `livsbana batch --prepare` laid out.")],
    threads: common.Threads = None,
    data: common.Data = None,
) -> None:
    """Work on a batch beside others, without a scheduler: any number of these may share its folder."""
    from livsbana.cli.batch import worker_command

    worker_command(run, threads, data)


@app.command()
def explain(
    factor: Annotated[str, typer.Argument(help="Id of a factor, such as conduct_problems.")],
    data: common.Data = None,
    json_output: common.Json = False,
) -> None:
    """Say in words how a factor begins and ends, with all numbers and sources."""
    from livsbana.cli.explain import explain_command

    explain_command(factor, data, json_output)


@app.command()
def calibrate(
    persons: common.Persons = common.DEFAULT_PERSONS,
    seed: common.Seed = common.DEFAULT_SEED,
    data: common.Data = None,
    json_output: common.Json = False,
) -> None:
    """Fit the model to its targets and associations, and store the fit."""
    from livsbana.cli.calibrate import calibrate_command

    calibrate_command(persons, seed, data, json_output)


@app.command()
def validate(
    persons: common.Persons = common.DEFAULT_PERSONS,
    draws: common.Draws = 20,
    seed: common.Seed = common.DEFAULT_SEED,
    out: common.Out = None,
    threads: common.Threads = None,
    data: common.Data = None,
    json_output: common.Json = False,
) -> None:
    """Compare the model with facts, totals, experiments and valuations that took no part in it."""
    from livsbana.cli.validate import validate_command

    validate_command(persons, draws, seed, threads, out, data, json_output)


@app.command()
def sobol(
    scenario: Annotated[Path, typer.Argument(help="A scenario file.")],
    output: Annotated[
        str, typer.Option("--output", help="Outputs with commas: cost, or npv_ and a payer, public or society.")
    ] = "npv_public",
    n: Annotated[int, typer.Option("--n", min=1, help="Base points (Sobol: a power of two), or trajectories.")] = 1024,
    method: Annotated[
        common.MethodName, typer.Option("--method", help="sobol, morris or pawn.")
    ] = common.MethodName.sobol,
    second: Annotated[bool, typer.Option("--second", help="Second order too; twice the evaluations.")] = False,
    persons: common.Persons = 5_000,
    seed: common.Seed = common.DEFAULT_SEED,
    out: common.Out = None,
    threads: common.Threads = None,
    place: common.Place = None,
    data: common.Data = None,
    preset: common.Preset = common.PresetName.asek,
    lang: common.Lang = common.LanguageName.en,
    json_output: common.Json = False,
) -> None:
    """Find out which beliefs an answer hangs on; refused when luck would drown it, continued after a stop."""
    from livsbana.cli.sobol import sobol_command

    sobol_command(
        scenario,
        output,
        n,
        method.value,
        second,
        persons,
        seed,
        out,
        threads,
        place,
        data,
        preset.value,
        lang.value,
        json_output,
    )


@app.command()
def voi(
    scenario: Annotated[Path, typer.Argument(help="A scenario file.")],
    draws: Annotated[int, typer.Option("--draws", min=30, help="Draws of the groups of uncertain numbers.")] = 500,
    persons: common.Persons = 20_000,
    seed: common.Seed = common.DEFAULT_SEED,
    population: Annotated[
        float | None, typer.Option("--population", min=1, help="Persons that the decision concerns; the scenario's.")
    ] = None,
    decision_years: Annotated[
        int, typer.Option("--decision-years", min=1, max=50, help="Years in which the same choice comes back.")
    ] = 10,
    wait_years: Annotated[float, typer.Option("--wait-years", min=0.5, help="Years until a study is ready.")] = 3.0,
    out: common.Out = None,
    threads: common.Threads = None,
    place: common.Place = None,
    data: common.Data = None,
    preset: common.Preset = common.PresetName.asek,
    lang: common.Lang = common.LanguageName.en,
    json_output: common.Json = False,
) -> None:
    """Say what knowing more is worth before deciding: which study to buy first, and at most for how much."""
    from livsbana.cli.voi import voi_command

    voi_command(
        scenario,
        draws,
        persons,
        seed,
        population,
        decision_years,
        wait_years,
        out,
        threads,
        place,
        data,
        preset.value,
        lang.value,
        json_output,
    )


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave: 0 done, 1 our failure, 2 wrong input, 130 interrupted.

    Parameters
    ----------
    arguments
        What follows the word ``livsbana``; None means the command line.
    """
    if os.environ.get("LIVSBANA_DEBUG") != "1":
        sys.excepthook = _report_failure
    try:
        # The command itself: calling `app` would put typer's own hook in the place of ours.
        typer.main.get_command(app)(args=None if arguments is None else list(arguments), prog_name="livsbana")
    except InputError as error:
        typer.echo(str(error), err=True)
        sys.exit(WRONG_INPUT)
    sys.exit(0)


def _report_failure(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in two lines that we failed; Python then leaves with status 1."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    typer.echo(f"livsbana failed, and the fault is ours: {kind.__name__}: {error}{place}", err=True)
    typer.echo("Please report this line and your command; LIVSBANA_DEBUG=1 shows the whole traceback.", err=True)
