"""The stores of the older releases, which other libraries talk to: put into each, read back, and run again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.lab.conftest import Outcome, labs

from .conftest import SWIFT, WRITABLE, Site
from .test_stores import BREAKS, Break


@dataclass(frozen=True)
class Case:
    """A release from packages.

    Attributes:
        release: Its name.
        suite: The lab's suite.
        version: The major one of its Glance.
        server: What serves the API.
    """

    release: str
    suite: str
    version: int
    server: str


CASES = (Case("zed", "bookworm", 25, "eventlet"), Case("victoria", "bullseye", 21, "uwsgi"))


@dataclass(frozen=True)
class Older:
    """A Glance of an older release with all stores: both runs, and an image in each store."""

    case: Case
    site: Site
    runs: tuple[Outcome, Outcome]
    images: dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.release)
def older(site: Site, request: pytest.FixtureRequest) -> Iterator[Older]:
    """Deploy a release twice on a host of its own, which sees the stores from another network."""
    case: Case = request.param
    with labs() as up:
        lab = up(f"stores-{case.release}", "--baked", "--host", f"{case.release}={case.suite}")
        there = replace(site, place=lab, host=case.release)
        runs = there.deploy().expect(), there.deploy().expect()
        yield Older(case, there, runs, {store: there.put(f"in-{store}", store) for store in WRITABLE})
        there.image(f"openstack image delete {' '.join(f'in-{store}' for store in WRITABLE)}")


def test_each_store_is_proved_and_the_second_run_changes_nothing(older: Older) -> None:
    first, second = older.runs
    found = second.report["verification"][older.site.place.hosts[older.site.host]]
    assert found["glance_version"] == older.case.version
    assert found["server"] == older.case.server
    steps = [step for change in first.report["changes"] for step in change["steps"]]
    assert {f"prove: store {store}" for store in WRITABLE} <= set(steps)
    assert second.report["changed"] == 0


@pytest.mark.parametrize("store", WRITABLE)
def test_an_image_is_in_its_store_and_comes_back(older: Older, store: str) -> None:
    assert older.images[store]["properties"]["stores"] == store
    older.site.read_back(f"in-{store}")


def test_the_stores_hold_what_glance_says(older: Older) -> None:
    assert f"rbd_id.{older.images['fast']['id']}" in older.site.store("rados -p images ls")
    assert older.images["far"]["id"] in older.site.store("radosgw-admin bucket list --bucket images")
    assert older.images["cold"]["id"] in older.site.store(f"{SWIFT} list images")
    assert older.images["file"]["id"] in older.site.image("ls /var/lib/glance/images")


# Of all that asks a store, Ceph's library alone is the system's own; the rest is Python's.
@pytest.mark.parametrize("case", [case for case in BREAKS if case.name == "rbd-key"], ids=lambda case: case.name)
def test_a_broken_store_is_refused_before_a_change(older: Older, case: Break) -> None:
    there = older.site
    there.image("touch /root/before")
    told = there.deploy(there.with_store(case.store, **(case.changes or {})), glance_workers=3).expect(3)
    assert case.words in json.dumps(told.document["error"])
    assert not there.image("find /etc /var/lib/glance /usr /opt -newer /root/before -type f")


def test_a_pool_is_refused_for_a_glance_from_pypi(older: Older) -> None:
    told = older.site.deploy(glance_install_method="venv").expect(3)
    assert "the libraries of rbd come with packages only" in json.dumps(told.document["error"])
