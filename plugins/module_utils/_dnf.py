# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""dnf and rpm on this host.

Nothing has to be finished first after somebody pulled the plug: dnf checks what it downloaded before it uses it, and
what rpm had only half unpacked is unknown to its database, so that the next installation unpacks it again.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Callable

from ._command import Run, last_words
from ._plan import DeployError

ATTEMPTS = 3
PAUSE = 5
CACHE = Path("/var/cache/dnf")
# Writes all names that packages go by: what is asked for may be one that another package provides.
PROVIDED = ("rpm", "--query", "--queryformat", r"[%{PROVIDENAME}\n]", "--whatprovides")
# dnf's exit code when another program holds one of its locks.
LOCKED = 200
NO_ROOM = re.compile(r"more (space|inodes)|No space left|Insufficient space")
NOT_OFFERED = re.compile(r"Unable to find a match|nothing provides|no enabled repositories")
# With which a complaint begins; it may go on for several lines.
BEGINNING = re.compile(r"^Error|already locked by|lock file found")
# What another try does not mend, once repositories were asked anew.
HOPELESS = re.compile(
    rf"{NO_ROOM.pattern}|{NOT_OFFERED.pattern}|Read-only file system|GPG check FAILED|conflict(s with|ing requests)"
)


class PackageError(DeployError):
    """What dnf said."""

    @property
    def lasting(self) -> bool:
        """Whether another try does not mend it."""
        return bool(HOPELESS.search(str(self)))


def uses_dnf(find: Callable[[str], str | None] = shutil.which) -> bool:
    """Return whether this host's packages are dnf's; a Debian host may have it too, beside its own apt.

    Args:
        find: Finds a program.
    """
    return bool(find("dnf")) and not find("apt-get")


class Dnf:
    """Packages on a host of the Red Hat family.

    Args:
        run: Runs a command.
        proxy: http(s) proxy; empty for what dnf is set up with.
        lock_timeout: Seconds to wait for another program that works with packages.
        sleep: Waits some seconds.
    """

    def __init__(
        self, run: Run, proxy: str = "", lock_timeout: int = 300, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._run = run
        # Not an argument, which every user could read: it may hold a password.
        self._environment = {"http_proxy": proxy, "https_proxy": proxy} if proxy else {}
        self._lock_timeout = lock_timeout
        self._sleep = sleep

    def installed(self, names: Sequence[str]) -> frozenset[str]:
        """Return which of the packages are installed, under this name or as what another package provides."""
        _, output, _ = self._ask([*PROVIDED, *names])  # exit code: how many of them are unknown here
        return frozenset(names) & frozenset(output.splitlines())

    def lists_age(self, now: float, cache: Path = CACHE) -> float | None:
        """Return how many seconds ago the oldest repository was asked; None when none was."""
        times = [path.stat().st_mtime for path in cache.glob("*/repodata/*primary*")]
        return now - min(times) if times else None

    def install(self, names: Sequence[str], *, fresh_lists: bool, start_services: bool) -> None:
        """Install packages.

        Args:
            names: The packages.
            fresh_lists: Whether what dnf knows of the repositories will do.
            start_services: Of no matter: packages of this family do not start their services.

        Raises:
            DeployError: They could not be installed, also not with repositories asked anew.
        """
        del start_services
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._install(names, fresh_lists=fresh_lists)
            except PackageError as error:
                if attempt == ATTEMPTS or (not fresh_lists and error.lasting):
                    raise
            else:
                return
            # What dnf knew names packages that are gone meanwhile: that is mended by asking anew, not by waiting.
            self._sleep(0 if fresh_lists else PAUSE * attempt)
            fresh_lists = False

    def _install(self, names: Sequence[str], *, fresh_lists: bool) -> None:
        argv = ["dnf", "--assumeyes", "--setopt=install_weak_deps=False", "--setopt=exit_on_lock=True"]
        argv += [] if fresh_lists else ["--refresh"]
        until = time.monotonic() + self._lock_timeout
        while True:
            code, output, errors = self._ask([*argv, "install", "--", *names])
            if code != LOCKED or time.monotonic() >= until:
                break
            self._sleep(1)
        if code:
            raise PackageError(f"dnf install failed: {_reason(output, errors)}", _mend(code, errors))

    def _ask(self, words: Sequence[str]) -> tuple[int, str, str]:
        try:
            return self._run(words, environment=self._environment)
        except OSError as error:
            raise DeployError(
                f"Cannot run {words[0]}: {error.strerror}.", "Use a host of the Red Hat family."
            ) from error


def _reason(output: str, errors: str) -> str:
    """Return in one line what dnf complains of, which takes it several, and not the advice that it gives."""
    said = errors.partition("Error Summary")[0].strip() or output
    lines = [line.strip() for line in said.splitlines()]
    told = [line for line in lines if line and not line.startswith(("(try to add", "Memory :", "Started:", "State  :"))]
    first = next((turn for turn, line in enumerate(told) if BEGINNING.search(line)), -1)
    return last_words("", " ".join(dict.fromkeys(told[first:])))


def _mend(code: int, errors: str) -> str:
    if code == LOCKED:
        return "Wait for the other program: ps -fC dnf,yum,rpm"
    if NO_ROOM.search(errors):
        return "Make room: df -h / /var /var/cache/dnf; dnf clean packages"
    if "Read-only file system" in errors:
        return "Make it writable again: mount -o remount,rw /"
    if "download metadata" in errors:
        return "Check the network and /etc/yum.repos.d; behind a proxy, set openstack_package_proxy."
    if NOT_OFFERED.search(errors):
        return "See what the host's repositories are: dnf repolist. Those of OpenStack are RDO's."
    return "Try it on the host: dnf --refresh install, with the names of the packages"
