# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A proof of one store: an image goes in, comes back with the same bytes, and is removed."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._config_file import State, explained, make_private, replacing
from ._deadline import Deadline
from ._image_gateway import ClosedStoreError
from ._image_record import ACTIVE, Image, ImageService
from ._image_session import cloud_from, connect
from ._plan import DeployError, Step, plan
from ._resource import Context, Kind, Outcome
from ._roundtrip_run import ARGUMENT_SPEC, mark_closed

SPEC: Mapping[str, Any] = {
    **{
        name: ARGUMENT_SPEC[name]
        for name in ("auth", "cloud", "region", "interface", "endpoint_override", "ca_file", "verify")
    },
    # Its name in glance_stores.
    "store": {"type": "str", "required": True},
    # The file that holds `digest` once the store is proved so.
    "mark": {"type": "path", "required": True},
    "digest": {"type": "str", "required": True},
    "deadline": {"type": "float", "default": 300},
    "restart_mark": ARGUMENT_SPEC["restart_mark"],
}
NAME = "glance-deploy-store-proof"
SIZE = 1024 * 1024
POLL = 0.5
UNDER_WAY = frozenset({"saving", "importing", "uploading"})
LOOK = "Look into /var/log/glance/glance-api.log."


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Prove the store, unless that was done since it last changed.

    Raises:
        DeployError: It does not take the image, or gives back other bytes.
    """
    mark = Path(params["mark"])
    if mark.is_file() and mark.read_text(encoding="utf-8").strip() == params["digest"]:
        return Outcome(plan(), {"proved": True})
    step = Step("prove", f"store {params['store']}", after="an image went in, came back the same, and was removed")
    if context.check_mode or context.tentative:
        return Outcome(plan(step), {"proved": False})
    deadline = Deadline(params["deadline"], LOOK)
    try:
        prove(connect(cloud_from(params), deadline), params["store"], deadline)
    except DeployError as error:
        if isinstance(error.__cause__, ClosedStoreError):
            mark_closed(params.get("restart_mark"))
        raise
    with explained("note the proof in", mark):
        make_private(mark.parent)
        with replacing(mark, State(f"{params['digest']}\n".encode(), "root", "root", 0o600)):
            pass
    return Outcome(plan(step), {"proved": True})


def prove(glance: ImageService, store: str, deadline: Deadline) -> None:
    """Send random bytes through a store; what a killed run left behind goes first, as far as its store lets it.

    Raises:
        DeployError: They did not get in, or did not come back.
    """
    for left in glance.find(NAME):
        with contextlib.suppress(DeployError):
            glance.delete(left.id)
    attributes = {"name": NAME, "disk_format": "raw", "container_format": "bare", "visibility": "private"}
    image = glance.create(attributes)
    try:
        _send_and_compare(glance, image.id, store, deadline)
    except BaseException as error:
        # A store that does not take an image may not let it go either; the first reason is the one to tell.
        with contextlib.suppress(DeployError):
            glance.delete(image.id)
        if isinstance(error, DeployError):
            raise DeployError(f"Store {store}: {error}", error.hint) from error
        raise
    glance.delete(image.id)


def _send_and_compare(glance: ImageService, image_id: str, store: str, deadline: Deadline) -> None:
    content = os.urandom(SIZE)
    glance.upload(image_id, iter([content]), SIZE, store)
    where = str(_active(glance, image_id, store, deadline).record.get("stores", store))
    if store not in where.split(","):
        raise DeployError(f"The image for store {store} went to {where}.", LOOK)
    back = hashlib.sha256()
    for chunk in glance.download(image_id):
        back.update(chunk)
    if back.digest() != hashlib.sha256(content).digest():
        raise DeployError(f"Store {store} gave back other bytes than it got.", LOOK)


def _active(glance: ImageService, image_id: str, store: str, deadline: Deadline) -> Image:
    while True:
        image = glance.show(image_id)
        if image.status == ACTIVE:
            return image
        # What a store does not take becomes queued again, or killed.
        if image.status not in UNDER_WAY:
            raise DeployError(f"Store {store} did not take the image, which is {image.status}.", LOOK)
        deadline.check(f"Waiting for the image in store {store}")
        deadline.pause(POLL)


KIND = Kind(SPEC, bring, {"mutually_exclusive": [("auth", "cloud")], "required_one_of": [("auth", "cloud")]})
