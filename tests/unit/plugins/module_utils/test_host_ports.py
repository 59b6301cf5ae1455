from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_ports import address, listeners
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_preflight import Listener

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = (
    "   0: {where}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1 0\n"
)


def kernel(directory: Path, *rows: tuple[str, int, str, int]) -> Path:
    (directory / "net").mkdir()
    lines = [ROW.format(where=where, port=port, state=state, inode=inode) for where, port, state, inode in rows]
    (directory / "net" / "tcp").write_text(HEADER + "".join(lines))
    return directory


def process(proc: Path, pid: int, *inodes: int, command: str = "", name: str = "", cgroup: str = "") -> None:
    (proc / str(pid) / "fd").mkdir(parents=True)
    for number, inode in enumerate(inodes):
        (proc / str(pid) / "fd" / str(number)).symlink_to(f"socket:[{inode}]")
    (proc / str(pid) / "cmdline").write_text(command)
    (proc / str(pid) / "comm").write_text(f"{name}\n")
    (proc / str(pid) / "cgroup").write_text(cgroup)


@pytest.mark.skipif(os.uname().machine not in ("x86_64", "aarch64"), reason="the texts are little-endian")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0100007F", "127.0.0.1"),
        ("0B004D0A", "10.77.0.11"),
        ("00000000000000000000000000000000", "::"),
        ("00000000000000000000000001000000", "::1"),
        ("0000000000000000FFFF00000100007F", "127.0.0.1"),
        ("000000FD000000000000000001000000", "fd00::1"),
    ],
)
def test_address(text: str, expected: str) -> None:
    assert address(text) == expected


def test_the_holder_of_a_port_is_named(tmp_path: Path) -> None:
    proc = kernel(tmp_path, ("0100007F", 9292, "0A", 5), ("0100007F", 22, "0A", 6), ("0100007F", 9292, "01", 7))
    process(proc, 12, 4, 5, command="/usr/bin/python3\0/usr/bin/glance-api\0--x", name="glance-api")
    process(proc, 11, 5, command="uwsgi", name="uwsgi", cgroup="1:name=systemd:/system.slice/a.service\n0::/x\n")
    assert listeners({9292}, proc) == [Listener(9292, "127.0.0.1", 11, ("uwsgi",), "a.service")]


def test_a_script_is_known_by_its_own_name_too(tmp_path: Path) -> None:
    proc = kernel(tmp_path, ("0100007F", 9292, "0A", 5))
    process(proc, 12, 5, command="/usr/bin/python3\0/usr/bin/glance-api\0--x", name="python3")
    (found,) = listeners({9292}, proc)
    assert found.names == ("python3", "glance-api")
    assert found.unit == ""


def test_a_socket_without_a_process_is_told(tmp_path: Path) -> None:
    assert listeners({9292}, kernel(tmp_path, ("0100007F", 9292, "0A", 5))) == [Listener(9292, "127.0.0.1")]


def test_nobody_is_found_where_nobody_listens(tmp_path: Path) -> None:
    assert listeners({9292}, kernel(tmp_path)) == []
    assert listeners(set(), tmp_path) == []
    assert listeners({9292}, tmp_path / "none") == []


def test_this_very_process_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (found,) = listeners({port})
    assert (found.address, found.pid) == ("127.0.0.1", os.getpid())
