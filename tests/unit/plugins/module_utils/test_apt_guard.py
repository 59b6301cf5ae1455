"""policy-rc.d: services stay down while packages come in, and never afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._apt import GUARD, GUARD_MARK, Apt, PackageError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

from tests.unit.plugins.fake_run import Answer, FakeRun

FORBIDDEN, ALLOWED = 101, 0


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return tmp_path / "policy-rc.d"


def ask(policy: Path) -> int:
    """Ask as a maintainer script does whether a service may start."""
    return subprocess.run([str(policy), "glance-api", "start"], check=False).returncode


def install(policy: Path, meanwhile: Callable[[], None], answer: Answer = (0, "", ""), **more: bool) -> None:
    def work() -> Answer:
        meanwhile()
        return answer

    apt = Apt(FakeRun({"apt-get": work}), sleep=lambda _: None, policy=policy)
    apt.install(["glance"], fresh_lists=True, **{"start_services": False, **more})


def guard(pid: int, started: str) -> str:
    return GUARD.format(pid=pid, started=started)


def started(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def test_services_may_not_start_while_packages_come_in(policy: Path) -> None:
    asked: list[int] = []
    install(policy, lambda: asked.append(ask(policy)))
    assert asked == [FORBIDDEN]
    assert list(policy.parent.iterdir()) == []


def test_services_may_start_where_that_is_wished(policy: Path) -> None:
    there: list[bool] = []
    install(policy, lambda: there.append(policy.exists()), start_services=True)
    assert there == [False]


def test_a_failure_leaves_no_guard(policy: Path) -> None:
    with pytest.raises(PackageError):
        install(policy, lambda: None, (100, "", "E: no\n"))
    assert list(policy.parent.iterdir()) == []


@pytest.mark.parametrize("content", [b"#!/bin/sh\nexit 0\n", b"", b"\xff\xfe"], ids=["script", "empty", "odd"])
def test_a_policy_of_somebody_else_is_left_alone(policy: Path, content: bytes) -> None:
    policy.write_bytes(content)
    seen: list[bytes] = []
    install(policy, lambda: seen.append(policy.read_bytes()))
    assert seen == [content]
    assert policy.read_bytes() == content


def test_a_link_is_somebody_elses(policy: Path) -> None:
    target = policy.with_name("target")
    policy.symlink_to(target)
    install(policy, lambda: None)
    assert policy.is_symlink()
    assert not target.exists()


def test_our_own_that_a_killed_run_left_is_replaced_and_removed(policy: Path) -> None:
    policy.write_text(guard(2**22 + 1, "1"))
    policy.chmod(0o755)
    policy.with_name(".policy-rc.d.new").write_text("half")
    assert ask(policy) == ALLOWED
    asked: list[int] = []
    install(policy, lambda: asked.append(ask(policy)))
    assert asked == [FORBIDDEN]
    assert list(policy.parent.iterdir()) == []


def test_one_that_somebody_removed_meanwhile_is_no_fault(policy: Path) -> None:
    install(policy, policy.unlink)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"Cannot forbid services to start with .*: No such file") as caught:
        install(tmp_path / "none" / "policy-rc.d", lambda: None)
    assert caught.value.hint


def test_the_guard_forbids_as_long_as_its_process_lives(policy: Path) -> None:
    """Also where another process has got the same number since."""
    with subprocess.Popen(["sleep", "600"]) as process:
        policy.write_text(guard(process.pid, started(process.pid)))
        policy.chmod(0o755)
        asked = [ask(policy)]
        policy.write_text(guard(process.pid, "1"))
        asked.append(ask(policy))
        policy.write_text(guard(process.pid, started(process.pid)))
        process.kill()
        process.wait()
        asked.append(ask(policy))
    assert asked == [FORBIDDEN, ALLOWED, ALLOWED]


def test_the_guard_knows_itself_and_is_plain_sh() -> None:
    text = guard(os.getpid(), "1")
    assert GUARD_MARK in text.encode()
    assert subprocess.run(["/bin/sh", "-n"], input=text.encode(), check=False).returncode == 0
