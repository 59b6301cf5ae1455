"""What this machine has, lacks and needs before it can carry a lab."""

from __future__ import annotations

import os
import resource
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .command import SYSTEM_PATH, Run
from .errors import LabError

# Program -> the Debian package that brings it.
HOST_TOOLS: Mapping[str, str] = {
    "podman": "podman",
    "/usr/lib/podman/netavark": "netavark",
    # netavark's firewall: the first up to Debian 12, the second since.
    "iptables": "iptables",
    "nft": "nftables",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "mmdebstrap": "mmdebstrap",
    "apt-config": "apt",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}
IMAGE_TOOLS: Mapping[str, str] = {
    "qemu-img": "qemu-utils",
    "syslinux": "syslinux",
    "mcopy": "mtools",
    "mkfs.vfat": "dosfstools",
    "/bin/busybox": "busybox-static",
}
BOOT_TOOLS: Mapping[str, str] = {"qemu-system-x86_64": "qemu-system-x86"}
CAP_SYS_RESOURCE = 1 << 24
MOST_OPEN_FILES = 1 << 20


@dataclass(frozen=True)
class Engine:
    """How podman has to be called on this machine."""

    runtime: str = ""
    cgroup_manager: str = "systemd"
    ulimits: tuple[str, ...] = ()


def require_root(command: str, user: int | None = None) -> None:
    """Refuse to start what only root can do.

    Raises:
        LabError: This process is not root's.
    """
    if (os.geteuid() if user is None else user) != 0:
        raise LabError("The lab needs root: its hosts run their own systemd.", f"Run: sudo scripts/lab {command}")


def missing_packages(tools: Mapping[str, str]) -> list[str]:
    """Name the packages whose program is not here."""
    path = f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_PATH}"
    return sorted({package for tool, package in tools.items() if not is_here(tool, path)})


def is_here(tool: str, path: str) -> bool:
    """Tell whether a program, or a file named by its whole path, is on this machine."""
    return Path(tool).exists() if tool.startswith("/") else shutil.which(tool, path=path) is not None


def require_tools(run: Run, tools: Mapping[str, str], *, install: bool) -> None:
    """Make sure of the programs; install them only when the user said so.

    Raises:
        LabError: Some are missing and may not be installed.
    """
    missing = missing_packages(tools)
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if not install:
        raise LabError(
            f"Missing here: {', '.join(missing)}.",
            f"Add --install-missing, or run: {'' if os.geteuid() == 0 else 'sudo '}{' '.join(command)}",
        )
    say(f"Installing on this machine: {', '.join(missing)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], env=environment)
    run(command, env=environment)


def say(line: str) -> None:
    """Report progress; standard output belongs to results."""
    print(line, file=sys.stderr, flush=True)


def inspect_engine(run: Run, *, install: bool) -> Engine:
    """Find out how podman has to be called here."""
    facts = "{{.Host.CgroupManager}} {{.Host.CgroupsVersion}} {{.Host.OCIRuntime.Name}}"
    manager, version, runtime = run(["podman", "info", "--format", facts]).split()
    # crun refuses machines that mount version 1 and version 2 control groups side by side.
    use_runc = version == "v1" and runtime != "runc"
    if use_runc:
        require_tools(run, {"runc": "runc"}, install=install)
    return Engine("runc" if use_runc else "", manager, needed_ulimits())


def needed_ulimits() -> tuple[str, ...]:
    """Return the limits that podman must be told because its own defaults are beyond reach here."""
    status = Path("/proc/self/status").read_text().split("CapEff:")[1].split()[0]
    if int(status, 16) & CAP_SYS_RESOURCE:
        return ()
    return limits_within(
        resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        resource.getrlimit(resource.RLIMIT_NPROC)[1],
        int(Path("/proc/sys/kernel/pid_max").read_text()),
    )


def limits_within(open_files: int, processes: int, pid_max: int) -> tuple[str, ...]:
    """Return limits that a process without CAP_SYS_RESOURCE may set.

    Args:
        open_files: Its own hard limit of open files.
        processes: Its own hard limit of processes.
        pid_max: podman lowers its own limit of processes to this, so nothing it starts may have more.
    """
    files = MOST_OPEN_FILES if open_files == resource.RLIM_INFINITY else min(open_files, MOST_OPEN_FILES)
    most = pid_max if processes == resource.RLIM_INFINITY else min(processes, pid_max)
    return (f"nofile={files}:{files}", f"nproc={most}:{most}")


def require_space(places: Iterable[Path], needed: int) -> None:
    """Refuse to build where the disk would run full.

    Raises:
        LabError: There is too little space.
    """
    for place in places:
        existing = next(path for path in (place, *place.parents) if path.exists())
        free = shutil.disk_usage(existing).free
        if free < needed:
            raise LabError(
                f"{existing} has {free / 2**30:.1f} GiB free; this image needs {needed / 2**30:.0f} GiB to build.",
                "Free some, or run: scripts/lab down --all --images",
            )
