"""The stream of a run: garbage is Malformed and nothing worse, and the words of a host are harmless."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from ansible_collections.glance_deploy.openstack.plugins.callback.events import MAX_TEXT, readable
from hypothesis import given, settings
from hypothesis import strategies as st

from glance_deploy import events
from glance_deploy.events import Malformed, TaskResult, Unknown
from tests.property import hostile, streams

RESULT: dict[str, Any] = {
    "msg": "it failed",
    "stderr": "line\nlast",
    "hint": "x",
    "failed": True,
    "steps": ["a"],
    "problems": [{"what": "w", "where": "h", "mend": "m"}],
    "results": [{"failed": True, "msg": "one", "steps": ["b"], "problems": []}],
}
# A result is a mapping at least: Ansible sees to that.
RESULTS = hostile.lies(RESULT).filter(lambda document: isinstance(document, dict))


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in an event."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from texts_in(list(pair))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


@settings(max_examples=500)
@given(streams.LIES | streams.LIES | hostile.broken_texts() | st.just('{"a":' * 50_000))
def test_any_line_is_an_event(line: str) -> None:
    event = events.parse(line)
    assert isinstance(event, events.Event)
    assert len(event.reason if isinstance(event, Malformed) else "") <= 200


@settings(max_examples=300)
@given(streams.LINES)
def test_what_an_event_says_is_harmless(line: str) -> None:
    event = events.parse(line)
    assert not isinstance(event, Unknown)
    for text in texts_in(dataclasses.asdict(event)):
        assert streams.harmless(text), repr(text)
        assert "\n" not in text


@settings(max_examples=400)
@given(RESULTS | st.dictionaries(st.sampled_from(list(RESULT)), hostile.json_values()), streams.OUTCOMES)
def test_any_result_of_a_module_is_told(result: dict[str, Any], outcome: str) -> None:
    details = readable(result, outcome)
    assert all(len(text) <= MAX_TEXT for text in texts_in(details))
    written = json.dumps(
        {"event": "result", "host": "h", "play": "P", "task": "T", "outcome": outcome, "seconds": 1, **details}
    )
    event = events.parse(written)
    assert isinstance(event, TaskResult)
    assert event.is_failure or outcome not in {"failed", "unreachable"}
    assert not event.message or outcome not in {"ok", "changed", "skipped"}


@settings(max_examples=150)
@given(hostile.secrets(), RESULTS, streams.OUTCOMES)
def test_what_a_result_holds_besides_is_not_told(password: str, result: dict[str, Any], outcome: str) -> None:
    hidden = {"invocation": {"module_args": {"password": password}}, "diff": {"after": password}, "stdout": password}
    assert "Zq7" not in json.dumps(readable({**result, **hidden}, outcome), ensure_ascii=False)
    censored = {"censored": "the output has been hidden", "failed": True, "msg": password, "stderr": password}
    assert "Zq7" not in json.dumps(readable(censored, "failed"), ensure_ascii=False)


@settings(max_examples=200)
@given(st.one_of(hostile.broken_texts(), hostile.json_values()))
def test_one_line_is_one_harmless_line(value: Any) -> None:
    text = events.one_line(value)
    assert streams.harmless(text)
    assert len(text.splitlines()) <= 1
