"""What the machine must have, and what the lab says when it has not."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from scripts._lab.errors import LabError
from scripts._lab.machine import (
    inspect_engine,
    limits_within,
    missing_packages,
    require_root,
    require_space,
    require_tools,
)
from tests.unit.lab.lab_fakes import FakeRun

UNLIMITED = resource.RLIM_INFINITY


def test_ordinary_users_are_told_the_command() -> None:
    with pytest.raises(LabError, match="root") as raised:
        require_root("up", user=1000)
    assert raised.value.hint == "Run: sudo scripts/lab up"
    require_root("up", user=0)


def test_missing_programs_are_named_by_package(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.touch()
    tools = {"sh": "dash", str(here): "here", "no-such-program": "b", str(tmp_path / "gone"): "a"}
    assert missing_packages(tools) == ["a", "b"]


def test_nothing_is_installed_silently() -> None:
    run = FakeRun()
    with pytest.raises(LabError, match="no-such-package") as raised:
        require_tools(run, {"no-such-program": "no-such-package"}, install=False)
    assert "apt-get install -y --no-install-recommends no-such-package" in raised.value.hint
    assert run.calls == []


def test_installing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    run = FakeRun()
    require_tools(run, {"no-such-program": "no-such-package"}, install=True)
    assert run.calls == ["apt-get update -qq", "apt-get install -y --no-install-recommends no-such-package"]
    assert "no-such-package" in capsys.readouterr().err


def test_nothing_is_done_when_all_is_there() -> None:
    run = FakeRun()
    require_tools(run, {"sh": "dash"}, install=True)
    assert run.calls == []


@pytest.mark.parametrize("facts", ["cgroupfs v1 runc", "systemd v2 crun"])
def test_the_runtime_is_left_alone_where_it_works(facts: str) -> None:
    engine = inspect_engine(FakeRun({"podman info": facts}), install=False)
    assert (engine.runtime, engine.cgroup_manager) == ("", facts.split(maxsplit=1)[0])


def test_runc_is_used_or_asked_for_where_crun_would_refuse() -> None:
    assert inspect_engine(FakeRun({"podman info": "cgroupfs v1 crun"}), install=True).runtime == "runc"


@pytest.mark.parametrize(
    ("open_files", "processes", "pid_max", "expected"),
    [
        (20000, 96365, 32768, ("nofile=20000:20000", "nproc=32768:32768")),
        (20000, 5000, 32768, ("nofile=20000:20000", "nproc=5000:5000")),
        (UNLIMITED, UNLIMITED, 32768, ("nofile=1048576:1048576", "nproc=32768:32768")),
    ],
)
def test_limits_stay_within_reach(open_files: int, processes: int, pid_max: int, expected: tuple[str, ...]) -> None:
    assert limits_within(open_files, processes, pid_max) == expected


def test_a_full_disk_is_noticed_before_the_build(tmp_path: Path) -> None:
    require_space([tmp_path, tmp_path / "not" / "there"], 1)
    with pytest.raises(LabError, match="GiB free") as raised:
        require_space([tmp_path / "not" / "there"], 1 << 60)
    assert "down --all --images" in raised.value.hint
