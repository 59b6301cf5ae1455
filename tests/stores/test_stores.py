"""An image in each store, read back; the default switched; each store broken, refused before a change, and mended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.conftest import Outcome

from .conftest import SWIFT, WRITABLE, Site, start


@pytest.fixture(scope="module")
def runs(site: Site) -> tuple[Outcome, Outcome]:
    # A module before this one may have proved some of them.
    site.place.read(site.host, "rm --recursive --force /var/lib/glance-deploy/stores")
    return site.deploy().expect(), site.deploy().expect()


@pytest.fixture(scope="module")
def images(site: Site, runs: tuple[Outcome, Outcome]) -> Iterator[dict[str, dict[str, Any]]]:
    """An image in each store, by the store's name."""
    del runs
    yield {store: site.put(f"in-{store}", store) for store in WRITABLE}
    for store in WRITABLE:
        site.image(f"openstack image delete in-{store}")


def test_each_store_is_proved_and_the_second_run_changes_nothing(site: Site, runs: tuple[Outcome, Outcome]) -> None:
    first, second = runs
    assert second.report["changed"] == 0
    assert {"prove: store fast", "prove: store far", "prove: store cold"} <= set(steps(first))
    assert "glance-deploy-store-proof" not in site.image("openstack image list")


@pytest.mark.variables("glance_stores")
@pytest.mark.parametrize("store", WRITABLE)
def test_an_image_is_in_its_store_and_comes_back(site: Site, images: dict[str, dict[str, Any]], store: str) -> None:
    assert images[store]["properties"]["stores"] == store
    assert images[store]["status"] == "active"
    site.read_back(f"in-{store}")


def test_the_stores_hold_what_glance_says(site: Site, images: dict[str, dict[str, Any]]) -> None:
    assert f"rbd_id.{images['fast']['id']}" in site.store("rados -p images ls")
    assert images["far"]["id"] in site.store("radosgw-admin bucket list --bucket images")
    assert images["cold"]["id"] in site.store(f"{SWIFT} list images")
    assert images["file"]["id"] in site.image("ls /var/lib/glance/images")


def test_secrets_are_in_no_log_and_no_world_readable_file(site: Site, runs: tuple[Outcome, Outcome]) -> None:
    secrets = [store[name] for store in site.stores for name in ("secret_key", "key", "keyring") if name in store]
    for outcome in runs:
        assert not any(secret in outcome.stdout + outcome.stderr for secret in secrets)
    assert site.image("stat --format '%U:%G %a' /etc/ceph/ceph.client.glance.keyring") == "root:glance 640"


@pytest.mark.variables("glance_default_store")
def test_the_default_is_switched_and_converges(site: Site, runs: tuple[Outcome, Outcome]) -> None:
    del runs
    site.deploy(glance_default_store="fast").expect()
    assert site.deploy(glance_default_store="fast").expect().report["changed"] == 0
    create = "head -c 3000 /dev/urandom | openstack image create --disk-format raw by-default > /dev/null"
    shown = "openstack image show by-default --format json; openstack image delete by-default"
    assert json.loads(site.image(f"{create}; {shown}"))["properties"]["stores"] == "fast"
    site.deploy().expect()


@dataclass(frozen=True)
class Break:
    """A way to break a store.

    Attributes:
        name: What people call it.
        store: Which one.
        words: What the refusal says.
        changes: What is wrong in glance_stores.
        command: What breaks it on its host.
        mend: What mends it there, besides starting the store again.
    """

    name: str
    store: str
    words: str
    changes: dict[str, Any] | None = None
    command: str = ""
    mend: str = "true"


KEYRING = "[client.glance]\nkey = AQAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAA==\n"
BREAKS = [
    Break("file-is-full", "file", "MB", {}),
    Break("file-is-a-file", "file", "is no directory", {"directory": "/etc/hostname"}),
    Break("file-is-read-only", "file", "is read-only", {"directory": "/sys/images"}),
    Break("rbd-unreachable", "fast", "no monitor answers", command="systemctl stop ceph-mon@$(hostname --short)"),
    Break("rbd-key", "fast", "refuse the key of client.glance", {"keyring": KEYRING}),
    Break("rbd-pool", "fast", "has no pool gone", {"pool": "gone"}),
    Break(
        "rbd-full",
        "fast",
        "MB left",
        command="ceph osd pool set-quota images max_bytes 1000000",
        mend="ceph osd pool set-quota images max_bytes 0",
    ),
    Break("s3-unreachable", "far", "does not answer", command="systemctl stop ceph-radosgw@rgw.$(hostname --short)"),
    Break("s3-key", "far", "refuses the keys", {"secret_key": "wrong"}),
    Break("s3-bucket", "far", "has no bucket gone", {"bucket": "gone"}),
    Break("swift-unreachable", "cold", "does not answer", command="systemctl stop swift-proxy"),
    Break("swift-key", "cold", "refuses user and key", {"key": "wrong"}),
    Break("swift-container", "cold", "has no container gone", {"container": "gone"}),
    Break(
        "swift-full",
        "cold",
        "quota of the container",
        command=f"{SWIFT} post -m quota-bytes:1 images",
        mend=f"{SWIFT} post -m quota-bytes: images",
    ),
]
KINDS: dict[str, Callable[[Site], Any]] = {
    "fast": lambda site: start(site.lab, "ceph"),
    "far": lambda site: start(site.lab, "s3"),
    "cold": lambda site: start(site.lab, "swift"),
}


@pytest.mark.variables("glance_stores", "glance_store_min_free_mb")
@pytest.mark.parametrize("case", BREAKS, ids=lambda case: case.name)
def test_a_broken_store_is_refused_before_a_change(site: Site, runs: tuple[Outcome, Outcome], case: Break) -> None:
    del runs
    site.image("touch /root/before")
    variables: dict[str, Any] = {"glance_store_min_free_mb": 10**9} if case.name == "file-is-full" else {}
    try:
        if case.command:
            site.store(case.command)
        # Something else is due besides, which must not come about.
        broken = site.with_store(case.store, **(case.changes or {}))
        told = site.deploy(broken, glance_workers=3, **variables).expect(3)
    finally:
        if case.command:
            site.store(case.mend)
            KINDS[case.store](site)
    said = json.dumps([told.document["error"], told.report["failures"]])
    assert f"Store {case.store} (" in said
    assert case.words in said
    assert not site.image("find /etc /var/lib/glance /usr /opt -newer /root/before -type f")
    site.deploy().expect()


def steps(outcome: Outcome) -> list[str]:
    """Return what a run did, one line a step."""
    return [step for change in outcome.report["changes"] for step in change["steps"]]


@pytest.mark.variables("glance_stores_abandoned")
def test_a_store_that_holds_images_is_not_left_out_unasked(site: Site, images: dict[str, dict[str, Any]]) -> None:
    assert images["far"]["status"] == "active"
    left = [store for store in site.stores if store["name"] != "far"]
    outcome = site.deploy(left).expect(3)
    assert "left out of glance_stores: far (1)" in str(outcome.document["error"])
    site.deploy(left, glance_stores_abandoned=["far"]).expect()
    site.deploy().expect()
    site.read_back("in-far")
