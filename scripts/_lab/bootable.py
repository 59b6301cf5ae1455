"""A disk image of some 12 MB that boots by itself, and the proof that it does.

Debian's kernel and busybox on a FAT disk with syslinux, put together without mounting anything. The guest says its
line on the serial console and switches itself off.
"""

from __future__ import annotations

import io
import os
import selectors
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from . import cpio
from .command import Run
from .errors import LabError

MARKER = "LAB-IMAGE-BOOTED"
DISK_BYTES = 24 * 1024**2
KERNEL = "linux-image-cloud-amd64"
BUSYBOX = Path("/bin/busybox")
APPLETS = ("sh", "mount", "echo", "cat", "cut", "poweroff")
INIT = f"""\
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
echo "{MARKER} $(cut -d' ' -f1-3 /proc/version)" > /dev/ttyS0
poweroff -f
"""
BOOT_MENU = """\
SERIAL 0 115200
DEFAULT lab
PROMPT 0
TIMEOUT 1
LABEL lab
 KERNEL vmlinuz
 INITRD initrd.xz
 APPEND console=ttyS0 quiet panic=1
"""


def make_image(run: Run, path: Path) -> None:
    """Write the image, whole or not at all."""
    with TemporaryDirectory(prefix="glance-lab-", dir=path.absolute().parent) as name:
        work = Path(name)
        (work / "vmlinuz").write_bytes(fetch_kernel(run, work))
        (work / "initrd.xz").write_bytes(cpio.compress(cpio.pack(initial_files(BUSYBOX.read_bytes()))))
        (work / "syslinux.cfg").write_text(BOOT_MENU)
        disk = work / "disk.raw"
        disk.touch()
        os.truncate(disk, DISK_BYTES)
        run(["mkfs.vfat", "-F", "16", "-n", "LABIMG", str(disk)])
        run(["mcopy", "-i", str(disk), *(str(work / file) for file in ("vmlinuz", "initrd.xz", "syslinux.cfg")), "::"])
        run(["syslinux", "--install", str(disk)])
        run(["qemu-img", "convert", "-q", "-O", "qcow2", "-c", str(disk), str(work / "image")])
        (work / "image").replace(path)


def initial_files(busybox: bytes) -> dict[str, cpio.Member]:
    """Return what the guest consists of beside its kernel."""
    members = {name: cpio.directory() for name in ("bin", "dev", "proc")}
    members |= {"init": cpio.program(INIT.encode()), "bin/busybox": cpio.program(busybox)}
    return members | {f"bin/{applet}": cpio.link("busybox") for applet in APPLETS}


def fetch_kernel(run: Run, work: Path) -> bytes:
    """Download Debian's newest cloud kernel and return its boot file."""
    dependencies = run(["apt-cache", "depends", "--important", KERNEL]).splitlines()
    packages = [line.split()[-1] for line in dependencies if "Depends: linux-image-" in line]
    if not packages:
        raise LabError(f"apt knows no package {KERNEL} here.", "Run: apt-get update (needs a Debian mirror for amd64)")
    # apt's own sandbox user could not write into our private directory.
    download = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "-o", f"Dir::Cache={work}", "download", packages[0]]
    run(["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", str(work), *download])
    deb = next(work.glob("*.deb"))
    run(["dpkg-deb", "--extract", str(deb), str(work / "kernel")])
    return next((work / "kernel" / "boot").glob("vmlinuz-*")).read_bytes()


def boot_argv(path: Path) -> list[str]:
    """Build the qemu command: software emulation, serial console on its output, the image unchanged.

    Emulation is always chosen: a machine may offer /dev/kvm and then hang in the guest's BIOS.
    """
    return [
        "qemu-system-x86_64", "-machine", "pc", "-accel", "tcg", "-cpu", "max", "-m", "256", "-smp", "1",
        "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot", "-snapshot",
        "-drive", f"file={path},if=virtio,format=qcow2", "-serial", "stdio",
    ]  # fmt: skip


def boot(path: Path, marker: str, timeout: float) -> tuple[float, str]:
    """Boot an image; return the seconds until its console said the marker, and the line it said it in.

    Raises:
        LabError: There is no image, or it did not say so in time.
    """
    if not path.is_file():
        raise LabError(f"There is no image {path}.", f"Make one with: scripts/lab bootable-image {path}")
    begin = time.monotonic()
    with subprocess.Popen(
        boot_argv(path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as guest:
        try:
            line = listen(guest, marker, begin + timeout)
        finally:
            guest.kill()
    return time.monotonic() - begin, line


def listen(guest: subprocess.Popen[bytes], marker: str, deadline: float) -> str:
    """Read a guest's console until a whole line holds the marker."""
    console = ""
    if guest.stdout is None:
        raise LabError("The guest has no console.")
    with selectors.DefaultSelector() as selector:
        selector.register(guest.stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(guest.stdout.fileno(), io.DEFAULT_BUFFER_SIZE)
            if not chunk:
                break
            console += chunk.decode(errors="replace")
            for line in console.splitlines(keepends=True):
                if marker in line and line.endswith("\n"):
                    return line[line.index(marker) :].strip()
    last = ([line.strip() for line in console.splitlines() if line.strip()] or ["nothing"])[-1]
    raise LabError(f"The image did not say {marker!r} on its console; it said last: {last}")
