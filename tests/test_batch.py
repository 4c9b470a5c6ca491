"""Batches: the same bytes by whoever and in whatever order, after kills too; what fails is said, and stops nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

from livsbana.cli.app import main
from livsbana.errors import InputError
from livsbana.reports.batch_parquet import SCHEMAS, write_results
from livsbana.reports.query import query
from livsbana.runs import answer as assemble
from livsbana.runs import inspect
from livsbana.runs.answer import Answer, answer_of
from livsbana.runs.batch_document import BatchDocument, BatchOutcome
from livsbana.runs.block import Damaged
from livsbana.runs.document import PUBLIC
from livsbana.runs.evaluate import evaluate_at
from livsbana.runs.executors import Crew
from livsbana.runs.files import Stopped
from livsbana.runs.grid import Cell, Task, keys_of, tasks_of
from livsbana.runs.layout import LAYOUT, read_layout
from livsbana.runs.result import MEASURES, arrays_of
from livsbana.runs.store import Store
from livsbana.runs.summary import Headers
from livsbana.uncertainty.batch import Batch, complete, in_this_process, sum_up
from livsbana.uncertainty.draws import central, draws_of
from livsbana.uncertainty.job import Job, Report
from livsbana.uncertainty.lay_out import Asked, expand_batch, lay_out

HERE = Path(__file__).resolve().parent
SCENARIO = HERE.parent / "scenarios" / "ungdomskriminalitet.yaml"
PERSONS, DRAWS = 300, 2
ASKED = Asked(PERSONS, DRAWS, 1, "asek", None, None)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE.parent / "src")}


class Steps:
    """Counts what a batch tells about its progress."""

    def __init__(self) -> None:
        self.blocks = self.done = self.steps = 0

    def start(self, blocks: int, done: int) -> None:
        self.blocks = blocks
        self.done = done

    def step(self, blocks: int) -> None:
        self.steps += blocks


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small scenarios about the same newborn, and a file that is none."""
    folder = tmp_path_factory.mktemp("scenarios")
    text = SCENARIO.read_text(encoding="utf-8").replace(", {residents: [1, 17]}", "")
    for name, coverage in (("more", "0.5"), ("less", "0.3")):
        changed = text.replace("scenario: ungdomskriminalitet", f"scenario: {name}")
        (folder / f"{name}.yaml").write_text(
            changed.replace("coverage: 0.4", f"coverage: {coverage}"), encoding="utf-8"
        )
    (folder / "notes.yaml").write_text("remember: this\n", encoding="utf-8")
    return folder


def made(source: Path, out: Path, asked: Asked = ASKED) -> Batch:
    store = Store(out)
    store.make()
    return lay_out([source], store, asked, 1)


def worked(batch: Batch, steps: Steps | None = None) -> tuple[Headers, BatchDocument]:
    headers = complete(batch, in_this_process(batch, 1), steps or Steps())
    document = sum_up(batch, headers)
    write_results(batch.layout, batch.store, headers, document)
    return headers, document


@pytest.fixture(scope="module")
def reference(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Batch, BatchDocument]:
    """The batch by one thread, in order."""
    batch = made(source, tmp_path_factory.mktemp("reference"))
    return batch, worked(batch)[1]


def blocks(store: Store) -> dict[str, bytes]:
    return {key: store.path(key).read_bytes() for key in store.keys()}  # noqa: SIM118


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in [*(folder / "results").iterdir(), folder / "manifest.json"]}


# ---------------------------------------------------------------- the same bytes


def test_arms_of_one_pass_are_what_a_run_gives(reference: tuple[Batch, BatchDocument]) -> None:
    """Blocks hold the flows of a plain evaluation of one scenario, and summaries are those of a run's document."""
    batch, document = reference
    job = Job(batch.store.folder)
    plan = job.plan([job.scenario("more")])
    values = draws_of(job.library, 1, DRAWS)
    with ThreadPoolExecutor(2) as pool:
        answer = answer_of(plan, [evaluate_at(plan, value, pool) for value in values], values)
    for draw in range(-1, DRAWS):
        this = slice(draw + 1, draw + 2)
        one = Answer(
            plan=plan,
            flows=answer.flows[this],
            rates=answer.rates[this],
            tax_factors=answer.tax_factors[this],
            returned_shares=answer.returned_shares[this],
            losses=answer.losses[this],
        )
        kept = batch.store.read(keys_of(batch.layout)[Cell("more", "main", draw)])[1]
        found = arrays_of(one)
        assert {k: v.tobytes() for k, v in kept.items()} == {k: v.tobytes() for k, v in found.items()}
    payers, public, society = assemble.accounts(answer)
    result = next(r for r in document.scenarios if r.scenario == "more")
    for name, account in {**payers.by_name(), PUBLIC: public, "society": society}.items():
        for measure in MEASURES:
            assert getattr(result.accounts[name], measure) == getattr(account, measure), (name, measure)
    for name, outcome in assemble.outcomes(answer).items():
        assert result.outcomes[name].model_dump() == outcome.model_dump(include=set(BatchOutcome.model_fields))


def test_any_order_and_any_grouping_give_the_same_bytes(
    source: Path, reference: tuple[Batch, BatchDocument], tmp_path: Path
) -> None:
    batch = made(source, tmp_path)
    names = [("more", "less"), ("less",), ("more",), ("less", "more")]
    tasks = [Task("main", draw, some) for draw, some in zip((-1, 1, 1, 0), names, strict=True)]
    random.Random(1).shuffle(tasks)
    job = Job(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        assert all(job.run(task, pool).failed == {} for task in tasks)
    steps = Steps()
    worked(batch, steps)
    assert (steps.done, steps.steps) == (6, 0)
    assert blocks(batch.store) == blocks(reference[0].store)
    assert results(tmp_path) == results(reference[0].store.folder)


def test_a_draw_does_not_depend_on_how_many_there_are(library) -> None:
    numbers = [n for n in (e.causal for e in library.edges) if n.low != n.high][:20]
    few, many = draws_of(library, 1, 3)[3], draws_of(library, 1, 9)[3]
    assert [few(n) for n in numbers] == [many(n) for n in numbers]
    assert [few(n) for n in numbers] != [central(n) for n in numbers]


# ---------------------------------------------------------------- after kills


@contextmanager
def started(*arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", *map(str, arguments)]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(there: Any, process: subprocess.Popen[bytes]) -> None:
    for _ in range(2400):
        if there() or process.poll() is not None:
            return
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="no kill -9")
def test_killed_by_threads_continued_by_volunteers_and_finished_by_dask(
    source: Path, reference: tuple[Batch, BatchDocument], tmp_path: Path
) -> None:
    """A real scheduler and workers, each a process of its own, finish what kill -9 stopped; no byte differs."""
    out, expected = Store(tmp_path / "out"), blocks(reference[0].store)
    command = ["livsbana", "batch", source, "--persons", str(PERSONS), "--draws", str(DRAWS), "--out", out.folder]
    for how in (command, ["livsbana", "worker", "--run", out.folder]):
        before = len(out.keys())
        with started(*how) as process:
            wait_for(lambda before=before: len(out.keys()) > before, process)
            process.send_signal(signal.SIGKILL)
        assert len(out.keys()) > before
        assert blocks(out).items() <= expected.items()
    assert len(out.keys()) < len(expected)
    told, local = tmp_path / "scheduler.json", ["--host", "127.0.0.1", "--no-dashboard"]
    with started("dask", "scheduler", *local, "--port", "0", "--scheduler-file", told) as scheduler:
        wait_for(told.exists, scheduler)
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        more = ["worker", address, *local, "--nthreads", "1", "--no-nanny", "--local-directory", tmp_path]
        with started("dask", *more), started("dask", *more), started(*command, "--dask", address) as last:
            assert last.wait(120) == 0
    assert blocks(out) == expected
    assert results(out.folder) == results(reference[0].store.folder)
    assert list(out.scratch.iterdir()) == list(out.claims.iterdir()) == []


# ---------------------------------------------------------------- damage and failures, without evaluating again


@pytest.fixture
def copied(reference: tuple[Batch, BatchDocument], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """A copy of the batch whose evaluations come from the reference's blocks."""
    batch, _ = reference
    subprocess.run(["cp", "-r", batch.store.folder, tmp_path / "copy"], check=True)
    keys, store = keys_of(batch.layout), Store(tmp_path / "copy")

    def run(self: Job, task: Task, pool: object = None) -> Report:
        written = []
        for cell in task.cells:
            header, arrays = batch.store.read(keys[cell])
            written.append(self.store.write(header.question, header.totals, arrays))
        return Report(task, written, {}, 0.0)

    monkeypatch.setattr(Job, "run", run)
    return replace(batch, store=store, failed={}, skipped=0)


def test_damaged_and_lost_blocks_are_made_again(copied: Batch, reference: tuple[Batch, BatchDocument]) -> None:
    store = copied.store
    first, second, third, *_ = sorted(store.keys())
    store.path(first).write_bytes(store.path(first).read_bytes()[:-1])
    store.path(second).unlink()
    header = bytearray(store.path(third).read_bytes())
    header[200] ^= 4
    store.path(third).write_bytes(header)
    (store.folder / "manifest.json").write_text("{", encoding="utf-8")
    found = inspect.verify(store.folder)
    assert (len(found.damaged), found.missing, found.sound) == (2, 1, False)
    with pytest.raises(Stopped, match=r"2 blocks of .* are damaged"):
        inspect.show(store.folder)
    steps = Steps()
    worked(copied, steps)
    assert (steps.blocks, steps.done, steps.steps) == (6, 3, 3)
    assert blocks(store) == blocks(reference[0].store)
    assert results(store.folder) == results(reference[0].store.folder)
    assert inspect.verify(store.folder).sound


def test_changed_arrays_are_made_again(copied: Batch, reference: tuple[Batch, BatchDocument]) -> None:
    """A turned bit behind the header changes no total, and is found all the same."""
    path = copied.store.path(keys_of(copied.layout)[Cell("more", "main", 0)])
    content = bytearray(path.read_bytes())
    content[-2000] ^= 1
    path.write_bytes(content)
    (copied.store.folder / "results" / "made_from").unlink()
    assert len(inspect.verify(copied.store.folder).damaged) == 1
    headers = {cell: copied.store.header(key) for cell, key in keys_of(copied.layout).items()}
    with pytest.raises(Damaged, match=path.name):
        write_results(copied.layout, copied.store, headers, reference[1])
    worked(copied)
    assert blocks(copied.store) == blocks(reference[0].store)


def test_a_failed_scenario_stops_nothing_and_is_said(copied: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Job.run

    def failing(self: Job, task: Task, pool: object = None) -> Report:
        if "less" not in task.scenarios or task.draw != 0:
            return run(self, task)
        report = run(self, task._replace(scenarios=tuple(n for n in task.scenarios if n != "less")))
        return report._replace(failed={Cell("less", "main", 0): "ZeroDivisionError: no such luck"})

    monkeypatch.setattr(Job, "run", failing)
    for key in copied.store.keys():  # noqa: SIM118
        copied.store.remove(key)
    _, document = worked(copied)
    assert [r.scenario for r in document.scenarios] == ["more"]
    assert [(f.scenario, f.reason) for f in document.failed] == [("less", "draw 0: ZeroDivisionError: no such luck")]
    assert (document.done, document.runs, document.unfinished) == (4, 6, [])


def test_one_failing_arm_does_not_take_the_others_with_it(
    reference: tuple[Batch, BatchDocument], monkeypatch: pytest.MonkeyPatch
) -> None:
    job, tried = Job(reference[0].store.folder), []

    def fill(self: Job, task: Task, names: tuple[str, ...], pool: object) -> list[str]:
        tried.append(names)
        if "less" in names:
            raise InputError("no such municipality", "less.yaml:3:1")
        return list(names)

    monkeypatch.setattr(Job, "_fill", fill)
    report = job.run(Task("main", 1, ("less", "more")))
    assert tried == [("less", "more"), ("less",), ("more",)]
    assert report.written == ["more"]
    assert report.failed == {Cell("less", "main", 1): "less.yaml:3:1: no such municipality"}


def test_the_disk_being_full_is_no_scenarios_fault(
    reference: tuple[Batch, BatchDocument], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Stopped("cannot write x: No space left on device")

    monkeypatch.setattr(Job, "_fill", full)
    with pytest.raises(Stopped, match="No space"):
        Job(reference[0].store.folder).run(Task("main", 1, ("less", "more")))


# ---------------------------------------------------------------- laying out


def test_files_that_are_no_scenarios_are_left_alone_and_bad_ones_fail(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    subprocess.run(["cp", "-r", source, folder], check=True)
    (folder / "broken.yaml").write_text("scenario: broken\n", encoding="utf-8")
    (folder / "twin.yaml").write_text((folder / "more.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    batch = made(folder, tmp_path / "out")
    assert [e.id for e in batch.layout.scenarios] == ["less", "more"]
    assert batch.skipped == 1
    reasons = {Path(file).name: failure.reason for file, failure in batch.failed.items()}
    assert "broken.yaml:1:1: `label` is missing here" in reasons["broken.yaml"]
    assert "`more` is the name of" in reasons["twin.yaml"]
    assert batch.going_on() == {"less", "more"}


def test_one_folder_holds_one_batch(source: Path, reference: tuple[Batch, BatchDocument]) -> None:
    with pytest.raises(InputError, match="holds a batch with persons 300, asked for 400; choose another --out"):
        lay_out([source], reference[0].store, replace(ASKED, persons=400), 1)


def test_a_batch_can_be_enlarged_but_not_made_smaller(copied: Batch) -> None:
    keys = keys_of(copied.layout)
    more = expand_batch(copied.store, 5)
    assert read_layout(copied.store.folder).draws == 5
    assert keys.items() < keys_of(more.layout).items()
    assert expand_batch(copied.store, 5).layout == more.layout, "the same command continues"
    with pytest.raises(InputError, match="has 5 draws already"):
        expand_batch(copied.store, 4)


def test_another_machine_is_not_let_in(copied: Batch) -> None:
    layout = copied.layout.model_copy(update={"identity": {**copied.layout.identity, "numpy": "1.0"}})
    (copied.store.folder / LAYOUT).write_text(layout.model_dump_json(), encoding="utf-8")
    with pytest.raises(Stopped, match=rf"it has numpy: {np.__version__} instead of 1\.0"):
        Job(copied.store.folder)


# ---------------------------------------------------------------- Dask, in this process


def forever(_: tuple[Any, ...]) -> None:
    time.sleep(1.5)


def test_workers_that_finish_nothing_are_given_up() -> None:
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        crew = Crew(client, stall_seconds=0.2, own=False)
        with pytest.raises(Stopped, match=r"nothing was finished .* by 1 workers; .* --stall"):
            list(crew.each(iter([Task("main", 0, ("s",))]), forever))


# ---------------------------------------------------------------- looking


def livsbana(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    return left.value.code if isinstance(left.value.code, int) else 0


def test_runs_commands(reference: tuple[Batch, BatchDocument], capsys: pytest.CaptureFixture[str]) -> None:
    folder, document = reference[0].store.folder, reference[1]
    assert livsbana("runs", "show", folder, "--json") == 0
    shown = BatchDocument.model_validate_json(capsys.readouterr().out)
    assert shown == document.model_copy(update={"skipped": 0})
    assert livsbana("runs", "show", folder) == 0
    assert "more (Norrköping)" in capsys.readouterr().out
    assert livsbana("runs", "list", folder.parent) == 0
    assert "6 of 6 runs, 2 scenarios, 2 draws, 300 persons, seed 1, asek" in capsys.readouterr().out
    assert livsbana("runs", "verify", folder) == 0
    assert capsys.readouterr().out == "6 blocks read, 0 damaged, 0 missing\n"
    assert livsbana("runs", "diff", folder, folder) == 0
    assert capsys.readouterr().out == "6 runs are the same to the last bit, 0 differ\n"
    assert livsbana("runs", "replay", folder, "--number", "1") == 0
    assert capsys.readouterr().out == "1 of 1 blocks are the same to the last bit\n"


def test_a_contradiction_is_an_alarm(
    copied: Batch,
    reference: tuple[Batch, BatchDocument],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keys = keys_of(copied.layout)
    monkeypatch.setattr(Job, "again", lambda _job, cell, _pool: reference[0].store.read(keys[cell])[1])
    key = keys[Cell("more", "main", 1)]
    header, arrays = copied.store.read(key)
    copied.store.remove(key)
    copied.store.write(header.question, header.totals, {**arrays, "cost": arrays["cost"] + 1})
    assert livsbana("runs", "diff", copied.store.folder, reference[0].store.folder) == 1
    assert "1 runs answer the same question differently" in capsys.readouterr().err
    assert livsbana("runs", "verify", copied.store.folder) == 1
    assert f"{key} is not the block that the manifest lists" in capsys.readouterr().out
    assert livsbana("runs", "replay", copied.store.folder, "--number", "6") == 1
    assert "more, draw 1 differs in cost" in capsys.readouterr().out


def test_payers_sum_in_sql_as_in_the_answer(reference: tuple[Batch, BatchDocument]) -> None:
    folder, document = reference[0].store.folder, reference[1]
    whole = "payer NOT LIKE '%/%' AND payer NOT IN ('public', 'society')"
    columns, rows = query(folder, f"SELECT scenario, draw, sum(net) AS net FROM runs WHERE {whole} GROUP BY ALL")
    assert columns == ["scenario", "draw", "net"]
    assert len(rows) == 6
    for scenario, mean in query(folder, "SELECT scenario, value FROM summary WHERE payer='public' AND measure='net'")[
        1
    ]:
        assert mean == next(r for r in document.scenarios if r.scenario == scenario).accounts[PUBLIC].net.mean
    years = query(folder, "SELECT scenario, sum(avoided_cost) FROM by_year WHERE payer='public' GROUP BY ALL")[1]
    for scenario, avoided in years:
        found = next(r for r in document.scenarios if r.scenario == scenario).accounts[PUBLIC].avoided_cost.mean
        assert avoided == pytest.approx(found, rel=1e-9)
    assert {name for name in SCHEMAS if query(folder, f"SELECT count(*) FROM {name}")[1][0][0] == 0} == set()


@pytest.mark.parametrize(
    "sql",
    [
        "COPY summary TO 'stolen.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT 1; SELECT 2",
        "DROP TABLE summary",
        "SELECT * FROM nothing",
        "SELEC",
        "",
    ],
)
def test_sql_reads_the_results_and_nothing_else(
    reference: tuple[Batch, BatchDocument], sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        query(reference[0].store.folder, sql)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["batch"], "name scenario files or folders"),
        (["batch", "nowhere"], "nowhere: no such file or folder"),
        (["batch", ".", "--out", "o"], "none of 0 files is a scenario"),
        (["batch", ".", "--workers", "2", "--dask", "tcp://a:1"], "give one of them"),
        (["batch", ".", "--expand", "draws=3"], "--expand takes draws=NUMBER and no scenarios"),
        (["batch", "--expand", "draw=3"], "--expand takes draws=NUMBER"),
        (["batch", "--expand", "draws=3", "--out", "o"], "no batch here"),
        (["runs", "show", "nowhere"], "no batch here"),
        (["runs", "list", "nowhere"], "no such folder"),
        (["worker", "--run", "nowhere"], "no batch here"),
    ],
)
def test_wrong_input_is_said_in_one_message(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert livsbana(*arguments) == 2
    message = capsys.readouterr()
    assert said in message.err
    assert "Traceback" not in message.err
    assert message.out == ""


def test_an_interrupted_batch_says_how_it_goes_on(
    copied: Batch, source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(self: Job, task: Task, pool: object = None) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr(Job, "run", interrupted)
    copied.store.remove(min(copied.store.keys()))
    options = ["--persons", str(PERSONS), "--draws", str(DRAWS), "--out", copied.store.folder]
    assert livsbana("batch", source, *options) == 130
    assert "5 of 6 runs are done and kept; the same command continues." in capsys.readouterr().err


def test_tasks_of_nothing(reference: tuple[Batch, BatchDocument]) -> None:
    assert list(tasks_of(reference[0].layout, [])) == []
