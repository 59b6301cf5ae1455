# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A file that tells oslo.limit whose limits count, for releases in which it takes nothing but an endpoint's id.

Nobody knows that before the endpoint is registered, so it cannot stand among the other options.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _oslo_run
from ._deadline import Deadline
from ._identity import only, service_of
from ._identity_faults import UnreachableError
from ._identity_session import Access, Session, connect
from ._plan import ABSENT, DeployError, Step, plan
from ._registration_run import ARGUMENT_SPEC as REGISTRATION
from ._registration_run import RULES
from ._resource import Context, Kind, Outcome

HEADER = "Written by glance-deploy. Changes made here are lost with its next run."
# Seconds between two looks.
PAUSE = 2.0
SPEC: Mapping[str, Any] = {
    **{name: REGISTRATION[name] for name in ("auth", "cloud", "ca_file", "verify", "timeout", "region")},
    # As it is registered, too: found by its type, or else by its name.
    "service": REGISTRATION["service"],
    # The one of the endpoint.
    "interface": {"type": "str", "choices": ["public", "internal", "admin"], "default": "internal"},
    **{name: _oslo_run.ARGUMENT_SPEC[name] for name in ("path", "owner", "group", "mode", "backup_dir", "backup_keep")},
}


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Write the endpoint's id into the file.

    Raises:
        DeployError: Keystone does not answer, or has no such endpoint.
    """
    found = _found(params, context)
    if not found:
        # It comes about before this does, and then there is an id that nobody knows now.
        before = "other content" if Path(params["path"]).exists() else ABSENT
        context.touched.append(params["path"])
        step = Step("write", params["path"], before, "content as configured")
        return Outcome(plan(step), {"path": params["path"], "backup_file": None})
    content = {
        "options": {"oslo_limit": {"endpoint_id": found}},
        "secret_options": {},
        "header": HEADER,
        "validate": [],
    }
    return _oslo_run.bring({**params, **content}, context)


def _found(params: Mapping[str, Any], context: Context) -> str:
    """Return the endpoint's id; nothing where it may still be missing, and is."""
    try:
        deadline = Deadline(0 if context.check_mode else params["timeout"])
        session = connect(Access.wished({**params, "interface": None}), deadline)
        endpoint = endpoint_id(session, params)
        # Another host of the same run registers it, perhaps at this moment.
        while not endpoint and deadline.left():
            deadline.pause(PAUSE)
            endpoint = endpoint_id(session, params)
    except UnreachableError:
        if not context.tentative:
            raise
        return ""
    if endpoint or context.check_mode:
        return endpoint
    raise DeployError(
        f"Keystone has no {params['interface']} endpoint of {params['service']['type']} in {params['region']}, "
        f"and {params['path']} needs its id.",
        "Register it first: glance_identity_manage=true, or openstack endpoint create.",
    )


def endpoint_id(session: Session, params: Mapping[str, Any]) -> str:
    """Return the id of the endpoint, nothing when there is none.

    Raises:
        DuplicatesError: There are several.
    """
    service = service_of(session.list("service"), params["service"])
    if not service:
        return ""
    place = {"service_id": service["id"], "interface": params["interface"], "region_id": params["region"]}
    told = f"{params['interface']} endpoint of {params['service']['type']} in {params['region']}"
    found = session.list("endpoint", **place)
    endpoint = only("endpoint", f"Keystone has {len(found)} times the {told}", found)
    return endpoint["id"] if endpoint else ""


KIND = Kind(SPEC, bring, RULES)
