"""The plan for a database: every behaviour with the case in which there is nothing to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database import (
    Account,
    Actual,
    ActualAccount,
    Database,
    native_hash,
    normalised,
    plan_absent,
    plan_present,
    privileges_in,
    wish,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError, Plan

ALL = frozenset({"ALL"})
LOCAL = Account("glance", "localhost", "secret-1")
ANYWHERE = Account("glance", "%", "secret-1")
GLANCE = Database("glance", accounts=(LOCAL, ANYWHERE))
DONE = ActualAccount(password_works=True, privileges=ALL)


def actual(**accounts: ActualAccount) -> Actual:
    hosts = {"local": "localhost", "anywhere": "%"}
    return Actual(True, ("images",), {("glance", hosts[key]): account for key, account in accounts.items()}, "11.8")


def desired(*privileges: str) -> Database:
    return Database("glance", accounts=(dataclasses.replace(LOCAL, privileges=frozenset(privileges)),))


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    actual: Actual
    desired: Database
    steps: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()


LOCAL_GRANT = "GRANT ALL ON `glance`.* TO %s@%s"
PRESENT = [
    Case(
        "an empty server gets everything",
        Actual(),
        GLANCE,
        (
            "create: database glance",
            "create: account glance@localhost",
            "grant: rights of account glance@localhost on glance",
            "create: account glance@%",
            "grant: rights of account glance@% on glance",
        ),
        (
            "CREATE DATABASE `glance` CHARACTER SET utf8mb4",
            "CREATE USER %s@%s IDENTIFIED BY %s",
            LOCAL_GRANT,
            "CREATE USER %s@%s IDENTIFIED BY %s",
            LOCAL_GRANT,
        ),
    ),
    Case("all is there: nothing", actual(local=DONE, anywhere=DONE), GLANCE),
    Case(
        "a collation is asked for",
        Actual(),
        Database("glance", "utf8mb4", "utf8mb4_bin"),
        ("create: database glance",),
        ("CREATE DATABASE `glance` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",),
    ),
    Case("an existing database keeps its own: nothing", actual(), Database("glance", "latin1", "latin1_bin")),
    Case(
        "one account is missing",
        actual(local=DONE),
        GLANCE,
        ("create: account glance@%", "grant: rights of account glance@% on glance"),
        ("CREATE USER %s@%s IDENTIFIED BY %s", LOCAL_GRANT),
    ),
    Case(
        "a password does not work",
        actual(local=ActualAccount(False, ALL), anywhere=DONE),
        GLANCE,
        ("change: password of account glance@localhost",),
        ("ALTER USER %s@%s IDENTIFIED BY %s",),
    ),
    Case(
        "rights are missing",
        actual(local=ActualAccount(True, frozenset({"SELECT"}))),
        desired("ALL"),
        ("grant: rights of account glance@localhost on glance",),
        (LOCAL_GRANT,),
    ),
    Case("rights are there: nothing", actual(local=ActualAccount(True, frozenset({"SELECT"}))), desired("SELECT")),
    Case(
        "fewer rights are asked for than ALL",
        actual(local=DONE),
        desired("SELECT", "INSERT"),
        ("grant: rights of account glance@localhost on glance",),
        ("REVOKE ALL ON `glance`.* FROM %s@%s", "GRANT INSERT, SELECT ON `glance`.* TO %s@%s"),
    ),
    Case(
        "other rights are asked for",
        actual(local=ActualAccount(True, frozenset({"SELECT", "DROP"}))),
        desired("SELECT", "INSERT"),
        ("grant: rights of account glance@localhost on glance",),
        ("REVOKE DROP ON `glance`.* FROM %s@%s", "GRANT INSERT ON `glance`.* TO %s@%s"),
    ),
    Case(
        "names of any characters",
        actual(),
        Database("a`b_%\\ é", accounts=(LOCAL,)),
        ("create: account glance@localhost", "grant: rights of account glance@localhost on a`b_%\\ é"),
        ("CREATE USER %s@%s IDENTIFIED BY %s", "GRANT ALL ON `a``b\\_\\%%\\\\ é`.* TO %s@%s"),
    ),
]
ABSENT = [
    Case(
        "what is there goes, and nothing else",
        actual(anywhere=DONE),
        GLANCE,
        ("drop: database glance", "drop: account glance@%"),
        ("DROP DATABASE `glance`", "DROP USER %s@%s"),
    ),
    Case("nothing is there: nothing", Actual(), GLANCE),
]


def statements(plan: Plan) -> tuple[str, ...]:
    return tuple(sql for step in plan.steps for sql, _ in step.arguments["statements"])


@pytest.mark.parametrize("case", PRESENT, ids=attrgetter("name"))
def test_plan_present(case: Case) -> None:
    plan = plan_present(case.actual, case.desired)
    assert (tuple(plan.titles()), statements(plan)) == (case.steps, case.sql)


@pytest.mark.parametrize("case", ABSENT, ids=attrgetter("name"))
def test_plan_absent(case: Case) -> None:
    plan = plan_absent(case.actual, case.desired)
    assert (tuple(plan.titles()), statements(plan)) == (case.steps, case.sql)


@pytest.mark.parametrize("state", [Actual(), actual(local=ActualAccount(False, ALL))])
def test_passwords_stay_in_the_values(state: Actual) -> None:
    plan = plan_present(state, GLANCE)
    assert "secret-1" not in repr((plan, plan.titles(), plan.diff(), GLANCE, statements(plan)))
    assert any("secret-1" in values for step in plan.steps for _, values in step.arguments["statements"])


@pytest.mark.parametrize(
    ("line", "privileges"),
    [
        ("GRANT ALL PRIVILEGES ON `my\\_db`.* TO `glance`@`%`", {"ALL"}),
        ("GRANT SELECT, CREATE TEMPORARY TABLES ON `my\\_db`.* TO `glance`@`%`", {"SELECT", "CREATE TEMPORARY TABLES"}),
        ("GRANT ALL PRIVILEGES ON `my\\_db`.* TO `glance`@`%` WITH GRANT OPTION", {"ALL"}),
        ("GRANT ALL PRIVILEGES ON `my_db`.* TO `glance`@`%`", set()),
        ("GRANT SELECT ON `my\\_db`.`images` TO `glance`@`%`", set()),
        ("GRANT USAGE ON *.* TO `glance`@`%` IDENTIFIED BY PASSWORD '*0'", set()),
        ("GRANT `reader` TO `glance`@`%`", set()),
    ],
)
def test_rights_are_read_from_grants(line: str, privileges: set[str]) -> None:
    assert privileges_in([line], Database("my_db")) == privileges


def test_rights_are_spelled_in_one_way() -> None:
    assert normalised(["select", " Create  temporary tables"]) == {"SELECT", "CREATE TEMPORARY TABLES"}
    assert normalised(["SELECT", "all privileges"]) == ALL
    assert normalised(["USAGE"]) == set()


def test_hash_is_mariadbs_own() -> None:
    # SELECT PASSWORD('password')
    assert native_hash("password") == "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"


def params(**changes: Any) -> dict[str, Any]:
    account = {"name": "glance", "hosts": ["LocalHost", "%"], "password": "x", "privileges": ["all"]}
    plain = {"name": "glance", "charset": "utf8mb4", "collation": None, "accounts": [account], "state": "present"}
    return {**plain, **changes}


def account(**changes: Any) -> Mapping[str, Any]:
    return {**params()["accounts"][0], **changes}


def test_wish_counts_accounts_by_host() -> None:
    database = wish(params())
    assert [str(one) for one in database.accounts] == ["glance@localhost", "glance@%"]
    assert database.accounts[0].privileges == ALL


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "has 0 characters"),
        ({"name": "x" * 65}, "has 65 characters"),
        ({"charset": "utf8; DROP"}, "is not a name that MariaDB has"),
        ({"charset": ""}, "is not a name that MariaDB has"),
        ({"collation": "ütf8"}, "is not a name that MariaDB has"),
        ({"accounts": [account(name="x" * 81)]}, "cannot hold an account"),
        ({"accounts": [account(hosts=[""])]}, "cannot hold an account"),
        ({"accounts": [account(), account(hosts=["localhost"])]}, "glance@localhost is listed 2 times"),
        ({"accounts": [account(password=None)]}, "has no password"),
        ({"accounts": [account(password="")]}, "has no password"),
        ({"accounts": [account(privileges=["SELECT; DROP"])]}, "rights that MariaDB does not have: SELECT; DROP"),
        ({"accounts": [account(privileges=[])]}, "rights that MariaDB does not have: none"),
    ],
)
def test_wish_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DeployError, match=message) as caught:
        wish(params(**changes))
    assert caught.value.hint


def test_nothing_but_names_is_needed_to_remove() -> None:
    assert wish(params(state="absent", accounts=[account(password=None, privileges=[])])).accounts
