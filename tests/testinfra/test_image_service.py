"""What the roles promise, asked of the hosts themselves: run by Molecule, or by hand with
pytest --hosts=ssh://root@HOST --ssh-identity-file=KEY tests/testinfra.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from testinfra.host import Host

UNITS = ("mariadb", "memcached", "keystone", "glance-api")
COMMON_TABLES = {"images", "image_properties", "image_locations", "image_members", "image_tags", "tasks", "task_info"}
RELEASE_TABLES = {
    "bullseye": {"migrate_version"},
    "bookworm": set[str](),
    "trixie": {"cached_images", "node_reference"},
}


def openstack(host: Host, arguments: str) -> Any:
    """The guides' own client with the file that the toolkit wrote."""
    return json.loads(host.check_output(f". /root/admin-openrc && openstack {arguments} -f json"))


@pytest.mark.parametrize("unit", UNITS)
def test_unit_is_enabled_and_active(host: Host, unit: str) -> None:
    assert host.service(unit).is_enabled
    assert host.service(unit).is_running


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:3306", "tcp://127.0.0.1:11211", "tcp://0.0.0.0:9292"])
def test_listens_where_it_should_and_no_wider(host: Host, address: str) -> None:
    assert host.socket(address).is_listening


@pytest.mark.parametrize("port", [3306, 11211])
def test_database_and_cache_stay_on_loopback(host: Host, port: int) -> None:
    assert not host.socket(f"tcp://0.0.0.0:{port}").is_listening
    assert not host.socket(f"tcp://:::{port}").is_listening


@pytest.mark.parametrize(
    ("path", "user", "group", "mode"),
    [
        ("/etc/glance/glance-api.conf", "root", "glance", 0o640),
        ("/etc/keystone/keystone.conf", "root", "keystone", 0o640),
        ("/root/admin-openrc", "root", "root", 0o600),
        ("/root/.config/openstack/clouds.yaml", "root", "root", 0o600),
        ("/var/lib/glance/images", "glance", "glance", 0o750),
    ],
)
def test_files_belong_to_whom_they_should(host: Host, path: str, user: str, group: str, mode: int) -> None:
    file = host.file(path)
    assert (file.user, file.group, file.mode) == (user, group, mode)


def test_old_configuration_is_kept_where_the_service_does_not_read_it(host: Host) -> None:
    assert host.check_output("ls /var/backups/glance-deploy") != ""
    assert host.check_output("stat -c %a /var/backups/glance-deploy") == "700"
    assert host.check_output("ls -A /etc/glance | grep glance-api.conf") == "glance-api.conf"


def test_image_is_active_in_the_list(host: Host) -> None:
    images = openstack(host, "image list --long")
    assert [image["Status"] for image in images] == ["active"]
    assert images[0]["Visibility"] == "public"


def test_catalogue_has_three_endpoints_in_one_region(host: Host) -> None:
    endpoints = openstack(host, "endpoint list --service image")
    assert sorted(endpoint["Interface"] for endpoint in endpoints) == ["admin", "internal", "public"]
    assert {endpoint["Region"] for endpoint in endpoints} == {"RegionOne"}


def test_schema_has_the_tables_of_the_release(host: Host) -> None:
    tables = set(host.check_output("mariadb -NBe 'show tables' glance").split())
    assert tables >= COMMON_TABLES | RELEASE_TABLES[host.system_info.codename]


def test_metadata_definitions_are_loaded(host: Host) -> None:
    assert int(host.check_output("mariadb -NBe 'select count(*) from glance.metadef_namespaces'")) > 10


def test_exactly_the_two_accounts_of_the_guides(host: Host) -> None:
    accounts = host.check_output("mariadb -NBe \"select user, host from mysql.user where user in ('glance', '')\"")
    assert sorted(accounts.splitlines()) == ["glance\t%", "glance\tlocalhost"]


def test_workers_are_as_many_as_asked_for(host: Host) -> None:
    main_pid = host.check_output("systemctl show --value --property MainPID glance-api")
    assert len(host.check_output(f"pgrep --parent {main_pid}").split()) == 2


def test_nobody_lists_images_without_a_token(host: Host) -> None:
    ask = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9292/v2/images')"
    assert "HTTP Error 401" in host.run(f'python3 -c "{ask}"').stderr


def test_no_sqlite_database_is_left(host: Host) -> None:
    assert not host.file("/var/lib/glance/glance.sqlite").exists
