"""As much of MariaDB and of its driver as the gateway uses."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import pymysql

Rows = list[tuple[Any, ...]]


class Server:
    """What the server holds, what it was told, and what goes wrong.

    Attributes:
        tables: Tables by database.
        filled: Tables with rows.
        versions: Revisions in Alembic's table.
        users: Rows of mysql.user: name, host, plugin, what is stored.
        grants: Lines of SHOW GRANTS by name and host.
        logins: The account that the server takes a name and password for.
        faults: Errors by the beginning of a statement, or by `connect`.
        cipher: Cipher of the connections.
        told: Statements with their values.
        opened: Arguments of every connection.
    """

    def __init__(self) -> None:
        self.tables: dict[str, list[str]] = {}
        self.filled: set[str] = set()
        self.versions: set[str] = set()
        self.users: Rows = []
        self.grants: dict[tuple[str, str], list[str]] = {}
        self.logins: dict[tuple[str, bytes], str] = {("root", b""): "root@localhost"}
        self.faults: dict[str, Exception] = {}
        self.cipher = ""
        self.told: list[tuple[str, Any]] = []
        self.opened: list[dict[str, Any]] = []

    def connect(self, **arguments: Any) -> Connection:
        """Do what the driver's connect does."""
        self.opened.append(arguments)
        if "connect" in self.faults:
            raise self.faults["connect"]
        account = self.logins.get((arguments["user"], arguments["password"]))
        if account is None:
            raise pymysql.OperationalError(1045, f"Access denied for user '{arguments['user']}'@'localhost'")
        return Connection(self, account)

    def answer(self, sql: str, values: Any, account: str) -> Rows:
        """Return the rows of a statement."""
        self.told.append((sql, values))
        for beginning, fault in self.faults.items():
            if sql.startswith(beginning):
                raise fault
        if sql.startswith("SHOW GRANTS"):
            return [(line,) for line in self.grants.get(values, [])]
        if sql.startswith("SHOW TABLES"):
            return [(name,) for name in self.tables[sql.split("`")[1]]]
        if sql.startswith("DROP TABLE"):
            self.tables[sql.split("`")[1]].remove(sql.split("`")[3])
        if sql.startswith("SELECT 1 FROM"):
            return [(1,)] if sql.split("`")[3] in self.filled else []
        answers: dict[str, Rows] = {
            "SELECT SCHEMA_NAME": [(name,) for name in self.tables if name.lower() == str(*values or "").lower()]
            if sql.startswith("SELECT SCHEMA_NAME")
            else [],
            "SELECT User": self.users,
            "SELECT Host": [(host,) for name, host, *_ in self.users if not name],
            "SELECT `version_num`": [(version,) for version in sorted(self.versions)],
            "SELECT VERSION": [("11.8.6-MariaDB",)],
            "SELECT CURRENT_USER": [(account,)],
            "SHOW SESSION STATUS": [("Ssl_cipher", self.cipher)],
        }
        return next((rows for beginning, rows in answers.items() if sql.startswith(beginning)), [])


class Connection:
    """A connection, and its own cursor."""

    def __init__(self, server: Server, account: str) -> None:
        self._server = server
        self._account = account
        self._rows: Rows = []

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, error, trace

    def cursor(self) -> Connection:
        """Return a cursor."""
        return self

    def execute(self, sql: str, values: Any = None) -> None:
        """Run a statement; the driver formats it only when there are values."""
        self._rows = self._server.answer(sql, values, self._account)

    def fetchall(self) -> Rows:
        """Return the statement's rows."""
        return self._rows

    def close(self) -> None:
        """End the connection."""
