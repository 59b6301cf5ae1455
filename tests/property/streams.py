"""What may be reported of a run: events as the callback writes them, with the words of hostile hosts in them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.property import hostile

WORDS = (
    hostile.texts(max_parts=3)
    | hostile.broken_texts()
    | st.sampled_from(["Preflight", "Verify", "Image", "h1", "[red]x[/]"])
)
PLAYS = st.sampled_from(["Preflight", "Look", "Database", "Image", "Verify"])
TIMES = st.integers(0, 100) | st.sampled_from([float("nan"), float("inf"), -5.0, 10**400])
OUTCOMES = st.sampled_from(["ok", "changed", "failed", "unreachable", "skipped", "ignored", "rescued"])
FOUND: dict[str, Any] = {
    "release": "epoxy",
    "glance_version": "30.0.0",
    "server": "eventlet",
    "tables": ["images", "tasks"],
    "units": [{"name": "glance-api", "enabled": True, "active": True, "workers": 2}],
    "healthcheck": {"url": "http://ctl:9292/healthcheck", "status": 200},
    "versions": [{"id": "v2.17", "status": "CURRENT"}, {"id": "v2.16", "status": "SUPPORTED"}],
    "endpoints": [{"interface": "public", "region": "RegionOne", "url": "http://ctl:9292"}],
    "image": {
        "name": "cirros",
        "id": "1",
        "status": "active",
        "disk_format": "qcow2",
        "size": 5,
        "visibility": "public",
    },
    "source": {"kind": "url", "url": "http://mirror/x", "notes": ["http://other/x: HTTP 404"]},
    "roundtrip": {
        "identical": True,
        "uploaded": True,
        "upload_seconds": 1,
        "download_seconds": 1,
        "sha512_downloaded": "ab",
    },
}
PROBLEMS = st.lists(st.fixed_dictionaries(dict.fromkeys(("what", "where", "mend"), WORDS)), max_size=2)


def worded(document: Any) -> st.SearchStrategy[Any]:
    """Return the document with each text in it put into the mouth of a hostile host."""
    if isinstance(document, dict):
        return st.fixed_dictionaries({name: worded(value) for name, value in document.items()})
    if isinstance(document, list):
        return st.tuples(*map(worded, document)).map(list)
    return WORDS | st.just(document) if isinstance(document, str) else st.just(document)


FACTS = {"host": WORDS, "play": PLAYS | WORDS, "task": WORDS, "time": TIMES}
MORE = {"message": WORDS, "hint": WORDS, "steps": st.lists(WORDS, max_size=2), "problems": PROBLEMS}
COUNTS = st.dictionaries(st.sampled_from(["ok", "failures", "unreachable"]), st.integers(0, 3))
EVENTS = st.one_of(
    st.fixed_dictionaries({"event": st.just("play_start"), "play": FACTS["play"], "time": TIMES}),
    st.fixed_dictionaries({"event": st.just("no_hosts"), "play": FACTS["play"]}),
    st.fixed_dictionaries(
        {"event": st.just("task_start"), "role": WORDS, **{k: FACTS[k] for k in ("play", "task", "time")}}
    ),
    st.fixed_dictionaries(
        {"event": st.just("retry"), "host": WORDS, "task": WORDS, "attempt": TIMES, "attempts": st.integers(0, 5)}
    ),
    st.fixed_dictionaries(
        {"event": st.just("result"), "outcome": OUTCOMES, "seconds": TIMES, **FACTS}, optional={"role": WORDS, **MORE}
    ),
    st.fixed_dictionaries(
        {
            "event": st.just("stats"),
            "time": TIMES,
            "hosts": st.dictionaries(WORDS, COUNTS, max_size=2),
            "custom": st.dictionaries(WORDS, st.fixed_dictionaries({"glance_report": worded(FOUND)}), max_size=2),
        }
    ),
)
LINES = EVENTS.map(json.dumps)
EXAMPLES: list[dict[str, Any]] = [
    {"event": "run_start", "plays": ["Image"]},
    {"event": "play_start", "play": "P", "time": 1},
    {"event": "task_start", "play": "P", "task": "T", "role": "r", "time": 2},
    {"event": "retry", "host": "h", "task": "T", "attempt": 2, "attempts": 5},
    {
        "event": "result",
        "host": "h",
        "play": "P",
        "task": "T",
        "role": "r",
        "outcome": "failed",
        "seconds": 1.5,
        "message": "m",
        "hint": "x",
        "steps": ["a"],
        "problems": [{"what": "w", "where": "h", "mend": "m"}],
        "due": ["x"],
    },
    {"event": "stats", "time": 3, "hosts": {"h": {"ok": 1}}, "custom": {"h": {"glance_report": FOUND}}},
]
LIES = st.sampled_from(EXAMPLES).flatmap(hostile.bodies).map(lambda body: body.decode(errors="replace"))


def harmless(text: str) -> bool:
    """Return whether a terminal only shows the text: no control characters but line ends, no halves of letters."""
    return all(char.isprintable() or char == "\n" for char in text)
