"""What an earlier run did and did not do, in words and as data."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import Any

from glance_deploy.journal import Past, when
from glance_deploy.stages import Stage
from glance_deploy.words import LOOKS, whole_seconds


def as_data(past: Past) -> dict[str, Any]:
    """Return a run that was stopped, as the report of the next one has it."""
    task = past.at.tasks[-1] if past.at and past.at.tasks else None
    return {
        "started": datetime.fromtimestamp(past.began, UTC).isoformat(timespec="seconds"),
        "seconds": round(past.ended - past.began, 1),
        "stage": past.at.name if past.at else None,
        "task": task.name if task else None,
        "task_seconds": round(past.ended - task.began, 1) if task else None,
        "done": done(past),
        "left": past.left,
        "journal": str(past.path),
    }


def done(past: Past) -> list[str]:
    """Return the stages that have done their part, without those that only look."""
    return [stage.name for stage in past.stages if _is_done(stage) and stage.name not in LOOKS]


def sentence(past: Past) -> str:
    """Return one line about a run that was stopped, for the run that goes on."""
    found = done(past)
    so_far = f"; done: {', '.join(found)}" if found else ""
    return f"The run of {when(past.began)} was stopped {where(past)}{so_far}. Going on from there."


def where(past: Past) -> str:
    """Return how far a run came before it was stopped."""
    stage = past.at
    if stage is None:
        begun = [stage.name for stage in past.stages if stage.tasks]
        return f"after {begun[-1]}" if begun else "before its first step"
    if not stage.tasks:
        return f"in {stage.name}"
    task = stage.tasks[-1]
    return f"in {stage.name} ({task.name}, after {whole_seconds(past.ended - task.began)})"


def command(past: Past) -> str:
    """Return the command line as it was typed."""
    return shlex.join(["deploy.py", *past.argv])


def _is_done(stage: Stage) -> bool:
    return bool(stage.tasks) and stage.seconds is not None and not stage.failed
