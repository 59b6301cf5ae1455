"""How people say a duration, and how a stage went."""

from __future__ import annotations

from glance_deploy.stages import Stage

# Plays that look and do not change.
LOOKS = {"Look", "Preflight", "Verify"}


def said(stage: Stage) -> str:
    """Return how a stage went, in a few words."""
    if stage.failed:
        return stage.note or "failed"
    if stage.changed:
        return f"{stage.changed} changed"
    if stage.due is not None:
        return f"{stage.due} due" if stage.due else "as it should be"
    if stage.name in LOOKS:
        return "passed"
    return stage.note or ("nothing to change" if stage.tasks else "not needed here")


def whole_seconds(value: float) -> str:
    """Return a duration where tenths would be noise."""
    return f"{int(value)} s" if value < 60 else seconds(value)  # noqa: PLR2004  # a minute


def seconds(value: float) -> str:
    """Return a duration as people say it."""
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {int(value % 60):02d} s"  # noqa: PLR2004  # a minute
