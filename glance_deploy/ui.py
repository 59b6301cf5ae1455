"""Progress while a run goes on: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import time

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from glance_deploy.events import TaskResult, printable
from glance_deploy.stages import Stage, View
from glance_deploy.words import said, seconds, whole_seconds

NAME_WIDTH = 12
WIDE = 300
# Room for the ^C that a terminal writes behind the live line, which would break it otherwise.
MARGIN = 4
# A task that takes longer than this shows how long it has taken.
LONG = 2.0
MARKS = {"ok": ("✓", "green"), "changed": ("✓", "green"), "skipped": ("·", "dim"), "failed": ("✗", "bold red")}


class SteadyConsole(Console):
    """Goes on when its reader goes away, as in `deploy.py | head`: the run matters more than its output."""

    def on_broken_pipe(self) -> None:
        """Say nothing more."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


def console(*, as_json: bool) -> Console:
    """Return where people read; with JSON on the standard output, that is the standard error."""
    found = SteadyConsole(stderr=as_json, highlight=False)
    # A log has no width; a path that is broken over two lines cannot be copied.
    return found if found.is_terminal else SteadyConsole(stderr=as_json, highlight=False, width=WIDE)


def progress(console: Console) -> View:
    """Return the view that fits where the output goes."""
    return LiveProgress(console) if console.is_terminal and not console.is_dumb_terminal else PlainProgress(console)


class PlainProgress(View):
    """One line a step, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begin(self, stage: Stage) -> None:
        """Say what begins."""
        self._say(f"{stage.name}: begins")

    def update(self, stage: Stage, text: str) -> None:
        """Steps in progress are left out: only what they lead to counts in a log."""

    def result(self, result: TaskResult) -> None:
        """Say what changed or failed."""
        if result.outcome == "changed" or result.is_failure:
            steps = f" ({'; '.join(result.steps)})" if result.steps else ""
            self._say(f"{result.play}: {result.outcome}: {result.task} [{result.host}]{steps}")

    def end(self, stage: Stage) -> None:
        """Say how it went."""
        self._say(f"{stage.name}: {said(stage)}, {seconds(stage.seconds or 0)}")

    def output(self, line: str) -> None:
        """Pass a line of Ansible's through."""
        self._say(printable(line.expandtabs()))

    def say(self, line: str) -> None:
        """Say a line about the run as a whole."""
        self._say(line)

    def close(self) -> None:
        """Nothing is left open."""

    def _say(self, line: str) -> None:
        self._console.out(line, highlight=False)


class LiveProgress(View):
    """Finished stages above, the current one alive below them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage: Stage | None = None
        self._text = ""
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(console=console, get_renderable=self._current, refresh_per_second=10, transient=True)

    def begin(self, stage: Stage) -> None:
        """Make the stage the live line."""
        self._stage, self._text = stage, ""
        self._live.start()

    def update(self, stage: Stage, text: str) -> None:
        """Show what is being done."""
        if stage is self._stage:
            self._text = text

    def result(self, result: TaskResult) -> None:
        """Failures are told at the end, in full; changes are counted."""

    def end(self, stage: Stage) -> None:
        """Leave a line behind."""
        self._stage = None
        # Else the line that is printed next would still have the old one below it for a moment.
        self._live.refresh()
        mark, style = MARKS[stage.outcome]
        text = Text(said(stage), style="red" if stage.failed else "yellow" if stage.changed else "dim")
        self._console.print(_line(Text(mark, style=style), stage.name, text, stage.seconds or 0, self._console.width))

    def output(self, line: str) -> None:
        """Pass a line of Ansible's through, above the live line."""
        self._console.print(Text(printable(line.expandtabs()), style="dim"))

    def say(self, line: str) -> None:
        """Say a line about the run as a whole, above the live line."""
        self._console.print(Text(line))

    def close(self) -> None:
        """Give the terminal back."""
        self._live.stop()

    def _current(self) -> RenderableType:
        if self._stage is None:
            return Text("")
        return _line(
            self._spinner,
            self._stage.name,
            Text(self._text + _so_far(self._stage)),
            max(0.0, time.time() - self._stage.began),
            self._console.width,
        )


def _so_far(stage: Stage) -> str:
    """Return how long the task under way has taken, once that is worth a word."""
    took = time.time() - stage.tasks[-1].began if stage.tasks else 0.0
    return f" ({whole_seconds(took)})" if took >= LONG else ""


def _line(mark: RenderableType, name: str, text: Text, took: float, width: int) -> Table:
    """Return one line: mark, name, what happens, time at the right."""
    table = Table.grid(padding=(0, 1))
    table.width = width - MARGIN
    table.add_column(width=1)
    table.add_column(width=NAME_WIDTH, no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    table.add_row(mark, Text(name, style="bold"), text, Text(seconds(took), style="cyan"))
    return table
