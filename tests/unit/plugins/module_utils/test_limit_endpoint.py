"""The file with the endpoint whose limits count, against a Keystone on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _limit_endpoint
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity import DuplicatesError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_faults import UnreachableError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._keystone_session import forget_sessions
from ansible_collections.glance_deploy.openstack.plugins.module_utils._kinds import KINDS
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context, Outcome, resources

from tests.unit.plugins.fake_keystone import Keystone, running_keystone
from tests.unit.plugins.fake_run import FakeRun

NOBODY = "http://127.0.0.1:9"
CONTENT = """\
# Written by glance-deploy. Changes made here are lost with its next run.

[oslo_limit]
endpoint_id = endpoints-1
"""


@pytest.fixture
def keystone() -> Iterator[Keystone]:
    with running_keystone() as running:
        running.add("services", name="glance", type="image")
        for interface in ("public", "internal"):
            announce(running, interface)
        announce(running, "internal", region_id="North")
        yield running


def announce(keystone: Keystone, interface: str, **changes: Any) -> None:
    place = {"service_id": "services-0", "region_id": "RegionOne", "interface": interface}
    keystone.add("endpoints", url="http://controller:9292", **{**place, **changes})


def write(keystone: Keystone, path: Path, context: Context | None = None, **changes: Any) -> Outcome:
    """Bring the file about, as a process of its own; it belongs to whoever runs this."""
    forget_sessions()
    mine = {"owner": path.parent.owner(), "group": path.parent.group(), "backup_dir": str(path.parent / "backups")}
    service = {"name": "glance", "type": "image"}
    wished = {"auth": keystone.auth(), "service": service, "path": str(path), "timeout": 0, **mine, **changes}
    (resource,) = resources([{"limit_endpoint": wished}], KINDS)
    return resource.kind.bring(resource.params, context or Context(FakeRun()))


def test_the_file_names_the_endpoint_and_is_written_once(keystone: Keystone, tmp_path: Path) -> None:
    path, context = tmp_path / "limits.conf", Context(FakeRun())
    outcome = write(keystone, path, context)
    assert outcome.plan.titles() == [f"write: {path}"]
    assert context.touched == [str(path)]
    assert path.read_text() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o640
    assert not write(keystone, path, context).plan
    assert context.touched == [str(path)]


def test_another_endpoint_takes_its_place_and_the_old_file_is_kept(keystone: Keystone, tmp_path: Path) -> None:
    path = tmp_path / "limits.conf"
    write(keystone, path)
    outcome = write(keystone, path, region="North")
    assert "endpoints-2" in path.read_text()
    assert outcome.shown()["before"] == "[oslo_limit] endpoint_id = endpoints-1\n"
    assert Path(outcome.report["backup_file"]).read_text() == CONTENT


def test_a_wrong_mode_is_mended(keystone: Keystone, tmp_path: Path) -> None:
    path = tmp_path / "limits.conf"
    write(keystone, path)
    path.chmod(0o644)
    assert write(keystone, path).plan.titles() == [f"set access: {path}"]
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("interface", ["public", "internal"])
def test_the_interface_can_be_chosen(keystone: Keystone, tmp_path: Path, interface: str) -> None:
    write(keystone, tmp_path / "limits.conf", interface=interface)
    wanted = {"public": "endpoints-0", "internal": "endpoints-1"}[interface]
    assert wanted in (tmp_path / "limits.conf").read_text()


def test_check_mode_writes_nothing(keystone: Keystone, tmp_path: Path) -> None:
    path, context = tmp_path / "limits.conf", Context(FakeRun(), check_mode=True, tentative=True)
    assert write(keystone, path, context).plan.titles() == [f"write: {path}"]
    assert context.touched == [str(path)]
    assert not path.exists()


@pytest.mark.parametrize("old", ["", "[oslo_limit]\nendpoint_id = gone\n"])
@pytest.mark.parametrize("missing", ["keystone", "service", "endpoint"])
def test_what_is_not_registered_yet_will_be(keystone: Keystone, tmp_path: Path, missing: str, old: str) -> None:
    path, context = tmp_path / "limits.conf", Context(FakeRun(), check_mode=True, tentative=True)
    if old:
        path.write_text(old)
    changes: dict[str, Any] = {"auth": keystone.auth(auth_url=NOBODY)} if missing == "keystone" else {}
    if missing != "keystone":
        keystone.things[f"{missing}s"].clear()
    outcome = write(keystone, path, context, **changes)
    assert outcome.plan.titles() == [f"write: {path}"]
    assert outcome.shown()["before"] == f"{path}: {'other content' if old else 'absent'}\n"
    assert context.touched == [str(path)]
    assert path.exists() is bool(old)


@pytest.mark.parametrize("missing", ["service", "endpoint"])
def test_what_should_be_registered_and_is_not_is_told(keystone: Keystone, tmp_path: Path, missing: str) -> None:
    keystone.things[f"{missing}s"].clear()
    with pytest.raises(DeployError, match=r"no internal endpoint of image in RegionOne, and .* needs its id") as caught:
        write(keystone, tmp_path / "limits.conf")
    assert "glance_identity_manage" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_a_keystone_that_should_be_there_is_told(keystone: Keystone, tmp_path: Path) -> None:
    for context in (Context(FakeRun()), Context(FakeRun(), check_mode=True)):
        with pytest.raises(UnreachableError):
            write(keystone, tmp_path / "limits.conf", context, auth=keystone.auth(auth_url=NOBODY))


def test_two_endpoints_are_told_and_one_that_is_switched_off_is_not_meant(keystone: Keystone, tmp_path: Path) -> None:
    announce(keystone, "internal", enabled=False)
    write(keystone, tmp_path / "limits.conf")
    announce(keystone, "internal")
    with pytest.raises(DuplicatesError, match="times the internal endpoint of image in RegionOne") as caught:
        write(keystone, tmp_path / "limits.conf")
    assert [one["id"] for one in caught.value.duplicates] == ["endpoints-1", "endpoints-4"]
    assert (tmp_path / "limits.conf").read_text() == CONTENT


def test_it_takes_few_requests_and_changes_nothing(keystone: Keystone, tmp_path: Path) -> None:
    write(keystone, tmp_path / "limits.conf")
    assert len(keystone.asked) == 4
    assert keystone.written() == []


def test_the_password_is_no_part_of_what_is_told(keystone: Keystone, tmp_path: Path) -> None:
    told = write(keystone, tmp_path / "limits.conf")
    assert "admin's" not in repr((told, told.shown(), told.report))
    assert _limit_endpoint.SPEC["auth"]["options"]["password"]["no_log"]
