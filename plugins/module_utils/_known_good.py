# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The configuration with which a service was up last, kept so that a worse one can be taken back.

It outlives the run and a reboot: a run that was killed between writing a file and finding out that it does not work
leaves the next one something to go back to.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ._config_file import ConfigFile, State, explained, make_private, plan_file
from ._plan import DeployError

DIRECTORY = Path("/var/lib/glance-deploy/known-good")
# What is configured lies there; programs and libraries, which units are watched for too, do not.
CONFIGURATION = "/etc/"
BACKUPS = "/var/backups/glance-deploy"
KEPT = 10


class KnownGood:
    """Copies of the configuration files of one unit.

    Args:
        unit: The unit's name.
        directory: Where copies are; private, because they hold secrets.
        configuration: Only files below this are kept.
    """

    def __init__(self, unit: str, directory: Path = DIRECTORY, configuration: str = CONFIGURATION) -> None:
        self._directory = directory / unit
        self._configuration = configuration

    def keep(self, patterns: Iterable[str]) -> None:
        """Keep the files that the patterns match, as the set that works."""
        files = {str(path): state for path, state in self._matching(patterns)}
        if files == self._kept():
            return
        fresh = self._directory.with_name(f".{self._directory.name}.new")
        with explained("keep the working configuration in", fresh):
            make_private(fresh.parent)
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(mode=0o700)
            for turn, (path, state) in enumerate(sorted(files.items())):
                self._write(fresh / str(turn), path, state)
            old = self._directory.with_name(f".{self._directory.name}.old")
            shutil.rmtree(old, ignore_errors=True)
            if self._directory.exists():
                self._directory.rename(old)
            fresh.rename(self._directory)
            shutil.rmtree(old, ignore_errors=True)

    @property
    def exists(self) -> bool:
        """Whether there is a set to go back to."""
        return bool(self._kept())

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
        found: dict[str, State] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            for about in sorted(self._directory.glob("*.json")):
                known = json.loads(about.read_text())
                content = about.with_suffix(".file").read_bytes()
                found[known["path"]] = State(content, str(known["owner"]), str(known["group"]), int(known["mode"]))
            return found
        # A set that cannot be read as a whole is none.
        return {}

    def _write(self, base: Path, path: str, state: State) -> None:
        about = {"path": path, "owner": state.owner, "group": state.group, "mode": state.mode}
        contents = {".file": state.content or b"", ".json": json.dumps(about).encode()}
        for suffix, content in contents.items():
            handle = os.open(base.with_suffix(suffix), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                os.fsync(handle)


def _accept(path: Path) -> None:
    """It worked before."""
