# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A service's database, its accounts and their rights: what is wished, what is there, and the SQL that closes the gap.

Nothing here talks to a server. A step carries its statements as (SQL, values) pairs, so that the gateway only has to
run them. Names stand in the SQL as quoted identifiers; every other text is a value that the driver escapes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._plan import ABSENT, DeployError, Plan, Step, plan

ALL = frozenset({"ALL"})
Statement = tuple[str, tuple[str, ...]]

# What MariaDB's own tables can hold; a longer name would end in an error half-way through the plan.
MAX_DATABASE_NAME = 64
MAX_ACCOUNT_NAME = 80


@dataclasses.dataclass(frozen=True)
class Account:
    """An account as MariaDB counts them: one name at one host.

    Attributes:
        name: Name that the program logs in with.
        host: Host, address or pattern that it may come from, in lower case as MariaDB stores it.
        password: Password that has to work in the end.
        privileges: Rights on the database, ALL or a set of MariaDB's own words.
    """

    name: str
    host: str
    password: str = dataclasses.field(default="", repr=False)
    privileges: frozenset[str] = ALL

    def __str__(self) -> str:
        return f"{self.name}@{self.host}"


@dataclasses.dataclass(frozen=True)
class Database:
    """The wish: a database and who may use it.

    Attributes:
        name: Name of the database.
        charset: Character set of a database that is created now.
        collation: Collation of a database that is created now; empty for the character set's own.
        accounts: Accounts that have to exist.
    """

    name: str
    charset: str = "utf8mb4"
    collation: str = ""
    accounts: tuple[Account, ...] = ()

    @property
    def level(self) -> str:
        r"""The database as GRANT names and SHOW GRANTS prints it, where `_` and `%` are wildcards unless escaped."""
        return quote(re.sub(r"([\\%_])", r"\\\1", self.name)) + ".*"


@dataclasses.dataclass(frozen=True)
class ActualAccount:
    """An account that exists: whether the wished password opens it, and its rights on the database."""

    password_works: bool
    privileges: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Actual:
    """What the server holds now; the default is a server that does not exist yet.

    Attributes:
        exists: Whether the database exists.
        tables: Its tables, sorted.
        accounts: Those of the wished accounts that exist, by name and host.
        server_version: What the server says of itself; empty when there is no server yet.
        empty_tables: Those tables without a row.
    """

    exists: bool = False
    tables: tuple[str, ...] = ()
    accounts: Mapping[tuple[str, str], ActualAccount] = dataclasses.field(default_factory=dict)
    server_version: str = ""
    empty_tables: tuple[str, ...] = ()


def wish(params: Mapping[str, Any]) -> Database:
    """Return what a module's parameters ask for.

    Raises:
        DeployError: The server would refuse it, or would take it for something else.
    """
    accounts = tuple(account for entry in params["accounts"] for account in _accounts(entry))
    database = Database(params["name"], params["charset"], params["collation"] or "", accounts)
    _check_names(database)
    if params["state"] == "present":
        _check_values(database)
    return database


def plan_present(actual: Actual, desired: Database) -> Plan:
    """Return the steps that make database and accounts as wished; nothing is ever taken away but rights."""
    steps: list[Step | None] = [None if actual.exists else _create_database(desired)]
    for account in desired.accounts:
        known = actual.accounts.get((account.name, account.host))
        steps.append(_account_step(account, known))
        steps.append(_privileges_step(account, known.privileges if known else frozenset(), desired))
    return plan(*steps)


def plan_absent(actual: Actual, desired: Database) -> Plan:
    """Return the steps that drop the database and the accounts named, and nothing else."""
    accounts = [account for account in desired.accounts if (account.name, account.host) in actual.accounts]
    return plan(_drop_database(actual, desired) if actual.exists else None, *map(_drop_account, accounts))


def privileges_in(grants: Iterable[str], desired: Database) -> frozenset[str]:
    """Return the rights on the wished database that the lines of SHOW GRANTS tell of."""
    marker = f" ON {desired.level} TO "
    lists = [
        line[len("GRANT ") : line.index(marker)] for line in grants if line.startswith("GRANT ") and marker in line
    ]
    return normalised(word for words in lists for word in words.split(","))


def normalised(privileges: Iterable[str]) -> frozenset[str]:
    """Return rights in MariaDB's spelling; ALL swallows the others, USAGE means none."""
    words = {" ".join(word.upper().split()) for word in privileges} - {"USAGE"}
    return ALL if words & {"ALL", "ALL PRIVILEGES"} else frozenset(words)


def native_hash(password: str) -> str:
    """Return what MariaDB stores for a password of the plugin mysql_native_password."""
    inner = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "*" + hashlib.sha1(inner, usedforsecurity=False).hexdigest().upper()


def quote(identifier: str) -> str:
    """Return the name as a quoted SQL identifier."""
    return "`" + identifier.replace("`", "``") + "`"


def _accounts(entry: Mapping[str, Any]) -> list[Account]:
    privileges = normalised(entry["privileges"])
    return [Account(entry["name"], host.lower(), entry["password"] or "", privileges) for host in entry["hosts"]]


def _check_names(database: Database) -> None:
    if not 0 < len(database.name) <= MAX_DATABASE_NAME:
        raise DeployError(
            f"The name of database {database.name!r} has {len(database.name)} characters.",
            f"Set name to 1 to {MAX_DATABASE_NAME} characters.",
        )
    for account, count in Counter((account.name, account.host) for account in database.accounts).items():
        label = "@".join(account)
        if not 0 < len(account[0]) <= MAX_ACCOUNT_NAME or not account[1]:
            raise DeployError(
                f"MariaDB cannot hold an account {label!r}.",
                f"Give it a name of 1 to {MAX_ACCOUNT_NAME} characters and hosts that are not empty.",
            )
        if count > 1:
            raise DeployError(
                f"Account {label} is listed {count} times.", "List each name with each host once in accounts."
            )


def _check_values(database: Database) -> None:
    for option, word in (("charset", database.charset), ("collation", database.collation or "default")):
        if not re.fullmatch(r"\w+", word, re.ASCII):
            raise DeployError(
                f"{option} {word!r} is not a name that MariaDB has.", f"Run in MariaDB: SHOW {option.upper()};"
            )
    for account in database.accounts:
        if not account.password:
            raise DeployError(f"Account {account} has no password.", "Set password for every entry of accounts.")
        # SHOW GRANTS tells GRANT OPTION in another place, so it would be given anew by every run.
        unknown = sorted(w for w in account.privileges if not re.fullmatch(r"(?!GRANT OPTION$)[A-Z]+( [A-Z]+)*", w))
        if unknown or not account.privileges:
            raise DeployError(
                f"Account {account} is to get rights that MariaDB does not have: {', '.join(unknown) or 'none'}.",
                "Set privileges to [ALL] or to names that SHOW PRIVILEGES lists.",
            )
        if "GRANT OPTION" in account.privileges:
            raise DeployError(
                f"Account {account} is to get GRANT OPTION, which no service needs.", "Leave it out of privileges."
            )


def _create_database(desired: Database) -> Step:
    collate = f" COLLATE {desired.collation}" if desired.collation else ""
    sql = f"CREATE DATABASE {quote(desired.name)} CHARACTER SET {desired.charset}{collate}"
    return _step("create", f"database {desired.name}", ABSENT, desired.collation or desired.charset, [(sql, ())])


def _account_step(account: Account, known: ActualAccount | None) -> Step | None:
    values = (account.name, account.host, account.password)
    if known is None:
        return _step(
            "create", f"account {account}", ABSENT, "present", [("CREATE USER %s@%s IDENTIFIED BY %s", values)]
        )
    if known.password_works:
        return None
    statement = ("ALTER USER %s@%s IDENTIFIED BY %s", values)
    return _step("change", f"password of account {account}", "does not open it", "opens it", [statement])


def _privileges_step(account: Account, actual: frozenset[str], desired: Database) -> Step | None:
    if actual == account.privileges:
        return None
    revoked, granted = _exchange(actual, account.privileges)
    # The driver formats with `%`, so one that belongs to the name is doubled.
    level, values = desired.level.replace("%", "%%"), (account.name, account.host)
    statements = [(f"REVOKE {_words(revoked)} ON {level} FROM %s@%s", values)] if revoked else []
    statements += [(f"GRANT {_words(granted)} ON {level} TO %s@%s", values)] if granted else []
    subject = f"rights of account {account} on {desired.name}"
    return _step("grant", subject, _words(actual), _words(account.privileges), statements)


def _exchange(actual: frozenset[str], wished: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the rights to revoke and to grant; what ALL holds is known to the server only."""
    if wished == ALL:
        return frozenset(), ALL
    return (ALL, wished) if actual == ALL else (actual - wished, wished - actual)


def _drop_database(actual: Actual, desired: Database) -> Step:
    sql = f"DROP DATABASE {quote(desired.name)}"
    return _step("drop", f"database {desired.name}", f"{len(actual.tables)} tables", ABSENT, [(sql, ())])


def _drop_account(account: Account) -> Step:
    statement = ("DROP USER %s@%s", (account.name, account.host))
    return _step("drop", f"account {account}", "present", ABSENT, [statement])


def _step(action: str, subject: str, before: str, after: str, statements: Sequence[Statement]) -> Step:
    return Step(action, subject, before, after, {"statements": tuple(statements)})


def _words(privileges: frozenset[str]) -> str:
    return ", ".join(sorted(privileges)) or "none"
