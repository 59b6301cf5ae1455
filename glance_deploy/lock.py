"""One run at a time on an environment. What a killed run left at work on this machine is stopped by the next one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from glance_deploy.errors import GlanceDeployError, PreflightError

STEPS = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
TICK = 0.05
# Only what we start ourselves may be stopped; its name is in every one of its processes.
OURS = b"ansible-playbook"


@contextlib.contextmanager
def hold(path: Path) -> Iterator[int]:
    """Hold a lock; yields the open file, which Ansible inherits, so that it holds the lock too.

    Raises:
        PreflightError: Another run is under way.
    """
    with _open(path) as stream:
        if not _try(stream):
            _take_over(stream, path)
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield stream.fileno()


def _open(path: Path) -> TextIO:
    try:
        return path.open("a+")
    except OSError as error:
        # An earlier run under sudo leaves files of root's.
        what = f"cannot write {path}: {error.strerror}"
        raise GlanceDeployError(what, f'sudo chown -R "$USER" {path.parent}') from None


def _try(stream: TextIO) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_over(stream: TextIO, path: Path) -> None:
    """Take the lock from the Ansible of a run that was killed: nobody waits for it, and this run does its work."""
    stream.seek(0)
    holder, name = stream.read().strip(), path.parent.name
    if not _is_gone(holder):
        what = f"another run on {name} is under way (process {holder or '?'})"
        raise PreflightError(what, f"wait for it, or stop it: kill -INT {holder or 'PROCESS'}")
    for number, patience in STEPS:
        for process in left_over(path):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, number)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if _try(stream):
                return
            time.sleep(TICK)
    what = f"a run on {name} was killed, but the Ansible that it started is still at work"
    raise PreflightError(what, f"stop it: kill {' '.join(map(str, left_over(path))) or 'PROCESS'}")


def left_over(path: Path) -> list[int]:
    """Return the processes of Ansible that have a lock open."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        # Processes come and go, and those of other users are not for us.
        with contextlib.suppress(OSError):
            process = link.parent.parent
            if link.readlink() == path.resolve() and OURS in (process / "cmdline").read_bytes():
                found.add(int(process.name))
    return sorted(found - {os.getpid()})


def _is_gone(holder: str) -> bool:
    return bool(holder) and Path("/proc/self").exists() and not Path("/proc", holder).exists()
