"""Policies and protections that Glance could not read are found, and what is written is what Glance reads."""

from __future__ import annotations

import configparser
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.filter.access import (
    policy_faults,
    property_protection_faults,
    property_protections,
)

KNOWN = ["get_image", "add_image", "communitize_image"]
ALL = {"create": ["admin"], "read": ["@"], "update": ["admin"], "delete": ["!"]}


@pytest.mark.variables("glance_policies")
@pytest.mark.parametrize(
    ("policies", "told"),
    [
        ({}, []),
        ({"add_image": "role:admin or (role:member and not role:reader)", "get_image": "@"}, []),
        ({"add_image": "!", "get_image": ""}, []),
        ({"add_image": "rule:makers", "makers": "role:maker"}, []),
        ({"add_image": "role:admin or"}, ["add_image has a check that does not parse, 'role:admin or'"]),
        ({"add_image": "(role:admin"}, ["does not parse"]),
        ({"add_image": ["role:admin"]}, ["the check of add_image is no text"]),
        ({"ad_image": "role:admin"}, ["Glance asks no policy ad_image; did you mean add_image?"]),
        ({"add_image": "rule:admin_required"}, ["refers to rule:admin_required, which is nowhere"]),
        ({"add_image": "roel:admin"}, ["add_image checks roel, which no token has"]),
        ({"add_image": "project_id:%(owner)s or 'shared':%(visibility)s or is_admin:True"}, []),
        ({"add_image": "rule:makers"}, ["refers to rule:makers, which is nowhere; add makers."]),
        ("add_image: role:admin", ["glance_policies is no mapping"]),
    ],
)
def test_policies(policies: Any, told: list[str]) -> None:
    faults = policy_faults(policies, KNOWN)
    assert len(faults) == len(told), faults
    assert all(words in fault for words, fault in zip(told, faults, strict=True)), faults


def test_a_policy_that_a_protection_asks_is_known() -> None:
    assert policy_faults({"billing": "role:billing"}, KNOWN, ["billing"]) == []


@pytest.mark.variables("glance_property_protections", "glance_property_protection_format")
@pytest.mark.parametrize(
    ("protections", "form", "told"),
    [
        ([], "roles", []),
        ([{"property": "^x_", **ALL}], "roles", []),
        ([{"property": "^x_", **ALL}], "rolls", ["write roles or policies"]),
        ({"^x_": ALL}, "roles", ["is no list"]),
        ([ALL], "roles", ["needs a property"]),
        ([{"property": "(", **ALL}], "roles", ["is no regular expression"]),
        ([{"property": "[a]", **ALL}], "roles", ["cannot be written as a section's name"]),
        ([{"property": "x", **ALL, "write": ["admin"]}], "roles", ["has write; it takes property, create"]),
        ([{"property": "x", **ALL, "read": []}], "roles", ["x), read, has to list who may"]),
        ([{"property": "x", **ALL, "read": "admin"}], "roles", ["has to list who may"]),
        ([{"property": "x", **ALL, "read": ["a,b"]}], "roles", ["has to list who may"]),
        ([{"property": "x", **ALL, "read": ["@", "!"]}], "roles", ["says everybody or nobody"]),
        ([{"property": "x", **{one: ["one", "two"] for one in ALL}}], "policies", ["names several policies"] * 4),
        ([{"property": "x", **{one: ["three"] for one in ALL}}], "policies", ["which is nowhere"] * 4),
        ([{"property": "DEFAULT", **ALL}], "roles", ["cannot be written"]),
        ([{"property": "x", **ALL, "read": ["50%"]}], "roles", ["has to list who may"]),
        ([{"property": "x", **ALL, "create": ["one"], "update": ["two"]}], "policies", []),
        ([{"property": "x", **{one: ["one"] for one in ALL}}], "policies", []),
    ],
)
def test_protections(protections: Any, form: str, told: list[str]) -> None:
    faults = property_protection_faults(protections, form, ["one", "two"])
    assert len(faults) == len(told), faults
    assert all(words in fault for words, fault in zip(told, faults, strict=True)), faults


def test_what_is_written_is_read_back_in_order_and_ends_with_what_is_everybodys() -> None:
    ini = configparser.RawConfigParser()
    ini.read_string(property_protections([{"property": "^x_", **ALL}, {"property": "^y_", **ALL}]))
    assert ini.sections() == ["^x_", "^y_", ".*"]
    assert dict(ini["^x_"]) == {"create": "admin", "read": "@", "update": "admin", "delete": "!"}
    assert set(ini[".*"].values()) == {"@"}


def test_who_says_what_the_rest_is_has_the_last_word() -> None:
    ini = configparser.RawConfigParser()
    ini.read_string(property_protections([{"property": ".*", **ALL}]))
    assert ini[".*"]["delete"] == "!"
