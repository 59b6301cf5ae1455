"""Glance for who has a Keystone and a MariaDB: three hosts, and the two that exist are not touched otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from .conftest import Lab, execute

ADMIN = "dba"
ADMIN_PASSWORD = "existing:p@ss"
# What an owner would notice: packages, units, files, configuration.
FINGERPRINT = (
    "dpkg-query -W | sha256sum;"
    " systemctl list-units --type=service --state=running --plain --no-legend | cut -d' ' -f1;"
    " find /etc /var/lib/dpkg -xdev -newer /run/before -type f ! -path '*/resolv.conf'"
)


@pytest.fixture(scope="module")
def lab(make_lab: Callable[..., Lab]) -> Lab:
    """Three hosts; the first two get, from our own roles, what then counts as existing."""
    lab = make_lab(
        "test-existing",
        "--baked",
        "--suite",
        "bookworm",
        *(f"--host={name}" for name in ("database", "identity", "image")),
    )
    inventory = yaml.safe_load(lab.inventory.read_text())
    hosts = {**inventory["all"]["children"]["controller"]["hosts"], **inventory["all"]["children"]["spare"]["hosts"]}
    groups = {"mariadb": ["database"], "memcached": ["identity"], "keystone": ["identity"], "glance": ["image"]}
    existing = lab.directory / "existing.yml"
    inventory["all"]["children"] = {
        group: {"hosts": {name: hosts[name] for name in names}} for group, names in groups.items()
    }
    existing.write_text(yaml.safe_dump(inventory))
    playbook = lab.directory / "existing-services.yml"
    playbook.write_text(
        yaml.safe_dump(
            [
                {
                    "name": group,
                    "hosts": group,
                    "become": True,
                    "roles": [{"role": f"glance_deploy.openstack.{group}"}],
                }
                for group in ("mariadb", "memcached", "keystone")
            ]
        )
    )
    outcome = execute(".venv/bin/ansible-playbook", "-i", existing, playbook)
    outcome.expect()
    account = f"'{ADMIN}'@'%' IDENTIFIED BY '{ADMIN_PASSWORD}'"
    grant = f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION"
    assert lab.ssh("database", "mariadb", stdin=grant).code == 0
    (lab.directory / "admin-openrc").write_text(lab.read("identity", "cat /root/admin-openrc"))
    for name in ("database", "identity"):
        lab.read(name, "sleep 1; touch /run/before; sleep 1")
    return lab


def test_glance_joins_them_and_leaves_them_alone(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = {name: lab.read(name, FINGERPRINT) for name in ("database", "identity")}
    secrets = tmp_path_factory.mktemp("vars") / "dba.yml"
    secrets.write_text(
        yaml.safe_dump({"glance_database_admin_user": ADMIN, "glance_database_admin_password": ADMIN_PASSWORD})
    )
    options = (
        "--openrc",
        str(lab.directory / "admin-openrc"),
        "--database-host",
        lab.hosts["database"],
        "--vars-file",
        str(secrets),
    )
    first = lab.deploy("image", *options)
    first.expect()
    (verification,) = first.report["verification"].values()
    assert verification["roundtrip"]["identical"]
    assert {name: lab.read(name, FINGERPRINT) for name in before} == before
    assert lab.read("database", "mariadb -NBe 'show databases like \"glance\"'") == "glance"
    assert lab.ssh("image", "dpkg -l mariadb-server keystone | grep ^ii | wc -l").code == 0
    second = lab.deploy("image", *options)
    second.expect()
    assert second.report["changed"] == 0
