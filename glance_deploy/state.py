"""The directory that holds what belongs to one environment: inventory, secrets, logs, journals and the report."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from glance_deploy.errors import GlanceDeployError
from glance_deploy.lock import hold

# Of each run, as many of the newest as this.
KEPT = 20
LOGS, JOURNALS = ("logs", ".log"), ("runs", ".jsonl")
FACTS = "facts"
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
            directories = (
                self.directory.parent,
                self.directory,
                *(self.directory / name for name in (LOGS[0], JOURNALS[0], FACTS)),
            )
            for path in directories:
                _make(path, owner_of)
            link = self.directory / "group_vars"
            if not link.is_symlink() or link.readlink() != group_vars:
                link.unlink(missing_ok=True)
                link.symlink_to(group_vars)
        except OSError as error:
            raise self._unwritable(error) from None

    def new_log(self, now: datetime) -> Path:
        """Return an empty private log file, dropping the oldest ones."""
        return self._new(*LOGS, now)

    def new_journal(self, now: datetime) -> Path:
        """Return an empty private journal, dropping the oldest ones."""
        return self._new(*JOURNALS, now)

    def journals(self) -> list[Path]:
        """Return the journals of the runs, the newest first."""
        return newest_first((self.directory / JOURNALS[0]).glob(f"*{JOURNALS[1]}"))

    def _new(self, directory: str, suffix: str, now: datetime) -> Path:
        found = newest_first((self.directory / directory).glob(f"*{suffix}"))
        path = self.directory / directory / f"{now:%Y%m%d-%H%M%S}-{os.getpid()}{suffix}"
        try:
            for old in found[KEPT - 1 :]:
                old.unlink(missing_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise self._unwritable(error) from None
        return path

    def _unwritable(self, error: OSError) -> GlanceDeployError:
        where = error.filename or self.directory
        return GlanceDeployError(f"cannot write {where}: {error.strerror}", f"ls -ld {where}; df -h {self.directory}")

    def lock(self) -> AbstractContextManager[int]:
        """Keep a second run on the same hosts out; see `lock.hold`."""
        return hold(self.directory / LOCK)


def newest_first(files: Iterable[Path]) -> list[Path]:
    """Return files that are named after the second in which a run began; in one second, the last written is newest."""
    return sorted(files, key=lambda path: (path.name[: len("20261120-120000")], path.stat().st_mtime_ns), reverse=True)


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


def _make(path: Path, owner_of: Path) -> None:
    if not path.exists():
        path.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            owner = owner_of.stat()
            os.chown(path, owner.st_uid, owner.st_gid)
