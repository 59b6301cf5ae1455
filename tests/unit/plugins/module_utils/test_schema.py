"""Migrations on disk, and what a database schema lacks compared with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._schema import (
    FILLED,
    LOADING,
    Schema,
    first_mark,
    heads,
    plan_schema,
    read_migrations,
)

NEW = frozenset({"b2"})
# As Glance has them: data and schema migrations in one line, with branches that depend on each other.
BRANCHES = {
    "liberty_initial.py": 'revision = "liberty"\ndown_revision = None\ndepends_on = None\n',
    "ocata_expand01.py": 'revision = "ocata_expand01"\ndown_revision = "liberty"\nbranch_labels = "expand"\n',
    "ocata_contract01.py": (
        'revision = "ocata_contract01"\ndown_revision = "liberty"\ndepends_on = "ocata_expand01"\n'
    ),
    "pike_expand01.py": 'revision = "pike_expand01"\ndown_revision = "ocata_expand01"\n',
    "pike_contract01.py": (
        'revision = "pike_contract01"\ndown_revision = "ocata_contract01"\ndepends_on = ("pike_expand01",)\n'
    ),
}


def tree(directory: Path, **files: str) -> Path:
    for name, content in files.items():
        path = directory / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(content)
    return directory


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, set()),
        ({"a": 'revision = "a1"\ndown_revision = None\n'}, {"a1"}),
        ({"a": "revision = 'a1'\n", "b": "revision = 'b2'\ndown_revision = 'a1'\n"}, {"b2"}),
        ({"a": "revision = 'a1'\n", "b": "revision = 'b2'\n"}, {"a1", "b2"}),
        (
            {
                "a": "revision = 'a1'\n",
                "b": "revision = 'b2'\ndown_revision = 'a1'\n",
                "c": "revision = 'c3'\ndown_revision = ('a1', 'b2')\n",
            },
            {"c3"},
        ),
        ({"expand__a": "revision = 'a1'\n", "contract__b": "revision = 'b2'\ndepends_on = ['a1']\n"}, {"b2"}),
        ({"a": "revision: str = 'a1'\n", "b": "revision: str = 'b2'\ndown_revision: str | None = 'a1'\n"}, {"b2"}),
        ({"__init__": "", "helper": "import os\nNAME = 'x'\nrevision = NAME\n", "a": "revision = 'a1'\n"}, {"a1"}),
        ({"a": '"""Doc."""\nrevision = "a1"\ndown_revision = None\nLIMIT = 5 * 3\nseen: dict = {}\nx.y = 1\n'}, {"a1"}),
        ({"a": "revision: str\n"}, set()),
    ],
    ids=[
        "nothing",
        "one",
        "line",
        "branches",
        "merge",
        "dependency in another directory",
        "annotated",
        "no migrations beside",
        "other statements",
        "only named",
    ],
)
def test_heads_are_what_none_builds_on(tmp_path: Path, files: dict[str, str], expected: set[str]) -> None:
    assert heads(read_migrations(tree(tmp_path, **files))) == expected


def test_heads_of_branches_that_depend_on_each_other(tmp_path: Path) -> None:
    for name, content in BRANCHES.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "README").write_text("revision = 'no'")
    assert heads(read_migrations(tmp_path)) == {"pike_contract01"}


@pytest.mark.parametrize("content", [b"revision = ", b"\0\0\0\0"], ids=["half", "after a power cut"])
def test_a_torn_migration_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.py").write_bytes(content)
    with pytest.raises(DeployError, match=r"a\.py is not Python\.") as caught:
        read_migrations(tmp_path)
    assert caught.value.hint.startswith("Install its package again")


@pytest.mark.parametrize(
    ("actual", "is_current", "before"),
    [
        (Schema(NEW), True, []),
        (Schema(), False, ["no schema"]),
        (Schema(frozenset({"b1", "a1"})), False, ["a1, b1"]),
        (Schema(NEW, interrupted=True), True, ["b2"]),
    ],
    ids=["noop", "empty database", "older", "interrupted"],
)
def test_plan(actual: Schema, is_current: bool, before: list[str]) -> None:
    steps = plan_schema(actual, NEW, is_current=is_current)
    assert steps.titles() == ["migrate: database schema"] * len(before)
    assert [step.before for step in steps.steps] == before


def test_without_alembic_the_plan_names_no_revision() -> None:
    (step,) = plan_schema(Schema(), frozenset(), is_current=False).steps
    assert step.after == "current"


def test_marks_tell_where_a_migration_began_and_where_it_was_to_lead() -> None:
    marks = [FILLED, LOADING, first_mark(NEW), first_mark(frozenset({"b2", "c3"})), first_mark(frozenset())]
    assert len(set(marks)) == len(marks)
    assert first_mark(frozenset({"b", "a"})) == first_mark(frozenset({"a", "b"}))
