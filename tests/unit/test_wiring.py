"""Variables: group_vars/all is found from every way in, every wire follows the variable that it carries, and what roles
state of resources is something that the host module knows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.glance_deploy.openstack.plugins.module_utils._kinds import KINDS
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import ATTRIBUTES

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
STATED = sorted(path for path in ROOT.glob("roles/*/vars/**/*.yml") if "_resources:" in path.read_text())
TAGS = {"install", "config", "database", "identity", "service", "verify"}
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


def stated(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the resources that a role states; lists that it puts together from others hold no more."""
    for value in yaml.safe_load(path.read_text()).values():
        for entry in value if isinstance(value, list) else ():
            if isinstance(entry, dict) and entry.keys() & KINDS.keys():
                yield entry


def role(path: Path) -> str:
    return path.relative_to(ROOT / "roles").parts[0]


def file(path: Path) -> str:
    return f"{role(path)}-{path.stem}"


def test_roles_state_resources() -> None:
    assert {role(path) for path in STATED} == {path.name for path in (ROOT / "roles").iterdir()}


@pytest.mark.parametrize("path", STATED, ids=file)
def test_resources_are_of_kinds_that_there_are_and_take_what_they_are_given(path: Path) -> None:
    entries = list(stated(path))
    assert entries
    for entry in entries:
        (kind,) = entry.keys() - ATTRIBUTES.keys()
        assert entry["tag"] in TAGS, entry["name"]
        if isinstance(entry[kind], dict):
            assert entry[kind].keys() <= KINDS[kind].spec.keys(), entry["name"]
            required = {name for name, option in KINDS[kind].spec.items() if option.get("required")}
            assert required <= entry[kind].keys(), entry["name"]


@pytest.mark.parametrize("path", STATED, ids=file)
def test_resources_have_names_of_their_own(path: Path) -> None:
    names = [entry["name"] for entry in stated(path)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", STATED, ids=file)
def test_what_is_beside_comes_after_something_in_the_background(path: Path) -> None:
    entries = list(stated(path))
    assert any(entry.get("background") for entry in entries) or not any(entry.get("beside") for entry in entries)
