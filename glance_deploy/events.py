"""What Ansible reports while it runs, as typed values. The callback plugin `events` writes them, one JSON line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from glance_deploy.errors import Problem

# Beyond this, readers of JSON disagree about a number; no time and no size comes near it.
LARGEST = 2**63


@dataclass(frozen=True)
class RunStart:
    """A playbook begins; these are its plays, each name once."""

    plays: tuple[str, ...]


@dataclass(frozen=True)
class PlayStart:
    """A play begins."""

    play: str
    time: float


@dataclass(frozen=True)
class NoHosts:
    """The play that just began has nothing to do: its groups are empty."""

    play: str


@dataclass(frozen=True)
class TaskStart:
    """A task begins on its first host."""

    play: str
    task: str
    role: str
    time: float


@dataclass(frozen=True)
class Retry:
    """A task was not content yet and is tried again."""

    host: str
    task: str
    attempt: int
    attempts: int


@dataclass(frozen=True)
class TaskResult:
    """A task ended on one host.

    Attributes:
        outcome: ok, changed, skipped, failed, unreachable, or ignored and rescued for failures that do not count.
        steps: The changes that a module of ours made, or would make, as lines.
        problems: The findings of a failed preflight.
        due: What a look found to be other than wished; None where nobody looked.
    """

    host: str
    play: str
    task: str
    role: str
    outcome: str
    seconds: float
    message: str = ""
    hint: str = ""
    steps: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    due: tuple[str, ...] | None = None

    @property
    def is_failure(self) -> bool:
        """Whether the host is out of the run because of this."""
        return self.outcome in {"failed", "unreachable"}


@dataclass(frozen=True)
class Stats:
    """The end: counts by host and outcome, and what the playbook published with set_stats."""

    time: float
    hosts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    custom: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Unknown:
    """An event of a newer plugin, which nobody here needs."""

    kind: str


@dataclass(frozen=True)
class Malformed:
    """A line that is no event: the plugin was killed while it wrote, or somebody else wrote there."""

    reason: str


Event = RunStart | PlayStart | NoHosts | TaskStart | Retry | TaskResult | Stats | Unknown | Malformed


def parse(line: str) -> Event:
    """Return the event in one line; never fails, so that a bad line cannot stop a run."""
    try:
        content = _harmless(json.loads(line))
        return _event(content) if isinstance(content, dict) else Malformed("not an object")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        return Malformed(one_line(f"{type(error).__name__}: {error}")[:200])


def one_line(text: object) -> str:
    """Return words of a host as one line without control characters, which could do anything to a terminal."""
    return printable(" ".join(str(text).split()))


def printable(text: str) -> str:
    """Return a text in which no character is more than what it looks like."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _harmless(value: Any) -> Any:
    """Return a document with every text as one line, and without numbers that only some readers of JSON accept."""
    match value:
        case str():
            return one_line(value)
        case dict():
            return {one_line(key): _harmless(item) for key, item in value.items()}
        case list():
            return [_harmless(item) for item in value]
        case int() | float() if not -LARGEST < value < LARGEST:
            return None
    return value


def _event(given: Mapping[str, Any]) -> Event:
    read = _READERS.get(str(given.get("event")))
    return read(given) if read else Unknown(str(given.get("event")))


def _result(given: Mapping[str, Any]) -> TaskResult:
    return TaskResult(
        host=str(given["host"]),
        play=str(given["play"]),
        task=str(given["task"]),
        role=str(given.get("role", "")),
        outcome=str(given["outcome"]),
        seconds=float(given["seconds"]),
        message=one_line(given.get("message", "")),
        hint=one_line(given.get("hint", "")),
        steps=tuple(one_line(step) for step in given.get("steps", ())),
        problems=tuple(_problem(problem) for problem in given.get("problems", ())),
        due=tuple(one_line(line) for line in given["due"]) if "due" in given else None,
    )


def _problem(given: Mapping[str, Any]) -> Problem:
    return Problem(*(one_line(given.get(name, "")) for name in ("what", "where", "mend")))


def _by_host(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {host: dict(found) for host, found in given.items()}


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Event]] = {
    "run_start": lambda given: RunStart(tuple(one_line(play) for play in given["plays"])),
    "play_start": lambda given: PlayStart(str(given["play"]), float(given["time"])),
    "no_hosts": lambda given: NoHosts(str(given["play"])),
    "task_start": lambda given: TaskStart(
        str(given["play"]), str(given["task"]), str(given.get("role", "")), float(given["time"])
    ),
    "retry": lambda given: Retry(str(given["host"]), str(given["task"]), int(given["attempt"]), int(given["attempts"])),
    "result": _result,
    "stats": lambda given: Stats(float(given["time"]), _by_host(given["hosts"]), _by_host(given.get("custom", {}))),
}
