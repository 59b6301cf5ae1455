# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Directories, and links that stand in a file's place."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._config_file import explained, grant, group_name, octal, user_name
from ._plan import ABSENT, DeployError, Plan, Step, plan
from ._resource import Context, Kind, Outcome

DIRECTORY_SPEC: Mapping[str, Any] = {
    "paths": {"type": "list", "elements": "path", "required": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0755"},
    # Whether an owner, group and mode that are there already are right as they are.
    "adopt": {"type": "bool", "default": False},
}
LINK_SPEC: Mapping[str, Any] = {
    "path": {"type": "path", "required": True},
    "target": {"type": "str", "required": True},
}


def directory_access(path: Path) -> str:
    """Return owner, group and mode of a directory, ABSENT when there is nothing.

    Raises:
        DeployError: Something else is there.
    """
    with explained("look at", path):
        try:
            # A link is followed: images may lie on another disk.
            found = path.stat()
        except FileNotFoundError:
            return ABSENT
    if not stat.S_ISDIR(found.st_mode):
        raise DeployError(f"{path} is not a directory.", f"Move it away, or set another path: ls -ld {path}")
    return f"{user_name(found.st_uid)}:{group_name(found.st_gid)} {stat.S_IMODE(found.st_mode):04o}"


def plan_directory(path: Path, actual: str, wished: str, *, adopt: bool) -> Plan:
    """Return the steps after which there is such a directory."""
    if actual == ABSENT:
        return plan(Step("make", f"directory {path}", ABSENT, wished))
    return plan(Step("set_access", f"directory {path}", actual, wished) if actual != wished and not adopt else None)


def bring_directories(params: Mapping[str, Any], context: Context) -> Outcome:
    """Make directories, each with those above it."""
    wished = f"{params['owner']}:{params['group']} {octal(params['mode']):04o}"
    steps: list[Step] = []
    for path in map(Path, params["paths"]):
        due = plan_directory(path, directory_access(path), wished, adopt=params["adopt"])
        if due and not context.check_mode:
            _make(path, params)
        steps += due.steps
    return Outcome(plan(*steps))


def _make(path: Path, params: Mapping[str, Any]) -> None:
    with explained("make", path):
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            grant(handle, params["owner"], params["group"], octal(params["mode"]))
        finally:
            os.close(handle)


def plan_link(path: Path, target: str) -> Plan:
    """Return the step after which the path is a link to the target.

    Raises:
        DeployError: There is something that a link must not replace.
    """
    if path.is_symlink():
        actual = str(path.readlink())
        return plan(Step("link", str(path), actual, target) if actual != target else None)
    if path.exists():
        raise DeployError(f"{path} is not a link: somebody put it there.", f"Look at it, then move it away: cat {path}")
    return plan(Step("link", str(path), ABSENT, target))


def bring_link(params: Mapping[str, Any], context: Context) -> Outcome:
    """Make a link."""
    path, target = Path(params["path"]), params["target"]
    steps = plan_link(path, target)
    if steps and not context.check_mode:
        set_link(path, target)
    context.touched += [str(path)] if steps else []
    return Outcome(steps)


def set_link(path: Path, target: str) -> None:
    """Make the path a link to the target; at any moment there is the old one or the new one."""
    with explained("link", path):
        temporary = path.with_name(f".{path.name}.new")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target)
        temporary.replace(path)


DIRECTORIES = Kind(DIRECTORY_SPEC, bring_directories)
LINK = Kind(LINK_SPEC, bring_link)
