"""A Keystone that lies: whatever it answers to whichever request, that is a line for the user and no traceback."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity import wish
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_gateway import Keystone as Gateway
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_plan import (
    plan_absent,
    plan_present,
    registered,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_session import Session
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property import hostile
from tests.property.model_keystone import ROOT, Answer, Keystone
from tests.property.trying import told, tried

STATUSES = st.sampled_from([200, 200, 200, 200, 201, 204, 300, 302, 400, 401, 403, 404, 409, 500, 503])
HEADERS: list[dict[str, str]] = [
    {"Content-Type": "application/json", "X-Subject-Token": "t"},
    {"Content-Type": "application/json"},
    {"Content-Type": "text/html", "X-Subject-Token": "\x1b[31m"},
    {"Location": "http://controller:5000/v3/elsewhere"},
    {},
]
ASKED = (
    "GET /v3",
    "POST /v3/auth/tokens",
    *(f"GET /v3/{kind}s" for kind in ("domain", "project", "user", "role", "role_assignment", "service", "endpoint")),
    "GET /v3/regions",
    "GET /v3/registered_limits",
    "GET /v3/system/users/user-0/roles",
    "POST /v3/registered_limits",
    "PATCH /v3/registered_limits/registered_limit-0",
    *(f"POST /v3/{kind}s" for kind in ("project", "user", "role", "service", "endpoint", "region")),
    "PATCH /v3/services/service-0",
)
PARAMS: dict[str, Any] = {
    "state": "present",
    "project": {"name": "service", "description": "x", "domain": "Heat"},
    "user": {
        "name": "glance",
        "email": None,
        "domain": "Default",
        "password": "pw",
        "default_project": True,
        "system_roles": ["admin"],
    },
    "service": {"name": "glance", "type": "image", "description": "x"},
    "region": "north",
    "endpoints": {"public": "http://controller:9292", "admin": "http://controller:9292"},
    "roles": ["admin", "service"],
    "registered_limits": {"a": 1, "b": 2},
    "create_roles": True,
    "create_region": True,
}


def prepared(*, is_new: bool) -> Keystone:
    keystone = Keystone()
    keystone.things["region"].append({"id": "RegionOne"})
    keystone.add("role", name="admin")
    if not is_new:
        keystone.add("service", name="glance", type="image", enabled=False)
        keystone.add("endpoint", service_id="service-0", url="x", interface="public", region_id="north", enabled=True)
        place = {"service_id": "service-0", "region_id": "north", "resource_name": "a"}
        keystone.add("registered_limit", default_limit=5, **place)
        keystone.add("user", name="glance", domain_id="default", enabled=True)
        keystone.add("project", name="service", domain_id="d2", enabled=True)
        keystone.add("role_assignment", role={"id": "role-0"}, user={"id": "user-0"}, scope={"project": {"id": "p"}})
    return keystone


def truths() -> dict[str, Any]:
    """Return what an honest Keystone answers to each request."""
    found: dict[str, Any] = {}

    def note(asked: str, truth: Answer) -> None:
        if truth.body:
            found.setdefault(asked, json.loads(truth.body))

    for is_new in (False, True):
        keystone = prepared(is_new=is_new)
        keystone.lie = note
        register(keystone)
    return found


def register(keystone: Keystone) -> None:
    """Do all that a registration does."""
    desired = wish(PARAMS)
    gateway = Gateway(Session(keystone.session(), f"{ROOT}/v3", Deadline(0)))
    actual = gateway.read(desired)
    if plan := plan_present(actual, desired):
        actual = gateway.apply(plan, desired, plan_present)
    json.dumps([registered(actual, desired), plan_absent(actual, desired).diff()])


TRUTHS = truths()


def test_all_requests_are_known() -> None:
    assert set(ASKED) <= set(TRUTHS)


@settings(max_examples=500)
@given(st.data(), st.sampled_from(ASKED), st.booleans(), STATUSES, st.sampled_from(HEADERS))
def test_a_lie_is_told_in_our_own_words(
    data: st.DataObject, asked: str, is_new: bool, status: int, headers: dict[str, str]
) -> None:
    lie = Answer(status, data.draw(hostile.bodies(TRUTHS[asked])), headers)
    keystone = prepared(is_new=is_new)
    keystone.lie = lambda now, _: lie if now == asked else None
    refused = tried(lambda: register(keystone), DeployError)
    assert refused is None or told(refused)


@settings(max_examples=150)
@given(st.data(), st.sampled_from(ASKED[1:]))
def test_a_lie_of_the_right_status_is_told_in_our_own_words(data: st.DataObject, asked: str) -> None:
    lie = Answer(200, data.draw(hostile.lies(TRUTHS[asked]).map(lambda one: json.dumps(one).encode())), HEADERS[0])
    keystone = prepared(is_new=data.draw(st.booleans()))
    keystone.lie = lambda now, _: lie if now == asked else None
    refused = tried(lambda: register(keystone), DeployError)
    assert refused is None or told(refused)
