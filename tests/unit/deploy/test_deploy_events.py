"""The event stream: lines to typed values, and typed values to the picture of a run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glance_deploy import events
from glance_deploy.errors import Problem
from glance_deploy.events import Malformed, NoHosts, PlayStart, Retry, RunStart, Stats, TaskResult, TaskStart, Unknown
from glance_deploy.recorder import KEPT_CHANGES, Recorder
from tests.unit.deploy.fakes import SilentView

RESULT = {"event": "result", "host": "h", "play": "P", "task": "T", "role": "r", "outcome": "ok", "seconds": 1.5}

LINES: dict[str, tuple[dict[str, Any], events.Event]] = {
    "run": ({"event": "run_start", "plays": ["P", "Q\n"]}, RunStart(("P", "Q"))),
    "play": ({"event": "play_start", "play": "P", "time": 1}, PlayStart("P", 1.0)),
    "no hosts": ({"event": "no_hosts", "play": "P"}, NoHosts("P")),
    "task": ({"event": "task_start", "play": "P", "task": "T", "role": "r", "time": 2}, TaskStart("P", "T", "r", 2.0)),
    "retry": ({"event": "retry", "host": "h", "task": "T", "attempt": 2, "attempts": 5}, Retry("h", "T", 2, 5)),
    "result": (RESULT, TaskResult("h", "P", "T", "r", "ok", 1.5)),
    "details": (
        {**RESULT, "message": "m", "hint": "x", "steps": ["a"], "problems": [{"what": "w", "where": "h", "mend": "m"}]},
        TaskResult("h", "P", "T", "r", "ok", 1.5, "m", "x", ("a",), (Problem("w", "h", "m"),)),
    ),
    "nothing due": ({**RESULT, "due": []}, TaskResult("h", "P", "T", "r", "ok", 1.5, due=())),
    "due": ({**RESULT, "due": ["a\nb"]}, TaskResult("h", "P", "T", "r", "ok", 1.5, due=("a b",))),
    "stats": (
        {"event": "stats", "time": 3, "hosts": {"h": {"ok": 1}}, "custom": {"h": {"a": 1}}},
        Stats(3.0, {"h": {"ok": 1}}, {"h": {"a": 1}}),
    ),
    "newer": ({"event": "party", "guests": 3}, Unknown("party")),
    "nameless": ({}, Unknown("None")),
}


@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES)
def test_a_line_becomes_an_event(line: dict[str, Any], expected: events.Event) -> None:
    assert events.parse(json.dumps(line)) == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"event": "play_start"}',
        '{"event": "run_start", "plays": 5}',
        '{"event": "result", "host": "h"}',
        '{"event": "task_start", "play": "P", "task": "T", "time": "soon"}',
        '{"event": "stats", "time": 1, "hosts": 5}',
        json.dumps({**RESULT, "problems": ["text"]}),
        json.dumps({**RESULT, "steps": 5}),
    ],
)
def test_a_bad_line_is_told_and_stops_nothing(line: str) -> None:
    assert isinstance(events.parse(line), Malformed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é", "plain é"),
        (" two\n\n  lines\t", "two lines"),
        ("\x1b[31mred\x07", "?[31mred?"),
        ("\udc80", "?"),
        (5, "5"),
    ],
)
def test_words_of_a_host_cannot_harm_a_terminal(text: object, expected: str) -> None:
    assert events.one_line(text) == expected


def result(outcome: str, host: str = "h", **more: Any) -> TaskResult:
    return TaskResult(host, "P", "T", "r", outcome, 1.0, **more)


def recorded(*stream: events.Event, view: SilentView | None = None) -> Recorder:
    recorder = Recorder(view or SilentView(), now=lambda: 100.0)
    for event in stream:
        recorder.add(event)
    return recorder


def test_stages_and_tasks_get_their_times_and_outcomes() -> None:
    recorder = recorded(
        PlayStart("Preflight", 0.0),
        TaskStart("Preflight", "Look", "", 0.5),
        result("ok"),
        PlayStart("Database", 2.0),
        NoHosts("Database"),
        PlayStart("Image", 2.0),
        TaskStart("Image", "One", "glance", 3.0),
        result("changed", steps=("a",)),
        TaskStart("Image", "Two", "glance", 5.0),
        result("ok"),
        Stats(9.0, {"h": {"ok": 3, "changed": 1, "failures": 0, "unreachable": 0}}, {"h": {"glance_report": {"a": 1}}}),
    )
    assert [(stage.name, stage.seconds, stage.outcome) for stage in recorder.stages] == [
        ("Preflight", 2.0, "ok"),
        ("Database", 0.0, "skipped"),
        ("Image", 7.0, "changed"),
    ]
    assert [(task.name, task.seconds, task.changed) for task in recorder.stages[2].tasks] == [
        ("One", 2.0, 1),
        ("Two", 4.0, 0),
    ]
    assert recorder.changed == 1
    assert recorder.changes[0].steps == ("a",)
    assert recorder.verification == {"h": {"a": 1}}


def test_a_play_without_a_task_is_shown_to_nobody() -> None:
    view = SilentView()
    recorder = recorded(PlayStart("Look", 0.0), TaskStart("Look", "T", "", 0.0), PlayStart("Image", 1.0), view=view)
    recorder.close()
    assert view.shown == ["begin Look", "update Look: T", "end Look: ok"]
    assert recorder.stages[1].outcome == "skipped"


def test_a_run_that_is_stopped_says_so_even_before_the_first_task_of_a_play() -> None:
    view = SilentView()
    recorder = recorded(PlayStart("Image", 1.0), view=view)
    recorder.stop()
    assert view.shown == ["begin Image", "end Image: failed"]


@pytest.mark.parametrize(
    ("found", "expected"), [([None], None), ([()], 0), ([("a",), ("b", "c")], 3)], ids=["unasked", "none", "two hosts"]
)
def test_what_a_look_finds_is_counted(found: list[tuple[str, ...] | None], expected: int | None) -> None:
    recorder = recorded(PlayStart("P", 0.0), TaskStart("P", "T", "", 0.0), *(result("ok", due=due) for due in found))
    assert recorder.stages[0].due == expected


def test_hosts_that_answered_are_known() -> None:
    recorder = recorded(
        PlayStart("P", 0.0), result("ok", "a"), result("unreachable", "b"), result("failed", "c"), result("ok", "c")
    )
    assert recorder.answered == {"a", "c"}


def test_two_plays_of_one_name_are_one_stage() -> None:
    recorder = recorded(PlayStart("P", 0.0), TaskStart("P", "A", "", 0.0), PlayStart("P", 1.0), PlayStart("Q", 2.0))
    assert [(stage.name, stage.seconds) for stage in recorder.stages] == [("P", 2.0), ("Q", None)]


def test_a_failure_fails_its_stage() -> None:
    recorder = recorded(PlayStart("P", 0.0), TaskStart("P", "T", "", 0.0), result("failed", message="no"))
    assert recorder.stages[0].outcome == "failed"
    assert [failure.message for failure in recorder.failures] == ["no"]


@pytest.mark.parametrize("outcome", ["ignored", "rescued", "skipped", "ok"])
def test_what_ansible_went_on_from_is_no_failure(outcome: str) -> None:
    recorder = recorded(PlayStart("P", 0.0), TaskStart("P", "T", "", 0.0), result(outcome))
    assert recorder.failures == []
    assert recorder.stages[0].outcome == "ok"


def test_the_statistics_decide_who_failed() -> None:
    stats = Stats(1.0, {"a": {"failures": 0}, "b": {"failures": 1}, "c": {"unreachable": 1}})
    recorder = recorded(PlayStart("P", 0.0), *(result("failed", host) for host in "abc"), stats)
    assert [failure.host for failure in recorder.failures] == ["b", "c"]


def test_an_interrupted_run_has_an_end_too() -> None:
    recorder = recorded(PlayStart("P", 90.0), TaskStart("P", "T", "", 95.0))
    recorder.close()
    assert (recorder.stages[0].seconds, recorder.stages[0].tasks[0].seconds) == (10.0, 5.0)


def test_a_run_that_changes_very_much_is_kept_within_bounds() -> None:
    recorder = recorded(PlayStart("P", 0.0), *[result("changed")] * (KEPT_CHANGES + 5))
    assert (recorder.changed, len(recorder.changes)) == (KEPT_CHANGES + 5, KEPT_CHANGES)


def test_lost_events_are_told() -> None:
    assert recorded(Malformed("x"), Unknown("y")).warnings == ["an event could not be read: x"]


def test_results_before_any_play_are_survived() -> None:
    recorder = recorded(result("changed"), TaskStart("P", "T", "", 1.0), result("failed"))
    assert [stage.name for stage in recorder.stages] == ["P"]


def test_a_stage_of_our_own_is_shown_like_a_play() -> None:
    view = SilentView()
    recorder = recorded(view=view)
    with recorder.stage("Connection") as stage:
        recorder.update("login")
        stage.note = "fine"
    assert view.shown == ["begin Connection", "update Connection: login", "end Connection: ok"]


def test_a_stage_of_our_own_that_raises_has_failed() -> None:
    recorder = recorded()
    with pytest.raises(ValueError, match="no"), recorder.stage("Connection"):
        raise ValueError("no")
    assert recorder.stages[0].outcome == "failed"


def test_retries_are_shown_as_they_come() -> None:
    view = SilentView()
    recorded(PlayStart("P", 0.0), TaskStart("P", "T", "", 0.0), Retry("h", "T", 2, 5), view=view)
    assert view.shown[-1] == "update P: T (attempt 2 of 5 on h)"
