"""Secrets through the roles' own Jinja: `{{ lookup('pipe','id') }}` stays what it is in every file and request."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from ansible_collections.glance_deploy.openstack.plugins.lookup.secret import VaultFile
from ansible_collections.glance_deploy.openstack.plugins.module_utils._oslo import render
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from glance_deploy.openrc import parse_openrc
from tests.property import hostile, oslo_model
from tests.property.templating import ROOT

NAMES = (
    "keystone_admin_password",
    "keystone_database_password",
    "glance_database_password",
    "glance_service_password",
    "glance_memcached_secret",
)
# What no file of oslo.config and no openrc can hold is refused elsewhere; every other character is welcome.
PASSWORDS = hostile.texts(control=False, min_parts=1).filter(bool)
SECRETS = st.fixed_dictionaries(dict.fromkeys(NAMES, PASSWORDS))


class Ansible:
    """The process that templates."""

    def __init__(self) -> None:
        argv = [sys.executable, "-m", "tests.property.templating"]
        self._process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def resources(self, **variables: Any) -> dict[str, Any]:
        """Return the resources of all roles by role and kind, as the modules get them."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(variables) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return {
            f"{name.partition('_')[0]} {resource['name']}": resource for name in answer for resource in answer[name]
        }

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@pytest.fixture(scope="module")
def ansible() -> Iterator[Ansible]:
    process = Ansible()
    yield process
    process.close()


def templated(ansible: Ansible, secrets: dict[str, str], **variables: Any) -> dict[str, Any]:
    """Return the resources for secrets that stand in the vault, where the secret lookup finds them."""
    with tempfile.TemporaryDirectory() as directory:
        VaultFile(Path(directory))._write(secrets)
        return ansible.resources(glance_deploy_state_dir=directory, **variables)


def password_in(resource: dict[str, Any]) -> str:
    """Return the password that a configuration file's database URL gives to PyMySQL, as it sends it."""
    url = resource["oslo_config_file"]["secret_options"]["database"]["connection"]
    return unquote(url.split("://")[1].split("@")[0].partition(":")[2]).encode("latin-1").decode()


@pytest.mark.variables(
    "glance_database_password",
    "glance_service_password",
    "glance_memcached_secret",
    "glance_identity_auth",
    "glance_region",
    "keystone_admin_password",
    "keystone_database_password",
)
# Opening a vault costs time on purpose, and each secret of a host is looked up anew wherever it stands.
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(secrets=SECRETS, region=PASSWORDS)
@example(secrets=dict.fromkeys(NAMES, "{{ lookup('pipe','id') }}"), region="{{ 7 * 7 }}")
@example(secrets=dict.fromkeys(NAMES, "0777"), region="yes")
def test_secrets_stay_what_they_are(ansible: Ansible, secrets: dict[str, str], region: str) -> None:
    found = templated(ansible, secrets, openstack_region=region)
    check_requests(found, secrets, region)
    check_database(found, secrets)
    check_files(found, secrets, region)


def check_requests(found: dict[str, Any], secrets: dict[str, str], region: str) -> None:
    """Keystone is asked with them."""
    admin = secrets["keystone_admin_password"]
    assert found["keystone administrator and catalogue"]["keystone_bootstrap"]["password"] == admin
    registration, image = found["glance catalogue"]["service_registration"], found["glance image"]["image_roundtrip"]
    for request in (registration, image):
        assert (request["auth"]["password"], request["region"]) == (admin, region)
    assert registration["user"]["password"] == secrets["glance_service_password"]


def check_database(found: dict[str, Any], secrets: dict[str, str]) -> None:
    """MariaDB is told and asked with them."""
    for role, file in (("keystone", "keystone.conf"), ("glance", "glance-api.conf")):
        wanted = secrets[f"{role}_database_password"]
        assert password_in(found[f"{role} {file}"]) == wanted
        assert found[f"{role} database"]["service_database"]["accounts"][0]["password"] == wanted
        assert found[f"{role} schema"]["schema"]["password"] == wanted


def check_files(found: dict[str, Any], secrets: dict[str, str], region: str) -> None:
    """Files hold them, each in its own notation."""
    openrc = parse_openrc(found["keystone admin-openrc"]["file"]["content"], "admin-openrc")
    assert (openrc["OS_PASSWORD"], openrc["OS_REGION_NAME"]) == (secrets["keystone_admin_password"], region)
    cloud = yaml.safe_load(found["keystone clouds.yaml"]["file"]["content"])["clouds"]["default"]
    assert (cloud["auth"]["password"], cloud["region_name"]) == (secrets["keystone_admin_password"], region)
    file = found["glance glance-api.conf"]["oslo_config_file"]
    options = {name: {**file["options"].get(name, {}), **values} for name, values in file["secret_options"].items()}
    read = oslo_model.read(render(options))["keystone_authtoken"]
    assert read["password"] == [secrets["glance_service_password"]]
    assert read["memcache_secret_key"] == [secrets["glance_memcached_secret"]]
    assert read["region_name"] == [region]
