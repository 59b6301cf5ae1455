"""Which subnet a lab gets."""

from __future__ import annotations

import json
from ipaddress import IPv4Network

import pytest

from scripts._lab.errors import LabError, UsageError
from scripts._lab.subnet import POOLS, address, choose_subnet, free_subnet, networks_in_use, parse_subnet
from tests.unit.lab.lab_fakes import FakeRun


@pytest.mark.parametrize(
    ("taken", "start", "expected"),
    [
        ([], 0, "10.77.0.0/24"),
        ([], 9, "10.77.9.0/24"),
        (["10.77.9.0/24"], 9, "10.77.10.0/24"),
        (["10.77.9.128/25", "10.77.10.7/32"], 9, "10.77.11.0/24"),
        (["10.77.255.0/24"], 255, "10.77.0.0/24"),
        (["10.0.0.0/8"], 3, "172.29.3.0/24"),
        (["192.168.0.0/16"], 0, "10.77.0.0/24"),
    ],
    ids=["free", "start", "taken", "overlap", "wraps", "next pool", "elsewhere"],
)
def test_choice(taken: list[str], start: int, expected: str) -> None:
    assert choose_subnet([IPv4Network(text) for text in taken], start) == IPv4Network(expected)


def test_nothing_free_says_which_option_helps() -> None:
    with pytest.raises(LabError) as raised:
        choose_subnet(POOLS)
    assert "--subnet" in raised.value.hint


def test_networks_of_machine_and_podman_are_in_use() -> None:
    routes = [{"dst": "default"}, {"dst": "192.0.2.0/24"}, {"dst": "10.77.4.9"}]
    networks = [{"subnets": [{"subnet": "10.88.0.0/16"}, {"subnet": "fd00::/64"}]}, {"name": "host"}]
    found = networks_in_use(json.dumps(routes), json.dumps(networks))
    assert [str(network) for network in found] == ["192.0.2.0/24", "10.77.4.9/32", "10.88.0.0/16"]


def test_machine_without_routes() -> None:
    assert free_subnet(FakeRun({"podman": "[]"})).subnet_of(POOLS[0])


@pytest.mark.parametrize("text", ["10.1.0.0/16", "10.1.2.3/24", "fd00::/64", "ten"])
def test_unusable_subnet(text: str) -> None:
    with pytest.raises(UsageError):
        parse_subnet(text)


def test_addresses_leave_the_bridge_alone() -> None:
    subnet = parse_subnet("10.1.2.0/24")
    assert [address(subnet, turn) for turn in (0, 1)] == ["10.1.2.11", "10.1.2.12"]
