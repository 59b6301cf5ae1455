# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A systemd unit that runs with what is on disk, as a resource; what does not bring it up is taken back."""

from __future__ import annotations

import dataclasses
import datetime
import fnmatch
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ._command import Run
from ._known_good import KnownGood
from ._plan import DeployError, Plan, Step
from ._resource import Context, Kind, Outcome
from ._service_health import Health, Watch
from ._service_unit import Files, Record, Unit, Wish, plan_unit, read_files, stale
from ._systemd import Records, Systemd, UnitFailedError, workers

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "enabled": {"type": "bool", "default": True},
    "state": {"type": "str", "choices": ["started", "stopped", "loaded"], "default": "started"},
    "files": {"type": "list", "elements": "str", "default": []},
    "health_url": {"type": "str"},
    "health_statuses": {"type": "list", "elements": "int", "default": [200]},
    "health_timeout": {"type": "int", "default": 90},
    "log_file": {"type": "path"},
    "rollback": {"type": "bool", "default": True},
    "workers": {"type": "int"},
}

# Seconds within which a service replaces a worker that died, and between two looks.
REPLACED, PAUSE = 5.0, 0.2


class Keeper:
    """Brings one unit to what the parameters say.

    Args:
        params: The module's parameters.
        systemd: The unit.
        records: What the last run left running.
        watch: Waits for the unit.
        good: The configuration with which the unit was up last.
    """

    def __init__(
        self, params: Mapping[str, Any], systemd: Systemd, records: Records, watch: Watch, good: KnownGood
    ) -> None:
        self._params = params
        self._systemd, self._records, self._watch, self._good = systemd, records, watch, good
        self._wish = Wish(params["enabled"], None if params["state"] == "loaded" else params["state"] == "started")

    def keep(self, touched: Sequence[str], *, check_mode: bool, tentative: bool = False) -> tuple[Plan, Unit]:
        """Return the steps that were due, or are, and how the unit is now.

        Args:
            touched: Files that were changed just now, or would be in check mode.
            check_mode: Whether to change nothing.
            tentative: Whether the unit may be one that is still to be installed.

        Raises:
            UnitFailedError: It does not come up. What ran before runs again, if anything did.
        """
        found = self._systemd.read()
        if not check_mode and any(defines(path, found.name) for path in touched):
            # systemd does not ask for it where a new file stands in front of a package's.
            found = dataclasses.replace(found, needs_reload=True)
        files = self._files(found)
        steps = plan_unit(found, self._wish, files, self._records.read(found.name), tentative=tentative)
        steps = self._manned(steps, found)
        if check_mode:
            return self._foreseen(steps, found, files, touched), found
        if not self._wish.started:
            self._systemd.apply(steps)
            return steps, self._systemd.read()
        try:
            unit = self._bring_up(steps)
        except UnitFailedError as error:
            raise self._taken_back(error, touched) from error
        # The files were read before the start, so that a change since then shows up in the next run. Only the
        # definition has to be read again: systemd may have found another one when it was reloaded.
        if unit.definition != found.definition:
            files = self._files(unit)
        self._records.write(unit.name, Record(unit.invocation, files.patterns, files.digest))
        self._good.keep(files.patterns)
        return steps, unit

    def _manned(self, steps: Plan, unit: Unit) -> Plan:
        """Return the steps with the restart that a process needs which does not have its workers."""
        wished = self._params["workers"]
        if steps or not wished or not self._wish.started:
            return steps
        # A worker that died is replaced within a moment.
        until = time.monotonic() + REPLACED
        while (counted := workers(unit.main_pid)) != wished and time.monotonic() < until:
            time.sleep(PAUSE)
        if counted == wished:
            return steps
        return Plan((Step("restart", f"unit {unit.name}", f"{counted} workers", f"{wished} workers"),))

    def _files(self, unit: Unit) -> Files:
        return read_files([*self._params["files"], *unit.definition])

    def _bring_up(self, steps: Plan) -> Unit:
        try:
            self._systemd.apply(steps)
        except UnitFailedError as error:
            raise self._watch.failure(str(error)) from error
        return self._watch.until_up(fresh=any(step.action in ("start", "restart") for step in steps.steps))

    def remember(self) -> None:
        """Keep the configuration that a running unit was found with, before the first change that is ours."""
        unit = self._systemd.read()
        if not unit.running or self._good.exists:
            return
        files = self._files(unit)
        # What a run wrote that was killed before its restart is not what the unit runs with.
        if not stale(unit, files, self._records.read(unit.name)):
            self._good.keep(files.patterns)

    def _taken_back(self, error: UnitFailedError, touched: Sequence[str]) -> UnitFailedError:
        """Return the error to tell, after what was good before is back in place and runs."""
        try:
            restored = self._restore(touched) if self._params["rollback"] else []
        except DeployError as trouble:
            return UnitFailedError(f"{error} What was good before stays away: {trouble}", trouble.hint, error.log)
        if not restored:
            return error
        names = ", ".join(restored)
        restart = Step("restart", f"unit {self._systemd.name}", arguments={"failed": True})
        try:
            self._bring_up(Plan((Step("daemon_reload", "systemd"), restart)))
        except DeployError as again:
            told = f"{error} The previous {names} was put back, but does not bring it up either: {again}"
            return UnitFailedError(told, error.hint, again.log)
        told = f"{error} The previous {names} was put back, and {self._systemd.name} is up again with it."
        return UnitFailedError(told, "Correct the variables that changed, then run this again.", error.log)

    def _restore(self, touched: Sequence[str]) -> list[str]:
        patterns = self._files(self._systemd.read()).patterns
        written = [path for path in touched if any(fnmatch.fnmatch(path, pattern) for pattern in patterns)]
        return self._good.restore(written)

    def _foreseen(self, steps: Plan, unit: Unit, files: Files, touched: Sequence[str]) -> Plan:
        """Return the steps with the restart that a file makes necessary which is not written yet."""
        if not (self._wish.started and unit.running) or any(step.action == "restart" for step in steps.steps):
            return steps
        # A drop-in that is still to come is in no unit's list yet.
        patterns = [*files.patterns, f"*/{unit.name.removesuffix('.service')}.service.d/*.conf"]
        if not any(fnmatch.fnmatch(path, pattern) for path in touched for pattern in patterns):
            return steps
        restart = Step("restart", f"unit {unit.name}", "running with older files", "running with what is on disk")
        return Plan((*steps.steps, restart))


def defines(path: str, name: str) -> bool:
    """Return whether a file is a unit's own definition, or a drop-in of it, where administrators keep theirs."""
    full = name if "." in name else f"{name}.service"
    return path == f"/etc/systemd/system/{full}" or path.startswith(f"/etc/systemd/system/{full}.d/")


def described(unit: Unit) -> dict[str, Any]:
    """Return the result keys that tell how the unit is."""
    started = datetime.datetime.fromtimestamp(unit.started, datetime.timezone.utc) if unit.started else None
    return {
        "main_pid": unit.main_pid,
        "started_at": started.strftime("%Y-%m-%dT%H:%M:%SZ") if started and unit.running else None,
        "workers": workers(unit.main_pid),
    }


def keeper(params: Mapping[str, Any], runner: Run) -> tuple[Keeper, Watch]:
    """Return who keeps the unit that the parameters name, and the watch that times it."""
    systemd = Systemd(params["name"], runner)
    statuses, log_file = tuple(params["health_statuses"]), params["log_file"] or ""
    watch = Watch(systemd, Health(params["health_url"] or "", statuses, params["health_timeout"], log_file))
    return Keeper(params, systemd, Records(), watch, KnownGood(params["name"])), watch


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Bring the unit to what the parameters say.

    Raises:
        UnitFailedError: It does not come up.
    """
    who, watch = keeper(params, context.run)
    steps, unit = who.keep(context.touched, check_mode=context.check_mode, tentative=context.tentative)
    return Outcome(steps, {"seconds_waited": watch.seconds, **described(unit)})


def prepare(params: Mapping[str, Any], context: Context) -> None:
    """Keep what the unit runs with, before any file is changed."""
    keeper(params, context.run)[0].remember()


KIND = Kind(ARGUMENT_SPEC, bring, prepare=prepare)
