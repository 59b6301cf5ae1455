"""A process that renders, so that every release on every system takes seconds: the same variables, the same templates,
the same filters as playbooks/render.yml uses.

It reads one JSON request a line and answers with what the expressions come to. It is a process of its own because
Ansible's finder of collections takes the place of Python's.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

from glance_deploy.commands.render import HOST, IDENTITY, SECRETS, systems

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "glance"


@functools.cache
def _loader() -> DataLoader:
    init_plugin_loader([str(ROOT / "collections")])
    return DataLoader()


@functools.cache
def _load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = _loader().load_from_file(str(path), trusted_as_template=True)
    return found


@functools.cache
def variables(system: str, release: str, method: str) -> dict[str, Any]:
    """Return what the role's templates see when they are rendered for a system."""
    facts = systems(ROOT)[system]
    family = next(
        path for name in (facts["distribution"], facts["family"]) if (path := ROLE / "vars" / f"{name}.yml").exists()
    )
    loaded: dict[str, Any] = {}
    shared = sorted(ROLE.glob("vars/main/*.yml"))
    for path in (ROLE / "defaults" / "main.yml", ROOT / "group_vars" / "all" / "cloud.yml", *shared, family):
        loaded |= _load(path)
    constraints = ROLE / "files" / "constraints" / f"{release}.txt"
    known = loaded | {
        **{name: name.upper() for name in SECRETS},
        "openstack_identity_auth": IDENTITY,
        "openstack_host_address": HOST,
        "openstack_release": release,
        "glance_install_method": method,
        "__glance_venv_in_use": {},
        "__glance_packages_in_use": {},
        "glance_database_admin_host": HOST,
        "glance_database_host": HOST,
        "inventory_hostname": HOST,
        "groups": {"glance": [HOST]},
        "hostvars": {HOST: {"openstack_host_address": HOST}},
        "ansible_facts": {
            "os_family": facts["family"],
            "distribution": facts["distribution"],
            "distribution_release": facts["release"],
            "distribution_version": facts["version"],
            "distribution_major_version": facts["version"].partition(".")[0],
        },
        "__glance_constraints": constraints.read_text(encoding="utf-8") if constraints.exists() else "",
    }
    return known | {"__glance": evaluate("__glance_settled", known)}


def evaluate(expression: str, known: Mapping[str, Any]) -> Any:
    """Return what an expression comes to."""
    return Templar(_loader(), variables=dict(known)).template(trust_as_template(f"{{{{ {expression} }}}}"))


def main() -> None:
    """Answer requests until there are no more: a case, variables that win, and expressions."""
    for line in sys.stdin:
        request = json.loads(line)
        known = variables(*request["case"]) | request["given"]
        print(json.dumps([evaluate(expression, known) for expression in request["expressions"]]), flush=True)


if __name__ == "__main__":
    main()
