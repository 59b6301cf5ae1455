# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The gateway to a MariaDB server: reads what the plan needs, runs the plan's statements, tells faults in one line."""

from __future__ import annotations

import contextlib
import dataclasses
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable

from ._database import Account, Actual, ActualAccount, Database, native_hash, privileges_in, quote
from ._library import Library
from ._plan import DeployError, Plan

pymysql = Library("pymysql")

Connect = Callable[..., Any]

# Accounts of MariaDB before 10.4 leave the plugin's name empty.
NATIVE_PLUGINS = ("", "mysql_native_password")
UNREACHABLE = frozenset({2002, 2003, 2013})
SYNTAX_ERROR = 1064

_LOGIN_HINT = "Check login_user and login_password; as root on the server's own host, use login_unix_socket instead."
_RIGHTS_HINT = "Log in as one who has CREATE USER on *.*, SELECT on mysql.*, and ALL on the database WITH GRANT OPTION."
HINTS: Mapping[int, str] = {
    **dict.fromkeys((1045, 1130, 1698), _LOGIN_HINT),
    **dict.fromkeys((1044, 1142, 1227, 1410), _RIGHTS_HINT),
    1008: "Something else dropped it meanwhile; run this again.",
    SYNTAX_ERROR: "Most likely this version does not know one of the privileges: see SHOW PRIVILEGES.",
    1102: "Choose another name: blanks at its end are not allowed.",
    1115: "Set charset to one that SHOW CHARACTER SET lists.",
    1253: "Set collation to one that SHOW COLLATION lists for this charset.",
    1273: "Set collation to one that SHOW COLLATION lists.",
    1290: "Run this against the server that takes writes: this one is read-only or started without grant tables.",
    1470: "Choose a shorter name.",
    1819: "Set a password that the server's password rules accept; see SHOW VARIABLES LIKE '%password%';",
}


class UnreachableError(DeployError):
    """No server answers, or there is nothing to ask it with: in a trial, one still to be installed."""


@dataclasses.dataclass(frozen=True)
class Login:
    """How the administrator reaches the server.

    Attributes:
        unix_socket: Path of the server's socket; comes before host and port.
        host: Name or address of the server.
        port: TCP port of the server.
        user: Account of the administrator.
        password: Its password; empty for an account that the socket identifies.
        tls: How to check the server's certificate, `ca_file` and `verify`; None for a connection without TLS.
        timeout: Seconds to wait for a connection.
    """

    unix_socket: str = ""
    host: str = ""
    port: int = 3306
    user: str = "root"
    password: str = dataclasses.field(default="", repr=False)
    tls: Mapping[str, Any] | None = None
    timeout: int = 10

    @classmethod
    def wished(cls, params: Mapping[str, Any]) -> Login:
        """Return what a module's parameters ask for: TCP when a host is named, the socket otherwise."""
        host = params["login_host"] or ""
        return cls(
            unix_socket="" if host else params["login_unix_socket"],
            host=host,
            port=params["login_port"],
            user=params["login_user"],
            password=params["login_password"] or "",
            tls=params["login_tls"] if host else None,
        )

    @property
    def where(self) -> str:
        """The server, for people."""
        return self.unix_socket or f"{self.host}:{self.port}"

    def arguments(self) -> dict[str, Any]:
        """Return what the driver's connect() takes."""
        route = {"unix_socket": self.unix_socket} if self.unix_socket else {"host": self.host, "port": self.port}
        return {
            **route,
            "user": self.user,
            # The driver would send text as Latin-1; the server, and every other client, means UTF-8.
            "password": self.password.encode(),
            "ssl": None if self.tls is None else _tls_context(self.tls),
            "connect_timeout": self.timeout,
            "charset": "utf8mb4",
            "autocommit": True,
            # The server's own mode may quote names differently and treat backslashes in another way.
            "sql_mode": "",
        }


class MariaDB:
    """One administrator's connection.

    Args:
        login: How to reach the server.
        connect: The driver's connect function.

    Raises:
        UnreachableError: There is no server, or no driver.
        DeployError: The server does not let this administrator in.
    """

    def __init__(self, login: Login, connect: Connect | None = None) -> None:
        if connect is None and not pymysql.is_there:
            raise UnreachableError(
                "The Python library PyMySQL is missing on this host.", "Install it with: apt install python3-pymysql"
            )
        self._login = login
        self._connect = connect or pymysql.connect
        with self._telling():
            self._connection = self._connect(**login.arguments())
        if login.tls is not None and not self._rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'")[0][1]:
            raise DeployError(f"MariaDB at {login.where} does not offer TLS.", "Set it up, or leave out login_tls.")

    def read(self, desired: Database) -> Actual:
        """Return the actual state of everything that the wish names."""
        sql = "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s"
        # This comparison does not regard case, the server's own does.
        exists = (desired.name,) in self._rows(sql, (desired.name,))
        rows = self._rows(f"SHOW TABLES FROM {quote(desired.name)}") if exists else []
        tables = tuple(sorted(name for (name,) in rows))
        return Actual(
            exists=exists,
            tables=tables,
            empty_tables=tuple(name for name in tables if self._is_empty(desired.name, name)),
            accounts=self._accounts(desired),
            server_version=self._rows("SELECT VERSION()")[0][0],
        )

    def _is_empty(self, database: str, table: str) -> bool:
        sql = f"SELECT 1 FROM {quote(database)}.{quote(table)} LIMIT 1"  # noqa: S608  # both names are quoted
        return not self._rows(sql)

    def apply(self, plan: Plan) -> None:
        """Run the plan's statements in their order."""
        for step in plan.steps:
            for sql, values in step.arguments["statements"]:
                self._rows(sql, values)

    def column(self, database: str, table: str, column: str) -> list[str]:
        """Return the values of one column."""
        sql = f"SELECT {quote(column)} FROM {quote(database)}.{quote(table)}"  # noqa: S608  # all names are quoted
        return [str(value) for (value,) in self._rows(sql)]

    def counted(self, database: str, table: str, column: str, where: str) -> list[tuple[str, int]]:
        """Return each value of a column with the number of its rows."""
        sql = f"SELECT {quote(column)}, COUNT(*) FROM {quote(database)}.{quote(table)} WHERE {where} GROUP BY 1"  # noqa: S608
        return [(str(value), int(count)) for value, count in self._rows(sql)]

    def drop_tables(self, database: str, tables: Sequence[str]) -> None:
        """Drop tables, whatever refers to them; that holds for the rest of this connection."""
        self._rows("SET FOREIGN_KEY_CHECKS = 0")
        for table in tables:
            self._rows(f"DROP TABLE {quote(database)}.{quote(table)}")

    def anonymous(self) -> list[str]:
        """Return the hosts of accounts without a name."""
        return sorted(host for (host,) in self._rows("SELECT Host FROM mysql.user WHERE User = ''"))

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _accounts(self, desired: Database) -> dict[tuple[str, str], ActualAccount]:
        if not desired.accounts:
            return {}
        names = sorted({account.name for account in desired.accounts})
        rows = self._rows("SELECT User, Host, plugin, authentication_string FROM mysql.user WHERE User IN %s", (names,))
        known = {(user, host.lower()): tuple(secret) for user, host, *secret in rows}
        return {
            (account.name, account.host): self._account(account, desired, *known[account.name, account.host])
            for account in desired.accounts
            if (account.name, account.host) in known
        }

    def _account(self, account: Account, desired: Database, plugin: str, secret: str) -> ActualAccount:
        # The stored hash tells it for accounts of any host; what is stored in another way has to be tried.
        works = (plugin in NATIVE_PLUGINS and secret == native_hash(account.password)) or self._opens(account)
        grants = self._rows("SHOW GRANTS FOR %s@%s", (account.name, account.host))
        return ActualAccount(works, privileges_in((line for (line,) in grants), desired))

    def _opens(self, account: Account) -> bool:
        """Log in with the wished password; it counts only when the server took the login for this very account."""
        if not account.password:
            return False
        attempt = dataclasses.replace(self._login, user=account.name, password=account.password)
        try:
            with contextlib.closing(self._connect(**attempt.arguments())) as connection:
                rows = _fetch(connection, "SELECT CURRENT_USER()")
        except (pymysql.MySQLError, RuntimeError):  # RuntimeError: a plugin that the driver lacks a library for
            return False
        return bool(rows[0][0].lower() == str(account).lower())

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._telling():
            return _fetch(self._connection, sql, values)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except pymysql.MySQLError as error:
            raise _fault(error, self._login) from error


def _fetch(connection: Any, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, tuple(values) or None)
        return list(cursor.fetchall())


def _fault(error: Exception, login: Login) -> DeployError:
    code, text = (*error.args, "", "")[:2]
    if isinstance(getattr(error, "original_exception", None), ssl.SSLError):
        return DeployError(
            f"MariaDB at {login.where}: its certificate was not accepted: {text}.",
            "Set login_tls.ca_file to the certificate of the authority that signed it.",
        )
    if code in UNREACHABLE:
        return UnreachableError(
            f"No MariaDB answers at {login.where}: {text}.",
            "Start it there (systemctl start mariadb), or set login_unix_socket, or login_host and login_port.",
        )
    # A syntax error quotes the statement, and with it perhaps a password.
    told = "it does not understand a statement of ours" if code == SYNTAX_ERROR else text
    return DeployError(f"MariaDB at {login.where} refused: {told} ({code}).", HINTS.get(code, ""))


def _tls_context(tls: Mapping[str, Any]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.get("ca_file") or None)
    except OSError as error:
        told = f"login_tls.ca_file {tls.get('ca_file')}: {error}."
        raise DeployError(told, "Name a readable file in PEM form.") from error
    if not tls.get("verify", True):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
