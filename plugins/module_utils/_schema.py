# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a database schema is the one of the installed code, decided from the migrations on disk.

To ask the service's own program costs a second and more a time, most of it for loading the service. It reads the same
two things: the migration scripts of Alembic, and the table `alembic_version`.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ._plan import DeployError, Plan, Step, plan

VERSION_TABLE = "alembic_version"
# What the mark of a migration says of one that began with tables.
FILLED = b"filled\n"
# What it says once the schema is current and the data that ship with it are still to be loaded.
LOADING = b"data\n"
# What a migration says of itself.
SAID = ("revision", "down_revision", "depends_on")


@dataclasses.dataclass(frozen=True)
class Migration:
    """One migration script of Alembic.

    Attributes:
        revision: Its name.
        before: The revisions that it builds on.
    """

    revision: str
    before: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Schema:
    """What the database holds.

    Attributes:
        versions: Revisions in Alembic's table.
        tables: Names of all tables.
        interrupted: Whether a migration of ours was begun and not ended.
    """

    versions: frozenset[str] = frozenset()
    tables: tuple[str, ...] = ()
    interrupted: bool = False


def read_migrations(directory: Path) -> list[Migration]:
    """Return the migrations of a directory; files that are none are passed over.

    Raises:
        DeployError: A file is torn.
    """
    found = (_migration(path) for path in sorted(directory.rglob("*.py")))
    return [migration for migration in found if migration]


def heads(migrations: Iterable[Migration]) -> frozenset[str]:
    """Return what Alembic's table holds after all migrations: those that none builds on."""
    known = list(migrations)
    return frozenset(one.revision for one in known) - frozenset(name for one in known for name in one.before)


def first_mark(wished: frozenset[str]) -> bytes:
    """Return what the mark of a migration says that began with an empty database: where it was to lead."""
    return f"empty, to {' '.join(sorted(wished))}\n".encode()


def plan_schema(actual: Schema, wished: frozenset[str], *, is_current: bool) -> Plan:
    """Return the step after which the schema is the one of the code.

    Args:
        actual: What the database holds.
        wished: The revisions of the code; empty when it does not use Alembic.
        is_current: Whether the schema is the code's own.
    """
    if is_current and not actual.interrupted:
        return plan()
    before = ", ".join(sorted(actual.versions)) or "no schema"
    return plan(Step("migrate", "database schema", before, ", ".join(sorted(wished)) or "current"))


def _migration(path: Path) -> Migration | None:
    try:
        body = ast.parse(path.read_bytes()).body
    except (SyntaxError, ValueError) as error:
        raise DeployError(f"{path} is not Python.", f"Install its package again: dpkg -S {path}") from error
    given: dict[str, Any] = {}
    for node in body:
        # Newer templates of Alembic write `revision: str = ...`.
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(target, ast.Name) and target.id in SAID:
            given[target.id] = _literal(node.value)
    if not isinstance(given.get("revision"), str):
        return None
    return Migration(given["revision"], _names(given, "down_revision") | _names(given, "depends_on"))


def _names(given: Mapping[str, Any], key: str) -> frozenset[str]:
    value = given.get(key)
    return frozenset([value] if isinstance(value, str) else value or ())


def _literal(node: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(node) if node else None
    except ValueError:
        return None
