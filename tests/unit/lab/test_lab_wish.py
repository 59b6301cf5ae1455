"""What the command line asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts._lab.errors import UsageError
from scripts._lab.wish import Wish, wish_hosts
from tests.unit.lab.lab_fakes import make_lab


@pytest.mark.parametrize(
    ("count", "suites", "named", "expected"),
    [
        (None, [], [], [("host1", "bookworm")]),
        (2, ["trixie"], [], [("host1", "trixie"), ("host2", "trixie")]),
        (None, ["bookworm", "trixie"], [], [("host1", "bookworm"), ("host2", "trixie")]),
        (3, ["bookworm", "trixie"], [], [("host1", "bookworm"), ("host2", "trixie"), ("host3", "bookworm")]),
        (None, ["trixie"], ["image", "identity=bullseye"], [("image", "trixie"), ("identity", "bullseye")]),
        (2, [], ["image"], [("image", "bookworm"), ("host2", "bookworm")]),
    ],
    ids=["nothing", "count", "suites", "suites in turn", "names", "names and count"],
)
def test_hosts(count: int | None, suites: list[str], named: list[str], expected: list[tuple[str, str]]) -> None:
    assert wish_hosts(count, suites, named) == tuple(expected)


@pytest.mark.parametrize(
    ("count", "suites", "named", "message"),
    [
        (0, [], [], "cannot have 0 hosts"),
        (51, [], [], "cannot have 51 hosts"),
        (1, [], ["a", "b"], "less than the 2"),
        (None, [], ["a", "a"], "same name"),
        (None, ["woody"], [], "Unknown suite 'woody'"),
        (None, [], ["a=woody"], "Unknown suite 'woody'"),
        (None, [], ["Bad_Name"], "Host name 'Bad_Name'"),
        (None, [], ["-a"], "Host name '-a'"),
        (None, [], ["glance"], "a group's name"),
    ],
)
def test_contradictions(count: int | None, suites: list[str], named: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        wish_hosts(count, suites, named)


def test_a_lab_of_the_same_shape_grants_the_wish(tmp_path: Path) -> None:
    lab = make_lab(tmp_path)
    wish = Wish("demo", (("host1", "bookworm"),))
    assert wish.is_granted_by(lab)
    assert not wish.is_granted_by(replace(lab, kind="baked"))
    assert not replace(wish, hosts=(("host1", "trixie"),)).is_granted_by(lab)


def test_only_the_first_host_is_ready() -> None:
    hosts = (("host1", "trixie"), ("host2", "trixie"))
    assert [kind for _, _, kind in Wish("demo", hosts, "ready").members()] == ["ready", "baked"]
    assert [kind for _, _, kind in Wish("demo", hosts).members()] == ["bare", "bare"]


@pytest.mark.parametrize("kind", ["bare", "baked", "ready"])
def test_el_like_hosts_that_join_are_bare(kind: str) -> None:
    hosts = (("identity", "trixie"), ("image", "el9"))
    assert [each for _, _, each in Wish("demo", hosts, kind).members()] == [kind, "bare"]
