"""The one error family of the lab."""

from __future__ import annotations


class LabError(Exception):
    """An expected fault: the message says what and where, the hint says what mends it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class CommandFailedError(LabError):
    """A program failed; `reason` is its own complaint."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(f"{program} failed: {reason}")
        self.reason = reason


class UsageError(LabError):
    """What was asked for makes no sense; nothing was tried."""
