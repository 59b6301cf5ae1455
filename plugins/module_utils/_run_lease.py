# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""One run at a time on a host: between its tasks, a run of another control machine may not change what it builds on.

The playbooks name whose run it is in an environment variable. A lease needs no end: it is over when its run has not
touched the host for a while, so that a killed one keeps nobody out for long, and itself not at all.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

from ._config_file import explained, make_private
from ._plan import DeployError

VARIABLE = "GLANCE_DEPLOY_RUN"
PATH = Path("/run/glance-deploy/run")
# Seconds that a run may take from one task on a host to the next.
LASTS = 60


def stranger(owner: str, path: Path = PATH, clock: Callable[[], float] = time.time) -> DeployError | None:
    """Return the error to tell when another run is at work on this host, None when there is none.

    Args:
        owner: Whose run asks; empty for one that does not say.
        path: The lease.
        clock: Returns seconds since 1970.
    """
    with contextlib.suppress(OSError):
        holder, age = path.read_text(errors="replace").strip(), clock() - path.stat().st_mtime
        if holder and holder != owner and 0 <= age < LASTS:
            return DeployError(
                f"Another run is at work on this host, or was {age:.0f} s ago: that of {holder}.",
                f"Wait until it has ended; {LASTS} s after its last task this host is free again.",
            )
    return None


@contextlib.contextmanager
def lease(owner: str, path: Path = PATH) -> Iterator[None]:
    """Hold the host for a run from here on; to be used within the host's lock.

    Raises:
        DeployError: Another run holds it.
    """
    if error := stranger(owner, path):
        raise error
    _renew(owner, path)
    try:
        yield
    finally:
        _renew(owner, path)


def owner_of_this_run() -> str:
    """Return whose run this is, as the playbooks say."""
    return os.environ.get(VARIABLE, "")


def _renew(owner: str, path: Path) -> None:
    if owner:
        with explained("note this run in", path):
            make_private(path.parent)
            path.write_text(owner)
            path.chmod(0o600)
