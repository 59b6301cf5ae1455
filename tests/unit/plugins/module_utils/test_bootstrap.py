"""Keystone's bootstrap: when it is due, how it is called, and what a Keystone that lies leads to."""

from __future__ import annotations

import http.server
import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _bootstrap
from ansible_collections.glance_deploy.openstack.plugins.module_utils._bootstrap import (
    ATTEMPTS,
    SCRIPT,
    Endpoint,
    bring,
    endpoints_in,
    plan_bootstrap,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_run import FakeRun
from tests.unit.plugins.fake_web import listening

PASSWORD = "p@ss/w:rd%$#'\"\\ é"
ENDPOINTS = {interface: f"http://controller:{port}/v3" for interface, port in (("public", 1), ("admin", 2))}
FOUND: frozenset[Endpoint] = frozenset(("RegionOne", interface, url) for interface, url in ENDPOINTS.items())
ALL = "bootstrap: administrator, region and catalogue of Keystone"


def token(region: str = "RegionOne", kind: str = "identity") -> dict[str, Any]:
    entries = [{"region": region, "interface": interface, "url": url} for interface, url in ENDPOINTS.items()]
    return {"token": {"catalog": [{"type": "image", "endpoints": []}, {"type": kind, "endpoints": entries}]}}


class Keystone:
    """What it answers, one after the other and the last for ever: a status and a body, or None for a reset."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes] | None] = []
        self.asked: list[Any] = []
        self.url = ""

    def say(self, status: int, document: object) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.answers.append((status, body))

    def bring(self, host: FakeRun | None = None, **context: Any) -> list[str]:
        params = {"url": self.url, "user": "admin", "password": PASSWORD, "project": "admin", "region": "RegionOne"}
        return bring({**params, "endpoints": ENDPOINTS}, Context(host or FakeRun(), **context)).plan.titles()


@pytest.fixture
def keystone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keystone]:
    monkeypatch.setattr(_bootstrap, "PAUSE", 0)
    fake = Keystone()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            fake.asked.append((self.path, json.loads(self.rfile.read(size))))
            answer = fake.answers.pop(0) if len(fake.answers) > 1 else fake.answers[0]
            if answer is None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.connection.close()
                self.close_connection = True
                return
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        def finish(self) -> None:
            if not self.close_connection or not self.wfile.closed:
                super().finish()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
            del format, args

    with listening(Handler) as port:
        fake.url = f"http://127.0.0.1:{port}/v3"
        yield fake


@pytest.mark.parametrize(
    ("found", "region", "titles"),
    [
        (FOUND, "RegionOne", []),
        (FOUND | {("north", "public", "x")}, "RegionOne", []),
        (None, "RegionOne", [ALL]),
        (frozenset(), "RegionOne", ["bootstrap: public, admin endpoint of Keystone in RegionOne"]),
        (FOUND, "north", ["bootstrap: public, admin endpoint of Keystone in north"]),
        (
            FOUND - {("RegionOne", "admin", ENDPOINTS["admin"])},
            "RegionOne",
            ["bootstrap: admin endpoint of Keystone in RegionOne"],
        ),
    ],
    ids=["noop", "more than wished", "no token", "no catalogue", "another region", "another URL"],
)
def test_plan(found: frozenset[Endpoint] | None, region: str, titles: list[str]) -> None:
    assert plan_bootstrap(found, region, ENDPOINTS).titles() == titles


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (token(), FOUND),
        (token(kind="image"), frozenset()),
        ({"token": {}}, frozenset()),
        ({"token": {"catalog": None}}, frozenset()),
        ({"token": {"catalog": [{"type": "identity"}, {}]}}, frozenset()),
        ({"token": {"catalog": [{"type": "identity", "endpoints": [{"url": ["x"]}]}]}}, {("None", "None", "['x']")}),
    ],
    ids=["noop", "of another service", "no catalogue", "null", "without endpoints", "odd values"],
)
def test_endpoints_in_a_token(document: Any, found: frozenset[Endpoint]) -> None:
    assert endpoints_in(document) == found


def test_a_keystone_that_is_as_wished_is_asked_once(keystone: Keystone) -> None:
    host = FakeRun()
    keystone.say(201, token())
    assert keystone.bring(host) == []
    assert host.commands == []
    ((path, body),) = keystone.asked
    assert path == "/v3/auth/tokens"
    assert body["auth"]["identity"]["password"]["user"]["password"] == PASSWORD


@pytest.mark.parametrize(
    ("status", "document", "titles"),
    [
        (401, {"error": {}}, [ALL]),
        (404, b"", [ALL]),
        (201, token(region="north"), ["bootstrap: public, admin endpoint of Keystone in RegionOne"]),
    ],
    ids=["wrong password", "not found", "another region"],
)
def test_bootstrap_gets_the_password_where_nobody_sees_it(
    keystone: Keystone, status: int, document: Any, titles: list[str]
) -> None:
    host = FakeRun()
    keystone.say(status, document)
    assert keystone.bring(host, check_mode=True) == titles
    assert host.commands == []
    assert keystone.bring(host) == titles
    (command,) = host.commands
    assert host.stdin == [f"{PASSWORD}\n"]
    assert PASSWORD not in command
    assert host.environments == [{}]
    assert command.startswith(f"/bin/sh -c {SCRIPT} bootstrap --bootstrap-username=admin ")
    assert command.endswith(
        " --bootstrap-project-name=admin --bootstrap-region-id=RegionOne"
        " --bootstrap-public-url=http://controller:1/v3 --bootstrap-admin-url=http://controller:2/v3"
    )


def test_the_script_hands_the_password_on_as_it_is(tmp_path: Path) -> None:
    program = tmp_path / "runuser"
    program.write_text('#!/bin/sh\nprintf "%s|" "$OS_BOOTSTRAP_PASSWORD" "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", SCRIPT, "bootstrap", "--a=b c"],
        input=f"  {PASSWORD}\n".encode(),
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == f"  {PASSWORD}|-u|keystone|--|keystone-manage|bootstrap|--a=b c|"


LIES: dict[str, object] = {
    "HTML": b"<html><body>It works!</body></html>",
    "nothing": b"",
    "list": [],
    "text": "token",
    "null": None,
    "number": 7,
    "no token": {"error": "x"},
    "token of text": {"token": "x"},
    "token of null": {"token": None},
    "catalogue of text": {"token": {"catalog": "identity"}},
    "catalogue of numbers": {"token": {"catalog": 7}},
    "services of text": {"token": {"catalog": ["identity"]}},
    "endpoints of text": {"token": {"catalog": [{"type": "identity", "endpoints": "x"}]}},
    "endpoints of numbers": {"token": {"catalog": [{"type": "identity", "endpoints": 7}]}},
    "endpoints of null": {"token": {"catalog": [{"type": "identity", "endpoints": [None]}]}},
    "bottomless": b"[" * 100_000,
    "bytes": b"\xff\xfe{",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_something_else_that_answers_is_not_bootstrapped(keystone: Keystone, lie: object) -> None:
    host = FakeRun()
    keystone.say(200, lie)
    with pytest.raises(DeployError) as caught:
        keystone.bring(host)
    assert str(caught.value) == f"{keystone.url}/auth/tokens answers something that is not a token."
    assert caught.value.hint == "tail -n 100 /var/log/keystone/keystone.log"
    assert host.commands == []
    assert len(keystone.asked) == ATTEMPTS


def test_a_fault_that_lasts_is_told_and_does_not_stop_a_dry_run(keystone: Keystone) -> None:
    keystone.say(500, b"oops")
    with pytest.raises(DeployError, match=r"answers status 500\."):
        keystone.bring()
    assert keystone.bring(check_mode=True, tentative=True) == [ALL]


def test_a_fresh_keystone_may_stumble(keystone: Keystone) -> None:
    keystone.answers = [None]
    keystone.say(503, b"")
    keystone.say(200, b"<html>")
    keystone.say(201, token())
    assert keystone.bring() == []
    assert len(keystone.asked) == 4


def test_resets_that_last_are_told(keystone: Keystone) -> None:
    keystone.answers = [None]
    with pytest.raises(DeployError, match=r"/auth/tokens answers .*(reset|closed)"):
        keystone.bring()
    assert len(keystone.asked) == ATTEMPTS


def test_a_bootstrap_that_fails_is_told_without_the_password(keystone: Keystone) -> None:
    keystone.say(401, {})
    with pytest.raises(DeployError) as caught:
        keystone.bring(FakeRun({"/bin/sh": (1, "", f"CRITICAL keystone: no {PASSWORD}\n")}))
    assert str(caught.value) == "keystone-manage bootstrap failed: CRITICAL keystone: no (secret)"
