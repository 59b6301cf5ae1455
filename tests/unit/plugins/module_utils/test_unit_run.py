"""What check mode foresees of a unit, and what its workers lead to."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _unit_run
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_unit import RUNNING, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a host whose unit is up."""
    site = Site(tmp_path)
    assert site.run() == ["enable", "start"]
    return site


@pytest.mark.parametrize(
    ("touched", "unit", "steps"),
    [
        ("api.conf", {}, ["restart"]),
        ("api.service.d/new.conf", {}, ["restart"]),
        ("other", {}, []),
        ("", {}, []),
        ("api.conf", {"active": "inactive", "sub": "dead"}, ["start"]),
        ("api.conf", {"needs_reload": True}, ["daemon_reload", "restart"]),
    ],
    ids=[
        "touched",
        "a drop-in that is still to come",
        "another one touched",
        "noop",
        "it would start anyway",
        "it would restart anyway",
    ],
)
def test_check_mode_foresees_the_restart_that_a_file_makes_necessary(
    tmp_path: Path, touched: str, unit: dict[str, Any], steps: list[str]
) -> None:
    site = Site(tmp_path, **{**RUNNING, "enabled": "enabled", "started": 1e12, **unit})
    paths = [str(site.file.parent / touched)] if touched else []
    assert site.run(check_mode=True, touched=paths, files=[str(site.file.parent / "*.conf")]) == steps


def test_foresight_is_for_check_mode_only(site: Site) -> None:
    assert site.run(touched=[str(site.file)]) == []


@contextlib.contextmanager
def main_process(workers: int) -> Iterator[int]:
    """Run a process with that many workers; yields its id."""
    script = f"for turn in $(seq {workers}); do sleep 600 & done; echo up; read end; kill $(jobs -p)"
    with subprocess.Popen(["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        try:
            yield process.pid
        finally:
            process.communicate(b"\n")


@pytest.mark.parametrize(
    ("there_are", "wished", "steps"),
    [(2, 2, []), (1, 2, ["restart"]), (3, 2, ["restart"]), (1, None, []), (1, 0, [])],
    ids=["noop", "one died", "one too many", "any number", "none"],
)
def test_a_process_without_its_workers_is_restarted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there_are: int, wished: int | None, steps: list[str]
) -> None:
    monkeypatch.setattr(_unit_run, "REPLACED", 0.0)
    with main_process(there_are) as pid:
        unit = {**RUNNING, "enabled": "enabled", "started": 1e12, "main_pid": pid}
        site = Site(tmp_path, **unit)
        assert site.run(check_mode=True, workers=wished) == steps
        assert site.run(workers=wished) == steps


def test_a_worker_that_is_replaced_in_time_is_no_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = iter([1, 1, 2])
    monkeypatch.setattr(_unit_run, "workers", lambda _: next(counts))
    monkeypatch.setattr(_unit_run, "PAUSE", 0.0)
    site = Site(tmp_path, **RUNNING, enabled="enabled", started=1e12, main_pid=os.getpid())
    assert site.run(workers=2) == []


def test_a_unit_is_run_through_systemctl() -> None:
    params = {name: spec.get("default") for name, spec in _unit_run.ARGUMENT_SPEC.items()}

    def systemctl(words: list[str]) -> tuple[int, str, str]:
        assert words[:2] == ["systemctl", "show"]
        return 0, "LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\n", ""

    params["name"] = "no-such"
    outcome = _unit_run.bring(params, Context(systemctl, check_mode=True))
    assert outcome.plan.titles() == ["enable: unit no-such at boot", "start: unit no-such"]
    assert outcome.report["main_pid"] == 0
    with pytest.raises(DeployError, match=r"There is no unit no-such"):
        _unit_run.bring(params, Context(lambda _: (0, "LoadState=not-found\n", "")))
    _unit_run.prepare(params, Context(systemctl))
