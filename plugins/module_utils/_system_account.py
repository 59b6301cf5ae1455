# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""An account of the system that a service runs as, as a resource: for services that no package brings."""

from __future__ import annotations

import grp
import pwd
from collections.abc import Mapping
from typing import Any

from ._command import last_words
from ._plan import DeployError, Step, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    "name": {"type": "str", "required": True},
    "home": {"type": "path", "required": True},
}
NOLOGIN = "/usr/sbin/nologin"


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Make the group and the account of this name; those that are there stay as they are.

    Raises:
        DeployError: They could not be made.
    """
    name = params["name"]
    add_user = ["useradd", "--system", "--gid", name, "--home-dir", params["home"], "--no-create-home"]
    commands = {
        f"group {name}": None if _has_group(name) else ["groupadd", "--system", "--", name],
        f"account {name}": None if _has_user(name) else [*add_user, "--shell", NOLOGIN, "--", name],
    }
    due = {subject: command for subject, command in commands.items() if command}
    if not context.check_mode:
        for command in due.values():
            code, output, errors = context.run(command)
            if code:
                raise DeployError(f"{command[0]} failed: {last_words(output, errors)}", f"Run it: {' '.join(command)}")
    return Outcome(plan(*(Step("make", subject) for subject in due)))


def _has_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


KIND = Kind(SPEC, bring)
