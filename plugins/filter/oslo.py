"""Filters that write values for services which read their configuration with oslo.config."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from ansible.errors import AnsibleFilterError

from ..module_utils._oslo import HEADER, escape, render
from ..module_utils._plan import DeployError

URL_KEYS = ("driver", "user", "password", "host", "port", "name", "query")


def to_oslo_ini(options: Mapping[str, Mapping[str, Any]], header: str = HEADER) -> str:
    """Return the text of a configuration file."""
    if not isinstance(options, Mapping):
        raise AnsibleFilterError("to_oslo_ini takes a mapping of sections; write it as section: {option: value}")
    try:
        return render(options, header)
    except DeployError as error:
        raise AnsibleFilterError(f"to_oslo_ini: {error} {error.hint}") from None


def oslo_escape(value: object) -> str:
    """Return text that oslo.config reads back as it was given, with no `$` taken for a reference."""
    return escape(str(value))


def database_url(parts: Mapping[str, Any]) -> str:
    """Return a database URL in which any user name and password survive."""
    if not isinstance(parts, Mapping) or not set(parts) <= set(URL_KEYS):
        raise AnsibleFilterError(f"database_url takes a mapping with the keys {', '.join(URL_KEYS)}")
    missing = [key for key in ("user", "host", "name") if not parts.get(key)]
    if missing:
        raise AnsibleFilterError(f"database_url: {', '.join(missing)} is missing or empty")
    name = str(parts["name"])
    # Not every SQLAlchemy decodes the name of the database, so one that needs encoding cannot be written.
    if not re.fullmatch(r"[A-Za-z0-9_.~-]+", name):
        raise AnsibleFilterError(f"database_url: {name!r} cannot stand in a URL; use letters, digits, _ and -")
    driver = str(parts.get("driver", "mysql+pymysql"))
    if not re.fullmatch(r"\w+(\+\w+)?", driver, re.ASCII):
        raise AnsibleFilterError(f"database_url: {driver!r} is not a driver; write dialect+driver")
    try:
        return f"{driver}://{_account(parts)}@{_address(parts)}/{name}{_query(parts)}"
    except UnicodeEncodeError:
        # Its own words would show the letter, and with it a part of a password.
        raise AnsibleFilterError("database_url: a part of it is not text in UTF-8") from None


def _account(parts: Mapping[str, Any]) -> str:
    user, password = _quoted(parts["user"]), parts.get("password")
    if password is None:
        return user
    if "pymysql" in str(parts.get("driver", "mysql+pymysql")):
        # PyMySQL (0.9 to 1.2 at least) sends text as Latin-1, but MariaDB holds the hash of UTF-8: give it those bytes.
        password = str(password).encode().decode("latin-1")
    return f"{user}:{_quoted(password)}"


def _address(parts: Mapping[str, Any]) -> str:
    host, port = str(parts["host"]), str(parts.get("port") or "")
    literal = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not (_is_ipv6(literal) or re.fullmatch(r"[A-Za-z0-9._-]+", host)):
        raise AnsibleFilterError(f"database_url: {host!r} is neither a host name nor an address")
    if not re.fullmatch(r"\d*", port, re.ASCII):
        raise AnsibleFilterError(f"database_url: {port!r} is not a port")
    host = f"[{literal}]" if ":" in literal else host
    return f"{host}:{port}" if port else host


def _is_ipv6(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return "%" not in text and ipaddress.ip_address(text).version == 6  # noqa: PLR2004  # the protocol's name
    return False


def _query(parts: Mapping[str, Any]) -> str:
    query = parts.get("query") or {}
    if not isinstance(query, Mapping):
        raise AnsibleFilterError("database_url: query is not a mapping; write it as query: {name: value}")
    pairs = [f"{_quoted(key)}={_quoted(value)}" for key, value in query.items()]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _quoted(value: object) -> str:
    # quote() leaves "/" alone unless it is told not to, and then a password may end the host.
    return quote(str(value), safe="")


class FilterModule:
    """Entry point for Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filters by name."""
        return {"to_oslo_ini": to_oslo_ini, "oslo_escape": oslo_escape, "database_url": database_url}
