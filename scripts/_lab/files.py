"""Files that survive being killed, directories that serve as locks, and whose they are."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Put a file in place in one step, so that no reader and no killed run sees half of it."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text)
    draft.chmod(mode)
    draft.replace(path)


def empty(directory: Path) -> None:
    """Remove all that a directory holds, and keep the directory: somebody may hold its lock."""
    for each in directory.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink()


def give_back(path: Path) -> None:
    """Hand what root wrote in the user's clone to the user who called sudo."""
    if os.geteuid() or "SUDO_UID" not in os.environ or not path.is_relative_to(REPOSITORY):
        return
    owner, group = int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"])
    for each in (path, *path.rglob("*")):
        os.chown(each, owner, group, follow_symlinks=False)


@contextmanager
def locked(directory: Path) -> Iterator[Path]:
    """Hold a directory, making it when it is not there, and removing it when nothing is in it afterwards."""
    handle = acquire(directory)
    try:
        yield directory
    finally:
        with suppress(OSError):
            directory.rmdir()
        os.close(handle)


def acquire(directory: Path) -> int:
    """Lock a directory and return the open handle that holds the lock.

    The holder before may have removed what was waited for: then it is made and waited for anew.
    """
    while True:
        make_private(directory)
        with suppress(FileNotFoundError):
            handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if directory.exists() and directory.stat().st_ino == os.fstat(handle).st_ino:
                return handle
            os.close(handle)


def make_private(directory: Path) -> None:
    """Make a directory, and the ones above it, that only its owner can enter."""
    for each in reversed((directory, *directory.parents)):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
            give_back(each)
