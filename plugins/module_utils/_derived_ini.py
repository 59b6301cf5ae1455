# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""An ini file that is a package's own, with some options of ours: what the package changes in it, comes along."""

from __future__ import annotations

import configparser
import io
from collections.abc import Mapping
from typing import Any

from ._config_file import ConfigFile, State, octal
from ._file_run import BACKUPS, KEPT, settle
from ._oslo import HEADER
from ._plan import DeployError, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    "path": {"type": "path", "required": True},
    # Where the package's own is. It stays as it is.
    "source": {"type": "path", "required": True},
    # Section to option to value; null takes an option away.
    "options": {"type": "dict", "required": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0644"},
}


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Write the file.

    Raises:
        DeployError: The source is missing or no ini file, or an option is to go into a section that it lacks.
    """
    source = ConfigFile(params["source"], State(), BACKUPS, KEPT).read().content
    if source is None:
        if context.tentative:
            return Outcome(plan())
        raise DeployError(f"{params['source']} is missing.", "Bring back the package's file, then run this again.")
    text = derived(source.decode(errors="surrogateescape"), params["options"], params["source"])
    desired = State(text.encode(errors="surrogateescape"), params["owner"], params["group"], octal(params["mode"]))
    file = ConfigFile(params["path"], desired, BACKUPS, KEPT)
    return settle(file, file.read(), context)


def derived(text: str, options: Mapping[str, Any], name: str) -> str:
    """Return an ini file's text with options set in sections that it has.

    Args:
        text: The file, without `%` being anything special.
        options: Section to option to value; None takes an option away.
        name: The file's name, for the error.

    Raises:
        DeployError: A section is not there, or the text is no ini file.
    """
    ini = configparser.RawConfigParser(strict=False)
    ini.optionxform = str  # type: ignore[method-assign, assignment]  # names as they are written
    try:
        ini.read_string(text)
    except configparser.Error as error:
        raise DeployError(f"{name} is no ini file: {error.message.splitlines()[0]}", "Correct it.") from error
    for section, entries in options.items():
        if not ini.has_section(section) or not isinstance(entries, Mapping):
            raise DeployError(
                f"{name} has no section [{section}].",
                f"Correct glance_paste_overrides; there are {', '.join(ini.sections())}.",
            )
        for option, value in entries.items():
            if value is None:
                ini.remove_option(section, option)
            else:
                ini.set(section, str(option), str(value))
    written = io.StringIO()
    ini.write(written)
    return f"# {HEADER}\n{written.getvalue().rstrip()}\n"


KIND = Kind(SPEC, bring)
