"""Folds the events of a run into what the screen and the report say about it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from glance_deploy.events import Event, Malformed, NoHosts, PlayStart, Retry, Stats, TaskResult, TaskStart

KEPT_CHANGES = 1000
KEPT_WARNINGS = 20
REPORT_KEY = "glance_report"


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
    """

    name: str
    began: float
    seconds: float | None = None
    tasks: list[Task] = field(default_factory=list)
    changed: int = 0
    failed: bool = False
    note: str = ""

    @property
    def outcome(self) -> str:
        """One word for how it went."""
        if self.failed:
            return "failed"
        if self.changed:
            return "changed"
        return "ok" if self.tasks or self.note else "skipped"


class View(Protocol):
    """Who shows a run while it goes on."""

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

    def close(self) -> None:
        """Nothing more will come."""


class Recorder:
    """The run so far.

    Attributes:
        stages: In the order in which they began.
        changes: What changed, or would change; the first thousand.
        failures: Results that took a host out of the run.
        hosts: Counts by host, once the run has ended.
        custom: What the playbook published, by host.
        warnings: What went wrong with the recording itself; the first twenty.
    """

    def __init__(self, view: View, now: Callable[[], float] = time.time) -> None:
        self._view = view
        self._now = now
        self.began = now()
        self.stages: list[Stage] = []
        self.changes: list[TaskResult] = []
        self.changed = 0
        self.failures: list[TaskResult] = []
        self.hosts: Mapping[str, Mapping[str, int]] = {}
        self.custom: Mapping[str, Mapping[str, Any]] = {}
        self.warnings: list[str] = []

    @property
    def seconds(self) -> float:
        """How long the run has taken."""
        return self._now() - self.began

    @property
    def verification(self) -> dict[str, Any]:
        """What the verification found, by host."""
        return {host: found[REPORT_KEY] for host, found in self.custom.items() if REPORT_KEY in found}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Record something that we do ourselves as a stage."""
        stage = self._begin(name, self._now())
        try:
            yield stage
        except BaseException:
            stage.failed = True
            raise
        finally:
            self.close()

    def update(self, text: str) -> None:
        """Show what the current stage is doing."""
        if self.stages:
            self._view.update(self.stages[-1], text)

    def add(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case PlayStart():
                self._play(event)
            case TaskStart():
                self._task(event)
            case TaskResult():
                self._result(event)
            case Retry():
                self.update(f"{event.task} (attempt {event.attempt} of {event.attempts} on {event.host})")
            case Stats():
                self._stats(event)
            case Malformed() if len(self.warnings) < KEPT_WARNINGS:
                self.warnings.append(f"an event could not be read: {event.reason}")
            case NoHosts():
                self.update("no hosts")

    def close(self, at: float | None = None) -> None:
        """End the current stage, if one goes on."""
        if self.stages and self.stages[-1].seconds is None:
            stage = self.stages[-1]
            end = self._now() if at is None else at
            stage.seconds = max(0.0, end - stage.began)
            if stage.tasks:
                stage.tasks[-1].seconds = max(0.0, end - stage.tasks[-1].began)
            self._view.end(stage)

    def stop(self) -> None:
        """End a stage that was cut off."""
        if self.stages and self.stages[-1].seconds is None:
            self.stages[-1].failed, self.stages[-1].note = True, "stopped"
            self.close()

    def _begin(self, name: str, at: float) -> Stage:
        self.close(at)
        self.stages.append(Stage(name, at))
        self._view.begin(self.stages[-1])
        return self.stages[-1]

    def _play(self, event: PlayStart) -> None:
        # Two plays of one name in a row are one thing to people.
        if not self.stages or self.stages[-1].seconds is not None or self.stages[-1].name != event.play:
            self._begin(event.play, event.time)

    def _task(self, event: TaskStart) -> None:
        stage = self.stages[-1] if self.stages else self._begin(event.play, event.time)
        if stage.tasks:
            stage.tasks[-1].seconds = max(0.0, event.time - stage.tasks[-1].began)
        stage.tasks.append(Task(event.task, event.role, event.time))
        self.update(event.task)

    def _result(self, result: TaskResult) -> None:
        stage = self.stages[-1] if self.stages else None
        if result.outcome == "changed":
            self.changed += 1
            if len(self.changes) < KEPT_CHANGES:
                self.changes.append(result)
            if stage and stage.tasks:
                stage.changed += 1
                stage.tasks[-1].changed += 1
        elif result.is_failure:
            self.failures.append(result)
            if stage:
                stage.failed = True
        self._view.result(result)

    def _stats(self, stats: Stats) -> None:
        self.hosts, self.custom = stats.hosts, stats.custom
        # Ansible's own count decides: a failure that a `rescue` mended is none.
        self.failures = [result for result in self.failures if _is_out(stats, result.host)]
        self.close(stats.time)


def _is_out(stats: Stats, host: str) -> bool:
    counts = stats.hosts.get(host, {})
    return bool(counts.get("failures") or counts.get("unreachable"))
