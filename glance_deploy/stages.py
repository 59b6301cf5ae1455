"""A run as people see it: stages and tasks, and who shows them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

from glance_deploy.events import TaskResult


@dataclass
class Task:
    """One task of a stage, on all its hosts."""

    name: str
    role: str
    began: float
    seconds: float = 0.0
    changed: int = 0


@dataclass
class Stage:
    """A part of the run that people know by its name: a play, or something that we do ourselves.

    Attributes:
        seconds: None while it goes on.
        has_hosts: Whether anybody is in its groups.
        is_shown: Whether people were told of it; one that ended on all hosts before its first task is nothing to them.
        due: What it found to be other than wished; None where it did not look for that.
    """

    name: str
    began: float
    seconds: float | None = None
    tasks: list[Task] = field(default_factory=list)
    changed: int = 0
    failed: bool = False
    note: str = ""
    has_hosts: bool = True
    is_shown: bool = False
    due: int | None = None

    @property
    def outcome(self) -> str:
        """One word for how it went."""
        if self.failed:
            return "failed"
        if self.changed:
            return "changed"
        return "ok" if self.tasks or self.note else "skipped"


class View:
    """Who shows a run while it goes on; this one shows nothing."""

    def begin(self, stage: Stage) -> None:
        """Show that a stage begins."""

    def update(self, stage: Stage, text: str) -> None:
        """Show what is being done in it."""

    def result(self, result: TaskResult) -> None:
        """Show a change or a failure."""

    def end(self, stage: Stage) -> None:
        """Show how a stage ended."""

    def output(self, line: str) -> None:
        """Show a line of Ansible's own output."""

    def say(self, line: str) -> None:
        """Show a line about the run as a whole."""

    def close(self) -> None:
        """Nothing more will come."""


class LaterView(View):
    """Is made when there is something to show: what draws takes as long to import as Ansible takes to start."""

    def __init__(self, make: Callable[[], View]) -> None:
        self._make = make
        self._is_made = False

    @functools.cached_property
    def _view(self) -> View:
        self._is_made = True
        return self._make()

    def begin(self, stage: Stage) -> None:
        """Show that a stage begins."""
        self._view.begin(stage)

    def update(self, stage: Stage, text: str) -> None:
        """Show what is being done in it."""
        self._view.update(stage, text)

    def result(self, result: TaskResult) -> None:
        """Show a change or a failure."""
        self._view.result(result)

    def end(self, stage: Stage) -> None:
        """Show how a stage ended."""
        self._view.end(stage)

    def output(self, line: str) -> None:
        """Show a line of Ansible's own output."""
        self._view.output(line)

    def say(self, line: str) -> None:
        """Show a line about the run as a whole."""
        self._view.say(line)

    def close(self) -> None:
        """End the view, if there is one."""
        if self._is_made:
            self._view.close()
