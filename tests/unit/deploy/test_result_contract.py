"""The JSON that programs read: its shape changes only together with its version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glance_deploy import cli, report
from glance_deploy.errors import ExitCode, PreflightError, Problem
from glance_deploy.events import PlayStart, Stats, TaskResult, TaskStart
from glance_deploy.recorder import Recorder
from glance_deploy.result import ENVELOPE_VERSION, Result
from glance_deploy.state import State
from tests.unit.deploy.fakes import SilentView

ENVELOPE = {"version", "command", "ok", "exit_code", "error", "report"}
ERROR = {"message", "hint", "problems"}
REPORT = {
    "version",
    "command",
    "place",
    "started",
    "seconds",
    "options",
    "previous",
    "stages",
    "hosts",
    "tasks",
    "changed",
    "changes",
    "failures",
    "verification",
    "warnings",
    "tools",
    "files",
    "ok",
    "exit_code",
    "error",
}
EXIT_CODES = {"DONE": 0, "FAILED": 1, "USAGE": 2, "REFUSED": 3, "UNVERIFIED": 4, "INTERRUPTED": 130}


def test_the_versions_are_pinned() -> None:
    assert (ENVELOPE_VERSION, report.REPORT_VERSION) == (1, 1)


def test_the_exit_codes_are_pinned() -> None:
    assert {code.name: code.value for code in ExitCode} == EXIT_CODES


def test_a_success() -> None:
    assert Result("deploy", report={"a": 1}).envelope() == {
        "version": 1,
        "command": "deploy",
        "ok": True,
        "exit_code": 0,
        "error": None,
        "report": {"a": 1},
    }


def test_an_error_with_problems() -> None:
    error = PreflightError("one problem", "mend it", [Problem("full", "ctl", "free 3 GB")])
    assert Result.from_error("deploy", error).envelope() == {
        "version": 1,
        "command": "deploy",
        "ok": False,
        "exit_code": 3,
        "error": {
            "message": "one problem",
            "hint": "mend it",
            "problems": [{"what": "full", "where": "ctl", "mend": "free 3 GB"}],
        },
        "report": {},
    }


BEFORE_A_COMMAND = {
    "no place": (["--output", "json"], 2),
    "unknown option": (["--output=json", "--nonsense"], 2),
    "unknown command": (["nonsense", "--output", "json"], 2),
    "bad value": (["--controller", "a:0", "--output", "json"], 2),
    "unknown variable": (["--controller", "a", "--set", "x=1", "--output", "json"], 2),
}


@pytest.mark.parametrize(("argv", "code"), BEFORE_A_COMMAND.values(), ids=BEFORE_A_COMMAND)
def test_failures_before_a_command_starts_have_the_same_form(
    argv: list[str], code: int, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(argv, root) == code
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert set(found) == ENVELOPE
    assert set(found["error"]) == ERROR
    assert found["exit_code"] == code
    assert printed.err == ""


def test_a_refusal_by_the_launcher_has_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.refusal(["--output", "json"]) == 2
    assert set(json.loads(capsys.readouterr().out)) == ENVELOPE


@pytest.mark.parametrize("argv", [["--help"], ["verify", "--help"], ["--version"]])
def test_help_is_answered_by_the_launcher(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.refusal(argv)
    assert caught.value.code == 0
    assert capsys.readouterr().out


def test_the_launcher_lets_good_command_lines_pass() -> None:
    assert cli.refusal(["--lab"]) is None


def test_errors_for_people_are_two_lines(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--controller", "a", "--set", "glance_worker=1"], root) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "deploy.py: unknown variable 'glance_worker' in --set\n  did you mean glance_workers?\n"


def built(tmp_path: Path) -> dict[str, Any]:
    recorder = Recorder(SilentView(), now=lambda: 10.0)
    for event in (
        PlayStart("Image", 1.0),
        TaskStart("Image", "T", "glance", 1.0),
        TaskResult("h", "Image", "T", "glance", "changed", 1.0, steps=("a",)),
        TaskResult("h", "Image", "T", "glance", "failed", 1.0, "m", "x", (), (Problem("w", "h", "m"),)),
        Stats(3.0, {"h": {"failures": 1}}, {"h": {"glance_report": {"release": "epoxy"}}}),
    ):
        recorder.add(event)
    state = State(tmp_path)
    files = {"report": state.report, "log": tmp_path / "log", "journal": None}
    content = report.build(recorder, command="deploy", options={"lab": "lab"}, place="ctl", previous=None, files=files)
    return report.complete(content, ExitCode.FAILED, None)


def test_the_report_has_its_shape(tmp_path: Path) -> None:
    found = built(tmp_path)
    assert set(found) == REPORT
    assert set(found["stages"][0]) == {"name", "outcome", "seconds", "changed", "note", "tasks"}
    assert set(found["stages"][0]["tasks"][0]) == {"name", "role", "seconds", "changed"}
    assert set(found["changes"][0]) == {"host", "stage", "role", "task", "steps"}
    assert set(found["failures"][0]) == {
        "host",
        "stage",
        "role",
        "task",
        "steps",
        "outcome",
        "message",
        "hint",
        "problems",
    }
    assert found["files"] == {"report": str(tmp_path / "report.json"), "log": str(tmp_path / "log"), "journal": None}
    assert {"glance-deploy", "python", "ansible-core"} <= set(found["tools"])
    assert found["verification"] == {"h": {"release": "epoxy"}}


def test_the_report_is_stored_privately(tmp_path: Path) -> None:
    state = State(tmp_path)
    report.write(built(tmp_path), state)
    assert json.loads(state.report.read_text())["exit_code"] == 1
    assert state.report.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
