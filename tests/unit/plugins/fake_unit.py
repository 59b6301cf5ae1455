"""A host with one unit, between the runs that look after it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible_collections.glance_deploy.openstack.plugins.module_utils._known_good import KnownGood
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import Plan
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_health import Health, Watch
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_unit import Unit
from ansible_collections.glance_deploy.openstack.plugins.module_utils._systemd import Records, Systemd, UnitFailedError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._unit_run import ARGUMENT_SPEC, Keeper

RUNNING = {"active": "active", "sub": "running"}
URL = "http://127.0.0.1:9292/healthcheck"
# Seconds from a start until the service answers.
LOADING = 3.0


class FakeSystemd(Systemd):
    """A unit that does what it is told; every start is a new invocation.

    Attributes:
        unit: How it is.
        done: What it was told.
        fails: Whether it refuses to start.
        config: File that it cannot live with when it says `broken`.
    """

    def __init__(self, config: Path, **unit: Any) -> None:
        super().__init__("api", lambda _: (0, "", ""))
        self.unit = Unit("api", **unit)
        self.done: list[str] = []
        self.forgiven: list[bool] = []
        self.fails = False
        self.config = config

    def read(self) -> Unit:
        return self.unit

    def apply(self, steps: Plan) -> None:
        for step in steps.steps:
            self.done.append(step.action)
            self.forgiven.append(bool(step.arguments.get("failed")))
            if self.fails:
                raise UnitFailedError("Cannot start api.", "journalctl")
            self.unit = dataclasses.replace(self.unit, **self._effect(step.action))

    def journal(self, since: float, lines: int) -> list[str]:
        del since, lines
        return [] if self.is_good else ["Stopped.", "ERROR: no such option: broken"]

    @property
    def is_good(self) -> bool:
        """Whether a process can live with what is on disk."""
        return self.config.is_file() and "broken" not in self.config.read_text()

    def _effect(self, action: str) -> dict[str, Any]:
        effects: dict[str, dict[str, Any]] = {
            "daemon_reload": {"needs_reload": False, "definition": ("/none/b",)},
            "enable": {"enabled": "enabled"},
            "disable": {"enabled": "disabled"},
            "stop": {"active": "inactive", "sub": "dead", "invocation": ""},
        }
        start = {**RUNNING, "invocation": f"i{len(self.done)}", "started": 1e12}
        if not self.is_good:
            start = {"active": "failed", "sub": "failed", "invocation": "", "started": 1e12}
        return effects.get(action, start)


class SlowSystemd(FakeSystemd):
    """A unit that lives with any configuration, but whose service does not answer with a broken one."""

    now = 0.0
    started_at = 0.0

    def apply(self, steps: Plan) -> None:
        super().apply(steps)
        self.started_at = self.now

    def ask(self, url: str) -> int | str:
        assert url == URL
        return 200 if self.is_good and self.now - self.started_at >= LOADING else "refused"

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def _effect(self, action: str) -> dict[str, Any]:
        effect = super()._effect(action)
        return {**effect, **RUNNING, "invocation": f"i{len(self.done)}"} if effect.get("active") == "failed" else effect


class Site:
    """One host between runs.

    Attributes:
        file: The configuration.
        systemd: The unit.
        records: What the last run left running.
        good: The configuration with which it was up last.
    """

    def __init__(self, directory: Path, **unit: Any) -> None:
        self.file = directory / "etc" / "api.conf"
        self.file.parent.mkdir()
        self.file.write_text("one")
        self.systemd = FakeSystemd(self.file, **unit)
        self.records = Records(directory / "records")
        self.good = KnownGood("api", directory / "good", str(self.file.parent))

    def run(self, *, check_mode: bool = False, touched: Sequence[str] = (), **changes: Any) -> list[str]:
        """Run once and return what was done, or would be."""
        self.systemd.done.clear()
        steps, _ = self._keeper(**changes).keep(touched, check_mode=check_mode)
        actions = [step.action for step in steps.steps]
        assert self.systemd.done == ([] if check_mode else actions)
        return actions

    def remember(self, **changes: Any) -> None:
        """Do what comes before the first change of a run."""
        self._keeper(**changes).remember()

    def _keeper(self, **changes: Any) -> Keeper:
        params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}
        params |= {"name": "api", "files": [str(self.file)], **changes}
        return Keeper(params, self.systemd, self.records, self._watch(), self.good)

    def _watch(self) -> Watch:
        if isinstance(self.systemd, SlowSystemd):
            slow = self.systemd
            return Watch(slow, Health(URL, timeout=30), slow.ask, slow.sleep, lambda: slow.now)
        return Watch(self.systemd, Health(), sleep=lambda _: None, clock=iter(range(1000)).__next__)
