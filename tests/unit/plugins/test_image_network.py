from __future__ import annotations

import io
import threading
import time
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_network import Probes, Route, route, shown
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError


def test_query_is_never_shown() -> None:
    assert shown("https://mirror:8443/disk.img?X-Signature=hunter2#part") == "https://mirror:8443/disk.img"


class TestProxy:
    @pytest.mark.parametrize(
        ("way", "url", "hop"),
        [
            (Route(), "https://mirror/x", ("mirror", 443)),
            (Route(), "http://mirror:8080/x", ("mirror", 8080)),
            (Route({"https": "http://me:secret@proxy:3128"}), "https://mirror/x", ("proxy", 3128)),
            (Route({"https": "http://proxy:3128"}), "http://mirror/x", ("mirror", 80)),
            (Route({"http": "proxy:3128"}), "http://mirror/x", ("proxy", 3128)),
        ],
    )
    def test_first_hop(self, way: Route, url: str, hop: tuple[str, int]) -> None:
        assert way.first_hop(url) == hop

    def test_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", "http://proxy:3128")
        monkeypatch.setenv("no_proxy", "inside.example.org")
        assert route("").first_hop("https://mirror/x") == ("proxy", 3128)
        assert route("").first_hop("https://inside.example.org/x") == ("inside.example.org", 443)
        assert route("http://other:8080").first_hop("https://mirror/x") == ("other", 8080)

    def test_unreadable_address(self) -> None:
        with pytest.raises(DeployError, match="cannot be read") as caught:
            route("http://me:hunter2/3@proxy:3128").first_hop("http://mirror/x")
        assert "hunter2" not in str(caught.value)

    def test_password_is_never_shown(self) -> None:
        assert "secret" not in repr(route("http://me:secret@proxy:3128"))


class TestProbes:
    def test_hosts_that_swallow_packets_cost_one_timeout_together(self) -> None:
        released = threading.Event()

        def connect(*_: object) -> Any:
            released.wait(5)
            raise TimeoutError

        started = time.monotonic()
        probes = Probes([("a", 1), ("b", 1), ("c", 1)], 0.1, connect)
        assert {probes.failure((host, 1)) for host in "abc"} == {"no connection within 0.1 seconds"}
        assert time.monotonic() - started < 0.3
        released.set()

    def test_who_answers_is_not_kept_waiting_by_others(self) -> None:
        released = threading.Event()

        def connect(address: tuple[str, int], _: float) -> Any:
            if address[0] == "dead":
                released.wait(5)
                raise OSError(111, "Connection refused")
            return io.BytesIO()

        started = time.monotonic()
        assert Probes([("dead", 1), ("alive", 1)], 2.0, connect).failure(("alive", 1)) == ""
        assert time.monotonic() - started < 1
        released.set()
