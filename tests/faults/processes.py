"""The processes that a run of deploy.py started, found by a mark in their environment."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "GLANCE_FAULTS_MARK"


def marked(lane: str, number: str = "") -> Iterator[int]:
    """Yield the ids of processes that belong to a lane, or to one run of it."""
    wanted = f"{MARK}={lane}/{number}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if any(word.startswith(wanted) for word in (entry / "environ").read_bytes().split(b"\0")):
                    yield int(entry.name)


def end_marked(lane: str, number: str = "") -> int:
    """Kill them all, at once and without a word, and what they start meanwhile; return how many there were."""
    ended: set[int] = set()
    while left := [each for each in marked(lane, number) if not _is_dead(each)]:
        for each in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        ended.update(left)
        time.sleep(0.01)
    return len(ended)


def _is_dead(number: int) -> bool:
    """Whether a process has ended and nobody has asked how yet."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
