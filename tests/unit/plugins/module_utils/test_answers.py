"""Addresses that have to answer, against a server on this machine that answers well, badly or not at all."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._answers import LARGEST, bring
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from ansible_collections.glance_deploy.openstack.plugins.module_utils._resource import Context

from tests.unit.plugins.fake_run import FakeRun
from tests.unit.plugins.fake_web import Answer, serving

LOG = "/var/log/glance/glance-api.log"


def ask(*urls: str, log_file: str = LOG, **context: Any) -> dict[str, Any]:
    outcome = bring({"urls": list(urls), "timeout": 5, "log_file": log_file}, Context(FakeRun(), **context))
    assert not outcome.plan
    return dict(outcome.report)


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b'{"versions": [1]}', {"versions": [1]}),
        (b"OK", None),
        (b"", None),
        (b"\xff\xfe\x00", None),
        (b'"' + b"x" * LARGEST + b'"', None),
    ],
    ids=["JSON", "text", "nothing", "bytes", "too large"],
)
def test_what_is_answered_is_told(body: bytes, document: Any) -> None:
    with serving(Answer(body)) as web:
        assert ask(web.url("/a"), web.url("/b")) == {
            "answers": [{"url": web.url(path), "status": 200, "json": document} for path in ("/a", "/b")]
        }
        assert [asked["path"] for asked in web.asked] == ["/a", "/b"]


@pytest.mark.parametrize("status", [300, 401, 404, 500, 503])
def test_another_status_is_a_fault(status: int) -> None:
    with serving(a=[Answer(b"{}")], b=[Answer(b"{}", status=status)]) as web:
        with pytest.raises(DeployError) as caught:
            ask(web.url("/a"), web.url("/b"), web.url("/a"))
        assert len(web.asked) == 2
    assert str(caught.value) == f"{web.url('/b')} answers {status}."
    assert caught.value.hint == f"tail -n 100 {LOG}"


def test_an_answer_that_breaks_off_is_a_fault() -> None:
    answer = Answer(b"x" * 100, headers={"Content-Length": "200"})
    with serving(answer) as web, pytest.raises(DeployError, match=r"does not answer: .*100 bytes read"):
        ask(web.url())


def test_silence_is_a_fault() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        with pytest.raises(DeployError, match=rf"^{url} does not answer: .*refused\.$") as caught:
            ask(url, log_file="")
        assert caught.value.hint == "Look at the service's log."
        assert ask(url, check_mode=True, tentative=True) == {}


@pytest.mark.parametrize("url", ["nowhere", "http://[::", "http://127.0.0.1:port/", "http://a b/"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(DeployError, match="does not answer"):
        ask(url)


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving(Answer(b"{}")) as web:
        assert ask(web.url())["answers"][0]["status"] == 200
