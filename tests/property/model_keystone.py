"""A Keystone in memory that real sessions talk to, as far as the registration of a service goes."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from keystoneauth1 import session as sessions
from keystoneauth1.identity import v3

ROOT = "http://controller:5000"
Thing = dict[str, Any]
DEFAULT = {"id": "default", "name": "Default"}
OTHER_DOMAIN = {"id": "d2", "name": "Heat"}
SYSTEM: Thing = {"system": {"all": True}}
ADMIN: Thing = {"id": "u-admin", "name": "admin", "domain": DEFAULT}
Things = dict[str, list[Thing]]
# What two things of a kind must not share.
UNIQUE = {
    "project": ("name", "domain_id"),
    "user": ("name", "domain_id"),
    "role": ("name",),
    "region": ("id",),
    "registered_limit": ("service_id", "region_id", "resource_name"),
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Keystone(requests.adapters.BaseAdapter):
    """The server; a session that has it mounted asks it instead of the network.

    Attributes:
        things: Its objects, by kind.
        passwords: By the user's id.
        overridden: Ids of registered limits in whose place a project has one of its own.
        lie: Says what is answered in place of the truth, None for the truth itself.
    """

    def __init__(self) -> None:
        super().__init__()
        kinds = ("project", "user", "role", "role_assignment", "service", "endpoint", "region", "registered_limit")
        self.things: Things = {"domain": [DEFAULT, OTHER_DOMAIN], **{kind: [] for kind in kinds}}
        self.passwords: dict[str, str] = {ADMIN["id"]: "admin's"}
        self.overridden: set[str] = set()
        self.lie: Callable[[str, Answer], Answer | None] = lambda *_: None

    def __repr__(self) -> str:
        return f"Keystone({self.things}, {self.passwords})"

    def session(self) -> Any:
        """Return a session of keystoneauth that is the administrator's."""
        plain = requests.Session()
        plain.mount("http://", self)
        names = {"user_domain_name": "Default", "project_domain_name": "Default", "project_name": "admin"}
        auth = v3.Password(auth_url=f"{ROOT}/v3", username="admin", password="admin's", **names)
        return sessions.Session(auth, session=plain)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer one request."""
        url = urlsplit(request.url or "")
        body = json.loads(_text(request.body))
        try:
            status, document = self._answer(str(request.method), url.path, dict(parse_qsl(str(url.query))), body)
        except (LookupError, StopIteration, TypeError, AttributeError):
            # What a client that was lied to asks for does not exist.
            status, document = 404, {"error": {"code": 404, "message": "Could not be found."}}
        content = b"" if document is None else json.dumps(document).encode()
        truth = Answer(status, content, {"Content-Type": "application/json", "X-Subject-Token": "t"})
        told = self.lie(f"{request.method} {url.path}", truth) or truth
        response = requests.Response()
        response.status_code, response.url, response.request = told.status, str(request.url), request
        response._content = told.body
        response.headers.update(told.headers)
        return response

    def close(self) -> None:
        """There is nothing to close."""

    def add(self, kind: str, **attributes: Any) -> Thing:
        """Keep a thing and return it."""
        thing = {"id": f"{kind}-{len(self.things[kind])}", **attributes}
        self.things[kind].append(thing)
        return thing

    def named(self, kind: str, name: str) -> Thing | None:
        """Return a thing by its name, as this Keystone's database compares names."""
        found = (one for one in self.things[kind] if str(one.get("name")).lower() == name.lower())
        return next(found, None)

    def snapshot(self) -> dict[str, Thing]:
        """Return all things by their ids, as they are now."""
        return copy.deepcopy({str(one.get("id")): one for kind in self.things for one in self.things[kind]})

    def token(self) -> Thing:
        """Return the content of the administrator's token."""
        project = {"id": "p-admin", "name": "admin", "domain": DEFAULT}
        times = {"expires_at": "2999-01-01T00:00:00.000000Z", "issued_at": "2026-01-01T00:00:00.000000Z"}
        return {"token": {"methods": ["password"], "user": ADMIN, "project": project, "catalog": [], **times}}

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        parts = path.strip("/").split("/")[1:]
        if not parts:
            return 200, {"version": {"id": "v3.14", "status": "stable"}}
        if parts == ["auth", "tokens"]:
            return self._authenticate(body["auth"]["identity"]["password"]["user"])
        kind = parts[0].removesuffix("s")
        if method == "PUT":
            return self._grant(parts)
        if method == "GET" and kind == "system":
            return self._roles_on_system(parts[2])
        if method == "GET":
            return 200, {f"{kind}s": [one for one in self.things[kind] if _selected(one, query)]}
        return self._write(method, kind, parts, body)

    def _write(self, method: str, kind: str, parts: list[str], body: Any) -> tuple[int, Any]:
        if method == "POST":
            return self._create_limits(body) if kind == "registered_limit" else self._create(kind, body[kind])
        if parts[1] in self.overridden:
            message = "Unable to update or delete it because there are project limits associated with it."
            return 403, {"error": {"code": 403, "message": message}}
        return self._change(kind, parts[1], body.get(kind))

    def _authenticate(self, user: Thing) -> tuple[int, Any]:
        known = ADMIN if user.get("name") == "admin" else None
        for one in self.things["user"]:
            if user.get("id") == one["id"] or (user.get("name") == one["name"] and one["domain_id"] == "default"):
                known = one if one["enabled"] else None
        if known is None or self.passwords.get(known["id"]) != user["password"]:
            return 401, {"error": {"code": 401, "message": "The request you have made requires authentication."}}
        token = self.token()
        token["token"]["user"] = {**known, "domain": DEFAULT}
        return 201, token

    def _grant(self, parts: list[str]) -> tuple[int, Any]:
        user, role = parts[-3], parts[-1]
        scope = SYSTEM if parts[0] == "system" else {"project": {"id": parts[1]}}
        self.add("role_assignment", role={"id": role}, user={"id": user}, scope=scope)
        return 204, None

    def _roles_on_system(self, user: str) -> tuple[int, Any]:
        mine = [one for one in self.things["role_assignment"] if one["scope"] == SYSTEM and one["user"]["id"] == user]
        granted = [one["role"]["id"] for one in mine]
        return 200, {"roles": [one for one in self.things["role"] if one["id"] in granted]}

    def _create_limits(self, body: Any) -> tuple[int, Any]:
        (wanted,) = body["registered_limits"]
        status, answer = self._create("registered_limit", wanted)
        return status, {"registered_limits": list(answer.values())} if "error" not in answer else answer

    def _create(self, kind: str, body: Thing) -> tuple[int, Any]:
        keys = UNIQUE.get(kind, ("id",))
        wanted = [str(body.get(key)).lower() for key in keys]
        if "id" not in keys and any([str(one.get(key)).lower() for key in keys] == wanted for one in self.things[kind]):
            return 409, {"error": {"code": 409, "message": "Conflict"}}
        made = self.add(kind, **{"enabled": True, **self._kept(f"{kind}-{len(self.things[kind])}", body)})
        return 201, {kind: made}

    def _change(self, kind: str, thing_id: str, body: Thing | None) -> tuple[int, Any]:
        found = next(one for one in self.things[kind] if one["id"] == thing_id)
        if body is None:
            self.things[kind].remove(found)
            if kind == "service":
                self.things["endpoint"] = [one for one in self.things["endpoint"] if one["service_id"] != thing_id]
            return 204, None
        found.update(self._kept(thing_id, body))
        return 200, {kind: found}

    def _kept(self, thing_id: str, body: Thing) -> Thing:
        if "password" in body:
            self.passwords[thing_id] = body["password"]
        return {key: value for key, value in body.items() if key != "password"}


def _text(body: Any) -> str | bytes:
    return body if isinstance(body, (str, bytes)) and body else "{}"


def _selected(thing: Any, query: Mapping[str, str]) -> bool:
    for path, wanted in query.items():
        found = thing
        for word in path.split("."):
            found = found.get(word, {})
        if str(found).lower() != wanted.lower():
            return False
    return True
