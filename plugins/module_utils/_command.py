# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Running a program on this host."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Mapping, Sequence
from typing import Callable

from ._oslo_diff import mask_urls
from ._plan import MASKED

# Runs a command and returns its exit code, its output and its errors. Raises OSError when there is no such program.
Run = Callable[..., "tuple[int, str, str]"]

# Messages are read by us, times are compared, and nobody is there to answer a question.
ENVIRONMENT: Mapping[str, str] = {"LC_ALL": "C", "LANGUAGE": "C", "TZ": "UTC", "DEBIAN_FRONTEND": "noninteractive"}


def run(words: Sequence[str], stdin: str = "", environment: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Run a command, without a shell and apart from our own terminal and standard input.

    Args:
        words: The program and its arguments; no secrets, since every user can read them.
        stdin: What it reads, the place for secrets.
        environment: Variables besides those of this process.

    Raises:
        OSError: It cannot be started.
    """
    done = subprocess.run(  # what is run comes from our own roles
        list(words),
        input=stdin.encode(),
        capture_output=True,
        env={**os.environ, **ENVIRONMENT, **(environment or {})},
        cwd="/",
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def last_words(output: str, errors: str, secrets: Collection[str] = ()) -> str:
    """Return in one line what a program said last, its errors first, without secrets that it may have quoted."""
    lines = [line.strip() for line in (errors.strip() or output).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("E: ", "ERROR", "CRITICAL"))] or lines[-1:]
    text = "; ".join(dict.fromkeys(told))
    for secret in filter(None, secrets):
        text = text.replace(secret, MASKED)
    return mask_urls(text)[-1000:] or "it gave no reason"
