# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Who listens on which TCP port, read from /proc, because a fresh host has neither ss nor lsof for certain."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import sys
from collections.abc import Collection
from pathlib import Path

from ._host_preflight import Listener

LISTEN = "0A"
PROC = Path("/proc")


def listeners(ports: Collection[int], proc: Path = PROC) -> list[Listener]:
    """Return everybody who listens on one of the ports.

    Args:
        ports: The ports of interest.
        proc: Where the kernel's files are.
    """
    sockets = {
        inode: (port, address)
        for table in ("tcp", "tcp6")
        for inode, port, address in _sockets(proc / "net" / table)
        if port in ports
    }
    holders = _holders(set(sockets), proc) if sockets else {}
    return sorted(
        (_listener(port, address, holders.get(inode), proc) for inode, (port, address) in sockets.items()),
        key=lambda listener: (listener.port, listener.address),
    )


def address(text: str) -> str:
    """Return an address from the kernel's hexadecimal form: words of four bytes in the machine's byte order."""
    words = [int(text[start : start + 8], 16).to_bytes(4, sys.byteorder) for start in range(0, len(text), 8)]
    found = ipaddress.ip_address(b"".join(words))
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _sockets(table: Path) -> list[tuple[str, int, str]]:
    """Return inode, port and address of each listening socket; none where the kernel lacks the protocol."""
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return []
    found = []
    for row in rows:
        where, _, port = row[1].partition(":")
        if row[3] == LISTEN:
            found.append((row[9], int(port, 16), address(where)))
    return found


def _holders(inodes: set[str], proc: Path) -> dict[str, int]:
    """Return the process that holds each socket, the oldest where several share it."""
    found: dict[str, int] = {}
    for pid in sorted(int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()):
        # Processes come and go while we look.
        with contextlib.suppress(OSError):
            for link in (proc / str(pid) / "fd").iterdir():
                with contextlib.suppress(OSError):
                    match = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
                    if match and match[1] in inodes:
                        found.setdefault(match[1], pid)
    return found


def _listener(port: int, where: str, pid: int | None, proc: Path) -> Listener:
    if pid is None:
        return Listener(port, where)
    directory = proc / str(pid)
    arguments = _text(directory / "cmdline").split("\0")[:2]
    names = [_text(directory / "comm").strip(), *(Path(word).name for word in arguments)]
    units = re.findall(r"[^/\n]+\.(?:service|scope)", _text(directory / "cgroup"))
    return Listener(port, where, pid, tuple(dict.fromkeys(filter(None, names))), units[-1] if units else "")


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
