"""What a host says of itself, and what answers there: in any shape it becomes facts or problems."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_network import is_keystone
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_packages import (
    installed,
    mirrors,
    not_offered,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_preflight import (
    Disk,
    Listener,
    PortWish,
    check_clock,
    check_disks,
    check_ports,
    check_system,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_system import os_release, read_system
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property import hostile

VERSIONS: dict[str, Any] = {
    "versions": {
        "values": [
            {
                "id": "v3.14",
                "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
            }
        ]
    }
}
LINES = st.sampled_from(["ID=debian", 'NAME="a b"', "X='y'", 'BROKEN="', "=", "# c", "VERSION_ID=12"]) | hostile.texts()
DISKS = st.builds(
    Disk,
    st.sampled_from(["/usr", "/var"]),
    st.integers(1, 2),
    st.integers(0, 2000),
    st.none() | st.integers(0, 20000),
    st.booleans(),
)
ADDRESSES = st.sampled_from(["", "127.0.0.1", "::", "10.0.0.1"])
LISTENERS = st.builds(
    Listener,
    st.sampled_from([80, 9292]),
    ADDRESSES,
    st.integers(0, 9),
    st.lists(hostile.texts(max_parts=1), max_size=2).map(tuple),
)


@settings(max_examples=250)
@given(st.lists(LINES, max_size=6).map("\n".join))
def test_any_os_release_is_read(text: str) -> None:
    found = os_release(text)
    assert all(isinstance(value, str) for value in found.values())


@settings(max_examples=60)
@given(hostile.texts(), hostile.texts())
def test_any_host_is_a_system(release: str, memory: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        for name, text in {"etc/os-release": release, "proc/meminfo": memory, "proc/1/comm": memory}.items():
            path = Path(directory, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        system = read_system(Path(directory))
        assert all(problem.mend for problem in check_system(system, {"debian": ["12"]}, 100))


@settings(max_examples=250)
@given(hostile.bodies(VERSIONS))
def test_any_answer_is_keystone_or_not(body: bytes) -> None:
    assert is_keystone(body) in (True, False)
    assert is_keystone(json.dumps(VERSIONS).encode())


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(["glance:", "  Installed: (none)", "  Candidate: 2:30", "  Candidate: (none)"])
        | hostile.texts()
    )
)
def test_any_words_of_apt_are_read(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert len(not_offered(["glance"], text)) <= 1
    assert isinstance(installed(text), set)


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(["http://deb/", "http://[x/", "file:/", "cdrom:["]) | hostile.texts(max_parts=2), max_size=4
    )
)
def test_any_package_source_is_read(uris: list[str]) -> None:
    for address in mirrors("".join(f"'{uri}InRelease' file 0\n" for uri in uris)):
        assert address.endswith("InRelease")


@settings(max_examples=150)
@given(st.lists(DISKS, max_size=4, unique_by=lambda disk: disk.path), st.integers(0, 1000), st.integers(0, 1000))
def test_room_is_short_exactly_when_it_is(disks: list[Disk], usr: int, var: int) -> None:
    needed = {"/usr": usr, "/var": var}
    problems = check_disks(disks, needed)
    assert all((problem.mend and problem.where) or not problem.where for problem in problems)
    by_device: dict[int, int] = {}
    for disk in disks:
        by_device[disk.device] = by_device.get(disk.device, 0) + needed[disk.path]
    first = {disk.device: disk for disk in reversed(disks)}
    short = [device for device, amount in by_device.items() if first[device].free_mb < amount]
    assert sum("MB are free" in problem.what for problem in problems) == len(short)


@settings(max_examples=150)
@given(st.lists(LISTENERS, max_size=3), ADDRESSES, st.floats(-1e9, 1e9))
def test_a_port_is_free_exactly_when_nobody_else_is_there(listeners: list[Listener], address: str, skew: float) -> None:
    others = [one for one in listeners if one.port == 9292 and "glance-api" not in one.names]
    problems = check_ports([PortWish(9292, "", ("glance-api",))], listeners)
    assert bool(problems) == bool(others)
    assert len(check_ports([PortWish(9292, address)], listeners)) <= len(listeners)
    assert bool(check_clock(skew, 60)) == (abs(skew) > 60)
