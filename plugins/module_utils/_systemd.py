# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""systemd on this host, and the record of what we left running."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Callable

from ._config_file import explained
from ._plan import DeployError, Plan, Step
from ._service_unit import PROPERTIES, Record, Unit, parse_unit

RECORDS = Path("/run/glance-deploy")

# Runs a command and returns its exit code, its output and its errors.
Run = Callable[[Sequence[str]], "tuple[int, str, str]"]


class UnitFailedError(DeployError):
    """A unit that did not come up; its log is that of the service."""


class Systemd:
    """One unit, through systemctl.

    Args:
        name: The unit's name.
        run: Runs a command with TZ=UTC and the C locale.
    """

    def __init__(self, name: str, run: Run) -> None:
        self.name = name
        self._run = run

    def read(self) -> Unit:
        """Return what systemd knows about the unit."""
        words = ["systemctl", "show", f"--property={','.join(PROPERTIES)}", "--", self.name]
        return parse_unit(self.name, self._systemctl(words))

    def apply(self, steps: Plan) -> None:
        """Do the steps, one after the other.

        Raises:
            UnitFailedError: The unit did not start, stop or restart.
        """
        for step in steps.steps:
            self._do(step)

    def _do(self, step: Step) -> None:
        if step.action == "daemon_reload":
            self._systemctl(["systemctl", "daemon-reload"])
            return
        if step.arguments.get("failed"):
            # A unit that failed too often refuses to start until it is forgiven.
            self._systemctl(["systemctl", "reset-failed", "--", self.name])
        code, _, errors = self._run(["systemctl", step.action, "--", self.name])
        if code:
            words = " ".join(errors.split()).partition(" See ")[0] or f"systemctl ended with code {code}."
            raise UnitFailedError(f"Cannot {step.action} {self.name}: {words}", f"journalctl -u {self.name} -n 100")

    def journal(self, since: float, lines: int) -> list[str]:
        """Return the last lines that the unit wrote to the journal after a time in seconds since 1970."""
        words = ["journalctl", "--quiet", "--no-pager", "--output=cat", f"--lines={lines}", f"--since=@{int(since)}"]
        with contextlib.suppress(OSError):
            return self._run([*words, f"--unit={self.name}"])[1].splitlines()
        return []

    def _systemctl(self, words: Sequence[str]) -> str:
        try:
            code, output, errors = self._run(words)
        except OSError as error:
            raise DeployError(f"Cannot run systemctl: {error.strerror}.", "Use a host that runs systemd.") from error
        if code:
            raise DeployError(f"{' '.join(words[:2])} failed: {' '.join(errors.split())}", "systemctl status")
        return output


class Records:
    """What the last run left running, kept until the next boot.

    Args:
        directory: Where the records are; private, because file digests tell about secrets.
    """

    def __init__(self, directory: Path = RECORDS) -> None:
        self._directory = directory

    def read(self, name: str) -> Record | None:
        """Return the record of a unit; None when there is none that makes sense."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(self._path(name).read_text())
            return Record(found["invocation"], tuple(found["patterns"]), found["digest"])
        return None

    def write(self, name: str, record: Record) -> None:
        """Keep the record, as a whole or not at all."""
        path = self._path(name)
        with explained("keep the record", path):
            self._directory.mkdir(mode=0o700, exist_ok=True)
            temporary = path.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps(dataclasses.asdict(record)))
            temporary.replace(path)

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.json"


def workers(main_pid: int, proc: Path = Path("/proc")) -> int:
    """Return how many child processes a main process has."""
    count = 0
    for stat in proc.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            # The name of the process stands in brackets and may hold anything, brackets and blanks included.
            count += int(stat.read_text(errors="replace").rpartition(")")[2].split()[1]) == main_pid
    return count if main_pid else 0
