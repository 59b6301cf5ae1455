"""A Glance in memory that real sessions talk to, as far as the round trip of an image goes."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from keystoneauth1 import session as sessions
from keystoneauth1.token_endpoint import Token

from tests.property.model_keystone import Answer

ROOT = "http://controller:9292"
PROJECT = "p-admin"
MOST_REQUESTS = 500


class Glance(requests.adapters.BaseAdapter):
    """The server; a session that has it mounted asks it instead of the network.

    Attributes:
        records: Its images by id.
        data: Their bytes by id.
        lie: Says what is answered in place of the truth, None for the truth itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, Any]] = {}
        self.data: dict[str, bytes] = {}
        self.lie: Callable[[str, Answer], Answer | None] = lambda *_: None
        self._count = 0

    def __repr__(self) -> str:
        return f"Glance({self.records}, {self.data})"

    def session(self) -> Any:
        """Return a session of keystoneauth that has its token already."""
        plain = requests.Session()
        plain.mount("http://", self)
        return sessions.Session(Token(ROOT, "t"), session=plain)

    def add(self, image_id: str, data: bytes | None, **attributes: Any) -> None:
        """Keep an image."""
        common = {"name": "cirros", "visibility": "public", "disk_format": "raw", "owner": PROJECT, "status": "queued"}
        self.records[image_id] = {"id": image_id, **common, "min_disk": 0, "min_ram": 0, "size": None}
        if data is not None:
            self._fill(image_id, data)
        self.records[image_id].update(attributes)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer one request."""
        self._count += 1
        assert self._count < MOST_REQUESTS, "asked without end"
        url, content = urlsplit(request.url or ""), _content(request.body or b"")
        parts = url.path.removeprefix("/v2/images").strip("/").split("/")
        truth = self._answer(str(request.method), parts, parse_qs(str(url.query)), content)
        asked = f"{request.method} {'file' if parts[-1] == 'file' else 'image' if parts[0] else 'list'}"
        told = self.lie(asked, truth) or truth
        response = requests.Response()
        response.status_code, response.url, response.request = told.status, str(request.url), request
        response.raw = io.BytesIO(told.body)
        response.headers.update(told.headers)
        return response

    def close(self) -> None:
        """There is nothing to close."""

    def _answer(self, method: str, parts: list[str], query: Mapping[str, list[str]], body: bytes) -> Answer:
        image_id = parts[0]
        if method == "POST":
            self.add("new", None, **json.loads(body))
            return _json(201, self.records["new"])
        if not image_id:
            found = [one for one in self.records.values() if one["name"] == query.get("name", [""])[0]]
            return _json(200, {"images": found})
        if image_id not in self.records:
            return Answer(404, b"<html><title>404 Not Found</title>No image found</html>")
        if parts[1:] == ["file"]:
            return self._file(method, image_id, body)
        if method == "DELETE":
            del self.records[image_id]
            return Answer(204, b"")
        for change in json.loads(body) if method == "PATCH" else ():
            self.records[image_id][change["path"].strip("/")] = change["value"]
        return _json(200, self.records[image_id])

    def _file(self, method: str, image_id: str, body: bytes) -> Answer:
        if method == "PUT":
            self._fill(image_id, body)
            return Answer(204, b"")
        return Answer(200, self.data.get(image_id, b""))

    def _fill(self, image_id: str, data: bytes) -> None:
        digests = {"checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(), "os_hash_algo": "sha512"}
        self.data[image_id] = data
        self.records[image_id] |= {"status": "active", "size": len(data), **digests}
        self.records[image_id]["os_hash_value"] = hashlib.sha512(data).hexdigest()


def _content(body: Any) -> bytes:
    """Return the bytes of a request, which may be text, bytes, a file, or parts that are made on the way."""
    if isinstance(body, (str, bytes)):
        return body.encode() if isinstance(body, str) else body
    return bytes(body.read()) if hasattr(body, "read") else b"".join(body)


def _json(status: int, document: Any) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"})
