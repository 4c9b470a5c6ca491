"""Progress on stderr with the time left; one line now and then where nobody watches."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class RunProgress:
    """A bar on a terminal, silence elsewhere; stdout is never touched."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("reading", total=1)

    def __enter__(self) -> RunProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, steps: int) -> None:
        """Say how many steps there are."""
        self._bar.update(self._task, total=steps, description="calibrating and simulating")

    def step(self, what: str) -> None:
        """One step is done."""
        self._bar.update(self._task, advance=1, description=what)
