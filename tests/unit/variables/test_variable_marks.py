"""scripts/variables on made-up repositories: what counts as a proof, what is told of what does not; and on this one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts._variables.cli import REPOSITORY, main
from scripts._variables.coverage import cover
from scripts._variables.errors import VariablesError
from scripts._variables.marks import collect
from scripts._variables.roles import Variable
from scripts._variables.table import WIDEST, shortened

DEFAULTS = "---\nglance_workers: 2\nglance_stores:\n  - {name: file}\n"
SPECS = """---
argument_specs:
  main:
    options:
      glance_workers: {type: int, default: 2}
      glance_stores: {type: list, default: [{name: file}]}
      glance_password: {type: str, required: true}
"""
OTHER = "argument_specs: {main: {options: {other_port: {default: 1}}}}"
ALL = (
    'import pytest\n@pytest.mark.variables("glance_workers", "glance_stores", "glance_password")\ndef test_all(): ...\n'
)


def repository(root: Path, tests: Mapping[str, str]) -> Path:
    """Return a repository with two roles and these tests."""
    files = {
        "roles/glance/defaults/main.yml": DEFAULTS,
        "roles/glance/meta/argument_specs.yml": SPECS,
        "roles/other/defaults/main.yml": "other_port: 1",
        "roles/other/meta/argument_specs.yml": OTHER,
        **{f"tests/{name}": text for name, text in tests.items()},
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def proved(root: Path, text: str) -> dict[str, set[str]]:
    """Return the variables of each test of a file."""
    proofs, problems = collect(repository(root, {"test_x.py": text}))
    assert not problems
    return {test: {each.variable for each in proofs if each.test == test} for test in {each.test for each in proofs}}


def complaint(root: Path, text: str, name: str = "test_x.py") -> str:
    """Return the one problem that there is with the marks of a file."""
    (problem,) = collect(repository(root, {name: text}))[1]
    return problem


def test_a_mark_at_a_test_is_a_proof(tmp_path: Path) -> None:
    text = 'import pytest\n@pytest.mark.variables("a", "b")\n@pytest.mark.variables("c")\ndef test_one(): ...\n'
    assert proved(tmp_path, text) == {"tests/test_x.py::test_one": {"a", "b", "c"}}


def test_a_row_of_a_table_is_a_proof_wherever_the_table_stands(tmp_path: Path) -> None:
    text = """
import pytest
ROWS = [pytest.param(1, marks=pytest.mark.variables("a")), pytest.param(2, marks=[pytest.mark.variables("b")])]
with_rows = pytest.mark.parametrize("x", ROWS)

@with_rows
def test_one(x): ...

@pytest.mark.parametrize("x", [pytest.param(3, marks=pytest.mark.variables("c"))])
def test_two(x): ...
"""
    assert proved(tmp_path, text) == {"tests/test_x.py::test_one": {"a", "b"}, "tests/test_x.py::test_two": {"c"}}


def test_files_and_classes_have_marks_too(tmp_path: Path) -> None:
    text = """
from pytest import mark
pytestmark = [mark.slow, mark.variables("a")]

@mark.variables("b")
class TestIt:
    pytestmark = mark.variables("c")

    @mark.variables("d")
    async def test_one(self): ...
"""
    it = "tests/test_x.py::TestIt"
    assert proved(tmp_path, text) == {"tests/test_x.py": {"a"}, it: {"b", "c"}, f"{it}::test_one": {"d"}}


def test_the_marker_may_have_a_short_name(tmp_path: Path) -> None:
    text = 'import pytest\nv = pytest.mark.variables\n@v("a")\ndef test_one(): ...\n'
    assert proved(tmp_path, text) == {"tests/test_x.py::test_one": {"a"}}


@pytest.mark.parametrize("words", ["NAME", "*NAMES", 'f"glance_{x}"', "3", 'name="a"', ""])
def test_names_that_cannot_be_read_are_told(tmp_path: Path, words: str) -> None:
    told = complaint(tmp_path, f"import pytest\n@pytest.mark.variables({words})\ndef test_one(): ...\n")
    assert told.startswith("tests/test_x.py:2: pytest.mark.variables(")
    assert told.endswith(") has to hold names in quotes and nothing else. Write them out.")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("test_x.py", '@pytest.mark.variables("a")\ndef helper(): ...\n'),
        ("test_x.py", 'def test_one(request):\n    request.node.add_marker(pytest.mark.variables("a"))\n'),
        ("test_x.py", 'ROWS = [pytest.param(1, marks=pytest.mark.variables("a"))]\ndef test_one(): ...\n'),
        ("rows.py", 'ROWS = [pytest.param(1, marks=pytest.mark.variables("a"))]\n'),
    ],
    ids=["a helper", "a test at run time", "a table that nobody uses", "another file"],
)
def test_a_mark_that_reaches_no_test_is_told(tmp_path: Path, name: str, text: str) -> None:
    assert "this mark stands at no test" in complaint(tmp_path, f"import pytest\n{text}", name)


def test_a_file_that_is_no_python_is_told(tmp_path: Path) -> None:
    told = complaint(tmp_path, "import pytest\npytest.mark.variables(\n")
    assert told == "tests/test_x.py:2: this is no Python. Correct it."


def test_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], repository(tmp_path, {"test_x.py": ALL, "lab/test_y.py": ALL})) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.splitlines() == [
        "roles/glance: 3 variables, 3 with tests",
        "  glance_workers   2                         tests/lab/test_y.py::test_all",
        "                                             tests/test_x.py::test_all",
        '  glance_stores    [{"name": "file"}]        tests/lab/test_y.py::test_all',
        "                                             tests/test_x.py::test_all",
        "  glance_password  (required)                tests/lab/test_y.py::test_all",
        "                                             tests/test_x.py::test_all",
        "",
        "roles/other: 1 variables, 0 with tests",
        "  other_port  1                         -",
    ]


def test_what_has_no_test_and_what_there_is_not_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ALL.replace('"glance_stores"', '"glance_store", "zzz"')
    mark = "variables: tests/test_x.py:2: there is no variable"
    assert main(["--role", "glance"], repository(tmp_path, {"test_x.py": text})) == 1
    shown = capsys.readouterr()
    assert "roles/other" not in shown.out
    assert shown.err.splitlines() == [
        f"{mark} glance_store; did you mean glance_stores? Correct the mark.",
        f"{mark} zzz; no role has one like it. Correct the mark.",
        "variables: roles/glance: no test proves glance_stores. Write one that fails when it does nothing, and mark it "
        '@pytest.mark.variables("glance_stores")',
    ]


def test_another_role_may_have_variables_without_a_test(tmp_path: Path) -> None:
    assert main(["--role", "other"], repository(tmp_path, {})) == 0


def test_programs_get_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ALL.replace(', "glance_password"', "")
    assert main(["--output", "json"], repository(tmp_path, {"test_x.py": text})) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["version"] == 1
    assert found["roles"]["glance"][1] == {
        "name": "glance_stores",
        "required": False,
        "default": [{"name": "file"}],
        "tests": ["tests/test_x.py::test_all"],
    }
    assert (found["roles"]["glance"][2]["name"], found["roles"]["glance"][2]["required"]) == ("glance_password", True)
    assert [problem for problem in found["problems"] if "glance_password" in problem] == found["problems"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "roles/glance/defaults/main.yml: No such file or directory. Each role has this file; write it."),
        ("a: [", "roles/glance/defaults/main.yml:1: this is no YAML. Correct it."),
        ("[1]", "roles/glance/defaults/main.yml: this is a list, not a mapping. Correct it."),
    ],
    ids=["missing", "no YAML", "a list"],
)
def test_a_role_that_cannot_be_read_is_told(tmp_path: Path, content: str | None, words: str) -> None:
    path = repository(tmp_path, {}) / "roles/glance/defaults/main.yml"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(VariablesError) as caught:
        cover(tmp_path, ["glance"])
    assert str(caught.value) == words
    assert main([], tmp_path) == 2


@pytest.mark.parametrize(
    ("default", "shown"),
    [("", '""'), (None, "null"), (False, "false"), ("a\nb", "a b"), ("x" * 30, "x" * (WIDEST - 1) + "…"), ({}, "{}")],
)
def test_a_default_is_shown_on_one_line(default: object, shown: str) -> None:
    assert shortened(Variable("glance", "glance_x", default)) == shown


def test_every_variable_of_glance_has_a_test_and_every_mark_a_variable() -> None:
    coverage = cover(REPOSITORY, ["glance"])
    assert not coverage.problems, "\n".join(coverage.problems)
    assert coverage.rows
