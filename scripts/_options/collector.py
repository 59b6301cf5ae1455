"""Finds out which options the Glance beside it knows. Runs with that release's own Python, 2.7 or 3.

    collector.py TASK.json RESULT.json

The task names the files, the namespaces of each, and the namespaces of packages that could not be installed.
"""
# What Python 2.7 does not know cannot be used here.
# ruff: noqa: F401, PTH123, UP010, UP031

from __future__ import print_function

import json
import platform
import sys

from keystoneauth1 import loading
from oslo_config import cfg  # type: ignore[import-not-found,unused-ignore]

try:
    from importlib import metadata
except ImportError:  # before Python 3.8
    metadata = None  # type: ignore[assignment]
    import pkg_resources  # type: ignore[import-not-found,unused-ignore]

MYPY = False
if MYPY:
    from typing import Any

# The ways to log on that services are given; more could be loaded, but nobody writes those into this file.
PLUGINS = ("password", "v3password", "v3applicationcredential")
AUTH = ("auth_type", "auth_section")
API = "glance-api.conf"
# Stands for a namespace where none lists an option.
REGISTERED = "registered"
STORES = "glance.multi_store"


def plain(name):
    # type: (str) -> str
    """Return a name as files have it."""
    return name.replace("-", "_")


def entry_points(namespace):
    # type: (str) -> list[Any]
    """Return what lists the options of a namespace."""
    if metadata is None:
        found = pkg_resources.iter_entry_points("oslo.config.opts")
    else:
        points = metadata.entry_points()  # type: Any
        found = points.select(group="oslo.config.opts") if hasattr(points, "select") else points["oslo.config.opts"]
    return [each for each in found if each.name == namespace]


def packages():
    # type: () -> dict[str, str]
    """Return the version of each package that is installed."""
    if metadata is None:
        return {each.project_name: each.version for each in pkg_resources.working_set}
    return {each.metadata["Name"]: each.version for each in metadata.distributions()}


def listed(namespace):
    # type: (str) -> list[tuple[str, list[Any]]]
    """Return pairs of a section and its options, as the namespace lists them."""
    pairs = []
    for each in entry_points(namespace):
        # pkg_resources' load() would also compare every version that packages demand.
        function = each.load() if metadata else each.resolve()
        for entry in function():
            # A pair; oslo.limit 1.5 has the options in several lists.
            options = [option for part in entry[1:] for option in part]
            pairs.append((getattr(entry[0], "name", entry[0]) or "DEFAULT", options))
    return pairs or (stores_of_rocky() if namespace == STORES else [])


def stores_of_rocky():
    # type: () -> list[tuple[str, list[Any]]]
    """Return what the namespace of stores lists, for the one release that has such stores and not the namespace."""
    for module in imported("glance_store.multi_backend"):
        pairs = sorted(module._list_driver_opts().items())
        return [(module._STORE_CFG_GROUP, module._STORE_OPTS)] + [pair for pair in pairs if pair[0] != "no_conf"]
    return []


def described(option, section, namespace):
    # type: (Any, str, str) -> dict[str, Any]
    """Return what there is to say of an option."""
    aliases = set()
    for old in option.deprecated_opts:
        if old.name or old.group:
            aliases.add((old.group or section, plain(old.name or option.dest)))
    return {
        "namespace": namespace,
        "aliases": sorted(aliases - {(section, plain(option.dest))}),
        "removal": bool(option.deprecated_for_removal),
        "reason": " ".join((getattr(option, "deprecated_reason", None) or "").split()),
    }


def add(sections, section, options, namespace):
    # type: (dict[str, Any], str, list[Any], str) -> None
    """Add options to a section, unless another namespace listed them before."""
    known = sections.setdefault(section, {})
    for option in options:
        known.setdefault(plain(option.dest), described(option, section, namespace))


def collect(task):
    # type: (dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]
    """Return the options of each file, and the namespaces that could not be asked."""
    files, failed = {}, {}  # type: dict[str, Any], dict[str, str]
    for name, namespaces in task["files"].items():
        own = namespaces[0]
        if not entry_points(own) and own not in task["lacking"]:
            continue
        sections = files.setdefault(name, {})
        for namespace in namespaces:
            try:
                pairs = listed(namespace)
            except Exception as error:  # any library's; what the others list is still worth having
                failed[namespace] = repr(error)
                continue
            for section, options in pairs:
                add(sections, store_type(section), options, namespace)
        add_registered(sections, name == API)
        add_plugins(sections)
        if name == API:
            add_stores(sections)
    return files, failed


def store_type(section):
    # type: (str) -> str
    """Return the type of store that a section of the sample file is for: some are named as `glance.store.rbd.Store`."""
    return section.split(".")[2].split("_")[0] if section.startswith("glance.store.") else section


def add_plugins(sections):
    # type: (dict[str, Any]) -> None
    """Add what ways to log on read, which no namespace lists, to each section where a way can be chosen."""
    for section in [section for section, options in sections.items() if all(name in options for name in AUTH)]:
        for plugin in PLUGINS:
            try:
                found = loading.get_auth_plugin_conf_options(plugin)
            except Exception as error:  # an old library has not all of them
                print("no way to log on %s: %r" % (plugin, error), file=sys.stderr)
                continue
            add(sections, section, found, "keystoneauth1")


def add_stores(sections):
    # type: (dict[str, Any]) -> None
    """Add what no namespace lists of stores: what each section may have, and the sections whose names are fixed."""
    stores = [
        section
        for section, options in sections.items()
        if section != "glance_store" and any(each["namespace"] == STORES for each in options.values())
    ]
    for driver in imported("glance_store.driver"):
        if hasattr(driver, "SHARED_CONF_GROUP"):
            sections[driver.SHARED_CONF_GROUP] = {
                name: each for kind in stores for name, each in unlisted(sections[kind]).items()
            }
        for section in stores:
            add(sections, section, getattr(driver, "_MULTI_BACKEND_OPTS", []), STORES)
    for module in imported("glance.common.wsgi", "glance.common.wsgi_app"):
        for section, kind in getattr(module, "RESERVED_STORES", {}).items():
            sections[section] = unlisted(sections[kind])


def unlisted(options):
    # type: (dict[str, Any]) -> dict[str, Any]
    """Return options as another section has them; their old names lead to [glance_store]."""
    return {name: dict(each, aliases=[], namespace=REGISTERED) for name, each in options.items()}


def imported(*names):
    # type: (*str) -> list[Any]
    """Return those modules that can be imported."""
    found = []
    for name in names:
        try:
            __import__(name)
        except BaseException as error:  # some end the process
            print("%s: %r" % (name, error), file=sys.stderr)
            continue
        found.append(sys.modules[name])
    return found


def add_registered(sections, whole):
    # type: (dict[str, Any], bool) -> None
    """Add what is registered when Glance starts, and what no namespace lists.

    All services register in one place: unless the `whole` is for this one, only what libraries registered is added, in
    the sections that are there.
    """
    imported("glance.common.wsgi_app", "glance.cmd.api", "glance.cmd.registry")
    groups = [("DEFAULT", cfg.CONF._opts)] if whole else []
    groups += [(name, group._opts) for name, group in cfg.CONF._groups.items() if whole or name in sections]
    for section, options in groups:
        # What is for the command line alone has no place in a file.
        found = [each["opt"] for each in options.values() if not each["cli"]]
        add(sections, section, found, REGISTERED)


def main():
    # type: () -> None
    """Do the task."""
    with open(sys.argv[1]) as file:
        task = json.load(file)
    files, failed = collect(task)
    result = {
        "python": platform.python_version(),
        "packages": packages(),
        "lacking": sorted(set(task["lacking"]) | set(failed)),
        "failed": failed,
        "files": files,
    }
    with open(sys.argv[2], "w") as file:
        json.dump(result, file, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
