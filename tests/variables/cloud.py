"""The cloud as its users have it: who they are, and what the image service answers to them."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from typing import Any

import openstack
import requests
from openstack.connection import Connection

PASSWORD = "someone's own"
WAIT = 90.0
MB = 1 << 20


@dataclass(frozen=True)
class Person:
    """A user of a project, and what the image service answers to its requests.

    Attributes:
        connection: With the user's token.
    """

    connection: Connection

    @property
    def token(self) -> str:
        """A token of the user's."""
        token: str = self.connection.auth_token
        return token

    @property
    def project(self) -> str:
        """The id of the user's project."""
        project: str = self.connection.current_project_id
        return project

    def ask(self, method: str, path: str, **how: Any) -> requests.Response:
        """Return the answer to a request, whatever it says."""
        address = self.connection.image.get_endpoint().removesuffix("/").removesuffix("/v2")
        headers = {"X-Auth-Token": self.token, **how.pop("headers", {})}
        return requests.request(method, f"{address}{path}", headers=headers, timeout=120, **how)

    def image(self, **wish: Any) -> dict[str, Any]:
        """Return a new image's record."""
        wish = {"disk_format": "raw", "container_format": "bare", "visibility": "private", **wish}
        return answered(self.ask("POST", "/v2/images", json=wish))

    def send(self, image: dict[str, Any], data: bytes) -> requests.Response:
        """Return the answer to an upload."""
        kind = {"Content-Type": "application/octet-stream"}
        return self.ask("PUT", f"/v2/images/{image['id']}/file", headers=kind, data=data)

    def uploaded(self, size: int, **wish: Any) -> dict[str, Any]:
        """Return an image that has data of so many bytes."""
        image = self.image(name=f"{size} bytes", **wish)
        assert self.send(image, bytes(size)).status_code == requests.codes.no_content
        return image

    def imported(self, uri: str, **wish: Any) -> dict[str, Any]:
        """Return an image that web-download brought, as it is in the end."""
        image = self.image(name="imported", **wish)
        answered(self.bring(image, uri))
        return self.settled(image)

    def bring(self, image: dict[str, Any], uri: str) -> requests.Response:
        """Return the answer to an import by web-download."""
        return self.ask(
            "POST", f"/v2/images/{image['id']}/import", json={"method": {"name": "web-download", "uri": uri}}
        )

    def settled(self, image: dict[str, Any]) -> dict[str, Any]:
        """Return an image when its import is over, one way or the other."""
        until = time.monotonic() + WAIT
        while True:
            found = self.shown(image)
            if found["status"] in ("active", "killed") or found.get("os_glance_failed_import"):
                return found
            assert time.monotonic() < until, found
            time.sleep(0.5)

    def shown(self, image: dict[str, Any]) -> dict[str, Any]:
        """Return an image's record."""
        return answered(self.ask("GET", f"/v2/images/{image['id']}"))

    def sees(self, image: dict[str, Any]) -> bool:
        """Tell whether an image is there for this user."""
        return self.ask("GET", f"/v2/images/{image['id']}").status_code == requests.codes.ok

    def add(self, image: dict[str, Any], name: str, value: str, beside: Person | None = None) -> requests.Response:
        """Return the answer to a new property, which another user's token may stand beside."""
        kind = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
        kind |= {"X-Service-Token": beside.token} if beside else {}
        change = [{"op": "add", "path": f"/{name}", "value": value}]
        return self.ask("PATCH", f"/v2/images/{image['id']}", headers=kind, json=change)


def answered(response: requests.Response) -> dict[str, Any]:
    """Return what a request that went well was answered with."""
    assert response.ok, f"{response.request.method} {response.url}: {response.status_code} {response.text}"
    found: dict[str, Any] = response.json() if response.text else {}
    return found


@dataclass(frozen=True)
class Cloud:
    """The cloud as its administrator has it."""

    address: str
    admin: Person

    @classmethod
    def of(cls, openrc: str) -> Cloud:
        """Return the cloud whose openrc file this is."""
        words = (word for line in openrc.splitlines() if line.startswith("export ") for word in shlex.split(line)[1:])
        known = dict(word.split("=", 1) for word in words)
        address = known["OS_AUTH_URL"]
        admin = connect(address, known["OS_USERNAME"], known["OS_PASSWORD"], known["OS_PROJECT_NAME"])
        return cls(address, Person(admin))

    def person(self, name: str, project: str, *roles: str) -> Person:
        """Return a new user, a member of a project, with further roles."""
        identity = self.admin.connection.identity
        home = identity.find_project(project) or identity.create_project(name=project, domain_id="default")
        user = identity.create_user(name=name, password=PASSWORD, domain_id="default", default_project_id=home.id)
        for role in ("member", *roles):
            found = identity.find_role(role) or identity.create_role(name=role)
            identity.assign_project_role_to_user(home, user, found)
        return Person(connect(self.address, name, PASSWORD, project))


def connect(address: str, username: str, password: str, project: str) -> Connection:
    """Return a connection with a token for a project."""
    return openstack.connection.Connection(
        auth={
            "auth_url": address,
            "username": username,
            "password": password,
            "project_name": project,
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
        region_name="RegionOne",
        identity_api_version="3",
    )
