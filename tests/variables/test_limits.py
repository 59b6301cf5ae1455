"""What images may be, and how much of them there may be."""

from __future__ import annotations

import json

import pytest

from .cloud import MB, Cloud
from .conftest import Site


@pytest.mark.variables("glance_limits")
def test_a_quota_stops_the_next_upload_and_says_so(site: Site, cloud: Cloud) -> None:
    erin = cloud.person("erin", "full")
    for _ in range(2):
        erin.uploaded(20 * MB)
    image = erin.ask("POST", "/v2/images", json={"disk_format": "raw", "container_format": "bare"}).json()
    answer = erin.send(image, bytes(MB))
    assert answer.status_code == 413, answer.text
    assert "image_size_total" in answer.text
    limits = {limit.resource_name: limit.default_limit for limit in cloud.admin.connection.identity.registered_limits()}
    assert limits == site.wishes["glance_limits"]


@pytest.mark.variables("glance_image_max_mb")
def test_an_image_that_is_too_large_is_refused(cloud: Cloud) -> None:
    fay = cloud.person("fay", "large")
    image = fay.image(name="too large")
    answer = fay.send(image, bytes(26 * MB))
    assert answer.status_code == 413, answer.text
    assert fay.shown(image)["status"] == "queued"


@pytest.mark.variables("glance_disk_formats", "glance_container_formats")
@pytest.mark.parametrize(("disk", "container"), [("vmdk", "bare"), ("raw", "ova")])
def test_other_formats_are_refused(cloud: Cloud, disk: str, container: str) -> None:
    wish = {"disk_format": disk, "container_format": container}
    answer = cloud.admin.ask("POST", "/v2/images", json=wish)
    assert answer.status_code == 400, answer.text
    schema = cloud.admin.ask("GET", "/v2/schemas/image").json()["properties"]
    assert [one for one in schema["disk_format"]["enum"] if one] == ["qcow2", "raw"]
    assert [one for one in schema["container_format"]["enum"] if one] == ["bare", "ovf"]


def test_what_is_not_what_it_says_is_refused(cloud: Cloud) -> None:
    image = cloud.admin.image(name="no qcow2", disk_format="qcow2")
    answer = cloud.admin.send(image, bytes(MB))
    assert answer.status_code in (400, 415), answer.text


@pytest.mark.variables("glance_config_fragments", "glance_config_overrides")
def test_fragments_count_and_overrides_win_over_them(cloud: Cloud) -> None:
    image = cloud.admin.image(name="tagged")
    answers = [
        cloud.admin.ask("PUT", f"/v2/images/{image['id']}/tags/{tag}").status_code for tag in ("one", "two", "three")
    ]
    assert answers == [204, 204, 413]
    listed = json.loads(cloud.admin.ask("GET", "/v2/images").text)
    assert len(listed["images"]) == 1
    assert listed["next"]
