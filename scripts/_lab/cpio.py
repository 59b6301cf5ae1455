"""An initial RAM disk: a `newc` cpio archive, written without the cpio program."""

from __future__ import annotations

import lzma
import stat
from collections.abc import Mapping
from dataclasses import dataclass

TRAILER = "TRAILER!!!"


@dataclass(frozen=True)
class Member:
    """A file, directory or link; the mode says which."""

    mode: int
    content: bytes = b""


def directory() -> Member:
    """Return a directory."""
    return Member(stat.S_IFDIR | 0o755)


def program(content: bytes) -> Member:
    """Return a file that can be run."""
    return Member(stat.S_IFREG | 0o755, content)


def link(target: str) -> Member:
    """Return a symbolic link."""
    return Member(stat.S_IFLNK | 0o777, target.encode())


def pack(members: Mapping[str, Member]) -> bytes:
    """Write the archive; it holds no dates and no owners, so equal members give equal bytes."""
    packed = b"".join(entry(number, name, member) for number, (name, member) in enumerate(members.items(), 1))
    return packed + entry(0, TRAILER, Member(0))


def entry(number: int, name: str, member: Member) -> bytes:
    """Write one header, name and content, each padded to four bytes."""
    encoded = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(member.mode) else 1
    fields = (number, member.mode, 0, 0, links, 0, len(member.content), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return pad(header + encoded) + pad(member.content)


def pad(data: bytes) -> bytes:
    """Fill up to a multiple of four bytes."""
    return data + b"\0" * (-len(data) % 4)


def compress(archive: bytes) -> bytes:
    """Compress the way the kernel can undo: it knows the xz check CRC32 only."""
    return lzma.compress(archive, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC32, preset=9)
