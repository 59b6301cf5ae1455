"""apt and dpkg: what is tried, in which order, how often, and what is told."""

from __future__ import annotations

import dataclasses
import os
from operator import attrgetter
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._apt import (
    ATTEMPTS,
    PAUSE,
    QUIET,
    Apt,
    PackageError,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

from tests.unit.plugins.fake_run import Answer, FakeRun, Script

FAILED: Answer = (
    100,
    "",
    "E: Failed to fetch http://deb/glance.deb  404  Not Found\nE: Unable to fetch some archives\n",
)
NO_ROOM: Answer = (100, "", "E: You don't have enough free space in /var/cache/apt/archives/.\n")
FULL: Answer = (
    100,
    "",
    "dpkg: error processing archive glance.deb (--unpack):\n failed to write (No space left on device)\n"
    "E: Sub-process /usr/bin/dpkg returned an error code (1)\n",
)
READ_ONLY: Answer = (100, "", "E: Unable to mkdir: Read-only file system\n")
UNKNOWN: Answer = (100, "", "E: Unable to locate package glance\n")
BROKEN: Answer = (100, "", "E: Unable to correct problems, you have held broken packages.\n")
LOCKED: Answer = (100, "", "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)\n")
DPKG_LOCKED: Answer = (2, "", "dpkg: error: dpkg frontend lock was locked by another process with pid 7\n")
DPKG_IN_USE: Answer = (2, "", "dpkg: error: dpkg status database is locked by another process\n")
NO_MIRROR: Answer = (0, "", "W: Failed to fetch http://deb/dists/trixie/InRelease  Could not resolve 'deb'\n")
TORN: Answer = (
    100,
    "",
    "E: Invalid archive signature\nE: Internal error, could not locate member control.tar{.zst,.xz}\n"
    "E: Prior errors apply to /var/cache/apt/archives/python3-glance_2%3a30.0.0-3_all.deb\n",
)
TORN_FOR_DPKG: Answer = (
    100,
    "",
    "dpkg-deb: error: '/var/cache/apt/archives/glance-api_30_all.deb' is not a Debian format archive\n"
    "dpkg: error processing archive /var/cache/apt/archives/glance-api_30_all.deb (--unpack):\n"
    " dpkg-deb --control subprocess returned error exit status 2\n"
    "E: Sub-process /usr/bin/dpkg returned an error code (1)\n",
)
TORN_BY_LINK: Answer = (
    100,
    "",
    "dpkg-deb: error: '/tmp/apt-dpkg-install-Xa1b2C/012-glance-api_30_all.deb' is not a Debian format archive\n"
    "E: Sub-process /usr/bin/dpkg returned an error code (1)\n",
)
NO_ROOM_TO_UNPACK: Answer = (
    100,
    "",
    "dpkg: error processing archive /var/cache/apt/archives/glance-api_30_all.deb (--unpack):\n"
    " cannot copy extracted data for './usr/bin/x': failed to write (No space left on device)\n"
    "dpkg-deb: error: paste subprocess was killed; unexpected end of file\n",
)
OVERWRITES: Answer = (
    100,
    "",
    "dpkg: error processing archive /var/cache/apt/archives/glance-api_30_all.deb (--unpack):\n"
    " trying to overwrite '/usr/bin/glance-api', which is also in package other 1\n",
)
FINE: Answer = (0, "", "")
UPDATE, AUDIT, CONFIGURE, FIX, INSTALL = "update", "audit", "configure", "fix-broken", "install"


class Host:
    """A Debian host, as far as apt and dpkg go; keeps what is done there by its name."""

    def __init__(self, directory: Path, **scripts: Script) -> None:
        self.scripts = scripts
        self.done: list[str] = []
        self.slept: list[float] = []
        self.forgotten: list[Path] = []
        self.run = FakeRun({"apt-get": FINE})
        self.policy = directory / "policy-rc.d"

    def __call__(self, *words: object, **more: object) -> Answer:
        code, output, errors = self.run(*words, **more)  # type: ignore[arg-type]  # handed on as it came
        name = self.name(self.run.commands[-1])
        self.done.append(name)
        script = self.scripts.get(name.replace("-", "_"), (code, output, errors))
        if isinstance(script, list):
            return script.pop(0) if len(script) > 1 else script[0]
        assert isinstance(script, tuple)
        return script

    @staticmethod
    def name(command: str) -> str:
        """Return what a command does."""
        names = {
            "--audit": AUDIT,
            "--configure": CONFIGURE,
            "--fix-broken": FIX,
            " update": UPDATE,
            " install": INSTALL,
        }
        return next((name for part, name in names.items() if part in command), command)

    def install(self, *, fresh_lists: bool = True, start_services: bool = True, lock_timeout: int = 0) -> None:
        apt = Apt(self, "", lock_timeout, sleep=self.slept.append, forget=self.forgotten.append, policy=self.policy)
        apt.install(["glance", "python3-pymysql"], fresh_lists=fresh_lists, start_services=start_services)


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    fresh_lists: bool
    scripts: dict[str, Script]
    done: list[str]
    slept: list[float]


ONCE, ANEW = [AUDIT, INSTALL], [UPDATE, AUDIT, INSTALL]
CASES = [
    Case("fresh lists", True, {}, ONCE, []),
    Case("old lists", False, {}, ANEW, []),
    Case(
        "interrupted dpkg is finished first", True, {AUDIT: (0, "glance\n", "")}, [AUDIT, CONFIGURE, FIX, INSTALL], []
    ),
    Case("lists named what is gone", True, {INSTALL: [FAILED, FINE]}, [*ONCE, *ANEW], [0]),
    Case("a mirror is down for a moment", False, {INSTALL: [FAILED, FINE]}, [*ANEW, *ANEW], [PAUSE]),
    Case("twice", False, {INSTALL: [FAILED, FAILED, FINE]}, [*ANEW, *ANEW, *ANEW], [PAUSE, 2 * PAUSE]),
    Case("unknown to old lists", True, {INSTALL: [UNKNOWN, FINE]}, [*ONCE, *ANEW], [0]),
    Case("lists did not come and those there do", False, {UPDATE: NO_MIRROR}, ANEW, []),
    Case(
        "unknown to lists that did not come",
        False,
        {UPDATE: [NO_MIRROR, FINE], INSTALL: [UNKNOWN, FINE]},
        [*ANEW, *ANEW],
        [PAUSE],
    ),
    Case(
        "repair fails once",
        True,
        {AUDIT: [(0, "x", ""), FINE], "fix_broken": [FAILED]},
        [AUDIT, CONFIGURE, FIX, *ANEW],
        [0],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=attrgetter("name"))
def test_packages_come_in(tmp_path: Path, case: Case) -> None:
    host = Host(tmp_path, **case.scripts)
    host.install(fresh_lists=case.fresh_lists)
    assert host.done == case.done
    assert host.slept == case.slept


@pytest.mark.parametrize(
    ("answer", "attempts", "message", "hint"),
    [
        (FAILED, ATTEMPTS, "404  Not Found; E: Unable to fetch some archives", "apt-get --fix-broken install"),
        (LOCKED, ATTEMPTS, "Could not get lock", "fuser -v /var/lib/dpkg/lock-frontend"),
        (NO_ROOM, 1, "enough free space", "df -h"),
        (FULL, 1, "failed to write (No space left on device); E: Sub-process /usr/bin/dpkg returned an error", "df -h"),
        (READ_ONLY, 1, "Read-only file system", "mount -o remount,rw /"),
        (UNKNOWN, 1, "Unable to locate package glance", "apt-get update"),
        (BROKEN, 1, "held broken packages", "apt-get update"),
        ((100, "", ""), ATTEMPTS, "it gave no reason", "apt-get update"),
    ],
    ids=["mirror", "lock", "room", "disk", "read-only", "unknown", "held", "silence"],
)
def test_what_another_try_does_not_mend_is_not_tried_again(
    tmp_path: Path, answer: Answer, attempts: int, message: str, hint: str
) -> None:
    host = Host(tmp_path, install=answer)
    with pytest.raises(PackageError) as caught:
        host.install(fresh_lists=False)
    assert host.done == ANEW * attempts
    assert str(caught.value).startswith("apt-get install failed: ")
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_lists_that_did_not_come_are_told_with_the_failure(tmp_path: Path) -> None:
    host = Host(tmp_path, update=NO_MIRROR, install=UNKNOWN)
    with pytest.raises(PackageError) as caught:
        host.install(fresh_lists=False)
    assert host.done == ANEW * ATTEMPTS
    assert str(caught.value) == (
        "apt-get install failed: E: Unable to locate package glance "
        "apt-get update failed: W: Failed to fetch http://deb/dists/trixie/InRelease  Could not resolve 'deb'"
    )


@pytest.mark.parametrize("locked", [DPKG_LOCKED, DPKG_IN_USE], ids=["frontend", "database"])
def test_dpkg_is_waited_for_while_another_program_has_it(tmp_path: Path, locked: Answer) -> None:
    host = Host(tmp_path, audit=(0, "glance\n", ""), configure=[locked, locked, FINE])
    host.install(lock_timeout=600)
    assert host.done == [AUDIT, CONFIGURE, CONFIGURE, CONFIGURE, FIX, INSTALL]
    assert host.slept == [1, 1]


def test_dpkg_is_not_waited_for_longer_than_allowed(tmp_path: Path) -> None:
    host = Host(tmp_path, audit=(0, "glance\n", ""), configure=DPKG_LOCKED, fix_broken=LOCKED, update=LOCKED)
    with pytest.raises(PackageError, match="Could not get lock"):
        host.install(lock_timeout=0)
    assert host.done.count(CONFIGURE) == ATTEMPTS


def test_apt_asks_nothing_keeps_configuration_files_and_waits_for_its_lock() -> None:
    run = FakeRun()
    Apt(run, "http://proxy:3128", 77).install(["glance"], fresh_lists=True, start_services=True)
    command = run.commands[-1]
    assert command.startswith("apt-get --quiet=2 --option=DPkg::Lock::Timeout=77 --option=Acquire::Retries=3 ")
    assert "--option=Dpkg::Options::=--force-confdef --option=Dpkg::Options::=--force-confold" in command
    assert command.endswith(" install --yes --no-install-recommends -- glance")
    assert run.environments[-1] == {"http_proxy": "http://proxy:3128", "https_proxy": "http://proxy:3128", **QUIET}


def test_passwords_of_proxies_and_mirrors_are_not_told(tmp_path: Path) -> None:
    host = Host(tmp_path, install=(100, "", "E: Failed to fetch http://me:hush@deb/glance.deb\n"))
    with pytest.raises(PackageError) as caught:
        host.install()
    assert "http://me:(secret)@deb/glance.deb" in str(caught.value)


def test_only_what_is_set_up_to_the_end_counts_as_installed() -> None:
    shown = "installed glance\nhalf-configured mariadb-server\nnot-installed memcached\nconfig-files keystone\n"
    run = FakeRun({"dpkg-query": (1, shown, "dpkg-query: no packages found matching nova\n")})
    assert Apt(run).installed(["glance", "mariadb-server", "memcached", "keystone", "nova"]) == {"glance"}
    assert run.commands == [
        r"dpkg-query --show --showformat=${db:Status-Status} ${Package}\n"
        " -- glance mariadb-server memcached keystone nova"
    ]


def test_another_family_of_systems_is_refused() -> None:
    missing = FileNotFoundError(2, "No such file or directory")
    with pytest.raises(DeployError, match=r"Cannot run dpkg-query: No such file or directory\.") as caught:
        Apt(FakeRun({"dpkg-query": missing})).installed(["glance"])
    assert caught.value.hint == "Use a host of the Debian family."


@pytest.mark.parametrize(
    ("names", "age"),
    [
        (["deb_dists_trixie_main_binary-amd64_Packages"], 100.0),
        (["deb_dists_trixie_main_binary-amd64_Packages.lz4", "lock"], 100.0),
        (["lock", "partial"], None),
        ([], None),
    ],
    ids=["plain", "packed", "no lists", "empty"],
)
def test_lists_are_as_old_as_their_directory(tmp_path: Path, names: list[str], age: float | None) -> None:
    for name in names:
        (tmp_path / name).touch()
    os.utime(tmp_path, (0, 5000))
    assert Apt(FakeRun()).lists_age(5100, tmp_path, tmp_path / "none") == age


@pytest.mark.parametrize(("written", "age"), [(4000, 100.0), (6000, None)], ids=["older source", "newer source"])
def test_lists_know_no_source_that_came_later(tmp_path: Path, written: int, age: float | None) -> None:
    source = tmp_path / "apt" / "sources.list.d" / "new.list"
    source.parent.mkdir(parents=True)
    source.touch()
    os.utime(source, (0, written))
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "deb_Packages").touch()
    os.utime(lists, (0, 5000))
    assert Apt(FakeRun()).lists_age(5100, lists, tmp_path / "apt") == age


def test_without_a_directory_there_are_no_lists(tmp_path: Path) -> None:
    assert Apt(FakeRun()).lists_age(0, tmp_path / "none", tmp_path) is None


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (TORN, "python3-glance_2%3a30.0.0-3_all.deb"),
        (TORN_FOR_DPKG, "glance-api_30_all.deb"),
        (TORN_BY_LINK, "glance-api_30_all.deb"),
        (NO_ROOM_TO_UNPACK, None),
        (OVERWRITES, None),
    ],
    ids=["apt", "dpkg", "link", "full disk", "whole"],
)
def test_an_archive_that_a_power_cut_tore_is_downloaded_again(tmp_path: Path, answer: Answer, name: str | None) -> None:
    """Its size is right, so that apt would take it from its cache for ever."""
    host = Host(tmp_path, install=[answer, FINE])
    host.install()
    assert host.forgotten == ([Path("/var/cache/apt/archives") / name] if name else [])
    assert host.done.count(INSTALL) == 2
