# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a host can take what is to be deployed: everything that stands against it, found at once, with what mends it.

The functions here are pure: they get what was read from the host, and what is asked for, and return problems.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._plan import DeployError

OLDEST_PYTHON = (3, 9)
MINIMUM_INODES = 10_000
# What people call systems whose identifier is not their name.
SYSTEM_NAMES = {"centos": "CentOS Stream", "rhel": "Red Hat Enterprise Linux", "almalinux": "AlmaLinux"}


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that stands against a deployment.

    Attributes:
        what: What is wrong.
        where: The part of the host that it is about.
        mend: What to do about it.
    """

    what: str
    where: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.mend}"


@dataclasses.dataclass(frozen=True)
class System:
    """What the host is."""

    id: str
    version: str
    name: str
    memory_mb: int
    python: tuple[int, int]
    init: str
    root: bool
    time: float


@dataclasses.dataclass(frozen=True)
class Disk:
    """The file system on which a path lies or would lie."""

    path: str
    device: int
    free_mb: int
    # None where the file system makes as many as are needed.
    free_inodes: int | None = None
    read_only: bool = False
    # The path, or its nearest parent that is there.
    place: str = "/"


@dataclasses.dataclass(frozen=True)
class Listener:
    """A process that listens on a TCP port; unnamed when it belongs to nobody that can be seen from here."""

    port: int
    address: str
    pid: int = 0
    names: tuple[str, ...] = ()
    unit: str = ""

    @property
    def known(self) -> str:
        """The process for people."""
        if not self.pid:
            return "a program that cannot be seen from here"
        return f"{self.names[0] if self.names else '?'} (pid {self.pid}{f', {self.unit}' if self.unit else ''})"


@dataclasses.dataclass(frozen=True)
class PortWish:
    """A port that has to be free, or be held by one of the owners already."""

    port: int
    address: str = ""
    owners: tuple[str, ...] = ()


def check_run(error: DeployError | None) -> list[Problem]:
    """Return that another run is at work on this host, if one is."""
    return [Problem(str(error).rstrip("."), "runs", error.hint)] if error else []


def check_system(system: System, supported: Mapping[str, Sequence[str]], min_memory_mb: int) -> list[Problem]:
    """Return what stands against the kind of host that it is."""
    problems = []
    if not any(is_of(system.version, version) for version in supported.get(system.id, ())):
        names = {name: SYSTEM_NAMES.get(name, name.capitalize()) for name in supported}
        offer = "; ".join(f"{names[name]} {', '.join(versions)}" for name, versions in supported.items())
        problems.append(Problem(f"{system.name} is not supported", "operating system", f"Use one of: {offer}."))
    if system.init != "systemd":
        problems.append(
            Problem(f"it is {system.init}, not systemd", "process 1", "Use a host that was booted with systemd.")
        )
    if not system.root:
        problems.append(Problem("not root", "privileges", "Use become: true and an account that may use sudo."))
    if system.python < OLDEST_PYTHON:
        found, oldest = (".".join(map(str, version)) for version in (system.python, OLDEST_PYTHON))
        problems.append(
            Problem(f"{found} is too old", "Python", f"Set ansible_python_interpreter to {oldest} or newer.")
        )
    if system.memory_mb < min_memory_mb:
        problems.append(
            Problem(f"{system.memory_mb} MB, but {min_memory_mb} are needed", "memory", "Give the host more memory.")
        )
    return problems


def is_of(version: str, wanted: str) -> bool:
    """Return whether a version is the wanted one, or a minor one of it: 9.4 is a 9."""
    return f"{version}.".startswith(f"{wanted}.")


def check_clock(skew: float, max_skew: float) -> list[Problem]:
    """Return whether the clock is too far from the control machine's: tokens would be too young or too old."""
    if abs(skew) <= max_skew:
        return []
    way = "ahead of" if skew > 0 else "behind"
    return [Problem(f"{abs(skew):.0f} s {way} the control machine", "clock", "Set it right: timedatectl set-ntp true")]


def check_disks(disks: Iterable[Disk], min_disk_mb: Mapping[str, int]) -> list[Problem]:
    """Return the file systems that cannot take what is asked for; what lies on the same one is added up."""
    by_device: dict[int, list[Disk]] = {}
    for disk in disks:
        by_device.setdefault(disk.device, []).append(disk)
    return [problem for group in by_device.values() for problem in _check_file_system(group, min_disk_mb)]


def _check_file_system(group: Sequence[Disk], min_disk_mb: Mapping[str, int]) -> list[Problem]:
    problems, disk = [], group[0]
    filled = [entry.path for entry in group if min_disk_mb.get(entry.path)]
    needed, where = sum(min_disk_mb[path] for path in filled), ", ".join(filled)
    if disk.read_only:
        mend = f"Make it writable: mount -o remount,rw $(findmnt -n -o TARGET --target {disk.place})"
        problems.append(Problem("the file system is read-only", ", ".join(entry.path for entry in group), mend))
    if disk.free_mb < needed:
        problems.append(
            Problem(f"{disk.free_mb} MB are free, but {needed} are needed", where, f"Make room: df -h {disk.place}")
        )
    if needed and disk.free_inodes is not None and disk.free_inodes < MINIMUM_INODES:
        problems.append(Problem(f"only {disk.free_inodes} more files fit", where, f"Make room: df -i {disk.place}"))
    return problems


def check_ports(wishes: Iterable[PortWish], listeners: Sequence[Listener]) -> list[Problem]:
    """Return the ports that somebody else holds."""
    return [
        Problem(
            f"taken by {listener.known} on {listener.address}",
            f"port {wish.port}",
            f"Stop it ({_tell(listener)} tells more), or set another port.",
        )
        for wish in wishes
        for listener in _first_of_each(wish, listeners)
    ]


def _first_of_each(wish: PortWish, listeners: Sequence[Listener]) -> list[Listener]:
    found: dict[tuple[int, str], Listener] = {}
    for listener in listeners:
        if listener.port == wish.port and _overlap(wish.address, listener.address) and not _owned(wish, listener):
            found.setdefault((listener.pid, listener.unit), listener)
    return list(found.values())


def _overlap(one: str, other: str) -> bool:
    anywhere = ("", "*", "0.0.0.0", "::")  # noqa: S104  # compared with, not bound to
    return one in anywhere or other in anywhere or one == other


def _owned(wish: PortWish, listener: Listener) -> bool:
    return bool({*listener.names, listener.unit, listener.unit.partition(".")[0]} & set(wish.owners))


def _tell(listener: Listener) -> str:
    return f"systemctl status {listener.pid}" if listener.pid else f"ss -ltnp sport = :{listener.port}"


def wished_room(given: Mapping[str, Any]) -> dict[str, int]:
    """Return the MB that must be free, which the argument spec leaves unchecked."""
    if not all(path.startswith("/") and str(size).isdigit() for path, size in given.items()):
        raise DeployError("min_disk_mb must map absolute paths to MB.", "Write it as {/var/lib/glance: 2048}.")
    return {path: int(size) for path, size in given.items()}


def result(problems: Sequence[Problem], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the module's result; it has a `msg` when it is a failure."""
    found: dict[str, Any] = {
        "changed": False,
        "steps": [],
        "facts": dict(facts),
        "problems": [dataclasses.asdict(entry) for entry in problems],
    }
    if problems:
        found["msg"] = "\n".join(map(str, problems))
        found["hint"] = "Nothing was changed. Mend what is listed and run again."
    return found
