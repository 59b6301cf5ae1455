"""Copies of images on the API's own host."""

from __future__ import annotations

import pytest

from .cloud import MB, Person
from .conftest import CACHE, Site

FILES = f"find {CACHE} -maxdepth 1 -type f -printf '%f\\n'"


@pytest.mark.variables("glance_cache", "glance_cache_directory", "glance_cache_driver")
def test_what_was_read_is_kept(site: Site, alice: Person) -> None:
    image = alice.uploaded(MB)
    assert image["id"] not in site.read(FILES)
    assert alice.ask("GET", f"/v2/images/{image['id']}/file").content == bytes(MB)
    found = site.read(FILES).splitlines()
    assert image["id"] in found
    # The driver's own.
    assert "cache.db" in found


@pytest.mark.variables("glance_cache_max_mb")
def test_the_unit_prunes_it(site: Site, alice: Person) -> None:
    for _ in range(6):
        image = alice.uploaded(MB)
        alice.ask("GET", f"/v2/images/{image['id']}/file")
    size = (
        f"find {CACHE} -maxdepth 1 -type f ! -name cache.db -printf '%s\\n' | awk '{{ s += $1 }} END {{ print s + 0 }}'"
    )
    before = int(site.read(size))
    site.read("systemctl start glance-cache-tidy.service")
    assert before > 4 * MB >= int(site.read(size))


@pytest.mark.variables("glance_cache_interval")
def test_a_timer_starts_that_unit(site: Site) -> None:
    shown = site.read("systemctl show glance-cache-tidy.timer --property=TimersMonotonic,UnitFileState,ActiveState")
    assert "OnUnitActiveUSec=17min" in shown
    assert "UnitFileState=enabled" in shown
    assert "ActiveState=active" in shown


@pytest.mark.variables("glance_cache_stall_timeout")
def test_what_stalled_counts_as_abandoned_when_its_time_is_over(site: Site) -> None:
    halves = f"touch -d '-{{0}} seconds' {CACHE}/incomplete/{{1}}; chown glance: {CACHE}/incomplete/{{1}}"
    site.read(halves.format(4000, "young") + "; " + halves.format(4500, "old"))
    site.read("systemctl start glance-cache-tidy.service")
    assert site.read(f"ls {CACHE}/incomplete") == "young"


def test_the_proof_reads_the_store_and_not_the_copy(site: Site) -> None:
    image = site.first.report["verification"][site.lab.hosts["image"]]["image"]["id"]
    path = f"/var/lib/glance/images/{image}"
    site.read(f"mv {path} /root/away")
    try:
        again = site.lab.deploy("image", "--vars-file", str(site.directory / "variables.yml"))
        assert again.code != 0, again.stdout
    finally:
        site.read(f"mv /root/away {path}")
