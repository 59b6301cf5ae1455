from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_unit import Unit
from ansible_collections.glance_deploy.openstack.plugins.module_utils._systemd import UnitFailedError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._unit_run import described

from tests.unit.plugins.fake_unit import RUNNING, Site


def test_a_unit_is_enabled_and_started_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.run() == ["enable", "start"]
    assert site.run() == []


def test_a_changed_file_restarts_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.run()
    site.file.write_text("two")
    assert site.run(check_mode=True) == ["restart"]
    assert site.run() == ["restart"]
    assert site.run() == []


def test_a_run_that_was_killed_before_its_restart_heals(tmp_path: Path) -> None:
    site = Site(tmp_path, **RUNNING, enabled="enabled", invocation="i0", started=1.0)
    assert site.run() == ["restart"]
    assert site.run() == []


def test_a_unit_that_was_started_by_hand_is_adopted(tmp_path: Path) -> None:
    site = Site(tmp_path, **RUNNING, enabled="enabled", invocation="i0", started=1e12)
    assert site.run() == []
    site.systemd.unit = dataclasses.replace(site.systemd.unit, started=1.0)
    assert site.run() == []
    site.file.write_text("two")
    assert site.run() == ["restart"]


def test_a_new_definition_is_recorded_as_systemd_reads_it(tmp_path: Path) -> None:
    site = Site(tmp_path, needs_reload=True, definition=("/none/a",), **RUNNING, enabled="enabled", started=1e12)
    assert site.run() == ["daemon_reload", "restart"]
    assert site.run() == []
    record = site.records.read("api")
    assert record is not None
    assert record.patterns == tuple(sorted(["/none/b", str(site.file)]))


def test_a_unit_is_stopped_and_disabled_once(tmp_path: Path) -> None:
    site = Site(tmp_path, **RUNNING, enabled="enabled")
    assert site.run(state="stopped", enabled=False) == ["disable", "stop"]
    assert site.run(state="stopped", enabled=False) == []


def test_check_mode_leaves_no_record(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.run(check_mode=True) == ["enable", "start"]
    assert not (tmp_path / "records").exists()


def test_a_failed_start_leaves_no_record_and_tells_the_log(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.systemd.fails = True
    with pytest.raises(UnitFailedError, match=r"Cannot start api\.") as caught:
        site.run()
    assert caught.value.hint == "journalctl -u api -n 100"
    assert site.records.read("api") is None


@pytest.mark.parametrize(
    ("unit", "started_at"),
    [
        (Unit("api", active="active", started=1795212204.0), "2026-11-20T22:03:24Z"),
        (Unit("api", active="failed", started=1795212204.0), None),
        (Unit("api"), None),
    ],
    ids=["up", "down", "never"],
)
def test_described(unit: Unit, started_at: str | None) -> None:
    assert described(unit) == {"main_pid": 0, "started_at": started_at, "workers": 0}
