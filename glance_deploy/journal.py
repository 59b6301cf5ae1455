"""What each run leaves behind, line by line: we write the first line and the last, Ansible's callback those between.

So the journal is true also of a run that was killed: it has no last line then, and the time at which it was written to
or touched for the last time is the last sign of life.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from glance_deploy import __version__, events
from glance_deploy.errors import ExitCode
from glance_deploy.events import Unknown
from glance_deploy.recorder import Recorder
from glance_deploy.stages import Stage
from glance_deploy.state import State

FORMAT = 1
BEGIN, END = "begin", "end"


@dataclass(frozen=True)
class Past:
    """A run as its journal tells it.

    Attributes:
        path: The journal.
        argv: What was typed behind deploy.py; no secret is ever accepted there.
        directory: Where it was typed: paths in it may be relative.
        place: The hosts, for people.
        ended: The last sign of life.
        exit_code: None where it did not come to its end.
        message: What went wrong.
        plays: What it set out to do.
    """

    path: Path
    command: str
    argv: tuple[str, ...]
    directory: Path
    version: str
    place: str
    is_check: bool
    began: float
    ended: float
    exit_code: int | None
    message: str
    stages: tuple[Stage, ...]
    plays: tuple[str, ...]

    @property
    def state(self) -> State:
        """The environment that the run belongs to."""
        return State(self.path.parent.parent)

    @property
    def was_stopped(self) -> bool:
        """Whether something from outside ended it: a kill, a power cut, Ctrl-C."""
        return self.exit_code in {None, ExitCode.INTERRUPTED}

    @property
    def at(self) -> Stage | None:
        """The stage in which it was stopped; None between two of them."""
        return self.stages[-1] if self.stages and self.stages[-1].seconds is None else None

    @property
    def left(self) -> list[str]:
        """The plays that it did not come to."""
        begun = {stage.name for stage in self.stages}
        return [play for play in self.plays if play not in begun]


class Journal:
    """The journal of the run that is under way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, *, command: str, argv: Sequence[str], place: str, options: Mapping[str, Any]) -> None:
        """Write the first line."""
        self._write(
            BEGIN,
            journal=FORMAT,
            version=__version__,
            pid=os.getpid(),
            command=command,
            argv=list(argv),
            directory=str(Path.cwd()),
            place=place,
            options=dict(options),
        )

    def end(self, exit_code: ExitCode, message: str) -> None:
        """Write the last line."""
        self._write(END, exit_code=int(exit_code), message=message)

    def _write(self, event: str, **content: Any) -> None:
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"event": event, "time": time.time(), **content}) + "\n")


def last(journals: Sequence[Path]) -> Past | None:
    """Return the newest run that can be told of."""
    return next((past for past in map(read, journals) if past), None)


def last_deployment(state: State) -> Past | None:
    """Return the newest run that was to change the hosts of an environment."""
    told = (read(path) for path in state.journals())
    return next((past for past in told if past and past.command == "deploy" and not past.is_check), None)


def read(path: Path) -> Past | None:
    """Return the run of a journal; None for one of another version, or one that was cut off before its first line."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        first, *rest = path.read_text(encoding="utf-8", errors="replace").split("\n")
        begin = json.loads(first)
        if (begin["event"], begin["journal"]) == (BEGIN, FORMAT):
            past = _past(path, begin, rest)
            # A moment that no calendar has comes from a damaged line.
            return past if when(past.began) and when(past.ended) else None
    return None


def _past(path: Path, begin: Mapping[str, Any], lines: Sequence[str]) -> Past:
    recorder, end = Recorder(), {}
    for line in filter(None, lines):
        event = events.parse(line)
        if event == Unknown(END):
            end = json.loads(line)
        else:
            recorder.add(event)
    return Past(
        path=path,
        command=str(begin["command"]),
        argv=tuple(map(str, begin["argv"])),
        directory=Path(begin["directory"]),
        version=str(begin["version"]),
        place=events.one_line(begin["place"]),
        is_check=bool(begin["options"].get("check")),
        began=float(begin["time"]),
        ended=float(end.get("time") or path.stat().st_mtime),
        exit_code=int(end["exit_code"]) if end else None,
        message=events.one_line(end.get("message", "")),
        stages=tuple(recorder.stages),
        plays=recorder.plays,
    )


def when(moment: float, now: float | None = None) -> str:
    """Return a time as people say it: the hour today, with the day before it else."""
    then = datetime.fromtimestamp(moment, UTC).astimezone()
    is_today = then.date() == datetime.fromtimestamp(time.time() if now is None else now, UTC).astimezone().date()
    return f"{then:%H:%M}" if is_today else f"{then:%Y-%m-%d %H:%M}"
