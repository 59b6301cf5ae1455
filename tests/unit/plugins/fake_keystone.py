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
KINDS = (
    *("domains", "projects", "users", "roles", "role_assignments", "services", "endpoints", "regions"),
    "registered_limits",
)
ADMIN_TOKEN, SYSTEM_TOKEN = "t", "t-system"
HTML = "<html><body>It works!</body></html>"


class Keystone:
    """What the server holds, what it was asked, and what goes wrong.

    Attributes:
        root: Address without a version.
        things: Keystone's objects by kind.
        passwords: By id of the user.
        overridden: Ids of registered limits in whose place a project has one of its own.
        is_on_system: Whether the administrator has a role on the system.
        system: Ids of users and of the roles that they have on the system.
        asked: Methods and paths, in their order.
        faults: By method and path, what is answered instead, one after the other: status and body, or None for a
            connection that breaks.
        limits_by: Whose tokens may write registered limits: ADMIN_TOKEN's, SYSTEM_TOKEN's, or nobody's.
        lost: Methods and paths that are done, but whose answer gets lost, once.
        meanwhile: Methods and paths of registered limits that somebody else does just before us, once.
        others: What that somebody wants instead.
    """

    def __init__(self) -> None:
        self.root = ""
        self.things: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
        self.things["domains"] = [{**DOMAIN}, {"id": "d2", "name": "Heat"}]
        self.things["regions"] = [{"id": "RegionOne"}]
        self.things["roles"] = [{"id": "r-admin", "name": "admin"}]
        self.passwords = {"u-admin": PASSWORD}
        self.overridden: set[str] = set()
        self.limits_by: set[str] = {ADMIN_TOKEN, SYSTEM_TOKEN}
        self.is_on_system = True
        self.system: set[tuple[str, str]] = set()
        self.asked: list[str] = []
        self.faults: dict[str, list[tuple[int, str] | None]] = {}
        self.lost: set[str] = set()
        self.meanwhile: set[str] = set()
        self.others: dict[str, Any] = {}

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
        self._given = ADMIN_TOKEN
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
            return self._signed_in(body["auth"]["identity"])
        return self._kept_thing(path.split("/")[2:], query, body)

    def _kept_thing(self, parts: list[str], query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        if parts[0] == "system":
            return self._on_system(parts[2], parts[4:])
        if self.command == "PUT":
            return self._grant(parts[1], parts[3], parts[5])
        if parts[0] == "registered_limits" and self.command in ("POST", "DELETE", "PATCH"):
            return self._limit(parts[1:], body)
        return self._thing(parts[0], parts[1:], query, body)

    def _signed_in(self, identity: Mapping[str, Any]) -> tuple[int, Any]:
        if identity["methods"] == ["password"]:
            return self._authenticate(identity["password"]["user"])
        if not self.keystone.is_on_system:
            return 401, {"error": {"code": 401, "message": "The request you have made requires authentication."}}
        self._given = SYSTEM_TOKEN
        return 201, {"token": {**self.keystone.token(), "system": {"all": True}}}

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

    def _on_system(self, user: str, role: list[str]) -> tuple[int, Any]:
        if role:
            self.keystone.system.add((user, role[0]))
            return 204, None
        granted = {one for whose, one in self.keystone.system if whose == user}
        return 200, {"roles": [one for one in self.keystone.things["roles"] if one["id"] in granted]}

    def _limit(self, rest: list[str], body: Any) -> tuple[int, Any]:
        if self.headers["X-Auth-Token"] not in self.keystone.limits_by:
            text = "You are not authorized to perform the requested action: identity:registered_limits."
            return 403, {"error": {"code": 403, "message": text}}
        if rest:
            if rest[0] in self.keystone.overridden:
                text = (
                    f"Unable to update or delete registered limit {rest[0]} because there are project limits associated"
                )
                return 403, {"error": {"code": 403, "message": f"{text} with it."}}
            return self._thing("registered_limits", rest, {}, body)
        (limit,) = body["registered_limits"]
        if self.keystone.meanwhile:
            self.keystone.meanwhile.clear()
            self.keystone.add("registered_limits", **{**limit, **self.keystone.others})
        key = {name: limit[name] for name in ("service_id", "region_id", "resource_name")}
        if any(_selected(one, key) for one in self.keystone.things["registered_limits"]):
            return 409, {"error": {"code": 409, "message": "Conflict occurred attempting to store registered_limit."}}
        return 201, {"registered_limits": [self.keystone.add("registered_limits", **limit)]}

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
        headers = {"Content-Type": kind, "X-Subject-Token": self._given}
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
