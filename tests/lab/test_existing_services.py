"""Glance for who has a Keystone and a MariaDB: three hosts, and the two that exist are not touched otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    weak = "CREATE USER 'weak'@'%' IDENTIFIED BY 'weak'; GRANT SELECT ON mysql.* TO 'weak'@'%'"
    lab.ssh("database", "mariadb", stdin=weak).expect()
    for name in lab.hosts:
        lab.read(name, "sleep 1; touch /run/before; sleep 1")
    return lab


def options(
    lab: Lab, folder: Path, *, admin: str = ADMIN, password: str = ADMIN_PASSWORD, openrc: str = ""
) -> list[str]:
    """Return how deploy.py is told of the two services."""
    secrets, credentials = folder / "dba.yml", folder / "openrc"
    accounts = {"glance_database_admin_user": admin, "glance_database_admin_password": password}
    secrets.write_text(yaml.safe_dump(accounts))
    credentials.write_text(openrc or (lab.directory / "admin-openrc").read_text())
    where = ["--database-host", lab.hosts["database"], "--openrc", str(credentials)]
    return [*where, "--vars-file", str(secrets)]


def changed_files(lab: Lab) -> str:
    """Return what is new on the host that is to carry Glance."""
    places = "/etc /usr /var/lib /opt /srv"
    return lab.read("image", f"find {places} -xdev -newer /run/before -type f")


def spoiled(lab: Lab, old: str, new: str) -> str:
    """Return the administrator's openrc with something wrong in it."""
    text = (lab.directory / "admin-openrc").read_text()
    return re.sub(old, new, text)


@pytest.mark.variables("glance_identity_auth", "glance_region")
@pytest.mark.parametrize(
    ("wrong", "region", "words"),
    [
        ({"openrc": (r"OS_PASSWORD=.*", "OS_PASSWORD=nonsense")}, "RegionOne", "credentials"),
        ({"openrc": (r":5000/v3", ":22")}, "RegionOne", "identity service"),
        ({}, "RegionTwo", "RegionOne"),
        ({"password": "nonsense"}, "RegionOne", "login_password"),
    ],
    ids=["wrong password", "not a Keystone", "unknown region", "wrong database password"],
)
def test_what_cannot_work_is_refused_before_a_change(
    lab: Lab, tmp_path: Path, wrong: dict[str, Any], region: str, words: str
) -> None:
    given = {**wrong, "openrc": spoiled(lab, *wrong["openrc"])} if "openrc" in wrong else wrong
    outcome = lab.deploy("image", *options(lab, tmp_path, **given), "--region", region).expect(3)
    assert words in str(outcome.document["error"]), outcome.document["error"]
    assert "nonsense" not in outcome.stdout + outcome.stderr
    assert changed_files(lab) == ""


def test_nobody_who_may_create_is_refused_too(lab: Lab, tmp_path: Path) -> None:
    outcome = lab.deploy("image", *options(lab, tmp_path)[:4]).expect(3)
    assert "glance_database_admin_user" in str(outcome.document["error"])
    assert changed_files(lab) == ""


@pytest.mark.variables("glance_release")
def test_a_release_that_the_host_does_not_have_is_refused(lab: Lab, tmp_path: Path) -> None:
    outcome = lab.deploy("image", *options(lab, tmp_path), "--release", "epoxy").expect(3)
    assert "zed" in str(outcome.document["error"])
    assert changed_files(lab) == ""


@pytest.mark.variables("glance_identity_manage", "glance_limits")
def test_a_quota_without_its_limit_in_keystone_is_refused(lab: Lab, tmp_path: Path) -> None:
    names = ("image_size_total", "image_stage_total", "image_count_total", "image_count_uploading")
    wish = tmp_path / "quota.yml"
    wish.write_text(yaml.safe_dump({"glance_identity_manage": False, "glance_limits": dict.fromkeys(names, 10)}))
    outcome = lab.deploy("image", *options(lab, tmp_path), "--vars-file", str(wish)).expect(3)
    assert "Keystone lacks what glance_limits needs" in str(outcome.document["error"]), outcome.document["error"]
    assert "registered limit image_size_total" in str(outcome.document["error"])
    assert changed_files(lab) == ""


def test_an_account_that_may_not_create_is_told_so(lab: Lab, tmp_path: Path) -> None:
    outcome = lab.deploy("image", *options(lab, tmp_path, admin="weak", password="weak"))
    assert outcome.code in {1, 3}, outcome
    assert "CREATE" in str(outcome.document["error"]), outcome.document["error"]
    assert lab.read("database", "mariadb -NBe 'show databases like \"glance\"'") == ""


@pytest.mark.variables(
    "glance_database_host",
    "glance_database_admin_user",
    "glance_database_admin_password",
    "glance_identity_auth",
    "glance_identity_url",
)
def test_glance_joins_them_and_leaves_them_alone(lab: Lab, tmp_path: Path) -> None:
    before = {name: lab.read(name, FINGERPRINT) for name in ("database", "identity")}
    given = options(lab, tmp_path)
    first = lab.deploy("image", *given).expect()
    (verification,) = first.report["verification"].values()
    assert verification["roundtrip"]["identical"]
    assert {name: lab.read(name, FINGERPRINT) for name in before} == before
    assert lab.read("database", "mariadb -NBe 'show databases like \"glance\"'") == "glance"
    assert lab.read("image", "dpkg-query -W -f '${db:Status-Status}' keystone") == "installed"
    assert lab.read("image", "systemctl is-active keystone || true") == "inactive"
    second = lab.deploy("image", *given).expect()
    assert second.report["changed"] == 0
