# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A configuration file that is ours as a whole: checked before it takes the old one's place, the old one kept."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import errno
import grp
import os
import pwd
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Callable

from ._plan import ABSENT, DeployError, Plan, Step, plan

STAMP = "%Y%m%dT%H%M%S%fZ"

HINTS: Mapping[int, str] = {
    errno.ENOSPC: "Make room: df -h {directory}",
    errno.EDQUOT: "Make room, or raise the quota: quota -v",
    errno.EROFS: "Make it writable again: mount -o remount,rw $(findmnt -n -o TARGET --target {directory})",
    errno.EPERM: "If lsattr {path} shows an i, take it off: chattr -i {path}",
    errno.EACCES: "Run the task as root (become: true).",
    errno.ENOENT: "Install the package that owns {directory} first.",
    errno.ELOOP: "Remove the link, or set the path of the file that it points to.",
    errno.EISDIR: "Move the directory away, or set another path.",
}
# What the system says for a link that was not to be followed misleads.
WORDS: Mapping[int, str] = {errno.ELOOP: "it is a symbolic link"}


@dataclasses.dataclass(frozen=True)
class State:
    """A file's content and access by names; all None when there is no file."""

    content: bytes | None = dataclasses.field(default=None, repr=False)
    owner: str | None = None
    group: str | None = None
    mode: int | None = None

    @property
    def access(self) -> str:
        """Owner, group and mode for people."""
        return f"{self.owner}:{self.group} {self.mode or 0:04o}"


def octal(mode: str) -> int:
    """Return a mode as a number.

    Raises:
        DeployError: It is not written in octal digits.
    """
    if not re.fullmatch(r"[0-7]{3,4}", mode):
        raise DeployError(f"mode {mode!r} is not octal.", 'Write it in quotes: "0640".')
    return int(mode, 8)


def plan_file(path: str, actual: State, desired: State) -> Plan:
    """Return the steps after which the file is as wished; a file that is written gets its access with it."""
    if actual.content != desired.content:
        before = ABSENT if actual.content is None else "other content"
        return plan(Step("write", path, before, "content as configured", {"old": actual}))
    if actual.access != desired.access:
        return plan(Step("set_access", path, actual.access, desired.access))
    return plan()


class ConfigFile:
    """The file on this host.

    Args:
        path: The file. Nothing but a plain file is accepted: a service may own the directory, and could plant a link.
        desired: What the file is to be.
        backups: Directory of the old versions.
        keep: How many old versions stay.
    """

    def __init__(self, path: str, desired: State, backups: str, keep: int) -> None:
        self.path = Path(path)
        self.desired = desired
        self.backups = Path(backups)
        self.keep = keep
        self.backup: Path | None = None

    def read(self) -> State:
        """Return what the file is now."""
        with explained("read", self.path):
            try:
                handle = _open(self.path)
            except FileNotFoundError:
                return State()
            with os.fdopen(handle, "rb") as stream:
                found = os.fstat(handle)
                if not stat.S_ISREG(found.st_mode):
                    raise DeployError(f"{self.path} is not a plain file.", "Move it away, or set another path.")
                return State(
                    stream.read(), user_name(found.st_uid), group_name(found.st_gid), stat.S_IMODE(found.st_mode)
                )

    def apply(self, steps: Plan, check: Callable[[Path], None]) -> None:
        """Do the steps; a new file is shown to `check`, which may raise, before anything is replaced."""
        for step in steps.steps:
            if step.action == "write":
                self._write(check, step.arguments["old"])
            else:
                self._set_access()

    def _set_access(self) -> None:
        with explained("set owner and mode of", self.path), os.fdopen(_open(self.path), "rb") as stream:
            _grant(stream.fileno(), self.desired)

    def _write(self, check: Callable[[Path], None], old: State) -> None:
        with explained("write", self.path), replacing(self.path, self.desired) as temporary:
            check(temporary)
            if old.content is not None:
                self.backup = self.keep_old(old)
        self.forget_oldest()

    def keep_old(self, old: State) -> Path:
        """Keep a version among the old ones, and return where."""
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime(STAMP)
        backup = self.backups / f"{self.path.name}.{stamp}"
        with explained("keep the old file as", backup):
            make_private(self.backups)
            with replacing(backup, dataclasses.replace(old, mode=(old.mode or 0) & 0o640)):
                return backup

    def forget_oldest(self) -> None:
        """Remove old versions beyond those that stay, and what killed runs left there."""
        name = re.escape(self.path.name) + r"\.\d{8}T\d{12}Z"
        with contextlib.suppress(OSError):
            entries = list(self.backups.iterdir())
            kept = sorted(entry for entry in entries if re.fullmatch(name, entry.name))
            torn = [entry for entry in entries if re.fullmatch(rf"\.{name}\.\w{{8}}\.new", entry.name)]
            for entry in kept[: -self.keep] + torn:
                entry.unlink()


def make_private(directory: Path) -> None:
    """Make a directory for root alone, and those above it that are missing."""
    for path in (*reversed(directory.parents), directory):
        path.mkdir(mode=0o700, exist_ok=True)


def forget_torn(path: Path) -> None:
    """Remove what a killed run left of a file that it was about to replace; it may hold secrets."""
    # Where there is no directory, the writer tells.
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for entry in list(path.parent.iterdir()):
            if re.fullmatch(rf"\.{re.escape(path.name)}\.\w{{8}}\.new", entry.name):
                entry.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path: Path, state: State) -> Iterator[Path]:
    """Write a temporary file beside the path; rename it over the path at the end, or remove it when anything fails.

    Its name is hidden and does not end in .conf, because some services read every *.conf that lies beside their own.
    """
    forget_torn(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(state.content or b"")
            stream.flush()
            _grant(handle, state)
            os.fsync(handle)
        yield temporary
        temporary.replace(path)
        _sync_directory(path.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


@contextlib.contextmanager
def explained(action: str, path: Path) -> Iterator[None]:
    """Turn the faults of a file system into one line that says what to do."""
    try:
        yield
    except OSError as error:
        number = error.errno or 0
        hint = HINTS.get(number, "Look at it: ls -ld {path} {directory}").format(path=path, directory=path.parent)
        raise DeployError(f"Cannot {action} {path}: {WORDS.get(number, error.strerror)}.", hint) from error


def _open(path: Path) -> int:
    # Not blocking, so that a pipe in the file's place cannot hold up the run.
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def grant(handle: int, owner: str, group: str, mode: int) -> None:
    """Give an open file or directory its owner, group and mode, the names first so that no one else gets in between."""
    os.fchown(handle, _uid(owner), _gid(group))
    os.fchmod(handle, mode)


def _grant(handle: int, state: State) -> None:
    grant(handle, str(state.owner), str(state.group), state.mode or 0)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _uid(owner: str) -> int:
    with _known(f"user {owner!r}"):
        return int(owner) if owner.isdigit() else pwd.getpwnam(owner).pw_uid


def _gid(group: str) -> int:
    with _known(f"group {group!r}"):
        return int(group) if group.isdigit() else grp.getgrnam(group).gr_gid


@contextlib.contextmanager
def _known(account: str) -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise DeployError(f"There is no {account} on this host.", "Install the package that makes it first.") from error


def user_name(uid: int) -> str:
    """Return the name of a user, or the number where there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """Return the name of a group, or the number where there is none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
