"""In which order resources come about, what waits for what, and what is told when one fails."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_state import AGAIN, Bringing, Look, look
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError, Plan, Step
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context, Kind, Outcome, Resource

from tests.unit.plugins.fake_run import FakeRun

# Longer than anything here takes: a wait that lasts so long is a test that failed.
LONG = 30


class Site:
    """What happens on a host, in its order.

    Attributes:
        happened: Beginnings and ends, by the resource's name.
        prepared: What was prepared before anything happened.
        due: Resources that are not as wished.
        faults: What goes wrong, by the resource's name.
        gates: What resources wait for before they end.
        contexts: What each was given.
    """

    def __init__(self, *due: str) -> None:
        self.happened: list[str] = []
        self.prepared: list[str] = []
        self.due = set(due)
        self.faults: dict[str, Exception] = {}
        self.gates: dict[str, threading.Event] = {}
        self.contexts: dict[str, Context] = {}

    def resource(self, name: str, **marks: Any) -> Resource:
        return Resource(name, Kind({}, self._bring, prepare=self._prepare), {"name": name}, **marks)

    def wish(self, words: str) -> list[Resource]:
        """Return resources from their names, with & for `background`, + for `beside` and ? for `expected`."""
        return [
            self.resource(word.strip("&+?"), background="&" in word, beside="+" in word, expected="?" in word)
            for word in words.split()
        ]

    def _prepare(self, params: Mapping[str, Any], _context: Context) -> None:
        assert not self.happened
        self.prepared.append(params["name"])
        if "prepare" in self.faults:
            raise self.faults["prepare"]

    def _bring(self, params: Mapping[str, Any], context: Context) -> Outcome:
        name = params["name"]
        self.contexts[name] = context
        self.happened.append(name)
        if name in self.gates:
            assert self.gates[name].wait(LONG)
        self.happened.append(f"/{name}")
        if name in self.faults:
            raise self.faults[name]
        return Outcome(Plan((Step("make", name),) if name in self.due else ()), {"is": name})


def bring(wanted: Sequence[Resource], **context: Any) -> Bringing:
    bringing = Bringing(Context(FakeRun(), **context))
    bringing.bring(wanted)
    return bringing


def failing(wanted: Sequence[Resource]) -> tuple[Bringing, DeployError]:
    bringing = Bringing(Context(FakeRun()))
    with pytest.raises(DeployError) as caught:
        bringing.bring(wanted)
    return bringing, caught.value


def opening(name: str, gate: threading.Event, fault: Exception | None = None) -> Resource:
    """Return a resource beside one in the background, which ends only when this one was begun."""

    def bring_about(_params: Mapping[str, Any], _context: Context) -> Outcome:
        gate.set()
        if fault:
            raise fault
        return Outcome(Plan())

    return Resource(name, Kind({}, bring_about), {}, beside=True)


def before(site: Site, first: str, second: str) -> bool:
    return site.happened.index(first) < site.happened.index(second)


def test_one_after_the_other_in_the_order_of_the_wish() -> None:
    site = Site("a", "c")
    bringing = bring(site.wish("a b c"))
    assert site.happened == ["a", "/a", "b", "/b", "c", "/c"]
    assert bringing.steps == ["make: a", "make: c"]
    assert {name: outcome.report for name, outcome in bringing.done.items()} == {name: {"is": name} for name in "abc"}


def test_all_that_is_to_be_changed_is_prepared_before_the_first_change() -> None:
    site = Site("a")
    bring(site.wish("a b? c&"))
    assert site.prepared == ["a", "c"]


def test_check_mode_and_looks_prepare_nothing() -> None:
    site = Site("a")
    bring(site.wish("a b"), check_mode=True)
    look(site.wish("a b"), Context(FakeRun()))
    assert site.prepared == []


def test_what_cannot_be_prepared_is_not_begun() -> None:
    site = Site("a")
    site.faults["prepare"] = DeployError("no")
    bringing, error = failing(site.wish("a b"))
    assert (str(error), site.happened, bringing.steps) == ("no", [], [])


def test_nothing_is_wished() -> None:
    assert bring([]).done == {}


def test_what_is_beside_does_not_wait_for_the_background_and_the_rest_does() -> None:
    site = Site("packages", "database", "files")
    gate = site.gates["packages"] = threading.Event()
    packages, database, files = site.wish("packages& database+ files")
    bringing = bring([packages, database, opening("catalogue", gate), files])
    assert before(site, "/database", "/packages")
    assert before(site, "/packages", "files")
    assert bringing.steps == ["make: database", "make: packages", "make: files"]


def test_the_background_is_waited_for_at_the_end() -> None:
    site = Site("packages")
    gate = site.gates["packages"] = threading.Event()
    assert list(bring([*site.wish("packages&"), opening("b", gate)]).done) == ["b", "packages"]


def test_a_second_one_in_the_background_waits_for_the_first_unless_it_is_beside() -> None:
    site = Site("a", "b", "c")
    assert bring(site.wish("a& b& c&+")).steps == ["make: a", "make: b", "make: c"]
    site = Site()
    site.faults["a"] = DeployError("no")
    failing(site.wish("a& b&"))
    assert site.happened == ["a", "/a"]


def test_a_failure_ends_it_and_tells_what_was_done_before() -> None:
    site = Site("a", "c")
    site.faults["b"] = DeployError("no", "hint")
    bringing, error = failing(site.wish("a b c"))
    assert str(error) == "no"
    assert site.happened == ["a", "/a", "b", "/b"]
    assert bringing.steps == ["make: a"]


def test_a_failure_beside_the_background_waits_for_it_and_tells_what_it_did() -> None:
    site = Site("packages")
    gate = site.gates["packages"] = threading.Event()
    packages, files = site.wish("packages& files")
    bringing, error = failing([packages, opening("catalogue", gate, DeployError("Keystone is gone.")), files])
    assert str(error) == "Keystone is gone."
    assert site.happened == ["packages", "/packages"]
    assert bringing.steps == ["make: packages"]


def test_of_two_failures_the_first_is_told() -> None:
    site = Site()
    site.faults = {"packages": DeployError("apt"), "catalogue": DeployError("Keystone")}
    _, error = failing(site.wish("packages& catalogue+"))
    assert str(error) == "Keystone"


def test_a_failure_in_the_background_keeps_what_waits_for_it_from_beginning() -> None:
    site = Site("database")
    site.faults["packages"] = DeployError("apt")
    bringing, error = failing(site.wish("packages& database+ files"))
    assert str(error) == "apt"
    assert "files" not in site.happened
    assert bringing.steps == ["make: database"]


def test_a_bug_in_the_background_is_not_swallowed() -> None:
    site = Site()
    site.faults["packages"] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        bring(site.wish("packages& a+"))


def test_what_is_expected_is_looked_at_only() -> None:
    site = Site("b")
    bringing = bring(site.wish("a? b"))
    assert site.contexts["a"].check_mode
    assert not site.contexts["b"].check_mode
    assert bringing.steps == ["make: b"]


@pytest.mark.parametrize("words", ["a?", "a?&"], ids=["in turn", "in the background"])
def test_what_is_expected_and_is_not_so_fails(words: str) -> None:
    site = Site("a", "b")
    _, error = failing(site.wish(f"{words} b"))
    assert str(error) == "a is not as it should be, due: make: a."
    assert error.hint == AGAIN
    assert "b" not in site.happened


def test_check_mode_takes_turns_and_may_find_nothing_to_build_on() -> None:
    site = Site("packages", "service")
    bringing = bring(site.wish("packages& database+ service?"), check_mode=True, tentative=True)
    assert site.happened == ["packages", "/packages", "database", "/database", "service", "/service"]
    # It comes about by what was not done before it, so that it is no failure.
    assert bringing.steps == ["make: packages", "make: service"]
    assert all(context.tentative for context in site.contexts.values())


def test_what_one_touches_the_next_one_knows() -> None:
    site = Site()
    wanted = site.wish("a b")
    context = Context(FakeRun(), touched=["/x"])
    Bringing(context).bring(wanted)
    assert site.contexts["b"] is context


@pytest.mark.parametrize(
    ("due", "faults", "expected", "happened"),
    [
        ("", {}, Look((), {name: {"is": name} for name in "abc"}), "abc"),
        ("bc", {}, Look(("make: b",), {"a": {"is": "a"}}), "ab"),
        ("", {"b": DeployError("No server.", "hint")}, Look(("b: No server.",), {"a": {"is": "a"}}), "ab"),
        ("a", {"b": DeployError("No server.")}, Look(("make: a",), {}), "a"),
    ],
    ids=["noop", "due", "failure", "due before a failure"],
)
def test_a_look_ends_with_the_first_that_is_not_as_wished(
    due: str, faults: dict[str, Exception], expected: Look, happened: str
) -> None:
    site = Site(*due)
    site.faults = faults
    assert look(site.wish("a& b+ c"), Context(FakeRun())) == expected
    assert [name for name in site.happened if not name.startswith("/")] == list(happened)
    assert all(context.check_mode and not context.tentative for context in site.contexts.values())
