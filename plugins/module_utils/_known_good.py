# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The configuration with which a service was up last, kept so that a worse one can be taken back.

It outlives the run and a reboot: a run that was killed between writing a file and finding out that it does not work
leaves the next one something to go back to.
"""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ._config_file import ConfigFile, State, explained, forget_torn, make_private, plan_file, replacing
from ._plan import DeployError

DIRECTORY = Path("/var/lib/glance-deploy/known-good")
# What is configured lies there; programs and libraries, which units are watched for too, do not.
CONFIGURATION = "/etc/"
BACKUPS = "/var/backups/glance-deploy"
KEPT = 10


class KnownGood:
    """Copies of the configuration files of one unit, in one file: a set is replaced as a whole or not at all.

    Args:
        unit: The unit's name.
        directory: Where copies are; private, because they hold secrets.
        configuration: Only files below this are kept.
    """

    def __init__(self, unit: str, directory: Path = DIRECTORY, configuration: str = CONFIGURATION) -> None:
        self._path = directory / f"{unit}.json"
        self._configuration = configuration

    def keep(self, patterns: Iterable[str]) -> None:
        """Keep the files that the patterns match, as the set that works."""
        forget_torn(self._path)
        files = {str(path): state for path, state in self._matching(patterns)}
        if files == self._kept():
            return
        content = json.dumps({path: _described(state) for path, state in files.items()}, indent=1).encode()
        with explained("keep the working configuration in", self._path):
            make_private(self._path.parent)
            with replacing(self._path, State(content, "root", "root", 0o600)):
                pass

    @property
    def exists(self) -> bool:
        """Whether there is a set to go back to."""
        return bool(self._kept())

    def copy(self, path: str) -> State | None:
        """Return what a file of the set was."""
        return self._kept().get(path)

    def restore(self, written: Iterable[str]) -> list[str]:
        """Put back what differs from the set that worked, and return the paths.

        Args:
            written: Files that were written since. One that is not in the set is taken away, into the backups; any
                other file that came since stays: nobody knows whose it is.
        """
        kept = self._kept()
        new = [path for path in dict.fromkeys(written) if kept and path not in kept and Path(path).is_file()]
        for path in new:
            with explained("take away", Path(path)):
                make_private(Path(BACKUPS))
                shutil.move(path, f"{BACKUPS}/{Path(path).name}.taken-back")
        return sorted([*new, *(path for path, state in kept.items() if self._put_back(path, state))])

    def _put_back(self, path: str, state: State) -> bool:
        file = ConfigFile(path, state, BACKUPS, KEPT)
        try:
            steps = plan_file(path, file.read(), state)
        except DeployError:
            # What cannot be read, such as a link in its place, is not what worked.
            steps = plan_file(path, State(), state)
        file.apply(steps, _accept)
        return bool(steps)

    def _matching(self, patterns: Iterable[str]) -> Iterator[tuple[Path, State]]:
        wanted = {found for pattern in patterns for found in Path("/").glob(pattern.lstrip("/"))}
        for path in sorted(wanted):
            is_plain = stat.S_ISREG(path.lstat().st_mode)
            if is_plain and str(path).startswith(self._configuration):
                yield path, ConfigFile(str(path), State(), "", 0).read()

    def _kept(self) -> dict[str, State]:
        # A set that cannot be read as a whole is none.
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            return {path: _state(about) for path, about in json.loads(self._path.read_bytes()).items()}
        return {}


def _described(state: State) -> dict[str, Any]:
    # Base64, because a file may hold any bytes.
    content = base64.b64encode(state.content or b"").decode()
    return {"owner": state.owner, "group": state.group, "mode": state.mode, "content": content}


def _state(about: Mapping[str, Any]) -> State:
    content = base64.b64decode(about["content"], validate=True)
    return State(content, str(about["owner"]), str(about["group"]), int(about["mode"]))


def _accept(path: Path) -> None:
    """It worked before."""
