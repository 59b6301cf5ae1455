"""An account to the URL of a database: user, password and host come back by SQLAlchemy's rules and by RFC 3986."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from ansible.errors import AnsibleFilterError
from ansible_collections.glance_deploy.openstack.plugins.filter.oslo import database_url, oslo_escape
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.property import hostile, oslo_model
from tests.property.trying import tried

# How SQLAlchemy (1.3 to 2.0) takes a URL apart.
SQLALCHEMY = re.compile(
    r"""(?P<driver>[\w+]+)://
        (?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?
        (?:(?:\[(?P<ipv6>[^/?]+)\]|(?P<host>[^/:?]+))?(?::(?P<port>[^/?]*))?)?
        (?:/(?P<name>[^?]*))?(?:\?(?P<query>.*))?""",
    re.VERBOSE,
)
USERS = hostile.texts(min_parts=1)
HOSTS = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True) | st.ip_addresses().map(str)
NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)
DRIVERS = st.sampled_from(["mysql+pymysql", "postgresql", "mysql+mysqldb"])
ACCOUNT = {"user": "glance", "password": "pw", "host": "controller", "name": "glance"}


@settings(max_examples=400)
@given(st.tuples(USERS, hostile.texts()), HOSTS, st.none() | st.integers(1, 65535), NAMES, DRIVERS)
def test_an_account_comes_back(account: tuple[str, str], host: str, port: int | None, name: str, driver: str) -> None:
    user, password = account
    parts = {"user": user, "password": password, "host": host, "port": port, "name": name, "driver": driver}
    url = database_url(parts)
    found = SQLALCHEMY.fullmatch(url)
    assert found
    # The driver sends text in its own encoding, and what arrives has to be UTF-8.
    encoding = "latin-1" if "pymysql" in driver else "utf-8"
    for decoded in (unquote, unquote_plus):
        assert decoded(found["user"]) == user
        assert decoded(found["password"]).encode(encoding).decode() == password
    assert (found["ipv6"] or found["host"], found["port"], found["name"]) == (host, port and str(port), name)
    assert (found["driver"], found["query"]) == (driver, None)


@settings(max_examples=200)
@given(USERS, hostile.texts(), st.dictionaries(hostile.texts(max_parts=2, min_parts=1), hostile.texts(max_parts=2)))
def test_a_url_is_one_word_that_other_readers_understand_too(user: str, password: str, query: dict[str, str]) -> None:
    url = database_url({**ACCOUNT, "user": user, "password": password, "query": query})
    parts = urlsplit(url)
    assert (parts.hostname, parts.path) == ("controller", "/glance")
    assert unquote(parts.username or "") == user
    assert parse_qsl(parts.query, keep_blank_values=True) == list(query.items())
    assert url.isascii()
    assert url.split() == [url]


@settings(max_examples=200)
@given(USERS, hostile.texts())
def test_a_url_needs_no_escaping_in_a_file_of_oslo_config(user: str, password: str) -> None:
    url = database_url({**ACCOUNT, "user": user, "password": password})
    assert oslo_escape(url) == url == oslo_model.substituted(url)


@settings(max_examples=300)
@given(st.sampled_from(["host", "port", "name", "driver"]), hostile.broken_texts() | st.text("[]:.0fx-/@", max_size=8))
def test_a_part_that_cannot_be_written_is_refused(part: str, value: str) -> None:
    try:
        url = database_url({**ACCOUNT, part: value})
    except AnsibleFilterError:
        return
    found = SQLALCHEMY.fullmatch(url)
    assert found
    wanted = {"host": "controller", "name": "glance", "driver": "mysql+pymysql", "port": "", part: value}
    address = f"[{found['ipv6']}]" if wanted["host"].startswith("[") else found["ipv6"] or found["host"]
    given = {"host": address, "name": found["name"], "driver": found["driver"], "port": found["port"] or ""}
    assert given == wanted
    assert part != "host" or urlsplit(url).hostname == value.strip("[]").lower()


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(["user", "password", "host", "port", "name", "query"]), hostile.json_values()))
def test_whatever_else_is_given_is_refused_in_our_own_words(parts: dict[str, Any]) -> None:
    assume(not isinstance(parts.get("query"), dict) or parts["query"])
    tried(lambda: database_url({**ACCOUNT, **parts}), AnsibleFilterError)
