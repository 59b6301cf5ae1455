# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What a file is, by its own bytes: never by its name, nor by what a server calls it."""

from __future__ import annotations

import os
from typing import BinaryIO

from . import _qcow2

RAW = "raw"
WEB_PAGE = "html"

# Enough for the signature that lies deepest, that of ISO 9660.
_HEAD = 0x8800
_TAIL = 512

# Where, which bytes, what it is. The first that fits wins.
_SIGNATURES = (
    (0, b"QFI\xfb\0\0\0\2", "qcow2"),
    (0, b"QFI\xfb\0\0\0\3", "qcow2"),
    (0, b"KDMV", "vmdk"),
    (0, b"# Disk DescriptorFile", "vmdk"),
    (0, b"conectix", "vhd"),
    (0, b"vhdxfile", "vhdx"),
    (0x40, b"\x7f\x10\xda\xbe", "vdi"),
    (0x8001, b"CD001", "iso"),
    (0, b"\x1f\x8b\x08", "gzip"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"BZh", "bzip2"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"PK\x03\x04", "zip"),
)
_PACKED = {"gzip": "gunzip", "xz": "unxz", "bzip2": "bunzip2", "zstd": "unzstd", "zip": "unzip"}

# Formats of Glance whose files can be told from others. A kernel or a ramdisk may rightly be gzip.
_TELLABLE = frozenset({"qcow2", "vmdk", "vhd", "vhdx", "vdi", "iso", RAW})


def detect(head: bytes, tail: bytes = b"") -> str:
    """Return what a file is: a disk format, html, or the name of a compression; raw when nothing else fits.

    Args:
        head: The file's first bytes; 34 KiB tell everything.
        tail: Its last 512 bytes, where a fixed VHD carries its only signature.
    """
    for offset, signature, name in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return name
    if tail[-_TAIL:].startswith(b"conectix"):
        return "vhd"
    text = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return WEB_PAGE if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")) else RAW


def objection(file: BinaryIO, declared: str) -> tuple[str, str]:
    """Return why a file cannot be an image of the declared format and what to do; two empty strings when it can.

    Args:
        file: The opened file.
        declared: Glance's name of the disk format.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _TAIL, 0))
    tail = file.read(_TAIL)
    file.seek(0)
    found = detect(file.read(_HEAD), tail)
    if not size:
        return "it is empty", "Fetch or copy it again."
    if found == WEB_PAGE:
        return "it is a web page, not an image", "Open the address in a browser: it may ask for a login or be wrong."
    if declared in _TELLABLE and found != declared:
        return f"it is {found}, not {declared}", _mend(found)
    missing = _qcow2.missing_part(file, size) if found == "qcow2" else ""
    return (f"it was cut off: {missing} is missing", "Fetch or copy it again.") if missing else ("", "")


def _mend(found: str) -> str:
    if found in _PACKED:
        return f"Unpack it first: {_PACKED[found]} FILE."
    if found == RAW:
        return "Check the file."
    return f"Set disk_format (glance_image_disk_format) to {found}, or convert it: qemu-img convert."
