from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _image_session
from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_gateway import (
    Body,
    Glance,
    NotThereError,
    refusal,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_session import cloud_from, connect
from ansible_collections.glance_deploy.openstack.plugins.module_utils._library import Library
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

from tests.unit.plugins.fake_cloud import PASSWORD, Cloud, running_cloud
from tests.unit.plugins.fake_glance import PROJECT, record


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with running_cloud() as running:
        yield running


def settings(cloud: Cloud, **changes: Any) -> _image_session.Cloud:
    params = {"auth": cloud.auth(), "cloud": None, "region": "RegionOne", "interface": "public", "ca_file": None}
    return cloud_from({**params, "endpoint_override": None, "verify": True, **changes})


def glance(cloud: Cloud, **changes: Any) -> Glance:
    return connect(settings(cloud, **changes), Deadline(20, "Raise deadline."))


def test_round_trip(cloud: Cloud) -> None:
    service = glance(cloud)
    made = service.create({"name": "cirros", "disk_format": "qcow2"})
    assert made.status == "queued"
    service.upload(made.id, io.BytesIO(b"the image"), 9)
    assert service.show(made.id).status == "active"
    assert b"".join(service.download(made.id)) == b"the image"
    assert [one.id for one in service.find("cirros")] == ["new"]
    service.delete(made.id)
    service.delete(made.id)
    assert service.find("cirros") == []
    assert service.project_id == PROJECT


def test_upload_says_how_long_it_is(cloud: Cloud) -> None:
    # Without Content-Length a server cannot tell the end of the image from the end of the line.
    service = glance(cloud)
    service.upload(service.create({"name": "cirros"}).id, io.BytesIO(b"x" * 300_000), 300_000)
    headers = cloud.headers["PUT /v2/images/new/file"]
    assert headers["Content-Length"] == headers["x-openstack-image-size"] == "300000"
    assert "Transfer-Encoding" not in headers


@pytest.mark.parametrize("chunks", [[], [b"abc"], [b"abc", b"def"]])
def test_body_is_of_the_size_that_was_said(chunks: list[bytes]) -> None:
    body = Body(chunks, 4)
    assert len(body) == 4
    with pytest.raises(DeployError, match="changed while it was sent"):
        list(body)


def test_body_is_read_in_chunks_as_they_come() -> None:
    body = Body([b"abc", b"d"], 4)
    assert [body.read(1), body.read(1), body.read(1)] == [b"abc", b"d", b""]


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"images": {}},
        {"images": ["cirros"]},
        {"images": [{"name": "cirros"}]},
        {"images": [{"id": "a b"}]},
        {"images": [{"id": "../../v2/images/1"}]},
        {"images": [], "next": "@evil.example.org/v2/images"},
        {"images": [], "next": 1},
    ],
)
def test_strange_list_is_told_so(cloud: Cloud, page: Any) -> None:
    cloud.faults = {"GET /v2/images": (200, json.dumps(page))}
    with pytest.raises(NotThereError, match="is not Glance"):
        glance(cloud).find("cirros")


def test_list_without_end_is_told_so(cloud: Cloud) -> None:
    page = {"images": [{"id": "1"}], "next": "/v2/images?marker=1"}
    cloud.faults = {"GET /v2/images": (200, json.dumps(page))}
    with pytest.raises(DeployError, match="images named 'cirros' without end"):
        glance(cloud).find("cirros")
    assert cloud.asked.count("GET /v2/images") == 20


def test_strange_image_is_told_so(cloud: Cloud) -> None:
    cloud.faults = {"GET /v2/images/1": (200, "{}")}
    with pytest.raises(NotThereError, match="is not Glance"):
        glance(cloud).show("1")


def test_list_reads_all_pages_the_oldest_first(cloud: Cloud) -> None:
    cloud.page = 2
    for number in range(5):
        cloud.records[str(number)] = record(str(number), b"", created_at=f"2026-01-0{9 - number}T00:00:00Z")
    assert [one.id for one in glance(cloud).find("cirros")] == ["4", "3", "2", "1", "0"]


def test_update_replaces_what_is_there_and_adds_the_rest(cloud: Cloud) -> None:
    cloud.records["1"] = record("1", b"")
    changed = glance(cloud).update("1", {"visibility": "private", "os_type": "linux"}, cloud.records["1"])
    assert (changed.visibility, changed.record["os_type"]) == ("private", "linux")
    assert cloud.headers["PATCH /v2/images/1"]["Content-Type"] == "application/openstack-images-v2.1-json-patch"


@pytest.mark.parametrize("suffix", ["", "/", "/v2", "/v2/", "/v2.0"])
def test_version_in_the_catalogue_does_not_matter(cloud: Cloud, suffix: str) -> None:
    cloud.suffix = suffix
    assert glance(cloud).find("cirros") == []


def test_address_can_be_overridden(cloud: Cloud) -> None:
    override = cloud.root
    cloud.regions = []
    assert glance(cloud, endpoint_override=override).find("cirros") == []


def test_region_of_the_credentials_serves_where_none_is_named(cloud: Cloud) -> None:
    cloud.regions = ["RegionTwo"]
    auth = {**cloud.auth(), "region_name": "RegionTwo"}
    assert glance(cloud, auth=auth, region=None).find("cirros") == []


def test_region_that_the_catalogue_does_not_have(cloud: Cloud) -> None:
    with pytest.raises(NotThereError, match="no public image endpoint in region regionOne") as caught:
        glance(cloud, region="regionOne")
    assert "case-sensitive" in caught.value.hint


def test_wrong_password(cloud: Cloud) -> None:
    with pytest.raises(DeployError, match="refused the credentials") as caught:
        glance(cloud, auth=cloud.auth("wr0ng"))
    assert not isinstance(caught.value, NotThereError)
    assert "wr0ng" not in str(caught.value) + repr(settings(cloud, auth=cloud.auth("wr0ng")))


def test_no_keystone(cloud: Cloud) -> None:
    auth = {**cloud.auth(), "auth_url": "http://127.0.0.1:9/v3"}
    with pytest.raises(NotThereError, match=r"127\.0\.0\.1:9/v3 gave no token: .*Connection refused") as caught:
        glance(cloud, auth=auth)
    assert "auth_url" in caught.value.hint


def test_something_else_than_keystone(cloud: Cloud) -> None:
    cloud.faults = {f"{method} /v3{path}": (200, "Welcome") for method, path in (("GET", ""), ("POST", "/auth/tokens"))}
    with pytest.raises(NotThereError, match="gave no token"):
        glance(cloud)


def test_certificates_that_are_not_there(cloud: Cloud) -> None:
    auth = {**cloud.auth(), "auth_url": cloud.root.replace("http:", "https:")}
    with pytest.raises(NotThereError, match=r"/nonexistent/ca\.pem"):
        glance(cloud, auth=auth, ca_file="/nonexistent/ca.pem")


def test_no_library(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_image_session, "keystoneauth", Library("no.such.library"))
    with pytest.raises(NotThereError) as caught:
        glance(cloud)
    assert "python3-openstacksdk" in caught.value.hint


def test_unknown_cloud() -> None:
    with pytest.raises(DeployError, match="credentials cannot be used"):
        connect(_image_session.Cloud({}, name="no-such-cloud"), Deadline(5))


def test_something_else_than_glance(cloud: Cloud) -> None:
    cloud.faults = {"GET /v2/images": (200, "<html>It works!</html>")}
    with pytest.raises(NotThereError, match="is not Glance") as caught:
        glance(cloud).find("cirros")
    assert "openstack endpoint list" in caught.value.hint


def test_nobody_at_the_address_of_glance(cloud: Cloud) -> None:
    with pytest.raises(NotThereError, match="Connection refused") as caught:
        glance(cloud, endpoint_override="http://127.0.0.1:9").show("1")
    assert "systemctl status glance-api" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "[keystone_authtoken]"),
        (403, "role admin"),
        (404, "openstack endpoint list"),
        (409, "run again"),
        (410, "run again"),
        (413, "image_size_cap"),
        (415, "qemu-img info"),
        (418, "glance-api.log"),
        (500, "region_name in [keystone_authtoken]"),
        (502, "systemctl status glance-api"),
        (503, "systemctl status glance-api"),
    ],
)
def test_refusal_says_what_to_do(cloud: Cloud, status: int, hint: str) -> None:
    head = f"<html>\n<head><title>{status} Reason</title></head>"
    page = f"{head}\n<body><h1>{status} Because</h1> of &this.<br/></body></html>"
    cloud.faults = {"POST /v2/images": (status, page)}
    with pytest.raises(DeployError, match=rf"refused to create an image: HTTP {status}\. Because of &this\.") as caught:
        glance(cloud).create({"name": "cirros"})
    assert hint in caught.value.hint


def test_refusal_without_a_word() -> None:
    assert str(refusal("list images", "http://controller:9292", 500, "")).endswith("HTTP 500.")


def test_download_that_is_cut() -> None:
    service = Glance(Cut(), "http://controller:9292", PROJECT, Deadline(5))
    with pytest.raises(DeployError, match="broke off the download"):
        list(service.download("new"))


class Cut:
    """A session whose answers end in the middle."""

    status_code = 200

    def request(self, *_: Any, **__: Any) -> Cut:
        return self

    def iter_content(self, _: int) -> Iterator[bytes]:
        yield b"xxx"
        raise ConnectionResetError(104, "Connection reset by peer")

    def close(self) -> None:
        """Nothing to close."""


def test_password_is_never_shown(cloud: Cloud) -> None:
    assert PASSWORD not in repr(settings(cloud))


@pytest.mark.parametrize("body", ["null", "[]", '{"token": null}', '{"token": {"catalog": 1}}'])
def test_nonsense_instead_of_a_token_is_told(cloud: Cloud, body: str) -> None:
    cloud.faults = {"POST /v3/auth/tokens": (201, body)}
    with pytest.raises(NotThereError, match="gave no token"):
        glance(cloud)


def test_a_copy_of_the_image_is_forgotten_before_it_is_read_back(cloud: Cloud) -> None:
    service = glance(cloud)
    service.upload(service.create({"name": "cirros"}).id, io.BytesIO(b"the image"), 9)
    service.is_cached = True
    assert b"".join(service.download("new")) == b"the image"
    assert "DELETE /v2/cache/new" in cloud.headers
