"""Filters that make options of named stores, and find what is wrong with them before anything is changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Store = Mapping[str, Any]
Types = Mapping[str, Mapping[str, Any]]
Options = dict[str, dict[str, Any]]

NAMED = "named"
LEGACY = "legacy"
# What a store may say whatever its type is; the driver's own options, as they are, are the last.
COMMON = ("name", "type", "description", "weight", "options", "probe")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# Names that glance-api.conf, or Glance itself, needs for something else.
TAKEN = re.compile(r"os_glance_.*|default|glance_store|database|keystone_authtoken|paste_deploy|oslo_.*", re.IGNORECASE)
CHECKS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "str": ("a text of one line", lambda value: _is_line(value, ".+")),
    "text": ("a text", lambda value: isinstance(value, str) and value != ""),
    "url": ("an address with http:// or https://", lambda value: _is_line(value, r"https?://\S+")),
    "mode": ("a text of three octal digits, in quotes", lambda value: _is_line(value, "[0-7]{3}")),
    # glance_store keeps both keys in each image's location, as ACCESS:SECRET@HOST.
    "key": ("a text of one line without : and @", lambda value: _is_line(value, "[^:@]+")),
    # What the driver sends to swiftclient, and how it takes a user apart.
    "login": (
        "3 (Keystone) or 1 (Swift's own login)",
        lambda value: re.fullmatch(r"[13](\.0)?", str(value)) is not None,
    ),
    "account": (
        "a text PROJECT:USER, or ACCOUNT:USER for auth_version 1",
        lambda value: _is_line(value, "[^:]+:[^:]+"),
    ),
    "path": ("an absolute path", lambda value: isinstance(value, str) and value.startswith("/")),
    "int": ("a whole number", lambda value: re.fullmatch(r"\d+", str(value)) is not None),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "list": ("a list", lambda value: isinstance(value, (list, tuple)) and len(value) > 0),
}


# Options of a driver that nobody may see, when they are given as they are.
SECRET = re.compile(r"(password|secret|_key|token)$")


def _is_line(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and value.isprintable() and re.fullmatch(pattern, value) is not None


def store_options(stores: Sequence[Store], types: Types, default: str, mode: str, secret: bool = False) -> Options:
    """Return section to option to value for stores without faults.

    Args:
        stores: The stores: `name`, `type`, and what the type takes.
        types: What each type takes.
        default: Name of the store that takes an image when nobody says which; empty: the first that can be written to.
        mode: `named` (enabled_backends, since Train) or `legacy` (stores, default_store).
        secret: Whether the secret options are wanted, in place of all others.
    """
    found: Options = {} if secret else _lists(stores, types, default, mode)
    for store in stores:
        section = found.setdefault(store["name"] if mode == NAMED else "glance_store", {})
        section.update(_values(store, types[store["type"]]["options"], secret=secret))
        given = store.get("options") or {}
        section.update({name: value for name, value in given.items() if secret is bool(SECRET.search(name))})
        if mode == NAMED and not secret:
            common = {"store_description": store.get("description"), "weight": store.get("weight")}
            section.update({name: value for name, value in common.items() if value not in (None, "")})
    return {section: options for section, options in found.items() if options}


def default_of(stores: Sequence[Store], types: Types, default: str) -> Store | None:
    """Return the store that is the default, if one can be."""
    writable = [store for store in stores if types[store["type"]].get("writable")]
    return next((store for store in writable if default in ("", store["name"])), None)


def _lists(stores: Sequence[Store], types: Types, default: str, mode: str) -> Options:
    first = default_of(stores, types, default)
    if mode == NAMED:
        names = [f"{store['name']}:{store['type']}" for store in stores]
        return {
            "DEFAULT": {"enabled_backends": names},
            "glance_store": {"default_backend": first["name"] if first else ""},
        }
    kinds = [store["type"] for store in stores]
    default_kind = types[first["type"]].get("scheme", first["type"]) if first else ""
    return {"glance_store": {"stores": kinds, "default_store": default_kind}}


def _values(store: Store, options: Mapping[str, Any], *, secret: bool) -> dict[str, Any]:
    wanted = {
        name: option
        for name, option in options.items()
        if not option.get("own") and secret is bool(option.get("secret"))
    }
    values = {option["option"]: store.get(name, option.get("default")) for name, option in wanted.items()}
    return {name: value for name, value in values.items() if value is not None}


def store_faults(stores: Any, types: Types, default: str, world: Mapping[str, Any]) -> list[str]:
    """Return one line for each fault of the stores, with what to do; none when all is well.

    Args:
        stores: The stores, as a user wrote them.
        types: What each type takes.
        default: Name of the default store; empty: the first that can be written to.
        world: `mode` (how stores are written), `has` (how the release can), `release`, `releases` (oldest first), and
            `method` (how Glance comes in).
    """
    if not isinstance(stores, Sequence) or isinstance(stores, str) or not stores:
        return [
            "glance_stores is no list of stores; write [{name: file, type: file, directory: /var/lib/glance/images}]."
        ]
    if world["mode"] == NAMED and world["has"] == LEGACY:
        return [f"Named stores came with Train, and this is {world['release'].title()}; leave glance_store_mode unset."]
    if world["mode"] not in (NAMED, LEGACY):
        return [f"glance_store_mode is {world['mode']}; write named or legacy, or leave it unset."]
    told = [line for number, store in enumerate(stores, 1) for line in _faults_of(store, number, types, world)]
    return told or [*_together(stores, world), *_default_faults(stores, types, default)]


def _faults_of(store: Any, number: int, types: Types, world: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(store, Mapping) or not all(isinstance(store.get(key), str) for key in ("name", "type")):
        yield f"Store {number} of glance_stores needs a name and a type, one of {', '.join(_left(types))}."
        return
    what = f"Store {store['name']} of glance_stores"
    if not NAME.fullmatch(store["name"]) or TAKEN.fullmatch(store["name"]):
        yield f"{what} cannot have that name: take letters, digits, - and _, and no section's of glance-api.conf."
    kind = types.get(store["type"])
    if kind is None:
        near = difflib.get_close_matches(store["type"], types, n=1)
        yield f"{what}: there is no type {store['type']}; {f'did you mean {near[0]}' if near else 'write'}" + (
            "?" if near else f" one of {', '.join(_left(types))}."
        )
        return
    yield from (f"{what}{line}" for line in _kind_faults(store["type"], kind, types, world))
    if "gone" not in kind:
        yield from (f"{what} ({store['type']}){line}" for line in _option_faults(store, kind["options"], types))


def _kind_faults(name: str, kind: Mapping[str, Any], types: Types, world: Mapping[str, Any]) -> Iterator[str]:
    if "gone" in kind:
        yield f": the type {name} was {kind['gone']}; take one of {', '.join(_left(types))}."
        return
    order = list(world["releases"])
    if "first" in kind and order.index(world["release"]) < order.index(kind["first"]):
        yield f": the type {name} came with {kind['first'].title()}, and this is {world['release'].title()}."
    if kind.get("packages") and world["method"] == "venv":
        yield f": the libraries of {name} come with packages only; set glance_install_method=package, or leave it out."


def _option_faults(store: Store, options: Mapping[str, Mapping[str, Any]], types: Types) -> Iterator[str]:
    for name, value in store.items():
        if name in COMMON:
            continue
        if name not in options:
            yield f": {name} is {_whose(name, types)}; it takes {', '.join(options)}."
        else:
            words, is_right = CHECKS[options[name]["type"]]
            # The value may be secret, and is not told.
            if not is_right(value):
                yield f": {name} has to be {words}."
    missing = [name for name, option in options.items() if option.get("required") and name not in store]
    # Swift's accounts may stand in a file of their own.
    if missing and "swift_store_config_file" not in (store.get("options") or {}):
        yield f" needs {', '.join(missing)}."
    if not isinstance(store.get("options", {}), Mapping):
        yield ": options has to map the driver's options to values."


def _whose(name: str, types: Types) -> str:
    owners = [kind for kind, entry in types.items() if name in entry.get("options", {})]
    return f"an option of {' and '.join(owners)}" if owners else "no option of any store"


def _together(stores: Sequence[Store], world: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"glance_stores has two stores named {name}; give each its own." for name in _twice(stores, "name"))
    if world["mode"] == LEGACY:
        for kind in _twice(stores, "type"):
            mend = (
                "set glance_store_mode=named"
                if world["has"] == NAMED
                else f"{world['release'].title()} has one of a type, named stores came with Train; leave one out"
            )
            yield f"glance_stores has two stores of type {kind}, which have no names of their own here; {mend}."
    files = [store for store in stores if store["type"] == "file"]
    for directory in _twice(files, "directory"):
        yield f"glance_stores has two stores in {directory}; give each a directory of its own."
    yield from _ceph_faults([store for store in stores if store["type"] == "rbd"])


def _ceph_faults(stores: Sequence[Store]) -> Iterator[str]:
    texts: dict[str, set[str]] = {}
    for store in stores:
        conf = store.get("ceph_conf", "/etc/ceph/ceph.conf")
        texts.setdefault(f"config of {conf}", set()).add(store.get("config", ""))
        user = store.get("user", "glance")
        texts.setdefault(f"keyring of client.{user} for {conf}", set()).add(store.get("keyring", ""))
    for what, found in texts.items():
        if len(found - {""}) > 1:
            yield f"glance_stores has two texts as {what}; give each cluster a ceph_conf of its own."


def _twice(stores: Sequence[Store], key: str) -> list[str]:
    values = [store[key] for store in stores]
    return sorted({value for value in values if values.count(value) > 1})


def _default_faults(stores: Sequence[Store], types: Types, default: str) -> Iterator[str]:
    by_name = {store["name"]: store for store in stores}
    writable = [name for name, store in by_name.items() if types[store["type"]].get("writable")]
    if not writable:
        yield "No store of glance_stores takes images; add one of type file, rbd, swift or s3."
    elif default and default not in by_name:
        yield f"glance_default_store is {default}, and glance_stores has no such store; take {' or '.join(writable)}."
    elif default and default not in writable:
        yield f"glance_default_store is {default}, which can only be read; take {' or '.join(writable)}."


def _left(types: Types) -> list[str]:
    return [name for name, kind in types.items() if "gone" not in kind]


class FilterModule:
    """Entry point for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"store_faults": store_faults, "store_options": store_options}
