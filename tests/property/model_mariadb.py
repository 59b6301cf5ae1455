"""A MariaDB in memory that takes SQL apart the way the server does: what is text, what is a name, what is a word.

Statements come in as the real driver would send them. What it does not know it refuses, so that text which breaks out
of its quotes ends in an error or in a wrong state.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from types import TracebackType
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

RIGHTS = frozenset(
    """ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, CREATE TEMPORARY TABLES, CREATE VIEW, DELETE, DELETE HISTORY, DROP,
    EVENT, EXECUTE, INDEX, INSERT, LOCK TABLES, REFERENCES, SELECT, SHOW VIEW, TRIGGER, UPDATE""".replace(
        "\n   ", ""
    ).split(", ")
)
OPTION = "GRANT OPTION"
TOKEN = re.compile(
    r"\s*(?:(?P<name>`(?:[^`]|``)*`)|(?P<text>'(?:[^'\\]|\\.|'')*')|(?P<word>\w+)|(?P<sign>[.@,*()]))", re.DOTALL
)
ESCAPED = {"0": "\0", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "Z": "\x1a", "%": "\\%", "_": "\\_"}
# The driver itself, without a connection: it puts values into statements.
DRIVER = Cursor(Connection(defer_connect=True, ssl_disabled=True))
DRIVER.connection.server_status = 0  # type: ignore[attr-defined]  # what a server says first
Rows = list[tuple[Any, ...]]
Who = tuple[str, str]
PATTERNS = {
    "create database": r"CREATE DATABASE N CHARACTER SET \w+(?: COLLATE \w+)?",
    "drop database": r"DROP DATABASE N",
    "create account": r"CREATE USER T@T IDENTIFIED BY T",
    "change account": r"ALTER USER T@T IDENTIFIED BY T",
    "drop account": r"DROP USER T@T",
    "grant": r"GRANT (?P<rights>[\w ,]+) ON N\.\* TO T@T",
    "revoke": r"REVOKE (?P<rights>[\w ,]+) ON N\.\* FROM T@T",
    "schemas": r"SELECT SCHEMA_NAME FROM information_schema\.SCHEMATA WHERE SCHEMA_NAME = T",
    "tables": r"SHOW TABLES FROM N",
    "row": r"SELECT 1 FROM N\.N LIMIT 1",
    "accounts": r"SELECT User, Host, plugin, authentication_string FROM mysql\.user WHERE User IN \(T(?:, ?T)*\)",
    "grants": r"SHOW GRANTS FOR T@T",
    "version": r"SELECT VERSION\(\)",
    "self": r"SELECT CURRENT_USER\(\)",
}


@dataclasses.dataclass
class Entry:
    """An account: what its password is, and whether the server keeps the old kind of hash of it."""

    password: str
    is_native: bool = True

    @property
    def stored(self) -> tuple[str, str]:
        """Plugin and what it keeps."""
        inner = hashlib.sha1(self.password.encode(), usedforsecurity=False).digest()
        outer = hashlib.sha1(inner, usedforsecurity=False).hexdigest().upper()
        return ("mysql_native_password", f"*{outer}") if self.is_native else ("ed25519", f"{len(self.password)}")


def reaches(level: str, name: str) -> bool:
    """Return whether a right on a level is one on the database of that name: `_` and `%` are wildcards."""
    parts = re.findall(r"\\.|.", level, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return bool(re.fullmatch("".join(wild.get(part, re.escape(part[-1])) for part in parts), name, re.DOTALL))


def quoted(name: str) -> str:
    """Return a name as SHOW GRANTS prints it."""
    return "`" + name.replace("`", "``") + "`"


class Server:
    """What the server holds: databases, accounts, and rights by account and level."""

    def __init__(self) -> None:
        self.databases: dict[str, tuple[str, ...]] = {}
        self.accounts: dict[Who, Entry] = {}
        self.rights: dict[Who, dict[str, frozenset[str]]] = {}

    def connect(self, **arguments: Any) -> Session:
        """Let in the administrator, or an account from this machine whose password it is."""
        user, password = arguments["user"], arguments["password"].decode()
        if user == "root":
            return Session(self, ("root", "localhost"))
        for who in ((user, "localhost"), (user, "%")):
            if who in self.accounts and self.accounts[who].password == password:
                return Session(self, who)
        raise pymysql.OperationalError(1045, "Access denied")

    def execute(self, sql: str, values: Any, who: Who) -> Rows:
        """Do one statement, as the driver sends it."""
        texts, names, shape = _taken_apart(DRIVER.mogrify(sql, values))
        for what, pattern in PATTERNS.items():
            if found := re.fullmatch(pattern, shape):
                rights = [" ".join(word.split()) for word in found.groupdict().get("rights", "").split(",")]
                return self._do(what, texts, names, frozenset(rights), who)
        raise pymysql.ProgrammingError(1064, f"You have an error in your SQL syntax near {shape!r}")

    def _do(self, what: str, texts: list[str], names: list[str], rights: frozenset[str], me: Who) -> Rows:
        who = (texts[0], texts[1].lower()) if len(texts) > 1 else ("", "")
        match what:
            case "create database":
                _refused_if(names[0] in self.databases, 1007)
                self.databases[names[0]] = ()
            case "drop database":
                del self.databases[names[0]]
            case "create account":
                _refused_if(who in self.accounts, 1396)
                self.accounts[who] = Entry(texts[2])
            case "change account":
                _refused_if(who not in self.accounts, 1396)
                self.accounts[who] = Entry(texts[2])
            case "drop account":
                del self.accounts[who]
                self.rights.pop(who, None)
            case "grant" | "revoke":
                self._exchange(who, names[0], rights, is_grant=what == "grant")
            case _:
                return self._answer(what, texts, names, me)
        return []

    def _exchange(self, who: Who, level: str, rights: frozenset[str], *, is_grant: bool) -> None:
        _refused_if(who not in self.accounts, 1133)
        _refused_if(not rights <= RIGHTS | {"ALL", OPTION}, 1064)
        meant = RIGHTS | (rights & {OPTION}) if "ALL" in rights else rights
        mine = self.rights.setdefault(who, {})
        _refused_if(not is_grant and level not in mine, 1141)
        left = mine.get(level, frozenset()) | meant if is_grant else mine[level] - meant
        mine.pop(level, None)
        mine.update({level: left} if left else {})

    def _answer(self, what: str, texts: list[str], names: list[str], me: Who) -> Rows:
        match what:
            case "schemas":
                return [(name,) for name in self.databases if name.lower() == texts[0].lower()]
            case "tables":
                return [(name,) for name in self.databases[names[0]]]
            case "row":
                return [(1,)] if names[1] in self.databases[names[0]] else []
            case "accounts":
                return [(*who, *entry.stored) for who, entry in self.accounts.items() if who[0] in texts]
            case "grants":
                return self._grants((texts[0], texts[1].lower()))
        return [("11.8.6-MariaDB",)] if what == "version" else [("@".join(me),)]

    def _grants(self, who: Who) -> Rows:
        account = f"{quoted(who[0])}@{quoted(who[1])}"
        lines = [f"GRANT USAGE ON *.* TO {account} IDENTIFIED BY PASSWORD '*ABC'"]
        for level, rights in self.rights.get(who, {}).items():
            words = "ALL PRIVILEGES" if rights >= RIGHTS else ", ".join(sorted(rights - {OPTION})) or "USAGE"
            lines.append(f"GRANT {words} ON {quoted(level)}.* TO {account}" + " WITH GRANT OPTION" * (OPTION in rights))
        return [(line,) for line in lines]


def _taken_apart(sql: str) -> tuple[list[str], list[str], str]:
    """Return the texts and the names of a statement, and its shape: T for a text, N for a name, words as they are."""
    texts, names, at = [], [], 0
    shape = ""
    while at < len(sql.rstrip()):
        found = TOKEN.match(sql, at)
        if not found or (kind := found.lastgroup) is None:
            shape += sql[at]
            at += 1
            continue
        word = found[kind]
        if kind == "text":
            texts.append(
                re.sub(r"\\(.)|''", lambda one: ESCAPED.get(one[1], one[1]) or "'", word[1:-1], flags=re.DOTALL)
            )
        if kind == "name":
            names.append(word[1:-1].replace("``", "`"))
        blank = " " * (found.start(kind) > at)
        shape += blank + {"text": "T", "name": "N"}.get(kind, word)
        at = found.end()
    return texts, names, shape


def _refused_if(wrong: bool, code: int) -> None:
    if wrong:
        raise pymysql.OperationalError(code, "refused")


class Session:
    """A connection, and its own cursor."""

    def __init__(self, server: Server, who: Who) -> None:
        self._server, self._who = server, who
        self._rows: Rows = []

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, error, trace

    def cursor(self) -> Session:
        """Return a cursor."""
        return self

    def execute(self, sql: str, values: Any = None) -> None:
        """Do a statement."""
        self._rows = self._server.execute(sql, values, self._who)

    def fetchall(self) -> Rows:
        """Return its rows."""
        return self._rows

    def close(self) -> None:
        """End the connection."""
