from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _package_index
from ansible_collections.glance_deploy.openstack.plugins.module_utils._package_index import (
    PYPI,
    ask,
    index_questions,
    read_settings,
    without_password,
)
from ansible_collections.glance_deploy.openstack.plugins.module_utils._python_environment import COMPLETE, build_path

WISH: dict[str, Any] = {
    "python": "python3",
    "requirements": ["glance==33.0.0", "PyMySQL"],
    "constraints": "",
    "samples_from_source": False,
}
SECRET = "pa:ss"


class Index(http.server.ThreadingHTTPServer):
    """An index with one project, which also serves as a proxy."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), Page)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Page(http.server.BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization", "")))
        self.send_response(200 if self.path.endswith("/glance/") else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def index() -> Iterator[Index]:
    server = Index()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found: dict[str, str] = {}
    monkeypatch.setattr(_package_index, "read_settings", lambda: found)
    return found


def wish(tmp_path: Path) -> dict[str, Any]:
    return WISH | {"path": str(tmp_path / "glance")}


def test_an_index_that_has_the_project_is_well(index: Index, settings: dict[str, str], tmp_path: Path) -> None:
    settings["index-url"] = f"{index.url}/simple/"
    (question,) = index_questions([wish(tmp_path)], None)
    assert question.ask() == ""
    assert index.asked == [("/simple/glance/", "")]


def test_the_index_is_pypi_unless_another_one_is_named(settings: dict[str, str], tmp_path: Path) -> None:
    (question,) = index_questions([wish(tmp_path)], None)
    assert question.where == f"package index {PYPI}"
    settings["no-index"] = "true"
    assert index_questions([wish(tmp_path)], None) == []


def test_nothing_is_asked_for_an_environment_that_is_there(settings: dict[str, str], tmp_path: Path) -> None:
    del settings
    home = build_path(wish(tmp_path))
    home.mkdir()
    (home / COMPLETE).touch()
    assert index_questions([wish(tmp_path)], None) == []


def test_it_says_what_is_wrong_and_no_password(index: Index, settings: dict[str, str], tmp_path: Path) -> None:
    assert ask(f"{index.url}/simple/nova/", {}, None) == "answers HTTP 404"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings["index-url"] = f"http://user:{SECRET}@127.0.0.1:{port}/simple"
    (question,) = index_questions([wish(tmp_path)], None)
    told = f"{question.where} {question.ask()} {question.mend}"
    assert f"http://127.0.0.1:{port}/simple does not answer" in told
    assert SECRET not in told


def test_it_logs_in_with_what_the_address_holds(index: Index) -> None:
    address = index.url.replace("//", "//user:pa%3Ass@")
    assert ask(f"{address}/glance/", {}, None) == ""
    assert index.asked == [("/glance/", "Basic dXNlcjpwYTpzcw==")]


@pytest.mark.parametrize("where", ["given", "settings"])
def test_a_proxy_is_asked_in_its_place(index: Index, where: str) -> None:
    given = index.url if where == "given" else None
    settings = {"proxy": index.url} if where == "settings" else {}
    assert ask("http://pypi.invalid/simple/glance/", settings, given) == ""
    assert index.asked[0][0] == "http://pypi.invalid/simple/glance/"


def test_certificates_that_are_not_there_are_told(index: Index) -> None:
    assert ask(f"{index.url}/glance/", {"cert": "/no/such/file"}, None).startswith("does not answer: ")


@pytest.mark.parametrize("settings", [{"trusted-host": "one.example two.example:8443"}, {}])
def test_only_a_trusted_host_needs_no_certificate(settings: dict[str, str]) -> None:
    found = _package_index.trust(settings, "two.example")
    assert found.check_hostname is not bool(settings)


def test_settings_are_read_as_pip_does(tmp_path: Path) -> None:
    for name, text in {
        "etc/xdg/pip/pip.conf": "[global]\nindex-url = https://first.example/simple\ncert = /ca.crt\n",
        "etc/pip.conf": "[global]\nindex-url = https://second.example/simple\n[install]\nproxy = http://p.example\n",
        "root/.pip/pip.conf": "no settings at all",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = read_settings(tmp_path, {"PIP_NO_INDEX": "0", "HOME": "/root"})
    assert found == {
        "index-url": "https://second.example/simple",
        "cert": "/ca.crt",
        "proxy": "http://p.example",
        "no-index": "0",
    }


def test_a_password_is_taken_out() -> None:
    assert without_password("https://user:secret@pypi.example:8443/simple") == "https://pypi.example:8443/simple"
