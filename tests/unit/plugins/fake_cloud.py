"""Keystone and Glance on one port of this machine: as much of both as an image's round trip asks for."""

from __future__ import annotations

import http.server
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.unit.plugins.fake_glance import PROJECT, record, recorded
from tests.unit.plugins.fake_web import listening

PASSWORD = "p@ss/w:rd"


class Cloud:
    """What the servers hold, what they were asked, and what goes wrong.

    Attributes:
        faults: By method and path, which status and body are answered instead.
        regions: Regions of the catalogue.
        suffix: What the catalogue appends to Glance's address.
        page: How many images a list shows at once.
    """

    def __init__(self) -> None:
        self.root = ""
        self.records: dict[str, dict[str, Any]] = {}
        self.data: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.headers: dict[str, Mapping[str, str]] = {}
        self.faults: dict[str, tuple[int, str]] = {}
        self.regions = ["RegionOne"]
        self.suffix = ""
        self.page = 25

    def auth(self, password: str = PASSWORD) -> dict[str, str]:
        """Return credentials as the module takes them."""
        names = {"username": "admin", "project_name": "admin"}
        domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
        return {"auth_url": f"{self.root}/v3", "password": password, **names, **domains}

    def token(self) -> dict[str, Any]:
        """Return a token's content with the catalogue."""
        endpoints = [
            {
                "interface": "public",
                "region": region,
                "region_id": region,
                "url": f"{self.root}{self.suffix}",
                "id": "e",
            }
            for region in self.regions
        ]
        domain = {"id": "default", "name": "Default"}
        return {
            "methods": ["password"],
            "user": {"id": "u", "name": "admin", "domain": domain},
            "project": {"id": PROJECT, "name": "admin", "domain": domain},
            "roles": [{"id": "r", "name": "admin"}],
            "expires_at": "2999-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "catalog": [{"type": "image", "name": "glance", "id": "s", "endpoints": endpoints}],
        }


class _Handler(http.server.BaseHTTPRequestHandler):
    cloud: Cloud

    def _serve(self) -> None:
        path = self.path.partition("?")[0]
        asked = f"{self.command} {path}"
        self.cloud.asked.append(asked)
        self.cloud.headers[asked] = dict(self.headers)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if asked in self.cloud.faults:
            status, text = self.cloud.faults[asked]
            return self._reply(status, text.encode())
        if path.startswith("/v3"):
            return self._keystone(body)
        parts = path.removeprefix("/v2/images").strip("/").split("/")
        return self._file(parts[0], body) if parts[1:] == ["file"] else self._image(parts[0], body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  # names that the base class looks for

    def _keystone(self, body: bytes) -> None:
        if self.command == "GET":
            links = [{"rel": "self", "href": f"{self.cloud.root}/v3/"}]
            return self._json(200, {"version": {"id": "v3.14", "status": "stable", "links": links}})
        user = json.loads(body)["auth"]["identity"]["password"]["user"]
        if user["password"] != PASSWORD:
            return self._json(401, {"error": {"code": 401, "message": "no", "title": "Unauthorized"}})
        return self._json(201, {"token": self.cloud.token()}, {"X-Subject-Token": "t"})

    def _image(self, image_id: str, body: bytes) -> None:
        if self.command == "POST":
            made = record("new", **json.loads(body))
            self.cloud.records["new"] = made
            return self._json(201, made)
        if not image_id:
            return self._list()
        if image_id not in self.cloud.records:
            return self._reply(404, b"<html><head><title>404 Not Found</title></head>No image found</html>")
        if self.command == "DELETE":
            del self.cloud.records[image_id]
            return self._reply(204, b"")
        if self.command == "PATCH":
            for change in json.loads(body):
                self.cloud.records[image_id][change["path"].strip("/")] = change["value"]
        return self._json(200, self.cloud.records[image_id])

    def _list(self) -> None:
        start = int(self.path.partition("marker=")[2] or 0)
        name = self.path.partition("name=")[2].partition("&")[0]
        found = [one for one in self.cloud.records.values() if one["name"] == name]
        more = {"next": f"/v2/images?name={name}&marker={start + self.cloud.page}"}
        shown = found[start : start + self.cloud.page]
        self._json(200, {"images": shown, **(more if found[start + self.cloud.page :] else {})})

    def _file(self, image_id: str, body: bytes) -> None:
        if self.command == "PUT":
            self.cloud.data[image_id] = body
            self.cloud.records[image_id].update(recorded(body))
            return self._reply(204, b"")
        return self._reply(200, self.cloud.data[image_id])

    def _json(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        self._reply(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), **({} if status == 204 else {"Content-Length": str(len(body))})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
        """Say nothing."""
        del format, args


@contextmanager
def running_cloud() -> Iterator[Cloud]:
    """Run both servers."""
    cloud = Cloud()
    with listening(type("Handler", (_Handler,), {"cloud": cloud})) as port:
        cloud.root = f"http://127.0.0.1:{port}"
        yield cloud
