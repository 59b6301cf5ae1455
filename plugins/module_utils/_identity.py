# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A service's registration in Keystone: what is wished, and what is there. Things are Keystone's own JSON objects."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._plan import DeployError

Thing = Mapping[str, Any]
# Keystone's database keeps no larger one.
LARGEST_LIMIT = 2**31 - 1


class DuplicatesError(DeployError):
    """Keystone holds several things where there can be one; which of them is right is not ours to say.

    Args:
        message: What there is too much of.
        kind: What they are, as the OpenStack client calls it.
        found: The things.
    """

    def __init__(self, message: str, kind: str, found: Sequence[Thing]) -> None:
        told = ", ".join(f"{thing['id']} ({thing.get('url') or thing.get('name')})" for thing in found)
        ids = " | ".join(thing["id"] for thing in found)
        super().__init__(
            f"{message}: {told}.", f"Keep the right one and remove the rest: openstack {kind} delete {ids}"
        )
        self.duplicates = [{"kind": kind, **{key: thing[key] for key in thing if key != "links"}} for thing in found]

    def told(self) -> dict[str, Any]:
        """Return what a module fails with: the things besides."""
        return {**super().told(), "duplicates": self.duplicates}


@dataclasses.dataclass(frozen=True)
class Registration:
    """The wish. Attributes that are None are not asked for: what is there stays.

    Attributes:
        project: The project: name, description.
        project_domain: Name or id of its domain.
        user: The service's user: name, email.
        user_domain: Name or id of its domain.
        service: The service: name, type, description.
        region: Region of the endpoints.
        endpoints: URL by interface.
        password: The user's password that has to work in the end.
        default_project: Whether the project becomes the user's default.
        roles: Names of the roles that the user has on the project.
        create_roles: Whether roles that do not exist are created.
        create_region: Whether a region that does not exist is created.
        system_roles: Names of the roles that the user has on the system.
        limits: Registered limits of the service in the region: the default limit by resource. None when they do not
            even have to be looked at.
    """

    project: Thing
    project_domain: str
    user: Thing
    user_domain: str
    service: Thing
    region: str
    endpoints: Mapping[str, str]
    password: str = dataclasses.field(default="", repr=False)
    default_project: bool = False
    roles: tuple[str, ...] = ()
    create_roles: bool = False
    create_region: bool = False
    system_roles: tuple[str, ...] = ()
    limits: Mapping[str, int] | None = None


@dataclasses.dataclass(frozen=True)
class Actual:
    """What Keystone holds now; the default is a Keystone that cannot be asked yet.

    Attributes:
        domains: Id by name or id, as the wish has it, of the domains that the wish names.
        project: The project, or None.
        user: The user, or None.
        password_works: Whether the user gets a token with the wished password.
        roles: Id by name of all roles; None when unknown.
        granted: Ids of the roles that the user has on the project.
        system_granted: Ids of the roles that the user has on the system.
        services: All services.
        endpoints: All endpoints.
        regions: Ids of the known regions; None when unknown.
        limits: All registered limits, as far as the wish is about any.
    """

    domains: Mapping[str, str] = dataclasses.field(default_factory=dict)
    project: Thing | None = None
    user: Thing | None = None
    password_works: bool = False
    roles: Mapping[str, str] | None = None
    granted: frozenset[str] = frozenset()
    system_granted: frozenset[str] = frozenset()
    services: tuple[Thing, ...] = ()
    endpoints: tuple[Thing, ...] = ()
    regions: tuple[str, ...] | None = None
    limits: tuple[Thing, ...] = ()


def wish(params: Mapping[str, Any]) -> Registration:
    """Return what a module's parameters ask for.

    Raises:
        DeployError: A password is missing, or a registered limit is not a number.
    """
    project, user = params["project"], params["user"]
    limits = {name: _limit_of(name, limit) for name, limit in params["registered_limits"].items()}
    if params["state"] == "present" and not user["password"]:
        raise DeployError(f"User {user['name']} has no password.", "Set user.password.")
    return Registration(
        project={key: project[key] for key in ("name", "description")},
        project_domain=project["domain"],
        user={key: user[key] for key in ("name", "email")},
        user_domain=user["domain"],
        service=params["service"],
        region=params["region"],
        endpoints={interface: url for interface, url in params["endpoints"].items() if url},
        password=user["password"] or "",
        default_project=user["default_project"],
        roles=tuple(params["roles"]),
        create_roles=params["create_roles"],
        create_region=params["create_region"],
        system_roles=tuple(user["system_roles"]),
        limits=limits if limits or params["state"] == "absent" else None,
    )


def _limit_of(name: str, limit: Any) -> int:
    """Return a registered limit, which YAML or Jinja may have made a text.

    Raises:
        DeployError: It is not a number that can be a limit.
    """
    if isinstance(limit, bool) or not re.fullmatch(r"-1|\d{1,10}", str(limit), re.ASCII) or int(limit) > LARGEST_LIMIT:
        raise DeployError(
            f"The registered limit {name} is {limit!r}, which is no limit.",
            f"Set it to a whole number from 0 to {LARGEST_LIMIT}, or to -1.",
        )
    return int(limit)


def service_of(services: Iterable[Thing], wished: Thing) -> Thing | None:
    """Return the service to adopt: the one of the wished type, else the one of the wished name.

    Raises:
        DuplicatesError: There are several.
    """
    known = list(services)
    for key in ("type", "name"):
        found = [thing for thing in known if thing.get(key) == wished[key]]
        if found:
            return only("service", f"Keystone has {len(found)} services of {key} {wished[key]!r}", found)
    return None


def only(kind: str, message: str, found: Iterable[Thing]) -> Thing | None:
    """Return the one thing found, or None.

    Raises:
        DuplicatesError: There are several.
    """
    # What is switched off does not reach anybody's catalogue, so it competes with nothing.
    candidates = list(found)
    candidates = [thing for thing in candidates if thing.get("enabled", True)] or candidates
    if len(candidates) > 1:
        raise DuplicatesError(message, kind, candidates)
    return candidates[0] if candidates else None
