"""Registered limits and roles on the system, by the whole module, against a Keystone on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

from tests.unit.plugins.fake_keystone import SYSTEM_TOKEN, Keystone, running_keystone
from tests.unit.plugins.test_identity_module import account, run

LIMITS = {"image_size_total": 1000, "image_count_total": 100}
SIZE = "registered limit image_size_total of image in RegionOne"
CREATE = "POST /v3/registered_limits"


@pytest.fixture
def keystone() -> Iterator[Keystone]:
    with running_keystone() as running:
        run(running)
        running.asked.clear()
        yield running


def limit(keystone: Keystone, limits: Mapping[str, Any] = LIMITS, **changes: Any) -> Any:
    return run(keystone, registered_limits=limits, user=account(system_roles=["reader"]), **changes)


def told(keystone: Keystone) -> dict[str, int]:
    return {one["resource_name"]: one["default_limit"] for one in keystone.things["registered_limits"]}


def test_limits_and_roles_come_about_once(keystone: Keystone) -> None:
    assert limit(keystone, check=True)["steps"] == limit(keystone)["steps"]
    assert told(keystone) == LIMITS
    (reader,) = [role["id"] for role in keystone.things["roles"] if role["name"] == "reader"]
    assert keystone.system == {("users-0", reader)}
    keystone.asked.clear()
    again = limit(keystone)
    assert (again["steps"], keystone.written()) == ([], [])
    # Two more than without.
    assert again["requests"] == len(keystone.asked) == 11


def test_nobody_asks_for_limits_without_reason(keystone: Keystone) -> None:
    run(keystone)
    assert not [asked for asked in keystone.asked if "limits" in asked or "system" in asked]


def test_a_changed_limit_is_changed_in_place(keystone: Keystone) -> None:
    limit(keystone)
    ids = {one["id"] for one in keystone.things["registered_limits"]}
    assert limit(keystone, {"image_size_total": 7})["steps"] == [f"update: {SIZE}"]
    assert told(keystone) == {**LIMITS, "image_size_total": 7}
    assert {one["id"] for one in keystone.things["registered_limits"]} == ids


@pytest.mark.parametrize("answer", ["lost", "conflict"])
def test_a_limit_that_is_there_meanwhile_is_done(keystone: Keystone, answer: str) -> None:
    if answer == "lost":
        keystone.lost = {CREATE}
    else:
        keystone.meanwhile = {CREATE}
    limit(keystone)
    assert told(keystone) == LIMITS
    assert len(keystone.things["registered_limits"]) == 2


def test_another_ones_limit_is_made_ours(keystone: Keystone) -> None:
    keystone.meanwhile = {CREATE}
    keystone.others = {"default_limit": 3}
    limit(keystone)
    assert told(keystone) == LIMITS


def test_a_conflict_that_stays_is_told(keystone: Keystone) -> None:
    body = json.dumps({"error": {"code": 409, "message": "Conflict occurred."}})
    keystone.faults = {CREATE: [(409, body)] * 9}
    with pytest.raises(DeployError, match=f"refused to create {SIZE}: .*Conflict"):
        limit(keystone)
    assert keystone.asked.count(CREATE) == 2


def test_roles_on_the_system_are_used_where_those_on_the_project_do_not_do(keystone: Keystone) -> None:
    keystone.limits_by = {SYSTEM_TOKEN}
    limit(keystone)
    assert told(keystone) == LIMITS
    assert limit(keystone, {"image_size_total": 7})["steps"] == [f"update: {SIZE}"]
    assert f"delete: {SIZE}" in run(keystone, state="absent", confirm_absent=True)["steps"]
    assert told(keystone) == {}


@pytest.mark.parametrize("is_on_system", [False, True])
def test_a_refusal_says_who_may(keystone: Keystone, is_on_system: bool) -> None:
    keystone.limits_by, keystone.is_on_system = set(), is_on_system
    with pytest.raises(DeployError, match=f"does not let this user create {SIZE}") as caught:
        limit(keystone)
    assert "openstack role add --system all --user NAME admin" in caught.value.hint


def test_other_refusals_are_final(keystone: Keystone) -> None:
    body = {"error": {"code": 403, "message": "You are not authorized to perform the requested action: identity:x."}}
    keystone.faults = {"POST /v3/roles": [(403, json.dumps(body))]}
    with pytest.raises(DeployError, match="does not let this user create role reader") as caught:
        limit(keystone)
    assert caught.value.hint == "Use one who has the role admin."


@pytest.mark.parametrize(
    ("change", "wished"),
    [
        ("update", {"limits": {"image_size_total": 7}}),
        ("delete", {"state": "absent", "confirm_absent": True}),
    ],
)
def test_limits_of_projects_stand_in_the_way(keystone: Keystone, change: str, wished: dict[str, Any]) -> None:
    limit(keystone)
    keystone.overridden = {one["id"] for one in keystone.things["registered_limits"]}
    assert limit(keystone)["steps"] == []
    with pytest.raises(
        DeployError, match=f"does not {change} {SIZE} while projects have limits of their own"
    ) as caught:
        limit(keystone, **wished)
    assert "openstack --os-system-scope all limit list" in caught.value.hint
    assert told(keystone) == LIMITS
    assert len(keystone.things["endpoints"]) == 3


def test_limits_go_with_the_service(keystone: Keystone) -> None:
    limit(keystone)
    steps = run(keystone, state="absent", confirm_absent=True)["steps"]
    assert steps[0] == f"delete: {SIZE}"
    assert (told(keystone), keystone.things["services"]) == ({}, [])
    assert run(keystone, state="absent")["steps"] == []


def test_a_keystone_that_is_too_old_matters_to_limits_only(keystone: Keystone) -> None:
    missing = (404, json.dumps({"error": {"code": 404, "message": "Not Found"}}))
    keystone.faults = {"GET /v3/registered_limits": [missing] * 9}
    assert run(keystone)["steps"] == []
    with pytest.raises(DeployError, match="This Keystone has no registered limits") as caught:
        limit(keystone)
    assert "Queens" in caught.value.hint
    assert "delete: service glance" in run(keystone, state="absent", confirm_absent=True)["steps"]


def test_limits_of_a_region_that_is_not_there_are_refused(keystone: Keystone) -> None:
    with pytest.raises(DeployError, match="no region 'regionone'; it has RegionOne"):
        limit(keystone, region="regionone", endpoints={})
    assert keystone.written() == []


def test_limits_that_are_none_are_told(keystone: Keystone) -> None:
    with pytest.raises(DeployError, match=r"The registered limit a is 1\.5"):
        limit(keystone, {"a": 1.5})
    assert keystone.asked == []


@pytest.mark.parametrize("lie", [{"id": "l"}, "l", {"id": "l", "service_id": "s", "resource_name": 1}])
def test_lies_about_limits_are_told_in_one_line(keystone: Keystone, lie: Any) -> None:
    keystone.faults = {"GET /v3/registered_limits": [(200, json.dumps({"registered_limits": [lie]}))]}
    with pytest.raises(DeployError, match="is not Keystone"):
        limit(keystone)
