"""ansible-playbook site.yml on a bare Debian 13 host: check, deploy, again, check."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from .conftest import ANSIBLE, Lab, Outcome, execute, totals


@pytest.fixture(scope="module")
def lab(make_lab: Callable[..., Lab]) -> Lab:
    return make_lab("test-other-door", "--suite", "trixie")


def site(lab: Lab, *options: str) -> Outcome:
    """Run site.yml with the lab's inventory."""
    return execute(ANSIBLE, "-i", lab.inventory, *options, "site.yml")


@pytest.fixture(scope="module")
def first(lab: Lab) -> Outcome:
    return site(lab, "--diff")


def test_check_mode_on_a_bare_host_does_not_fail(lab: Lab) -> None:
    check = site(lab, "--check", "--diff").expect()
    assert totals(check)["changed"] > 0
    assert lab.read("host1", "ls /etc/glance /etc/mysql 2>/dev/null || true") == ""


def test_the_first_run_deploys(first: Outcome) -> None:
    assert totals(first.expect())["failed"] == 0


def test_the_second_run_changes_nothing(lab: Lab, first: Outcome) -> None:
    first.expect()
    assert totals(site(lab).expect())["changed"] == 0


def test_check_mode_on_a_deployed_host_shows_no_change_and_no_secret(lab: Lab, first: Outcome) -> None:
    first.expect()
    check = site(lab, "--check", "--diff").expect()
    assert totals(check)["changed"] == 0
    conf = lab.read("host1", "cat /etc/glance/glance-api.conf /etc/keystone/keystone.conf /root/admin-openrc")
    secrets = re.findall(r"(?:password = |secret_key = |:(?=\w{40}@)|OS_PASSWORD=)(\w{40})", conf)
    assert len(secrets) >= 5
    assert not [secret for secret in secrets if secret in first.stdout + check.stdout]
