from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_preflight import (
    Disk,
    Listener,
    PortWish,
    System,
    check_clock,
    check_disks,
    check_ports,
    check_system,
)

GOOD = System(
    id="debian",
    version="12",
    name="Debian GNU/Linux 12 (bookworm)",
    memory_mb=2000,
    python=(3, 11),
    init="systemd",
    root=True,
    time=0.0,
)
SUPPORTED = {"debian": ["11", "12", "13"], "ubuntu": ["24.04"]}
GLANCE = Listener(9292, "::", 7, ("glance-api", "python3"), "glance-api.service")
OTHER = Listener(9292, "127.0.0.1", 8, ("nginx",), "nginx.service")


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, []),
        (
            {"id": "fedora", "version": "40", "name": "Fedora 40"},
            ["operating system: Fedora 40 is not supported. Use one of: Debian 11, 12, 13; Ubuntu 24.04."],
        ),
        ({"version": "10", "name": "Debian 10"}, ["operating system: Debian 10 is not supported. Use one of: Debian"]),
        ({"init": "bash"}, ["process 1: it is bash, not systemd. Use a host"]),
        ({"root": False}, ["privileges: not root. Use become: true"]),
        ({"python": (3, 7)}, ["Python: 3.7 is too old. Set ansible_python_interpreter to 3.9 or newer."]),
        ({"memory_mb": 999}, ["memory: 999 MB, but 1000 are needed. Give the host more memory."]),
        ({"memory_mb": 1, "root": False}, ["privileges: not root", "memory: 1 MB"]),
    ],
    ids=["good", "distribution", "version", "init", "root", "python", "memory", "several"],
)
def test_system(changes: dict[str, object], lines: list[str]) -> None:
    system = dataclasses.replace(GOOD, **changes)  # type: ignore[arg-type]  # cases as data
    found = [str(problem) for problem in check_system(system, SUPPORTED, 1000)]
    assert len(found) == len(lines)
    assert all(line.startswith(expected) for line, expected in zip(found, lines, strict=True))


@pytest.mark.parametrize(
    ("skew", "lines"),
    [
        (0.0, []),
        (300.0, []),
        (-299.9, []),
        (3600.4, ["clock: 3600 s ahead of the control machine. Set it right: timedatectl set-ntp true"]),
        (-301.0, ["clock: 301 s behind the control machine. Set it right: timedatectl set-ntp true"]),
    ],
)
def test_clock(skew: float, lines: list[str]) -> None:
    assert [str(problem) for problem in check_clock(skew, 300)] == lines


@pytest.mark.parametrize(
    ("disks", "lines"),
    [
        ([], []),
        ([Disk("/images", 1, 100), Disk("/etc", 2, 0)], []),
        (
            [Disk("/images", 1, 99, place="/")],
            ["/images: 99 MB are free, but 100 are needed. Make room: df -h /"],
        ),
        (
            [Disk("/images", 1, 120), Disk("/cache", 1, 120), Disk("/etc", 1, 120)],
            ["/images, /cache: 120 MB are free, but 150 are needed. Make room: df -h /"],
        ),
        ([Disk("/images", 1, 120), Disk("/cache", 2, 120)], []),
        ([Disk("/images", 1, 120, 10_000)], []),
        ([Disk("/images", 1, 120, 9_999, place="/var")], ["/images: only 9999 more files fit. Make room: df -i /var"]),
        ([Disk("/etc", 1, 120, 5)], []),
        (
            [Disk("/etc", 1, 0, read_only=True, place="/etc"), Disk("/var", 1, 0, read_only=True)],
            ["/etc, /var: the file system is read-only. Make it writable: mount -o remount,rw "],
        ),
    ],
    ids=["none", "enough", "too small", "added up", "apart", "files fit", "few files", "not asked for", "read-only"],
)
def test_disks(disks: list[Disk], lines: list[str]) -> None:
    found = [str(problem) for problem in check_disks(disks, {"/images": 100, "/cache": 50})]
    assert len(found) == len(lines)
    assert all(line.startswith(expected) for line, expected in zip(found, lines, strict=True))


@pytest.mark.parametrize(
    ("wish", "listeners", "lines"),
    [
        (PortWish(9292), [], []),
        (PortWish(9293), [GLANCE], []),
        (
            PortWish(9292),
            [GLANCE],
            [
                "port 9292: taken by glance-api (pid 7, glance-api.service) on ::. "
                "Stop it (systemctl status 7 tells more), or set another port."
            ],
        ),
        (PortWish(9292, owners=("glance-api",)), [GLANCE], []),
        (PortWish(9292, owners=("glance-api.service",)), [GLANCE], []),
        (PortWish(9292, owners=("python3",)), [GLANCE], []),
        (PortWish(9292, owners=("glance",)), [GLANCE], ["port 9292: taken by glance-api"]),
        (PortWish(9292, owners=("glance-api",)), [GLANCE, OTHER], ["port 9292: taken by nginx (pid 8, nginx.service)"]),
        (PortWish(9292, "10.0.0.1"), [OTHER], []),
        (PortWish(9292, "127.0.0.1"), [OTHER], ["port 9292: taken by nginx"]),
        (PortWish(9292, "::"), [OTHER], ["port 9292: taken by nginx"]),
        (PortWish(9292, "10.0.0.1"), [GLANCE], ["port 9292: taken by glance-api"]),
        (PortWish(9292), [OTHER, dataclasses.replace(OTHER, address="::1")], ["port 9292: taken by nginx"]),
        (
            PortWish(9292),
            [Listener(9292, "::")],
            ["port 9292: taken by a program that cannot be seen from here on ::. Stop it (ss -ltnp sport = :9292"],
        ),
    ],
    ids=[
        "free",
        "another port",
        "taken",
        "owned by name",
        "owned by unit",
        "owned by interpreter",
        "not owned",
        "owned and taken",
        "another address",
        "same address",
        "any address asked for",
        "any address taken",
        "once a process",
        "unseen",
    ],
)
def test_ports(wish: PortWish, listeners: list[Listener], lines: list[str]) -> None:
    found = [str(problem) for problem in check_ports([wish], listeners)]
    assert len(found) == len(lines)
    assert all(line.startswith(expected) for line, expected in zip(found, lines, strict=True))
