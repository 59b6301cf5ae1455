"""The states that faults begin with. Each is made once, by real deploys, and kept as a snapshot of its host."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from .lane import LabError, Lane
from .losses import Belongings, belongings, load, look
from .watch import Run, Step

HERE = Path(__file__).parent
# What has to be there first.
BELOW = {"bare": "", "deployed": "bare", "unproven": "deployed", "ready": "deployed", "by-hand": "ready"}
NOTHING = Belongings({}, ())
UNPROVE = """
. /root/admin-openrc
openstack image list -f value -c ID -c Name | grep -v -e large -e small | cut -d' ' -f1 | xargs openstack image delete
"""
REST = "systemctl stop glance-api keystone memcached mariadb 2>/dev/null || true; sync"


class Bases:
    """The states of one lane.

    Args:
        directory: Where the control side of each state is kept, and what the host held in it.
    """

    def __init__(self, lane: Lane, directory: Path) -> None:
        self.lane = lane
        self.directory = directory

    def prepare(self, name: str) -> None:
        """Make a state, and those below it, unless they are there."""
        if not name or (self.lane.has(name) and self._memory(name).exists()):
            return
        self.prepare(BELOW[name])
        if name != "bare":
            self.restore(BELOW[name])
        getattr(self, f"_make_{name.replace('-', '_')}")()
        if name != "bare":
            self._keep(name)

    def restore(self, name: str) -> Belongings:
        """Put host and control side into a state; return what the host holds."""
        self.lane.reset(name)
        shutil.rmtree(self.lane.state, ignore_errors=True)
        kept = self.directory / name
        if (kept / "state").exists():
            shutil.copytree(kept / "state", self.lane.state, symlinks=True)
        return load(self._memory(name))

    def steps(self) -> list[Step]:
        """Return the boundaries of a cold deploy, as the first one had them."""
        listed = json.loads((self.directory / "steps.json").read_text())
        return [Step(**each) for each in listed]

    def _make_bare(self) -> None:
        self._memory("bare").parent.mkdir(parents=True, exist_ok=True)
        NOTHING.save(self._memory("bare"))

    def _make_deployed(self) -> None:
        steps = self._deploy("clean")
        (self.directory / "steps.json").write_text(json.dumps([asdict(step) for step in steps], indent=1))
        self.lane.shell((HERE / "user_images.sh").read_text())

    def _make_unproven(self) -> None:
        self.lane.shell(UNPROVE)

    def _make_ready(self) -> None:
        self.lane.shell((HERE / "without_glance.sh").read_text())

    def _make_by_hand(self) -> None:
        self.lane.shell((HERE / "by_hand.sh").read_text())
        self.lane.shell((HERE / "user_images.sh").read_text())

    def _deploy(self, name: str) -> list[Step]:
        scratch = self.directory / "runs" / name
        shutil.rmtree(scratch, ignore_errors=True)
        run = Run(self.lane, scratch)
        outcome = run.outcome()
        if outcome.code:
            raise LabError(f"a deploy without any fault ended with {outcome.code}: {outcome.text[-3000:]}")
        return run.steps()

    def _keep(self, name: str) -> None:
        kept = self.directory / name
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        held = NOTHING if name == "ready" else belongings(self.lane, look(self.lane))
        self.lane.shell(REST)
        self.lane.save(name)
        shutil.copytree(self.lane.state, kept / "state", symlinks=True, ignore=shutil.ignore_patterns("logs", ".lock"))
        # Last: what has it is complete.
        held.save(self._memory(name))

    def _memory(self, name: str) -> Path:
        return self.directory / name / "belongings.json"
