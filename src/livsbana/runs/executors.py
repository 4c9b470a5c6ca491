"""Who does the tasks: this process, or Dask workers on this machine or others; the results do not depend on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from livsbana.errors import InputError
from livsbana.runs.files import Stopped
from livsbana.runs.grid import Task

Done = TypeVar("Done")
DEATHS_A_TASK = 30
RESTARTS = 2
IN_FLIGHT_A_WORKER = 2
CONNECT_SECONDS = 20


@dataclass(frozen=True)
class Tls:
    """Files that encrypt the connection to a scheduler: authority, own certificate, own key."""

    authority: Path
    certificate: Path
    key: Path


@contextmanager
def local_client(workers: int) -> Iterator[Any]:
    """Dask workers on this machine, one thread each: spawned, never forked, reachable from this machine alone."""
    import dask.config
    from distributed import Client, LocalCluster

    settings = {
        "distributed.worker.multiprocessing-method": "spawn",
        "distributed.scheduler.allowed-failures": 1_000_000,  # we count deaths ourselves, and say which task it was
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,  # type: ignore[arg-type]
            memory_limit=None,
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def remote_client(address: str, tls: Tls | None) -> Iterator[Any]:
    """A scheduler that somebody else started.

    Raises
    ------
    InputError
        When nobody answers there.
    """
    from distributed import Client, Security

    security = None
    if tls is not None:
        security = Security(
            tls_ca_file=str(tls.authority),
            tls_client_cert=str(tls.certificate),
            tls_client_key=str(tls.key),
            require_encryption=True,
        )
    try:
        client = Client(address, security=security, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(f"--dask {address}: no scheduler answers ({error}); start one with `dask scheduler`") from None
    with client:
        yield client


@dataclass
class Crew:
    """Dask workers at work on tasks.

    Parameters
    ----------
    client
        Connected to their scheduler.
    stall_seconds
        How long nothing may be finished before something is wrong.
    own
        Whether the workers are ours to restart.
    """

    client: Any
    stall_seconds: float
    own: bool

    def each(self, tasks: Iterator[Task], function: Callable[..., Done], *arguments: Any) -> Iterator[Done]:
        """Do tasks by ``function(*arguments, task)`` and give what it gives, in the order of finishing.

        Tasks are handed out a few at a time, and again when a worker dies with them.

        Raises
        ------
        Stopped
            When nothing is finished for too long, a task kills every worker, or the scheduler is gone.
        """
        waiting: dict[Any, Task] = {}
        deaths: Counter[Task] = Counter()
        again: list[Task] = []
        restarts = RESTARTS if self.own else 0
        try:
            while True:
                room = max(IN_FLIGHT_A_WORKER * len(self._workers()) - len(waiting), 0)
                for task in [*again, *islice(tasks, max(room - len(again), 0))]:
                    waiting[self.client.submit(function, *arguments, tuple(task), pure=False)] = task
                again = []
                if not waiting:
                    return
                finished = self._finished(waiting)
                if not finished:
                    restarts -= 1
                    again = self._restart(waiting, restarts)
                    continue
                for future in finished:
                    task = waiting.pop(future)
                    try:
                        yield future.result()
                    except CancelledError:
                        again.append(task)
                    except _killed() as error:
                        again.append(_once_more(task, deaths, error))
        except OSError as error:
            raise Stopped(f"lost the Dask scheduler: {error}") from None
        finally:
            self.client.cancel(list(waiting), force=True)

    def ask(self, function: Callable[..., Done], *arguments: Any) -> dict[str, Done]:
        """Call a function on every worker that is there now.

        Raises
        ------
        Stopped
            When one of them fails; the message says which.
        """
        self._workers()
        answers = self.client.run(function, *arguments, on_error="return")
        for worker, answer in answers.items():
            if isinstance(answer, Exception):
                raise Stopped(f"worker {worker}: {answer}")
        return answers

    def _workers(self) -> dict[str, int]:
        """The workers that are there; at least one, or nothing can go on."""
        try:
            self.client.wait_for_workers(1, timeout=self.stall_seconds)
        except TimeoutError:
            raise Stopped(f"no Dask worker came within {self.stall_seconds:.0f} seconds") from None
        return self.client.nthreads()

    def _finished(self, waiting: dict[Any, Task]) -> list[Any]:
        """Tasks that are finished; none when nothing was finished for too long."""
        from distributed import wait

        try:
            done: Any = wait(list(waiting), timeout=self.stall_seconds, return_when="FIRST_COMPLETED")
            return list(done.done)
        except TimeoutError:
            return []

    def _restart(self, waiting: dict[Any, Task], restarts: int) -> list[Task]:
        """Start the workers again, and give the tasks that they had."""
        if restarts < 0:
            raise Stopped(
                f"nothing was finished for {self.stall_seconds:.0f} seconds by {len(self.client.nthreads())} workers; "
                "look at their logs, or allow more with --stall"
            )
        tasks = list(waiting.values())
        waiting.clear()
        self.client.restart()
        return tasks


def _killed() -> type[Exception]:
    from distributed import KilledWorker

    return KilledWorker


def _once_more(task: Task, deaths: Counter[Task], error: Exception) -> Task:
    """The task, unless too many workers died with it."""
    deaths[task] += 1
    if deaths[task] > DEATHS_A_TASK:
        raise Stopped(f"{DEATHS_A_TASK} times a worker died with draw {task.draw} of {task.scenarios}: {error}")
    return task
