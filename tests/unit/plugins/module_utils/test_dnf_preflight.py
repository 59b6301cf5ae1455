"""What the preflight finds on a host of the Red Hat family."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_packages import (
    check_dnf,
    check_repositories,
    repositories,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_preflight import System, check_system

BASE = """\
[baseos]
name=CentOS Stream $releasever - BaseOS
metalink=https://mirrors.centos.org/metalink?repo=centos-baseos-$stream&arch=$basearch
enabled=1

[baseos-source]
metalink=https://source.example/metalink
enabled=0
"""
RDO = """\
[rdo]
baseurl = http://mirror.example/SIGs/9-stream/cloud/$basearch/openstack-epoxy/
    http://other.example/
"""
OFFER = "openstack-glance = 1:30.2.0-1.el9\nconfig(openstack-glance) = 1:30.2.0-1.el9\n"
EL = {"centos": ["9"], "rhel": ["9"], "rocky": ["9"], "almalinux": ["9"]}


class FakeRun:
    """The programs of a host; every server answers unless it is said how curl ends."""

    def __init__(self, *, present: str = "", offer: tuple[int, str] = (0, OFFER), **servers: int) -> None:
        self.said = {"rpm": (1, present), "dnf": offer}
        self.servers = servers
        self.asked: list[str] = []

    def __call__(self, words: Sequence[str]) -> tuple[int, str]:
        self.asked.append(words[0])
        if words[0] == "curl":
            code = next((code for name, code in self.servers.items() if name in words[-1]), 0)
            return code, f"curl: ({code}) why\n" if code else ""
        return self.said[words[0]]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "centos.repo").write_text(BASE)
    (tmp_path / "rdo.repo").write_text(RDO)
    return tmp_path


def check(packages: list[str], fake: FakeRun, directory: Path) -> list[str]:
    return [str(problem) for problem in check_dnf(packages, fake, directory)]


def test_all_is_well(directory: Path) -> None:
    fake = FakeRun()
    assert check(["openstack-glance"], fake, directory) == []
    assert sorted(fake.asked) == ["curl", "curl", "dnf", "rpm"]


def test_what_is_installed_needs_no_repository(directory: Path) -> None:
    fake = FakeRun(present="openstack-glance\nopenstack-glance(x86-64)\n")
    assert check(["openstack-glance"], fake, directory) == []
    assert fake.asked == ["rpm"]


def test_a_package_that_no_repository_has_is_named(directory: Path) -> None:
    (line,) = check(["openstack-glance", "nope"], FakeRun(present="no package provides nope\n"), directory)
    assert line == (
        "packages: not offered by this host's package sources: nope. "
        "See what the host's repositories are: dnf repolist. Those of OpenStack are RDO's."
    )


def test_a_fresh_host_that_has_asked_nobody_yet_is_no_problem(directory: Path) -> None:
    nothing = (1, "Error: Cache-only enabled but no cache for 'baseos'\n")
    assert check(["nope"], FakeRun(offer=nothing), directory) == []


@pytest.mark.parametrize("code", [22, 60], ids=["it lacks the file", "its certificate is of its own"])
def test_a_server_that_answers_somehow_is_there(directory: Path, code: int) -> None:
    assert check(["openstack-glance"], FakeRun(example=code, centos=code), directory) == []


def test_every_server_that_does_not_answer_is_one(directory: Path) -> None:
    fake = FakeRun(example=28)
    assert check(["nope"], fake, directory) == [
        "packages: http://mirror.example does not answer: curl: (28) why. Check the network, or switch it off in "
        "/etc/yum.repos.d; behind a proxy, set openstack_package_proxy."
    ]
    assert len(check(["nope"], FakeRun(example=28, centos=6), directory)) == 2
    assert "dnf" not in fake.asked


def test_a_host_without_repositories_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.repo").write_text("no such file\n")
    assert check(["nope"], FakeRun(), tmp_path) == ["packages: dnf has no repositories. Fill /etc/yum.repos.d."]


def test_one_address_is_asked_of_each_server() -> None:
    assert repositories([BASE, RDO, RDO.replace("[rdo]", "[more]"), "[local]\nbaseurl=file:///srv/rpms\n"]) == [
        "https://mirrors.centos.org/metalink?repo=centos-baseos-$stream&arch=$basearch",
        "http://mirror.example/SIGs/9-stream/cloud/$basearch/openstack-epoxy/repodata/repomd.xml",
        "file:///srv/rpms/repodata/repomd.xml",
    ]


@pytest.mark.parametrize(
    ("own", "asked"), [("", 0), ("proxy=_none_\n", 1), ("proxy=\n", 1)], ids=["dnf's", "none for this one", "empty"]
)
def test_behind_a_proxy_of_dnf_nobody_is_asked(own: str, asked: int) -> None:
    found = repositories(["[main]\nproxy=http://proxy.example:3128\n", RDO + own])
    assert len(found) == 1
    assert len([uri for uri in found if uri]) == asked
    fake = FakeRun()
    assert check_repositories(found, fake) == []
    assert len(fake.asked) == asked


@pytest.mark.parametrize("text", ["", "x", "[a\n", "[a]\nbaseurl\n", "[a]\nbaseurl=\n", "[a]\nbaseurl=http://[\n"])
def test_odd_files_name_no_server(text: str) -> None:
    assert repositories([text]) == []


@pytest.mark.parametrize(
    ("id_", "version", "count"),
    [("centos", "9", 0), ("rocky", "9.4", 0), ("rhel", "9.10", 0), ("almalinux", "8.10", 1), ("centos", "90", 1)],
)
def test_minor_versions_are_of_their_major_one(id_: str, version: str, count: int) -> None:
    system = System(id_, version, "this", 2000, (3, 9), "systemd", root=True, time=0.0)
    found = check_system(system, EL, 0)
    assert len(found) == count
    assert all(
        problem.mend == "Use one of: CentOS Stream 9; Red Hat Enterprise Linux 9; Rocky 9; AlmaLinux 9."
        for problem in found
    )
