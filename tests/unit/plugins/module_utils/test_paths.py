"""Directories and links: made once, adopted, and never put in the place of what somebody else made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._paths import (
    bring_directories,
    bring_link,
    directory_access,
    plan_directory,
    plan_link,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import ABSENT, DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_run import FakeRun

PATH = Path("/var/lib/glance/images")
WISHED = "glance:glance 0750"


def make(path: Path, *, check_mode: bool = False, **changes: Any) -> list[str]:
    """Bring a directory about that belongs to whoever runs this."""
    mine = {"owner": str(os.getuid()), "group": str(os.getgid())}
    params = {"paths": [str(path)], **mine, "mode": "0750", "adopt": False, **changes}
    return bring_directories(params, Context(FakeRun(), check_mode=check_mode)).plan.titles()


def link(path: Path, target: str, **context: Any) -> tuple[list[str], list[str]]:
    """Return the steps and what was touched."""
    host = Context(FakeRun(), **context)
    return bring_link({"path": str(path), "target": target}, host).plan.titles(), host.touched


@pytest.mark.parametrize(
    ("actual", "adopt", "titles"),
    [
        (WISHED, False, []),
        (ABSENT, False, [f"make: directory {PATH}"]),
        (ABSENT, True, [f"make: directory {PATH}"]),
        ("glance:glance 0755", False, [f"set access: directory {PATH}"]),
        ("root:glance 0750", False, [f"set access: directory {PATH}"]),
        ("root:root 0700", True, []),
    ],
    ids=["noop", "absent", "absent, to adopt", "mode", "owner", "adopted"],
)
def test_plan_of_a_directory(actual: str, adopt: bool, titles: list[str]) -> None:
    assert plan_directory(PATH, actual, WISHED, adopt=adopt).titles() == titles


def test_a_directory_is_made_with_those_above_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    assert make(path) == [f"make: directory {path}"]
    assert path.stat().st_mode & 0o7777 == 0o750
    assert directory_access(path) == f"{path.owner()}:{path.group()} 0750"
    assert make(path, owner=path.owner(), group=path.group()) == []


def test_several_directories_are_one_wish(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    paths[1].mkdir(mode=0o750)
    mine: dict[str, Any] = {"owner": tmp_path.owner(), "group": tmp_path.group(), "paths": list(map(str, paths))}
    assert make(tmp_path, **mine) == [f"make: directory {paths[0]}", f"make: directory {paths[2]}"]
    assert make(tmp_path, **mine) == []


def test_access_is_set_as_wished_and_what_is_in_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.mkdir(mode=0o777)
    (path / "one").write_text("image")
    mine: dict[str, Any] = {"owner": path.owner(), "group": path.group()}
    assert make(path, **mine) == [f"set access: directory {path}"]
    assert make(path, **mine) == []
    assert (path / "one").read_text() == "image"


def test_a_directory_on_another_disk_is_found_through_its_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir(mode=0o750)
    path = tmp_path / "images"
    path.symlink_to("disk")
    assert make(path, owner=path.owner(), group=path.group()) == []
    assert path.is_symlink()


def test_check_mode_makes_no_directory_and_needs_no_owner(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    assert make(path, check_mode=True, owner="no-such-user") == [f"make: directory {path}"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("put", [Path.touch, os.mkfifo], ids=["file", "pipe"])
def test_what_is_no_directory_is_refused_and_left_alone(tmp_path: Path, put: Callable[[Path], None]) -> None:
    path = tmp_path / "images"
    put(path)
    before = path.lstat()
    with pytest.raises(DeployError, match=r"images is not a directory\.") as caught:
        make(path)
    assert caught.value.hint == f"Move it away, or set another path: ls -ld {path}"
    assert path.lstat() == before


@pytest.mark.parametrize(
    ("put", "changes", "words"),
    [
        ("file", {}, "Not a directory"),
        ("dangling", {}, "File exists"),
        ("", {"owner": "no-such-user"}, "There is no user 'no-such-user'"),
        ("", {"mode": "rwx"}, "mode 'rwx' is not octal"),
    ],
    ids=["below a file", "dangling link", "unknown owner", "mode"],
)
def test_what_cannot_be_made_is_told(tmp_path: Path, put: str, changes: dict[str, Any], words: str) -> None:
    path = tmp_path / "images"
    if put == "file":
        path.touch()
        path /= "below"
    elif put:
        path.symlink_to("nowhere")
    with pytest.raises(DeployError, match=words) as caught:
        make(path, **changes)
    assert caught.value.hint


def test_plan_of_a_link(tmp_path: Path) -> None:
    path = tmp_path / "link"
    assert plan_link(path, "/dev/null").diff() == {"before": f"{path}: absent\n", "after": f"{path}: /dev/null\n"}
    path.symlink_to("/dev/null")
    assert not plan_link(path, "/dev/null")
    assert plan_link(path, "/other").titles() == [f"link: {path}"]


@pytest.mark.parametrize("there_is", ["", "/other", "/dangling/link"], ids=["nothing", "another link", "dangling"])
def test_a_link_is_made_once_and_touched_then_only(tmp_path: Path, there_is: str) -> None:
    path = tmp_path / "api.service"
    if there_is:
        path.symlink_to(there_is)
    (tmp_path / ".api.service.new").symlink_to("/left/by/a/killed/run")
    assert link(path, "/dev/null", check_mode=True) == ([f"link: {path}"], [str(path)])
    assert link(path, "/dev/null") == ([f"link: {path}"], [str(path)])
    assert link(path, "/dev/null") == ([], [])
    assert str(path.readlink()) == "/dev/null"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_the_place_of_a_link_is_somebody_elses(tmp_path: Path) -> None:
    path = tmp_path / "api.service"
    path.write_text("mine")
    with pytest.raises(DeployError, match=r"is not a link: somebody put it there\.") as caught:
        link(path, "/dev/null")
    assert caught.value.hint == f"Look at it, then move it away: cat {path}"
    assert path.read_text() == "mine"


def test_a_link_without_a_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="Cannot link"):
        link(tmp_path / "none" / "link", "/dev/null")
