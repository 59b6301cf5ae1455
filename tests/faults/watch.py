"""A run of deploy.py, as a user starts it, that can be watched, held, killed and read."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .lane import ROOT, Lane
from .model import AtTask
from .processes import MARK, end_marked, marked

PLUGINS = Path(__file__).parent / "hold"
PATIENCE = 900.0
# Tasks whose action only the control machine does, or that are a frame around others.
NOT_ON_HOST = frozenset(
    {"include_tasks", "include_role", "import_tasks", "import_role", "include_vars", "set_fact", "set_stats", "assert"}
    | {"debug", "validate_argument_spec", "meta", "fail", "pause", "add_host", "group_by"}
)


# A campaign that was started in the background ignores Ctrl-C, and hands that on.
LISTENING = ("env", "--default-signal=INT")


@dataclass(frozen=True)
class Outcome:
    """What a run left: its exit code and all that the user saw."""

    code: int
    text: str
    seconds: float
    changed: int | None

    @property
    def said(self) -> str:
        """The fault as the user was told: from its mark to the next empty line."""
        found = re.search(r"^(✗.*?|deploy\.py: .*?)(\n\s*\n|\Z)", self.text, re.MULTILINE | re.DOTALL)
        if found:
            return re.sub(r"\s*\n\s*", " / ", found[1].strip())
        good = re.search(r"^✓ .*$", self.text, re.MULTILINE)
        return good[0] if good else " ".join(self.text.split("\n")[-3:]).strip()[:300]


@dataclass(frozen=True)
class Step:
    """A task of a run that worked on the host: where it stands, and how long it took."""

    label: str
    nth: int
    seconds: float

    @property
    def when(self) -> AtTask:
        """The moment in which it begins."""
        return AtTask(f"^{re.escape(self.label)}$", self.nth)


class Run:
    """One run under way."""

    def __init__(
        self,
        lane: Lane,
        scratch: Path,
        argv: Sequence[str] = (),
        *,
        gate: AtTask | None = None,
        hold: bool = True,
        where: Sequence[str] = (),
    ) -> None:
        self.lane, self.scratch = lane, scratch
        scratch.mkdir(parents=True, exist_ok=True)
        self.number = scratch.name
        if gate:
            content = {"pattern": gate.pattern, "nth": gate.nth, "hold": hold}
            (scratch / "gate.json").write_text(json.dumps(content))
        self._log = scratch / "output.txt"
        self._began = time.monotonic()
        with self._log.open("wb") as output:
            self._child = subprocess.Popen(
                [*LISTENING, sys.executable, "deploy.py", *(where or lane.login), *argv],
                cwd=ROOT,
                env=environment(lane, scratch),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether deploy.py still runs."""
        return self._child.poll() is None

    def reach(self, patience: float = PATIENCE) -> bool:
        """Wait until the gate is reached; tell whether it was before the end."""
        deadline = time.monotonic() + patience
        while not (self.scratch / "held").exists():
            if not self.alive or time.monotonic() > deadline:
                return (self.scratch / "held").exists()
            time.sleep(0.01)
        return True

    def release(self) -> None:
        """Let it go on."""
        (self.scratch / "go").touch()

    def kill(self, *, everything: bool) -> None:
        """Kill deploy.py, with all that it started or alone."""
        if everything:
            end_marked(self.lane.name, f"{self.number}/")
        elif self.alive:
            os.kill(self._child.pid, signal.SIGKILL)

    def interrupt(self, number: int) -> None:
        """Send deploy.py a signal."""
        os.kill(self._child.pid, number)

    def working(self) -> list[int]:
        """Return the Ansible processes that are left of it; a login that is kept open for reuse is none."""
        return [each for each in marked(self.lane.name, f"{self.number}/") if "ansible-playbook" in _command(each)]

    def outcome(self, patience: float = PATIENCE) -> Outcome:
        """Wait for the end, which comes with force after a long time."""
        try:
            self._child.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill(everything=True)
            self._child.wait()
        seconds = round(time.monotonic() - self._began, 1)
        text = self._log.read_text(errors="replace")
        return Outcome(self._child.returncode, text, seconds, self._changed())

    def steps(self) -> list[Step]:
        """Return the tasks that worked on the host, in order, and the end."""
        events = list(self._journal())
        ends = {event["task"]: event for event in events if event["event"] == "end"}
        counted: dict[str, int] = {}
        found = []
        for event in (each for each in events if each["event"] == "begin"):
            label = event["label"]
            counted[label] = counted.get(label, 0) + 1
            end = ends.get(event["task"])
            if label == "END":
                found.append(Step(label, 1, 0.0))
            elif end and end["outcome"] != "skipped" and event["action"] not in NOT_ON_HOST:
                found.append(Step(label, counted[label], round(end["time"] - event["time"], 3)))
        return found

    def _journal(self) -> Iterator[dict[str, Any]]:
        path = self.scratch / "journal.jsonl"
        if path.exists():
            yield from (json.loads(line) for line in path.read_text().splitlines())

    def _changed(self) -> int | None:
        found = re.search(r"^\s*Changes\s+(zero|\d+) changed", self._log.read_text(errors="replace"), re.MULTILINE)
        if not found:
            return None
        return 0 if found[1] == "zero" else int(found[1])


def environment(lane: Lane, scratch: Path) -> dict[str, str]:
    """Return the environment of a run: the user's, a mark, and the campaign's eyes."""
    ours = {
        MARK: f"{lane.name}/{scratch.name}/",
        "GLANCE_FAULTS_DIRECTORY": str(scratch),
        "ANSIBLE_CALLBACK_PLUGINS": str(PLUGINS),
        "COLUMNS": "300",
    }
    return {**os.environ, **ours}


def _command(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
