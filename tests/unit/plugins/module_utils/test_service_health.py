from __future__ import annotations

import contextlib
import dataclasses
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_health import (
    PAUSE,
    Health,
    Watch,
    ask,
    clean,
    headline,
    relevant,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._service_unit import Unit
from ansible_collections.glance_deploy.openstack.plugins.module_utils._systemd import Systemd, UnitFailedError

URL = "http://127.0.0.1:9292/healthcheck"
UP = Unit("api", active="active", sub="running")
STARTING = dataclasses.replace(UP, active="activating", sub="start")
CRASHED = dataclasses.replace(UP, active="activating", sub="auto-restart")
FAILED = dataclasses.replace(UP, active="failed", sub="failed")


class FakeSystemd(Systemd):
    """A unit that goes through states, one a look, and stays in the last one."""

    def __init__(self, *states: Unit, journal: tuple[str, ...] = ()) -> None:
        super().__init__("api", lambda _: (0, "", ""))
        self.states, self.lines = list(states), list(journal)

    def read(self) -> Unit:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def journal(self, since: float, lines: int) -> list[str]:
        assert since > 0
        return self.lines[-lines:]


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def watch(*states: Unit, answers: tuple[int | str, ...] = (), **health: str | int) -> tuple[Watch, FakeClock]:
    clock, left = FakeClock(), list(answers)

    def ask_next(url: str) -> int | str:
        assert url == URL
        return left.pop(0) if len(left) > 1 else left[0]

    wish = Health(url=URL if answers else "", timeout=10, log_file=str(health.get("log_file", "")))
    return Watch(FakeSystemd(*states), wish, ask_next, clock.sleep, clock), clock


@pytest.mark.parametrize(
    ("states", "answers", "fresh", "seconds"),
    [
        ((UP,), (), False, 0.0),
        ((UP,), (), True, 1.0),
        ((UP,), (200,), True, 0.0),
        ((UP,), ("refused", 503, 200), True, 2 * PAUSE),
        ((STARTING, STARTING, UP), (), False, 2 * PAUSE),
        ((UP, CRASHED, UP), ("refused", 200), True, 2 * PAUSE),
        ((UP, CRASHED, dataclasses.replace(UP, restarts=1)), ("refused", 200), True, 2 * PAUSE),
        ((dataclasses.replace(UP, restarts=9),), (200,), False, 0.0),
    ],
    ids=["noop", "fresh", "answers", "answers later", "notifies later", "one crash", "one restart", "old restarts"],
)
def test_a_unit_comes_up(
    states: tuple[Unit, ...], answers: tuple[int | str, ...], *, fresh: bool, seconds: float
) -> None:
    wait, _ = watch(*states, answers=answers)
    assert wait.until_up(fresh=fresh).active == "active"
    assert wait.seconds == round(seconds, 1)


@pytest.mark.parametrize(
    ("states", "answers", "words", "seconds"),
    [
        ((FAILED,), (), "api does not stay up: failed (failed).", 0.0),
        ((UP, FAILED), (), "api does not stay up: failed (failed).", PAUSE),
        ((Unit("api"),), (200,), "api does not stay up: inactive (dead).", 0.0),
        (
            (UP, CRASHED, dataclasses.replace(UP, restarts=1), dataclasses.replace(UP, restarts=2)),
            ("refused",),
            "api does not stay up: systemd started it 2 more times.",
            3 * PAUSE,
        ),
        ((UP,), (503,), f"api is not up after 10 s: {URL} answers 503.", 10.0),
        ((UP,), ("Connection refused",), f"api is not up after 10 s: {URL} answers Connection refused.", 10.0),
        ((STARTING,), (), "api is not up after 10 s: activating (start).", 10.0),
    ],
    ids=["failed", "fails soon", "gone", "crashes", "sick", "silent", "starts for ever"],
)
def test_a_unit_that_does_not_come_up_is_told_as_soon_as_it_is_certain(
    states: tuple[Unit, ...], answers: tuple[int | str, ...], words: str, seconds: float
) -> None:
    wait, _ = watch(*states, answers=answers)
    with pytest.raises(UnitFailedError) as caught:
        wait.until_up(fresh=True)
    assert str(caught.value) == words
    assert caught.value.hint == "journalctl -u api -n 100"
    assert wait.seconds == round(seconds, 1)


def test_the_failure_tells_what_the_service_wrote_since(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("ERROR of yesterday\n")
    systemd = FakeSystemd(FAILED, journal=("starting", "api.service: Failed with result 'exit-code'."))
    wait = Watch(systemd, Health(log_file=str(log)))
    with log.open("a") as stream:
        stream.write("INFO hello\nKeyError: 'x' password=hush\nmore errors below\n")
    error = wait.failure("It died.")
    assert str(error) == "It died. It wrote: KeyError: 'x' password=(secret)."
    assert error.log == [
        "api.service: Failed with result 'exit-code'.",
        "KeyError: 'x' password=(secret)",
        "more errors below",
    ]
    assert error.hint == f"journalctl -u api -n 100; tail -n 100 {log}"


def test_a_rotated_log_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("long ago\n" * 100)
    wait = Watch(FakeSystemd(FAILED), Health(log_file=str(log)))
    log.write_text("new error\n")
    assert wait.failure("It died.").log == ["new error"]


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    wait = Watch(FakeSystemd(FAILED), Health(log_file=str(log)))
    log.write_text("error early\n" + "x" * 100_000 + "\nerror late\n")
    assert wait.failure("It died.").log == ["error late"]


def test_silence_is_no_second_failure(tmp_path: Path) -> None:
    error = Watch(FakeSystemd(FAILED), Health(log_file=str(tmp_path / "none"))).failure("It died.")
    assert (str(error), error.log) == ("It died.", [])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  all well ", "all well"),
        ("mysql+pymysql://glance:a%40b@db/glance is down", "mysql+pymysql://glance:(secret)@db/glance is down"),
        ("password = hush, user=x", "password = (secret) user=x"),
        ("{'password': 'hush'}", "{'password': (secret)"),
        ("memcache_secret_key: hush", "memcache_secret_key: (secret)"),
        ("\x1b[01;31mERROR\x1b[00m", "ERROR"),
    ],
)
def test_clean(line: str, expected: str) -> None:
    assert clean(line) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], []),
        (["one", "", "two"], ["one", "two"]),
        (["one", "Error a", "two", "denied b"], ["Error a", "denied b"]),
        (["Error a", "Error b", "Error a"], ["Error b", "Error a"]),
        ([f"error {number}" for number in range(20)], [f"error {number}" for number in range(5, 20)]),
    ],
    ids=["none", "nothing wrong", "wrong", "repeated", "many"],
)
def test_relevant(lines: list[str], expected: list[str]) -> None:
    assert relevant(lines) == expected


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ([], ""),
        (["one", "two"], "two"),
        (["10:00 ERROR one", "two"], "10:00 ERROR one"),
        (["KeyError: 'x'", "10:00 CRITICAL one", "two"], "KeyError: 'x'"),
        (["x" * 400], "x" * 300),
    ],
    ids=["nothing", "plain", "severe", "exception", "long"],
)
def test_headline(log: list[str], expected: str) -> None:
    assert headline(log) == expected


@contextlib.contextmanager
def server(status: int) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


@pytest.mark.parametrize("status", [200, 300, 404, 503])
def test_ask_returns_any_status_and_uses_no_proxy(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with server(status) as url:
        assert ask(url) == status


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nonsense"])
def test_ask_returns_why_there_is_no_answer(url: str) -> None:
    assert isinstance(ask(url), str)
