from __future__ import annotations

import io

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_format import detect, objection
from ansible_collections.glance_deploy.openstack.plugins.module_utils._qcow2 import builtin_image

QCOW2 = builtin_image()
ISO = b"\0" * 0x8001 + b"CD001" + b"\0" * 4096
PAGE = b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (QCOW2, "qcow2"),
        (b"QFI\xfb\0\0\0\1", "raw"),
        (b"KDMV\1\0\0\0", "vmdk"),
        (b"# Disk DescriptorFile\nversion=1", "vmdk"),
        (b"conectix", "vhd"),
        (b"vhdxfile", "vhdx"),
        (b"<<< Oracle VM VirtualBox Disk Image >>>\n".ljust(64, b"\0") + b"\x7f\x10\xda\xbe", "vdi"),
        (ISO, "iso"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b"BZh91AY", "bzip2"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"PK\x03\x04", "zip"),
        (PAGE, "html"),
        (b"\xef\xbb\xbf\r\n <HTML>", "html"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "html"),
        (b"\0" * 510 + b"\x55\xaa", "raw"),
        (b"", "raw"),
    ],
)
def test_detect(head: bytes, name: str) -> None:
    assert detect(head) == name


def test_fixed_vhd_is_known_by_its_end() -> None:
    assert detect(b"\0" * 512, b"conectix".ljust(512, b"\0")) == "vhd"


@pytest.mark.parametrize(
    ("data", "declared", "reason", "hint"),
    [
        (QCOW2, "qcow2", "", ""),
        (b"\0" * 4096, "raw", "", ""),
        (ISO, "iso", "", ""),
        (b"\x1f\x8b\x08 a ramdisk", "ari", "", ""),
        (QCOW2, "raw", "it is qcow2, not raw", "Set disk_format (glance_image_disk_format) to qcow2"),
        (b"\0" * 4096, "qcow2", "it is raw, not qcow2", "Check the file"),
        (b"\xfd7zXZ\0\0", "raw", "it is xz, not raw", "Unpack it first: unxz FILE"),
        (PAGE, "qcow2", "it is a web page, not an image", "Open the address"),
        (PAGE, "ari", "it is a web page, not an image", "Open the address"),
        (b"", "raw", "it is empty", "again"),
        (QCOW2[:-65536], "qcow2", "it was cut off: data at byte 1310720 is missing", "again"),
    ],
)
def test_objection(data: bytes, declared: str, reason: str, hint: str) -> None:
    found, mend = objection(io.BytesIO(data), declared)
    assert found == reason
    assert hint in mend
