"""The plan for a registration: every behaviour with the case in which there is nothing to do."""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity import (
    Actual,
    DuplicatesError,
    Registration,
    Thing,
    wish,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_plan import (
    New,
    plan_absent,
    plan_present,
    registered,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

URL = "http://controller:9292"
WISH = Registration(
    project={"name": "service", "description": None},
    project_domain="Default",
    user={"name": "glance", "email": None},
    user_domain="Default",
    service={"name": "glance", "type": "image", "description": "OpenStack Image"},
    region="RegionOne",
    endpoints={"public": URL, "internal": URL},
    password="secret-1",
    roles=("admin", "service"),
)
SERVICE = {"id": "s1", "name": "glance", "type": "image", "description": "OpenStack Image", "enabled": True}
USER = {"id": "u1", "name": "glance", "domain_id": "default", "enabled": True}
PROJECT = {"id": "p1", "name": "service", "domain_id": "default", "enabled": True}


def endpoint(interface: str, number: int = 1, **changes: Any) -> Thing:
    place = {"service_id": "s1", "interface": interface, "region_id": "RegionOne", "url": URL, "enabled": True}
    return {"id": f"e-{interface}-{number}", **place, **changes}


FRESH = Actual(domains={"Default": "default"}, roles={"admin": "r1", "service": "r2"}, regions=("RegionOne",))
DONE = dataclasses.replace(
    FRESH,
    project=PROJECT,
    user=USER,
    password_works=True,
    granted=frozenset({"r1", "r2"}),
    services=(SERVICE, {"id": "s0", "name": "keystone", "type": "identity"}),
    endpoints=(endpoint("public"), endpoint("internal"), endpoint("public", 9, service_id="s0")),
)


def done(**changes: Any) -> Actual:
    return dataclasses.replace(DONE, **changes)


def wished(**changes: Any) -> Registration:
    return dataclasses.replace(WISH, **changes)


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    actual: Actual
    desired: Registration
    steps: tuple[str, ...] = ()
    arguments: tuple[Thing, ...] = ()


def update(kind: str, thing_id: str, **body: Any) -> Thing:
    return {"kind": kind, "id": thing_id, "body": body}


def grant(role: Any) -> Thing:
    return {"kind": "role", "role": role, "user": "u1", "project": "p1"}


def limit(resource: str, default: int, **changes: Any) -> Thing:
    place = {"service_id": "s1", "region_id": "RegionOne"}
    return {"id": f"l-{resource}", **place, "resource_name": resource, "default_limit": default, **changes}


PRESENT = [
    Case(
        "an empty Keystone gets everything",
        FRESH,
        WISH,
        (
            "create: project service",
            "create: user glance",
            "grant: role admin to user glance on project service",
            "grant: role service to user glance on project service",
            "create: service glance",
            "create: public endpoint of image in RegionOne",
            "create: internal endpoint of image in RegionOne",
        ),
    ),
    Case("all is there: nothing", DONE, WISH),
    Case(
        "a Keystone that cannot be asked counts as empty, with roles and regions",
        Actual(),
        wished(region="Nowhere"),
        (
            "create: project service",
            "create: user glance",
            "grant: role admin to user glance on project service",
            "grant: role service to user glance on project service",
            "create: service glance",
            "create: public endpoint of image in Nowhere",
            "create: internal endpoint of image in Nowhere",
        ),
    ),
    Case(
        "the password does not work",
        done(password_works=False),
        WISH,
        ("update: user glance",),
        (update("user", "u1", password="secret-1"),),
    ),
    Case(
        "user and service are switched off",
        done(user={**USER, "enabled": False}, services=({**SERVICE, "enabled": False},)),
        WISH,
        ("update: user glance", "update: service glance"),
        (update("user", "u1", enabled=True), update("service", "s1", enabled=True)),
    ),
    Case(
        "an e-mail address is asked for",
        DONE,
        wished(user={"name": "glance", "email": "g@example.com"}),
        ("update: user glance",),
        (update("user", "u1", email="g@example.com"),),
    ),
    Case(
        "the e-mail address is there: nothing",
        done(user={**USER, "email": "g@example.com"}),
        wished(user={"name": "glance", "email": "g@example.com"}),
    ),
    Case(
        "a default project is asked for",
        DONE,
        wished(default_project=True),
        ("update: user glance",),
        (update("user", "u1", default_project_id="p1"),),
    ),
    Case(
        "the default project is set: nothing",
        done(user={**USER, "default_project_id": "p1"}),
        wished(default_project=True),
    ),
    Case(
        "a description is asked for",
        DONE,
        wished(project={"name": "service", "description": "Services"}),
        ("update: project service",),
        (update("project", "p1", description="Services"),),
    ),
    Case(
        "a role is missing on the project",
        done(granted=frozenset({"r1"})),
        WISH,
        ("grant: role service to user glance on project service",),
        (grant("r2"),),
    ),
    Case(
        "a role does not exist and may be created",
        done(roles={"admin": "r1"}, granted=frozenset({"r1"})),
        wished(create_roles=True),
        ("create: role service", "grant: role service to user glance on project service"),
        ({"kind": "role", "body": {"name": "service"}, "new": New("role service")}, grant(New("role service"))),
    ),
    Case(
        "a service of another name is adopted by its type, under its name",
        done(services=({**SERVICE, "name": "Images"},)),
        WISH,
    ),
    Case(
        "a service without type is adopted by its name",
        done(services=({**SERVICE, "type": "imag"},)),
        WISH,
        ("update: service glance",),
        (update("service", "s1", type="image"),),
    ),
    Case(
        "a changed URL is updated in place",
        done(endpoints=(endpoint("public", url="http://old:9292"), endpoint("internal"))),
        WISH,
        ("update: public endpoint of image in RegionOne",),
        (update("endpoint", "e-public-1", url=URL),),
    ),
    Case(
        "an endpoint that is switched off does not compete",
        done(endpoints=(*DONE.endpoints, endpoint("public", 2, enabled=False, url="http://old:9292"))),
        WISH,
    ),
    Case(
        "endpoints of another region stay",
        done(endpoints=(*DONE.endpoints, endpoint("public", 2, region_id="North", url="http://north:9292"))),
        WISH,
    ),
    Case(
        "a region that does not exist may be created",
        done(endpoints=()),
        wished(region="North", create_region=True, endpoints={"public": URL}),
        ("create: region North", "create: public endpoint of image in North"),
        (
            {"kind": "region", "body": {"id": "North"}, "new": New("region")},
            {
                "kind": "endpoint",
                "body": {"service_id": "s1", "interface": "public", "region_id": "North", "url": URL},
                "new": New("endpoint"),
            },
        ),
    ),
    Case("a region matters for what is in it only: nothing", DONE, wished(region="North", endpoints={})),
    Case(
        "a region that has limits only may be created",
        DONE,
        wished(region="North", endpoints={}, limits={"size": 1}, create_region=True),
        ("create: region North", "create: registered limit size of image in North"),
    ),
    Case(
        "a role is missing on the system",
        DONE,
        wished(system_roles=("admin",)),
        ("grant: role admin to user glance on the system",),
        ({"kind": "role", "role": "r1", "user": "u1"},),
    ),
    Case("the role on the system is there: nothing", done(system_granted={"r1"}), wished(system_roles=("admin",))),
    Case(
        "a role that is due on project and system is created once",
        done(roles={"admin": "r1"}, granted=frozenset({"r1"})),
        wished(create_roles=True, system_roles=("service",)),
        (
            "create: role service",
            "grant: role service to user glance on project service",
            "grant: role service to user glance on the system",
        ),
    ),
    Case(
        "limits are registered, changed, and left alone when they are not named",
        done(limits=(limit("size", 10), limit("count", 5), limit("mine", 1))),
        wished(limits={"size": 10, "count": 7, "new": 3}),
        (
            "update: registered limit count of image in RegionOne",
            "create: registered limit new of image in RegionOne",
        ),
        (
            update("registered_limit", "l-count", default_limit=7),
            {
                "kind": "registered_limit",
                "body": {"service_id": "s1", "region_id": "RegionOne", "resource_name": "new", "default_limit": 3},
            },
        ),
    ),
    Case("limits are as wished: nothing", done(limits=(limit("size", -1),)), wished(limits={"size": -1})),
    Case(
        "limits of other services and regions are not ours",
        done(limits=(limit("a", 1, service_id="s0"), limit("b", 1, region_id="North"), limit("c", 1, region_id=None))),
        wished(limits={"a": 1, "b": 1, "c": 1}),
        tuple(f"create: registered limit {name} of image in RegionOne" for name in "abc"),
    ),
]
ABSENT = [
    Case(
        "endpoints, service and user go",
        DONE,
        WISH,
        (
            f"delete: public endpoint of image in RegionOne ({URL})",
            f"delete: internal endpoint of image in RegionOne ({URL})",
            "delete: service glance",
            "delete: user glance",
        ),
        (
            {"kind": "endpoint", "id": "e-public-1"},
            {"kind": "endpoint", "id": "e-internal-1"},
            {"kind": "service", "id": "s1"},
            {"kind": "user", "id": "u1"},
        ),
    ),
    Case("nothing is there: nothing", FRESH, WISH),
    Case(
        "registered limits go first, and with the service those of all regions",
        done(limits=(limit("size", 1), limit("old", 1, region_id=None), limit("other", 1, service_id="s0"))),
        WISH,
        (
            "delete: registered limit size of image in RegionOne",
            "delete: registered limit old of image in all regions",
            f"delete: public endpoint of image in RegionOne ({URL})",
            f"delete: internal endpoint of image in RegionOne ({URL})",
            "delete: service glance",
            "delete: user glance",
        ),
    ),
    Case(
        "limits of another region stay with its endpoints",
        done(
            endpoints=(endpoint("public"), endpoint("public", 2, region_id="North")),
            limits=(limit("size", 1), limit("size", 1, region_id="North")),
        ),
        WISH,
        (
            "delete: registered limit size of image in RegionOne",
            f"delete: public endpoint of image in RegionOne ({URL})",
        ),
    ),
    Case(
        "what another region uses stays",
        done(endpoints=(endpoint("public"), endpoint("public", 2, region_id="North"))),
        WISH,
        (f"delete: public endpoint of image in RegionOne ({URL})",),
    ),
    Case("only another region has it: nothing", done(endpoints=(endpoint("public", region_id="North"),)), WISH),
    Case(
        "a service of another name is not ours",
        done(services=({**SERVICE, "name": "Images"},), user=None),
        WISH,
    ),
]


@pytest.mark.parametrize("case", PRESENT, ids=attrgetter("name"))
def test_plan_present(case: Case) -> None:
    plan = plan_present(case.actual, case.desired)
    assert tuple(plan.titles()) == case.steps
    if case.arguments:
        assert tuple(step.arguments for step in plan.steps) == case.arguments


@pytest.mark.parametrize("case", ABSENT, ids=attrgetter("name"))
def test_plan_absent(case: Case) -> None:
    plan = plan_absent(case.actual, case.desired)
    assert tuple(plan.titles()) == case.steps
    if case.arguments:
        assert tuple(step.arguments for step in plan.steps) == case.arguments


def test_things_that_are_created_wait_for_each_other() -> None:
    steps = {step.subject: step.arguments for step in plan_present(FRESH, WISH).steps}
    assert steps["user glance"]["body"]["domain_id"] == "default"
    granted = steps["role admin to user glance on project service"]
    assert (granted["user"], granted["project"], granted["role"]) == (New("user"), New("project"), "r1")
    assert steps["public endpoint of image in RegionOne"]["body"]["service_id"] == New("service")


@pytest.mark.parametrize("state", [FRESH, done(password_works=False)])
def test_passwords_are_not_shown(state: Actual) -> None:
    plan = plan_present(state, WISH)
    assert "secret-1" not in repr((plan, plan.titles(), plan.diff(), WISH))
    assert "password=(secret)" in plan.diff()["after"]


@pytest.mark.parametrize(
    ("actual", "message", "ids"),
    [
        (done(services=(SERVICE, {**SERVICE, "id": "s2"})), "2 services of type 'image'", ["s1", "s2"]),
        (
            done(services=({**SERVICE, "type": "a"}, {**SERVICE, "id": "s2", "type": "b"})),
            "2 services of name 'glance'",
            ["s1", "s2"],
        ),
        (
            done(endpoints=(endpoint("public"), endpoint("public", 2, url="http://b"), endpoint("internal"))),
            "2 times the public endpoint of image in RegionOne",
            ["e-public-1", "e-public-2"],
        ),
    ],
)
def test_duplicates_are_reported(actual: Actual, message: str, ids: list[str]) -> None:
    with pytest.raises(DuplicatesError, match=message) as caught:
        plan_present(actual, WISH)
    assert [thing["id"] for thing in caught.value.duplicates] == ids
    assert caught.value.hint.endswith(f"delete {' | '.join(ids)}")


def test_duplicates_are_not_removed_either() -> None:
    with pytest.raises(DuplicatesError):
        plan_absent(done(services=(SERVICE, {**SERVICE, "id": "s2"})), WISH)


@pytest.mark.parametrize(
    ("regions", "message", "hint"),
    [
        (("North", "RegionOne"), "no region 'regionOne'; it has North, RegionOne", "Set region to RegionOne,"),
        (("A", "B"), "it has A, B", "Set region to A or B,"),
        ((), "it has none", "Check auth_url,"),
    ],
)
def test_unknown_region_is_refused(regions: tuple[str, ...], message: str, hint: str) -> None:
    with pytest.raises(DeployError, match=message) as caught:
        plan_present(dataclasses.replace(FRESH, regions=regions), wished(region="regionOne"))
    assert caught.value.hint.startswith(hint)
    assert "create_region: true" in caught.value.hint


def test_unknown_role_is_refused() -> None:
    with pytest.raises(DeployError, match="no role 'service'") as caught:
        plan_present(dataclasses.replace(FRESH, roles={"admin": "r1"}), WISH)
    assert "openstack role create service" in caught.value.hint


def test_result_names_what_exists() -> None:
    assert registered(FRESH, WISH) == {"ids": {}, "endpoints": []}
    result = registered(DONE, WISH)
    assert result["ids"] == {"project": "p1", "user": "u1", "service": "s1"}
    assert result["endpoints"][0] == {"interface": "public", "region": "RegionOne", "url": URL, "id": "e-public-1"}
    assert len(result["endpoints"]) == 2


def params(**changes: Any) -> dict[str, Any]:
    named = {"name": "glance", "domain": "Default", "password": "x"}
    user: dict[str, Any] = {**named, "email": None, "default_project": False, "system_roles": []}
    plain = {
        "registered_limits": {},
        "project": {"name": "service", "domain": "Default", "description": None},
        "user": user,
        "service": {"name": "glance", "type": "image", "description": None},
        "endpoints": {"public": URL, "internal": None, "admin": ""},
        "roles": ["admin"],
        "region": "RegionOne",
        "state": "present",
    }
    return {**plain, "create_roles": False, "create_region": False, **changes}


def test_wish_leaves_out_what_is_not_asked_for() -> None:
    assert wish(params()).endpoints == {"public": URL}


def test_limits_are_not_looked_at_without_reason() -> None:
    assert wish(params()).limits is None
    assert wish(params(state="absent")).limits == {}
    assert wish(params(registered_limits={"a": "10", "b": -1, "c": 0})).limits == {"a": 10, "b": -1, "c": 0}


@pytest.mark.parametrize("limit_", [-2, 2**31, 1.5, "1.0", "", "ten", "٣", True, None, [1], "1\n", 10**400])
def test_what_is_no_limit_is_refused(limit_: Any) -> None:
    with pytest.raises(DeployError, match=r"The registered limit size is .* no limit") as caught:
        wish(params(registered_limits={"size": limit_}))
    assert "2147483647" in caught.value.hint


def test_limits_are_shown() -> None:
    plan = plan_present(done(limits=(limit("size", 1),)), wished(limits={"size": 2, "new": 3}))
    subject = "registered limit {} of image in RegionOne: {}\n"
    assert plan.diff() == {
        "before": subject.format("size", "default_limit=1") + subject.format("new", "absent"),
        "after": subject.format("size", "default_limit=2") + subject.format("new", "default_limit=3"),
    }


def test_password_is_needed_to_register_only() -> None:
    user = {**params()["user"], "password": None}
    with pytest.raises(DeployError, match="User glance has no password"):
        wish(params(user=user))
    assert wish(params(user=user, state="absent")).password == ""
