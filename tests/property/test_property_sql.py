"""Names and passwords to SQL: whatever they are, the server gets what was meant, and a second run has nothing to do."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database import (
    normalised,
    plan_absent,
    plan_present,
    privileges_in,
    quote,
    wish,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database_gateway import Login, MariaDB
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database_run import bring as bring_module
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError, Plan
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.property import hostile
from tests.property.model_mariadb import RIGHTS, Entry, Server, Who, reaches
from tests.property.trying import told, tried
from tests.unit.plugins.fake_run import FakeRun

T = TypeVar("T")

# Few names that differ little, and any others.
DATABASES = st.sampled_from(["gl_nce", "glXnce", "gl%", "gl\\_nce", "gl`nce", "gl", "Gl_nce"]) | hostile.texts(
    min_parts=1
)
USERS = st.sampled_from(["glance", "gl'ance", "a@b", "%s", "x ON `gl_nce`.* TO y", "x\\"]) | hostile.texts(min_parts=1)
HOSTS = st.sampled_from(["localhost", "%", "10.0.0.%", "Host.Example", "a'b", "\\", "%s"])
PASSWORDS = hostile.secrets(control=True)
WORDS = st.sampled_from([*sorted(RIGHTS), "GRANT OPTION", "select", "All", "ALL PRIVILEGES", "USAGE", " create  view "])
LIKELY = st.lists(WORDS, min_size=1, max_size=4)
PRIVILEGES = st.just(["ALL"]) | LIKELY | LIKELY | LIKELY | st.lists(WORDS | hostile.texts(max_parts=2), max_size=2)


@st.composite
def wishes(draw: DrawFn) -> dict[str, Any]:
    account = {"name": USERS, "hosts": st.lists(HOSTS, min_size=1, max_size=2, unique_by=str.lower)}
    rest = {"password": PASSWORDS, "privileges": PRIVILEGES}
    accounts = st.lists(st.fixed_dictionaries({**account, **rest}), max_size=2, unique_by=lambda one: one["name"])
    words = st.sampled_from(["utf8mb4", "latin1", "utf8mb4_bin"])
    words = words | words | words | hostile.texts(max_parts=1)
    place = {"login_host": None, "login_unix_socket": "/s", "login_port": 3306, "login_user": "root"}
    return {
        **place,
        "login_password": None,
        "login_tls": None,
        "name": draw(DATABASES),
        "charset": draw(words),
        "collation": draw(st.none() | words),
        "accounts": draw(accounts),
        "state": "present",
        "confirm_absent": False,
    }


@st.composite
def servers(draw: DrawFn, params: dict[str, Any]) -> Server:
    """A server that others used before: with parts of the wish, in their own way, and with what is not ours."""
    server = Server()
    for name in draw(st.lists(DATABASES | st.just(params["name"]), max_size=3)):
        server.databases[name] = draw(st.sampled_from([(), ("images", "od`d")]))
    named = [(one["name"], host.lower(), one["password"]) for one in params["accounts"] for host in one["hosts"]]
    likely = st.sampled_from(named) if named else st.nothing()
    for user, host, password in draw(st.lists(likely | st.tuples(USERS, HOSTS.map(str.lower), PASSWORDS), max_size=3)):
        known = draw(st.booleans())
        server.accounts[user, host] = Entry(password if known else "other", is_native=draw(st.booleans()))
        levels = st.sampled_from([params["name"], params["name"].replace("_", "\\_")]) | DATABASES
        rights = st.frozensets(st.sampled_from([*sorted(RIGHTS), "GRANT OPTION"]), min_size=1, max_size=3) | st.just(
            RIGHTS
        )
        server.rights[user, host] = draw(st.dictionaries(levels, rights, max_size=2))
    return server


def of_others(entries: Mapping[Who, T], wanted: Collection[Who]) -> dict[Who, T]:
    return {who: entry for who, entry in entries.items() if who not in wanted}


def bring(server: Server, params: dict[str, Any]) -> Plan:
    return bring_module(params, Context(FakeRun()), lambda login: MariaDB(login, server.connect)).plan


@settings(max_examples=400)
@given(st.data(), wishes())
def test_the_wish_comes_true_and_nothing_else(data: st.DataObject, params: dict[str, Any]) -> None:
    server = data.draw(servers(params))
    before = copy.deepcopy((server.databases, server.accounts, server.rights))
    try:
        bring(server, params)
    except DeployError:
        return
    wanted = {(one["name"], host.lower()): one for one in params["accounts"] for host in one["hosts"]}
    assert server.databases == {params["name"]: (), **before[0]}
    for who, one in wanted.items():
        assert server.accounts[who].password == one["password"]
    assert of_others(server.accounts, wanted) == of_others(before[1], wanted)
    assert of_others(server.rights, wanted) == of_others(before[2], wanted)
    assert not bring(server, params), "a second run has something to do"


@settings(max_examples=200)
@given(wishes())
def test_rights_reach_the_wished_database_alone(params: dict[str, Any]) -> None:
    assume(params["accounts"])
    server = Server()
    try:
        bring(server, params)
    except DeployError:
        return
    for levels in server.rights.values():
        (level,) = levels
        assert reaches(level, params["name"])
        for other in ("glXnce", "glance", params["name"] + "x", params["name"].replace("_", "x"), "mysql"):
            assert other == params["name"] or not reaches(level, other)


@settings(max_examples=200)
@given(st.data(), wishes())
def test_absent_asks_first_and_drops_what_is_named_alone(data: st.DataObject, params: dict[str, Any]) -> None:
    server = data.draw(servers(params))
    before = copy.deepcopy((server.databases, server.accounts))
    named = {(one["name"], host.lower()) for one in params["accounts"] for host in one["hosts"]}
    due = params["name"] in before[0] or bool(named & set(before[1]))
    try:
        wish({**params, "state": "absent"})
    except DeployError:
        return
    if due:
        with pytest.raises(DeployError, match="without confirm_absent"):
            bring(server, {**params, "state": "absent"})
    assert (server.databases, server.accounts) == before
    assert bool(bring(server, {**params, "state": "absent", "confirm_absent": True})) == due
    assert server.databases == {name: tables for name, tables in before[0].items() if name != params["name"]}
    assert server.accounts == {who: entry for who, entry in before[1].items() if who not in named}
    assert not bring(server, {**params, "state": "absent"})


@settings(max_examples=200)
@given(st.data(), wishes())
def test_no_password_is_told_and_none_stands_in_a_statement(data: st.DataObject, params: dict[str, Any]) -> None:
    server = data.draw(servers(params))
    desired = tried(lambda: wish(params), DeployError)
    if isinstance(desired, DeployError):
        assert "Zq7" not in told(desired)
        return
    actual = MariaDB(Login("/s"), server.connect).read(desired)
    for plan in (plan_present(actual, desired), plan_absent(actual, desired)):
        assert "Zq7" not in repr([plan, plan.titles(), plan.diff()])
        statements = [sql for step in plan.steps for sql, _ in step.arguments["statements"]]
        assert "Zq7" not in "".join(statements)


@settings(max_examples=250)
@given(hostile.texts())
def test_a_quoted_name_is_that_name(name: str) -> None:
    server = Server()
    server.execute(f"CREATE DATABASE {quote(name)} CHARACTER SET utf8mb4", None, ("root", "localhost"))
    assert list(server.databases) == [name]


@settings(max_examples=250)
@given(st.data(), wishes(), st.frozensets(st.sampled_from(sorted(RIGHTS)), min_size=1))
def test_the_servers_own_lines_tell_the_rights(
    data: st.DataObject, params: dict[str, Any], rights: frozenset[str]
) -> None:
    try:
        desired = wish(params)
    except DeployError:
        return
    server, who = data.draw(servers(params)), ("x", "%")
    mine = desired.level.removesuffix(".*")[1:-1].replace("``", "`")
    server.rights[who] = {**data.draw(st.dictionaries(DATABASES, st.just(RIGHTS), max_size=2)), mine: rights}
    lines = [line for (line,) in server._grants(who)]
    assert privileges_in(lines, desired) == normalised(["ALL"] if rights == RIGHTS else rights)
    assert privileges_in([*data.draw(st.lists(hostile.texts(), max_size=3)), *lines], desired)
