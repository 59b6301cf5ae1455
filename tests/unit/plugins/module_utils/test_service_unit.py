from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_unit import (
    Files,
    Record,
    Unit,
    Wish,
    parse_unit,
    plan_unit,
    read_files,
    stale,
)

UP = Unit("api", active="active", sub="running", enabled="enabled", invocation="i1", main_pid=7, started=1000.0)
DOWN = Unit("api", enabled="enabled")
FILES = Files(("/etc/api.conf",), "digest", newest=900.0)
RECORD = Record("i1", FILES.patterns, "digest")
STOPPED = Wish(enabled=False, started=False)
LOADED = Wish(enabled=False, started=None)
SHOWN = """\
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
NeedDaemonReload=no
InvocationID=d7a0c4c0c68e40efa6ef04709b048ce4
MainPID=6062
NRestarts=1
ExecMainStartTimestamp=Fri 2026-11-20 22:03:24 UTC
ActiveEnterTimestamp=Fri 2026-11-20 22:03:25 UTC
FragmentPath=/usr/lib/systemd/system/api.service
DropInPaths=/etc/systemd/system/api.service.d/a.conf /etc/systemd/system/api.service.d/b.conf
SourcePath=
"""


def test_what_systemd_shows_is_understood() -> None:
    assert parse_unit("api", SHOWN) == Unit(
        name="api",
        active="active",
        sub="running",
        enabled="enabled",
        invocation="d7a0c4c0c68e40efa6ef04709b048ce4",
        main_pid=6062,
        restarts=1,
        started=1795212204.0,
        definition=(
            "/etc/systemd/system/api.service.d/a.conf",
            "/etc/systemd/system/api.service.d/b.conf",
            "/usr/lib/systemd/system/api.service",
        ),
    )


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("LoadState=not-found\nActiveState=inactive\nMainPID=0\n", Unit("api", load="not-found", enabled="")),
        ("", Unit("api", load="not-found", enabled="")),
        (
            "LoadState=loaded\nNRestarts=[not set]\nActiveEnterTimestamp=Thu 1970-01-01 00:00:10 UTC\n",
            Unit("api", enabled="", started=10.0),
        ),
        (
            "LoadState=loaded\nFragmentPath=/run/systemd/generator.late/api.service\nSourcePath=/etc/init.d/api\n",
            Unit("api", enabled="", definition=("/etc/init.d/api",)),
        ),
    ],
    ids=["absent", "silence", "no main process", "init script"],
)
def test_sparse_answers_are_understood(shown: str, expected: Unit) -> None:
    assert parse_unit("api", shown) == expected


@pytest.mark.parametrize(
    ("unit", "wish", "titles"),
    [
        (UP, Wish(), []),
        (DOWN, Wish(), ["start: unit api"]),
        (dataclasses.replace(DOWN, active="failed"), Wish(), ["start: unit api"]),
        (dataclasses.replace(DOWN, active="activating", sub="auto-restart"), Wish(), ["restart: unit api"]),
        (dataclasses.replace(UP, active="activating", sub="start"), Wish(), []),
        (dataclasses.replace(UP, active="reloading"), Wish(), []),
        (dataclasses.replace(UP, enabled="disabled"), Wish(), ["enable: unit api at boot"]),
        (dataclasses.replace(UP, enabled="enabled-runtime"), Wish(), ["enable: unit api at boot"]),
        (dataclasses.replace(UP, enabled="static"), Wish(), []),
        (dataclasses.replace(UP, enabled="generated"), Wish(), []),
        (dataclasses.replace(DOWN, enabled="disabled"), Wish(), ["enable: unit api at boot", "start: unit api"]),
        (
            dataclasses.replace(UP, needs_reload=True),
            Wish(),
            ["daemon reload: systemd", "restart: unit api"],
        ),
        (dataclasses.replace(DOWN, needs_reload=True), Wish(), ["daemon reload: systemd", "start: unit api"]),
        (UP, STOPPED, ["disable: unit api at boot", "stop: unit api"]),
        (dataclasses.replace(DOWN, active="activating", sub="auto-restart"), Wish(started=False), ["stop: unit api"]),
        (dataclasses.replace(DOWN, enabled="disabled"), STOPPED, []),
        (dataclasses.replace(DOWN, load="masked", enabled="masked"), STOPPED, []),
        (dataclasses.replace(DOWN, load="not-found", enabled=""), STOPPED, []),
        (dataclasses.replace(DOWN, enabled="static"), LOADED, []),
        (dataclasses.replace(UP, enabled="static"), LOADED, []),
        (dataclasses.replace(DOWN, enabled="static", needs_reload=True), LOADED, ["daemon reload: systemd"]),
    ],
    ids=lambda value: "+".join(value) or "noop" if isinstance(value, list) else None,
)
def test_plan(unit: Unit, wish: Wish, titles: list[str]) -> None:
    assert plan_unit(unit, wish, FILES, RECORD).titles() == titles


@pytest.mark.parametrize(
    ("unit", "files", "record", "why"),
    [
        (UP, FILES, RECORD, ""),
        (UP, dataclasses.replace(FILES, newest=5000.0), RECORD, ""),
        (UP, dataclasses.replace(FILES, digest="other"), RECORD, "running with older files"),
        (UP, FILES, None, ""),
        (UP, dataclasses.replace(FILES, newest=1000.5), None, "running since before its files changed"),
        (dataclasses.replace(UP, invocation="i2"), dataclasses.replace(FILES, digest="other"), RECORD, ""),
        (
            dataclasses.replace(UP, invocation="i2"),
            dataclasses.replace(FILES, digest="other", newest=1001.0),
            RECORD,
            "running since before its files changed",
        ),
        (UP, dataclasses.replace(FILES, patterns=("/other",), digest="other"), RECORD, ""),
        (dataclasses.replace(UP, started=None), FILES, None, "running since before its files changed"),
        (UP, Files(), None, ""),
        (dataclasses.replace(UP, needs_reload=True), FILES, RECORD, "running with an older definition"),
    ],
    ids=[
        "noop",
        "touched",
        "changed",
        "adopted",
        "changed by a run that was killed",
        "started anew with the change",
        "started anew before the change",
        "other files asked for",
        "start unknown",
        "no files",
        "definition",
    ],
)
def test_a_process_is_stale_when_a_new_one_would_differ(
    unit: Unit, files: Files, record: Record | None, why: str
) -> None:
    assert stale(unit, files, record) == why
    assert plan_unit(unit, Wish(), files, record).titles()[-1:] == (["restart: unit api"] if why else [])


@pytest.mark.parametrize(
    ("load", "words", "hint"),
    [
        ("masked", "Unit api is masked", "systemctl unmask api"),
        ("bad-setting", "systemd cannot read unit api: bad-setting", "systemd-analyze verify api"),
        ("not-found", "There is no unit api on this host", "Install the package"),
    ],
)
def test_a_unit_that_cannot_run_is_told(load: str, words: str, hint: str) -> None:
    with pytest.raises(DeployError, match=words) as caught:
        plan_unit(dataclasses.replace(DOWN, load=load), Wish(), FILES, None)
    assert hint in caught.value.hint


def test_in_check_mode_a_unit_may_come_later() -> None:
    steps = plan_unit(parse_unit("api", ""), Wish(), FILES, None, tentative=True)
    assert steps.diff()["before"] == "unit api at boot: absent\nunit api: absent (absent)\n"
    assert steps.titles() == ["enable: unit api at boot", "start: unit api"]


def test_files_are_known_by_content(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_text("one")
    first = read_files([str(path)])
    path.touch()
    assert read_files([str(path)]).digest == first.digest
    path.write_text("two")
    assert read_files([str(path)]).digest != first.digest
    assert read_files([str(path)]).newest == path.stat().st_ctime


@pytest.mark.parametrize("watched", ["*.conf", "a.conf", ""], ids=["pattern", "file", "directory"])
def test_a_file_that_goes_away_is_a_change(tmp_path: Path, watched: str) -> None:
    pattern = str(tmp_path / watched)
    (tmp_path / "a.conf").write_text("one")
    (tmp_path / "b.conf").write_text("two")
    before = read_files([pattern])
    (tmp_path / "a.conf").unlink()
    after = read_files([pattern])
    assert after.digest != before.digest
    assert after.patterns == before.patterns


def test_the_directory_of_a_pattern_tells_of_a_file_that_went_away(tmp_path: Path) -> None:
    assert read_files([str(tmp_path / "*.conf")]).newest == tmp_path.stat().st_ctime


def test_odd_files_are_survived(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to(os.devnull)
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    assert read_files([str(tmp_path / "null"), str(tmp_path / "gone"), str(tmp_path / "none" / "*")]).digest
