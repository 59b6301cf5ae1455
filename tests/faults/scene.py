"""The stage on which one fault happens: what acts may do, and what is noted meanwhile."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

from .lane import Lane
from .watch import PATIENCE, Outcome, Run

INVENTORY = """\
all:
  vars:
    glance_deploy_state_dir: {state}
  children:
    controller:
      hosts:
        {ip}:
          ansible_host: {ip}
          ansible_user: deploy
          ansible_ssh_private_key_file: {lab}/id_ed25519
          ansible_ssh_common_args: -o UserKnownHostsFile={lab}/known_hosts -o StrictHostKeyChecking=yes
    mariadb: {{children: {{controller: }}}}
    memcached: {{children: {{controller: }}}}
    keystone: {{children: {{controller: }}}}
    glance: {{children: {{controller: }}}}
"""


class Stage:
    """A host, the run with the fault, and what else went wrong.

    Attributes:
        problems: What was not as the fault's row says.
        seen: What users of further runs saw.
    """

    def __init__(self, lane: Lane, scratch: Path) -> None:
        self.lane = lane
        self.scratch = scratch
        self.run: Run | None = None
        self.problems: list[str] = []
        self.seen: list[str] = []

    def shell(self, script: str) -> str:
        """Run a script as root on the host, whatever its network does."""
        return self.lane.shell(script)

    def immutable(self, path: str, *, on: bool) -> None:
        """Set or clear the flag that even root respects."""
        self.lane.immutable(path, on=on)

    def kill(self, *, everything: bool) -> None:
        """End deploy.py, or it and all that it started, at once."""
        if self.run:
            self.run.kill(everything=everything)

    def interrupt(self, number: int) -> None:
        """Send deploy.py a signal."""
        if self.run:
            self.run.interrupt(number)

    def plug(self, *, on: bool) -> None:
        """Switch the host."""
        self.lane.plug(on=on)

    def cable(self, *, on: bool) -> None:
        """Take the host off its bridge, or put it back."""
        self.lane.cable(on=on)

    def release(self) -> None:
        """Let a run that is held go on."""
        if self.run:
            self.run.release()

    def settle(self) -> None:
        """Wait until the Ansible of a run whose deploy.py is gone has ended."""
        deadline = time.monotonic() + PATIENCE
        while self.run and self.run.working() and time.monotonic() < deadline:
            time.sleep(0.2)

    def control(self, script: str) -> None:
        """Run a script on the control side, in the directory that keeps the environment's secrets."""
        subprocess.run(["sh", "-ec", script], cwd=self.lane.state, check=True)

    def rest(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def second_run(self, codes: frozenset[int], sees: str, *, other_control: bool) -> None:
        """Run deploy.py once more while the first is there, and expect that."""
        where = self._other_control() if other_control else ()
        outcome = Run(self.lane, self.scratch.with_name(f"{self.scratch.name}-second"), where=where).outcome()
        self.seen.append(f"the second run: exit {outcome.code}: {outcome.said}")
        self.problems += judge("the second run", outcome, codes, sees)

    def _other_control(self) -> tuple[str, ...]:
        """Return the options of a run from elsewhere: its own inventory and state, with a copy of the secrets."""
        place = self.scratch.with_name(f"{self.scratch.name}-elsewhere")
        place.mkdir(parents=True)
        for name in ("secrets.yml", "vault.key"):
            if (self.lane.state / name).exists():
                shutil.copy2(self.lane.state / name, place / name)
        inventory = place / "hosts.yml"
        inventory.write_text(INVENTORY.format(state=place, ip=self.lane.ip, lab=self.lane.lab))
        return ("--inventory", str(inventory))


def judge(which: str, outcome: Outcome, codes: frozenset[int], sees: str) -> list[str]:
    """Return what is wrong with how a run ended."""
    wrong = []
    if outcome.code not in codes:
        wanted = " or ".join(map(str, sorted(codes)))
        wrong.append(f"{which} ended with {outcome.code}, not {wanted}: {outcome.said[:600]}")
    elif outcome.code > 0 and not re.search(sees, outcome.said):
        wrong.append(f"{which} does not say {sees!r}: {outcome.said[:600]}")
    if outcome.code in (1, 3, 4) and "→" not in outcome.said and "deploy.py:" not in outcome.said:
        wrong.append(f"{which} does not say what to do: {outcome.said[:300]}")
    if "Traceback" in outcome.text:
        wrong.append(f"{which} shows a traceback")
    return wrong
