# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A service's schema, as a resource: migrated by the service's own program, looked at through its own account."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from . import _own_account
from ._config_file import State, explained, make_private, replacing
from ._database import Database
from ._database_gateway import Login, MariaDB
from ._plan import DeployError
from ._resource import Context, Kind, Outcome
from ._schema import FILLED, LOADING, VERSION_TABLE, Schema, first_mark, heads, plan_schema, read_migrations

SPEC: Mapping[str, Any] = {
    **_own_account.SPEC,
    # Directory of Alembic's migrations. Where it is missing, the service is not installed yet or knows no Alembic.
    "migrations": {"type": "path", "required": True},
    # Whether one of several last revisions is enough: Glance's Pike has each change twice, to make at once or in steps.
    "any_head": {"type": "bool", "default": False},
    # Says with exit code 0 that the schema is current, where the migrations cannot tell.
    "check": {"type": "list", "elements": "str", "required": True},
    "sync": {"type": "list", "elements": "str", "required": True},
    # Tables that have to be there in the end.
    "tables": {"type": "list", "elements": "str", "default": []},
    # Stands from before the first statement until everything is there: a killed run is seen by it.
    "mark": {"type": "path", "required": True},
    # Whether a resource of kind shipped_data comes after it, which then takes the mark away.
    "data_follow": {"type": "bool", "default": False},
}


class SchemaKeeper:
    """Brings one schema to what the installed code needs.

    Args:
        params: The resource's arguments.
        context: The host.
        connect: Opens a connection.
    """

    def __init__(
        self, params: Mapping[str, Any], context: Context, connect: Callable[[Login], MariaDB] = MariaDB
    ) -> None:
        self._params = params
        self._context = context
        self._connect = connect
        self._mark = Path(params["mark"])
        directory = Path(params["migrations"])
        self._wished = heads(read_migrations(directory)) if directory.is_dir() else frozenset()

    def bring(self) -> Outcome:
        """Migrate the schema when it is not the one of the installed code.

        Raises:
            DeployError: The database cannot be read, or the migration failed.
        """
        actual = self._read()
        steps = plan_schema(actual, self._wished, is_current=self._is_current(actual))
        if steps and not self._context.check_mode:
            self._migrate(actual)
            actual = self._read()
        self._context.touched += [str(self._mark)] if steps else []
        missing = [name for name in self._params["tables"] if name not in actual.tables]
        if missing and not (steps and self._context.check_mode):
            raise DeployError(
                f"The database {self._params['database']} lacks {', '.join(missing)}, and counts as current.",
                f"Restore it from a backup, or look: {' '.join(self._as_user(self._params['check']))}",
            )
        return Outcome(steps, {"tables": list(actual.tables), "versions": sorted(actual.versions)})

    def _is_current(self, actual: Schema) -> bool:
        if self._wished:
            is_one = bool(actual.versions) and actual.versions < self._wished
            return actual.versions == self._wished or (is_one and self._params["any_head"])
        return self._context.run(self._as_user(self._params["check"]))[0] == 0

    def _server(self) -> contextlib.closing[MariaDB]:
        return contextlib.closing(self._connect(_own_account.login(self._params)))

    def _read(self) -> Schema:
        name = self._params["database"]
        try:
            with self._server() as server:
                found = server.read(Database(name))
                has_versions = VERSION_TABLE in found.tables
                versions = server.column(name, VERSION_TABLE, "version_num") if has_versions else ()
        except DeployError as error:
            if not _own_account.may_be_missing(self._params, error, self._context):
                raise
            return Schema()
        interrupted = self._mark.exists() and self._mark.read_bytes() != LOADING
        return Schema(frozenset(versions), found.tables, interrupted)

    def _migrate(self, actual: Schema) -> None:
        with explained("make", self._mark.parent):
            make_private(self._mark.parent)
        if not actual.interrupted:
            self._write_mark(FILLED if actual.tables else first_mark(self._wished))
        try:
            self._sync()
        except DeployError:
            if not self._can_start_over():
                raise
            self._start_over()
            self._sync()
        if self._params["data_follow"]:
            self._write_mark(LOADING)
        else:
            self._mark.unlink()

    def _write_mark(self, content: bytes) -> None:
        state = State(content, "root", "root", 0o600)
        with explained("mark the migration as", self._mark), replacing(self._mark, state):
            pass

    def _can_start_over(self) -> bool:
        """Whether all there is came from a migration of ours that was killed: MariaDB takes no table back then.

        A first migration is not always made to be repeated. It began with an empty database and never got to its end,
        so that no service has ever worked with these tables. That holds for the code that it was begun with only: with
        another one, what was not reached may be newer than a service that has worked since.
        """
        return self._mark.read_bytes() == first_mark(self._wished) and self._read().versions != self._wished

    def _start_over(self) -> None:
        with self._server() as server:
            server.drop_tables(self._params["database"], server.read(Database(self._params["database"])).tables)

    def _sync(self) -> None:
        _own_account.run_program(self._params, self._params["sync"], self._context.run)

    def _as_user(self, words: Sequence[str]) -> list[str]:
        return _own_account.as_user(self._params, words)


KIND = Kind(SPEC, lambda params, context: SchemaKeeper(params, context).bring())
