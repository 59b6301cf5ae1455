"""Files that call themselves images: cut off, crafted or garbage, they get a sentence; whole ones are never refused."""

from __future__ import annotations

import io
import struct

from ansible_collections.glance_deploy.openstack.plugins.module_utils import _qcow2
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_format import detect, objection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.property import hostile

BUILTIN = _qcow2.builtin_image()
SMALL = _qcow2.write({0: b"x" * _qcow2.CLUSTER, 3: b"y" * _qcow2.CLUSTER}, 1024 * 1024)
HEADER = struct.Struct(">4sIQIIQIIQQIIQQQQII")
DECLARED = st.sampled_from(["qcow2", "raw", "vmdk", "vhd", "vhdx", "vdi", "iso", "ami", "{{ x }}", ""])
NUMBERS = st.sampled_from([0, 1, 8, 511, 512, 65535, 65536, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1)
LARGE = NUMBERS | st.sampled_from([2**62, 2**63 - 1, 2**63, 2**64 - 1, 0x00FFFFFFFFFFFE00]) | st.integers(0, 2**64 - 1)
FIELDS = st.tuples(
    st.sampled_from([b"QFI\xfb", b"QFI\xfa"]),
    st.sampled_from([2, 3, 4]),
    *(LARGE, NUMBERS, st.integers(0, 70) | NUMBERS, LARGE, st.sampled_from([0, 1, 2]) | NUMBERS),
    *(NUMBERS, LARGE, LARGE, NUMBERS, NUMBERS, LARGE),
    *(st.integers(0, 31) | LARGE, LARGE, LARGE, NUMBERS, NUMBERS),
)


class Counting(io.BytesIO):
    """Counts the bytes that are read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def told(data: bytes, declared: str) -> str:
    """Return what is told about a file, and see that looking at it cost no more than reading it a few times."""
    file = Counting(data)
    reason, hint = objection(file, declared)
    assert file.count <= 3 * len(data) + 256 * 1024, "one part is read again and again"
    assert bool(reason) == bool(hint)
    assert "\n" not in reason + hint
    return reason


@st.composite
def whole_images(draw: DrawFn) -> bytes:
    """A qcow2 file as other programs write them: other clusters, versions, a backing file, encryption, compression."""
    bits, version = draw(st.integers(9, 14)), draw(st.sampled_from([2, 3]))
    cluster, tables = 1 << bits, draw(st.integers(1, 4))
    backing = draw(st.sampled_from([b"", b"/etc/passwd", b"json:{}"]))
    features = draw(st.sampled_from([0, 1, 8])) if version == 3 else 0
    common = (b"QFI\xfb", version, 104 if backing else 0, len(backing), bits, tables * cluster * cluster // 8)
    places = (draw(st.sampled_from([0, 1, 2])), tables, cluster, 0, 0, 0, 0, features, 0, 0, 4, 104)
    blocks = [HEADER.pack(*common, *places) + backing]
    l2_at, data_at = 2, 2 + tables
    blocks.append(struct.pack(f">{tables}Q", *((l2_at + one) * cluster | 1 << 63 for one in range(tables))))
    for _ in range(tables):
        guests = draw(st.lists(st.integers(0, 7), max_size=3, unique=True))
        entries = [0] * (cluster // 8)
        for guest in guests:
            entries[guest] = draw(st.sampled_from([1 << 63, 1 << 62, 0])) | data_at * cluster
            data_at += 1
        blocks.append(struct.pack(f">{len(entries)}Q", *entries))
    blocks += [b"d"] * (data_at - 2 - tables)
    return b"".join(block.ljust(cluster, b"\0") for block in blocks)


@settings(max_examples=200)
@given(whole_images(), st.data())
def test_a_whole_image_is_not_refused_and_a_cut_one_is(data: bytes, draws: st.DataObject) -> None:
    assert told(data, "qcow2") == ""
    bits = struct.unpack_from(">I", data, 20)[0]
    last = len(data) - (1 << bits)
    assert told(data[: draws.draw(st.integers(104, last))], "qcow2")


@settings(max_examples=60)
@given(st.integers(0, len(BUILTIN)))
def test_our_own_image_is_refused_only_when_it_is_cut(length: int) -> None:
    reason = told(BUILTIN[:length], "qcow2")
    assert bool(reason) == (length <= len(BUILTIN) - _qcow2.CLUSTER)


@settings(max_examples=60)
@given(st.dictionaries(st.integers(0, 15), st.binary(max_size=8), max_size=3))
def test_what_we_write_is_not_refused(parts: dict[int, bytes]) -> None:
    clusters = {guest: part.ljust(_qcow2.CLUSTER, b"\0") for guest, part in parts.items()}
    assert told(_qcow2.write(clusters, 1024 * 1024), "qcow2") == ""


@settings(max_examples=350)
@given(FIELDS, st.binary(max_size=200), st.integers(0, 120), DECLARED)
def test_any_header_gets_a_sentence(fields: tuple[int, ...], rest: bytes, cut: int, declared: str) -> None:
    data = HEADER.pack(*fields) + rest
    told(data, declared)
    told(data[:cut], declared)
    header = _qcow2.read_header(data)
    assert header is None or (9 <= header.cluster_bits <= 21 and header.version in (2, 3))


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(["header", "L1", "L2"]), st.integers(0, 12), LARGE), min_size=1, max_size=4))
def test_any_table_gets_a_sentence(changes: list[tuple[str, int, int]]) -> None:
    data = bytearray(SMALL)
    for part, index, value in changes:
        at = {"header": 0, "L1": 3 * _qcow2.CLUSTER, "L2": 4 * _qcow2.CLUSTER}[part]
        struct.pack_into(">Q", data, at + 8 * index, value)
    told(bytes(data), "qcow2")


@settings(max_examples=40)
@given(st.integers(1, 64), st.booleans())
def test_a_table_that_is_named_many_times_is_read_once(times: int, is_shifted: bool) -> None:
    data = bytearray(SMALL)
    struct.pack_into(">I", data, 36, times)
    for index in range(times):
        place = 4 * _qcow2.CLUSTER + (512 * index if is_shifted else 0)
        struct.pack_into(">Q", data, 3 * _qcow2.CLUSTER + 8 * index, place)
    told(bytes(data), "qcow2")


@settings(max_examples=250)
@given(st.binary(max_size=700) | hostile.texts().map(str.encode), DECLARED)
def test_any_bytes_get_a_sentence(data: bytes, declared: str) -> None:
    found = detect(data, data[-512:])
    reason = told(data, declared)
    if declared == "raw":
        assert bool(reason) == (found != "raw" or not data)
