"""A Keystone that others used before: whatever is in it, ours is registered once, a second run has nothing to do."""

from __future__ import annotations

from typing import Any

from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity import Registration, wish
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_gateway import Keystone as Gateway
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_gateway import Planner
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_plan import (
    plan_absent,
    plan_present,
    registered,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_session import Session
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError, Plan
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.property import hostile
from tests.property.model_keystone import ROOT, Keystone, Thing

INTERFACES = ("public", "internal", "admin")
REGIONS = ("RegionOne", "regionOne", "north {{ x }}")
TYPES, NAMES = st.sampled_from(["image", "identity", "x'"]), st.sampled_from(["glance", "Glance", "keystone"])
TEXTS = hostile.texts(control=False, max_parts=2)
RESOURCES = st.sampled_from(["image_size_total", "image_count_total", "x"])
URLS = st.sampled_from(["http://controller:9292", "http://old:9292/"]) | TEXTS


@st.composite
def wishes(draw: DrawFn) -> dict[str, Any]:
    few = draw(st.dictionaries(st.sampled_from(INTERFACES), st.sampled_from(["http://controller:9292", ""]) | TEXTS))
    return {
        "state": "present",
        "project": {"name": "service", "description": draw(st.none() | TEXTS), "domain": "Default"},
        "user": {
            "name": draw(st.sampled_from(["glance", "GLANCE"])),
            "email": draw(st.none() | TEXTS),
            "domain": draw(st.sampled_from(["Default", "default", "Heat"])),
            "password": draw(hostile.secrets(control=True)),
            "default_project": draw(st.booleans()),
            "system_roles": draw(st.lists(st.sampled_from(["reader", "admin"]), unique=True)),
        },
        "service": {"name": "glance", "type": "image", "description": draw(st.none() | TEXTS)},
        "region": draw(st.sampled_from(REGIONS)),
        "endpoints": few,
        "registered_limits": draw(st.dictionaries(RESOURCES, st.integers(-1, 9), max_size=2)),
        "roles": draw(st.lists(st.sampled_from(["admin", "service", "a b"]), unique=True)),
        "create_roles": draw(st.booleans()),
        "create_region": draw(st.booleans()),
    }


@st.composite
def keystones(draw: DrawFn, password: str) -> Keystone:
    """With what others made, twice where that is possible, switched off, without a name, or half of it."""
    keystone = Keystone()
    some = st.booleans()
    for region in draw(st.lists(st.sampled_from(REGIONS), unique_by=str.lower)):
        keystone.things["region"].append({"id": region})
    for name in draw(st.lists(st.sampled_from(["admin", "service", "reader"]), unique=True)):
        keystone.add("role", name=name)
    for domain in draw(st.lists(st.sampled_from(["default", "d2"]), unique=True)):
        user = keystone.add("user", name="glance", domain_id=domain, enabled=draw(some))
        keystone.passwords[user["id"]] = draw(st.sampled_from([password, "other"]))
        project = keystone.add("project", name="service", domain_id=domain, enabled=draw(some), description="x")
        for role in keystone.things["role"] if draw(some) else ():
            inherited = {"OS-INHERIT:inherited_to": "projects"} if draw(some) else {}
            scope = {"project": {"id": project["id"]}, **inherited}
            keystone.add("role_assignment", role={"id": role["id"]}, user={"id": user["id"]}, scope=scope)
    for _ in range(draw(st.integers(0, 3))):
        named = {"name": draw(NAMES)} if draw(some) else {}
        keystone.add("service", type=draw(TYPES), enabled=draw(some), description=draw(TEXTS), **named)
    services = st.sampled_from([one["id"] for one in keystone.things["service"]] or ["gone"])
    for _ in range(draw(st.integers(0, 4))):
        place = {
            "region_id": draw(st.none() | st.sampled_from(REGIONS)),
            "interface": draw(st.sampled_from(INTERFACES)),
        }
        keystone.add("endpoint", service_id=draw(services), url=draw(URLS), enabled=draw(some), **place)
    places = st.tuples(services, st.none() | st.sampled_from(REGIONS), RESOURCES)
    for service, where, resource in draw(st.lists(places, unique=True, max_size=4)):
        key = {"service_id": service, "region_id": where, "resource_name": resource}
        limit = keystone.add("registered_limit", default_limit=draw(st.integers(-1, 9)), **key)
        keystone.overridden |= {limit["id"]} if draw(st.integers(0, 4)) == 0 else set()
    return keystone


def planned(keystone: Keystone, desired: Registration, planner: Planner, *, apply: bool = False) -> Plan:
    gateway = Gateway(Session(keystone.session(), f"{ROOT}/v3", Deadline(0)))
    actual = gateway.read(desired)
    plan = planner(actual, desired)
    if apply and plan:
        actual = gateway.apply(plan, desired, planner)
    assert isinstance(registered(actual, desired), dict)
    return plan


def endpoints_of(things: dict[str, Thing], service: str, region: str) -> set[str]:
    found = (one for one in things.values() if one.get("service_id") == service)
    return {one["id"] for one in found if one["region_id"] == region}


@settings(max_examples=250)
@given(st.data(), wishes())
def test_registered_once_and_nothing_of_others_is_touched(data: st.DataObject, params: dict[str, Any]) -> None:
    keystone, desired = data.draw(keystones(params["user"]["password"])), wish(params)
    before = keystone.snapshot()
    try:
        plan = planned(keystone, desired, plan_present, apply=True)
    except DeployError as error:
        _check_refusal(keystone, before, error)
        return
    after = keystone.snapshot()
    assert before.keys() <= after.keys()
    changed = {one for one in before if before[one] != after[one]}
    services = {one["id"] for one in before.values() if one.get("type") == "image" or one.get("name") == "glance"}
    ours = {one for service in services for one in endpoints_of(after, service, params["region"])} | services
    assert changed <= ours | {one["id"] for kind in ("user", "project") for one in keystone.things[kind]}
    assert "Zq7" not in repr([plan, plan.titles(), plan.diff()])
    _check_wish(keystone, desired)
    assert not planned(keystone, desired, plan_present), "a second run has something to do"


def _check_refusal(keystone: Keystone, before: dict[str, Thing], error: DeployError) -> None:
    after = keystone.snapshot()
    if "limits of their own" not in str(error):
        assert after == before, "a refusal that has changed something"
        return
    # Keystone alone knows those. Nothing is taken away by then but limits that nobody overrides.
    kept = {one for one in before if not one.startswith("registered_limit") or one in keystone.overridden}
    assert kept <= after.keys()
    assert all(after[one] == before[one] for one in keystone.overridden)


def _check_wish(keystone: Keystone, desired: Registration) -> None:
    domain = "d2" if desired.user_domain == "Heat" else "default"
    users = [one for one in keystone.things["user"] if one["domain_id"] == domain]
    (user,) = [one for one in users if one["name"].lower() == desired.user["name"].lower()]
    assert user["enabled"]
    assert keystone.passwords[user["id"]] == desired.password
    for interface, url in desired.endpoints.items():
        living = [one for one in keystone.things["endpoint"] if one["enabled"] and one["interface"] == interface]
        assert url in [one["url"] for one in living if one["region_id"] == desired.region]
    limits = [one for one in keystone.things["registered_limit"] if one["region_id"] == desired.region]
    told = {(one["resource_name"], one["default_limit"]) for one in limits}
    assert told >= set((desired.limits or {}).items())
    roles = {one["id"]: one["name"] for one in keystone.things["role"]}
    mine = [one for one in keystone.things["role_assignment"] if one["user"]["id"] == user["id"]]
    assert {roles[one["role"]["id"]] for one in mine if "system" in one["scope"]} == set(desired.system_roles)


@settings(max_examples=150)
@given(st.data(), wishes())
def test_absent_takes_away_what_is_ours_in_the_region_alone(data: st.DataObject, params: dict[str, Any]) -> None:
    keystone, desired = data.draw(keystones(params["user"]["password"])), wish({**params, "state": "absent"})
    before = keystone.snapshot()
    try:
        planned(keystone, desired, plan_absent, apply=True)
    except DeployError as error:
        _check_refusal(keystone, before, error)
        return
    after = keystone.snapshot()
    gone = [before[one] for one in before.keys() - after.keys()]
    assert {one: before[one] for one in after} == after
    services = {one["id"] for one in before.values() if (one.get("type"), one.get("name")) == ("image", "glance")}
    for one in gone:
        is_user = one["id"].startswith("user-")
        is_ours = one["id"] in services or (one.get("service_id") in services and one["region_id"] == desired.region)
        # With the service, what hangs on it.
        is_ours |= one["id"].startswith("registered_limit") and one["service_id"] in before.keys() - after.keys()
        assert is_ours or (is_user and one["name"].lower() == desired.user["name"].lower())
    assert not planned(keystone, desired, plan_absent)
