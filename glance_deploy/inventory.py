"""Hosts: the inventory that deploy.py writes, and what it reads from one that the user wrote."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from glance_deploy.errors import UsageError

SERVICES = ("mariadb", "memcached", "keystone", "glance")
SYSTEM_PYTHON = "/usr/bin/python3"
HEADER = "# Written by deploy.py; every run writes it again.\n"
_SECRETS = ("ansible_password", "ansible_ssh_pass", "ansible_become_password", "ansible_become_pass")
_SSH = {"ssh", "smart", "ansible.builtin.ssh"}
_LOCAL = {"local", "ansible.builtin.local"}


@dataclass(frozen=True)
class Host:
    """One host and how to reach it. What is None is left to the SSH configuration of the user.

    Attributes:
        name: Name in the inventory.
        address: Where SSH connects to.
        arguments: Further arguments for ssh.
        is_local: This machine itself; no SSH.
    """

    name: str
    address: str
    port: int | None = None
    user: str | None = None
    key: Path | None = None
    arguments: tuple[str, ...] = ()
    is_local: bool = False


def render(hosts: Sequence[Host], variables: Mapping[str, Any], without: Iterable[str] = ()) -> str:
    """Return an inventory in which the hosts have every service, except those that exist elsewhere already."""
    left_out = set(without)
    groups: dict[str, Any] = {"controller": {"hosts": {host.name: _variables(host) for host in hosts}}}
    for service in SERVICES:
        groups[service] = {} if service in left_out else {"children": {"controller": {}}}
    return _dump({"all": {"vars": dict(variables), "children": groups}})


def overlay(variables: Mapping[str, Any]) -> str:
    """Return an inventory without hosts, whose variables stand below those of the user's own inventory."""
    return _dump({"all": {"vars": dict(variables)}})


def login_variables(key: Path | None, known_hosts: Path | None) -> dict[str, str]:
    """Return what tells Ansible's ssh to use a key and a file of host keys."""
    found = {"ansible_ssh_private_key_file": str(key)} if key else {}
    return {**found, "ansible_ssh_common_args": shlex.join(ssh_arguments(key, known_hosts))}


def ssh_arguments(key: Path | None, known_hosts: Path | None) -> tuple[str, ...]:
    """Return arguments that make ssh check host keys, and use one key and one more file of host keys where given."""
    files = ("-o", f'UserKnownHostsFile="{known_hosts}" ~/.ssh/known_hosts') if known_hosts else ()
    # Without this, an agent full of other keys uses up the attempts that the server allows.
    only = ("-o", "IdentitiesOnly=yes") if key else ()
    return ("-o", "StrictHostKeyChecking=yes", *only, *files)


def read(listing: Mapping[str, Any], name: str, login: Mapping[str, str], existing: Iterable[str] = ()) -> list[Host]:
    """Return the hosts of an inventory that our roles go to.

    Args:
        listing: What `ansible-inventory --list` printed.
        name: The inventory, for messages.
        login: Variables that stand below those of the inventory, from `login_variables`.
        existing: Services that exist elsewhere, by other options.

    Raises:
        UsageError: No host has Glance, or a service is said to be here and elsewhere.
    """
    if not _members(listing, "glance"):
        what = f"{name} has no controller: the group `glance` has no host"
        raise UsageError(what, "see inventory/all-in-one.yml for an example")
    for service in existing:
        if _members(listing, service):
            raise UsageError(
                f"{name} has hosts in the group `{service}`, and an option names an existing one",
                f"empty the group `{service}`, or leave the option out",
            )
    names = dict.fromkeys(host for service in SERVICES for host in _members(listing, service))
    variables = listing.get("_meta", {}).get("hostvars", {})
    found = (_readable(host, {**login, **variables.get(host, {})}, name) for host in names)
    return [host for host in found if host is not None]


def variable(listing: Mapping[str, Any], name: str) -> str | None:
    """Return a variable that the inventory sets, if it is plain text."""
    values = (host.get(name) for host in listing.get("_meta", {}).get("hostvars", {}).values())
    return next((value for value in values if isinstance(value, str) and "{{" not in value), None)


def _members(listing: Mapping[str, Any], group: str) -> list[str]:
    found = listing.get(group, {})
    below = [host for child in found.get("children", []) for host in _members(listing, child)]
    return [*found.get("hosts", []), *below]


def _readable(host: str, given: Mapping[str, Any], inventory: str) -> Host | None:
    try:
        return _host(host, given)
    # No number, a quote that does not close, no such home directory, a list where a word is due.
    except (ValueError, TypeError, RuntimeError):
        what = f"{inventory}: the ansible_* variables of {host} cannot be used"
        raise UsageError(what, f"ansible-inventory -i {inventory} --host {host}") from None


def _host(name: str, given: Mapping[str, Any]) -> Host | None:
    """Return a host, or None when only Ansible itself can know how to reach it."""
    if given.get("ansible_connection", "ssh") in _LOCAL:
        return Host(name, name, is_local=True)
    wanted = ("ansible_host", "ansible_port", "ansible_user", "ansible_ssh_private_key_file", "ansible_ssh_common_args")
    values = {key: str(given[key]) for key in wanted if given.get(key) is not None}
    is_templated = any("{{" in value for value in values.values())
    if given.get("ansible_connection", "ssh") not in _SSH or is_templated or any(key in given for key in _SECRETS):
        return None
    port, key = values.get("ansible_port"), values.get("ansible_ssh_private_key_file")
    return Host(
        name=name,
        address=values.get("ansible_host", name),
        port=int(port) if port else None,
        user=values.get("ansible_user"),
        key=Path(key).expanduser() if key else None,
        arguments=tuple(shlex.split(values.get("ansible_ssh_common_args", ""))),
    )


def _variables(host: Host) -> dict[str, Any]:
    if host.is_local:
        return {"ansible_connection": "local", "ansible_python_interpreter": SYSTEM_PYTHON}
    given = {
        "ansible_host": host.address,
        "ansible_port": host.port,
        "ansible_user": host.user,
        "ansible_ssh_private_key_file": str(host.key) if host.key else None,
        "ansible_ssh_common_args": shlex.join(host.arguments) or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _dump(content: Mapping[str, Any]) -> str:
    # ASCII: PyYAML writes some letters, such as U+0085, in a way that is read back as a blank.
    return HEADER + yaml.safe_dump(content, sort_keys=False)
