# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a directory can take images."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._resource import Context
from ._store_web import Fault

MOUNTS = Path("/proc/self/mountinfo")
# File systems that several hosts see alike.
SHARED = frozenset(
    {"nfs", "nfs4", "ceph", "cifs", "smb3", "glusterfs", "lustre", "gpfs", "ocfs2", "gfs2", "beegfs", "9p"}
)
MEND = "Correct its directory in glance_stores, or make room there."


def probe_file(settings: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Return how much is free below the directory, which need not exist yet.

    Raises:
        Fault: It cannot be written to, has no room, or is not the one that other hosts see.
    """
    del context
    try:
        return _ask(Path(settings["directory"]), settings)
    except OSError as error:
        raise Fault(f"{settings['directory']}: {error.strerror}", f"{MEND} Look: findmnt") from error


def _ask(directory: Path, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    there = next(path for path in (directory, *directory.parents) if path.exists())
    if not there.is_dir():
        raise Fault(f"{there} is no directory", MEND)
    found = os.statvfs(there)
    free = found.f_bavail * found.f_frsize // 1_000_000
    if found.f_flag & os.ST_RDONLY:
        raise Fault(f"{there} is read-only", f"Mount it writable: findmnt --target {there}")
    if free < settings["min_free_mb"] or (found.f_files and not found.f_favail):
        raise Fault(
            f"{there} has {free} MB and {found.f_favail} inodes free", f"{MEND} Look: df -h {there}; df -i {there}"
        )
    kind = file_system(there, MOUNTS.read_text(encoding="utf-8", errors="replace"))
    if settings["shared"] and kind not in SHARED and not kind.startswith("fuse."):
        raise Fault(
            f"{directory} is on {kind}, of this host alone: what one controller takes is missing on the others",
            "Mount what all of them share there, take another type of store, or set glance_stores_unshared=true.",
        )
    return {"free_mb": free, "file_system": kind}


def file_system(path: Path, mounts: str) -> str:
    """Return the type of the file system that a path is on, from the text of mountinfo (proc_pid_mountinfo(5))."""
    best, kind = "", "unknown"
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        point = fields.split()[4].encode().decode("unicode_escape")
        inside = path == Path(point) or Path(point) in path.parents
        if inside and len(point) >= len(best):
            best, kind = point, rest.split()[0]
    return kind
