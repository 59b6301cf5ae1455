"""Stores without names, as before Train: one of each type, and what is in them stays readable once they have names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.conftest import Outcome

from .conftest import Site

LEGACY = {"glance_store_mode": "legacy", "glance_default_store": "fast"}


@pytest.fixture(scope="module")
def legacy(site: Site) -> Iterator[tuple[Outcome, Outcome]]:
    """Deployed twice; all of these tests leave the host with named stores."""
    stores = two(site)
    yield site.deploy(stores, **LEGACY).expect(), site.deploy(stores, **LEGACY).expect()
    site.image("openstack image delete of-old")


def two(site: Site) -> list[dict[str, object]]:
    """Return a directory and a pool."""
    return [store for store in site.stores if store["type"] in ("file", "rbd")]


@pytest.mark.variables("glance_store_mode", "glance_default_store")
def test_the_default_takes_an_image_and_stays_readable_under_a_name(
    site: Site, legacy: tuple[Outcome, Outcome]
) -> None:
    assert legacy[1].report["changed"] == 0
    shown = site.put("of-old")
    assert shown["status"] == "active"
    assert "stores" not in shown["properties"]
    assert f"rbd_id.{shown['id']}" in site.store("rados -p images ls")
    site.read_back("of-old")

    site.deploy(two(site), glance_default_store="file").expect()
    assert site.deploy(two(site), glance_default_store="file").expect().report["changed"] == 0
    site.read_back("of-old")
    # Glance notes the name with the first look.
    assert site.shown("of-old")["properties"]["stores"] == "fast"
    assert site.put("of-new")["properties"]["stores"] == "file"
    site.image("openstack image delete of-new")
