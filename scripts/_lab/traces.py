"""What podman leaves on a machine behind the hosts it ran, and how it is undone."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from .command import Run
from .files import locked
from .podman import LABEL

CGROUPS = Path("/sys/fs/cgroup")
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
MEMORY = Path("/run/glance-deploy-lab")


def remove_cgroups(lab_id: str, root: Path = CGROUPS) -> None:
    """Remove the control groups of a lab, of every hierarchy, from the leaves up."""
    for top in [*root.glob(lab_id), *root.glob(f"*/{lab_id}")]:
        for directory, _, _ in os.walk(top, topdown=False):
            # A process that is just ending holds its group: the next `down` or a reboot gets it.
            with suppress(OSError):
                Path(directory).rmdir()


def remember_forwarding(memory: Path = MEMORY, forwarding: Path = FORWARDING) -> None:
    """Note that this machine did not forward packets before podman switched that on for the first lab."""
    with locked(memory):
        if forwarding.read_text().strip() == "0":
            (memory / "ip_forward").write_text("0\n")


def restore_forwarding(run: Run, memory: Path = MEMORY, forwarding: Path = FORWARDING) -> None:
    """Switch forwarding off again after the last lab, if it was off and no other container needs it."""
    if not memory.exists():
        return
    with locked(memory):
        if run(["podman", "network", "ls", "--quiet", "--filter", f"label={LABEL}"]) or run(
            ["podman", "ps", "--quiet"]
        ):
            return
        note = memory / "ip_forward"
        if note.exists():
            forwarding.write_text(note.read_text())
            note.unlink()
