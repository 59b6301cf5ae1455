"""The built collection, installed in an empty directory: each role by itself, then site.yml over what they left."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import ANSIBLE, ROOT, Lab, Outcome, execute, totals

GALAXY = ANSIBLE.with_name("ansible-galaxy")
COLLECTION = Path("ansible_collections/glance_deploy/openstack")


@pytest.fixture(scope="module")
def lab(make_lab: Callable[..., Lab]) -> Lab:
    return make_lab("test-roles-alone", "--baked", "--suite", "bookworm", "--host", "image")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty directory with nothing but the installed collection."""
    built, home = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("home")
    # What plain ansible-playbook leaves in a clone must not be packed.
    probe = ROOT / "inventory" / ".glance-deploy" / "probe" / "vault.key"
    probe.parent.mkdir(parents=True)
    probe.touch()
    try:
        execute(GALAXY, "collection", "build", "--output-path", built, ROOT).expect()
    finally:
        shutil.rmtree(probe.parent)
    (tarball,) = built.glob("*.tar.gz")
    with tarfile.open(tarball) as archive:
        assert not [name for name in archive.getnames() if "vault.key" in name]
    install = (GALAXY, "collection", "install", "--offline", "--collections-path", home, tarball)
    execute(*install, env=away(home), directory=home).expect()
    return home


def roles(address: str) -> dict[str, dict[str, Any]]:
    """What each role needs when nobody wires it."""
    identity = f"http://{address}:5000/v3"
    administrator = {"username": "admin", "password": "admin:pass", "project_name": "admin"}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    return {
        "mariadb": {},
        "memcached": {},
        "keystone": {
            "keystone_public_url": identity,
            "keystone_admin_password": administrator["password"],
            "keystone_database_password": "keystone-database-pass",
        },
        "glance": {
            "glance_public_url": f"http://{address}:9292",
            "glance_identity_url": identity,
            "glance_identity_auth": {"auth_url": identity, **administrator, **domains},
            "glance_database_password": "glance database pass",
            "glance_service_password": "glance pass",
        },
    }


def away(home: Path) -> dict[str, str]:
    """Return an environment without the clone's settings, so that only the installed collection is found."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "ANSIBLE_COLLECTIONS_PATH": str(home), "ANSIBLE_PIPELINING": "true"}


def play(home: Path, lab: Lab, what: str | Path, inventory: Path | None = None) -> Outcome:
    """Run a playbook with the installed collection."""
    hosts = inventory or bare_inventory(home, lab)
    return execute(ANSIBLE, "-i", hosts, what, env=away(home), directory=home)


def bare_inventory(home: Path, lab: Lab) -> Path:
    """The host alone, with no group_vars beside it."""
    hosts = yaml.safe_load(lab.inventory.read_text())["all"]["children"]["controller"]["hosts"]
    path = home / "bare.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    return path


@pytest.mark.parametrize("role", ["mariadb", "memcached", "keystone", "glance"])
def test_a_role_alone_works_and_a_second_run_changes_nothing(home: Path, lab: Lab, role: str) -> None:
    variables = roles(lab.hosts["image"])[role]
    playbook = home / f"{role}.yml"
    only = {"role": f"glance_deploy.openstack.{role}", "vars": variables}
    playbook.write_text(yaml.safe_dump([{"name": role, "hosts": "all", "become": True, "roles": [only]}]))
    first = play(home, lab, playbook)
    first.expect()
    assert totals(first)["failed"] == 0
    second = play(home, lab, playbook)
    second.expect()
    assert totals(second)["changed"] == 0, second


def test_site_from_the_tarball_adopts_what_the_roles_left(home: Path, lab: Lab) -> None:
    """Other passwords, the same data: they are changed where they live, and the image comes back."""
    shutil.copytree(home / COLLECTION / "inventory", home / "inventory")
    hosts = yaml.safe_load(lab.inventory.read_text())
    hosts["all"].pop("vars")
    inventory = home / "inventory" / "all-in-one.yml"
    inventory.write_text(yaml.safe_dump(hosts))
    first = play(home, lab, "glance_deploy.openstack.site", inventory)
    first.expect()
    assert totals(first)["failed"] == 0
    assert (home / "inventory/.glance-deploy/all-in-one/secrets.yml").exists()
    second = play(home, lab, "glance_deploy.openstack.site", inventory)
    second.expect()
    assert totals(second)["changed"] == 0, second
