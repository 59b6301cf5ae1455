"""The report of a run as JSON: for people who automate, and for the record. Never holds a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from glance_deploy import __version__
from glance_deploy.errors import ExitCode
from glance_deploy.events import TaskResult
from glance_deploy.recorder import Recorder
from glance_deploy.stages import Stage
from glance_deploy.state import State, write_private

REPORT_VERSION = 1
NO_HOSTS = "no hosts"
TOOLS = ("ansible-core", "openstacksdk", "paramiko")


def build(
    recorder: Recorder,
    *,
    command: str,
    options: Mapping[str, Any],
    place: str,
    previous: Mapping[str, Any] | None,
    files: Mapping[str, Path | None],
) -> dict[str, Any]:
    """Return everything about a run but how it ended: `complete` adds that.

    Args:
        recorder: The run.
        command: Its verb.
        options: Its options, without secrets.
        place: Its hosts, for people.
        previous: The run before it, if that was stopped before its end.
        files: What it left on this machine.
    """
    return {
        "version": REPORT_VERSION,
        "command": command,
        "place": place,
        "started": datetime.fromtimestamp(recorder.began, UTC).isoformat(timespec="seconds"),
        "seconds": round(recorder.seconds, 1),
        "options": dict(options),
        "previous": previous,
        "stages": [_stage(stage) for stage in recorder.stages],
        "hosts": {host: dict(counts) for host, counts in recorder.hosts.items()},
        "tasks": sum(len(stage.tasks) for stage in recorder.stages),
        "changed": recorder.changed,
        "changes": [_change(result) for result in recorder.changes],
        "failures": [_failure(result) for result in recorder.failures],
        "verification": recorder.verification,
        "warnings": list(recorder.warnings),
        "tools": tools(),
        "files": {name: str(path) if path else None for name, path in files.items()},
    }


def complete(report: Mapping[str, Any], exit_code: ExitCode, error: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the report with the run's end."""
    return {**report, "ok": exit_code is ExitCode.DONE, "exit_code": int(exit_code), "error": error}


def write(report: Mapping[str, Any], state: State) -> None:
    """Store the report in the environment's directory."""
    write_private(state.report, json.dumps(report, indent=2, ensure_ascii=False) + "\n")


def tools() -> dict[str, str]:
    """Return the versions of what the run was made with."""
    import platform  # noqa: PLC0415  # both take their time, and are needed at the end of a run only
    from importlib import metadata  # noqa: PLC0415

    return {"glance-deploy": __version__, "python": platform.python_version()} | {
        name: metadata.version(name) for name in TOOLS
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "outcome": stage.outcome,
        "seconds": round(stage.seconds or 0.0, 1),
        "changed": stage.changed,
        "note": stage.note or ("" if stage.tasks or stage.has_hosts else NO_HOSTS),
        "tasks": [
            {"name": task.name, "role": task.role, "seconds": round(task.seconds, 2), "changed": task.changed}
            for task in stage.tasks
        ],
    }


def _change(result: TaskResult) -> dict[str, Any]:
    return {
        "host": result.host,
        "stage": result.play,
        "role": result.role,
        "task": result.task,
        "steps": list(result.steps),
    }


def _failure(result: TaskResult) -> dict[str, Any]:
    return _change(result) | {
        "outcome": result.outcome,
        "message": result.message,
        "hint": result.hint,
        "problems": [asdict(problem) for problem in result.problems],
    }
