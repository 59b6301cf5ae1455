"""A runbook: the commands of each kind, in order, and nothing that a shell or a server takes for something else."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.glance_deploy.openstack.plugins.filter.runbook import ALLOW, FORBID, INSTALL, WRITERS, runbook

PROXY = "http_proxy=http://p:3128 https_proxy=http://p:3128"
ACCOUNT = {"name": "glance", "hosts": ["localhost"], "password": "it's \\ a `secret`; DROP DATABASE x"}


def commands(kind: str, arguments: dict[str, Any], **marks: Any) -> list[str]:
    """Return the lines that one resource comes to."""
    text: str = runbook([{"name": "it", kind: arguments, **marks}], marks.pop("packages", "apt"))["commands"]
    return text.partition("# it\n")[2].splitlines()


@pytest.mark.parametrize(
    ("kind", "arguments", "expected"),
    [
        ("packages", {"names": ["glance"]}, ["apt-get update", FORBID, f"{INSTALL['apt']} glance", ALLOW]),
        (
            "packages",
            {"names": ["glance"], "proxy": "http://p:3128"},
            [f"{PROXY} apt-get update", FORBID, f"{PROXY} {INSTALL['apt']} glance", ALLOW],
        ),
        ("dnf_repository", {"id": "crb"}, ["dnf config-manager --set-enabled crb"]),
        ("directories", {"paths": ["/a b"], "owner": "glance"}, ["install -d -o glance -g root -m 0755 '/a b'"]),
        ("file", {"path": "/etc/x", "content": "text"}, ["install -D -o root -g root -m 0644 files/etc/x /etc/x"]),
        ("command", {"argv": ["rm", "/x"], "removes": "/x"}, ["test ! -e /x || rm /x"]),
        ("command", {"argv": ["touch", "/x"], "creates": "/x"}, ["test -e /x || touch /x"]),
        (
            "schema",
            {"user": "glance", "sync": ["glance-manage", "db", "sync"]},
            ["runuser -u glance -- glance-manage db sync"],
        ),
        ("service_unit", {"name": "u"}, ["systemctl daemon-reload", "systemctl enable u", "systemctl restart u"]),
        ("answers", {"urls": ["http://h/"]}, ["curl --fail http://h/"]),
    ],
    ids=["packages", "proxy", "repository", "directories", "file", "remove", "make", "schema", "unit", "answers"],
)
def test_commands(kind: str, arguments: dict[str, Any], expected: list[str]) -> None:
    assert commands(kind, arguments) == expected


def test_each_package_manager_has_its_command() -> None:
    text = runbook([{"name": "it", "packages": {"names": ["openstack-glance"]}}], "dnf")["commands"]
    assert text.endswith("dnf install --assumeyes openstack-glance\n")


def test_a_password_stays_a_password_in_sql() -> None:
    lines = commands("service_database", {"name": "glance", "accounts": [ACCOUNT]})
    assert r"IDENTIFIED BY 'it''s \\ a `secret`; DROP DATABASE x';" in "\n".join(lines)
    assert lines[0] == "\"$(command -v mariadb || command -v mysql)\" <<'SQL'"


def test_an_underscore_in_a_name_grants_nothing_else() -> None:
    lines = commands("service_database", {"name": "a_b", "accounts": [ACCOUNT]})
    assert any(r"ON `a\_b`.* TO" in line for line in lines)


def test_the_password_of_the_service_user_is_on_no_command_line() -> None:
    arguments = {
        "project": {"name": "service", "domain": "Default"},
        "user": {"name": "glance", "domain": "Default", "password": "secret"},
        "roles": ["admin"],
        "service": {"name": "glance", "type": "image", "description": "OpenStack Image"},
        "endpoints": {"public": "http://h:9292"},
        "region": "$(reboot)",
    }
    lines = commands("service_registration", arguments)
    assert "secret" not in "\n".join(lines)
    assert shlex.split(lines[-1])[4] == "$(reboot)"


def test_files_are_given_as_text_by_path() -> None:
    arguments = {
        "path": "/etc/glance.conf",
        "options": {"DEFAULT": {"workers": 2}},
        "secret_options": {"x": {"password": "p"}},
    }
    files = runbook([{"name": "it", "oslo_config_file": arguments}])["files"]
    assert "[DEFAULT]\nworkers = 2\n" in files["/etc/glance.conf"]
    assert "[x]\npassword = p\n" in files["/etc/glance.conf"]


def test_what_does_not_apply_is_left_out() -> None:
    assert commands("packages", {"names": ["x"]}, when=False) == []


def test_what_nobody_can_write_is_told() -> None:
    with pytest.raises(AnsibleFilterError, match="nobody knows how to write 'it'"):
        runbook([{"name": "it", "link": {}}])
    with pytest.raises(AnsibleFilterError, match="no package manager 'zypper'; known: apt, dnf, yum"):
        runbook([], "zypper")


def test_what_only_looks_has_no_command() -> None:
    assert WRITERS["installation"] is None
    assert "# it" not in runbook([{"name": "it", "installation": {}}])["commands"]
