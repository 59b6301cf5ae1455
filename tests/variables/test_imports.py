"""Imports: from where, and what becomes of them on their way."""

from __future__ import annotations

import pytest

from .cloud import Cloud, Person
from .conftest import Site


@pytest.mark.variables(
    "glance_import_methods", "glance_web_download_hosts", "glance_web_download_ports", "glance_import_convert_to"
)
def test_what_an_allowed_host_has_is_imported_and_turned_into_raw(site: Site, alice: Person) -> None:
    image = alice.imported(f"{site.web}/image.qcow2", disk_format="qcow2")
    assert (image["status"], image["disk_format"], image["size"]) == ("active", "raw", 3 << 20), image


@pytest.mark.variables("glance_import_decompress")
def test_what_comes_packed_is_unpacked(site: Site, alice: Person) -> None:
    image = alice.imported(f"{site.web}/image.qcow2.gz", disk_format="qcow2")
    assert (image["status"], image["size"]) == ("active", 3 << 20), image


@pytest.mark.variables("glance_import_properties", "glance_import_properties_exempt_roles")
def test_imports_are_given_properties_but_not_those_of_exempt_roles(site: Site, cloud: Cloud, alice: Person) -> None:
    image = alice.imported(f"{site.web}/image.qcow2", disk_format="qcow2")
    assert (image["imported_by"], image["site"]) == ("glance-deploy", "lab")
    auditor = cloud.person("dora", "audit", "auditor")
    image = auditor.imported(f"{site.web}/image.qcow2", disk_format="qcow2")
    assert "imported_by" not in image


@pytest.mark.variables("glance_web_download_hosts", "glance_web_download_schemes", "glance_web_download_ports")
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8099/image.qcow2",
        "http://2130706433:8099/image.qcow2",
        "http://[::1]:8099/image.qcow2",
        "http://localhost:8099/image.qcow2",
        "http://169.254.169.254/latest/meta-data",
        "http://{image}:8099/image.qcow2",
        "http://{image}:5000/v3",
        "http://{other}:5672/",
        "http://{other}@127.0.0.1:8099/image.qcow2",
        "https://{other}:8099/image.qcow2",
        "file:///etc/glance/glance-api.conf",
    ],
)
def test_other_addresses_are_refused(site: Site, alice: Person, address: str) -> None:
    image = alice.image(name="not imported", disk_format="qcow2")
    answer = alice.bring(image, address.format(**site.lab.hosts))
    assert answer.status_code == 400, answer.text
    assert "does not pass filtering" in answer.text
    assert alice.shown(image)["status"] == "queued"


@pytest.mark.variables("glance_worker_self_reference_url", "glance_staging_directory")
def test_what_waits_for_its_import_knows_on_which_host(site: Site, alice: Person) -> None:
    image = alice.image(name="waits")
    kind = {"Content-Type": "application/octet-stream"}
    assert alice.ask("PUT", f"/v2/images/{image['id']}/stage", headers=kind, data=b"waits").status_code == 204
    ask = "SELECT image_id, value FROM glance.image_properties WHERE name = 'os_glance_stage_host'"
    found = site.read(f'mariadb --batch --skip-column-names --execute "{ask}"').splitlines()
    assert f"{image['id']}\t{site.api}" in found
    assert image["id"] in site.read("ls /var/lib/glance/staging")


@pytest.mark.variables("glance_import_methods")
def test_a_method_that_is_not_named_is_not_offered(alice: Person) -> None:
    offered = alice.ask("GET", "/v2/info/import").json()["import-methods"]["value"]
    assert sorted(offered) == ["glance-direct", "web-download"]
