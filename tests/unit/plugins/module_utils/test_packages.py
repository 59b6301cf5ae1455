"""Packages, as a resource."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _packages
from ansible_collections.glance_deploy.openstack.plugins.module_utils._apt import Apt
from ansible_collections.glance_deploy.openstack.plugins.module_utils._packages import bring, plan_packages
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_run import FakeRun

HOUR = 3600


@pytest.fixture(autouse=True)
def debian(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine is, the host has apt."""
    monkeypatch.setattr(_packages, "uses_dnf", lambda: False)


def params(**changes: Any) -> dict[str, Any]:
    defaults = {name: spec.get("default") for name, spec in _packages.SPEC.items()}
    return {**defaults, "names": ["glance", "python3-pymysql"], "start_services": True, **changes}


def host(*installed: str) -> FakeRun:
    return FakeRun({"dpkg-query": (0, "".join(f"installed {name}\n" for name in installed), "")})


@pytest.mark.parametrize(
    ("installed", "titles"),
    [
        ("glance python3-pymysql other", []),
        ("glance", ["install: packages python3-pymysql"]),
        ("", ["install: packages glance, python3-pymysql"]),
    ],
    ids=["noop", "one", "all"],
)
def test_plan(installed: str, titles: list[str]) -> None:
    assert plan_packages(params()["names"], frozenset(installed.split())).titles() == titles


def test_what_is_there_is_asked_for_once_and_nothing_else_is_done() -> None:
    run = host("glance", "python3-pymysql")
    assert not bring(params(), Context(run)).plan
    assert len(run.commands) == 1


def test_check_mode_only_asks() -> None:
    run = host()
    assert bring(params(), Context(run, check_mode=True)).plan.titles() == ["install: packages glance, python3-pymysql"]
    assert len(run.commands) == 1


@pytest.mark.parametrize(
    ("age", "is_updated"),
    [(23 * HOUR, False), (24 * HOUR, True), (None, True), (-HOUR, False)],
    ids=["young", "old", "none", "the clock was set back"],
)
def test_lists_are_fetched_when_they_are_old(
    monkeypatch: pytest.MonkeyPatch, age: float | None, is_updated: bool
) -> None:
    run = host("glance")
    monkeypatch.setattr(Apt, "lists_age", lambda _apt, now: age if abs(now - time.time()) < HOUR else 0)
    bring(params(), Context(run))
    assert any(command.endswith(" update") for command in run.commands) is is_updated
    # Only what is missing: naming the rest would upgrade it.
    assert run.commands[-1].endswith(" -- python3-pymysql")


def test_a_host_with_dnf_is_asked_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_packages, "uses_dnf", lambda: True)
    run = FakeRun({"rpm": (1, "glance\nno package provides python3-pymysql\n", "")})
    assert bring(params(), Context(run)).plan.titles() == ["install: packages python3-pymysql"]
    assert [command.split()[0] for command in run.commands] == ["rpm", "dnf"]
    assert run.commands[-1].endswith(" install -- python3-pymysql")
