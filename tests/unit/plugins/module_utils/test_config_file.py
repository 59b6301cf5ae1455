from __future__ import annotations

import dataclasses
import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._config_file import (
    HINTS,
    ConfigFile,
    State,
    explained,
    plan_file,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

ME = State(b"new\n", str(os.getuid()), str(os.getgid()), 0o640)
WISH = State(b"new\n", "root", "glance", 0o640)


def accept(_: Path) -> None:
    """Stand in for a validator that has no objection."""


def config_file(directory: Path, desired: State = ME, keep: int = 10) -> ConfigFile:
    return ConfigFile(str(directory / "api.conf"), desired, str(directory / "backups"), keep)


def install(file: ConfigFile) -> None:
    file.apply(plan_file(str(file.path), file.read(), file.desired), accept)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.parametrize(
    ("actual", "titles", "before"),
    [
        (WISH, [], ""),
        (State(), ["write: /f"], "absent"),
        (dataclasses.replace(WISH, content=b"old\n"), ["write: /f"], "other content"),
        (dataclasses.replace(WISH, content=b"old\n", mode=0o644), ["write: /f"], "other content"),
        (dataclasses.replace(WISH, mode=0o644), ["set access: /f"], "root:glance 0644"),
        (dataclasses.replace(WISH, group="64062"), ["set access: /f"], "root:64062 0640"),
        (dataclasses.replace(WISH, content=b""), ["write: /f"], "other content"),
    ],
    ids=["noop", "new", "content", "content and mode", "mode", "group", "empty"],
)
def test_plan(actual: State, titles: list[str], before: str) -> None:
    steps = plan_file("/f", actual, WISH)
    assert steps.titles() == titles
    assert [step.before for step in steps.steps] == [before] * len(titles)


def test_a_new_file_is_written_with_its_access_and_nothing_beside_it(tmp_path: Path) -> None:
    file = config_file(tmp_path)
    install(file)
    assert (tmp_path / "api.conf").read_bytes() == b"new\n"
    assert (tmp_path / "api.conf").stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == ["api.conf"]
    assert file.backup is None


def test_a_second_run_finds_nothing_to_do(tmp_path: Path) -> None:
    install(config_file(tmp_path))
    actual = config_file(tmp_path).read()
    wished = dataclasses.replace(ME, owner=actual.owner, group=actual.group)
    assert not plan_file("/f", actual, wished)


def test_the_old_file_is_kept_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "api.conf").write_bytes(b"old\n")
    (tmp_path / "api.conf").chmod(0o644)
    file = config_file(tmp_path)
    install(file)
    assert file.backup is not None
    assert re.fullmatch(r"api\.conf\.\d{8}T\d{12}Z", file.backup.name)
    assert file.backup.read_bytes() == b"old\n"
    assert file.backup.stat().st_mode & 0o777 == 0o640
    assert file.backup.parent.stat().st_mode & 0o777 == 0o700
    assert names(tmp_path) == ["api.conf", "backups"]


def test_what_killed_runs_left_goes_with_the_next_write(tmp_path: Path) -> None:
    file = config_file(tmp_path)
    file.path.write_text("old")
    (tmp_path / "backups").mkdir()
    torn = [tmp_path / ".api.conf.x7k2_9ab.new", tmp_path / "backups" / ".api.conf.20261121T081500000000Z.x7k2_9ab.new"]
    others = [tmp_path / ".api.conf.new", tmp_path / ".api.conf.d.x7k2_9ab.new"]
    for path in (*torn, *others):
        path.write_text("password = hush")
    install(file)
    assert [path for path in (*torn, *others) if path.exists()] == others


def test_only_the_newest_backups_stay(tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    for name in ("api.conf.20200101T000000000000Z", "api.conf.20990101T000000000000Z", "api.conf.mine", "b.conf"):
        (backups / name).touch()
    (tmp_path / "api.conf").write_bytes(b"old\n")
    file = config_file(tmp_path, keep=2)
    install(file)
    assert file.backup is not None
    assert names(backups) == sorted([file.backup.name, "api.conf.20990101T000000000000Z", "api.conf.mine", "b.conf"])


def test_access_is_set_without_writing(tmp_path: Path) -> None:
    (tmp_path / "api.conf").write_bytes(b"new\n")
    (tmp_path / "api.conf").chmod(0o666)
    before = (tmp_path / "api.conf").stat()
    install(config_file(tmp_path))
    after = (tmp_path / "api.conf").stat()
    assert (after.st_ino, after.st_mode & 0o777) == (before.st_ino, 0o640)
    assert names(tmp_path) == ["api.conf"]


def test_a_refused_file_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "api.conf").write_bytes(b"old\n")
    seen: list[tuple[str, bytes]] = []

    def refuse(path: Path) -> None:
        seen.append((path.name, path.read_bytes()))
        raise DeployError("no")

    file = config_file(tmp_path)
    with pytest.raises(DeployError, match="no"):
        file.apply(plan_file("/f", file.read(), ME), refuse)
    ((name, content),) = seen
    assert content == b"new\n"
    assert name.startswith(".api.conf.")
    assert not name.endswith(".conf")
    assert names(tmp_path) == ["api.conf"]
    assert (tmp_path / "api.conf").read_bytes() == b"old\n"


def test_without_a_place_for_the_backup_the_old_file_stays(tmp_path: Path) -> None:
    (tmp_path / "api.conf").write_bytes(b"old\n")
    (tmp_path / "backups").write_text("in the way")
    file = config_file(tmp_path)
    with pytest.raises(DeployError, match="Cannot keep the old file as"):
        install(file)
    assert (tmp_path / "api.conf").read_bytes() == b"old\n"
    assert names(tmp_path) == ["api.conf", "backups"]


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, lambda path: path.symlink_to("/etc/hosts"), os.mkfifo],
    ids=["directory", "link", "pipe"],
)
def test_what_is_no_plain_file_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "api.conf"
    make(path)
    with pytest.raises(DeployError) as caught:
        config_file(tmp_path).read()
    assert str(path) in str(caught.value)
    assert caught.value.hint


def test_a_missing_group_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    file = config_file(tmp_path, dataclasses.replace(ME, group="no-such-group"))
    with pytest.raises(DeployError, match="There is no group 'no-such-group' on this host") as caught:
        install(file)
    assert caught.value.hint == "Install the package that makes it first."
    assert names(tmp_path) == []


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    file = ConfigFile(str(tmp_path / "gone" / "api.conf"), ME, str(tmp_path / "backups"), 10)
    assert file.read() == State()
    with pytest.raises(DeployError, match=r"Cannot write .*api\.conf: No such file or directory") as caught:
        install(file)
    assert caught.value.hint == f"Install the package that owns {tmp_path / 'gone'} first."


@pytest.mark.parametrize("number", [*HINTS, errno.EIO], ids=lambda number: errno.errorcode[number])
def test_every_fault_of_the_file_system_gets_one_line_and_a_hint(number: int) -> None:
    with pytest.raises(DeployError) as caught, explained("write", Path("/etc/glance/api.conf")):
        raise OSError(number, os.strerror(number))
    assert str(caught.value).startswith("Cannot write /etc/glance/api.conf: ")
    assert caught.value.hint
    assert "{" not in caught.value.hint.replace("${", "")
