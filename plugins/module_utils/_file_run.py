# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Plain files: with a whole content of ours, some lines of ours in somebody else's, or a package's that was lost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._config_file import ConfigFile, State, octal, plan_file
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
    return _settle(file, actual, context)


def bring_lines(params: Mapping[str, Any], context: Context) -> Outcome:
    """Put lines into a file that is there, and leave the rest of it alone."""
    wished = State(None)
    actual = ConfigFile(params["path"], wished, BACKUPS, KEPT).read()
    if actual.content is None and not context.tentative:
        raise DeployError(f"There is no {params['path']}.", "Install the package that brings it first.")
    text = edited((actual.content or b"").decode(errors="surrogateescape"), params["after"], params["lines"])
    desired = State(text.encode(errors="surrogateescape"), actual.owner, actual.group, actual.mode)
    return _settle(ConfigFile(params["path"], desired, BACKUPS, KEPT), actual, context)


def bring_shipped(params: Mapping[str, Any], context: Context) -> Outcome:
    """Bring back a file that its package's script wrote once, when it is lost or empty; any other one stays."""
    actual = ConfigFile(params["path"], State(), BACKUPS, KEPT).read()
    source = ConfigFile(params["source"], State(), BACKUPS, KEPT).read().content
    # Nothing in it is what a power cut leaves of a file that was just written.
    if actual.content or not source:
        return Outcome(plan())
    desired = State(source, params["owner"], params["group"], octal(params["mode"]))
    return _settle(ConfigFile(params["path"], desired, BACKUPS, KEPT), actual, context)


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


def _settle(file: ConfigFile, actual: State, context: Context) -> Outcome:
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
