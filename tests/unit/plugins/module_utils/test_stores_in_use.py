"""A store that holds images is not left out unasked."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._database_gateway import UnreachableError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import RefusedError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context
from ansible_collections.glance_deploy.openstack.plugins.module_utils._stores_in_use import bring

ROWS = [('{"store": "fast"}', 3), ('{"store": "far"}', 2), ('{"backend": "far"}', 1), ("{}", 7), ("null", 1), ("no", 1)]


class Server:
    """A database with images."""

    def __init__(self, login: Any) -> None:
        self.asked: list[Any] = [login]

    def counted(self, *what: str) -> list[tuple[str, int]]:
        assert what == ("glance", "image_locations", "meta_data", "deleted = 0")
        return ROWS

    def close(self) -> None:
        """Nothing is open."""


def params(*stores: str, abandoned: tuple[str, ...] = ()) -> dict[str, Any]:
    account = {"user": "glance", "host": "db", "port": 3306, "login": "glance", "password": "p", "database": "glance"}
    return {**account, "stores": list(stores), "abandoned": list(abandoned)}


def run(argv: Any) -> tuple[int, str, str]:
    raise AssertionError(argv)


def look(wish: dict[str, Any], connect: Any = Server) -> Any:
    return bring(wish, Context(run), connect)


def test_what_holds_images_is_told_and_nothing_is_due() -> None:
    outcome = look(params("fast", "far", "new"))
    assert not outcome.plan
    assert outcome.report == {"images": {"fast": 3, "far": 3}}


def test_a_store_with_images_is_not_left_out() -> None:
    with pytest.raises(RefusedError, match=r"left out of glance_stores: far \(3\)") as caught:
        look(params("fast"))
    assert "glance_stores_abandoned" in caught.value.hint


def test_unless_somebody_says_so() -> None:
    assert not look(params("fast", abandoned=("far",))).plan


def test_where_there_is_no_database_yet_nothing_is_held() -> None:
    def nobody(login: Any) -> Server:
        del login
        raise UnreachableError("no server")

    assert look(params("fast"), nobody).report == {"images": {}}
