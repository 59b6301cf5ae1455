# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Directories that SELinux lets a service use, as a resource; where SELinux is off, nothing is due."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from ._command import Run, last_words
from ._plan import ABSENT, DeployError, Step, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    "paths": {"type": "list", "elements": "path", "required": True},
    # The type of the directories and of all below them, as glance_var_lib_t.
    "type": {"type": "str", "required": True},
}
ENABLED = Path("/sys/fs/selinux/enforce")


def type_of(path: str) -> str:
    """Return the SELinux type of a file, ABSENT when there is none."""
    try:
        return os.getxattr(path, "security.selinux").decode(errors="replace").rstrip("\0").split(":")[2]
    except (OSError, IndexError):
        return ABSENT


def commands(path: str, kind: str) -> list[list[str]]:
    """Return what labels a directory and all below it, now and whenever it is labelled anew."""
    pattern = f"{re.escape(path)}(/.*)?"
    return [["semanage", "fcontext", "--add", "--type", kind, pattern], ["restorecon", "-R", path]]


def bring(
    params: Mapping[str, Any],
    context: Context,
    enabled: Path = ENABLED,
    read: Callable[[str], str] = type_of,
) -> Outcome:
    """Label the directories.

    Raises:
        DeployError: They could not be labelled.
    """
    found = {path: read(path) for path in params["paths"]} if enabled.exists() else {}
    due = {path: kind for path, kind in found.items() if kind != params["type"]}
    if not context.check_mode:
        for path in due:
            _label(path, params["type"], context.run)
    return Outcome(plan(*(Step("label", f"directory {path}", kind, params["type"]) for path, kind in due.items())))


def _label(path: str, kind: str, run: Run) -> None:
    for command in commands(path, kind):
        try:
            code, output, errors = run(command)
        except OSError as error:
            hint = "Install policycoreutils-python-utils."
            raise DeployError(f"Cannot run {command[0]}: {error.strerror}.", hint) from error
        if code and "already defined" not in errors:
            raise DeployError(f"{command[0]} failed: {last_words(output, errors)}", f"Run it: {' '.join(command)}")


KIND = Kind(SPEC, bring)
