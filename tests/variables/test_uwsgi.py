"""Settings under uWSGI, which reads other places than glance-api does: Zed on Debian 12."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.lab.conftest import Lab, labs

from .cloud import MB, Cloud, Person
from .conftest import deploy

LIMITS = {"image_size_total": 20, "image_stage_total": 20, "image_count_total": 10, "image_count_uploading": 5}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with labs() as up:
        lab = up("settings-uwsgi", "--baked", "--host", "image=bookworm")
        deploy(
            lab,
            tmp_path_factory.mktemp("uwsgi"),
            glance_server="uwsgi",
            glance_uwsgi_overrides={"procname-prefix": "proven-"},
            glance_limits=LIMITS,
            glance_import_convert_to="raw",
        ).expect()
        yield lab


@pytest.fixture(scope="module")
def alice(lab: Lab) -> Person:
    return Cloud.of(lab.read("image", "cat /root/admin-openrc")).person("alice", "red")


@pytest.mark.variables("glance_server", "glance_uwsgi_overrides")
def test_options_of_uwsgi_take_effect(lab: Lab) -> None:
    assert "proven-" in lab.read("image", "ps -u glance -o args=")


@pytest.mark.variables("glance_limits")
def test_limits_count(alice: Person) -> None:
    alice.uploaded(21 * MB)
    answer = alice.send(alice.image(name="one too many"), bytes(MB))
    assert (answer.status_code, "image_size_total" in answer.text) == (413, True), answer.text


@pytest.mark.variables("glance_import_convert_to")
def test_an_import_is_turned_into_raw(lab: Lab) -> None:
    admin = Cloud.of(lab.read("image", "cat /root/admin-openrc")).admin
    lab.read("image", "qemu-img create -q -f qcow2 /root/small.qcow2 3M")
    image = admin.image(name="staged", disk_format="qcow2")
    data = bytes.fromhex(lab.read("image", "od -An -v -tx1 /root/small.qcow2 | tr -d ' \\n'"))
    kind = {"Content-Type": "application/octet-stream"}
    assert admin.ask("PUT", f"/v2/images/{image['id']}/stage", headers=kind, data=data).status_code == 204
    way = {"method": {"name": "glance-direct"}}
    assert admin.ask("POST", f"/v2/images/{image['id']}/import", json=way).status_code == 202
    until = time.monotonic() + 60
    while (found := admin.shown(image))["status"] != "active":
        assert time.monotonic() < until, found
        time.sleep(0.5)
    assert (found["disk_format"], found["size"]) == ("raw", 3 * MB)
