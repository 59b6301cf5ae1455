# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Ports that a host's firewall lets through, as a resource; where none is at work, nothing is due."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ._command import Run, last_words
from ._plan import DeployError, Step, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {"ports": {"type": "list", "elements": "int", "required": True}}
# Opens a port; firewalld's rules of now and those of the next start are two lists.
FIREWALLD = ("firewall-cmd", "--quiet", "--add-port")
UFW = ("ufw", "allow")


def open_commands(
    ports: Sequence[int], run: Run, find: Callable[[str], Any] = shutil.which
) -> dict[int, list[list[str]]]:
    """Return the commands that open the ports which are closed, by port; none where no firewall is at work.

    Args:
        ports: TCP ports.
        run: Runs a command.
        find: Finds a program.
    """
    if find("firewall-cmd") and run(["firewall-cmd", "--quiet", "--state"])[0] == 0:
        found = {port: [[*FIREWALLD, f"{port}/tcp", *kind] for kind in _closed(port, run)] for port in ports}
    elif find("ufw") and (status := run(["ufw", "status"])[1]).startswith("Status: active"):
        found = {port: [] if _allowed(port, status) else [[*UFW, f"{port}/tcp"]] for port in ports}
    else:
        found = {}
    return {port: commands for port, commands in found.items() if commands}


def _closed(port: int, run: Run) -> list[list[str]]:
    kinds: list[list[str]] = [[], ["--permanent"]]
    return [kind for kind in kinds if run(["firewall-cmd", "--quiet", "--query-port", f"{port}/tcp", *kind])[0] != 0]


def _allowed(port: int, status: str) -> bool:
    return bool(re.search(rf"^{port}(/tcp)?\s+ALLOW", status, re.MULTILINE))


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Open the ports.

    Raises:
        DeployError: The firewall would not.
    """
    due = open_commands(params["ports"], context.run)
    if not context.check_mode:
        for command in (one for commands in due.values() for one in commands):
            code, output, errors = context.run(command)
            if code:
                told = last_words(output, errors)
                raise DeployError(f"{command[0]} failed: {told}", f"Run it by hand: {' '.join(command)}")
    return Outcome(plan(*(Step("open", f"port {port}/tcp in the firewall", "closed", "open") for port in due)))


KIND = Kind(SPEC, bring)
