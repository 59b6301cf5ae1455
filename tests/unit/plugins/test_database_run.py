"""Accounts without a name, as a resource."""

from __future__ import annotations

from typing import Any

import pymysql
import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database_gateway import MariaDB, UnreachableError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database_run import (
    bring_anonymous,
    plan_anonymous,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_mariadb import Server
from tests.unit.plugins.fake_run import FakeRun


@pytest.fixture
def server() -> Server:
    server = Server()
    server.users = [("", "localhost", "", ""), ("glance", "%", "", ""), ("", "db%1", "", "")]
    return server


def bring(server: Server, **context: Any) -> list[str]:
    def connect(login: Any) -> MariaDB:
        return MariaDB(login, server.connect)

    return bring_anonymous({"socket": "/sock"}, Context(FakeRun(), **context), connect).plan.titles()


def dropped(server: Server) -> list[Any]:
    return [told for told in server.told if told[0].startswith("DROP")]


@pytest.mark.parametrize(("hosts", "titles"), [([], []), (["%"], ["drop: anonymous account @%"])], ids=["noop", "one"])
def test_plan(hosts: list[str], titles: list[str]) -> None:
    assert plan_anonymous(hosts).titles() == titles


def test_accounts_without_a_name_are_dropped_and_no_others(server: Server) -> None:
    assert bring(server) == ["drop: anonymous account @db%1", "drop: anonymous account @localhost"]
    assert dropped(server) == [("DROP USER ''@%s", ("db%1",)), ("DROP USER ''@%s", ("localhost",))]
    assert server.opened[0]["unix_socket"] == "/sock"


def test_check_mode_drops_nothing(server: Server) -> None:
    assert len(bring(server, check_mode=True)) == 2
    assert dropped(server) == []


def test_a_server_that_is_not_there_yet_is_a_fault_of_a_real_run_only(server: Server) -> None:
    server.faults["connect"] = pymysql.OperationalError(2002, "no")
    assert bring(server, check_mode=True, tentative=True) == []
    with pytest.raises(UnreachableError):
        bring(server)
