"""One fault from its beginning to its row in the table."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import losses
from .bases import Bases
from .lane import LabError
from .losses import Belongings
from .model import KILLED, Before, Fault, Inside, OnHost, Shell
from .processes import end_marked
from .scene import Stage, judge
from .watch import Outcome, Run

# A watcher on the host gives up after this, so that none outlives its fault for long.
WATCHED = 900


@dataclass
class Row:
    """What came of one fault."""

    fault: str
    suite: str
    what: str
    when: str
    code: int = 0
    saw: str = ""
    healed: bool = False
    changed_after: int | None = None
    losses: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    commit: str = ""

    @property
    def ok(self) -> bool:
        """Whether the fault did no harm and was told well."""
        return self.healed and self.changed_after == 0 and not self.losses and not self.problems


class Campaign:
    """Does faults on one lane.

    Args:
        scratch: Where the output of every run is kept.
    """

    def __init__(self, bases: Bases, scratch: Path) -> None:
        self.bases = bases
        self.lane = bases.lane
        self.scratch = scratch

    def face(self, fault: Fault) -> Row:
        """Do one fault and return its row; what goes wrong in the campaign itself is a problem of the row."""
        row = Row(fault.name, self.lane.suite, fault.what, str(fault.when))
        began = time.monotonic()
        folder = self.scratch / fault.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            self._face(fault, row, folder)
        except (LabError, subprocess.TimeoutExpired, OSError, ValueError) as error:
            row.problems.append(f"the campaign could not go on: {type(error).__name__}: {error}"[:2000])
        finally:
            end_marked(self.lane.name)
            row.seconds = round(time.monotonic() - began, 1)
        return row

    def _face(self, fault: Fault, row: Row, folder: Path) -> None:
        self.bases.prepare(fault.base)
        before = self.bases.restore(fault.base)
        stage = Stage(self.lane, folder / "fault")
        for name, content in fault.files.items():
            (folder / name).write_text(content)
        outcome, config = self._suffer(fault, stage, folder)
        row.code, row.saw = outcome.code, "; ".join([*([outcome.said] if outcome.code != KILLED else []), *stage.seen])
        row.problems += judge("the run with the fault", outcome, fault.codes, fault.sees) + stage.problems
        if fault.serves:
            row.problems += [f"after the failed run: {line}" for line in losses.look(self.lane)["wrong"]]
        for act in fault.lift:
            act.do(stage)
        self._heal(fault, row, folder)
        self._count(fault, row, before, config)

    def _suffer(self, fault: Fault, stage: Stage, folder: Path) -> tuple[Outcome, str]:
        """Run deploy.py with the fault; return how it ended, and the configuration that was there before it wrote."""
        if isinstance(fault.when, Before):
            for act in fault.make:
                act.do(stage)
        config = losses.config_digest(self.lane)
        options = [word.format(folder=folder) for word in (*fault.always, *fault.options)]
        with self._watching(fault, stage):
            when = fault.when
            gate = None if isinstance(when, Before | OnHost) else when.task if isinstance(when, Inside) else when
            run = stage.run = Run(self.lane, stage.scratch, options, gate=gate, hold=not isinstance(when, Inside))
            if gate and self._arrive(run, fault, stage):
                for act in fault.make:
                    act.do(stage)
                run.release()
            return run.outcome(), config

    def _arrive(self, run: Run, fault: Fault, stage: Stage) -> bool:
        """Wait for the moment; tell whether it came."""
        if not run.reach():
            stage.problems.append(f"the moment never came: {fault.when}")
            return False
        if isinstance(fault.when, Inside):
            time.sleep(fault.when.seconds)
        return True

    @contextlib.contextmanager
    def _watching(self, fault: Fault, stage: Stage) -> Iterator[None]:
        """Let the host itself make the fault, where its own state says when."""
        if not isinstance(fault.when, OnHost):
            yield
            return
        scripts = [act.script for act in fault.make if isinstance(act, Shell)]
        lines = [f"until {fault.when.condition}; do sleep 0.02; done", *scripts, "touch /run/fault-made"]
        self.lane.shell("cat > /run/fault.sh <<'SCRIPT'\n{}\nSCRIPT".format("\n".join(lines)))
        watcher = self.lane.start(f"timeout {WATCHED} sh /run/fault.sh")
        try:
            yield
        finally:
            watcher.kill()
            watcher.wait()
            if self.lane.shell("test -e /run/fault-made || echo no").strip():
                stage.problems.append(f"the moment never came: {fault.when}")

    def _heal(self, fault: Fault, row: Row, folder: Path) -> None:
        """Run deploy.py as a user would: the plain command again, and once more to see that nothing is left to do."""
        options = [word.format(folder=folder) for word in fault.always]
        healing = Run(self.lane, folder / "healing", options).outcome()
        row.healed = healing.code == 0
        row.notes.append(f"healing: exit {healing.code}, {healing.changed} changed, {healing.seconds} s")
        if not row.healed:
            row.problems.append(f"the next run did not heal it: exit {healing.code}: {healing.said[:600]}")
            return
        after = Run(self.lane, folder / "after", options).outcome()
        row.changed_after = after.changed if after.code == 0 else None
        row.notes.append(f"after: exit {after.code}, {after.seconds} s")
        if row.changed_after != 0:
            row.problems.append(f"the run after: exit {after.code}, {after.changed} changed: {after.said[:600]}")

    def _count(self, fault: Fault, row: Row, before: Belongings, config: str) -> None:
        found = losses.look(self.lane)
        row.problems += found["wrong"]
        row.notes += [f"stray file in the store: {name}" for name in found["strays"]]
        if found["answers"]:
            row.losses += losses.missing(before, losses.belongings(self.lane, found), fault.planned)
        if not losses.keeps_config(self.lane, config):
            row.losses.append("the configuration that was there is nowhere")
