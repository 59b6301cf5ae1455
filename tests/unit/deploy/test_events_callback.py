"""What the callback plugin takes from a result. A real run is in test_runner.py."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.callback.events import MAX_STEPS, MAX_TEXT, readable

PROBLEM = {"what": "disk", "where": "h", "mend": "free some", "password": "hunter2"}
ARGUMENTS = {"invocation": {"module_args": {"password": "hunter2"}}, "diff": {"before": "hunter2"}, "stdout": "hunter2"}

CASES: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "ok": ({"changed": False, "msg": "hunter2", **ARGUMENTS}, "ok", {}),
    "changed": ({"steps": ["a", "b"], **ARGUMENTS}, "changed", {"steps": ["a", "b"]}),
    "loop": (
        {"results": [{"steps": ["a"]}, {"steps": ["b"]}, "odd"], "steps": ["c"]},
        "changed",
        {"steps": ["a", "b"]},
    ),
    "steps of another kind": ({"steps": "text"}, "changed", {}),
    "nothing due": ({"due": []}, "ok", {"due": []}),
    "due": ({"due": ["install glance-api"]}, "ok", {"due": ["install glance-api"]}),
    "due by service": (
        {"due": {"glance": ["a", "b"], "keystone": [], "mariadb": "c"}, "steps": ["s"]},
        "ok",
        {"steps": ["s"], "due": ["glance: a", "glance: b", "mariadb: c"]},
    ),
    "failed": (
        {"failed": True, "msg": "m", "hint": "h", "problems": [PROBLEM, "odd"], **ARGUMENTS},
        "failed",
        {"message": "m", "hint": "h", "problems": [{"what": "disk", "where": "h", "mend": "free some"}]},
    ),
    "failed in a loop": (
        {"failed": True, "msg": "One or more items failed", "results": [{"msg": "fine"}, {"failed": True, "msg": "m"}]},
        "failed",
        {"message": "m", "hint": "", "problems": []},
    ),
    "failed command": (
        {"failed": True, "msg": "non-zero return code", "stderr": "a\nb\n"},
        "failed",
        {"message": "b", "hint": "", "problems": []},
    ),
    "failed lookup": (
        {
            "failed": True,
            "msg": "Task failed: Finalization of task args for 'x' failed: Error while resolving value for 'y': "
            "The lookup plugin 'glance_deploy.openstack.secret' failed: secrets.yml is damaged; restore it",
        },
        "failed",
        {"message": "secrets.yml is damaged; restore it", "hint": "", "problems": []},
    ),
    "failed silently": ({"failed": True}, "failed", {"message": "no message", "hint": "", "problems": []}),
    "unreachable": ({"unreachable": True, "msg": "m"}, "unreachable", {"message": "m", "hint": "", "problems": []}),
    "no_log": (
        {"failed": True, "censored": "x", "msg": "hunter2"},
        "failed",
        {"message": "the reason is hidden, because the task handles secrets (no_log)"},
    ),
}


@pytest.mark.parametrize(("result", "outcome", "expected"), CASES.values(), ids=CASES)
def test_only_what_is_meant_for_people_is_taken(result: dict[str, Any], outcome: str, expected: dict[str, Any]) -> None:
    assert readable(result, outcome) == expected


def test_long_results_are_cut() -> None:
    assert len(readable({"failed": True, "msg": "x" * 9999}, "failed")["message"]) == MAX_TEXT
    assert len(readable({"steps": ["x"] * 9999}, "changed")["steps"]) == MAX_STEPS
