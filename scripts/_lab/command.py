"""The only place that starts programs and waits for them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Protocol

from .errors import CommandFailedError, LabError

# What a user's PATH lacks, and what podman looks for its firewall program in.
SYSTEM_PATH = "/usr/sbin:/sbin"


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
    environment = dict(os.environ if env is None else env)
    environment["PATH"] = f"{environment.get('PATH', os.defpath)}:{SYSTEM_PATH}"
    try:
        done = subprocess.run(argv, input=data, env=environment, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed.", "Run the same command with --install-missing.") from error
    if done.returncode:
        stderr = done.stderr.decode(errors="replace")
        raise CommandFailedError(" ".join(argv[:3]), complaint(stderr) or f"exit code {done.returncode}")
    return done.stdout.decode(errors="replace").strip()


def complaint(stderr: str) -> str:
    """Return the line that tells why: apt's, pip's or rpm's first error, everybody else's last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith(("E: ", "ERROR: ", "error: "))), lines[-1] if lines else "")
