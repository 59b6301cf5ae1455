"""The tiny image and the boot that proves it."""

from __future__ import annotations

import lzma
import stat
import subprocess
import time
from pathlib import Path

import pytest

from scripts._lab import cpio
from scripts._lab.bootable import MARKER, boot, boot_argv, fetch_kernel, initial_files, listen
from scripts._lab.errors import LabError
from tests.unit.lab.lab_fakes import FakeRun


def guest(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE)


def test_archive_has_header_name_content_and_end() -> None:
    archive = cpio.pack({"init": cpio.program(b"#!")})
    assert archive.startswith(b"070701" + b"00000001" + b"%08X" % (stat.S_IFREG | 0o755))
    assert b"init\0" in archive
    assert archive.index(b"#!") % 4 == 0
    assert archive.rstrip(b"\0").endswith(b"TRAILER!!!")
    assert len(archive) % 4 == 0


def test_equal_members_give_equal_bytes() -> None:
    assert cpio.pack(initial_files(b"x")) == cpio.pack(initial_files(b"x"))
    assert cpio.pack(initial_files(b"x")) != cpio.pack(initial_files(b"y"))


def test_compression_is_what_the_kernel_reads() -> None:
    packed = cpio.compress(b"archive")
    assert lzma.decompress(packed) == b"archive"
    assert lzma.LZMADecompressor().decompress(packed) == b"archive"
    assert packed[7] == lzma.CHECK_CRC32


def test_guest_says_the_marker() -> None:
    files = initial_files(b"busybox")
    assert MARKER.encode() in files["init"].content
    assert files["bin/sh"] == cpio.link("busybox")


def test_boot_is_emulated_and_changes_nothing() -> None:
    argv = boot_argv(Path("/i.qcow2"))
    assert argv[argv.index("-accel") + 1] == "tcg"
    assert "-snapshot" in argv


def test_marker_ends_the_wait() -> None:
    with guest(f"printf 'BIOS\\n\\033c{MARKER} Lin'; sleep 0.1; printf 'ux 6\\r\\n'; sleep 60") as process:
        assert listen(process, MARKER, time.monotonic() + 30) == f"{MARKER} Linux 6"
        process.kill()


@pytest.mark.parametrize("script", ["echo panic; exit 1", "echo panic; exec sleep 60"], ids=["ended", "silent"])
def test_the_last_line_is_told_when_the_marker_does_not_come(script: str) -> None:
    with guest(script) as process:
        with pytest.raises(LabError, match="it said last: panic"):
            listen(process, MARKER, time.monotonic() + 0.3)
        process.kill()


def test_no_image() -> None:
    with pytest.raises(LabError, match="There is no image") as raised:
        boot(Path("/no/such.qcow2"), MARKER, 1)
    assert "bootable-image /no/such.qcow2" in raised.value.hint


def test_unknown_kernel_package(tmp_path: Path) -> None:
    with pytest.raises(LabError) as raised:
        fetch_kernel(FakeRun(), tmp_path)
    assert "apt-get update" in raised.value.hint
