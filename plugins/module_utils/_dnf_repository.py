# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A repository of dnf that its system knows and has switched off, as a resource: switched on."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._command import last_words
from ._config_file import explained
from ._plan import DeployError, Step, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {"id": {"type": "str", "required": True}}
DIRECTORY = Path("/etc/yum.repos.d")


def is_enabled(name: str, directory: Path = DIRECTORY) -> bool | None:
    """Return whether a repository is switched on, None when nobody knows it."""
    found: bool | None = None
    for path in sorted(directory.glob("*.repo")):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        with explained("read", path):
            text = path.read_text(errors="replace")
        try:
            parser.read_string(text)
        except configparser.Error as error:
            raise DeployError(f"{path} is not a file of repositories: {error.message}", f"Mend it: {path}") from error
        if parser.has_section(name):
            found = parser.get(name, "enabled", fallback="1").strip().lower() in ("1", "yes", "true", "on")
    return found


def bring(params: Mapping[str, Any], context: Context, directory: Path = DIRECTORY) -> Outcome:
    """Switch the repository on.

    Raises:
        DeployError: Nobody knows it, or dnf could not.
    """
    name = params["id"]
    enabled = is_enabled(name, directory)
    if enabled is None and not context.tentative:
        raise DeployError(f"There is no repository {name} in {directory}.", "Add it, or look: dnf repolist --all")
    steps = plan(None if enabled else Step("enable", f"repository {name}", "disabled", "enabled"))
    if steps and not context.check_mode:
        code, output, errors = context.run(["dnf", "config-manager", "--set-enabled", name])
        if code:
            told = last_words(output, errors)
            raise DeployError(f"dnf config-manager failed: {told}", "Install dnf-plugins-core, then run this again.")
    return Outcome(steps)


KIND = Kind(SPEC, bring)
