from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_system import (
    os_release,
    read_disks,
    read_system,
)


def test_the_system_is_read(tmp_path: Path) -> None:
    for name, text in {
        "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n',
        "proc/meminfo": "MemTotal:        2048000 kB\nMemFree: 1 kB\n",
        "proc/1/comm": "systemd\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    system = read_system(tmp_path)
    assert (system.id, system.version, system.name) == ("debian", "12", "Debian GNU/Linux 12 (bookworm)")
    assert (system.memory_mb, system.init) == (2000, "systemd")
    assert system.python == sys.version_info[:2]
    assert system.root is (os.geteuid() == 0)


def test_an_unknown_system_is_survived(tmp_path: Path) -> None:
    system = read_system(tmp_path)
    assert (system.id, system.version, system.name) == ("unknown", "", "an unknown system")
    assert (system.memory_mb, system.init) == (0, "unknown")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ('ID=debian\nNAME="A B"\n', {"ID": "debian", "NAME": "A B"}),
        ("# C=1\nD='x'\nnonsense\nE=\n", {"D": "x", "E": ""}),
    ],
)
def test_os_release(text: str, expected: dict[str, str]) -> None:
    assert os_release(text) == expected


def test_a_path_that_is_not_there_lies_where_its_parent_lies(tmp_path: Path) -> None:
    (here, there) = read_disks([str(tmp_path), str(tmp_path / "a" / "b"), str(tmp_path)])
    assert there.path == str(tmp_path / "a" / "b")
    assert there.place == here.place == str(tmp_path)
    assert there.device == here.device
    assert there.free_mb > 0
    assert not there.read_only
