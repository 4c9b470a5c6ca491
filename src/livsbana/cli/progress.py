"""Progress on stderr with the time left; one line now and then where nobody watches."""

from __future__ import annotations

from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

LINE_SECONDS = 30


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


class BatchProgress:
    """A bar on a terminal; where nobody watches, a line every half minute with the time left."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("simulating"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} runs"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=1)
        self.blocks, self.done, self._before = 0, 0, 0
        self._began = self._told = monotonic()

    def __enter__(self) -> BatchProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, blocks: int, done: int) -> None:
        """Say how many blocks there are and how many of them were done before."""
        self.blocks, self.done, self._before = blocks, done, done
        self._bar.update(self._task, total=blocks, completed=done)

    def step(self, blocks: int) -> None:
        """Some blocks are done."""
        now = monotonic()
        self.done += blocks
        self._bar.update(self._task, completed=self.done)
        if not self._console.is_terminal and now - self._told > LINE_SECONDS:
            self._told = now
            self._console.print(f"{self.done:,} of {self.blocks:,} runs, {self._left(now)}", highlight=False)

    def _left(self, now: float) -> str:
        """How long it will take at the pace so far."""
        made = self.done - self._before
        seconds = (now - self._began) / made * (self.blocks - self.done) if made else 0.0
        return f"about {seconds / 60:.0f} min left" if seconds > 90 else f"about {seconds:.0f} s left"
