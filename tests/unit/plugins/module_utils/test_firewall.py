"""Ports in a firewall: opened once, now and for the next start, and never where there is no firewall at work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _firewall
from ansible_collections.glance_deploy.openstack.plugins.module_utils._firewall import bring, open_commands
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_run import FakeRun

ACTIVE = "Status: active\n\nTo                         Action      From\n--                         ------      ----\n"


def having(*programs: str) -> Callable[[str], bool]:
    return lambda name: name in programs


@pytest.mark.parametrize(
    ("programs", "run", "expected"),
    [
        ((), FakeRun(), {}),
        (("ufw",), FakeRun({"ufw status": (0, "Status: inactive\n", "")}), {}),
        (("ufw",), FakeRun({"ufw status": (0, ACTIVE, "")}), {9292: ["ufw allow 9292/tcp"]}),
        (("ufw",), FakeRun({"ufw status": (0, f"{ACTIVE}9292/tcp       ALLOW       Anywhere\n", "")}), {}),
        (
            ("ufw",),
            FakeRun({"ufw status": (0, f"{ACTIVE}19292/tcp      ALLOW       Anywhere\n", "")}),
            {9292: ["ufw allow 9292/tcp"]},
        ),
        (("firewall-cmd",), FakeRun({"firewall-cmd --quiet --state": (252, "", "")}), {}),
        (("firewall-cmd",), FakeRun(), {}),
        (
            ("firewall-cmd",),
            FakeRun({"firewall-cmd --quiet --query-port": (1, "", "")}),
            {
                9292: [
                    "firewall-cmd --quiet --add-port 9292/tcp",
                    "firewall-cmd --quiet --add-port 9292/tcp --permanent",
                ]
            },
        ),
    ],
    ids=[
        "none",
        "ufw off",
        "ufw closed",
        "ufw open",
        "ufw another",
        "firewalld off",
        "firewalld open",
        "firewalld closed",
    ],
)
def test_commands(programs: tuple[str, ...], run: FakeRun, expected: dict[int, list[str]]) -> None:
    found = open_commands([9292], run, having(*programs))
    assert {port: [" ".join(words) for words in commands] for port, commands in found.items()} == expected


def test_it_is_opened_unless_only_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_firewall, "open_commands", lambda *_: {9292: [["ufw", "allow", "9292/tcp"]]})
    run = FakeRun()
    assert bring({"ports": [9292]}, Context(run, check_mode=True)).plan.titles() == [
        "open: port 9292/tcp in the firewall"
    ]
    assert run.commands == []
    bring({"ports": [9292]}, Context(run))
    assert run.commands == ["ufw allow 9292/tcp"]


def test_a_firewall_that_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_firewall, "open_commands", lambda *_: {9292: [["ufw", "allow", "9292/tcp"]]})
    with pytest.raises(DeployError, match="ufw failed: ERROR: problem running"):
        bring({"ports": [9292]}, Context(FakeRun({"ufw": (1, "", "ERROR: problem running")})))
