from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible_collections.glance_deploy.openstack.plugins.lookup.admin_credentials import LookupModule

pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")

OPENRC = {
    "OS_AUTH_URL": "http://controller:5000/v3",
    "OS_USERNAME": "admin",
    "OS_PASSWORD": "p@ss {word} $%",
    "OS_PROJECT_NAME": "admin",
    "OS_USER_DOMAIN_NAME": "Default",
    "OS_PROJECT_DOMAIN_NAME": "Default",
    "OS_IDENTITY_API_VERSION": "3",
}
EXPECTED = {
    "auth_url": "http://controller:5000/v3",
    "username": "admin",
    "password": "p@ss {word} $%",
    "project_name": "admin",
    "user_domain_name": "Default",
    "project_domain_name": "Default",
}
CLOUDS = """
clouds:
  prod:
    region_name: North
    auth: {auth_url: 'https://id:5000', username: root, password: 1234, project_name: ops,
           user_domain_id: d1, project_domain_id: default}
  robot:
    auth_type: v3applicationcredential
    auth: {auth_url: 'https://id:5000', application_credential_id: x, application_credential_secret: hidden}
"""


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test from an environment without any OpenStack, and with our own clouds.yaml."""
    for name in list(os.environ):
        if name.startswith("OS_"):
            monkeypatch.delenv(name)
    (tmp_path / "clouds.yaml").write_text(CLOUDS)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))


def look_up() -> dict[str, str]:
    (answer,) = LookupModule().run([])
    return answer


def source(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("openrc", "expected"),
    [
        (OPENRC, EXPECTED),
        ({**OPENRC, "OS_REGION_NAME": "North"}, {**EXPECTED, "region_name": "North"}),
        # What Horizon offers for download.
        (
            {name: value for name, value in OPENRC.items() if name != "OS_PROJECT_DOMAIN_NAME"}
            | {"OS_PROJECT_DOMAIN_ID": "default"},
            EXPECTED,
        ),
        # The oldest guides know no domains, and call a project a tenant.
        (
            {name: OPENRC[name] for name in ("OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD")}
            | {"OS_TENANT_NAME": "admin"},
            EXPECTED,
        ),
    ],
    ids=["full", "region", "horizon", "no domains"],
)
def test_openrc(monkeypatch: pytest.MonkeyPatch, openrc: dict[str, str], expected: dict[str, str]) -> None:
    source(monkeypatch, **openrc)
    assert look_up() == expected


def test_cloud_wins_over_a_sourced_openrc(monkeypatch: pytest.MonkeyPatch) -> None:
    source(monkeypatch, **OPENRC, OS_CLOUD="prod")
    assert look_up() == {
        "auth_url": "https://id:5000",
        "username": "root",
        "password": "1234",
        "project_name": "ops",
        "user_domain_id": "d1",
        "project_domain_name": "Default",
        "region_name": "North",
    }


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "in the environment; source an openrc, set OS_CLOUD, or set glance_identity_auth"),
        ({"OS_CLOUD": "nope"}, "cloud 'nope' of clouds.yaml does not exist; known: prod, robot; source an openrc"),
        ({"OS_CLOUD": "robot"}, "does not give username, password, project_name"),
        ({"OS_AUTH_URL": "http://c:5000", "OS_USERNAME": "admin"}, "does not give password, project_name"),
        ({"OS_AUTH_URL": "http://c:5000", "OS_AUTH_TYPE": "odd"}, "cannot be used: The plugin odd could not be found"),
    ],
    ids=["nothing", "unknown cloud", "no password", "half an openrc", "odd plugin"],
)
def test_what_cannot_be_used_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    source(monkeypatch, **variables)
    with pytest.raises(AnsibleError) as caught:
        look_up()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_arguments_are_refused() -> None:
    with pytest.raises(AnsibleError, match="takes no arguments"):
        LookupModule().run(["admin"])
