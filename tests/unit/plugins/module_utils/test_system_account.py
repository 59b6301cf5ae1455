"""Accounts of the system: made once, and left alone when they are there."""

from __future__ import annotations

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context
from ansible_collections.glance_deploy.openstack.plugins.module_utils._system_account import bring

from tests.unit.plugins.fake_run import FakeRun

NEW = {"name": "nobody-has-this", "home": "/var/lib/it"}


def test_an_account_is_made_with_its_group() -> None:
    run = FakeRun()
    assert bring(NEW, Context(run)).plan.titles() == ["make: group nobody-has-this", "make: account nobody-has-this"]
    assert run.commands == [
        "groupadd --system -- nobody-has-this",
        "useradd --system --gid nobody-has-this --home-dir /var/lib/it --no-create-home --shell /usr/sbin/nologin"
        " -- nobody-has-this",
    ]


def test_one_that_is_there_stays() -> None:
    run = FakeRun()
    assert not bring({"name": "root", "home": "/elsewhere"}, Context(run)).plan
    assert run.commands == []


def test_check_mode_makes_nothing() -> None:
    run = FakeRun()
    assert bring(NEW, Context(run, check_mode=True)).plan
    assert run.commands == []


def test_a_refusal_is_told() -> None:
    run = FakeRun({"groupadd": (10, "", "groupadd: cannot lock /etc/group; try again later.")})
    with pytest.raises(DeployError, match="groupadd failed: groupadd: cannot lock"):
        bring(NEW, Context(run))
