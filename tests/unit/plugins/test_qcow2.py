from __future__ import annotations

import hashlib
import io
import json
import os
import pathlib
import subprocess
import tracemalloc
from typing import Any

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils import _qcow2

SHA512 = (
    "ec5c97983863c085374f417e547e80183a42ad27291b85c859bf7a96cb4c06a5"
    "9f8672ec32211df04a8a7618313621acb2c17dfb2726c90c5b2e3afce646ad93"
)
MIB = 1024 * 1024


def qemu_img(*arguments: str) -> str:
    done = subprocess.run(["qemu-img", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def info(path: pathlib.Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(qemu_img("info", "--output=json", str(path)))
    return found


@pytest.fixture
def builtin(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "builtin.qcow2"
    path.write_bytes(_qcow2.builtin_image())
    return path


def test_builtin_image_never_changes() -> None:
    # Clouds hold this image under its digest: a new content needs a decision, not an accident.
    assert hashlib.sha512(_qcow2.builtin_image()).hexdigest() == SHA512


def test_builtin_image_is_clean_for_qemu(builtin: pathlib.Path) -> None:
    report = json.loads(qemu_img("check", "--output=json", str(builtin)))
    assert report["check-errors"] == 0
    assert report.get("leaks", 0) == 0
    assert report.get("corruptions", 0) == 0
    assert report["allocated-clusters"] == 16


def test_builtin_image_is_what_qemu_expects(builtin: pathlib.Path) -> None:
    found = info(builtin)
    assert (found["format"], found["virtual-size"]) == ("qcow2", 16 * MIB)
    assert "backing-filename" not in found
    assert "data-file" not in found["format-specific"]["data"]


def test_guest_reads_what_was_written(builtin: pathlib.Path, tmp_path: pathlib.Path) -> None:
    raw = tmp_path / "builtin.raw"
    qemu_img("convert", "-O", "raw", str(builtin), str(raw))
    disk = raw.read_bytes()
    assert disk.startswith(b"glance-deploy: this disk proves")
    assert disk[510:512] == b"\0\0", "must not look like a disk with a partition table"
    assert any(disk[-_qcow2.CLUSTER :]), "the last cluster holds data"
    assert not any(disk[15 * _qcow2.CLUSTER : -_qcow2.CLUSTER]), "and between there is nothing"


def test_other_content_is_written_as_well(tmp_path: pathlib.Path) -> None:
    raw, written = tmp_path / "disk.raw", tmp_path / "disk.qcow2"
    raw.write_bytes(b"\0" * _qcow2.CLUSTER + b"x" * _qcow2.CLUSTER + b"\0" * (62 * _qcow2.CLUSTER))
    written.write_bytes(_qcow2.write({1: b"x" * _qcow2.CLUSTER}, 4 * MIB))
    qemu_img("check", str(written))
    assert "identical" in qemu_img("compare", "-f", "raw", "-F", "qcow2", str(raw), str(written))


def test_header_is_read_back() -> None:
    header = _qcow2.read_header(_qcow2.builtin_image()[:512])
    assert header is not None
    assert (header.version, header.cluster_bits, header.virtual_size, header.l1_entries) == (3, 16, 16 * MIB, 1)


@pytest.mark.parametrize(
    "head", [b"", b"QFI\xfb", b"x" * 512, b"QFI\xfb\0\0\0\1" + b"\0" * 200, b"QFI\xfb\0\0\0\3" * 99]
)
def test_what_is_no_header_is_none(head: bytes) -> None:
    assert _qcow2.read_header(head) is None


def missing_after(data: bytes, length: int) -> str:
    return _qcow2.missing_part(io.BytesIO(data[:length]), length)


@pytest.mark.parametrize("options", ["compat=1.1", "compat=0.10", "cluster_size=512", "extended_l2=on", "compressed"])
def test_cut_is_seen_in_images_of_qemu(tmp_path: pathlib.Path, options: str) -> None:
    raw, made = tmp_path / "disk.raw", tmp_path / "disk.qcow2"
    raw.write_bytes(hashlib.shake_256(b"data").digest(MIB) + b"\0" * MIB)
    how = ["-c"] if options == "compressed" else ["-o", options]
    qemu_img("convert", "-O", "qcow2", *how, str(raw), str(made))
    data = made.read_bytes()
    assert missing_after(data, len(data)) == ""
    for length in (len(data) - 3 * 65536, len(data) // 2, 65536, 600):
        assert missing_after(data, length), f"not seen after {length} of {len(data)} bytes"


@pytest.mark.parametrize("preallocation", ["off", "metadata", "falloc"])
def test_complete_images_of_qemu_are_complete(tmp_path: pathlib.Path, preallocation: str) -> None:
    made = tmp_path / "disk.qcow2"
    qemu_img("create", "-q", "-f", "qcow2", "-o", f"preallocation={preallocation}", str(made), "64M")
    assert missing_after(made.read_bytes(), made.stat().st_size) == ""


@pytest.mark.parametrize(
    ("length", "missing"),
    [(None, ""), (1376255, ""), (1376256 - 65536, "data at byte 1310720"), (65536 * 4, "an L2 table at byte 262144")],
)
def test_cut_of_the_builtin_image(length: int | None, missing: str) -> None:
    data = _qcow2.builtin_image()
    assert missing_after(data, len(data) if length is None else length) == missing


def test_what_is_not_qcow2_misses_nothing() -> None:
    assert missing_after(b"some raw disk" * 99, 900) == ""


def test_absurd_header_does_not_read_for_ever() -> None:
    data = bytearray(_qcow2.builtin_image())
    data[36:40] = b"\xff\xff\xff\xff"
    assert missing_after(bytes(data), len(data)).startswith("its L1 table")


def test_absurd_table_is_not_read_at_once(tmp_path: pathlib.Path) -> None:
    data = bytearray(_qcow2.builtin_image())
    entries, where = 1 << 20, len(data)
    data[36:48] = entries.to_bytes(4, "big") + where.to_bytes(8, "big")
    path = tmp_path / "disk.qcow2"
    path.write_bytes(data)
    os.truncate(path, where + 8 * entries)
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            assert _qcow2.missing_part(file, path.stat().st_size) == ""
        assert tracemalloc.get_traced_memory()[1] < 2 * MIB
    finally:
        tracemalloc.stop()
