# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Files of ours that are not wished any more: gone, each with a copy among the old versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._config_file import ConfigFile, State, explained
from ._file_run import BACKUPS, KEPT
from ._plan import ABSENT, Plan, Step
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {"paths": {"type": "list", "elements": "str", "required": True}}


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Remove the files that are there.

    Raises:
        DeployError: One cannot be removed, or is no plain file.
    """
    files = [ConfigFile(path, State(), BACKUPS, KEPT) for path in params["paths"]]
    there = [(file, state) for file, state in ((file, file.read()) for file in files) if state.content is not None]
    if not context.check_mode:
        for file, state in there:
            _remove(file, state)
    names = [str(file.path) for file, _ in there]
    context.touched += names
    return Outcome(Plan(tuple(Step("remove", name, "there", ABSENT) for name in names)))


def _remove(file: ConfigFile, state: State) -> None:
    file.keep_old(state)
    with explained("remove", file.path):
        file.path.unlink(missing_ok=True)
    file.forget_oldest()


KIND = Kind(SPEC, bring)
