"""Named stores become options; what is wrong with them is told before anything is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.glance_deploy.openstack.plugins.filter.store_resources import (
    store_files,
    store_probes,
    store_proofs,
)
from ansible_collections.glance_deploy.openstack.plugins.filter.stores import store_faults, store_options

VARS = Path(__file__).resolve().parents[4] / "roles" / "glance" / "vars" / "main"
TYPES: dict[str, Any] = yaml.safe_load((VARS / "stores.yml").read_text())["__glance_store_types"]
RELEASES = list(yaml.safe_load((VARS / "releases.yml").read_text())["__glance_releases"])
WORLD = {"mode": "named", "has": "named", "release": "epoxy", "releases": RELEASES, "method": "package"}

FILE: dict[str, Any] = {"name": "file", "type": "file", "directory": "/srv/images"}
HTTP: dict[str, Any] = {"name": "web", "type": "http"}
RBD: dict[str, Any] = {
    "name": "fast",
    "type": "rbd",
    "keyring": "[client.glance]\nkey = SECRET\n",
    "config": "[global]\n",
}
S3: dict[str, Any] = {
    "name": "far",
    "type": "s3",
    "host": "http://s3",
    "access_key": "A",
    "secret_key": "B",
    "bucket": "images",
}
SWIFT: dict[str, Any] = {
    "name": "cold",
    "type": "swift",
    "auth_address": "http://k/v3",
    "user": "service:glance",
    "key": "K",
}

FAULTS: list[tuple[Any, dict[str, Any], str, str]] = [
    ([], {}, "", "glance_stores is no list of stores"),
    ("file", {}, "", "glance_stores is no list of stores"),
    ([FILE], {"mode": "old"}, "", "write named or legacy"),
    (["file"], {}, "", "Store 1 of glance_stores needs a name and a type"),
    ([FILE, {"type": "http"}], {}, "", "Store 2 of glance_stores needs a name and a type"),
    ([FILE, FILE | {"directory": "/x"}], {}, "", "two stores named file"),
    ([FILE, FILE | {"name": "more"}], {}, "", "two stores in /srv/images"),
    ([FILE | {"name": "os_glance_images"}], {}, "", "cannot have that name"),
    ([FILE | {"name": "database"}], {}, "", "cannot have that name"),
    ([FILE | {"name": "a:b"}], {}, "", "cannot have that name"),
    ([FILE | {"type": "files"}], {}, "", "did you mean file?"),
    ([FILE | {"type": "tape"}], {}, "", "one of file, http, rbd"),
    ([{"name": "old", "type": "gridfs"}], {}, "", "removed in Mitaka"),
    ([{"name": "old", "type": "sheepdog"}], {"release": "stein"}, "", "removed in Ussuri"),
    ([S3], {"release": "train"}, "", "came with Ussuri, and this is Train"),
    ([RBD], {"method": "venv"}, "", "come with packages only"),
    ([FILE | {"bucket": "images"}], {}, "", "bucket is an option of s3; it takes directory"),
    ([FILE | {"colour": "red"}], {}, "", "colour is no option of any store"),
    ([FILE | {"directory": "images"}], {}, "", "directory has to be an absolute path"),
    ([FILE | {"chunk_size": "big"}], {}, "", "chunk_size has to be a whole number"),
    ([FILE | {"thin_provisioning": "on"}], {}, "", "thin_provisioning has to be true or false"),
    ([S3 | {"secret_key": ["SECRET"]}], {}, "", "secret_key has to be a text of one line without : and @"),
    ([S3 | {"access_key": "SECRET:user"}], {}, "", "access_key has to be a text of one line without : and @"),
    ([{"name": "far", "type": "s3", "host": "http://s3"}], {}, "", "needs access_key, secret_key, bucket"),
    ([SWIFT | {"auth_version": "2"}], {}, "", "auth_version has to be 3 (Keystone) or 1 (Swift's own login)"),
    ([SWIFT | {"auth_version": "v3"}], {}, "", "auth_version has to be 3 (Keystone)"),
    ([SWIFT | {"user": "glance"}], {}, "", "user has to be a text PROJECT:USER"),
    ([SWIFT | {"user": "default:service:glance"}], {}, "", "user has to be a text PROJECT:USER"),
    ([SWIFT | {"options": "swift_store_region=a"}], {}, "", "has to map the driver's options"),
    ([HTTP], {}, "", "No store of glance_stores takes images"),
    ([FILE, HTTP], {}, "fast", "glance_stores has no such store; take file"),
    ([FILE, HTTP], {}, "web", "can only be read; take file"),
    ([S3, S3 | {"name": "farther"}], {"mode": "legacy"}, "", "set glance_store_mode=named"),
    ([S3 | {"host": "s3.example:9000"}], {}, "", "host has to be an address with http:// or https://"),
    ([FILE | {"file_permissions": 416}], {}, "", "three octal digits, in quotes"),
    ([SWIFT | {"key": "SECRET\n"}], {}, "", "key has to be a text of one line"),
    ([FILE], {"has": "legacy", "release": "queens"}, "", "Named stores came with Train, and this is Queens"),
    ([RBD, RBD | {"name": "slow", "keyring": "x"}], {}, "", "two texts as keyring of client.glance"),
    ([RBD, RBD | {"name": "slow"}], {"mode": "legacy", "has": "legacy", "release": "rocky"}, "", "came with Train"),
]


@pytest.mark.parametrize(("stores", "world", "default", "words"), FAULTS, ids=[case[3] for case in FAULTS])
def test_a_fault_is_told_with_what_to_do(stores: Any, world: dict[str, Any], default: str, words: str) -> None:
    told = store_faults(stores, TYPES, default, WORLD | world)
    assert len(told) == 1
    assert words in told[0]
    assert "SECRET" not in told[0]


def test_stores_without_a_fault_are_well() -> None:
    assert store_faults([FILE, HTTP, RBD, S3, SWIFT], TYPES, "fast", WORLD) == []
    assert store_faults([FILE, HTTP], TYPES, "", WORLD | {"mode": "legacy", "has": "legacy", "release": "pike"}) == []


@pytest.mark.parametrize("version", ["1", "1.0", 1, "3", "3.0", 3])
def test_a_login_is_a_number_with_quotes_or_without(version: Any) -> None:
    assert store_faults([SWIFT | {"auth_version": version}], TYPES, "", WORLD) == []


def test_every_fault_is_told_at_once() -> None:
    assert len(store_faults([FILE | {"chunk_size": "x"}, {"name": "x", "type": "tape"}], TYPES, "", WORLD)) == 2


def test_named_stores_have_sections_of_their_own() -> None:
    stores = [
        FILE | {"description": "here", "weight": 2},
        HTTP,
        RBD,
        SWIFT | {"options": {"swift_store_use_trusts": True}},
    ]
    found = store_options(stores, TYPES, "fast", "named")
    assert found["DEFAULT"] == {"enabled_backends": ["file:file", "web:http", "fast:rbd", "cold:swift"]}
    assert found["glance_store"] == {"default_backend": "fast"}
    assert found["file"] == {"filesystem_store_datadir": "/srv/images", "store_description": "here", "weight": 2}
    assert found["fast"] == {
        "rbd_store_pool": "images",
        "rbd_store_user": "glance",
        "rbd_store_ceph_conf": "/etc/ceph/ceph.conf",
    }
    assert found["cold"]["swift_store_use_trusts"] is True
    assert "web" not in found


def test_secrets_are_apart() -> None:
    stores = [FILE, S3, SWIFT]
    assert store_options(stores, TYPES, "", "named", True) == {
        "far": {"s3_store_access_key": "A", "s3_store_secret_key": "B"},
        "cold": {"swift_store_key": "K"},
    }
    assert "B" not in str(store_options(stores, TYPES, "", "named")["far"].values())


def test_secrets_among_the_drivers_own_options_are_apart() -> None:
    stores = [
        FILE,
        {"name": "block", "type": "cinder", "options": {"cinder_store_password": "P", "cinder_http_retries": 5}},
    ]
    assert store_options(stores, TYPES, "", "named")["block"] == {"cinder_http_retries": 5}
    assert store_options(stores, TYPES, "", "named", True) == {"block": {"cinder_store_password": "P"}}


def test_vmware_has_another_name_among_legacy_stores() -> None:
    stores = [{"name": "v", "type": "vmware", "server": "v", "user": "u", "password": "p", "datastores": ["d"]}]
    assert store_options(stores, TYPES, "", "legacy")["glance_store"]["default_store"] == "vsphere"


def test_legacy_stores_share_a_section() -> None:
    found = store_options([HTTP, FILE, SWIFT], TYPES, "", "legacy")
    assert set(found) == {"glance_store"}
    assert found["glance_store"]["stores"] == ["http", "file", "swift"]
    assert found["glance_store"]["default_store"] == "file"
    assert store_options([FILE, SWIFT], TYPES, "", "legacy", True) == {"glance_store": {"swift_store_key": "K"}}


def test_each_store_that_takes_images_is_asked() -> None:
    found = store_probes([FILE, HTTP, S3, RBD], TYPES, {"shared": True})
    assert [one["store_probe"]["store"] for one in found] == ["file", "far", "fast"]
    assert found[1]["store_probe"]["secrets"] == {"access_key": "A", "secret_key": "B"}
    assert found[1]["store_probe"]["settings"]["bucket_url_format"] == "path"
    assert all(one["store_probe"]["shared"] for one in found)
    assert store_probes([S3 | {"probe": False}], TYPES, {}) == []
    (again,) = store_probes([FILE, RBD], TYPES, {}, "rbd")
    assert again["name"] == "library and store fast"


def test_ceph_gets_its_files_once() -> None:
    found = store_files([RBD, RBD | {"name": "slow", "pool": "slow"}, FILE], TYPES, "glance")
    assert [one["name"] for one in found] == [
        "/etc/ceph",
        "/etc/ceph/ceph.conf",
        "/etc/ceph/ceph.client.glance.keyring",
    ]
    assert found[2]["file"] == {
        "path": "/etc/ceph/ceph.client.glance.keyring",
        "content": RBD["keyring"],
        "mode": "0640",
        "group": "glance",
    }
    assert store_files([{"name": "fast", "type": "rbd"}], TYPES, "glance") == []


def test_each_store_is_proved_anew_when_something_changed() -> None:
    stores = [FILE, HTTP, S3]
    here, far = store_proofs(stores, TYPES, "epoxy", {"region": "R"}, "/var/lib/x")
    assert (here["store_proof"]["mark"], far["store_proof"]["mark"]) == ("/var/lib/x/file", "/var/lib/x/far")
    assert far["store_proof"]["region"] == "R"
    others = (([FILE, S3 | {"bucket": "other"}], "epoxy"), (stores, "flamingo"))
    for changed, release in others:
        _, other = store_proofs(changed, TYPES, release, {"region": "R"}, "/var/lib/x")
        assert far["store_proof"]["digest"] != other["store_proof"]["digest"]
    assert store_proofs([FILE, HTTP], TYPES, "epoxy", {}, "/var/lib/x") == []
