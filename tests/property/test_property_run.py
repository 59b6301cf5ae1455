"""A run of any events: record, verdict, journal and report hold, and the report is JSON for everybody."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from hypothesis import given, settings
from hypothesis import strategies as st

from glance_deploy import events, journal, report, verdict
from glance_deploy.errors import ExitCode
from glance_deploy.recorder import Recorder
from glance_deploy.result import Result
from glance_deploy.state import State
from tests.property import hostile, streams

BEGIN: dict[str, Any] = {
    "event": "begin",
    "journal": 1,
    "version": "1",
    "pid": 1,
    "command": "deploy",
    "argv": ["--lab"],
    "directory": "/",
    "place": "lab",
    "options": {"check": False},
    "time": 5.0,
}


def recorded(lines: list[str]) -> Recorder:
    recorder = Recorder(now=lambda: 100.0)
    for line in lines:
        recorder.add(events.parse(line))
    return recorder


def strict(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


@settings(max_examples=250)
@given(st.lists(streams.LINES | streams.LIES, max_size=8), st.integers(0, 4))
def test_the_report_is_json_for_everybody(lines: list[str], code: int) -> None:
    recorder = recorded(lines)
    recorder.stop()
    found = report.build(recorder, command="deploy", options={}, place="h", previous=None, files={"log": None})
    error = verdict.judge(recorder, code, "")
    result = Result.from_error("deploy", error) if error else Result("deploy")
    with tempfile.TemporaryDirectory() as directory:
        state = State(Path(directory))
        report.write(report.complete(found, result.exit_code, result.error()), state)
        text = state.report.read_bytes().decode()
    assert json.loads(text, parse_constant=strict)["ok"] == (error is None)
    json.loads(json.dumps(result.envelope()), parse_constant=strict)


@settings(max_examples=250)
@given(st.lists(streams.LINES, max_size=8), st.integers(0, 4), hostile.texts(max_parts=2))
def test_the_verdict_fits_what_happened(lines: list[str], code: int, reason: str) -> None:
    recorder = recorded(lines)
    error = verdict.judge(recorder, code, events.one_line(reason))
    assert (error is None) == (code == 0 and not recorder.failures)
    if error is None:
        return
    assert error.exit_code is not ExitCode.DONE
    assert str(error)
    assert error.hint
    assert error.exit_code is not ExitCode.REFUSED or not recorder.changed
    assert error.exit_code is not ExitCode.UNVERIFIED or {one.play for one in recorder.failures} == {"Verify"}
    assert streams.harmless(f"{error}{error.hint}")


@settings(max_examples=200)
@given(
    hostile.bodies(BEGIN) | st.just(json.dumps(BEGIN).encode()),
    st.lists(streams.LINES | streams.LIES | st.just('{"event": "end", "time": 9, "exit_code": 0}'), max_size=6),
    st.integers(0, 30),
)
def test_any_journal_is_read_or_passed_over(first: bytes, lines: list[str], cut: int) -> None:
    text = first + b"".join(b"\n" + line.encode(errors="replace") for line in lines)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "run.jsonl")
        path.write_bytes(text[: len(text) - cut])
        past = journal.read(path)
        assert past is None or past.was_stopped == (past.exit_code in {None, ExitCode.INTERRUPTED})
        if past:
            assert journal.when(past.began)
