from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_network import (
    Question,
    answers,
    database_question,
    identity_question,
    is_keystone,
    name_question,
)

MEDIA = [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}]
VERSION = {"id": "v3.14", "media-types": MEDIA}


@pytest.fixture
def serve() -> Iterator[Callable[[int, bytes], str]]:
    running: list[http.server.HTTPServer] = []

    def start(status: int, body: bytes) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/v3"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"version": VERSION}, True),
        ({"versions": {"values": [VERSION]}}, True),
        ({"versions": [{"id": "v2.9", "status": "CURRENT"}]}, False),
        ({"version": {"id": "v3.14"}}, False),
        ({"version": {"id": "v2.1", "media-types": [{"type": "application/vnd.openstack.compute+json"}]}}, False),
        ({"versions": {"values": [None, "x"]}}, False),
        ({"version": {"media-types": ["x"]}}, False),
        ([], False),
        ("text", False),
        (None, False),
    ],
    ids=["one", "all", "glance", "no types", "nova", "odd values", "odd types", "list", "text", "null"],
)
def test_is_keystone(found: Any, *, expected: bool) -> None:
    assert is_keystone(json.dumps(found).encode()) is expected


@pytest.mark.parametrize("body", [b"", b"<html>It works!</html>", b"\xff\xfe"])
def test_what_is_no_json_is_no_keystone(body: bytes) -> None:
    assert not is_keystone(body)


def test_keystone_answers(serve: Callable[[int, bytes], str]) -> None:
    for status in (200, 300):
        assert identity_question(serve(status, json.dumps({"version": VERSION}).encode())).ask() == ""


def test_something_else_answers(serve: Callable[[int, bytes], str]) -> None:
    assert identity_question(serve(200, b"<html>")).ask() == "answers HTTP 200, but is not Keystone"
    assert identity_question(serve(503, b"")).ask() == "answers HTTP 503, an error of its own"
    assert identity_question(serve(404, b"")).ask() == "answers HTTP 404, but is not Keystone"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v3", "controller:5000"])
def test_nobody_answers(url: str) -> None:
    question = identity_question(url)
    assert question.where == f"identity service {url}"
    assert question.ask().startswith("does not answer: ")


def test_a_server_that_speaks_no_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")
                connection.recv(1024)

        threading.Thread(target=greet, daemon=True).start()
        assert identity_question(f"http://127.0.0.1:{server.getsockname()[1]}").ask().startswith("does not answer: ")


def test_a_database_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert database_question("127.0.0.1", server.getsockname()[1]).ask() == ""
    assert database_question("127.0.0.1", 1).ask() == "cannot be reached from this host: Connection refused"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("no-such-host.invalid", "does not resolve on this host"),
        ("x" * 70, "does not resolve on this host"),
    ],
    ids=["name", "address", "unknown", "impossible"],
)
def test_names(name: str, wrong: str) -> None:
    assert name_question(name).ask() == wrong


def test_all_questions_are_asked_at_once_and_answered_in_their_order() -> None:
    barrier = threading.Barrier(3, timeout=5)

    def together(answer: str) -> Callable[[], str]:
        def ask() -> str:
            barrier.wait()
            return answer

        return ask

    questions = [
        Question(name, f"mend {name}", together(wrong)) for name, wrong in (("a", "bad"), ("b", ""), ("c", "no"))
    ]
    assert [str(problem) for problem in answers(questions)] == ["a: bad. mend a", "c: no. mend c"]


def test_a_question_without_an_answer_holds_nobody_up() -> None:
    begun = time.monotonic()
    slow = Question("slow", "Mend it.", lambda: time.sleep(30) or "")  # type: ignore[func-returns-value]  # always None
    assert [str(problem) for problem in answers([slow], deadline=0.2)] == ["slow: no answer within 0 s. Mend it."]
    assert time.monotonic() - begun < 5


def test_no_questions_no_problems() -> None:
    assert answers([]) == []
