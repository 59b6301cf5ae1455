"""The directory that holds what belongs to one environment: inventory, secrets, logs and the report."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from glance_deploy.errors import GlanceDeployError, PreflightError

KEPT_LOGS = 20
LOCK = "run.lock"


@dataclass(frozen=True)
class State:
    """Paths of one environment.

    Attributes:
        directory: Private to its owner; git ignores it.
        inventory_name: Differs where the directory holds an inventory of somebody else.
    """

    directory: Path
    inventory_name: str = "inventory.yml"

    @property
    def inventory(self) -> Path:
        """The inventory that deploy.py writes."""
        return self.directory / self.inventory_name

    @property
    def report(self) -> Path:
        """The report of the last run."""
        return self.directory / "report.json"

    def create(self, group_vars: Path, owner_of: Path) -> None:
        """Make the directory, with the repository's group_vars beside the inventory, where Ansible looks for them.

        Args:
            group_vars: The directory of that name in the repository.
            owner_of: What root makes here belongs to the owner of this, so that a run without sudo can follow.

        Raises:
            GlanceDeployError: The directory cannot be written.
        """
        try:
            for path in (self.directory.parent, self.directory, self.directory / "logs"):
                _make(path, owner_of)
            link = self.directory / "group_vars"
            if not link.is_symlink() or link.readlink() != group_vars:
                link.unlink(missing_ok=True)
                link.symlink_to(group_vars)
        except OSError as error:
            what = f"cannot write {self.directory}: {error.strerror}"
            raise GlanceDeployError(what, f"ls -ld {self.directory}") from None

    def new_log(self, now: datetime) -> Path:
        """Return an empty private log file, dropping the oldest ones."""
        logs = sorted((self.directory / "logs").glob("*.log"))
        for old in logs[: max(0, len(logs) - KEPT_LOGS + 1)]:
            old.unlink(missing_ok=True)
        path = self.directory / "logs" / f"{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
        path.touch(mode=0o600)
        return path

    def _open_lock(self) -> TextIO:
        try:
            return (self.directory / LOCK).open("a+")
        except OSError as error:
            # An earlier run under sudo leaves files of root's.
            what = f"cannot write {self.directory / LOCK}: {error.strerror}"
            raise GlanceDeployError(what, f'sudo chown -R "$USER" {self.directory}') from None

    @contextlib.contextmanager
    def lock(self) -> Iterator[int]:
        """Keep a second run on the same hosts out; yields the open file, so that children can hold the lock too.

        Raises:
            PreflightError: Another run is under way.
        """
        with self._open_lock() as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stream.seek(0)
                raise _occupied(self.directory.name, stream.read().strip()) from None
            stream.truncate(0)
            stream.write(str(os.getpid()))
            stream.flush()
            yield stream.fileno()


def write_private(path: Path, text: str) -> None:
    """Write a whole file, readable by its owner alone, so that a crash leaves either the old or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _occupied(name: str, holder: str) -> PreflightError:
    """Return the error for a lock that is held: by a run, or by the Ansible of a run that was killed."""
    if holder and Path("/proc/self").exists() and not Path("/proc", holder).exists():
        what = f"a run on {name} was killed, but the Ansible that it started is still at work"
        return PreflightError(what, "wait until it ends, then run the same again")
    what = f"another run on {name} is under way (process {holder or '?'})"
    return PreflightError(what, f"wait for it, or stop it: kill -INT {holder or 'PROCESS'}")


def _make(path: Path, owner_of: Path) -> None:
    if not path.exists():
        path.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            owner = owner_of.stat()
            os.chown(path, owner.st_uid, owner.st_gid)
