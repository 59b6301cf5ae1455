"""Runs a program on this machine, and sees how long it took and how much memory it and its children held."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import BenchError

PROC = Path("/proc")
# Often enough to see a peak, seldom enough not to be part of what is measured.
PAUSE = 0.5


@dataclass(frozen=True)
class Outcome:
    """A program that has ended well."""

    stdout: str
    seconds: float
    peak_memory_mb: float


def run(argv: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run a program to its end.

    Raises:
        BenchError: It failed.
    """
    began = time.monotonic()
    with subprocess.Popen(
        argv, cwd=directory, env=environment and {**os.environ, **environment}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        with Watch(child.pid) as watch:
            stdout, stderr = child.communicate()
        seconds = time.monotonic() - began
    if child.returncode:
        raise BenchError(f"{' '.join(argv[:3])} ended with {child.returncode}: {stdout[-1500:]}{stderr[-1500:]}")
    return Outcome(stdout, seconds, watch.peak / 1024)


class Watch:
    """Looks again and again at the memory of a process and all below it; `peak` is in KiB."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def __enter__(self) -> Watch:
        """Begin."""
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.over.set()
        self.thread.join()

    def look(self) -> None:
        """Take the most that was ever held at once."""
        while not self.over.wait(PAUSE):
            self.peak = max(self.peak, sum(map(memory, below(self.pid, parents()))))


def parents(proc: Path = PROC) -> dict[int, int]:
    """Return the parent of every process."""
    found = {}
    for path in proc.glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold anything, brackets too.
            found[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return found


def below(root: int, tree: Mapping[int, int]) -> set[int]:
    """Return a process and everything below it."""
    found = {root}
    while more := {pid for pid, parent in tree.items() if parent in found} - found:
        found |= more
    return found


def memory(pid: int, proc: Path = PROC) -> int:
    """Return the KiB that a process holds, what it shares with others counted in part (PSS)."""
    try:
        lines = (proc / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
