# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A service's schema, as a resource: migrated by the service's own program, looked at through its own account."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from ._command import last_words
from ._config_file import State, explained, make_private, replacing
from ._database import Database
from ._database_gateway import Login, MariaDB
from ._plan import DeployError, Plan
from ._resource import Context, Kind, Outcome
from ._schema import FILLED, VERSION_TABLE, Schema, first_mark, heads, plan_schema, read_migrations

SPEC: Mapping[str, Any] = {
    # Account that the programs run as.
    "user": {"type": "str", "required": True},
    # Directory of Alembic's migrations. Where it is missing, the service is not installed yet or knows no Alembic.
    "migrations": {"type": "path", "required": True},
    # Says with exit code 0 that the schema is current, where the migrations cannot tell.
    "check": {"type": "list", "elements": "str", "required": True},
    "sync": {"type": "list", "elements": "str", "required": True},
    # Loads data that the service ships; done when the table is empty or the schema was migrated.
    "load": {"type": "list", "elements": "str", "default": []},
    "load_table": {"type": "str", "default": ""},
    # Tables that have to be there in the end.
    "tables": {"type": "list", "elements": "str", "default": []},
    # Stands from before the first statement until everything is there: a killed run is seen by it.
    "mark": {"type": "path", "required": True},
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "default": 3306},
    "login": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "database": {"type": "str", "required": True},
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
        steps = plan_schema(actual, self._wished, self._params["load_table"], is_current=self._is_current(actual))
        if steps and not self._context.check_mode:
            self._migrate(actual, steps)
            actual = self._read()
        missing = [name for name in self._params["tables"] if name not in actual.tables]
        if missing and not (steps and self._context.check_mode):
            raise DeployError(
                f"The database {self._params['database']} lacks {', '.join(missing)}, and counts as current.",
                f"Restore it from a backup, or look: {self._by_hand(self._params['check'])}",
            )
        return Outcome(steps, {"tables": list(actual.tables), "versions": sorted(actual.versions)})

    def _is_current(self, actual: Schema) -> bool:
        if self._wished:
            return actual.versions == self._wished
        return self._as_user(self._params["check"])[0] == 0

    def _server(self) -> contextlib.closing[MariaDB]:
        login = Login(
            host=self._params["host"],
            port=self._params["port"],
            user=self._params["login"],
            password=self._params["password"],
        )
        return contextlib.closing(self._connect(login))

    def _read(self) -> Schema:
        name = self._params["database"]
        try:
            with self._server() as server:
                found = server.read(Database(name))
                has_versions = VERSION_TABLE in found.tables
                versions = server.column(name, VERSION_TABLE, "version_num") if has_versions else ()
        except DeployError:
            # A dry run of the first deployment finds no server, or no account yet.
            if not self._context.tentative:
                raise
            return Schema()
        return Schema(frozenset(versions), found.tables, found.empty_tables, self._mark.exists())

    def _migrate(self, actual: Schema, steps: Plan) -> None:
        with explained("mark the migration as", self._mark):
            make_private(self._mark.parent)
            if not actual.interrupted:
                began = FILLED if actual.tables else first_mark(self._wished)
                with replacing(self._mark, State(began, "root", "root", 0o600)):
                    pass
        for step in steps.steps:
            words = self._params["sync" if step.action == "migrate" else "load"]
            try:
                self._program(words)
            except DeployError:
                if step.action != "migrate" or not self._can_start_over():
                    raise
                self._start_over()
                self._program(words)
        self._mark.unlink()

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

    def _program(self, words: Sequence[str]) -> None:
        code, output, errors = self._as_user(words)
        if code:
            told = last_words(output, errors, [self._params["password"]])
            raise DeployError(f"{' '.join(words[:3])} failed: {told}", self._by_hand(words))

    def _by_hand(self, words: Sequence[str]) -> str:
        return f"runuser -u {self._params['user']} -- {' '.join(words)}"

    def _as_user(self, words: Sequence[str]) -> tuple[int, str, str]:
        return self._context.run(["runuser", "-u", self._params["user"], "--", *words])


KIND = Kind(SPEC, lambda params, context: SchemaKeeper(params, context).bring())
