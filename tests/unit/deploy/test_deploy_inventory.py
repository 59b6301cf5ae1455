"""The inventory that deploy.py writes, read back by Ansible itself, and the reading of one that the user wrote."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from glance_deploy import inventory, lab, place, runner
from glance_deploy.errors import UsageError
from glance_deploy.inventory import Host
from glance_deploy.options import Options
from glance_deploy.recorder import Recorder
from glance_deploy.target import Target
from tests.unit.deploy.fakes import SilentView

HOST = Host("ctl", "10.0.0.5", 2222, "admin", Path("/k e y"), ("-o", "StrictHostKeyChecking=yes"))


def groups(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["all"]["children"]
    return found


def listed(path: Path, root: Path) -> dict[str, Any]:
    return runner.read_inventory((path,), root, os.environ)


def test_every_service_goes_to_the_controller() -> None:
    found = groups(inventory.render([HOST], {}))
    assert list(found["controller"]["hosts"]) == ["ctl"]
    assert all(found[service] == {"children": {"controller": {}}} for service in inventory.SERVICES)


@pytest.mark.parametrize("service", ["mariadb", "keystone"])
def test_an_existing_service_has_an_empty_group(service: str) -> None:
    found = groups(inventory.render([HOST], {}, without=[service]))
    assert found[service] == {}
    assert found["glance"] == {"children": {"controller": {}}}


def test_this_machine_needs_no_login() -> None:
    found = groups(inventory.render([Host("localhost", "localhost", is_local=True)], {}))
    variables = found["controller"]["hosts"]["localhost"]
    assert variables == {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}


def test_ansible_reads_what_we_write(root: Path, tmp_path: Path) -> None:
    """One run of Ansible for everything that it could understand otherwise: odd names, spaces, IPv6."""
    arguments = inventory.ssh_arguments(Path("/k"), tmp_path / "known hosts")
    hosts = [HOST, Host("fd00::5", "fd00::5", user="é b", arguments=arguments)]
    path = tmp_path / "inventory.yml"
    path.write_text(inventory.render(hosts, {"glance_deploy_state_dir": "/s"}, without=["keystone"]))
    listing = listed(path, root)
    assert inventory.read(listing, "i", {}) == hosts
    assert inventory.variable(listing, "glance_deploy_state_dir") == "/s"
    assert "keystone" not in {name for name, group in listing.items() if group.get("hosts") or group.get("children")}


def listing(**hosts: dict[str, Any]) -> dict[str, Any]:
    return {"glance": {"hosts": list(hosts)}, "_meta": {"hostvars": hosts}}


def test_the_groups_of_an_inventory_may_be_nested() -> None:
    found = {
        "glance": {"children": ["controllers"]},
        "controllers": {"hosts": ["a", "b"]},
        "mariadb": {"hosts": ["c", "a"]},
        "compute": {"hosts": ["z"]},
    }
    assert [host.name for host in inventory.read(found, "i", {})] == ["c", "a", "b"]


@pytest.mark.parametrize("found", [{}, {"glance": {}}, {"glance": {"children": ["x"]}}, {"mariadb": {"hosts": ["a"]}}])
def test_an_inventory_without_a_controller_is_refused(found: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"hosts\.yml has no controller"):
        inventory.read(found, "hosts.yml", {})


def test_a_service_cannot_be_here_and_elsewhere() -> None:
    with pytest.raises(UsageError, match="has hosts in the group `keystone`"):
        inventory.read({"glance": {"hosts": ["a"]}, "keystone": {"hosts": ["a"]}}, "i", {}, ["keystone"])


READ: dict[str, tuple[dict[str, Any], list[Host]]] = {
    "bare": ({}, [Host("a", "a")]),
    "ssh": ({"ansible_host": "b", "ansible_port": 22, "ansible_user": "u"}, [Host("a", "b", 22, "u")]),
    "local": ({"ansible_connection": "local"}, [Host("a", "a", is_local=True)]),
    "container": ({"ansible_connection": "podman"}, []),
    "template": ({"ansible_host": "{{ address }}"}, []),
    "password": ({"ansible_password": {"__ansible_vault": "x"}}, []),
    "options": ({"ansible_ssh_common_args": "-o 'A=b c' -J x"}, [Host("a", "a", arguments=("-o", "A=b c", "-J", "x"))]),
}


@pytest.mark.parametrize(("variables", "expected"), READ.values(), ids=READ)
def test_a_host_is_read_when_we_can_reach_it_as_ansible_would(variables: dict[str, Any], expected: list[Host]) -> None:
    assert inventory.read(listing(a=variables), "i", {}) == expected


def test_the_inventory_wins_over_options_about_the_login() -> None:
    login = inventory.login_variables(Path("/ours"), None)
    own = inventory.read(listing(a={"ansible_ssh_private_key_file": "/theirs"}), "i", login)
    assert own[0].key == Path("/theirs")
    assert inventory.read(listing(a={}), "i", login)[0].key == Path("/ours")


def find(options: Options, root: Path) -> place.Place:
    return place.find(options, root, os.environ, Recorder(SilentView()))


def test_the_place_of_a_controller(root: Path) -> None:
    found = find(Options("deploy", target=Target("ctl", 2222, "root")), root)
    found.prepare(root)
    directory = root / ".glance-deploy" / "ctl-2222"
    assert found.inventories == (directory / "inventory.yml",)
    assert (directory / "group_vars").resolve() == root / "group_vars"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert yaml.safe_load(found.written)["all"]["vars"] == {"glance_deploy_state_dir": str(directory)}


def test_preparing_a_place_twice_changes_nothing(root: Path) -> None:
    found = find(Options("deploy", target=Target("ctl", None, "root")), root)
    found.prepare(root)
    before = found.state.inventory.read_text()
    found.prepare(root)
    assert found.state.inventory.read_text() == before


def test_the_user_of_a_controller_is_what_ssh_would_use() -> None:
    host = place.controller(Target("10.0.0.5"), Options("deploy"))
    assert host.user


def test_the_place_of_an_inventory_keeps_its_state_where_plain_ansible_does(root: Path, tmp_path: Path) -> None:
    """Group variables of the repository reach an inventory from anywhere, and its own win over them."""
    path = tmp_path / "site" / "hosts.yml"
    (path.parent / "group_vars").mkdir(parents=True)
    path.write_text("glance: {hosts: {a: {ansible_connection: local}}}\n")
    (path.parent / "group_vars/all.yml").write_text("openstack_region: Theirs\n")
    found = find(Options("deploy", inventory=path), root)
    found.prepare(root)
    assert found.state.directory == path.parent / ".glance-deploy" / "hosts"
    variables = runner.read_inventory(found.inventories, root, os.environ)["_meta"]["hostvars"]["a"]
    assert variables["openstack_region"] == "Theirs"
    assert variables["target"] == str(tmp_path)
    assert variables["glance_deploy_state_dir"] == str(found.state.directory)


def test_a_file_that_is_no_inventory_is_refused(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text("{ this is: [not an inventory\n")
    with pytest.raises(UsageError, match="is not an inventory"):
        find(Options("deploy", inventory=path), root)


LAB = {
    "name": "lab",
    "state_dir": "/labs/lab",
    "hosts": [{"name": "host1", "ip": "10.77.0.11", "suite": "trixie"}],
    "ssh_key": "/labs/lab/id",
    "known_hosts": "/labs/lab/known_hosts",
}


def test_a_lab_gives_its_first_host() -> None:
    found = lab.describe(LAB)
    assert (found.host.address, found.host.user, found.host.key) == ("10.77.0.11", "root", Path("/labs/lab/id"))
    assert "UserKnownHostsFile=/labs/lab/known_hosts" in found.host.arguments
    assert found.directory == Path("/labs/lab")


@pytest.mark.parametrize(
    ("output", "message", "hint"),
    [
        ("lab: Root is needed.\n  Run: sudo x\n", "no lab: Root is needed.", "Run: sudo x"),
        ("progress\nlab: Full.\n", "no lab: Full.", "scripts/lab --help"),
        ("Traceback\nOSError: x\n", "no lab: scripts/lab ended with 1: OSError: x", "scripts/lab up"),
        ("", "no lab: scripts/lab ended with 1: no output", "scripts/lab up"),
    ],
)
def test_the_lab_says_itself_what_is_wrong(output: str, message: str, hint: str) -> None:
    error = lab.failure(output, 1)
    assert (str(error), error.hint) == (message, hint)


def test_a_lab_that_cannot_be_made_is_an_error_and_one_that_runs_is_used(root: Path) -> None:
    script = root / "scripts" / "lab"
    script.parent.mkdir()
    script.write_text(
        "import sys\nprint('[]') if 'list' in sys.argv else sys.exit('lab: No podman.\\n  apt install podman')\n"
    )
    with pytest.raises(Exception, match=r"no lab: No podman\.") as caught:
        lab.up("lab", root, os.environ, print)
    assert getattr(caught.value, "hint", "") == "apt install podman"
    script.write_text(
        f"print({[{**LAB, 'states': {'host1': 'running'}}]!r}".replace("'", '"').replace("print(", "print('''")
        + "''')\n"
    )
    assert lab.up("lab", root, os.environ, print).name == "lab"
