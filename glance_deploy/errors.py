"""The error family: every expected fault is one line, a hint that mends it, and an exit code."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class ExitCode(enum.IntEnum):
    """What a run tells the shell."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    UNVERIFIED = 4
    INTERRUPTED = 130


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a run from starting.

    Attributes:
        what: What is wrong.
        where: The host, file or option that it is about.
        mend: What to do, with the command or the variable.
    """

    what: str
    where: str = ""
    mend: str = ""


class GlanceDeployError(Exception):
    """An expected fault, told in one line and free of secrets.

    Args:
        message: What went wrong, and where.
        hint: What to do, with the command or the variable that mends it.
        problems: The single findings behind the message, when there are several.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.hint = hint
        self.problems = tuple(problems)


class UsageError(GlanceDeployError):
    """The command line, or a file that it names, cannot be used."""

    exit_code = ExitCode.USAGE


class PreflightError(GlanceDeployError):
    """A host is not ready; nothing was changed on any host."""

    exit_code = ExitCode.REFUSED


class DeploymentError(GlanceDeployError):
    """Ansible stopped before the end."""


class VerificationError(GlanceDeployError):
    """Everything is deployed, but the service did not prove itself."""

    exit_code = ExitCode.UNVERIFIED


class InterruptedRunError(GlanceDeployError):
    """The user stopped the run."""

    exit_code = ExitCode.INTERRUPTED
