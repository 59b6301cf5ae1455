# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The registration of a service as a whole: what it takes, and how a wish becomes true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._deadline import Deadline
from ._identity import Actual, Registration, wish
from ._identity_faults import UnreachableError
from ._identity_gateway import Keystone
from ._identity_plan import plan_absent, plan_present, registered
from ._identity_session import Access, connect
from ._identity_trial import Account
from ._plan import DeployError
from ._resource import Context, Kind, Outcome

TEXT = {"type": "str"}
NAME = {"type": "str", "required": True}
DOMAIN = {"type": "str", "default": "Default"}
NO = {"type": "bool", "default": False}
NAMES: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
OPTIONAL_AUTH = [f"{what}_{by}" for what in ("user_domain", "project", "project_domain") for by in ("name", "id")]

ARGUMENT_SPEC: dict[str, Any] = {
    "auth": {
        "type": "dict",
        "options": {
            **dict.fromkeys(("auth_url", "username"), NAME),
            "password": {"type": "str", "required": True, "no_log": True},
            **dict.fromkeys([*OPTIONAL_AUTH, "region_name"], TEXT),
        },
    },
    "cloud": TEXT,
    "interface": {"type": "str", "choices": ["public", "internal", "admin"]},
    "ca_file": {"type": "path"},
    "verify": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 60},
    "region": {"type": "str", "default": "RegionOne"},
    "create_region": NO,
    "project": {"type": "dict", "required": True, "options": {"name": NAME, "domain": DOMAIN, "description": TEXT}},
    "user": {
        "type": "dict",
        "required": True,
        "options": {
            "name": NAME,
            "domain": DOMAIN,
            "password": {"type": "str", "no_log": True},
            "email": TEXT,
            "default_project": NO,
            "system_roles": NAMES,
        },
    },
    "roles": {"type": "list", "elements": "str", "default": ["admin", "service"]},
    "create_roles": NO,
    "registered_limits": {"type": "dict", "default": {}},
    "service": {"type": "dict", "required": True, "options": {"name": NAME, "type": NAME, "description": TEXT}},
    "endpoints": {"type": "dict", "default": {}, "options": {"public": TEXT, "internal": TEXT, "admin": TEXT}},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "confirm_absent": NO,
}
RULES: dict[str, Any] = {"mutually_exclusive": [("auth", "cloud")], "required_one_of": [("auth", "cloud")]}


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Bring Keystone to the wish, or find out what that would take.

    Raises:
        DeployError: Keystone does not answer, or refuses.
    """
    desired = wish(params)
    actual, session = Actual(), None
    try:
        deadline = Deadline(0 if context.check_mode else params["timeout"])
        session = connect(Access.wished(params), deadline, _account(desired))
        actual = Keystone(session).read(desired)
    except UnreachableError:
        if not context.tentative:
            raise
        session = None
    planner = plan_present if params["state"] == "present" else plan_absent
    plan = planner(actual, desired)
    if plan and params["state"] == "absent" and not params["confirm_absent"]:
        lost = ", ".join(step.subject for step in plan.steps)
        raise DeployError(f"Not removed without confirm_absent: {lost}.", "Set confirm_absent: true to remove them.")
    if session and plan and not context.check_mode:
        actual = Keystone(session).apply(plan, desired, planner)
        session.sign_out()
    report = {"requests": session.requests if session else 0, "reachable": bool(session)}
    return Outcome(plan, {**registered(actual, desired), **report})


def _account(desired: Registration) -> Account | None:
    if not desired.password:
        return None
    return Account(desired.user["name"], desired.user_domain, desired.password)


KIND = Kind(ARGUMENT_SPEC, bring, RULES)
