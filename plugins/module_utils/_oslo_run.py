# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""An oslo.config file that is ours as a whole, as a resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from ._command import Run
from ._config_file import ConfigFile, State, octal, plan_file
from ._oslo import HEADER, parse, render, texts
from ._oslo_diff import diff, mask_urls
from ._plan import MASKED, DeployError, Plan
from ._resource import Context, Kind, Outcome

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "path", "required": True},
    "options": {"type": "dict", "default": {}},
    "secret_options": {"type": "dict", "default": {}, "no_log": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0640"},
    "backup_dir": {"type": "path", "default": "/var/backups/glance-deploy"},
    "backup_keep": {"type": "int", "default": 10},
    "validate": {"type": "list", "elements": "str", "default": []},
    "header": {"type": "str"},
}


def merged(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all options as one mapping; a secret wins over a plain value of the same name.

    Raises:
        DeployError: Something is wrong that the argument spec lets through.
    """
    if params["backup_keep"] < 1:
        raise DeployError("backup_keep is less than 1.", "Keep one old version at least.")
    result: dict[str, dict[str, Any]] = {}
    for name in ("options", "secret_options"):
        for section, entries in params[name].items():
            if not isinstance(entries, Mapping):
                raise DeployError(f"[{section}] in {name} is not a mapping.", "Write it as section: {option: value}.")
            result.setdefault(section, {}).update(entries)
    return result


def masked(text: str, secrets: Sequence[str]) -> str:
    """Return what a program said as one line: its errors, without secrets that it may have quoted."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASKED)
    lines = list(filter(None, map(str.strip, mask_urls(text).splitlines())))
    errors = [line for line in lines if line.startswith(("ERROR", "CRITICAL"))]
    return "; ".join(errors or lines)[-1500:] or "it gave no reason"


def validator(command: Sequence[str], path: str, secrets: Sequence[str], run: Run) -> Callable[[Path], None]:
    """Return a function that shows a file to the command and raises DeployError when it is not accepted."""

    def check(temporary: Path) -> None:
        if not command:
            return
        try:
            code, output, errors = run([word.replace("%s", str(temporary)) for word in command])
        except OSError as error:
            raise DeployError(
                f"Cannot run {command[0]} to check {path}: {error.strerror}.", "Install it, or leave out validate."
            ) from error
        if code:
            words = masked(f"{output}\n{errors}".replace(str(temporary), path), secrets)
            raise DeployError(f"{command[0]} refuses the new {path}: {words}", "The old file is still in place.")

    return check


def shown(steps: Plan, actual: State, options: Mapping[str, Mapping[str, Any]], secret: Mapping[str, Any]) -> Any:
    """Return the diff: by option when the content changes, else owner and mode."""
    if not steps or steps.steps[0].action != "write":
        return None
    names = {(section, option) for section, entries in secret.items() for option in entries}
    before = (actual.content or b"").decode(errors="replace")
    return diff(parse(before), texts(options), names)


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Bring the file to what the parameters say."""
    options, secret, path = merged(params), params["secret_options"], params["path"]
    content = render(options, HEADER if params["header"] is None else params["header"]).encode()
    desired = State(content, params["owner"], params["group"], octal(params["mode"]))
    file = ConfigFile(path, desired, params["backup_dir"], params["backup_keep"])
    actual = file.read()
    steps = plan_file(path, actual, desired)
    if steps and not context.check_mode:
        values = [text for entries in texts(secret).values() for lines in entries.values() for text in lines]
        file.apply(steps, validator(params["validate"], path, values, context.run))
    context.touched += [path] if steps else []
    report = {"path": path, "backup_file": str(file.backup) if file.backup else None}
    return Outcome(steps, report, shown(steps, actual, options, secret))


KIND = Kind(ARGUMENT_SPEC, bring)
