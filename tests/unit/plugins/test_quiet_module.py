from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError, Plan, Step
from ansible_collections.glance_deploy.openstack.plugins.module_utils._quiet_module import QuietModule, settle
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context, Outcome

SPEC = {"users": {"type": "list", "elements": "dict", "options": {"password": {"type": "str", "no_log": True}}}}

Bring = Callable[[Mapping[str, Any], Context], Outcome]


class Recorded(QuietModule):
    """Keeps what would go to the system log."""

    lines: tuple[str, ...] = ()

    def log(self, msg: str, log_args: object = None) -> None:
        del log_args
        self.lines = (*self.lines, msg)


@pytest.mark.parametrize("password", ["plain", "p@ss/w:rd%$#'\"\\ é"])
def test_parameters_are_not_logged(password: str) -> None:
    with patch_module_args({"users": [{"password": password}]}):
        module = Recorded(SPEC)
    assert module.params["users"][0]["password"] == password
    assert module.lines == ("Invoked",)


def outcome(_params: Mapping[str, Any], context: Context) -> Outcome:
    """Stand in for a kind that has one thing to do, and tells of its context."""
    report = {"modes": [context.check_mode, context.tentative]}
    return Outcome(Plan((Step("write", "/x", "a", "b"),)), report)


def fail(_params: Mapping[str, Any], _context: Context) -> Outcome:
    raise DeployError("It is broken.", "Mend it.", ["its last words"])


def settled(bring: Bring, capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        settle(Recorded({}, supports_check_mode=True), bring)
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {key: value for key, value in shown.items() if key != "invocation"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, {"modes": [False, False]}),
        ({"_ansible_check_mode": True}, {"modes": [True, True]}),
        ({"_ansible_diff": True}, {"modes": [False, False], "diff": {"before": "/x: a\n", "after": "/x: b\n"}}),
    ],
    ids=["plain", "check mode", "diff mode"],
)
def test_a_module_ends_with_what_its_resource_took(
    capsys: pytest.CaptureFixture[str], arguments: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert settled(outcome, capsys, **arguments) == {"changed": True, "steps": ["write: /x"], **expected}


def test_a_module_with_nothing_to_do_shows_no_diff(capsys: pytest.CaptureFixture[str]) -> None:
    told = settled(lambda _params, _context: Outcome(Plan()), capsys, _ansible_diff=True)
    assert told == {"changed": False, "steps": []}


def test_an_expected_fault_is_one_line_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    told = settled(fail, capsys)
    assert told == {"failed": True, "msg": "It is broken.", "hint": "Mend it.", "log": ["its last words"]}
