"""The only place that starts programs and waits for them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Protocol

from .errors import CommandFailedError, LabError


class Run(Protocol):
    """Start a program, return its standard output."""

    def __call__(self, argv: Sequence[str], *, data: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Raise LabError when the program fails."""
        ...


def run(argv: Sequence[str], *, data: bytes = b"", env: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and return its standard output.

    Args:
        argv: The program and its arguments.
        data: What the program reads from its standard input.
        env: The whole environment of the program; this process's own when None.

    Raises:
        LabError: The program is missing.
        CommandFailedError: It failed.
    """
    try:
        done = subprocess.run(argv, input=data, env=env, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed.", "Run the same command with --install-missing.") from error
    if done.returncode:
        stderr = done.stderr.decode(errors="replace")
        raise CommandFailedError(" ".join(argv[:3]), complaint(stderr) or f"exit code {done.returncode}")
    return done.stdout.decode(errors="replace").strip()


def complaint(stderr: str) -> str:
    """Return the line that tells why: apt's first error, everybody else's last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith("E: ")), lines[-1] if lines else "")
