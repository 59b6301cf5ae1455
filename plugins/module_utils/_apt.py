# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""apt and dpkg on this host, also after somebody pulled the plug in the middle of their work."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Callable

from ._command import Run, last_words
from ._config_file import explained
from ._plan import DeployError

ATTEMPTS = 3
PAUSE = 5
LISTS = Path("/var/lib/apt/lists")
SOURCES = Path("/etc/apt")
POLICY = Path("/usr/sbin/policy-rc.d")
# What another try does not mend.
STALE = "apt-get update failed"
HOPELESS = re.compile(r"enough free space|No space left|Read-only file system|Unable to locate package|held broken")
LOCKED = re.compile(r"(frontend lock|is locked by|Could not get lock)")
# An archive in apt's cache of the right size and the wrong bytes, after a power cut: apt does not look at it again.
TORN = re.compile(
    r"archive signature|could not locate member|not a Debian format archive|unexpected end of file|"
    r"(zlib|lzma|zstd) error|dpkg-deb .*subprocess returned error"
)
# dpkg gets them by links that apt makes for it, as 012-NAME.
ARCHIVE = re.compile(r"(?:/var/cache/apt/archives/|/apt-dpkg-install-[^/\s]+/\d+-)([^\s:/']+\.deb)")
CACHE = Path("/var/cache/apt/archives")
# Asked by maintainer scripts before they start a service; 101 forbids it. It forbids nothing once its run is over, so
# that one which a killed run left behind does no harm.
GUARD = """#!/bin/sh
# Put here by glance-deploy while packages come in; it may be removed.
test "$(cut -d ' ' -f 22 /proc/{pid}/stat 2>/dev/null)" = "{started}" || exit 0
exit 101
"""
# Programs of some systems that ask, or restart services, after packages came in.
QUIET = {"APT_LISTCHANGES_FRONTEND": "none", "NEEDRESTART_SUSPEND": "1"}
GUARD_MARK = b"Put here by glance-deploy"


class PackageError(DeployError):
    """What apt said.

    Args:
        message: What is wrong.
        hint: What to do.
        torn: Archives in apt's cache that cannot be read.
    """

    def __init__(self, message: str, hint: str, torn: Collection[Path] = ()) -> None:
        super().__init__(message, hint)
        self.torn = torn

    @property
    def lasting(self) -> bool:
        """Whether another try does not mend it; a package that is unknown may be named by lists that did not come."""
        return bool(HOPELESS.search(str(self))) and STALE not in str(self)


class Apt:
    """Packages on a Debian host.

    Args:
        run: Runs a command.
        proxy: http(s) proxy; empty for what apt is set up with.
        lock_timeout: Seconds to wait for another program that works with packages.
        sleep: Waits some seconds.
        forget: Removes an archive, which is downloaded again.
        policy: Where maintainer scripts ask whether they may start services.
    """

    def __init__(
        self,
        run: Run,
        proxy: str = "",
        lock_timeout: int = 300,
        *,
        sleep: Callable[[float], None] = time.sleep,
        forget: Callable[[Path], None] = lambda path: path.unlink(missing_ok=True),
        policy: Path = POLICY,
    ) -> None:
        self._run = run
        self._environment = {"http_proxy": proxy, "https_proxy": proxy} if proxy else {}
        self._lock_timeout = lock_timeout
        self._sleep = sleep
        self._forget = forget
        self._policy = policy

    def installed(self, names: Sequence[str]) -> frozenset[str]:
        """Return which of the packages are installed, and set up to the end."""
        with _found("dpkg-query"):
            query = ["dpkg-query", "--show", r"--showformat=${db:Status-Status} ${Package}\n", "--", *names]
            _, output, _ = self._run(query)  # exit code 1: some of them are unknown here
        return frozenset(line.split()[1] for line in output.splitlines() if line.startswith("installed "))

    def lists_age(self, now: float, lists: Path = LISTS, sources: Path = SOURCES) -> float | None:
        """Return how many seconds ago package lists were fetched; None when there are none, or a source is newer."""
        # The directory counts, not its files, which are as old as the mirror says. It may be fresh and empty.
        has_lists = lists.is_dir() and any(lists.glob("*_Packages*"))
        # A source that came in later is in no list yet.
        newest = max((path.stat().st_mtime for path in sources.glob("sources.list.d/*")), default=0.0)
        is_told = has_lists and newest <= lists.stat().st_mtime
        return now - lists.stat().st_mtime if is_told else None

    def install(self, names: Sequence[str], *, fresh_lists: bool, start_services: bool) -> None:
        """Install packages, finishing first what an interrupted installation left.

        Args:
            names: The packages.
            fresh_lists: Whether the package lists will do.
            start_services: Whether the packages' own services may start.

        Raises:
            DeployError: They could not be installed, also not with fresh lists.
        """
        with contextlib.nullcontext() if start_services else self._guarded():
            for attempt in range(1, ATTEMPTS + 1):
                error = self._attempt(names, fresh_lists=fresh_lists)
                if error is None:
                    return
                if attempt == ATTEMPTS or (not fresh_lists and error.lasting):
                    raise error
                for path in error.torn:
                    with explained("remove", path):
                        self._forget(path)
                # Old lists name packages that are gone meanwhile: that is mended by fresh ones, not by waiting.
                self._sleep(0 if fresh_lists else PAUSE * attempt)
                fresh_lists = False

    def _attempt(self, names: Sequence[str], *, fresh_lists: bool) -> PackageError | None:
        """Return why the packages could not be installed, None when they are."""
        stale = ""
        if not fresh_lists:
            try:
                self._apt("update")
            except PackageError as error:
                # One mirror of several may be down, or the lists that are there will do.
                stale = f" {error}"
        try:
            self._finish()
            self._apt("install", "--yes", "--no-install-recommends", "--", *names)
        except PackageError as error:
            return PackageError(f"{error}{stale}", error.hint, error.torn)
        return None

    def _finish(self) -> None:
        """Bring an interrupted dpkg to its end."""
        _, output, _ = self._run(["dpkg", "--audit"])
        if not output.strip() and not any(Path("/var/lib/dpkg/updates").glob("[0-9]*")):
            return
        until = time.monotonic() + self._lock_timeout
        words = ["dpkg", "--force-confdef", "--force-confold", "--configure", "--pending"]
        while True:
            _, _, errors = self._run(words)
            if not LOCKED.search(errors) or time.monotonic() >= until:
                break
            self._sleep(1)
        # Packages that were only half unpacked are fetched and unpacked again.
        self._apt("install", "--fix-broken", "--yes")

    def _apt(self, *words: str) -> None:
        options = {
            "DPkg::Lock::Timeout": self._lock_timeout,
            "Acquire::Retries": 3,
            "Dpkg::Use-Pty": 0,
        }
        argv = ["apt-get", "--quiet=2", *(f"--option={name}={value}" for name, value in options.items())]
        # A configuration file that is there was written by somebody who knew why.
        argv += [f"--option=Dpkg::Options::=--force-{word}" for word in ("confdef", "confold")]
        with _found("apt-get"):
            code, output, errors = self._run([*argv, *words], environment={**self._environment, **QUIET})
        # With failed mirrors, an update ends well and says so only in words.
        failed = code or (words[0] == "update" and re.search(r"^(E|W): .*(Failed|Unable|Could not)", errors, re.M))
        if failed:
            # A full disk tears what dpkg unpacks, not what apt has downloaded.
            is_torn = TORN.search(errors) and not HOPELESS.search(errors)
            torn = {CACHE / name for name in ARCHIVE.findall(errors)} if is_torn else ()
            raise PackageError(f"apt-get {words[0]} failed: {_reason(output, errors)}", _mend(errors), torn)

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Forbid services to start, unless somebody else has a policy of their own."""
        with explained("forbid services to start with", self._policy):
            is_guarded = self._guard()
        try:
            yield
        finally:
            if is_guarded:
                self._policy.unlink(missing_ok=True)

    def _guard(self) -> bool:
        if self._policy.is_symlink() or (self._policy.exists() and GUARD_MARK not in self._policy.read_bytes()):
            return False
        pid = os.getpid()
        started = Path(f"/proc/{pid}/stat").read_text(errors="replace").split(" ")[21]
        temporary = self._policy.with_name(f".{self._policy.name}.new")
        temporary.write_text(GUARD.format(pid=pid, started=started))
        temporary.chmod(0o755)
        temporary.replace(self._policy)
        return True


def _reason(output: str, errors: str) -> str:
    """Return what apt said last, after what dpkg said before that and is the reason."""
    told = last_words(output, errors)
    why = next((line.strip() for line in errors.splitlines() if HOPELESS.search(line)), "")
    return told if why in told else f"{why}; {told}"


def _mend(errors: str) -> str:
    if "free space" in errors or "No space left" in errors:
        return "Make room: df -h / /var /var/cache/apt; apt-get clean"
    if LOCKED.search(errors):
        return "Wait for the other program: fuser -v /var/lib/dpkg/lock-frontend"
    if "Read-only file system" in errors:
        return "Make it writable again: mount -o remount,rw /"
    return "Try it on the host: apt-get update && apt-get --fix-broken install"


@contextlib.contextmanager
def _found(program: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DeployError(f"Cannot run {program}: {error.strerror}.", "Use a host of the Debian family.") from error
