# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Which stores hold images, as a resource that changes nothing: it refuses to leave one out with images in it.

The images would stay in the catalogue, and every attempt to read one would end in HTTP 500.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any, Callable

from . import _own_account
from ._database_gateway import Login, MariaDB
from ._plan import DeployError, RefusedError, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    **_own_account.SPEC,
    # Names of the stores that there are to be, and of those that may go with what they hold.
    "stores": {"type": "list", "elements": "str", "required": True},
    "abandoned": {"type": "list", "elements": "str", "default": []},
}


def bring(params: Mapping[str, Any], context: Context, connect: Callable[[Login], MariaDB] = MariaDB) -> Outcome:
    """Look who holds images.

    Raises:
        RefusedError: A store that is left out does.
    """
    del context
    held = _held(params, connect)
    left = {name: count for name, count in held.items() if name not in {*params["stores"], *params["abandoned"]}}
    if left:
        told = ", ".join(f"{name} ({count})" for name, count in sorted(left.items()))
        raise RefusedError(
            f"Images are kept in a store that is left out of glance_stores: {told}.",
            "Keep the store, or delete those images first, or copy them (glance image-import ID --stores NAME "
            "--import-method copy-image), or name it in glance_stores_abandoned.",
        )
    return Outcome(plan(), {"images": held})


def _held(params: Mapping[str, Any], connect: Callable[[Login], MariaDB]) -> dict[str, int]:
    """Return how many images each store holds; none where there is no database yet, which others tell of."""
    found: list[tuple[str, int]] = []
    with contextlib.suppress(DeployError), contextlib.closing(connect(_own_account.login(params))) as server:
        found = server.counted(params["database"], "image_locations", "meta_data", "deleted = 0")
    held: dict[str, int] = {}
    for text, count in found:
        name = _store(text)
        if name:
            held[name] = held.get(name, 0) + count
    return held


def _store(text: str) -> str:
    """Return the name of the store in what Glance keeps about a location; nothing before stores had names."""
    with contextlib.suppress(ValueError):
        known = json.loads(text)
        if isinstance(known, dict):
            return str(known.get("store") or known.get("backend") or "")
    return ""


KIND = Kind(SPEC, bring)
