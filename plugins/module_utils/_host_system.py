# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What the host is and what room it has, read without changing anything."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from ._host_preflight import Disk, System


def read_system(root: Path = Path("/")) -> System:
    """Return what the host is."""
    release = os_release(_text(root / "etc/os-release") or _text(root / "usr/lib/os-release"))
    memory = re.search(r"^MemTotal:\s+(\d+) kB", _text(root / "proc/meminfo"), re.MULTILINE)
    return System(
        id=release.get("ID", "unknown"),
        version=release.get("VERSION_ID", release.get("VERSION_CODENAME", "")),
        name=release.get("PRETTY_NAME", "an unknown system"),
        memory_mb=int(memory[1]) // 1024 if memory else 0,
        python=(sys.version_info.major, sys.version_info.minor),
        init=_text(root / "proc/1/comm").strip() or "unknown",
        root=os.geteuid() == 0,
        time=time.time(),
    )


def os_release(text: str) -> dict[str, str]:
    """Return the values of an os-release file, which is written for a shell."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name: _unquoted(value) for name, _, value in pairs}


def _unquoted(value: str) -> str:
    try:
        return "".join(shlex.split(value)[:1])
    except ValueError:
        # A quote that does not close: what stands there is all that is known.
        return value


def read_disks(paths: Iterable[str]) -> list[Disk]:
    """Return the file systems of the paths, or of their nearest parents that exist."""
    return [_disk(path) for path in dict.fromkeys(paths)]


def _disk(path: str) -> Disk:
    place = _nearest(Path(path))
    found = os.statvfs(place)
    return Disk(
        path=path,
        device=place.stat().st_dev,
        free_mb=found.f_bavail * found.f_frsize // (1024 * 1024),
        free_inodes=found.f_favail if found.f_files else None,
        read_only=bool(found.f_flag & os.ST_RDONLY),
        place=str(place),
    )


def _nearest(path: Path) -> Path:
    """Return the path or its nearest parent: what is not there yet, or may not be looked at, lies where that lies."""
    for place in (path, *path.parents):
        with contextlib.suppress(OSError):
            place.stat()
            return place
    return Path("/")


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
