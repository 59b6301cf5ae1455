# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""One change at a time on a host, whoever asks for it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ._config_file import explained
from ._plan import DeployError

PATH = Path("/run/glance-deploy/lock")
PAUSE = 0.5


@contextlib.contextmanager
def host_lock(timeout: float, path: Path = PATH) -> Iterator[None]:
    """Hold the lock of this host. It ends with the process, however that ends.

    The control machine knows its own runs only. What a run left at work here that was killed there, and runs of other
    control machines, are seen by this lock.

    Args:
        timeout: Seconds to wait for who holds it.
        path: The lock's file, gone with the next boot.

    Raises:
        DeployError: Somebody held it all that time.
    """
    with explained("lock this host with", path):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait(handle, timeout)
        os.truncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


def _wait(handle: int, timeout: float) -> None:
    until = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        else:
            return
        if time.monotonic() >= until:
            holder = os.pread(handle, 20, 0).decode(errors="replace") or "?"
            raise DeployError(
                f"Another run is at work on this host (process {holder}), for more than {timeout:.0f} s.",
                f"Wait for it, or look what it does: ps -fp {holder}",
            )
        time.sleep(PAUSE)
