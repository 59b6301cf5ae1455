"""Journals as data: what is in one, and what a run that was stopped left out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

BEGAN = 1_700_000_000.0
Line = dict[str, Any]


def begin(*argv: str, directory: Path | str = "/", **more: Any) -> Line:
    return {
        "event": "begin",
        "time": BEGAN,
        "journal": 1,
        "version": "0.1.0",
        "pid": 5,
        "command": "deploy",
        "argv": list(argv),
        "directory": str(directory),
        "place": "ctl",
        "options": {},
        **more,
    }


def end(code: int = 0, message: str = "") -> Line:
    return {"event": "end", "time": BEGAN + 60, "exit_code": code, "message": message}


def play(name: str, at: float) -> Line:
    return {"event": "play_start", "play": name, "time": BEGAN + at}


def task(play: str, name: str, at: float) -> Line:
    return {"event": "task_start", "play": play, "task": name, "role": "", "time": BEGAN + at}


def result(play: str, name: str, outcome: str = "ok") -> Line:
    return {"event": "result", "host": "ctl", "play": play, "task": name, "outcome": outcome, "seconds": 1.0}


PLAYS: Line = {"event": "run_start", "plays": ["Look", "Database", "Cache", "Image", "Verify"]}
# Stopped in the play Image, 31 seconds after its beginning, in a task that had taken 12 seconds.
STOPPED: list[Line] = [
    PLAYS,
    play("Look", 0),
    task("Look", "Look at all", 0),
    result("Look", "Look at all"),
    play("Database", 2),
    task("Database", "Install it", 2),
    result("Database", "Install it", "changed"),
    play("Cache", 9),
    play("Image", 9),
    task("Image", "Make directories", 9),
    result("Image", "Make directories"),
    task("Image", "Install the packages", 28),
]


def write(directory: Path, *lines: Line, name: str = "20231114-221320-5.jsonl", last_sign: float = 40.0) -> Path:
    """Write a journal into the directory of an environment."""
    path = directory / "runs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    os.utime(path, (BEGAN + last_sign, BEGAN + last_sign))
    return path
