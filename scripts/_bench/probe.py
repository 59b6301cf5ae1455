"""Counts what a run did to a lab host, from outside and without a login there.

A lab host has a process-number space and a network of its own. The number that its next process gets therefore counts
the processes and threads that were started on it, and nothing that this machine does besides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

Read = Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class Counters:
    """What has happened on a host since it was switched on."""

    processes: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    connections: int = 0
    sessions: int = 0

    def __add__(self, other: Counters) -> Counters:
        """Count two hosts as one."""
        return Counters(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    def since(self, before: Counters) -> dict[str, float]:
        """Return what has happened since another count."""
        return {
            # Counting starts one process itself.
            "processes": self.processes - before.processes - 1,
            "connections": self.connections - before.connections,
            "sessions": self.sessions - before.sessions,
            "kilobytes_in": (self.bytes_in - before.bytes_in) / 1000,
            "kilobytes_out": (self.bytes_out - before.bytes_out) / 1000,
        }


def count(read: Read, pid: int, *, processes_first: bool) -> Counters:
    """Count on the host whose first process is `pid` here.

    Args:
        read: Runs a program on this machine and returns its output.
        pid: The host's first process.
        processes_first: Set after a run and not before, so that what counting starts is not counted.
    """
    in_host = ["nsenter", "--target", str(pid)]

    def processes() -> int:
        return last_process(read([*in_host, "--pid", "cat", "/proc/loadavg"]))

    started = processes() if processes_first else 0
    received, sent = traffic(Path(f"/proc/{pid}/net/dev").read_text())
    journal = ["journalctl", "--quiet", "--output=cat", "--identifier=sshd", "--identifier=sshd-session"]
    connections, sessions = logins(read([*in_host, "--all", *journal]))
    return Counters(started or processes(), received, sent, connections, sessions)


def last_process(loadavg: str) -> int:
    """Read the number of the newest process from /proc/loadavg."""
    return int(loadavg.split()[4])


def traffic(table: str, interface: str = "eth0") -> tuple[int, int]:
    """Read from /proc/net/dev how many bytes came in and went out."""
    for line in table.splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == interface:
            return int(numbers.split()[0]), int(numbers.split()[8])
    return 0, 0


def logins(journal: str) -> tuple[int, int]:
    """Count in sshd's verbose journal the connections, and what was started through them."""
    lines = journal.splitlines()
    return (
        sum(line.startswith("Accepted ") and " for " in line for line in lines),
        sum(line.startswith("Starting session: ") for line in lines),
    )
