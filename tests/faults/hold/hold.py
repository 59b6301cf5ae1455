"""A callback plugin for the campaign: writes which tasks run, and can hold the run as one of them begins.

Ansible loads it because ANSIBLE_CALLBACK_PLUGINS names its directory. It is called before a task is handed to a worker,
so that what is held there is a true boundary: nothing of the task has begun.
"""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: hold
type: aggregate
short_description: Journal and gate of the fault campaign
description: [Journal and gate of the fault campaign.]
"""

DIRECTORY = "GLANCE_FAULTS_DIRECTORY"
LONGEST = 300.0
END = "END"


class CallbackModule(CallbackBase):  # type: ignore[misc]  # ansible-core publishes no types
    """Entry point for Ansible."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "hold"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._directory = Path(os.environ[DIRECTORY])
        gate = self._directory / "gate.json"
        self._gate: dict[str, Any] = json.loads(gate.read_text()) if gate.exists() else {}
        self._seen = 0
        self._play = ""

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Remember the play."""
        self._play = play.get_name().strip()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Note the task, and hold the run where that was asked for."""
        del is_conditional
        self._begin(self._label(task), str(task.action), str(task._uuid))

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """Handlers are tasks like others."""
        self.v2_playbook_on_task_start(task, is_conditional=False)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Note that the task ran."""
        self._end(result, "changed" if result.is_changed() else "ok")

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Note that the task did not run."""
        self._end(result, "skipped")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Note that the task ran."""
        self._end(result, "ignored" if ignore_errors else "failed")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The end is a boundary too."""
        del stats
        self._begin(END, "", "")

    def _label(self, task: Any) -> str:
        role = task._role.get_name(include_role_fqcn=False) if task._role else ""
        return f"{self._play} | {role} | {task.name or task.action}"

    def _begin(self, label: str, action: str, task_id: str) -> None:
        self._write(event="begin", label=label, action=action.rpartition(".")[2], task=task_id)
        if self._gate and re.search(self._gate["pattern"], label):
            self._seen += 1
            if self._seen == self._gate["nth"]:
                self._wait()

    def _end(self, result: Any, outcome: str) -> None:
        self._write(event="end", task=str(result.task._uuid), outcome=outcome)

    def _wait(self) -> None:
        (self._directory / "held").touch()
        deadline = time.monotonic() + LONGEST
        while self._gate["hold"] and not (self._directory / "go").exists() and time.monotonic() < deadline:
            time.sleep(0.005)

    def _write(self, **content: Any) -> None:
        with (self._directory / "journal.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"time": time.time(), **content}) + "\n")
