"""What does not bring a unit up is taken back, and the unit is up again with what it had."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_unit import Unit
from ansible_collections.glance_deploy.openstack.plugins.module_utils._systemd import UnitFailedError

from tests.unit.plugins.fake_unit import LOADING, RUNNING, Site, SlowSystemd


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a host whose unit is up, with a configuration that is kept."""
    site = Site(tmp_path)
    assert site.run() == ["enable", "start"]
    return site


def failure(site: Site, **changes: Any) -> UnitFailedError:
    with pytest.raises(UnitFailedError) as caught:
        site.run(**changes)
    return caught.value


def test_what_brings_the_unit_up_is_kept_and_what_does_not_is_taken_back(site: Site) -> None:
    site.file.write_text("broken")
    error = failure(site)
    assert site.file.read_text() == "one"
    assert site.systemd.done == ["restart", "daemon_reload", "restart"]
    assert site.systemd.unit.running
    assert str(error) == (
        "api does not stay up: failed (failed). It wrote: ERROR: no such option: broken. "
        f"The previous {site.file} was put back, and api is up again with it."
    )
    assert error.hint == "Correct the variables that changed, then run this again."
    assert error.log == ["ERROR: no such option: broken"]


def test_the_next_run_after_a_rollback_finds_the_old_configuration_running(site: Site) -> None:
    site.file.write_text("broken")
    failure(site)
    # Its files are newer than its process only by the rounding of systemd's clock.
    assert site.run() == []
    site.file.write_text("better")
    assert site.run() == ["restart"]
    assert site.run() == []


def test_a_unit_that_failed_too_often_is_forgiven_before_it_gets_its_old_configuration(site: Site) -> None:
    site.file.write_text("broken")
    site.systemd.forgiven.clear()
    failure(site)
    assert site.systemd.forgiven == [False, False, True]


def test_a_configuration_that_a_killed_run_left_is_taken_back_after_a_reboot(site: Site) -> None:
    site.file.write_text("broken")
    site.systemd.unit = Unit("api", enabled="enabled", active="failed", sub="failed")
    assert "api is up again with it." in str(failure(site))
    assert site.systemd.done == ["start", "daemon_reload", "restart"]
    assert site.file.read_text() == "one"


def test_what_an_existing_service_runs_with_is_kept_before_the_first_change(tmp_path: Path) -> None:
    site = Site(tmp_path, **RUNNING, enabled="enabled", started=1e12)
    site.remember()
    site.file.write_text("broken")
    site.systemd.unit = dataclasses.replace(site.systemd.unit, started=1.0)
    error = failure(site, touched=[str(site.file)])
    assert "api is up again with it." in str(error)
    assert site.file.read_text() == "one"


@pytest.mark.parametrize(
    "unit",
    [{"active": "failed"}, {"active": "inactive", "load": "not-found"}, {**RUNNING, "started": 1.0}],
    ids=["down", "not there yet", "with older files"],
)
def test_what_no_service_runs_with_is_not_kept(tmp_path: Path, unit: dict[str, Any]) -> None:
    """The last one: a run wrote them that was killed before its restart."""
    site = Site(tmp_path, **unit)
    site.remember()
    assert not site.good.exists


def test_a_set_that_is_kept_stays_until_a_better_one_is_up(site: Site) -> None:
    site.file.write_text("by hand")
    site.systemd.unit = dataclasses.replace(site.systemd.unit, invocation="i9")
    site.remember()
    site.file.write_text("broken")
    site.systemd.unit = dataclasses.replace(site.systemd.unit, started=1.0)
    failure(site)
    assert site.file.read_text() == "one"


def test_a_file_that_this_run_made_is_taken_away_again(site: Site) -> None:
    files = [str(site.file.parent / "*.conf")]
    assert site.run(files=files) == []
    new = site.file.with_name("override.conf")
    new.write_text("x")
    site.file.write_text("broken")
    error = failure(site, files=files, touched=[str(new), str(site.file), "/elsewhere"])
    assert f"The previous {site.file}, {new} was put back" in str(error)
    assert not new.exists()
    assert site.file.read_text() == "one"


def test_the_old_configuration_has_its_own_time_to_come_up(tmp_path: Path) -> None:
    """The first wait took all the time there was: the service lived, and did not answer."""
    site = Site(tmp_path)
    site.systemd = slow = SlowSystemd(site.file)
    site.run()
    site.file.write_text("broken")
    error = failure(site)
    assert "api is not up after 30 s" in str(error)
    assert "api is up again with it." in str(error)
    assert slow.now == LOADING + 30 + LOADING


def test_without_anything_kept_the_error_is_the_plain_one(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.file.write_text("broken")
    error = failure(site)
    assert str(error) == "api does not stay up: failed (failed). It wrote: ERROR: no such option: broken."
    assert error.hint == "journalctl -u api -n 100"
    assert site.file.read_text() == "broken"
    assert not (tmp_path / "good").exists()


@pytest.mark.parametrize("changes", [{"rollback": False}, {}], ids=["not wished", "nothing changed"])
def test_nothing_is_taken_back_that_did_not_change_or_is_not_to_be(site: Site, changes: dict[str, Any]) -> None:
    before = "one" if not changes else "broken"
    site.file.write_text(before)
    site.systemd.unit = Unit("api", enabled="enabled", active="failed")
    site.systemd.fails = True
    error = failure(site, **changes)
    assert "put back" not in str(error)
    assert site.file.read_text() == before
    assert site.systemd.done == ["start"]


def test_a_rollback_that_fails_too_is_told_with_both_reasons(site: Site) -> None:
    site.file.write_text("broken")
    site.systemd.fails = True
    error = failure(site)
    assert str(error).startswith("Cannot start api. It wrote: ERROR: no such option: broken. The previous ")
    assert "was put back, but does not bring it up either: Cannot start api." in str(error)
    assert site.file.read_text() == "one"
    assert site.records.read("api") is not None


def test_what_cannot_be_put_back_does_not_hide_why_it_was_to_be(site: Site) -> None:
    site.file.unlink()
    site.file.parent.rmdir()
    error = failure(site)
    assert str(error).startswith("api does not stay up: failed (failed).")
    assert f"stays away: Cannot write {site.file}: No such file or directory." in str(error)
    assert error.hint == f"Install the package that owns {site.file.parent} first."


def test_a_unit_that_is_stopped_keeps_and_takes_back_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path, **RUNNING, enabled="enabled")
    assert site.run(state="stopped") == ["stop"]
    assert not (tmp_path / "good").exists()
