"""The lab itself: two side by side, the plug pulled, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable

from .conftest import Lab, execute


def traces(name: str) -> list[str]:
    """Return what podman and the network know of a lab."""
    containers = execute("podman", "ps", "--all", "--format", "{{.Names}}").expect().stdout
    networks = execute("podman", "network", "ls", "--format", "{{.Name}}").expect().stdout
    return [word for word in (containers + networks).split() if name in word]


def test_two_labs_side_by_side_leave_nothing_behind(make_lab: Callable[..., Lab]) -> None:
    labs = [make_lab(f"test-side-{letter}", "--hosts", "2") for letter in "ab"]
    networks = {address.rpartition(".")[0] for lab in labs for address in lab.hosts.values()}
    assert len(networks) == 2
    for lab in labs:
        assert lab.read("host1", "hostname; getent hosts host2; cat /proc/1/comm").split()[0::3] == ["host1", "systemd"]
    for lab in labs:
        execute("scripts/lab", "down", "--name", lab.name).expect()
        assert traces(lab.name) == []
        assert not lab.directory.exists()


def test_a_host_comes_back_after_its_plug_was_pulled(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab("test-plug")
    lab.read("host1", "echo kept > /root/kept && sync")
    execute("scripts/lab", "power-off", "--name", lab.name, "host1").expect()
    execute("scripts/lab", "power-on", "--name", lab.name, "host1").expect()
    assert lab.read("host1", "cat /root/kept && systemctl is-system-running --wait").split() == ["kept", "running"]
