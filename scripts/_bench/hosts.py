"""Fresh lab hosts, each for one measurement.

A host that has served is switched off and kept until the bench ends: ext4 passes over inodes that were deleted less
than five minutes ago, so that on a disk where a host was just removed apt takes half as long again.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from scripts._lab import verbs
from scripts._lab.command import run
from scripts._lab.hosts import Hosts, ssh_argv
from scripts._lab.inventory import host_variables
from scripts._lab.machine import HOST_TOOLS, inspect_engine, require_root, require_tools, say
from scripts._lab.ready import ReadyImages
from scripts._lab.state import LABS, Lab, names
from scripts._lab.wish import Wish

from . import control
from .probe import Counters, count

PREFIX = "bench-"
# Seconds after which ext4 uses a deleted inode again (recently_deleted() in Linux' fs/ext4/ialloc.c).
FORGOTTEN = 360.0
# As old as the last removal.
REMOVED = LABS.parent / "bench-hosts-removed"
# What boots a moment after the login prompt is no part of any measurement.
SETTLE = 3.0
# The first token makes Keystone load its code: nobody shall pay for that.
WARM = ". /root/admin-openrc; until openstack token issue >/dev/null 2>&1; do sleep 1; done"
# Debian 13's glance-api.service wants a Keystone beside it, and one that nobody configured starts its workers for ever.
WITHOUT_KEYSTONE = "systemctl --quiet mask keystone"
# So that the journal tells of each session in a shared connection.
VERBOSE = "echo LogLevel VERBOSE >/etc/ssh/sshd_config.d/00-bench.conf; systemctl reload ssh"


@dataclass(frozen=True)
class Site:
    """The hosts of one measurement."""

    lab: Lab
    pids: tuple[int, ...]

    @property
    def directory(self) -> Path:
        """Where files for this measurement may lie; they go with the hosts."""
        return self.lab.directory

    def ssh(self, command: str) -> list[str]:
        """Return how a command is typed on the first host."""
        return [*ssh_argv(self.lab, self.lab.hosts[0]), command]

    def read(self, command: str, data: bytes = b"") -> str:
        """Run a command on the first host and return what it prints."""
        return run(self.ssh(command), data=data)

    def put(self, source: Path) -> str:
        """Copy a file to the first host and return its path there."""
        target = f"/root/{source.name}"
        self.read(f"cat >{target}", source.read_bytes())
        return target

    def write(self, name: str, content: Mapping[str, Any]) -> Path:
        """Write a file beside the lab's; JSON is YAML."""
        path = self.directory / name
        path.write_text(json.dumps(content))
        return path

    def inventory(self) -> Path:
        """Write an inventory in which these hosts carry Glance and nothing else."""
        hosts = {host.name: host_variables(self.lab, host) for host in self.lab.hosts}
        variables = {"glance_deploy_state_dir": str(self.directory), "glance_stores_unshared": True}
        return self.write("glance-only.yml", {"all": {"vars": variables, "children": {"glance": {"hosts": hosts}}}})

    def count(self, *, processes_first: bool) -> Counters:
        """Count on all hosts together."""
        return reduce(add, (count(run, pid, processes_first=processes_first) for pid in self.pids))

    def measure(self, argv: list[str], environment: Mapping[str, str] | None = None) -> tuple[control.Outcome, Any]:
        """Run a program on this machine; return what came of it and what it did to the hosts."""
        before = self.count(processes_first=False)
        outcome = control.run(argv, self.lab.root.parents[1], environment)
        done = self.count(processes_first=True).since(before)
        return outcome, {**done, "peak_memory_mb": outcome.peak_memory_mb}


@dataclass(frozen=True)
class Machine:
    """This machine, which carries the hosts."""

    hosts: Hosts
    images: ReadyImages

    @contextmanager
    def fresh(self, suite: str, kind: str, number: int = 1) -> Iterator[Site]:
        """Make hosts for one measurement, and switch them off after it."""
        hosts = tuple((f"host{turn + 1}", suite) for turn in range(number))
        lab, _ = verbs.up(Wish(f"{PREFIX}{len(used()) + 1}", hosts, kind), self.hosts, self.images)
        try:
            inspect = ["podman", "inspect", "--format", "{{.State.Pid}}"]
            site = Site(lab, tuple(int(run([*inspect, lab.container(host)])) for host in lab.hosts))
            if kind == "ready":
                site.read(WARM)
            for host in lab.hosts[1:]:
                run([*ssh_argv(lab, host), WITHOUT_KEYSTONE])
            for host in lab.hosts:
                run([*ssh_argv(lab, host), VERBOSE])  # last: sshd takes no login for a moment
            time.sleep(SETTLE)
            yield site
        finally:
            for host in lab.hosts:
                self.hosts.power_off(lab, host)

    def prepare(self, suites: Sequence[str]) -> None:
        """Have the images at hand, and a disk that has forgotten what was removed for them and of an earlier bench."""
        before = {image.id for image in self.images.all()}
        self.clear()
        for suite in suites:
            self.images.ensure(suite, "ready")
        if before != {image.id for image in self.images.all()}:
            REMOVED.touch()
        left = REMOVED.stat().st_mtime + FORGOTTEN - time.time() if REMOVED.exists() else 0
        if left > 0:
            say(f"Waiting {left:.0f} s, until the disk has forgotten the files that were just removed ...")
            time.sleep(left)

    def clear(self) -> None:
        """Remove the bench's hosts, those of a killed bench as well."""
        if hosts := used():
            verbs.down(hosts, self.hosts)
            REMOVED.touch()


def used() -> list[str]:
    """Name the labs of this bench, or of an earlier one that was killed."""
    return [name for name in names() if re.fullmatch(rf"{PREFIX}\d+", name)]


def this_machine(*, install: bool) -> Machine:
    """Return this machine, made sure that it can carry hosts.

    Raises:
        LabError: It cannot.
    """
    require_root("")
    require_tools(run, HOST_TOOLS, install=install)
    hosts = Hosts(run, inspect_engine(run, install=install))
    return Machine(hosts, ReadyImages(run, hosts))
