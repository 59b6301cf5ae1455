"""The words of a hostile host on people's screens: never markup, never commands to a terminal."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from glance_deploy import events, summary, ui
from glance_deploy.errors import ExitCode, Problem
from glance_deploy.recorder import Recorder
from glance_deploy.result import Result
from tests.property import hostile, streams

# What the live line itself needs: hide and show the cursor, go up, clear the line, go back to its start.
LIVE = re.compile(r"\x1b\[(\?25[lh]|2K|\d+A|1A)|\r")
RUN: dict[str, Any] = {
    "command": "deploy",
    "place": "h",
    "seconds": 1.0,
    "changed": 0,
    "tasks": 1,
    "stages": [],
    "changes": [],
    "warnings": [],
    "options": {},
    "files": {"report": "/r.json"},
}


def screen(*, is_terminal: bool) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, force_terminal=is_terminal, width=200, highlight=False, color_system=None), stream


def shown(result: Result) -> str:
    console, stream = screen(is_terminal=True)
    summary.show(result, console)
    return stream.getvalue()


@settings(max_examples=250)
@given(st.lists(streams.LINES, min_size=1, max_size=6), st.lists(hostile.texts(), max_size=2), st.booleans())
def test_progress_cannot_harm_a_terminal(lines: list[str], printed: list[str], is_terminal: bool) -> None:
    console, stream = screen(is_terminal=is_terminal)
    view = ui.progress(console)
    recorder = Recorder(view, now=lambda: 100.0)
    for line in lines:
        recorder.add(events.parse(line))
    for line in printed:
        view.output(line)
    recorder.stop()
    view.close()
    assert streams.harmless(LIVE.sub("", stream.getvalue())), repr(stream.getvalue())


@settings(max_examples=200)
@given(streams.worded(streams.FOUND))
def test_a_success_cannot_harm_a_terminal(found: dict[str, Any]) -> None:
    line = events.parse(_stats(found))
    assert isinstance(line, events.Stats)
    recorder = Recorder(now=lambda: 1.0)
    recorder.add(line)
    text = shown(Result("deploy", report={**RUN, "verification": recorder.verification}))
    assert streams.harmless(text), repr(text)


def _stats(found: Any) -> str:
    return json.dumps({"event": "stats", "time": 1, "hosts": {}, "custom": {"h": {"glance_report": found}}})


@settings(max_examples=200)
@given(hostile.lies(streams.FOUND))
def test_a_report_of_another_shape_is_shown_as_far_as_it_goes(found: Any) -> None:
    line = events.parse(_stats(found))
    recorder = Recorder(now=lambda: 1.0)
    recorder.add(line)
    assert "Glance works on h" in shown(Result("deploy", report={**RUN, "verification": recorder.verification}))


@settings(max_examples=200)
@given(*[hostile.texts(control=False).filter(str.isprintable) for _ in range(3)], st.sampled_from(ExitCode))
def test_words_are_shown_as_they_are(what: str, where: str, hint: str, code: ExitCode) -> None:
    found = Problem(f"a{what}z", f"b{where}y", f"c{hint}x")
    text = shown(Result("deploy", ExitCode.FAILED if code is ExitCode.DONE else code, f"d{what}w", hint, (found,), RUN))
    flat = "".join(text.split())
    for words in (found.what, found.where, found.mend, f"d{what}w"):
        assert "".join(words.split()) in flat


@pytest.mark.parametrize("words", ["[red]x[/red]", "[/]", "[link=http://x]y", "\\[x]"])
def test_markup_is_not_markup(words: str) -> None:
    console, stream = screen(is_terminal=False)
    view = ui.PlainProgress(console)
    view.output(words)
    assert stream.getvalue() == f"{words}\n"
