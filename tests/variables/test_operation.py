"""How it is run: log, messages, health, database."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from .cloud import Cloud, Person
from .conftest import BUS_PASSWORD, Site

CONNECTIONS = "SELECT id FROM information_schema.processlist WHERE user = 'glance'"


def connections(site: Site) -> set[str]:
    """Return the ids of Glance's connections to the database."""
    return set(site.read(f'mariadb --batch --skip-column-names --execute "{CONNECTIONS}"').split())


@pytest.mark.variables("glance_database_pool_size", "glance_database_pool_overflow")
def test_there_are_no_more_connections_than_the_pools_have(site: Site, cloud: Cloud) -> None:
    with ThreadPoolExecutor(max_workers=16) as pool:
        asked = [pool.submit(cloud.admin.ask, "GET", "/v2/images?limit=50") for _ in range(120)]
        found = [len(connections(site)) for _ in range(4)]
        assert all(one.result().ok for one in asked)
    # Two workers, each with two connections and one more.
    assert 0 < max(found) <= 6, found


@pytest.mark.variables("glance_database_recycle_time")
def test_a_connection_is_made_anew_when_it_is_old(site: Site, cloud: Cloud) -> None:
    for _ in range(12):
        cloud.admin.ask("GET", "/v2/images")
    before = connections(site)
    time.sleep(2)
    for _ in range(12):
        cloud.admin.ask("GET", "/v2/images")
    assert before
    assert not before & connections(site)


@pytest.mark.variables("glance_notifications", "glance_transport_url", "glance_notification_topics")
def test_the_message_bus_is_told(site: Site, cloud: Cloud) -> None:
    queued = "rabbitmqctl --quiet list_queues name messages | awk '$1 == \"audit.info\" { print $2 }'"
    before = int(site.lab.read("other", queued) or 0)
    cloud.admin.image(name="told")
    until = time.monotonic() + 20
    while int(site.lab.read("other", queued) or 0) <= before:
        assert time.monotonic() < until
        time.sleep(1)


def test_the_message_buss_password_is_in_no_output_and_in_no_open_file(site: Site) -> None:
    assert BUS_PASSWORD not in site.first.stdout + site.first.stderr
    found = site.read(f"grep --recursive --files-with-matches {BUS_PASSWORD} /etc /var/log /run 2>/dev/null; true")
    assert found == "/etc/glance/glance-api.conf"
    assert site.read(f"stat --format=%a {found}") == "640"


@pytest.mark.variables("glance_debug")
def test_the_log_tells_each_step(site: Site) -> None:
    assert int(site.read("grep --count ' DEBUG ' /var/log/glance/glance-api.log")) > 0


@pytest.mark.variables("glance_syslog")
def test_the_log_goes_to_syslog_too(site: Site) -> None:
    assert "GET /healthcheck" in site.read("journalctl --identifier=glance-api --output=cat --no-pager")


@pytest.mark.variables("glance_healthcheck_detailed")
def test_the_health_check_says_why(site: Site) -> None:
    answer = requests.get(f"{site.api}/healthcheck", headers={"Accept": "application/json"}, timeout=30)
    assert answer.json()["detailed"] is True
    assert answer.json()["platform"]


@pytest.mark.variables("glance_metadefs")
def test_no_metadata_definitions_are_loaded_when_nobody_wants_them(alice: Person) -> None:
    assert alice.ask("GET", "/v2/metadefs/namespaces").json()["namespaces"] == []


def test_a_second_run_changes_nothing(site: Site) -> None:
    second = site.lab.deploy("image", "--vars-file", str(site.directory / "variables.yml")).expect()
    assert second.report["changed"] == 0
