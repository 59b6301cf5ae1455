from __future__ import annotations

import hashlib
import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _roundtrip_run
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_record import PROOF
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._qcow2 import builtin_image
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context
from ansible_collections.glance_deploy.openstack.plugins.modules import image_roundtrip

from tests.unit.plugins.fake_cloud import Cloud, running_cloud
from tests.unit.plugins.fake_glance import record
from tests.unit.plugins.fake_run import FakeRun

NOBODY = "http://127.0.0.1:9"
BUILTIN_SHA512 = hashlib.sha512(builtin_image()).hexdigest()


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with running_cloud() as running:
        yield running


@pytest.fixture
def disk(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "disk.qcow2"
    path.write_bytes(builtin_image())
    return str(path)


def run(cloud: Cloud, check: bool = False, **params: Any) -> dict[str, Any]:
    spec: dict[str, dict[str, Any]] = _roundtrip_run.ARGUMENT_SPEC
    defaults = {name: option.get("default") for name, option in spec.items()}
    given = {"auth": cloud.auth(), "region": "RegionOne", "timeout": 1.0, **params}
    outcome = _roundtrip_run.bring({**defaults, **given}, Context(FakeRun(), check, tentative=check))
    plan = outcome.plan
    return {"changed": bool(plan), "steps": plan.titles(), "diff": plan.diff(), **outcome.report}


def test_only_a_store_that_was_closed_at_the_start_asks_for_a_restart(
    cloud: Cloud, disk: str, tmp_path: pathlib.Path
) -> None:
    mark = tmp_path / "state" / "closed"
    # As root, whose the file is.
    closed = "<h1>Gone</h1>Error in store configuration. Adding images to store is disabled."
    removed = "<h1>Gone</h1>Image new could not be found after upload."
    for body, is_marked in ((removed, False), (closed, os.geteuid() == 0)):
        cloud.faults = {"PUT /v2/images/new/file": (410, body)}
        with pytest.raises(DeployError, match="HTTP 410"):
            run(cloud, path=disk, restart_mark=str(mark))
        assert mark.exists() == is_marked


def test_file_goes_up_once(cloud: Cloud, disk: str) -> None:
    first, second = run(cloud, path=disk), run(cloud, path=disk)
    assert first["changed"] is True
    assert first["steps"] == ["upload image: image cirros (new)"]
    assert first["diff"] == {"before": "image cirros (new): absent\n", "after": "image cirros (new): active\n"}
    assert first["source"]["path"] == disk
    assert second["changed"] is False
    assert second["steps"] == []
    assert second["diff"] == {"before": "", "after": ""}
    for result in (first, second):
        assert result["image"]["name"] == "cirros"
        assert result["roundtrip"]["sha512_local"] == result["roundtrip"]["sha512_downloaded"] == BUILTIN_SHA512
        assert result["roundtrip"]["identical"] is True
    assert cloud.asked.count("PUT /v2/images/new/file") == 1


def test_check_mode_tells_and_touches_nothing(cloud: Cloud, disk: str, tmp_path: pathlib.Path) -> None:
    cache = tmp_path / "cache"
    result = run(cloud, check=True, path=disk, cache_dir=str(cache))
    assert (result["changed"], result["steps"]) == (True, ["upload image: image cirros"])
    assert "image" not in result
    assert {asked.split()[0] for asked in cloud.asked if "/v2/" in asked} == {"GET"}
    assert not cache.exists()


def test_check_mode_reads_back_what_is_there(cloud: Cloud, disk: str) -> None:
    run(cloud, path=disk)
    result = run(cloud, check=True, path=disk)
    assert (result["changed"], result["roundtrip"]["identical"]) == (False, True)


def test_check_mode_does_not_remove(cloud: Cloud, disk: str) -> None:
    run(cloud, path=disk)
    result = run(cloud, check=True, path=disk, remove=True)
    assert (result["changed"], result["steps"]) == (True, ["remove image: image cirros (new)"])
    assert "new" in cloud.records


@pytest.mark.parametrize("missing", ["keystone", "endpoint", "glance", "file"])
def test_check_mode_before_anything_is_deployed(cloud: Cloud, missing: str) -> None:
    params: dict[str, Any] = {"path": "/nonexistent/disk.img"}
    if missing == "keystone":
        params["auth"] = {**cloud.auth(), "auth_url": f"{NOBODY}/v3"}
    if missing == "endpoint":
        cloud.regions = []
    if missing == "glance":
        params["endpoint_override"] = NOBODY
    assert run(cloud, check=True, **params)["steps"] == ["upload image: image cirros"]
    with pytest.raises(DeployError):
        run(cloud, **params)


def test_without_internet_the_network_is_asked_only_once(cloud: Cloud, tmp_path: pathlib.Path) -> None:
    urls: dict[str, Any] = {
        "urls": [f"{NOBODY}/cirros.img"],
        "checksum": "sha256:" + "0" * 64,
        "cache_dir": str(tmp_path),
    }
    first, second = run(cloud, **urls), run(cloud, **urls)
    assert first["image"]["name"] == second["image"]["name"] == "glance-deploy-proof"
    assert first["steps"] == ["upload image: image glance-deploy-proof (new)"]
    assert first["source"]["notes"] == [f"{NOBODY}/cirros.img: Connection refused"]
    assert "no source was asked" in second["source"]["notes"][0]
    assert (first["changed"], second["changed"]) == (True, False)


def test_new_address_or_file_is_asked_after_the_built_in_image(cloud: Cloud, disk: str, tmp_path: pathlib.Path) -> None:
    common: dict[str, Any] = {"checksum": f"sha512:{BUILTIN_SHA512}", "cache_dir": str(tmp_path)}
    run(cloud, urls=[f"{NOBODY}/1.img"], **common)
    other = run(cloud, urls=[f"{NOBODY}/2.img"], **common)
    assert other["steps"] == ["adopt image: image glance-deploy-proof (new)"]
    assert other["source"]["notes"] == [f"{NOBODY}/2.img: Connection refused"]
    assert run(cloud, urls=[f"{NOBODY}/2.img"], **common)["changed"] is False
    assert run(cloud, path=disk)["image"]["name"] == "cirros"


def test_killed_run_heals(cloud: Cloud, disk: str) -> None:
    cloud.records["dead"] = record("dead", proof=BUILTIN_SHA512, status="saving")
    result = run(cloud, path=disk)
    assert result["steps"] == ["remove leftover: image cirros (dead)", "upload image: image cirros (new)"]
    assert list(cloud.records) == ["new"]


def test_refused_upload_leaves_nothing(cloud: Cloud, disk: str) -> None:
    cloud.faults["PUT /v2/images/new/file"] = (415, "Image content does not match disk_format")
    with pytest.raises(DeployError, match="HTTP 415") as caught:
        run(cloud, path=disk)
    assert "qemu-img info" in caught.value.hint
    assert cloud.records == {}


def test_properties_and_visibility_arrive(cloud: Cloud, disk: str) -> None:
    run(cloud, path=disk, visibility="private", min_disk=1, properties={"os_type": "linux"}, name="mine")
    made = cloud.records["new"]
    assert (made["name"], made["visibility"], made["min_disk"], made["os_type"]) == ("mine", "private", 1, "linux")
    assert made[PROOF] == BUILTIN_SHA512


def test_failure_is_one_line_and_a_hint(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = {"auth": cloud.auth("hunter2hunter2"), "name": "cirros"}
    with patch_module_args(arguments), pytest.raises(SystemExit):
        image_roundtrip.main()
    shown = capsys.readouterr().out
    result = json.loads(shown)
    assert result["failed"] is True
    assert result["msg"].endswith("refused the credentials.")
    assert "openstack token issue" in result["hint"]
    assert "hunter2hunter2" not in shown


def test_success_is_told_to_ansible(cloud: Cloud, disk: str, capsys: pytest.CaptureFixture[str]) -> None:
    for changed in (True, False):
        arguments = {"auth": cloud.auth(), "path": disk, "_ansible_diff": True}
        with patch_module_args(arguments), pytest.raises(SystemExit):
            image_roundtrip.main()
        result = json.loads(capsys.readouterr().out)
        assert (result["changed"], result["image"]["status"]) == (changed, "active")
        assert ("diff" in result) is changed
