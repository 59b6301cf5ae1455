"""Folds the events of a run into what the screen and the report say about it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from glance_deploy.events import Event, Malformed, NoHosts, PlayStart, Retry, RunStart, Stats, TaskResult, TaskStart
from glance_deploy.stages import Stage, Task, View

KEPT_CHANGES = 1000
KEPT_WARNINGS = 20
REPORT_KEY = "glance_report"


class Recorder:
    """The run so far.

    Attributes:
        plays: What Ansible set out to do, by the names of the plays.
        stages: In the order in which they began.
        changes: What changed, or would change; the first thousand.
        failures: Results that took a host out of the run.
        answered: Hosts on which at least one task ended well.
        hosts: Counts by host, once the run has ended.
        custom: What the playbook published, by host.
        warnings: What went wrong with the recording itself; the first twenty.
    """

    def __init__(self, view: View | None = None, now: Callable[[], float] = time.time) -> None:
        self._view = view or View()
        self._now = now
        self.began = now()
        self.plays: tuple[str, ...] = ()
        self.stages: list[Stage] = []
        self.changes: list[TaskResult] = []
        self.changed = 0
        self.failures: list[TaskResult] = []
        self.answered: set[str] = set()
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
        self._show(stage)
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
            case RunStart():
                self.plays = event.plays
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
            case NoHosts() if self.stages:
                self.stages[-1].has_hosts = False

    def close(self, at: float | None = None) -> None:
        """End the current stage, if one goes on."""
        if self.stages and self.stages[-1].seconds is None:
            stage = self.stages[-1]
            end = self._now() if at is None else at
            stage.seconds = max(0.0, end - stage.began)
            if stage.tasks:
                stage.tasks[-1].seconds = max(0.0, end - stage.tasks[-1].began)
            if stage.is_shown:
                self._view.end(stage)

    def stop(self) -> None:
        """End a stage that was cut off."""
        if self.stages and self.stages[-1].seconds is None:
            self._show(self.stages[-1])
            self.stages[-1].failed, self.stages[-1].note = True, "stopped"
            self.close()

    def _begin(self, name: str, at: float) -> Stage:
        self.close(at)
        self.stages.append(Stage(name, at))
        return self.stages[-1]

    def _show(self, stage: Stage) -> None:
        if not stage.is_shown:
            stage.is_shown = True
            self._view.begin(stage)

    def _play(self, event: PlayStart) -> None:
        # Two plays of one name in a row are one thing to people.
        if not self.stages or self.stages[-1].seconds is not None or self.stages[-1].name != event.play:
            self._begin(event.play, event.time)

    def _task(self, event: TaskStart) -> None:
        stage = self.stages[-1] if self.stages else self._begin(event.play, event.time)
        if stage.tasks:
            stage.tasks[-1].seconds = max(0.0, event.time - stage.tasks[-1].began)
        self._show(stage)
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
        if result.outcome in {"ok", "changed"}:
            self.answered.add(result.host)
        if stage and result.due is not None:
            stage.due = (stage.due or 0) + len(result.due)
        self._view.result(result)

    def _stats(self, stats: Stats) -> None:
        self.hosts, self.custom = stats.hosts, stats.custom
        # Ansible's own count decides: a failure that a `rescue` mended is none.
        self.failures = [result for result in self.failures if _is_out(stats, result.host)]
        self.close(stats.time)


def _is_out(stats: Stats, host: str) -> bool:
    counts = stats.hosts.get(host, {})
    return bool(counts.get("failures") or counts.get("unreachable"))
