"""Which variables tests say they prove: read from their source, so that nothing has to be imported or run.

A mark counts where it stands at a test, in a row of a table that a test is parametrized with, in `pytestmark`, or under
a name of the same module that one of these uses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MARKERS = ("pytest.mark.variables", "mark.variables")
ALL = "pytestmark"


@dataclass(frozen=True)
class Proof:
    """A test says that it fails when a variable does nothing. `where` is the line that says so."""

    variable: str
    test: str
    where: str


def collect(root: Path) -> tuple[list[Proof], list[str]]:
    """Return what the tests of a repository say, and what is wrong with how they say it."""
    proofs: list[Proof] = []
    problems: list[str] = []
    for path in sorted((root / "tests").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        # Most files have none, and to parse them takes most of the time.
        if MARKERS[1] not in text:
            continue
        shown = path.relative_to(root).as_posix()
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            problems.append(f"{shown}:{error.lineno}: this is no Python. Correct it.")
            continue
        found = _Source(shown, tree)
        proofs += found.proofs
        problems += found.problems
    return proofs, problems


class _Source:
    """The marks of one file."""

    def __init__(self, shown: str, tree: ast.Module) -> None:
        self._shown = shown
        self._names = _assigned(tree)
        self._seen: set[ast.Call] = set()
        self.proofs: list[Proof] = []
        self.problems: list[str] = []
        if shown.rpartition("/")[2].startswith("test_"):
            for test, nodes in _tests(shown, tree):
                self._take(test, nodes)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and self._is_mark(call) and call not in self._seen:
                self._complain(call, "this mark stands at no test. Put it at one, or in a table of the test's own file")

    def _take(self, test: str, nodes: list[ast.expr]) -> None:
        """Note the marks of a test."""
        for call in dict.fromkeys(call for node in nodes for call in self._marks(node, frozenset())):
            is_new = call not in self._seen
            self._seen.add(call)
            variables = _literals(call)
            if not variables and is_new:
                self._complain(
                    call, f"{ast.unparse(call)} has to hold names in quotes and nothing else. Write them out"
                )
            where = f"{self._shown}:{call.lineno}"
            self.proofs += [Proof(variable, test, where) for variable in variables]

    def _marks(self, node: ast.AST, followed: frozenset[str]) -> Iterator[ast.Call]:
        """Yield the marks in an expression and in what it names."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and self._is_mark(part):
                yield part
            elif isinstance(part, ast.Name) and part.id in self._names and part.id not in followed:
                yield from self._marks(self._names[part.id], followed | {part.id})

    def _is_mark(self, call: ast.Call) -> bool:
        function: ast.expr = call.func
        if isinstance(function, ast.Name):
            function = self._names.get(function.id, function)
        return ast.unparse(function) in MARKERS

    def _complain(self, call: ast.Call, words: str) -> None:
        self.problems.append(f"{self._shown}:{call.lineno}: {words}.")


def _assigned(scope: ast.Module | ast.ClassDef) -> Mapping[str, ast.expr]:
    """Return what is assigned to each name of a module or class."""
    found: dict[str, ast.expr] = {}
    for statement in scope.body:
        if isinstance(statement, ast.Assign):
            found |= {target.id: statement.value for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and statement.value and isinstance(statement.target, ast.Name):
            found[statement.target.id] = statement.value
    return found


def _tests(label: str, scope: ast.Module | ast.ClassDef) -> Iterator[tuple[str, list[ast.expr]]]:
    """Yield each test as pytest calls it, or what stands for all tests of a file or class, with what may mark it."""
    if ALL in (known := _assigned(scope)):
        yield label, [known[ALL]]
    for statement in scope.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name.startswith("test"):
            yield f"{label}::{statement.name}", statement.decorator_list
        elif isinstance(statement, ast.ClassDef) and statement.name.startswith("Test"):
            yield f"{label}::{statement.name}", statement.decorator_list
            yield from _tests(f"{label}::{statement.name}", statement)


def _literals(call: ast.Call) -> list[str]:
    """Return the names that a mark gives, none when they cannot be read here."""
    try:
        found = [ast.literal_eval(word) for word in call.args]
    except ValueError:
        return []
    return found if not call.keywords and all(isinstance(name, str) for name in found) else []
