# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What Keystone answers, and how to tell it from what something else answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What a thing must have so that we can work with it.
_NAMED = {"id": str, "name": str}
_SHAPES: Mapping[str, Mapping[str, Any]] = {
    "domain": _NAMED,
    "project": _NAMED,
    "user": _NAMED,
    "role": _NAMED,
    "role_assignment": {"role": dict, "scope": dict},
    "registered_limit": {
        **dict.fromkeys(("id", "service_id", "resource_name"), str),
        "region_id": (str, type(None)),
        "default_limit": int,
    },
    "endpoint": {"id": str, "service_id": str, "interface": str, "url": str, "region_id": (str, type(None))},
}


def document_of(answer: Any) -> Mapping[str, Any]:
    """Return the JSON object that an answer holds, an empty one when it holds something else."""
    try:
        document = answer.json()
    # Brackets in brackets without end make Python's reader give up.
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def is_version_3(document: Any) -> bool:
    """Return whether that describes version 3 of the API."""
    return isinstance(document, dict) and str(document.get("id")).startswith("v3")


def is_a(kind: str, thing: Any) -> bool:
    """Return whether that can be a thing of the kind."""
    shape = _SHAPES.get(kind, {"id": str})
    return isinstance(thing, dict) and all(
        key in thing and isinstance(thing[key], type_) for key, type_ in shape.items()
    )
