"""What was set is gone when nobody sets it any more."""

from __future__ import annotations

import pytest

from .cloud import MB, Cloud, Person
from .conftest import PROTECTION, WISHES, Site, deploy


@pytest.fixture(scope="module", autouse=True)
def _plain(site: Site) -> None:
    # Which tells whose token counts.
    deploy(site.lab, site.directory, glance_property_protections=[PROTECTION]).expect()


def test_nothing_of_it_is_left_in_files(site: Site) -> None:
    left = site.read(
        "ls /etc/glance/policy.d/90* /etc/systemd/system/glance-cache*"
        " /etc/glance/glance-api.conf.d/glance-deploy* 2>/dev/null; true"
    )
    assert left == ""
    assert site.read("systemctl list-timers --all --no-legend 'glance*'") == ""


def test_a_token_beside_another_has_to_be_a_services(cloud: Cloud, alice: Person) -> None:
    biller = cloud.person("judy", "billing", "billing")
    image = alice.image(name="billed by another")
    assert alice.add(image, "x_billing_code", "theirs", beside=biller).status_code == 403


def test_locations_and_policies_are_as_glance_has_them(alice: Person) -> None:
    assert "direct_url" not in alice.shown(alice.uploaded(MB))
    wish = {"disk_format": "vmdk", "container_format": "ova", "visibility": "community"}
    assert alice.ask("POST", "/v2/images", json=wish).status_code == 201


def test_metadata_definitions_come(cloud: Cloud) -> None:
    assert cloud.admin.ask("GET", "/v2/metadefs/namespaces?limit=50").json()["namespaces"]


def test_limits_are_kept_in_keystone_and_count_no_more(cloud: Cloud) -> None:
    names = {limit.resource_name for limit in cloud.admin.connection.identity.registered_limits()}
    assert names == set(WISHES["glance_limits"])
    gus = cloud.person("gus", "full")
    assert gus.uploaded(26 * MB)
