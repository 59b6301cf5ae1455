"""What the end of a run means: exit codes and words."""

from __future__ import annotations

import pytest

from glance_deploy.errors import ExitCode, Problem
from glance_deploy.events import TaskResult
from glance_deploy.recorder import Recorder
from glance_deploy.verdict import RECONNECT, SEE_LOG, judge, refusal, silent
from tests.unit.deploy.fakes import SilentView


def ended(*failures: TaskResult, changed: int = 0) -> Recorder:
    recorder = Recorder(SilentView())
    recorder.failures, recorder.changed = list(failures), changed
    return recorder


def failure(play: str, host: str = "h", message: str = "m", problems: tuple[Problem, ...] = ()) -> TaskResult:
    return TaskResult(host, play, "T", "r", "failed", 1.0, message, "do this", (), problems)


def lost(play: str, message: str) -> TaskResult:
    return TaskResult("h", play, "T", "r", "unreachable", 1.0, message)


FULL = Problem("the disk is full", "h", "free 3 GB")

CASES = {
    "done": (ended(), 0, None),
    "done with changes": (ended(changed=5), 0, None),
    "preflight": (ended(failure("Preflight")), 2, ExitCode.REFUSED),
    "look": (ended(failure("Look")), 2, ExitCode.REFUSED),
    "look and preflight": (ended(failure("Look"), failure("Preflight")), 2, ExitCode.REFUSED),
    "look and more": (ended(failure("Look"), failure("Image")), 2, ExitCode.FAILED),
    "preflight after a change": (ended(failure("Preflight"), changed=1), 2, ExitCode.FAILED),
    "preflight and more": (ended(failure("Preflight"), failure("Image")), 2, ExitCode.FAILED),
    "deployment": (ended(failure("Image"), changed=1), 2, ExitCode.FAILED),
    "verification": (ended(failure("Verify"), changed=1), 2, ExitCode.UNVERIFIED),
    "verification and more": (ended(failure("Image"), failure("Verify")), 2, ExitCode.FAILED),
    "no task to blame": (ended(), 4, ExitCode.FAILED),
}


@pytest.mark.parametrize(("recorder", "code", "expected"), CASES.values(), ids=CASES)
def test_the_exit_code_says_how_far_it_came(recorder: Recorder, code: int, expected: ExitCode | None) -> None:
    error = judge(recorder, code, "")
    assert (error.exit_code if error else None) == expected


SILENT = {
    "never answered": (ended(failure("Verify")), set(), {"h"}),
    "answered before": (ended(failure("Verify")), {"h"}, set()),
    "answered, but maybe not as root": (ended(failure("Look")), {"h"}, {"h"}),
    "says what is wrong": (ended(failure("Preflight", problems=(FULL,))), set(), set()),
    "after a change": (ended(failure("Look"), changed=1), set(), set()),
    "one of two": (ended(failure("Image", "a"), failure("Image", "b")), {"a"}, {"b"}),
}


@pytest.mark.parametrize(("recorder", "answered", "expected"), SILENT.values(), ids=SILENT)
def test_a_login_is_looked_at_where_it_may_be_the_reason(
    recorder: Recorder, answered: set[str], expected: set[str]
) -> None:
    recorder.answered = answered
    assert silent(recorder) == expected


def test_a_failure_says_what_and_where_and_what_to_do() -> None:
    error = judge(ended(failure("Image", message="no space left")), 2, "")
    assert error is not None
    assert (str(error), error.hint) == ("Image: T, on h: no space left", "do this")


def test_all_hosts_that_failed_are_told() -> None:
    error = judge(ended(failure("Image", "a"), failure("Image", "b")), 2, "")
    assert error is not None
    assert [problem.where for problem in error.problems] == ["a", "b"]


def test_preflight_tells_every_problem_with_its_host() -> None:
    swap = Problem("little memory", "memory", "add some")
    failures = (failure("Preflight", problems=(FULL, swap)), failure("Preflight", "i", problems=(swap, swap)))
    error = judge(ended(*failures), 2, "")
    assert error is not None
    assert [problem.where for problem in error.problems] == ["h", "h: memory", "i: memory"]
    assert str(error) == "3 problems before the start; nothing was changed"


def test_a_connection_that_broke_is_told_as_such() -> None:
    error = judge(ended(lost("Image", "Timeout (12s) waiting for privilege escalation prompt:"), changed=1), 4, "")
    assert str(error) == (
        "Image: T, on h: the host stopped answering (Timeout (12s) waiting for privilege escalation prompt)"
    )
    assert error
    assert error.hint == RECONNECT


@pytest.mark.parametrize(
    "words",
    [
        'Failed to create temporary directory. The tmp directory of the host may be full: "No space left on device"',
        "Failed to connect to the host via ssh: deploy@h: Permission denied (publickey).",
        "Failed to connect to the host via ssh: Host key verification failed.",
    ],
)
def test_a_host_that_answers_is_not_called_silent(words: str) -> None:
    error = judge(ended(lost("Image", words), changed=1), 4, "")
    assert str(error) == f"Image: T, on h: {words}"
    assert error
    assert error.hint == SEE_LOG


def test_an_unreachable_host_in_preflight_is_a_problem_like_others() -> None:
    error = judge(ended(failure("Preflight", message="no route")), 4, "")
    assert error is not None
    assert error.problems == (Problem("T: no route", "h", "do this"),)


def test_one_problem_is_one() -> None:
    assert str(refusal([FULL])).startswith("one problem ")


@pytest.mark.parametrize(("reason", "words"), [("bad syntax", "bad syntax"), ("", "ansible-playbook ended with 4")])
def test_an_end_that_no_task_explains_has_ansibles_own_words(reason: str, words: str) -> None:
    assert words in str(judge(ended(), 4, reason))
