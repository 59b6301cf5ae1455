# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The round trip as a whole: what it takes, and how a wish becomes true."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._config_file import State, explained, make_private, replacing
from ._deadline import Deadline
from ._image import Prover
from ._image_gateway import ClosedStoreError, NotThereError
from ._image_plan import decide, image_wish, told
from ._image_session import cloud_from, connect
from ._image_source import sources
from ._resource import Context, Kind, Outcome

_AUTH_SPEC: dict[str, dict[str, Any]] = {
    "auth_url": {"type": "str", "required": True},
    "username": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "project_name": {"type": "str"},
    "project_id": {"type": "str"},
    "user_domain_name": {"type": "str"},
    "user_domain_id": {"type": "str"},
    "project_domain_name": {"type": "str"},
    "project_domain_id": {"type": "str"},
    "region_name": {"type": "str"},
}

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "auth": {"type": "dict", "options": _AUTH_SPEC},
    "cloud": {"type": "str"},
    "region": {"type": "str"},
    "interface": {"type": "str", "choices": ["public", "internal", "admin"], "default": "public"},
    "endpoint_override": {"type": "str"},
    "ca_file": {"type": "path"},
    "verify": {"type": "bool", "default": True},
    "name": {"type": "str", "default": "cirros"},
    "builtin_name": {"type": "str", "default": "glance-deploy-proof"},
    "disk_format": {"type": "str", "default": "qcow2"},
    "container_format": {"type": "str", "default": "bare"},
    "visibility": {"type": "str", "choices": ["public", "private", "shared", "community"], "default": "public"},
    "min_disk": {"type": "int", "default": 0},
    "min_ram": {"type": "int", "default": 0},
    "properties": {"type": "dict", "default": {}},
    "urls": {"type": "list", "elements": "str", "default": []},
    "checksum": {"type": "str", "default": ""},
    "checksum_waived": {"type": "bool", "default": False},
    "path": {"type": "path"},
    "fallback_builtin": {"type": "bool", "default": True},
    "proxy": {"type": "str", "no_log": True},
    "cache_dir": {"type": "path", "default": "/var/cache/glance-deploy"},
    "timeout": {"type": "float", "default": 5},
    "attempts": {"type": "int", "default": 3},
    "deadline": {"type": "float", "default": 600},
    "verify_download": {"type": "bool", "default": True},
    "remove": {"type": "bool", "default": False},
    "restart_mark": {"type": "path"},
    "cached": {"type": "bool", "default": False},
}
RULES: dict[str, Any] = {"mutually_exclusive": [("auth", "cloud")], "required_one_of": [("auth", "cloud")]}


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Look, decide, act, and report what the round trip showed.

    Raises:
        DeployError: Glance does not answer, refuses, or gives back other bytes than it got.
    """
    deadline = Deadline(params["deadline"], "Raise deadline, or look into /var/log/glance/glance-api.log.")
    wish, origin = image_wish(params), sources(params, deadline)
    try:
        glance = connect(cloud_from(params), deadline)
        glance.is_cached = params["cached"]
        images = [image for name in sorted({wish.name, wish.builtin_name}) for image in glance.find(name)]
    except NotThereError:
        if not context.tentative:
            raise
        return Outcome(decide([], wish, "", {}).plan)
    known = origin.known([image.digests for image in images if image.name == wish.name])
    decision = decide(images, wish, glance.project_id, known)
    prover = Prover(glance, wish, deadline)
    if not context.check_mode:
        try:
            trip = prover.prove(decision, origin.obtain)
        except ClosedStoreError:
            mark_closed(params["restart_mark"])
            raise
        return Outcome(told(decision.plan, trip.image, trip.upload_seconds is not None), trip.result())
    found = decision.found
    return Outcome(decision.plan, prover.read_back(found, decision.expected).result() if found else {})


def mark_closed(path: str | None) -> None:
    """Note, among the files that the unit is watched for, that only a restart opens the store again."""
    if not path:
        return
    mark = Path(path)
    with explained("mark the closed store in", mark):
        make_private(mark.parent)
        with replacing(mark, State(f"{time.time()}\n".encode(), "root", "root", 0o600)):
            pass


KIND = Kind(ARGUMENT_SPEC, bring, RULES)
