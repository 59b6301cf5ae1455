# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Plain files: with a whole content of ours, some lines of ours in somebody else's, or a package's that was lost."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._config_file import ConfigFile, State, explained, octal, plan_file
from ._known_good import KnownGood
from ._plan import DeployError, plan
from ._resource import Context, Kind, Outcome

BACKUPS = "/var/backups/glance-deploy"
KEPT = 10

FILE_SPEC: Mapping[str, Any] = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True, "no_log": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0644"},
    # Words that a file of ours holds: one without them is somebody else's and stays.
    "mark": {"type": "str", "default": ""},
}
LINES_SPEC: Mapping[str, Any] = {
    "path": {"type": "path", "required": True},
    # The unit that reads it: its working configuration has what the file was, should it be lost.
    "unit": {"type": "str", "required": True},
    # The line that new ones are put after.
    "after": {"type": "str", "required": True},
    "lines": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            # Of the line to replace; the last one counts.
            "pattern": {"type": "str", "required": True},
            "line": {"type": "str", "required": True},
        },
    },
}

SHIPPED_SPEC: Mapping[str, Any] = {
    "path": {"type": "path", "required": True},
    # The unit that reads it: its working configuration has what the file was.
    "unit": {"type": "str", "required": True},
    # Where its package keeps what the file is at first. Without it, the package that comes first is not there yet.
    "source": {"type": "path", "required": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0644"},
}


def bring_file(params: Mapping[str, Any], context: Context) -> Outcome:
    """Write a file; what it holds is not shown, since it may be secret."""
    # Ansible takes off a last line break where it templates a value.
    content = params["content"].rstrip("\n") + "\n"
    desired = State(content.encode(), params["owner"], params["group"], octal(params["mode"]))
    file = ConfigFile(params["path"], desired, BACKUPS, KEPT)
    actual = file.read()
    if actual.content is not None and params["mark"] and params["mark"].encode() not in actual.content:
        return Outcome(plan_file(params["path"], desired, desired))
    return settle(file, actual, context)


def bring_lines(params: Mapping[str, Any], context: Context) -> Outcome:
    """Put lines into a file that is there, and leave the rest of it alone; one that is lost comes back first."""
    path = params["path"]
    actual = ConfigFile(path, State(), BACKUPS, KEPT).read()
    # Nothing in it is what a power cut leaves of a file that was just written.
    origin = actual if actual.content else KnownGood(params["unit"]).copy(path)
    if not origin and not context.tentative:
        raise DeployError(
            f"{path} is missing or empty.",
            f"apt-get install --reinstall --option Dpkg::Options::=--force-confmiss $(dpkg -S {path} | cut -d: -f1)",
        )
    origin = origin or actual
    text = edited((origin.content or b"").decode(errors="surrogateescape"), params["after"], params["lines"])
    desired = dataclasses.replace(origin, content=text.encode(errors="surrogateescape"))
    return settle(ConfigFile(params["path"], desired, BACKUPS, KEPT), actual, context)


def bring_shipped(params: Mapping[str, Any], context: Context) -> Outcome:
    """Bring back a file that its package's script wrote once, when it is lost or empty; any other one stays."""
    path = params["path"]
    with explained("look at", Path(path)):
        # A link of somebody's is followed: what it leads to is read by the service, and is theirs.
        if Path(path).exists() and Path(path).stat().st_size:
            return Outcome(plan())
    actual = ConfigFile(path, State(), BACKUPS, KEPT).read()
    shipped = ConfigFile(params["source"], State(), BACKUPS, KEPT).read().content
    access = State(shipped, params["owner"], params["group"], octal(params["mode"]))
    # Somebody may have changed it since, and the service has worked with that.
    desired = KnownGood(params["unit"]).copy(path) or access
    return settle(ConfigFile(path, desired, BACKUPS, KEPT), actual, context) if desired.content else Outcome(plan())


def edited(text: str, after: str, wanted: Sequence[Mapping[str, str]]) -> str:
    """Return the text with each wanted line: in place of the last one that its pattern matches, or after a line."""
    lines = text.removesuffix("\n").split("\n") if text else []
    for want in wanted:
        found = [turn for turn, line in enumerate(lines) if re.match(want["pattern"], line) or line == want["line"]]
        if found:
            lines[found[-1]] = want["line"]
            continue
        turn = lines.index(after) + 1 if after in lines else len(lines)
        lines.insert(turn, want["line"])
    return "\n".join(lines) + "\n"


def settle(file: ConfigFile, actual: State, context: Context) -> Outcome:
    """Bring a file to what it is to be, or find out what that would take."""
    steps = plan_file(str(file.path), actual, file.desired)
    if steps and not context.check_mode:
        file.apply(steps, _accept)
    context.touched += [str(file.path)] if steps else []
    return Outcome(steps, {"backup_file": str(file.backup) if file.backup else None})


def _accept(path: Path) -> None:
    """There is no program that could check it."""


FILE = Kind(FILE_SPEC, bring_file)
LINES = Kind(LINES_SPEC, bring_lines)
SHIPPED = Kind(SHIPPED_SPEC, bring_shipped)
