"""What tests pass instead of the world."""

from __future__ import annotations

from glance_deploy.events import TaskResult
from glance_deploy.stages import Stage, View


class SilentView(View):
    """Remembers what it was asked to show."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def begin(self, stage: Stage) -> None:
        self.shown.append(f"begin {stage.name}")

    def update(self, stage: Stage, text: str) -> None:
        self.shown.append(f"update {stage.name}: {text}")

    def result(self, result: TaskResult) -> None:
        self.shown.append(f"{result.outcome} {result.task}")

    def end(self, stage: Stage) -> None:
        self.shown.append(f"end {stage.name}: {stage.outcome}")

    def output(self, line: str) -> None:
        self.shown.append(f"output {line}")

    def say(self, line: str) -> None:
        self.shown.append(f"say {line}")

    def close(self) -> None:
        self.shown.append("close")
