"""What a role may say of a resource, and what it is told when it says it wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._kinds import KINDS
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError, Plan, Step
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import (
    ATTRIBUTES,
    Context,
    Kind,
    Outcome,
    resources,
    tagged,
)

from tests.unit.plugins.fake_run import FakeRun

SPEC: Mapping[str, Any] = {
    "path": {"type": "path", "required": True},
    "count": {"type": "int", "default": 3},
    "pin": {"type": "int", "no_log": True},
    "accounts": {
        "type": "list",
        "elements": "dict",
        "options": {"password": {"type": "str", "no_log": True}, "name": {"type": "str"}},
    },
}
THINGS = {
    "thing": Kind(SPEC, lambda _params, _context: Outcome(Plan()), {"mutually_exclusive": [("pin", "accounts")]}),
    "nothing": Kind({}, lambda _params, _context: Outcome(Plan())),
}
THING: Mapping[str, Any] = {"path": "/x"}


def refused(*entries: Mapping[str, Any]) -> DeployError:
    with pytest.raises(DeployError) as caught:
        resources(entries, THINGS)
    assert caught.value.hint
    return caught.value


def test_arguments_are_checked_and_completed() -> None:
    (found,) = resources([{"name": "a thing", "thing": {"path": "/x", "count": "7"}}], THINGS)
    assert (found.name, found.kind) == ("a thing", THINGS["thing"])
    assert found.params == {"path": "/x", "count": 7, "pin": None, "accounts": None}
    assert (found.background, found.beside, found.expected) == (False, False, False)


@pytest.mark.parametrize("empty", [{}, None], ids=["mapping", "none"])
def test_a_kind_may_need_no_arguments(empty: Mapping[str, Any] | None) -> None:
    (found,) = resources([{"nothing": empty, "background": True, "expected": True}], THINGS)
    assert (found.name, found.params) == ("nothing", {})
    assert (found.background, found.beside, found.expected) == (True, False, True)


def test_one_resource_does_not_change_the_defaults_of_the_next() -> None:
    options = {"public": {"type": "str"}}
    spec: dict[str, Any] = {
        "endpoints": {"type": "dict", "default": {}, "options": options},
        "names": {"type": "list", "default": []},
    }
    kinds = {"thing": Kind(spec, lambda _params, _context: Outcome(Plan()))}
    first, second = resources([{"name": "a", "thing": {}}, {"name": "b", "thing": {}}], kinds)
    first.params["names"].append("x")
    assert second.params["names"] == []
    assert (spec["endpoints"]["default"], spec["names"]["default"]) == ({}, [])


def test_what_when_leaves_out_is_not_even_checked() -> None:
    entries = [{"name": "a", "when": False, "unknown": 1}, {"name": "b", "when": True, "thing": THING}]
    assert [found.name for found in resources(entries, THINGS)] == ["b"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"name": "a", "thin": THING}, "The resource 'a' has to be of one kind, and has thin."),
        ({"name": "a"}, "The resource 'a' has to be of one kind, and has none."),
        (
            {"thing": THING, "nothing": {}},
            "The resource 'nothing thing' has to be of one kind, and has nothing, thing.",
        ),
        ({"name": "a", "thing": {}}, "The resource 'a' (thing): missing required arguments: path."),
        ({"name": "a", "thing": {"path": "/", "size": 1}}, "size"),
        ({"name": "a", "thing": {"path": "/", "count": "many"}}, "argument 'count' is of type"),
        ({"name": "a", "thing": {"path": "/", "pin": 1, "accounts": []}}, "parameters are mutually exclusive"),
        ({"name": "a", "thing": "/x"}, "The resource 'a' (thing): no mapping of arguments."),
        ({"name": "a", "thing": ["/x"]}, "The resource 'a' (thing): no mapping of arguments."),
    ],
    ids=["unknown", "none", "two", "missing", "stranger", "type", "rule", "text", "list"],
)
def test_what_is_said_wrongly_is_refused_with_its_name(entry: Mapping[str, Any], words: str) -> None:
    assert words in str(refused(entry))


def test_an_unknown_kind_is_told_which_there_are() -> None:
    assert refused({"thin": {}}).hint == "Give it one of: thing, nothing."


def test_two_of_one_name_are_refused_because_the_report_of_one_would_hide_that_of_the_other() -> None:
    assert "More than one resource is named 'a'." in str(
        refused({"name": "a", "thing": THING}, {"name": "b", "nothing": {}}, {"name": "a", "nothing": {}})
    )
    assert "'nothing'" in str(refused({"nothing": {}}, {"nothing": {}}))
    assert len(resources([{"name": "a", "nothing": {}}, {"name": "a", "when": False, "nothing": {}}], THINGS)) == 1


def test_secrets_are_gathered_wherever_they_stand() -> None:
    accounts = [{"name": "one", "password": "hush"}, {"name": "two", "password": "hash"}]
    (found,) = resources([{"thing": {**THING, "accounts": accounts}}], THINGS)
    assert found.secrets == {"hush", "hash"}
    assert "hush" not in repr(found)


def test_numbers_are_secrets_too() -> None:
    (found,) = resources([{"thing": {**THING, "pin": 4711}}], THINGS)
    assert found.secrets == {"4711"}


def test_a_secret_of_the_wrong_type_is_not_quoted() -> None:
    assert "hunter2hunter2" not in str(refused({"thing": {**THING, "pin": "hunter2hunter2"}}))


def test_no_kind_has_an_argument_that_would_hide_an_attribute() -> None:
    assert not KINDS.keys() & ATTRIBUTES.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_for(kind: str) -> None:
    """Its spec is one that Ansible can check: what is missing is told, and nothing breaks."""
    try:
        resources([{kind: {}}], KINDS)
    except DeployError as error:
        assert f"({kind})" in str(error)  # noqa: PT017  # some kinds need nothing


ENTRIES = [{"name": name, "tag": tag} for name, tag in (("a", "install"), ("b", "config"), ("c", "install"))]
UNTAGGED = {"name": "d"}


@pytest.mark.parametrize(
    ("tags", "skip_tags", "names"),
    [
        (["all"], [], "abcd"),
        (["tagged"], [], "abcd"),
        (["install"], [], "acd"),
        (["config", "install"], [], "abcd"),
        (["all"], ["install"], "bd"),
        (["install"], ["install"], "d"),
        (["verify"], [], "d"),
        ([], [], "d"),
    ],
    ids=["all", "tagged", "one", "two", "skip", "both", "another", "none"],
)
def test_tags_choose(tags: list[str], skip_tags: list[str], names: str) -> None:
    assert "".join(entry["name"] for entry in tagged([*ENTRIES, UNTAGGED], tags, skip_tags)) == names


def test_a_host_can_be_read_without_being_changed() -> None:
    context = Context(FakeRun(), tentative=True, touched=["/x"])
    assert context.reading() == Context(context.run, check_mode=True)


def test_an_outcome_shows_the_diff_of_its_plan_or_its_own() -> None:
    plan = Plan((Step("write", "/x", "a", "b"),))
    assert Outcome(plan).shown() == {"before": "/x: a\n", "after": "/x: b\n"}
    assert Outcome(plan, diff={"before": "", "after": "c"}).shown() == {"before": "", "after": "c"}
