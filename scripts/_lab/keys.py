"""Keys of a lab: the one that opens its hosts, and the ones by which the hosts are known."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Iterable
from pathlib import Path

from .command import Run
from .state import Host, Lab

# User and group of each login; host.sh makes the two people with these numbers.
LOGINS = {"root": (0, "root"), "home/deploy": (1000, "deploy"), "home/plain": (1001, "plain")}


def make_key(run: Run, path: Path, comment: str) -> None:
    """Generate an ed25519 key pair without a passphrase."""
    for old in (path, path.with_name(path.name + ".pub")):
        old.unlink(missing_ok=True)
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)])


def known_hosts(keys: Iterable[tuple[Host, str]]) -> str:
    """Write known_hosts for hosts and their public keys; each is known by address and by name."""
    lines = [f"{host.ip},{host.name} {' '.join(public.split()[:2])}" for host, public in keys]
    return "\n".join(lines) + "\n"


def hosts_file(lab: Lab) -> str:
    """Write /etc/hosts so that all hosts of a lab know each other; the first is the guides' `controller` as well."""
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
    first, *others = [f"{host.ip} {host.name}" for host in lab.hosts]
    return "\n".join([*lines, f"{first} controller", *others]) + "\n"


def seed(lab: Lab, host_key: Path) -> bytes:
    """Pack what makes a host out of an image: who may log in, who it is, whom it knows."""
    authorized = lab.key.with_name(lab.key.name + ".pub").read_bytes()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        add(tar, "etc/hosts", hosts_file(lab).encode(), 0o644)
        add(tar, "etc/ssh/ssh_host_ed25519_key", host_key.read_bytes(), 0o600)
        add(tar, "etc/ssh/ssh_host_ed25519_key.pub", host_key.with_name(host_key.name + ".pub").read_bytes(), 0o644)
        for home, owner in LOGINS.items():
            add(tar, f"{home}/.ssh", None, 0o700, owner)
            add(tar, f"{home}/.ssh/authorized_keys", authorized, 0o600, owner)
    return archive.getvalue()


def add(
    tar: tarfile.TarFile, name: str, content: bytes | None, mode: int, owner: tuple[int, str] = (0, "root")
) -> None:
    """Add a file, or a directory when there is no content."""
    member = tarfile.TarInfo(name)
    member.mode, member.uid, member.gid = mode, owner[0], owner[0]
    member.uname = member.gname = owner[1]
    member.mtime = int(time.time())
    if content is None:
        member.type = tarfile.DIRTYPE
    else:
        member.size = len(content)
    tar.addfile(member, io.BytesIO(content or b""))
