from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.glance_deploy.openstack.plugins.filter.oslo import FilterModule

FILTERS = FilterModule().filters()
ACCOUNT = {"user": "glance", "host": "controller", "name": "glance"}


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        (ACCOUNT, "mysql+pymysql://glance@controller/glance"),
        ({**ACCOUNT, "password": ""}, "mysql+pymysql://glance:@controller/glance"),
        (
            {**ACCOUNT, "password": "a/b@c:d", "port": 3306},
            "mysql+pymysql://glance:a%2Fb%40c%3Ad@controller:3306/glance",
        ),
        ({**ACCOUNT, "host": "fd00::1", "port": "3306"}, "mysql+pymysql://glance@[fd00::1]:3306/glance"),
        ({**ACCOUNT, "host": "[fd00::1]"}, "mysql+pymysql://glance@[fd00::1]/glance"),
        (
            {**ACCOUNT, "driver": "postgresql", "query": {"charset": "utf8mb4", "ssl_ca": "/etc/a b"}},
            "postgresql://glance@controller/glance?charset=utf8mb4&ssl_ca=%2Fetc%2Fa%20b",
        ),
        ({**ACCOUNT, "query": {}, "port": None}, "mysql+pymysql://glance@controller/glance"),
    ],
    ids=["least", "empty password", "port", "ipv6", "brackets", "query", "nothing extra"],
)
def test_database_url(parts: dict[str, Any], url: str) -> None:
    assert FILTERS["database_url"](parts) == url


@pytest.mark.parametrize(
    ("driver", "sent_as"), [("mysql+pymysql", "latin-1"), ("postgresql", "utf-8")], ids=["pymysql", "other"]
)
def test_any_password_survives_and_needs_no_further_escaping(driver: str, sent_as: str) -> None:
    password = "p@ss/w:rd%$#'\"\\ é+"
    url = FILTERS["database_url"]({**ACCOUNT, "driver": driver, "password": password})
    # What counts is the bytes that the driver sends, and those are to be UTF-8.
    assert unquote(urlsplit(url).password or "").encode(sent_as).decode() == password
    assert FILTERS["oslo_escape"](url) == url


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"user": "glance", "host": ""}, "host, name is missing or empty"),
        ({**ACCOUNT, "name": "gl ance"}, "'gl ance' cannot stand in a URL"),
        ({**ACCOUNT, "host": "a/b"}, "'a/b' is neither a host name nor an address"),
        ({**ACCOUNT, "port": "x"}, "'x' is not a port"),
        ({**ACCOUNT, "pass": "hidden"}, "takes a mapping with the keys driver, user, password"),
        ("glance", "takes a mapping with the keys"),
    ],
    ids=["missing", "name", "host", "port", "key", "text"],
)
def test_database_url_refuses(parts: Any, words: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS["database_url"](parts)
    assert words in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_to_oslo_ini_writes_sections() -> None:
    assert FILTERS["to_oslo_ini"]({"DEFAULT": {"a": "$x"}}, header="ours") == "# ours\n\n[DEFAULT]\na = $$x\n"


@pytest.mark.parametrize("options", ["text", {"DEFAULT": {"a": "b\nc"}}], ids=["text", "line break"])
def test_to_oslo_ini_refuses(options: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="to_oslo_ini"):
        FILTERS["to_oslo_ini"](options)


def test_oslo_escape_takes_numbers_too() -> None:
    assert FILTERS["oslo_escape"](12) == "12"
