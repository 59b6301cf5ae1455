"""What people see: plain lines, the live line, and the result."""

from __future__ import annotations

import io
import os
import time
from typing import Any

import pytest
from rich.console import Console

from glance_deploy import summary, ui
from glance_deploy.errors import ExitCode, Problem
from glance_deploy.events import PlayStart, Stats, TaskResult, TaskStart
from glance_deploy.recorder import Recorder
from glance_deploy.result import Result
from glance_deploy.stages import Stage, Task, View
from glance_deploy.words import said

STREAM = (
    PlayStart("Preflight", 0.0),
    TaskStart("Preflight", "Look", "", 0.0),
    PlayStart("Database", 1.0),
    PlayStart("Image", 1.0),
    TaskStart("Image", "Install", "glance", 1.0),
    TaskResult("ctl", "Image", "Install", "glance", "changed", 1.0, steps=("install glance",)),
    TaskStart("Image", "Start", "glance", 2.0),
    TaskResult("ctl", "Image", "Start", "glance", "failed", 1.0, "no"),
    Stats(65.0, {"ctl": {"failures": 1}}),
)


def played(view: View) -> None:
    recorder = Recorder(view, now=lambda: 0.0)
    for event in STREAM:
        recorder.add(event)
    view.close()


def terminal(width: int = 60, *, is_terminal: bool = True) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, force_terminal=is_terminal, width=width, highlight=False, color_system=None), stream


def test_without_a_terminal_every_step_is_one_line() -> None:
    console, stream = terminal(is_terminal=False)
    played(ui.progress(console))
    assert stream.getvalue().splitlines() == [
        "Preflight: begins",
        "Preflight: passed, 1.0 s",
        "Image: begins",
        "Image: changed: Install [ctl] (install glance)",
        "Image: failed: Start [ctl]",
        "Image: failed, 1 min 04 s",
    ]


def test_on_a_terminal_finished_stages_stay() -> None:
    console, stream = terminal()
    played(ui.progress(console))
    text = stream.getvalue()
    for words in ("✓ Preflight    passed", "✗ Image        failed"):
        assert words in text
    assert "1 min 04 s" in text


def test_a_long_task_name_does_not_break_the_live_line() -> None:
    console, stream = terminal(40)
    view = ui.LiveProgress(console)
    stage = Stage("Image", 0.0)
    view.begin(stage)
    view.update(stage, "x" * 200)
    view.close()
    assert max(len(line) for line in stream.getvalue().split("\r")) < 80
    assert "…" in stream.getvalue()


def test_a_play_that_nobody_needs_is_not_shown() -> None:
    console, stream = terminal()
    played(ui.progress(console))
    assert "Database" not in stream.getvalue()


@pytest.mark.parametrize(("ago", "words"), [(0.5, "Upload  "), (12.0, "Upload (12"), (65.0, "Upload (1 min 05 s)")])
def test_a_long_task_says_how_long_it_has_taken(ago: float, words: str) -> None:
    console, stream = terminal(80)
    view = ui.LiveProgress(console)
    stage = Stage("Verify", time.time() - ago, tasks=[Task("Upload", "", time.time() - ago)])
    view.begin(stage)
    view.update(stage, "Upload")
    view.close()
    assert words in stream.getvalue()


@pytest.mark.parametrize("view", [ui.PlainProgress, ui.LiveProgress])
def test_a_line_about_the_run_is_said_as_it_is(view: type[ui.PlainProgress | ui.LiveProgress]) -> None:
    console, stream = terminal()
    shown = view(console)
    shown.say("The run of [14:02] was stopped")
    shown.close()
    assert "The run of [14:02] was stopped" in stream.getvalue()


@pytest.mark.parametrize("view", [ui.PlainProgress, ui.LiveProgress])
def test_ansibles_output_is_passed_through_as_it_is(view: type[ui.PlainProgress | ui.LiveProgress]) -> None:
    console, stream = terminal()
    shown = view(console)
    shown.output("TASK [bold] [/x] *****")
    shown.close()
    assert "TASK [bold] [/x] *****" in stream.getvalue()


def test_a_reader_that_goes_away_does_not_end_the_run() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        view = ui.PlainProgress(ui.SteadyConsole(file=stream))
        played(view)


SAID = {
    "skipped": (Stage("Image", 0.0), "not needed here"),
    "looked": (Stage("Look", 0.0, tasks=[Task("T", "", 0.0)]), "passed"),
    "all well": (Stage("Look", 0.0, tasks=[Task("T", "", 0.0)], due=0), "as it should be"),
    "due": (Stage("Look", 0.0, tasks=[Task("T", "", 0.0)], due=3), "3 due"),
    "same": (Stage("Image", 0.0, tasks=[Task("T", "", 0.0)]), "nothing to change"),
    "changed": (Stage("Verify", 0.0, tasks=[Task("T", "", 0.0)], changed=3), "3 changed"),
    "note": (Stage("Lab", 0.0, note="up"), "up"),
    "failed": (Stage("Image", 0.0, failed=True, changed=3), "failed"),
    "stopped": (Stage("Image", 0.0, failed=True, note="stopped"), "stopped"),
    "verify": (Stage("Verify", 0.0, tasks=[Task("T", "", 0.0)]), "passed"),
}


@pytest.mark.parametrize(("stage", "words"), SAID.values(), ids=SAID)
def test_a_stage_ends_with_few_words(stage: Stage, words: str) -> None:
    assert said(stage) == words


FOUND: dict[str, Any] = {
    "release": "epoxy",
    "glance_version": "30.0.0",
    "server": "eventlet",
    "units": [{"name": "glance-api", "enabled": True, "active": True, "workers": 2}],
    "healthcheck": {"url": "http://ctl:9292/healthcheck", "status": 200},
    "versions": [{"id": "v2.17", "status": "CURRENT"}, {"id": "v2.16", "status": "SUPPORTED"}],
    "endpoints": [
        {"interface": "admin", "region": "RegionOne", "url": "http://ctl:9292"},
        {"interface": "public", "region": "RegionOne", "url": "http://ctl:9292"},
    ],
    "tables": ["images", "tasks"],
    "image": {
        "id": "1-2",
        "name": "cirros",
        "status": "active",
        "size": 21692416,
        "disk_format": "qcow2",
        "visibility": "public",
    },
    "source": {
        "kind": "url",
        "url": "http://mirror/cirros.img",
        "sha512": "ab",
        "size": 1,
        "notes": ["mirror was slow"],
    },
    "roundtrip": {
        "uploaded": True,
        "upload_seconds": 0.4,
        "download_seconds": 0.2,
        "sha512_downloaded": "abcdef0123456789ff",
        "identical": True,
    },
}


def report(**more: Any) -> dict[str, Any]:
    stages = [
        {"name": "Image", "seconds": 61.5, "outcome": "changed", "tasks": [1]},
        {"name": "Cache", "seconds": 0, "outcome": "skipped", "tasks": []},
    ]
    files = {"report": "/state/report.json", "log": "/state/logs/1.log"}
    base = {
        "command": "deploy",
        "place": "ctl",
        "seconds": 70.0,
        "stages": stages,
        "tasks": 9,
        "changed": 2,
        "files": files,
        "verification": {},
    }
    return base | more


def shown(result: Result) -> str:
    console, stream = terminal(100)
    summary.show(result, console)
    return stream.getvalue()


def test_the_result_is_a_table() -> None:
    text = shown(Result("deploy", report=report(verification={"ctl": FOUND})))
    assert text.splitlines() == [
        "",
        "✓ Glance works on ctl",
        "",
        "  Release    epoxy 30.0.0",
        "  Endpoints  public   http://ctl:9292  RegionOne",
        "             admin    http://ctl:9292  RegionOne",
        "  API        v2.17 current, 2 versions served",
        "  Health     200 at http://ctl:9292/healthcheck",
        "  Units      glance-api  enabled, active, 2 workers (eventlet)",
        "  Database   2 tables",
        "  Image      cirros  active, qcow2, 20.7 MiB, public",
        "             1-2",
        "  Source     url: http://mirror/cirros.img",
        "             mirror was slow",
        "  Proof      identical, uploaded in 0.4 s, read back in 0.2 s",
        "             sha512 abcdef0123456789…",
        "  Time       1 min 10 s  Image 1 min 01 s",
        "  Changes    2 changed in 9 tasks",
        "  Report     /state/report.json",
        "  Log        /state/logs/1.log",
    ]


UNITS: dict[str, tuple[dict[str, Any], str]] = {
    "well": ({"enabled": True, "active": True, "workers": 2}, "glance-api  enabled, active, 2 workers (uwsgi)"),
    "ill": ({"enabled": True, "active": False, "workers": 0}, "glance-api  enabled, NOT active (uwsgi)"),
    "unknown": ({"enabled": None, "workers": 2}, "glance-api  2 workers (uwsgi)"),
}


@pytest.mark.parametrize(("facts", "words"), UNITS.values(), ids=UNITS)
def test_a_unit_is_told_as_far_as_it_is_known(facts: dict[str, Any], words: str) -> None:
    found = {"units": [{"name": "glance-api", **facts}], "server": "uwsgi"}
    assert words in shown(Result("deploy", report=report(verification={"ctl": found})))


def test_hosts_have_a_row_each_for_their_units() -> None:
    text = shown(Result("deploy", report=report(verification={"a": FOUND, "b": FOUND})))
    assert "Units a" in text
    assert "Units b" in text
    assert text.count("Endpoints") == 1


@pytest.mark.parametrize("key", FOUND)
def test_a_verification_may_lack_any_part(key: str) -> None:
    without = {name: value for name, value in FOUND.items() if name != key}
    assert "Glance works on ctl" in shown(Result("deploy", report=report(verification={"ctl": without})))
    emptied = {**FOUND, key: type(FOUND[key])()}
    assert "Glance works on ctl" in shown(Result("deploy", report=report(verification={"ctl": emptied})))


def test_a_run_that_changed_nothing_says_so() -> None:
    text = shown(Result("deploy", report=report(changed=0)))
    assert "zero changed: everything was looked at and is as it should be" in text
    assert "Time     1 min 10 s" in text


CREDENTIALS = {
    "changed": ({"name": "Identity", "tasks": [1], "note": ""}, True),
    "as it was": ({"name": "Identity", "tasks": [], "note": ""}, True),
    "somebody else's": ({"name": "Identity", "tasks": [], "note": "no hosts"}, False),
}


@pytest.mark.parametrize(("stage", "expected"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_what_to_try_now_is_told_where_the_credentials_are_ours(stage: dict[str, Any], *, expected: bool) -> None:
    stages = [{**stage, "outcome": "skipped", "seconds": 0}]
    text = shown(Result("deploy", report=report(stages=stages, verification={"ctl": FOUND})))
    assert ("Try it" in text) is expected


def test_nothing_to_resume_is_told_with_the_way_to_run_again() -> None:
    files = {"report": "/state/report.json", "journal": "/state/runs/1.jsonl"}
    content = {"place": "ctl", "command": "resume", "ended": "14:02", "again": "deploy.py --lab", "files": files}
    assert shown(Result("resume", report=content)).splitlines() == [
        "",
        "✓ The run of 14:02 on ctl ended well",
        "Nothing is left to do, and nothing was done.",
        "",
        "  Again    deploy.py --lab",
        "  Report   /state/report.json",
        "  Journal  /state/runs/1.jsonl",
    ]


def test_a_different_image_is_not_called_identical() -> None:
    found = {**FOUND, "roundtrip": {"identical": False}}
    assert "DIFFERENT" in shown(Result("deploy", report=report(verification={"ctl": found})))


def test_a_check_lists_what_would_change() -> None:
    changes = [
        {"host": "ctl", "task": "Install", "steps": []},
        {"host": "ctl", "task": "T", "steps": ["create a", "create b"]},
    ]
    text = shown(Result("deploy", report=report(options={"check": True}, changes=changes)))
    assert "Checked ctl; nothing was touched" in text
    assert "2 would change" in text
    for line in ("ctl: Install", "ctl: create a", "ctl: create b"):
        assert line in text


def test_a_long_check_is_cut() -> None:
    changes = [{"host": "ctl", "task": f"T{number}", "steps": []} for number in range(99)]
    assert "and 59 more" in shown(Result("deploy", report=report(options={"check": True}, changes=changes)))


def test_a_preflight_says_that_the_host_is_ready() -> None:
    assert "ctl is ready" in shown(Result("preflight", report=report(command="preflight")))


def test_a_fault_says_what_and_where_and_what_to_do() -> None:
    problems = (Problem("the disk is full", "ctl", "free 3 GB"), Problem("no mirror", "", ""))
    result = Result("deploy", ExitCode.REFUSED, "2 problems", "mend them", problems, report())
    assert shown(result).splitlines() == [
        "",
        "✗ Not started: 2 problems",
        "  ctl  the disk is full",
        "    → free 3 GB",
        "  no mirror",
        "  → mend them",
        "",
        "  Report  /state/report.json",
        "  Log     /state/logs/1.log",
    ]


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/nonsense]", "{{ a }}", "\\[x]"])
def test_words_of_others_are_never_markup(text: str) -> None:
    assert f"Failed: {text}" in shown(Result("deploy", ExitCode.FAILED, text, report=report()))


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (21692416, "20.7 MiB"), (5 << 40, "5.0 TiB"), (None, "")],
)
def test_sizes_are_read_by_people(number: object, text: str) -> None:
    assert summary.size(number) == text
