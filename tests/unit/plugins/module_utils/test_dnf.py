"""dnf and rpm: what is tried, in which order, how often, and what is told."""

from __future__ import annotations

import dataclasses
import os
from operator import attrgetter
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._dnf import (
    ATTEMPTS,
    PAUSE,
    Dnf,
    PackageError,
    uses_dnf,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

from tests.unit.plugins.fake_run import Answer, FakeRun, Script

FINE: Answer = (0, "", "")
NO_MATCH: Answer = (1, "", "Error: Unable to find a match: nope\n")
NO_REPOSITORY: Answer = (
    1,
    "",
    "Errors during downloading metadata for repository 'rdo':\n"
    "  - Curl error (6): Couldn't resolve host name for http://me:hush@rdo/repodata/repomd.xml\n"
    "  - Curl error (6): Couldn't resolve host name for http://me:hush@rdo/repodata/repomd.xml\n"
    "Error: Failed to download metadata for repo 'rdo': Cannot download repomd.xml: All mirrors were tried\n",
)
CONFLICT: Answer = (
    1,
    "",
    "Error: \n Problem: conflicting requests\n  - nothing provides qemu-img needed by openstack-glance\n"
    "(try to add '--skip-broken' to skip uninstallable packages)\n",
)
NO_ROOM: Answer = (
    1,
    "",
    "Error: Transaction test error:\n"
    "  installing package openstack-glance needs 72MB more space on the / filesystem\n\n"
    "Error Summary\n-------------\nDisk Requirements:\n   At least 72MB more space needed on the / filesystem.\n",
)
READ_ONLY: Answer = (1, "", "[Errno 30] Read-only file system: '/var/cache/dnf/lab'\n")
IN_USE: Answer = (
    200,
    "",
    "RPMDB already locked by 77\n  The application with PID 77 is: dnf\n    Memory :  88 M RSS\n    State  : Sleeps\n",
)


class Host:
    """A host whose dnf gives one answer after the other."""

    def __init__(self, answers: Script = FINE) -> None:
        self.run = FakeRun({"dnf": answers})
        self.slept: list[float] = []

    @property
    def done(self) -> list[str]:
        """What dnf was to do."""
        return ["refresh" if " --refresh " in command else "install" for command in self.run.commands]

    def install(self, *, fresh_lists: bool = True, lock_timeout: int = 0) -> None:
        dnf = Dnf(self.run, "", lock_timeout, sleep=self.slept.append)
        dnf.install(["openstack-glance"], fresh_lists=fresh_lists, start_services=False)


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    fresh_lists: bool
    answers: Script
    done: list[str]
    slept: list[float]


CASES = [
    Case("fresh metadata", True, FINE, ["install"], []),
    Case("old metadata", False, FINE, ["refresh"], []),
    Case("metadata named what is gone", True, [NO_MATCH, FINE], ["install", "refresh"], [0]),
    Case("a mirror is down for a moment", False, [NO_REPOSITORY, FINE], ["refresh"] * 2, [PAUSE]),
    Case("twice", False, [NO_REPOSITORY, NO_REPOSITORY, FINE], ["refresh"] * 3, [PAUSE, 2 * PAUSE]),
]


@pytest.mark.parametrize("case", CASES, ids=attrgetter("name"))
def test_packages_come_in(case: Case) -> None:
    host = Host(case.answers)
    host.install(fresh_lists=case.fresh_lists)
    assert host.done == case.done
    assert host.slept == case.slept


@pytest.mark.parametrize(
    ("answer", "attempts", "message", "hint"),
    [
        (NO_MATCH, 1, "Error: Unable to find a match: nope", "dnf repolist"),
        (CONFLICT, 1, "Error: Problem: conflicting requests - nothing provides qemu-img needed by", "dnf repolist"),
        (NO_REPOSITORY, ATTEMPTS, "repo 'rdo': Cannot download repomd.xml", "Check the network"),
        (NO_ROOM, 1, "Error: Transaction test error: installing package openstack-glance needs 72MB more", "df -h"),
        (READ_ONLY, 1, "Read-only file system", "mount -o remount,rw /"),
        (IN_USE, ATTEMPTS, "RPMDB already locked by 77 The application with PID 77 is: dnf", "ps -fC dnf"),
        ((1, "", ""), ATTEMPTS, "it gave no reason", "dnf --refresh install"),
    ],
    ids=["unknown", "conflict", "network", "room", "read-only", "lock", "silence"],
)
def test_what_another_try_does_not_mend_is_not_tried_again(
    answer: Answer, attempts: int, message: str, hint: str
) -> None:
    host = Host(answer)
    with pytest.raises(PackageError) as caught:
        host.install(fresh_lists=False)
    assert host.done == ["refresh"] * attempts
    assert str(caught.value).startswith("dnf install failed: ")
    assert message in str(caught.value)
    assert "try to add" not in str(caught.value)
    assert hint in caught.value.hint


def test_the_reason_is_one_line_without_passwords() -> None:
    with pytest.raises(PackageError) as caught:
        Host(NO_REPOSITORY).install()
    assert str(caught.value) == (
        "dnf install failed: Errors during downloading metadata for repository 'rdo': "
        "- Curl error (6): Couldn't resolve host name for http://me:(secret)@rdo/repodata/repomd.xml "
        "Error: Failed to download metadata for repo 'rdo': Cannot download repomd.xml: All mirrors were tried"
    )


def test_another_program_is_waited_for() -> None:
    host = Host([IN_USE, IN_USE, FINE])
    host.install(lock_timeout=600)
    assert host.done == ["install"] * 3
    assert host.slept == [1, 1]


def test_dnf_asks_nothing_and_brings_what_is_needed_only() -> None:
    run = FakeRun()
    Dnf(run, "http://me:hush@proxy:3128").install(["openstack-glance"], fresh_lists=True, start_services=False)
    assert run.commands == [
        "dnf --assumeyes --setopt=install_weak_deps=False --setopt=exit_on_lock=True install -- openstack-glance"
    ]
    assert run.environments == [dict.fromkeys(("http_proxy", "https_proxy"), "http://me:hush@proxy:3128")]


def test_what_another_package_provides_is_installed() -> None:
    shown = "openstack-glance\nopenstack-glance(x86-64)\nno package provides nova\nmysql\nmariadb\n"
    run = FakeRun({"rpm": (1, shown, "")})
    assert Dnf(run).installed(["openstack-glance", "mysql", "nova"]) == {"openstack-glance", "mysql"}
    assert run.commands == [r"rpm --query --queryformat [%{PROVIDENAME}\n] --whatprovides openstack-glance mysql nova"]


def test_a_host_without_rpm_is_refused() -> None:
    missing = FileNotFoundError(2, "No such file or directory")
    with pytest.raises(DeployError, match=r"Cannot run rpm: No such file or directory\.") as caught:
        Dnf(FakeRun({"rpm": missing})).installed(["openstack-glance"])
    assert caught.value.hint == "Use a host of the Red Hat family."


@pytest.mark.parametrize(
    ("programs", "expected"),
    [({"dnf", "rpm"}, True), ({"dnf", "apt-get"}, False), ({"apt-get"}, False), (set(), False)],
    ids=["Red Hat", "dnf as a tool", "Debian", "neither"],
)
def test_dnf_counts_where_apt_is_not(programs: set[str], expected: bool) -> None:
    assert uses_dnf(lambda name: f"/usr/bin/{name}" if name in programs else None) is expected


def test_metadata_is_as_old_as_the_oldest_repository(tmp_path: Path) -> None:
    for name, time in {"base-1": 5000, "rdo-2": 4000}.items():
        primary = tmp_path / name / "repodata" / "abc-primary.xml.gz"
        primary.parent.mkdir(parents=True)
        primary.touch()
        os.utime(primary, (0, time))
    assert Dnf(FakeRun()).lists_age(5100, tmp_path) == 1100
    assert Dnf(FakeRun()).lists_age(5100, tmp_path / "none") is None
