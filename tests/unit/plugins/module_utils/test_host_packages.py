from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _host_packages
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_packages import (
    check_apt,
    check_packages,
    installed,
    mirrors,
    not_offered,
    run,
)

URIS = """\
'http://deb.debian.org/debian/dists/trixie/InRelease' deb.debian.org_debian_dists_trixie_InRelease 0
'http://deb.debian.org/debian/dists/trixie-updates/InRelease' deb.debian.org_debian_dists_trixie-updates_InRelease 0
'https://security.example/dists/trixie/InRelease' security.example_dists_trixie_InRelease 0
"""
POLICY = """\
glance-api:
  Installed: (none)
  Candidate: 2:30.0.0-3
  Version table:
     2:30.0.0-3 500
        500 http://deb.debian.org/debian trixie/main amd64 Packages
mysql-server:
  Installed: (none)
  Candidate: (none)
  Version table:
"""
REFUSED = "Err:1 x\nE: Failed to fetch http://x  Could not connect\nE: Download Failed\n"


class FakeRun:
    """A host's package programs; every mirror answers unless it is said what it says."""

    def __init__(self, *, present: str = "", uris: str = URIS, policy: str = POLICY, **mirrors: str):
        self.said = {"dpkg-query": present, "apt-get": uris, "apt-cache": policy}
        self.mirrors = mirrors
        self.asked: list[str] = []

    def __call__(self, words: Sequence[str]) -> tuple[int, str]:
        program = words[0].rpartition("/")[2]
        self.asked.append(program)
        if program == "apt-helper":
            said = next((said for name, said in self.mirrors.items() if name in words[-2]), "")
            return (100 if said else 0), said
        return 0, self.said[program]


def check(packages: list[str], fake: FakeRun, lists: Path) -> list[str]:
    return [str(problem) for problem in check_apt(packages, fake, lists)]


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    (tmp_path / "deb.debian.org_debian_dists_trixie_main_binary-amd64_Packages").touch()
    return tmp_path


def test_all_is_well(lists: Path) -> None:
    assert check(["glance-api"], FakeRun(), lists) == []


def test_what_is_installed_needs_no_mirror(lists: Path) -> None:
    fake = FakeRun(present="glance-api installed\n", deb=REFUSED)
    assert check(["glance-api"], fake, lists) == []
    assert fake.asked == ["dpkg-query"]


def test_a_package_that_no_source_has_is_named(lists: Path) -> None:
    (line,) = check(["glance-api", "mysql-server", "nope"], FakeRun(), lists)
    assert line.startswith(
        "packages: not offered by this host's package sources: mysql-server, nope. Run apt-get update"
    )


def test_a_fresh_host_without_lists_is_not_asked_for_candidates(tmp_path: Path) -> None:
    fake = FakeRun()
    assert check(["nope"], fake, tmp_path) == []
    assert "apt-cache" not in fake.asked


def test_one_silent_mirror_of_two_is_no_problem(lists: Path) -> None:
    assert check(["glance-api"], FakeRun(security=REFUSED), lists) == []


def test_no_mirror_that_answers_is_one(lists: Path) -> None:
    (line,) = check(["nope"], FakeRun(security="timeout\n", debian=REFUSED), lists)
    assert line == (
        "packages: no package mirror answers: http://deb.debian.org: Failed to fetch http://x  Could not connect; "
        "https://security.example: timeout. "
        "Check the network and /etc/apt/sources.list; behind a proxy, set openstack_package_proxy."
    )


@pytest.mark.parametrize("said", ["E: Failed to fetch http://x  404  Not Found", "E: Failed  403  Forbidden"])
def test_a_mirror_that_lacks_the_file_is_there(lists: Path, said: str) -> None:
    assert check(["glance-api"], FakeRun(security=said, debian=said), lists) == []


def test_a_host_without_sources_is_told(lists: Path) -> None:
    assert check(["nope"], FakeRun(uris=""), lists) == [
        "packages: apt has no package sources. Fill /etc/apt/sources.list."
    ]


def test_one_address_is_asked_of_each_server() -> None:
    assert mirrors(URIS) == [
        "http://deb.debian.org/debian/dists/trixie/InRelease",
        "https://security.example/dists/trixie/InRelease",
    ]
    assert mirrors("E: nonsense\n") == []


def test_only_installed_packages_count() -> None:
    assert installed("a installed\nb config-files\nc not-installed\n\nd\n") == {"a"}


@pytest.mark.parametrize(("missing", "count"), [([], 0), (["glance-api"], 0), (["nope"], 1)])
def test_not_offered(missing: list[str], count: int) -> None:
    assert len(not_offered(missing, POLICY)) == count


@pytest.mark.parametrize(("is_dnf", "program"), [(True, "rpm"), (False, "dpkg-query")])
def test_the_package_program_of_the_host_is_asked(monkeypatch: pytest.MonkeyPatch, is_dnf: bool, program: str) -> None:
    monkeypatch.setattr(_host_packages, "uses_dnf", lambda: is_dnf)
    asked: list[str] = []

    def answer(words: Sequence[str]) -> tuple[int, str]:
        asked.append(words[0])
        return 0, "glance\nglance installed\n"

    assert check_packages(["glance"], answer) == []
    assert asked == [program]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["sh", "-c", "echo out; echo $WORD >&2; exit 3"], 3, "out\nhush\n"),
        (["/nonexistent/program"], 127, "No such file or directory"),
    ],
    ids=["runs", "missing"],
)
def test_run(words: list[str], code: int, said: str) -> None:
    assert run(words, {**os.environ, "WORD": "hush"}) == (code, said)
