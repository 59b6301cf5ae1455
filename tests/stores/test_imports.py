"""What an import becomes on its way into Ceph."""

from __future__ import annotations

import json

import pytest

from .conftest import Site

GLANCE = ". /root/admin-openrc && glance"
MAKE = "apt-get install --yes --quiet=2 --no-install-recommends qemu-utils > /dev/null; qemu-img create -q -f qcow2"


@pytest.mark.variables("glance_import_convert_to", "glance_default_store")
def test_what_is_imported_is_raw_in_the_pool(site: Site) -> None:
    site.deploy(glance_default_store="fast", glance_import_convert_to="raw").expect()
    site.image(f"{MAKE} /root/import.qcow2 12M")
    name = "--disk-format qcow2 --container-format bare --name imported"
    site.image(f"{GLANCE} image-create-via-import {name} --import-method glance-direct < /root/import.qcow2")
    shown = "openstack image show imported -f value -c status"
    site.image(f"for turn in $(seq 60); do {shown} | grep -q active && exit; sleep 1; done; exit 1")
    image = site.shown("imported")
    assert (image["disk_format"], image["size"], image["properties"]["stores"]) == ("raw", 12 << 20, "fast")
    found = json.loads(site.store(f"rbd info images/{image['id']} --format json"))
    assert found["size"] == 12 << 20
