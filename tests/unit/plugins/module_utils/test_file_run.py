"""Plain files: with a whole content of ours, or with some lines of ours in somebody else's."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _file_run
from ansible_collections.glance_deploy.openstack.plugins.module_utils._file_run import (
    bring_file,
    bring_lines,
    bring_shipped,
    edited,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._known_good import KnownGood
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context, Outcome

from tests.unit.plugins.fake_run import FakeRun

MARK = "Written by glance-deploy."
PROCESSES = {"pattern": r"processes\s*=", "line": "processes = 2"}
CLOSE = {"pattern": r"add-header\s*=\s*Connection", "line": "add-header = Connection: close"}


def write(path: Path, content: str, *, context: Context | None = None, **changes: Any) -> Outcome:
    """Bring a file about that belongs to whoever runs this."""
    mine = {"owner": path.parent.owner(), "group": path.parent.group()}
    params = {"path": str(path), "content": content, **mine, "mode": "0600", "mark": "", **changes}
    return bring_file(params, context or Context(FakeRun()))


def edit(path: Path, *lines: dict[str, str], **context: Any) -> Outcome:
    params = {"path": str(path), "unit": "api", "after": "[uwsgi]", "lines": list(lines)}
    return bring_lines(params, Context(FakeRun(), **context))


@pytest.mark.parametrize("content", ["a\nb", "a\nb\n", "a\nb\n\n"], ids=["none", "one", "two"])
def test_a_file_ends_with_one_line_break_and_is_written_once(tmp_path: Path, content: str) -> None:
    path = tmp_path / "openrc"
    context = Context(FakeRun())
    assert write(path, content, context=context).plan.titles() == [f"write: {path}"]
    assert context.touched == [str(path)]
    assert path.read_text() == "a\nb\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not write(path, content, context=context).plan
    assert context.touched == [str(path)]


def test_what_a_file_holds_is_not_shown_and_the_old_one_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "openrc"
    path.write_text("older")
    outcome = write(path, "export OS_PASSWORD=newer")
    assert outcome.shown() == {"before": f"{path}: other content\n", "after": f"{path}: content as configured\n"}
    assert Path(outcome.report["backup_file"]).read_text() == "older"
    assert "newer" not in repr(outcome)


def test_access_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "openrc"
    path.write_text("a\n")
    path.chmod(0o644)
    assert write(path, "a").plan.titles() == [f"set access: {path}"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_check_mode_writes_nothing_and_knows_what_would_be_touched(tmp_path: Path) -> None:
    path = tmp_path / "openrc"
    context = Context(FakeRun(), check_mode=True)
    assert write(path, "a", context=context, owner="no-such-user").plan
    assert context.touched == [str(path)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("there_is", "is_ours"),
    [(None, True), (f"# {MARK}\nold\n", True), ("mine\n", False), ("", False), (f"# {MARK}\nnew\n", True)],
    ids=["nothing", "ours", "somebody else's", "an empty one", "noop"],
)
def test_a_file_without_the_mark_is_somebody_elses(tmp_path: Path, there_is: str | None, is_ours: bool) -> None:
    path = tmp_path / "clouds.yaml"
    if there_is is not None:
        path.write_text(there_is)
        path.chmod(0o600)
    new = f"# {MARK}\nnew\n"
    outcome = write(path, new, mark=MARK)
    assert path.read_text() == (new if is_ours else there_is)
    assert bool(outcome.plan) is (is_ours and there_is != new)


def test_a_mode_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"mode '8' is not octal\."):
        write(tmp_path / "openrc", "a", mode="8")


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("[uwsgi]\nprocesses = 2\n", [PROCESSES], "[uwsgi]\nprocesses = 2\n"),
        ("[uwsgi]\nhttp = :80\n", [PROCESSES], "[uwsgi]\nprocesses = 2\nhttp = :80\n"),
        ("a\n[uwsgi]\nprocesses=8\nb\n", [PROCESSES], "a\n[uwsgi]\nprocesses = 2\nb\n"),
        ("processes=8\nprocesses = 9\n", [PROCESSES], "processes=8\nprocesses = 2\n"),
        ("# processes = 9\n[uwsgi]\n", [PROCESSES], "# processes = 9\n[uwsgi]\nprocesses = 2\n"),
        ("a\n", [PROCESSES], "a\nprocesses = 2\n"),
        ("", [PROCESSES, CLOSE], "processes = 2\nadd-header = Connection: close\n"),
        ("[uwsgi]\n", [PROCESSES, CLOSE], "[uwsgi]\nadd-header = Connection: close\nprocesses = 2\n"),
        ("[uwsgi]", [PROCESSES], "[uwsgi]\nprocesses = 2\n"),
        ("a\n\n\n", [PROCESSES], "a\n\n\nprocesses = 2\n"),
        ("\n", [PROCESSES], "\nprocesses = 2\n"),
        ("a\x0cb\u2028c\x85d\r\n[uwsgi]\n", [PROCESSES], "a\x0cb\u2028c\x85d\r\n[uwsgi]\nprocesses = 2\n"),
        ("#swap\n", [{"pattern": "#swap", "line": "swap = 1"}], "swap = 1\n"),
    ],
    ids=[
        "noop",
        "after its section",
        "in its place",
        "the last one counts",
        "a comment is none",
        "no section",
        "empty file",
        "two",
        "no line break at the end",
        "blank lines stay",
        "a blank line",
        "only \\n ends a line",
        "a pattern of the old line only",
    ],
)
def test_lines_are_edited_once(text: str, wanted: list[dict[str, str]], expected: str) -> None:
    once = edited(text, "[uwsgi]", wanted)
    assert once == expected
    assert edited(once, "[uwsgi]", wanted) == once


def test_a_file_keeps_its_access_and_its_other_bytes(tmp_path: Path) -> None:
    path = tmp_path / "api.ini"
    path.write_bytes(b"# caf\xe9\n[uwsgi]\nprocesses = 8\n")
    path.chmod(0o604)
    outcome = edit(path, PROCESSES)
    assert outcome.plan.titles() == [f"write: {path}"]
    assert path.read_bytes() == b"# caf\xe9\n[uwsgi]\nprocesses = 2\n"
    assert path.stat().st_mode & 0o777 == 0o604
    assert path.stat().st_uid == os.getuid()
    assert Path(outcome.report["backup_file"]).read_bytes().startswith(b"# caf\xe9")
    assert not edit(path, PROCESSES).plan


def test_lines_need_a_file_unless_they_are_only_tried_out(tmp_path: Path) -> None:
    path = tmp_path / "api.ini"
    with pytest.raises(DeployError, match=rf"{path} is missing or empty\.") as caught:
        edit(path, PROCESSES)
    assert caught.value.hint.startswith("apt-get install --reinstall --option Dpkg::Options::=--force-confmiss ")
    assert edit(path, PROCESSES, check_mode=True, tentative=True).plan.titles() == [f"write: {path}"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("check_mode", [True, False], ids=["check", "run"])
@pytest.mark.parametrize(
    ("there_is", "shipped", "expected"),
    [
        (None, "as shipped", "as shipped"),
        ("", "as shipped", "as shipped"),
        ("edited", "as shipped", None),
        (None, None, None),
        (None, "", None),
    ],
    ids=["lost", "emptied by a power cut", "somebody's", "no package yet", "torn package"],
)
def test_a_shipped_file_comes_back_when_it_is_lost(
    tmp_path: Path, there_is: str | None, shipped: str | None, expected: str | None, check_mode: bool
) -> None:
    path, source = tmp_path / "paste.ini", tmp_path / "shipped.ini"
    for file, content in ((path, there_is), (source, shipped)):
        if content is not None:
            file.write_text(content)
    context = Context(FakeRun(), check_mode=check_mode)
    account = {"owner": str(os.getuid()), "group": str(os.getgid()), "mode": "0640"}
    outcome = bring_shipped({"path": str(path), "unit": "api", "source": str(source), **account}, context)
    assert outcome.plan.titles() == ([] if expected is None else [f"write: {path}"])
    assert context.touched == ([] if expected is None else [str(path)])
    content = there_is if check_mode or expected is None else expected
    assert (path.read_text() if path.exists() else None) == content


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that a unit has worked with, and that is lost now."""
    known = functools.partial(KnownGood, directory=tmp_path / "known-good", configuration=f"{tmp_path}/")
    monkeypatch.setattr(_file_run, "KnownGood", known)
    path = tmp_path / "file.ini"
    path.write_text("[uwsgi]\nedited = by hand\n")
    path.chmod(0o640)
    known("api").keep([str(path)])
    path.unlink()
    return path


@pytest.mark.parametrize("is_emptied", [True, False], ids=["emptied", "lost"])
def test_what_a_service_worked_with_comes_back_before_what_its_package_has(
    tmp_path: Path, kept: Path, is_emptied: bool
) -> None:
    if is_emptied:
        kept.touch()
    (tmp_path / "shipped.ini").write_text("as shipped")
    account = {"owner": kept.parent.owner(), "group": kept.parent.group(), "mode": "0600"}
    params = {"path": str(kept), "unit": "api", "source": str(tmp_path / "shipped.ini"), **account}
    assert bring_shipped(params, Context(FakeRun())).plan.titles() == [f"write: {kept}"]
    assert kept.read_text() == "[uwsgi]\nedited = by hand\n"
    assert kept.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("is_emptied", [True, False], ids=["emptied", "lost"])
def test_lines_go_into_a_file_that_was_lost(kept: Path, is_emptied: bool) -> None:
    if is_emptied:
        kept.touch()
    assert edit(kept, PROCESSES).plan.titles() == [f"write: {kept}"]
    assert kept.read_text() == "[uwsgi]\nprocesses = 2\nedited = by hand\n"
    assert kept.stat().st_mode & 0o777 == 0o640
    assert not edit(kept, PROCESSES).plan


def test_a_link_of_somebodys_in_a_shipped_files_place_stays(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("theirs")
    path = tmp_path / "paste.ini"
    path.symlink_to(tmp_path / "theirs")
    params = {"path": str(path), "unit": "api", "source": "/none", "owner": "root", "group": "root", "mode": "0640"}
    assert not bring_shipped(params, Context(FakeRun())).plan
