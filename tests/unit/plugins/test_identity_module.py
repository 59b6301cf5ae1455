"""The whole module against a Keystone on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _registration_run
from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity import DuplicatesError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_faults import UnreachableError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._identity_session import Access, connect
from ansible_collections.glance_deploy.openstack.plugins.module_utils._keystone_session import forget_sessions
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_keystone import Keystone, running_keystone
from tests.unit.plugins.fake_run import FakeRun

NASTY = "p@ss/w:rd%$#'\"\\ é"
URL = "http://controller:9292"


@pytest.fixture
def keystone() -> Iterator[Keystone]:
    with running_keystone() as running:
        yield running


def account(**changes: Any) -> dict[str, Any]:
    user = {"name": "glance", "domain": "Default", "password": NASTY, "email": None}
    return {**user, "default_project": True, "system_roles": [], **changes}


def run(keystone: Keystone, check: bool = False, password: str = NASTY, **changes: Any) -> Mapping[str, Any]:
    spec: Mapping[str, Mapping[str, Any]] = _registration_run.ARGUMENT_SPEC
    params: dict[str, Any] = {name: option.get("default") for name, option in spec.items()}
    params.update(
        auth=keystone.auth(region_name="RegionOne"),
        project={"name": "service", "domain": "Default", "description": None},
        user=account(password=password),
        service={"name": "glance", "type": "image", "description": "OpenStack Image"},
        endpoints=dict.fromkeys(("public", "internal", "admin"), URL),
        create_roles=True,
        timeout=5,
    )
    forget_sessions()  # Each run is a process of its own.
    outcome = _registration_run.bring({**params, **changes}, Context(FakeRun(), check, tentative=check))
    return {"steps": outcome.plan.titles(), **outcome.report}


def test_registers_once(keystone: Keystone) -> None:
    first = run(keystone)
    assert first["steps"] == [
        "create: project service",
        "create: user glance",
        "grant: role admin to user glance on project service",
        "create: role service",
        "grant: role service to user glance on project service",
        "create: service glance",
        "create: public endpoint of image in RegionOne",
        "create: internal endpoint of image in RegionOne",
        "create: admin endpoint of image in RegionOne",
    ]
    assert first["ids"] == {"project": "projects-0", "user": "users-0", "service": "services-0"}
    assert [(one["interface"], one["url"]) for one in first["endpoints"]] == [
        ("public", URL),
        ("internal", URL),
        ("admin", URL),
    ]
    assert keystone.things["users"][0]["default_project_id"] == "projects-0"
    assert keystone.passwords["users-0"] == NASTY
    keystone.asked.clear()
    second = run(keystone)
    assert (second["steps"], keystone.written()) == ([], [])
    assert second["endpoints"] == first["endpoints"]
    assert second["requests"] == len(keystone.asked) == 9


TOKEN = "POST /v3/auth/tokens"


def test_password_is_tried_once(keystone: Keystone) -> None:
    run(keystone)
    for password, user_id in ((NASTY, "users-0"), ("another", "users-0")):
        keystone.asked.clear()
        run(keystone, check=True, password=password)
        assert keystone.asked.count(TOKEN) == 2, user_id


def test_password_of_a_user_whose_domain_is_an_id_is_tried_by_ids(keystone: Keystone) -> None:
    user = account(domain="default")
    run(keystone, user=user)
    assert run(keystone, user=user)["steps"] == []
    assert run(keystone, user={**user, "password": "another"})["steps"] == ["update: user glance"]


def test_trial_that_fails_is_made_again(keystone: Keystone) -> None:
    run(keystone)
    # Either of the two that ask for a token may meet it.
    keystone.faults = {TOKEN: [(503, "busy")]}
    assert run(keystone)["steps"] == []


def test_second_registration_in_a_process_signs_in_no_more(keystone: Keystone) -> None:
    run(keystone)
    session = connect(Access(keystone.auth()), Deadline(0))
    keystone.asked.clear()
    assert connect(Access(keystone.auth()), Deadline(0)).token.user_id == session.token.user_id == "u-admin"
    assert keystone.asked == ["GET /"]


def test_changed_catalogue_takes_a_new_token(keystone: Keystone) -> None:
    run(keystone)
    keystone.asked.clear()
    connect(Access(keystone.auth()), Deadline(0))
    assert TOKEN in keystone.asked


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("GET /v3/users", {"users": ["glance"]}, "is not Keystone"),
        ("GET /v3/projects", {"projects": [{"name": "service"}]}, "is not Keystone"),
        ("GET /v3/roles", {"roles": [{"id": "r"}]}, "is not Keystone"),
        ("GET /v3/endpoints", {"endpoints": [{"id": "e", "region_id": []}]}, "is not Keystone"),
        ("GET /v3/role_assignments", {"role_assignments": [{"role": "admin"}]}, "is not Keystone"),
        ("POST /v3/services", {"service": []}, "did not say which id service glance has"),
        ("POST /v3/auth/tokens", {"token": {"user": 1}}, "asked to sign in and answered nonsense"),
    ],
)
def test_lies_are_told_in_one_line(keystone: Keystone, path: str, body: Any, message: str) -> None:
    if path != "POST /v3/services":
        run(keystone)
    keystone.faults = {path: [(200, json.dumps(body))] * 9}
    with pytest.raises(DeployError, match=message):
        run(keystone)


def test_check_mode_changes_nothing(keystone: Keystone) -> None:
    steps = run(keystone, check=True)["steps"]
    assert keystone.written() == []
    assert steps == run(keystone)["steps"]


def test_check_mode_does_without_keystone(keystone: Keystone) -> None:
    nobody = keystone.auth(auth_url="http://127.0.0.1:9")
    result = run(keystone, check=True, auth=nobody)
    assert (result["reachable"], result["requests"], result["ids"]) == (False, 0, {})
    assert "create: user glance" in result["steps"]
    with pytest.raises(UnreachableError):
        run(keystone, auth=nobody, timeout=0)


def test_changed_password_is_set_once(keystone: Keystone) -> None:
    run(keystone)
    assert run(keystone, password="another")["steps"] == ["update: user glance"]
    assert run(keystone, password="another")["steps"] == []


@pytest.mark.parametrize("request_", ["POST /v3/projects", "POST /v3/services", "POST /v3/endpoints"])
def test_lost_answers_double_nothing(keystone: Keystone, request_: str) -> None:
    keystone.lost = {request_}
    result = run(keystone)
    assert (len(keystone.things["services"]), len(keystone.things["endpoints"])) == (1, 3)
    assert len(keystone.things["projects"]) == 1
    assert len(result["endpoints"]) == 3


def test_broken_lines_are_waited_for(keystone: Keystone) -> None:
    keystone.faults = {"POST /v3/users": [None, None], "GET /v3/services": [None]}
    assert len(run(keystone)["endpoints"]) == 3


def test_a_keystone_that_listens_and_does_not_serve_points_to_its_database(keystone: Keystone) -> None:
    keystone.faults = {"GET /v3/services": [None] * 99}
    with pytest.raises(DeployError, match=r"No Keystone answers at .*: Remote end closed connection") as caught:
        run(keystone, timeout=0)
    assert "mariadb" in caught.value.hint


def test_domains_are_found_by_name_and_id(keystone: Keystone) -> None:
    project = {"name": "service", "domain": "Heat", "description": None}
    run(keystone, project=project)
    assert keystone.things["projects"][0]["domain_id"] == "d2"
    assert run(keystone, project={**project, "domain": "d2"})["steps"] == []
    with pytest.raises(DeployError, match="no domain 'heat'; it has Default, Heat"):
        run(keystone, project={**project, "domain": "heat"})


def test_inherited_roles_do_not_count(keystone: Keystone) -> None:
    run(keystone)
    for assignment in keystone.things["role_assignments"]:
        assignment["scope"]["OS-INHERIT:inherited_to"] = "projects"
    assert len(run(keystone)["steps"]) == 2


def test_existing_regions_are_known(keystone: Keystone) -> None:
    keystone.things["regions"].append({"id": "North"})
    assert len(run(keystone, region="North")["endpoints"]) == 3
    with pytest.raises(DeployError, match="no region 'South'; it has North, RegionOne"):
        run(keystone, region="South")
    run(keystone, region="South", create_region=True)
    assert keystone.things["regions"][-1]["id"] == "South"


def test_duplicates_stay(keystone: Keystone) -> None:
    run(keystone)
    keystone.add("services", name="glance", type="image")
    keystone.asked.clear()
    with pytest.raises(DuplicatesError) as caught:
        run(keystone, password="another")
    assert [thing["kind"] for thing in caught.value.duplicates] == ["service", "service"]
    assert keystone.written() == []


def test_nothing_is_removed_without_the_flag(keystone: Keystone) -> None:
    run(keystone)
    keystone.asked.clear()
    with pytest.raises(DeployError, match=r"Not removed without confirm_absent: public endpoint .* user glance"):
        run(keystone, state="absent")
    assert keystone.written() == []


def test_what_is_ours_is_removed(keystone: Keystone) -> None:
    run(keystone)
    keystone.add("users", name="nova", domain_id="default")
    result = run(keystone, state="absent", confirm_absent=True)
    assert (result["ids"], result["endpoints"]) == ({"project": "projects-0"}, [])
    assert [user["name"] for user in keystone.things["users"]] == ["nova"]
    assert run(keystone, state="absent")["steps"] == []
