"""A process that templates the variables of the roles, as Ansible does for a host that carries everything.

It reads one JSON request a line, the variables that win over all others, and answers with the templated resources. It
is a process of its own because Ansible's finder of collections takes the place of Python's.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

ROOT = Path(__file__).resolve().parents[2]
HOST = "controller"
ADDRESS = "10.0.0.5"
ROLES = ("memcached", "mariadb", "keystone", "glance")
WANTED = ("mariadb_resources", "memcached_resources", "keystone_resources", "glance_resources")


def known(loader: Any) -> dict[str, Any]:
    """Return what the roles and group_vars say, and what is known of the host."""
    files = [ROOT / f"roles/{role}/defaults/main.yml" for role in ROLES]
    files += sorted((ROOT / "group_vars/all").glob("*.yml"))
    for role in ROLES:
        files += [*sorted((ROOT / f"roles/{role}/vars/main").glob("*.yml")), ROOT / f"roles/{role}/vars/Debian.yml"]
    found: dict[str, Any] = {}
    for path in files:
        found |= loader.load_from_file(str(path), trusted_as_template=True)
    facts: dict[str, Any] = {"distribution": "Debian", "distribution_release": "trixie", "os_family": "Debian"}
    facts["all_ipv4_addresses"] = [ADDRESS]
    facts["default_ipv4"] = {"address": ADDRESS}
    groups = {name: [HOST] for name in ("all", *ROLES)}
    host = {"inventory_hostname": HOST, "ansible_host": ADDRESS, "openstack_host_address": ADDRESS}
    return {
        **found,
        **host,
        "ansible_facts": facts,
        "groups": groups,
        "hostvars": {HOST: host},
        "__glance_hardening": "",
    }


def main() -> None:
    """Answer requests until there are no more."""
    init_plugin_loader([str(ROOT / "collections")])
    loader = DataLoader()
    base = known(loader)
    for line in sys.stdin:
        variables = {**base, **json.loads(line)}
        # As the role's tasks/set_vars.yml does.
        variables["__glance"] = evaluate("__glance_settled", variables, loader)
        print(json.dumps({name: evaluate(name, variables, loader) for name in WANTED}), flush=True)


def evaluate(name: str, variables: dict[str, Any], loader: Any) -> Any:
    """Return what a variable comes to."""
    return Templar(loader=loader, variables=variables).template(trust_as_template(f"{{{{ {name} }}}}"))


if __name__ == "__main__":
    main()
