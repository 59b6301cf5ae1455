"""podman's command lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts._lab.machine import Engine
from scripts._lab.podman import create_argv, import_argv, mac, network_argv, podman
from scripts._lab.recipe import make_recipe
from scripts._lab.sources import Mirror
from tests.unit.lab.lab_fakes import make_lab

PLAIN = Engine()
HYBRID = Engine("runc", "cgroupfs", ("nofile=20000:20000",))


def create(engine: Engine, tmp_path: Path) -> str:
    lab = make_lab(tmp_path)
    return " ".join(create_argv(engine, lab, lab.hosts[0], "localhost/image:1"))


@pytest.mark.parametrize(
    ("engine", "expected"), [(PLAIN, ["podman", "ps"]), (HYBRID, ["podman", "--runtime", "runc", "ps"])]
)
def test_runtime_is_named_only_where_it_must_be(engine: Engine, expected: list[str]) -> None:
    assert podman(engine, "ps") == expected


def test_network_has_a_gateway_and_says_whose_it_is(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    line = " ".join(network_argv(lab))
    assert "--subnet 10.77.5.0/24 --gateway 10.77.5.1" in line
    assert f"glance-deploy.lab={lab.id}" in line
    assert line.endswith(f" {lab.id}")


def test_host_has_its_name_and_address(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    line = create(PLAIN, tmp_path)
    assert f"--name {lab.id}-host1 --hostname host1" in line
    assert f"--network {lab.id}:ip=10.77.5.11,mac=02:4c:0a:4d:05:0b" in line
    assert line.endswith("localhost/image:1")


def test_limits_and_control_groups_are_set_only_where_they_must_be(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    assert f"--ulimit nofile=20000:20000 --cgroup-parent /{lab.id}" in create(HYBRID, tmp_path)
    assert "--ulimit" not in create(PLAIN, tmp_path)
    assert "--cgroup-parent" not in create(PLAIN, tmp_path)


def test_hosts_are_not_privileged(tmp_path: Path) -> None:
    assert "--privileged" not in create(HYBRID, tmp_path)


def test_hosts_are_lent_the_way_to_pypi(tmp_path: Path) -> None:
    assert f"--volume {make_lab(tmp_path).pypi}:/etc/xdg/pip:ro " in create(PLAIN, tmp_path)


def test_mac_is_local_and_follows_the_address() -> None:
    assert mac("10.77.5.11") == "02:4c:0a:4d:05:0b"
    assert mac("10.77.5.12") != mac("10.77.5.11")


def test_image_knows_its_recipe() -> None:
    recipe = make_recipe("bookworm", baked=False, mirror=Mirror("http://m.example/debian"), host_settings="")
    argv = import_argv("/w/root.tar", recipe)
    assert f"LABEL glance-deploy.image={recipe.repository}" in argv
    assert argv[-2:] == ["/w/root.tar", recipe.image]
