"""group_vars/all: found from every way in, and every wire follows the variable that it carries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
WIRES = (
    "glance_public_url",
    "glance_database_port",
    "keystone_database_port",
    "glance_memcached_servers",
    "glance_region",
)


def wires(tmp_path: Path, **variables: Any) -> dict[str, Any]:
    """Return what a host of the example inventory gets to see, for given variables."""
    show = {"ansible.builtin.copy": {"dest": str(tmp_path / "wires.json"), "content": "{{ wires | to_json }}"}}
    play = {
        "hosts": "controller",
        "connection": "local",
        "gather_facts": False,
        "vars": {"wires": {name: f"{{{{ {name} }}}}" for name in WIRES}},
        "tasks": [show],
    }
    playbook = tmp_path / "show.yml"
    playbook.write_text(yaml.safe_dump([play]))
    interpreter = {"ansible_python_interpreter": sys.executable}
    extra = tmp_path / "extra.json"
    extra.write_text(json.dumps(variables | interpreter))
    argv = [str(ANSIBLE), "-i", "inventory/all-in-one.yml", "-e", f"@{extra}", str(playbook)]
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((tmp_path / "wires.json").read_text())
    return found


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ["http://controller:9292", 3306, 3306, ["127.0.0.1:11211"], "RegionOne"]),
        (
            {"glance_bind_port": 9393, "mariadb_port": 3307, "memcached_port": 11311, "openstack_region": "north"},
            ["http://controller:9393", 3307, 3307, ["127.0.0.1:11311"], "north"],
        ),
    ],
    ids=["defaults", "other ports and region"],
)
def test_wires_follow_their_variables(tmp_path: Path, variables: dict[str, Any], expected: list[Any]) -> None:
    found = wires(tmp_path, **variables)
    assert [int(found[name]) if "port" in name else found[name] for name in WIRES] == expected
