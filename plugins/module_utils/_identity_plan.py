# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The requests that close the gap between a wished registration and what Keystone holds.

Nothing here talks to a server. A step carries one request as data: the `kind` of thing, and its `id`, its `body`, or
both. Ids of things that an earlier step of the same plan creates stand there as New.
"""

from __future__ import annotations

import dataclasses
import difflib
from typing import Any

from ._identity import Actual, Registration, Thing, only, service_of
from ._identity_limits import limit_steps, lost_limits
from ._plan import ABSENT, MASKED, DeployError, Plan, Step, plan

# How a password that is to be changed is shown.
REFUSED = "(refused)"


@dataclasses.dataclass(frozen=True)
class New:
    """Stands for the id of something that does not exist yet: `project`, `user`, `service`, or `role NAME`."""

    what: str

    def __str__(self) -> str:
        return f"(new {self.what})"


class Ids(dict[str, str]):
    """Ids by the words of New; what is not known is New."""

    def __missing__(self, what: str) -> Any:
        return New(what)


def plan_present(actual: Actual, desired: Registration) -> Plan:
    """Return the steps after which the service is registered as wished.

    Raises:
        DuplicatesError: More than one thing could be the wished one.
        DeployError: A role or the region does not exist and is not to be created.
    """
    ids, service = known_ids(actual, desired), service_of(actual.services, desired.service)
    project = {**desired.project, "domain_id": ids[f"domain {desired.project_domain}"]}
    return plan(
        _settle("project", f"project {desired.project['name']}", actual.project, project),
        _settle("user", f"user {desired.user['name']}", actual.user, _user(actual, desired, ids)),
        *_role_steps(actual, desired, ids),
        _region_step(actual, desired),
        _settle("service", f"service {(service or desired.service).get('name')}", service, desired.service),
        *(_endpoint_step(actual, desired, ids, interface) for interface in desired.endpoints),
        *limit_steps(actual, desired, ids["service"]),
    )


def plan_absent(actual: Actual, desired: Registration) -> Plan:
    """Return the steps that remove the service's endpoints in the region, and with the last of them service and user.

    Registered limits go first, because Keystone would keep those of a service that is gone, or refuses to remove them.
    Project, roles and region may serve others and stay.

    Raises:
        DuplicatesError: More than one service could be the one meant.
    """
    service_of(actual.services, desired.service)
    name, kind = desired.service["name"], desired.service["type"]
    # One of another name or type was perhaps never ours. What is switched off goes as well.
    services = [thing for thing in actual.services if (thing.get("name"), thing.get("type")) == (name, kind)]
    ids = [thing["id"] for thing in services]
    endpoints = [thing for thing in actual.endpoints if thing["service_id"] in ids]
    here = [thing for thing in endpoints if thing["region_id"] == desired.region]
    is_last = len(here) == len(endpoints)
    steps = lost_limits(actual, desired, ids, everywhere=is_last)
    steps += [_delete("endpoint", f"{_place(desired, thing['interface'])} ({thing['url']})", thing) for thing in here]
    if is_last:
        steps += [_delete("service", f"service {name}", thing) for thing in services]
        steps += [_delete("user", f"user {desired.user['name']}", actual.user)] if actual.user else []
    return plan(*steps)


def registered(actual: Actual, desired: Registration) -> dict[str, Any]:
    """Return the ids and the endpoints that exist, for a module's result."""
    ids = known_ids(actual, desired)
    keys = {"interface": "interface", "region": "region_id", "url": "url", "id": "id"}
    return {
        "ids": {what: ids[what] for what in ("project", "user", "service") if what in ids},
        "endpoints": [
            {key: thing[name] for key, name in keys.items()}
            for thing in actual.endpoints
            if thing["service_id"] == ids["service"]
        ],
    }


def known_ids(actual: Actual, desired: Registration) -> Ids:
    """Return the ids of what exists."""
    things = {"project": actual.project, "user": actual.user, "service": service_of(actual.services, desired.service)}
    return Ids(
        **{word: thing["id"] for word, thing in things.items() if thing},
        **{f"role {name}": role for name, role in (actual.roles or {}).items()},
        **{f"domain {name}": domain for name, domain in actual.domains.items()},
    )


def _settle(kind: str, subject: str, found: Thing | None, wish: Thing) -> Step | None:
    """Return the step that creates a thing, or the one that changes what differs in the thing found."""
    body = {key: value for key, value in wish.items() if value is not None}
    if found is None:
        return Step("create", subject, ABSENT, _shown(body), {"kind": kind, "body": body, "new": New(kind)})
    # It is adopted under the name that it has: others may know it by that.
    body = {key: value for key, value in {**body, "enabled": True}.items() if key != "name" and found.get(key) != value}
    before = {key: REFUSED if key == "password" else found.get(key) for key in body}
    arguments = {"kind": kind, "id": found["id"], "body": body}
    return Step("update", subject, _shown(before), _shown(body), arguments) if body else None


def _user(actual: Actual, desired: Registration, ids: Ids) -> Thing:
    return {
        **desired.user,
        "domain_id": ids[f"domain {desired.user_domain}"],
        "password": None if actual.password_works else desired.password,
        "default_project_id": ids["project"] if desired.default_project else None,
    }


def _role_steps(actual: Actual, desired: Registration, ids: Ids) -> list[Step | None]:
    steps: list[Step | None] = []
    known = actual.roles
    for name in dict.fromkeys((*desired.roles, *desired.system_roles)):
        role = ids[f"role {name}"]
        if known is not None and name not in known:
            steps.append(_create_role(name, desired))
        granted = {"kind": "role", "role": role, "user": ids["user"]}
        subject = f"role {name} to user {desired.user['name']} on"
        if name in desired.roles and role not in actual.granted:
            arguments = {**granted, "project": ids["project"]}
            steps.append(Step("grant", f"{subject} project {desired.project['name']}", arguments=arguments))
        if name in desired.system_roles and role not in actual.system_granted:
            steps.append(Step("grant", f"{subject} the system", arguments=granted))
    return steps


def _create_role(name: str, desired: Registration) -> Step:
    if not desired.create_roles:
        raise DeployError(
            f"Keystone has no role {name!r}.", f"Set create_roles: true, or run: openstack role create {name}"
        )
    arguments = {"kind": "role", "body": {"name": name}, "new": New(f"role {name}")}
    return Step("create", f"role {name}", arguments=arguments)


def _region_step(actual: Actual, desired: Registration) -> Step | None:
    is_used = bool(desired.endpoints or desired.limits)
    if actual.regions is None or desired.region in actual.regions or not is_used:
        return None
    if desired.create_region:
        return _settle("region", f"region {desired.region}", None, {"id": desired.region})
    spelling = {name.lower(): name for name in actual.regions}
    near = [spelling[name] for name in difflib.get_close_matches(desired.region.lower(), spelling, 1)]
    choice = f"Set region to {' or '.join(near or actual.regions)}" if actual.regions else "Check auth_url"
    raise DeployError(
        f"Keystone has no region {desired.region!r}; it has {', '.join(actual.regions) or 'none'}.",
        f"{choice}, or set create_region: true (glance_region_create) to open a new one.",
    )


def _endpoint_step(actual: Actual, desired: Registration, ids: Ids, interface: str) -> Step | None:
    place = _place(desired, interface)
    key = {"service_id": ids["service"], "interface": interface, "region_id": desired.region}
    found = [thing for thing in actual.endpoints if all(thing.get(name) == value for name, value in key.items())]
    endpoint = only("endpoint", f"Keystone has {len(found)} times the {place}", found)
    return _settle("endpoint", place, endpoint, {**key, "url": desired.endpoints[interface]})


def _delete(kind: str, subject: str, thing: Thing) -> Step:
    return Step("delete", subject, "present", ABSENT, {"kind": kind, "id": thing["id"]})


def _place(desired: Registration, interface: str) -> str:
    return f"{interface} endpoint of {desired.service['type']} in {desired.region}"


def _shown(body: Thing) -> str:
    masked = {key: MASKED if key == "password" and value != REFUSED else value for key, value in body.items()}
    return ", ".join(f"{key}={value}" for key, value in masked.items() if key not in ("domain_id", "service_id"))
