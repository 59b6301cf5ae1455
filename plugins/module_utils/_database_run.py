# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A service's database, and accounts that nobody should have, as resources."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, Callable

from ._database import Actual, plan_absent, plan_present, wish
from ._database_gateway import Login, MariaDB, UnreachableError
from ._plan import ABSENT, DeployError, Plan, Step, plan
from ._resource import Context, Kind, Outcome

ARGUMENT_SPEC: dict[str, Any] = {
    "login_unix_socket": {"type": "path", "default": "/run/mysqld/mysqld.sock"},
    "login_host": {"type": "str"},
    "login_port": {"type": "int", "default": 3306},
    "login_user": {"type": "str", "default": "root"},
    "login_password": {"type": "str", "no_log": True},
    "login_tls": {
        "type": "dict",
        "options": {"ca_file": {"type": "path"}, "verify": {"type": "bool", "default": True}},
    },
    "name": {"type": "str", "required": True},
    "charset": {"type": "str", "default": "utf8mb4"},
    "collation": {"type": "str"},
    "accounts": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "hosts": {"type": "list", "elements": "str", "default": ["localhost", "%"]},
            "password": {"type": "str", "no_log": True},
            "privileges": {"type": "list", "elements": "str", "default": ["ALL"]},
        },
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "confirm_absent": {"type": "bool", "default": False},
}
ANONYMOUS_SPEC: Mapping[str, Any] = {"socket": {"type": "path", "default": "/run/mysqld/mysqld.sock"}}


def bring(params: Mapping[str, Any], context: Context, connect: Callable[[Login], MariaDB] = MariaDB) -> Outcome:
    """Bring the server to the wish, or find out what that would take.

    Args:
        params: The module's parameters.
        context: The host.
        connect: Opens the connection.

    Raises:
        DeployError: The server does not answer, or refuses.
    """
    desired = wish(params)
    actual, server = Actual(), None
    try:
        server = connect(Login.wished(params))
        actual = server.read(desired)
    except UnreachableError:
        if not context.tentative:
            raise
        server = None
    steps = (plan_present if params["state"] == "present" else plan_absent)(actual, desired)
    if steps and params["state"] == "absent" and not params["confirm_absent"]:
        raise DeployError(
            f"Not dropped without confirm_absent: {', '.join(step.subject for step in steps.steps)} "
            f"({len(actual.tables)} tables).",
            "Set confirm_absent: true when these data may be lost.",
        )
    if server and not context.check_mode:
        server.apply(steps)
    report = {
        "tables": list(actual.tables),
        "empty_tables": list(actual.empty_tables),
        "server_version": actual.server_version,
        "reachable": bool(server),
    }
    return Outcome(steps, report)


def plan_anonymous(hosts: list[str]) -> Plan:
    """Return the steps that drop accounts without a name: whoever can connect would be let in without a password."""
    statement = "DROP USER ''@%s"
    return plan(
        *(
            Step("drop", f"anonymous account @{host}", "present", ABSENT, {"statements": ((statement, (host,)),)})
            for host in hosts
        )
    )


def bring_anonymous(
    params: Mapping[str, Any], context: Context, connect: Callable[[Login], MariaDB] = MariaDB
) -> Outcome:
    """Drop accounts without a name. Debian makes none, a server that is adopted may have some."""
    try:
        with contextlib.closing(connect(Login(unix_socket=params["socket"]))) as server:
            steps = plan_anonymous(server.anonymous())
            if not context.check_mode:
                server.apply(steps)
    except UnreachableError:
        if not context.tentative:
            raise
        steps = plan()
    return Outcome(steps)


DATABASE = Kind(ARGUMENT_SPEC, bring)
ANONYMOUS = Kind(ANONYMOUS_SPEC, bring_anonymous)
