"""What a run leaves behind, and what the next one makes of it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from glance_deploy import history, journal, retrospect
from glance_deploy.errors import ExitCode
from glance_deploy.journal import Journal, Past
from glance_deploy.state import State
from tests.unit.deploy.journals import BEGAN, PLAYS, STOPPED, Line, begin, end, play, result, task, write


def past(tmp_path: Path, *lines: Line, last_sign: float = 40.0) -> Past:
    found = journal.read(write(tmp_path, *lines, last_sign=last_sign))
    assert found is not None
    return found


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "1.jsonl"
    path.parent.mkdir()
    path.touch(mode=0o600)
    written = Journal(path)
    written.begin(command="deploy", argv=["--lab", "é\udc80"], place="ctl", options={"lab": "é"})
    written.end(ExitCode.FAILED, "no space")
    found = journal.read(path)
    assert found is not None
    assert (found.command, found.argv, found.directory) == ("deploy", ("--lab", "é\udc80"), Path.cwd())
    assert (found.exit_code, found.message, found.is_check, found.was_stopped) == (1, "no space", False, False)
    assert found.state == State(tmp_path)


WORDS: dict[str, tuple[list[Line], str]] = {
    "nothing yet": ([], "before its first step"),
    "Ansible had begun": ([PLAYS], "before its first step"),
    "before a task": ([PLAYS, play("Image", 0)], "in Image"),
    "in a task": (STOPPED, "in Image (Install the packages, after 12 s); done: Database"),
    "between Ansible's end and ours": (
        [*STOPPED, {"event": "stats", "time": BEGAN + 30, "hosts": {}}],
        "after Image; done: Database, Image",
    ),
}


@pytest.mark.parametrize(("lines", "words"), WORDS.values(), ids=WORDS)
def test_one_line_says_where_a_run_was_stopped(tmp_path: Path, lines: list[Line], words: str) -> None:
    found = past(tmp_path, begin("--lab"), *lines)
    assert found.was_stopped
    assert history.sentence(found) == f"The run of {journal.when(BEGAN)} was stopped {words}. Going on from there."


def test_the_report_holds_the_same_as_data(tmp_path: Path) -> None:
    found = past(tmp_path, begin("--lab"), *STOPPED)
    assert history.as_data(found) == {
        "started": "2023-11-14T22:13:20+00:00",
        "seconds": 40.0,
        "stage": "Image",
        "task": "Install the packages",
        "task_seconds": 12.0,
        "done": ["Database"],
        "left": ["Verify"],
        "journal": str(tmp_path / "runs" / "20231114-221320-5.jsonl"),
    }


ENDS: dict[str, tuple[list[Line], bool]] = {
    "killed": ([], True),
    "Ctrl-C": ([end(130)], True),
    "done": ([end(0)], False),
    "failed": ([end(1)], False),
    "refused": ([end(3)], False),
}


@pytest.mark.parametrize(("lines", "expected"), ENDS.values(), ids=ENDS)
def test_a_run_without_its_last_line_was_stopped(tmp_path: Path, lines: list[Line], *, expected: bool) -> None:
    assert past(tmp_path, begin(), *STOPPED, *lines).was_stopped is expected


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_is_survived(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path, begin(), *STOPPED, end())
    path.write_bytes(path.read_bytes()[:-cut] + b"\0" * (cut > 1))
    found = journal.read(path)
    assert found is not None
    assert (found.exit_code, found.was_stopped) == ((0, False) if cut == 1 else (None, True))


UNREADABLE = {
    "empty": "",
    "torn": '{"event": "begin", "jour',
    "no journal": '{"event": "play_start"}\n',
    "newer": json.dumps(begin(journal=2)),
    "a list": "[]",
    "no options": json.dumps(begin(options=None)),
    "binary": "\x00\x00\n",
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_journal_of_ours_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    assert journal.read(path) is None


def test_a_journal_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert journal.read(tmp_path / "a.jsonl") is None


OTHERS: dict[str, Line] = {
    "verify": begin(command="verify"),
    "check": begin(options={"check": True}),
    "unreadable": {},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_only_a_deployment_is_gone_on_with(tmp_path: Path, other: Line) -> None:
    write(tmp_path, begin("--lab"), *STOPPED)
    write(tmp_path, other, name="20231114-230000-6.jsonl")
    found = journal.last_deployment(State(tmp_path))
    assert found is not None
    assert found.argv == ("--lab",)


def test_words_of_a_journal_cannot_harm_a_terminal(tmp_path: Path) -> None:
    found = past(tmp_path, begin(place="ctl\x1b[2J"), end(1, "a\nb\x07"))
    assert (found.place, found.message) == ("ctl?[2J", "a b?")


@pytest.mark.parametrize(("later", "form"), [(60, 5), (86400 * 2, 16)], ids=["today", "another day"])
def test_a_time_has_its_day_unless_that_is_today(later: int, form: int) -> None:
    assert len(journal.when(BEGAN, BEGAN + later)) == form


def told(found: Past) -> list[str]:
    stream = io.StringIO()
    retrospect.show(found, Console(file=stream, width=100, color_system=None, highlight=False))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_the_table_says_what_was_done_and_what_is_left(tmp_path: Path) -> None:
    found = past(tmp_path, begin("--lab", "--set", "a=b c"), *STOPPED)
    assert told(found) == [
        f"The run of {journal.when(BEGAN)} on ctl was stopped in Image (Install the packages, after 12 s).",
        "✓  Look      passed                             2.0 s",
        "✓  Database  1 changed                          7.0 s",
        "✗  Image     stopped at: Install the packages  31.0 s",
        "·  Verify    left",
        "Now again: deploy.py --lab --set 'a=b c'",
    ]


def test_the_table_of_a_run_that_failed_says_why(tmp_path: Path) -> None:
    lines = [play("Image", 0), task("Image", "T", 0), result("Image", "T", "failed")]
    found = past(tmp_path, begin(version="9"), *lines, {"event": "stats", "time": BEGAN + 2, "hosts": {}}, end(1, "no"))
    assert told(found)[0] == f"The run of {journal.when(BEGAN)} on ctl of glance-deploy 9 ended with 1: no."
