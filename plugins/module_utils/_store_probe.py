# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a store can take images, as a resource that changes nothing: it refuses what would not work.

Each type is asked with the standard library alone, because a bare host has no other yet; Ceph, whose protocol only its
own library speaks, is asked through that where it is there, and otherwise as far as it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from ._plan import RefusedError, plan
from ._resource import Context, Kind, Outcome
from ._store_file import probe_file
from ._store_rbd import probe_rbd
from ._store_s3 import probe_s3
from ._store_swift import probe_swift
from ._store_vmware import probe_vmware
from ._store_web import Fault

SPEC: Mapping[str, Any] = {
    # What its owner calls it.
    "store": {"type": "str", "required": True},
    "type": {"type": "str", "required": True},
    # What the role's variable says of it, the secret ones apart.
    "settings": {"type": "dict", "default": {}},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    # Whether other hosts must see the same images in it.
    "shared": {"type": "bool", "default": False},
    # MB that must be free, where that can be known.
    "min_free_mb": {"type": "int", "default": 0},
}

Probe = Callable[[Mapping[str, Any], Context], Mapping[str, Any]]
PROBES: Mapping[str, Probe] = {
    "file": probe_file,
    "swift": probe_swift,
    "s3": probe_s3,
    "rbd": probe_rbd,
    "vmware": probe_vmware,
}


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Ask the store.

    Raises:
        RefusedError: It would not take images.
    """
    probe = PROBES.get(params["type"])
    if probe is None:
        return Outcome(plan(), {"asked": False})
    asked = {**params["settings"], **params["secrets"]}
    asked.update(shared=params["shared"], min_free_mb=params["min_free_mb"])
    try:
        return Outcome(plan(), {"asked": True, **probe(asked, context)})
    except Fault as fault:
        raise RefusedError(f"Store {params['store']} ({params['type']}): {fault.what}.", fault.mend) from fault


KIND = Kind(SPEC, bring)
