"""Disks without room, without inodes, and read-only."""

from __future__ import annotations

from ..model import Before, Fault, Shell
from .moments import IMAGE

TOLD = frozenset({1, 3, 4})
DRIFT = "sed -i '/^flavor/d' /etc/glance/glance-api.conf; "
SPACE = r"(?i)no space|disk full|\bfull\b|free|storage|room|space"
INODES = r"(?i)no space|files fit|inode|free|full|storage|room"
WRITE = r"(?i)read-only|cannot write|not writable"


# A tmpfs with what was there, made so small that nothing more fits.
SMALL = """
{stop}
mkdir -p {path} /run/copy; cp -a {path}/. /run/copy/
mode=$(stat -c %a {path}); owner=$(stat -c %u:%g {path})
mount -t tmpfs -o mode=$mode small {path}; chown $owner {path}
cp -a /run/copy/. {path}/; rm -rf /run/copy
{start}
mount -o remount,{limit} {path}"""
LIMITS = {
    "size": "size=$(($(df -k --output=used {path} | tail -n 1) + {spare}))k",
    "nr_inodes": "nr_inodes=$(($(df --output=iused {path} | tail -n 1) + {spare}))",
    "ro": "ro",
}
ROOM = {"size": "size=2g", "nr_inodes": "nr_inodes=500000", "ro": "rw"}


def small(path: str, what: str, *, spare: int = 0, unit: str = "") -> tuple[Shell, Shell]:
    """Return how a directory gets a file system of its own that is full, and room again.

    Args:
        what: `size` or `nr_inodes`: what there is too little of; `ro`: it cannot be written at all.
        spare: Kilobytes or inodes that are left.
        unit: A service that must not have files open meanwhile, or that sees other mounts than those it began with.
    """
    stop, start = (f"systemctl {verb} {unit}" if unit else "" for verb in ("stop", "start"))
    limit = LIMITS[what].format(path=path, spare=spare)
    make = SMALL.format(path=path, limit=limit, stop=stop, start=start)
    return Shell(make), Shell(f"mount -o remount,{ROOM[what]} {path}")


def read_only(path: str) -> tuple[Shell, Shell]:
    """Return how a directory becomes read-only, and writable again."""
    return Shell(f"mount --bind {path} {path}; mount -o remount,bind,ro {path}"), Shell(f"umount --lazy {path}")


def _fault(name: str, what: str, base: str, acts: tuple[Shell, Shell], sees: str, *, drift: bool = False) -> Fault:
    first = (Shell(DRIFT),) if drift else ()
    return Fault(name, what, base, Before(), (*first, acts[0]), (acts[1],), TOLD, sees)


def _late(name: str, what: str, acts: tuple[Shell, Shell], sees: str) -> Fault:
    return Fault(name, what, "ready", IMAGE, (acts[0],), (acts[1],), TOLD, sees)


STORE, API = "/var/lib/glance/images", "glance-api"
ETC = small("/etc/glance", "size")
FAULTS = (
    Fault(
        "full-etc-glance",
        "/etc/glance is full, and its configuration has to change",
        "deployed",
        Before(),
        (Shell(DRIFT), ETC[0]),
        (ETC[1],),
        TOLD,
        SPACE,
        ci=True,
    ),
    _late("full-etc-at-install", "/etc is full as the packages come", small("/etc", "size"), SPACE),
    _fault("full-var-cache-apt", "/var/cache/apt is full", "ready", small("/var/cache/apt", "size"), SPACE),
    _late("full-var-lib-dpkg", "/var/lib/dpkg is full as the packages come", small("/var/lib/dpkg", "size"), SPACE),
    _late(
        "full-var-lib-mysql",
        "MariaDB's disk is full before the tables are made",
        small("/var/lib/mysql", "size", spare=1024, unit="mariadb"),
        r"(?i)full|space|database|schema|db.sync|mariadb|mysql",
    ),
    _fault("full-store", "the image store is full", "unproven", small(STORE, "size", unit=API), SPACE),
    _fault(
        "no-inodes-etc-glance",
        "/etc/glance takes no more files",
        "deployed",
        small("/etc/glance", "nr_inodes"),
        INODES,
        drift=True,
    ),
    _fault(
        "no-inodes-var-cache-apt",
        "/var/cache/apt takes no more files",
        "ready",
        small("/var/cache/apt", "nr_inodes"),
        INODES,
    ),
    _fault(
        "no-inodes-store",
        "the image store takes no more files",
        "unproven",
        small(STORE, "nr_inodes", unit=API),
        INODES,
    ),
    _fault(
        "read-only-etc-glance",
        "/etc/glance is read-only, and has to change",
        "deployed",
        read_only("/etc/glance"),
        WRITE,
        drift=True,
    ),
    _fault(
        "read-only-store",
        "the image store is read-only",
        "unproven",
        small(STORE, "ro", unit=API),
        r"(?i)read-only|permission|storage|writ",
    ),
    _fault("read-only-usr", "/usr is read-only", "ready", read_only("/usr"), WRITE),
)
