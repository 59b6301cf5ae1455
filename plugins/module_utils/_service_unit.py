# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a systemd unit runs with what is on disk now, decided from state alone.

A run that was killed after it wrote a file, and before it restarted the service, must heal on the next run. So nothing
here depends on a notification: the unit's invocation and the files that its process has read are compared with a record
of the last run, or, where the record knows nothing about this invocation, with the time at which the process started.
"""

from __future__ import annotations

import dataclasses
import datetime
import glob
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ._config_file import explained
from ._plan import ABSENT, DeployError, Plan, Step, plan

# What `systemctl show` is asked for.
PROPERTIES = (
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "NeedDaemonReload",
    "InvocationID",
    "MainPID",
    "NRestarts",
    "ExecMainStartTimestamp",
    "ActiveEnterTimestamp",
    "FragmentPath",
    "DropInPaths",
    "SourcePath",
)
# Units in these states are not enabled by themselves, and cannot be.
ENABLED = ("enabled", "static", "indirect", "generated", "alias")
# Written anew whenever systemd reloads, so their age tells nothing.
GENERATED = "/run/systemd/generator"


@dataclasses.dataclass(frozen=True)
class Unit:
    """What systemd says about a unit."""

    name: str
    load: str = "loaded"
    active: str = "inactive"
    sub: str = "dead"
    enabled: str = "disabled"
    needs_reload: bool = False
    invocation: str = ""
    main_pid: int = 0
    restarts: int = 0
    started: float | None = None
    definition: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether there is a process; one that systemd is about to start again after a crash does not count."""
        return self.active in ("active", "reloading") or (self.active == "activating" and self.sub != "auto-restart")

    @property
    def state(self) -> str:
        """The state in systemd's own words."""
        return f"{self.active} ({self.sub})"


@dataclasses.dataclass(frozen=True)
class Files:
    """The files that the process has read when it started: which, their content, and their newest change."""

    patterns: tuple[str, ...] = ()
    digest: str = ""
    newest: float = 0.0


@dataclasses.dataclass(frozen=True)
class Record:
    """What the last run left running."""

    invocation: str
    patterns: tuple[str, ...]
    digest: str


@dataclasses.dataclass(frozen=True)
class Wish:
    """How the unit is to be; `started` is None for one that others start: systemd is to know it as it is on disk."""

    enabled: bool = True
    started: bool | None = True


def parse_unit(name: str, shown: str) -> Unit:
    """Return the unit from the output of `systemctl show`, asked with TZ=UTC and the C locale."""
    found = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    paths = [found.get("FragmentPath", ""), found.get("SourcePath", ""), *found.get("DropInPaths", "").split()]
    return Unit(
        name=name,
        load=found.get("LoadState", "not-found"),
        active=found.get("ActiveState", "inactive"),
        sub=found.get("SubState", "dead"),
        enabled=found.get("UnitFileState", ""),
        needs_reload=found.get("NeedDaemonReload") == "yes",
        invocation=found.get("InvocationID", ""),
        main_pid=_number(found, "MainPID"),
        restarts=_number(found, "NRestarts"),
        started=_time(found.get("ExecMainStartTimestamp")) or _time(found.get("ActiveEnterTimestamp")),
        definition=tuple(sorted(path for path in paths if path and not path.startswith(GENERATED))),
    )


def read_files(patterns: Iterable[str]) -> Files:
    """Return the state of all files that the patterns match; a directory counts with the names of its entries."""
    wanted = tuple(sorted(set(patterns)))
    summary, newest = hashlib.sha256(), 0.0
    for path in sorted({found for pattern in wanted for found in Path("/").glob(pattern.lstrip("/"))}):
        with explained("read", path):
            content = _content(path)
            newest = max(newest, path.stat().st_ctime)
        summary.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    # A file that was taken away leaves its trace in the directory only.
    directories = [Path(pattern).parent for pattern in wanted if glob.has_magic(pattern)]
    newest = max([newest, *(path.stat().st_ctime for path in directories if path.is_dir())])
    return Files(wanted, summary.hexdigest(), newest)


def plan_unit(unit: Unit, wish: Wish, files: Files, record: Record | None, *, tentative: bool = False) -> Plan:
    """Return the steps after which the unit is as wished; a tentative wish may name one that is still to come.

    Raises:
        DeployError: The unit cannot be brought there.
    """
    if unit.load != "loaded":
        unit = _stand_in(unit, wish, tentative=tentative)
    why = stale(unit, files, record) if wish.started and unit.running else ""
    return plan(
        Step("daemon_reload", "systemd", "an older definition", "the definition on disk")
        if unit.needs_reload
        else None,
        _boot_step(unit, wish),
        Step("restart", f"unit {unit.name}", why, "running with what is on disk") if why else _state_step(unit, wish),
    )


def stale(unit: Unit, files: Files, record: Record | None) -> str:
    """Return why the running process is not what a new one would be; nothing when it is."""
    if unit.needs_reload:
        return "running with an older definition"
    if record and (record.invocation, record.patterns) == (unit.invocation, files.patterns):
        return "" if record.digest == files.digest else "running with older files"
    # Started by hand, by a boot, or by a run that was killed: files older than the process are what it has read.
    return "" if unit.started is not None and files.newest < unit.started else "running since before its files changed"


def _content(path: Path) -> bytes:
    if path.is_dir():
        return b"\n".join(sorted(map(os.fsencode, path.iterdir())))
    # A masked unit is a link to /dev/null.
    return path.read_bytes() if path.is_file() else b""


def _stand_in(unit: Unit, wish: Wish, *, tentative: bool) -> Unit:
    """Return what to plan with for a unit that systemd has not loaded."""
    if not (wish.enabled or wish.started):
        return dataclasses.replace(unit, active="inactive", enabled="disabled")
    if unit.load == "masked":
        raise DeployError(f"Unit {unit.name} is masked: somebody forbade to start it.", f"systemctl unmask {unit.name}")
    if unit.load != "not-found":
        raise DeployError(f"systemd cannot read unit {unit.name}: {unit.load}.", f"systemd-analyze verify {unit.name}")
    if not tentative:
        raise DeployError(f"There is no unit {unit.name} on this host.", "Install the package that brings it first.")
    return dataclasses.replace(unit, active=ABSENT, sub=ABSENT, enabled=ABSENT)


def _boot_step(unit: Unit, wish: Wish) -> Step | None:
    if wish.enabled and unit.enabled not in ENABLED:
        return Step("enable", f"unit {unit.name} at boot", unit.enabled or "disabled", "enabled")
    if not wish.enabled and unit.enabled.startswith("enabled"):
        return Step("disable", f"unit {unit.name} at boot", unit.enabled, "disabled")
    return None


def _state_step(unit: Unit, wish: Wish) -> Step | None:
    if wish.started and not unit.running:
        # A unit between two crashes has to be taken out of its loop, or it would start with an old definition.
        action = "restart" if unit.active == "activating" else "start"
        return Step(action, f"unit {unit.name}", unit.state, "running", {"failed": unit.active == "failed"})
    if wish.started is False and (unit.running or unit.active == "activating"):
        return Step("stop", f"unit {unit.name}", unit.state, "stopped")
    return None


def _number(found: Mapping[str, str], name: str) -> int:
    text = found.get(name, "")
    # Python takes a superscript for a digit, too.
    return int(text) if re.fullmatch(r"\d{1,18}", text, re.ASCII) else 0


def _time(text: str | None) -> float | None:
    """Return seconds since 1970 for `Fri 2026-11-20 21:35:00 UTC`; systemd gives whole seconds, rounded down."""
    try:
        when = datetime.datetime.strptime(text or "", "%a %Y-%m-%d %H:%M:%S %Z")
    except ValueError:
        return None
    return when.replace(tzinfo=datetime.timezone.utc).timestamp()
