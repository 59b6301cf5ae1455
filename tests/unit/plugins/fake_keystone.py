"""A Keystone on this machine that keeps what it is told, as far as a service's registration goes."""

from __future__ import annotations

import http.server
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.plugins.fake_web import listening

PASSWORD = "admin's"
DOMAIN = {"id": "default", "name": "Default"}
KINDS = ("domains", "projects", "users", "roles", "role_assignments", "services", "endpoints", "regions")
HTML = "<html><body>It works!</body></html>"


class Keystone:
    """What the server holds, what it was asked, and what goes wrong.

    Attributes:
        root: Address without a version.
        things: Keystone's objects by kind.
        passwords: By id of the user.
        asked: Methods and paths, in their order.
        faults: By method and path, what is answered instead, one after the other: status and body, or None for a
            connection that breaks.
        lost: Methods and paths that are done, but whose answer gets lost, once.
    """

    def __init__(self) -> None:
        self.root = ""
        self.things: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
        self.things["domains"] = [{**DOMAIN}, {"id": "d2", "name": "Heat"}]
        self.things["regions"] = [{"id": "RegionOne"}]
        self.things["roles"] = [{"id": "r-admin", "name": "admin"}]
        self.passwords = {"u-admin": PASSWORD}
        self.asked: list[str] = []
        self.faults: dict[str, list[tuple[int, str] | None]] = {}
        self.lost: set[str] = set()

    def auth(self, **changes: str) -> dict[str, str]:
        """Return credentials as the module takes them."""
        names = {"username": "admin", "project_name": "admin", "user_domain_name": "Default"}
        return {"auth_url": self.root, "password": PASSWORD, "project_domain_id": "default", **names, **changes}

    def add(self, kind: str, **attributes: Any) -> dict[str, Any]:
        """Keep a thing and return it."""
        thing = {"id": f"{kind}-{len(self.things[kind])}", "enabled": True, **attributes}
        self.things[kind].append(thing)
        return thing

    def written(self) -> list[str]:
        """Return the requests that change something."""
        return [asked for asked in self.asked if not asked.startswith("GET") and not asked.endswith("/auth/tokens")]

    def token(self, user_id: str = "u-admin") -> dict[str, Any]:
        """Return the content of a user's token; of others than the administrator, only who they are is right."""
        endpoint = {"interface": "internal", "region": "RegionOne", "region_id": "RegionOne", "id": "e"}
        return {
            "methods": ["password"],
            "user": {"id": user_id, "name": "admin", "domain": DOMAIN},
            "project": {"id": "p-admin", "name": "admin", "domain": DOMAIN},
            "roles": [{"id": "r-admin", "name": "admin"}],
            "expires_at": "2999-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "catalog": [
                {
                    "type": "identity",
                    "name": "keystone",
                    "id": "s",
                    "endpoints": [{**endpoint, "url": f"{self.root}/v3/"}],
                }
            ],
        }


class _Handler(http.server.BaseHTTPRequestHandler):
    keystone: Keystone

    def _serve(self) -> None:
        url = urlsplit(self.path)
        asked = f"{self.command} {url.path}"
        self.keystone.asked.append(asked)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        faults = self.keystone.faults.get(asked)
        if faults:
            fault = faults.pop(0)
            return self._break() if fault is None else self._reply(fault[0], fault[1].encode(), "text/html")
        status, answer = self._answer(url.path, {key: value[0] for key, value in parse_qs(url.query).items()}, body)
        if asked in self.keystone.lost:
            self.keystone.lost.remove(asked)
            return self._break()
        return self._reply(status, b"" if answer is None else json.dumps(answer).encode(), "application/json")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  # names that the base class looks for

    def _answer(self, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        if path in ("", "/"):
            return 300, {"versions": {"values": [{"id": "v3.14", "status": "stable"}]}}
        if path in ("/v3", "/v3/"):
            return 200, {"version": {"id": "v3.14", "status": "stable"}}
        if path == "/v3/auth/tokens":
            return self._authenticate(body["auth"]["identity"]["password"]["user"])
        parts = path.split("/")[2:]
        if self.command == "PUT":
            return self._grant(parts[1], parts[3], parts[5])
        return self._thing(parts[0], parts[1:], query, body)

    def _authenticate(self, user: Mapping[str, Any]) -> tuple[int, Any]:
        user_id = user.get("id") or self._id_of(user)
        if self.keystone.passwords.get(user_id) != user["password"]:
            return 401, {"error": {"code": 401, "message": "The request you have made requires authentication."}}
        return 201, {"token": self.keystone.token(user_id)}

    def _id_of(self, user: Mapping[str, Any]) -> str:
        if user["name"] == "admin":
            return "u-admin"
        domains = {one["name"]: one["id"] for one in self.keystone.things["domains"]}
        wished = {"name": user["name"], "domain_id": domains.get(user["domain"].get("name"))}
        found = [one["id"] for one in self.keystone.things["users"] if _selected(one, wished)]
        return str(found[0]) if found else ""

    def _grant(self, project: str, user: str, role: str) -> tuple[int, Any]:
        self.keystone.things["role_assignments"].append(
            {"role": {"id": role}, "user": {"id": user}, "scope": {"project": {"id": project}}}
        )
        return 204, None

    def _thing(self, kind: str, rest: list[str], query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        things = self.keystone.things[kind]
        name = kind.removesuffix("s")
        if self.command == "GET":
            return 200, {kind: [thing for thing in things if _selected(thing, query)]}
        if self.command == "POST":
            found = self.keystone.add(kind, **self._kept(f"{kind}-{len(things)}", body[name]))
            return 201, {name: found}
        found = next(thing for thing in things if thing["id"] == rest[0])
        if self.command == "DELETE":
            things.remove(found)
            return 204, None
        found.update(self._kept(found["id"], body[name]))
        return 200, {name: found}

    def _kept(self, thing_id: str, body: dict[str, Any]) -> dict[str, Any]:
        if "password" in body:
            self.keystone.passwords[thing_id] = body["password"]
        return {key: value for key, value in body.items() if key != "password"}

    def _break(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _reply(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "X-Subject-Token": "t"}
        for name, value in {**headers, **({} if status == 204 else {"Content-Length": str(len(body))})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
        """Say nothing."""
        del format, args


def _selected(thing: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    def value(path: str) -> Any:
        found: Any = thing
        for word in path.split("."):
            found = found.get(word, {}) if isinstance(found, dict) else None
        return found

    return all(value(path) == wanted for path, wanted in query.items())


@contextmanager
def running_keystone() -> Iterator[Keystone]:
    """Run the server."""
    keystone = Keystone()
    with listening(type("Handler", (_Handler,), {"keystone": keystone})) as port:
        keystone.root = f"http://127.0.0.1:{port}"
        yield keystone
