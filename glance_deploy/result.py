"""What a command returns, and the versioned JSON form of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from glance_deploy.errors import ExitCode, GlanceDeployError, Problem

ENVELOPE_VERSION = 1


@dataclasses.dataclass(frozen=True)
class Result:
    """The outcome of one command; one place prints it, for people or as JSON.

    Attributes:
        command: The verb that ran; empty when the command line did not name a known one.
        exit_code: What the shell gets.
        message: What went wrong, in one line; empty when nothing did.
        hint: What to do about it.
        problems: The single findings behind the message.
        report: The run in detail, as in report.json; empty when no run was started.
    """

    command: str
    exit_code: ExitCode = ExitCode.DONE
    message: str = ""
    hint: str = ""
    problems: tuple[Problem, ...] = ()
    report: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the command did all that it was asked for."""
        return self.exit_code is ExitCode.DONE

    @classmethod
    def from_error(cls, command: str, error: GlanceDeployError) -> Result:
        """Return the result of a command that ended with an expected fault."""
        return cls(command, error.exit_code, str(error), error.hint, error.problems)

    def error(self) -> dict[str, Any] | None:
        """The fault as plain data, or None."""
        if self.ok:
            return None
        problems = [dataclasses.asdict(problem) for problem in self.problems]
        return {"message": self.message, "hint": self.hint, "problems": problems}

    def envelope(self) -> dict[str, Any]:
        """The document that `--output json` prints; its shape changes only together with its version."""
        return {
            "version": ENVELOPE_VERSION,
            "command": self.command,
            "ok": self.ok,
            "exit_code": int(self.exit_code),
            "error": self.error(),
            "report": dict(self.report),
        }
