"""A host that Ansible takes for CentOS Stream 9: packages through real dnf, RDO's names, proved and idempotent.

What is under it is Debian, so that nothing here is proved about CentOS itself: no SELinux, no package of RDO.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import Lab, Outcome, execute, labs

GROUPS = {"mariadb": ["identity"], "memcached": ["identity"], "keystone": ["identity"], "glance": ["image"]}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with labs() as up:
        yield up("release-el9", "--baked", "--host", "identity=trixie", "--host", "image=el9")


@pytest.fixture(scope="module")
def inventory(lab: Lab) -> Path:
    """Return an inventory with Glance on the EL-like host, and all else on the other one."""
    document = execute("scripts/lab", "inventory", "--name", lab.name, "--output", "json").expect().document
    hosts: dict[str, Any] = {}
    for group in document["all"]["children"].values():
        hosts |= group.get("hosts", {})
    children = {group: {"hosts": {name: hosts[name] for name in names}} for group, names in GROUPS.items()}
    path = lab.directory / "el9.json"
    path.write_text(json.dumps({"all": {"children": children}}))
    return path


@pytest.fixture(scope="module")
def runs(inventory: Path) -> tuple[Outcome, Outcome]:
    """Deploy twice."""
    argv = (sys.executable, "deploy.py", "--inventory", inventory, "--output", "json")
    return execute(*argv).expect(), execute(*argv).expect()


def test_it_is_proved_and_idempotent(runs: tuple[Outcome, Outcome]) -> None:
    first, second = runs
    found = first.report["verification"]["image"]
    assert (found["release"], found["units"][0]["name"]) == ("epoxy", "openstack-glance-api")
    assert found["roundtrip"]["sha512_local"] == found["roundtrip"]["sha512_downloaded"]
    assert second.report["changed"] == 0


def test_the_second_run_ended_with_a_look(runs: tuple[Outcome, Outcome]) -> None:
    assert [stage["name"] for stage in runs[1].report["stages"] if stage["tasks"]] == ["Look"]


def test_what_only_debian_gets_is_refused_before_anything_is_changed(lab: Lab, runs: tuple[Outcome, Outcome]) -> None:
    del runs
    told = lab.deploy("image").expect(3)
    assert "is installed on Debian and Ubuntu only, and this host is CentOS." in told.stdout + told.stderr


def test_it_came_through_dnf(lab: Lab, runs: tuple[Outcome, Outcome]) -> None:
    del runs
    assert lab.read("image", "rpm -q openstack-glance").startswith("openstack-glance-30.")
    assert "centos-release-openstack-epoxy" in lab.read("image", "dnf history info last -q; rpm -qa")
    assert lab.read(
        "image", "systemctl is-enabled openstack-glance-api; systemctl is-active openstack-glance-api"
    ).split() == [
        "enabled",
        "active",
    ]
    assert lab.read("image", "stat --format '%U:%G %a' /etc/glance/glance-api.conf") == "root:glance 640"
