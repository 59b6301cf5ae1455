"""Filters that make resources of named stores: their clients' files, questions before a change, proofs after it."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Store = Mapping[str, Any]
Types = Mapping[str, Mapping[str, Any]]
Resource = dict[str, Any]


def store_probes(stores: Sequence[Store], types: Types, settings: Mapping[str, Any], only: str = "") -> list[Resource]:
    """Return a resource `store_probe` for each store that takes images.

    Args:
        stores: The stores.
        types: What each type takes.
        settings: `shared` and `min_free_mb` of each probe.
        only: The type to ask, a second time; empty: all of them.
    """
    return [
        {
            "name": f"{'library and ' if only else ''}store {store['name']}",
            "tag": "config",
            "store_probe": {"store": store["name"], "type": store["type"], **_told(store, types), **settings},
        }
        for store in stores
        if types[store["type"]].get("writable") and store.get("probe", True) and only in ("", store["type"])
    ]


def store_files(stores: Sequence[Store], types: Types, group: str) -> list[Resource]:
    """Return what Ceph's library reads, of stores that say it: configuration, and key for the service's group alone."""
    found: dict[str, Resource] = {}
    for store in stores:
        if store["type"] != "rbd":
            continue
        told = _told(store, types)
        conf = told["settings"]["ceph_conf"]
        # Where librados looks for it: it takes the file's name for the cluster's.
        cluster = posixpath.splitext(posixpath.basename(conf))[0]
        keyring = f"/etc/ceph/{cluster}.client.{told['settings']['user']}.keyring"
        for path, content, mode in (
            (conf, store.get("config"), {"mode": "0644"}),
            (keyring, store.get("keyring"), {"mode": "0640", "group": group}),
        ):
            if content:
                folder = posixpath.dirname(path)
                made = {"paths": [folder], "adopt": True}
                found.setdefault(folder, {"name": folder, "tag": "config", "directories": made})
                found[path] = {"name": path, "tag": "config", "file": {"path": path, "content": content, **mode}}
    return list(found.values())


def store_proofs(
    stores: Sequence[Store], types: Types, world: Any, settings: Mapping[str, Any], folder: str
) -> list[Resource]:
    """Return a resource `store_proof` for each store that takes images; none for one directory, which the image proves.

    Args:
        stores: The stores.
        types: What each type takes.
        world: What else decides whether a proof still counts, such as the release.
        settings: Whom to ask, and how long: what the proofs have in common.
        folder: Where each proof is noted, so that it is asked for once as long as the store stays the same.
    """
    writable = [store for store in stores if types[store["type"]].get("writable")]
    if [store["type"] for store in writable] == ["file"]:
        return []
    return [
        {
            "name": f"proof of store {store['name']}",
            "tag": "verify",
            "store_proof": {
                "store": store["name"],
                "mark": f"{folder}/{store['name']}",
                "digest": _digest([dict(store), world]),
                **settings,
            },
        }
        for store in writable
    ]


def _told(store: Store, types: Types) -> dict[str, dict[str, Any]]:
    """Return what a store says, with its type's defaults, the secrets apart."""
    options = types[store["type"]]["options"]
    values = {name: store.get(name, option.get("default")) for name, option in options.items()}
    secret = {name for name, option in options.items() if option.get("secret")}
    known = {name: value for name, value in values.items() if value is not None}
    return {
        "settings": {name: value for name, value in known.items() if name not in secret},
        "secrets": {name: value for name, value in known.items() if name in secret},
    }


def _digest(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()


class FilterModule:
    """Entry point for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"store_files": store_files, "store_probes": store_probes, "store_proofs": store_proofs}
