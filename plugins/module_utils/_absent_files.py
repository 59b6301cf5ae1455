# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Files of ours that are not wished any more: gone, each with a copy among the old versions."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._config_file import STAMP, ConfigFile, State, explained, make_private, replacing
from ._file_run import BACKUPS, KEPT
from ._plan import ABSENT, Plan, Step
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {"paths": {"type": "list", "elements": "str", "required": True}}


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Remove the files that are there.

    Raises:
        DeployError: One cannot be removed, or is no plain file.
    """
    found = {path: ConfigFile(path, State(), BACKUPS, KEPT).read() for path in params["paths"]}
    there = {path: state for path, state in found.items() if state.content is not None}
    if not context.check_mode:
        for path, state in there.items():
            _remove(Path(path), state)
    context.touched += list(there)
    return Outcome(Plan(tuple(Step("remove", path, "there", ABSENT) for path in there)))


def _remove(path: Path, state: State) -> None:
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime(STAMP)
    backup = Path(BACKUPS) / f"{path.name}.{stamp}"
    with explained("keep the old file as", backup):
        make_private(backup.parent)
        with replacing(backup, dataclasses.replace(state, mode=(state.mode or 0) & 0o640)):
            pass
    with explained("remove", path):
        path.unlink(missing_ok=True)


KIND = Kind(SPEC, bring)
