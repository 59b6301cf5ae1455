# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Registered limits: what a project may use of a service, unless it was given a limit of its own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ._identity import Actual, Registration, Thing
from ._plan import ABSENT, Step

KIND = "registered_limit"


def limit_steps(actual: Actual, desired: Registration, service: Any) -> list[Step | None]:
    """Return the steps after which the wished limits are registered; those that are not named stay as they are.

    Args:
        actual: What Keystone holds.
        desired: The wish.
        service: Id of the service.
    """
    here = [thing for thing in actual.limits if thing["region_id"] == desired.region]
    found = {thing["resource_name"]: thing for thing in here if thing["service_id"] == service}
    key = {"service_id": service, "region_id": desired.region}
    limits = (desired.limits or {}).items()
    return [
        _step(desired, found.get(name), {**key, "resource_name": name, "default_limit": limit})
        for name, limit in limits
    ]


def lost_limits(actual: Actual, desired: Registration, services: Collection[str], *, everywhere: bool) -> list[Step]:
    """Return the steps that remove the limits of services, in the wished region or everywhere."""
    return [
        Step("delete", _subject(desired, thing), _shown(thing), ABSENT, {"kind": KIND, "id": thing["id"]})
        for thing in actual.limits
        if thing["service_id"] in services and (everywhere or thing["region_id"] == desired.region)
    ]


def _step(desired: Registration, found: Thing | None, wished: Thing) -> Step | None:
    subject, after = _subject(desired, wished), _shown(wished)
    if found is None:
        return Step("create", subject, ABSENT, after, {"kind": KIND, "body": wished})
    if found["default_limit"] == wished["default_limit"]:
        return None
    body = {"default_limit": wished["default_limit"]}
    return Step("update", subject, _shown(found), after, {"kind": KIND, "id": found["id"], "body": body})


def _subject(desired: Registration, limit: Thing) -> str:
    region = limit["region_id"] or "all regions"
    return f"registered limit {limit['resource_name']} of {desired.service['type']} in {region}"


def _shown(limit: Thing) -> str:
    return f"default_limit={limit['default_limit']}"
