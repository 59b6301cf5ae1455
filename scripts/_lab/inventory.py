"""A lab as an Ansible inventory: all of the image service on the first host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .state import Host, Lab

SERVICES = ("mariadb", "memcached", "keystone", "glance")


def ssh_options(lab: Lab) -> list[str]:
    """Return the ssh options that trust the lab's hosts and nobody else."""
    known = str(lab.known_hosts)
    quoted = f'"{known}"' if " " in known else known
    return ["-o", f"UserKnownHostsFile={quoted}", "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"]


def host_variables(lab: Lab, host: Host) -> dict[str, str]:
    """Say how Ansible reaches a host."""
    options = [f"'{word}'" if " " in word else word for word in ssh_options(lab)]
    return {
        "ansible_host": host.ip,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(lab.key),
        "ansible_ssh_common_args": " ".join(options),
        "ansible_python_interpreter": "/usr/bin/python3",
    }


def build_inventory(lab: Lab) -> dict[str, Any]:
    """Build the inventory; hosts beyond the first are there for whoever needs another one."""
    first, *others = [(host.name, host_variables(lab, host)) for host in lab.hosts]
    children: dict[str, Any] = {"controller": {"hosts": dict([first])}}
    children |= {service: {"children": {"controller": {}}} for service in SERVICES}
    if others:
        children["spare"] = {"hosts": dict(others)}
    return {"all": {"vars": {"glance_deploy_state_dir": str(lab.directory)}, "children": children}}


def to_yaml(tree: Mapping[str, Any], indent: str = "") -> str:
    """Write nested mappings of strings as YAML; JSON strings are YAML strings."""
    lines = []
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            lines.append(f"{indent}{key}:\n{to_yaml(value, indent + '  ')}")
        else:
            lines.append(f"{indent}{key}: {json.dumps(value)}\n")
    return "".join(lines)
