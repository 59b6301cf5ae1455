"""The inventory that a lab writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from scripts._lab.inventory import build_inventory, ssh_options, to_yaml
from tests.unit.lab.lab_fakes import make_lab


def test_one_host_carries_everything(tmp_path: Path) -> None:
    children = build_inventory(make_lab(tmp_path))["all"]["children"]
    assert sorted(children) == ["controller", "glance", "keystone", "mariadb", "memcached"]
    assert list(children["controller"]["hosts"]) == ["host1"]
    assert all(children[group] == {"children": {"controller": {}}} for group in children if group != "controller")


def test_further_hosts_are_spare(tmp_path: Path) -> None:
    children = build_inventory(make_lab(tmp_path, "image", "identity", "database"))["all"]["children"]
    assert list(children["controller"]["hosts"]) == ["image"]
    assert list(children["spare"]["hosts"]) == ["identity", "database"]


def test_hosts_are_reached_by_key_and_known_before(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    inventory = build_inventory(lab)["all"]
    variables = inventory["children"]["controller"]["hosts"]["host1"]
    assert variables["ansible_host"] == "10.77.5.11"
    assert variables["ansible_user"] == "root"
    assert variables["ansible_ssh_private_key_file"] == str(lab.key)
    assert f"UserKnownHostsFile={lab.known_hosts}" in variables["ansible_ssh_common_args"]
    assert "StrictHostKeyChecking=yes" in variables["ansible_ssh_common_args"]
    assert inventory["vars"] == {"glance_deploy_state_dir": str(lab.directory)}


@pytest.mark.parametrize("folder", ["plain", "with space"])
def test_a_path_with_a_space_is_quoted_for_ssh_and_for_ansible(tmp_path: Path, folder: str) -> None:
    lab = make_lab(tmp_path / folder)
    spaced = " " in folder
    assert ssh_options(lab)[1] == (
        f'UserKnownHostsFile="{lab.known_hosts}"' if spaced else f"UserKnownHostsFile={lab.known_hosts}"
    )
    words = build_inventory(lab)["all"]["children"]["controller"]["hosts"]["host1"]["ansible_ssh_common_args"]
    assert (f"""-o 'UserKnownHostsFile="{lab.known_hosts}"'""" in words) is spaced


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    inventory = build_inventory(make_lab(tmp_path / "it's: #odd", "one", "two"))
    assert yaml.safe_load(to_yaml(inventory)) == json.loads(json.dumps(inventory)) == inventory
