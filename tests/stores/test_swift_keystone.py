"""Swift asked through Keystone: an image up and back, and what is wrong there is refused before a change."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from .conftest import Site, start

NAME = "asked"


@pytest.fixture(scope="module")
def keystone(site: Site) -> Site:
    """The site with one store more: the same Swift, where Keystone lets Glance in, and no container yet."""
    site.deploy().expect()
    told = start(site.lab, "swift", "--keystone")
    store = {
        "name": NAME,
        "type": "swift",
        "auth_address": told["address"],
        "region": told["options"]["swift_store_region"],
        "container": told["facts"]["container"],
        **told["credentials"],
    }
    return replace(site, stores=[*site.stores, store])


@dataclass(frozen=True)
class Break:
    """What is wrong in glance_stores, and what the refusal says: the fault, and the mend."""

    name: str
    changes: dict[str, Any]
    words: str
    mend: str


BREAKS = [
    Break("key", {"key": "wrong"}, "refuses user and key", "Correct user and key"),
    Break("address-of-nobody", {"auth_address": "http://127.0.0.1:1"}, "does not answer", "Check the address"),
    Break("address-of-another", {"auth_address": "http://127.0.0.1:9292"}, "and no token", "Check auth_address"),
    Break("version", {"auth_version": "2"}, "auth_version has to be 3", ""),
    Break("region", {"region": "Nowhere"}, "for region Nowhere", "its regions: RegionOne"),
]


# Before the container is made by the first image.
@pytest.mark.parametrize("case", BREAKS, ids=lambda case: case.name)
def test_a_wrong_account_or_address_is_refused_before_a_change(keystone: Site, case: Break) -> None:
    keystone.image("touch /root/before")
    broken = keystone.with_store(NAME, **case.changes)
    told = keystone.deploy(broken, glance_workers=3).expect(3)
    said = json.dumps([told.document["error"], told.report["failures"]])
    assert f"Store {NAME} " in said
    assert case.words in said
    assert case.mend in said
    assert not keystone.image("find /etc /var/lib/glance /usr /opt -newer /root/before -type f")


def test_an_image_is_up_and_back_and_the_second_run_changes_nothing(keystone: Site) -> None:
    first, second = keystone.deploy().expect(), keystone.deploy().expect()
    assert any(f"prove: store {NAME}" in change["steps"] for change in first.report["changes"])
    assert second.report["changed"] == 0
    shown = keystone.put("asked", NAME)
    assert shown["properties"]["stores"] == NAME
    keystone.read_back("asked")
    keystone.image("openstack image delete asked")
