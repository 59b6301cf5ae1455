# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""qcow2 without qemu: write a small image that proves a round trip, and see whether a file was cut off.

The image that is written is a real one (version 3, clean under `qemu-img check`) and always the same, byte for byte.
It does not boot: its first sector holds a sentence for whoever opens it, the rest is noise that no store can compress.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO

MAGIC = b"QFI\xfb"
CLUSTER_BITS = 16
CLUSTER = 1 << CLUSTER_BITS
VIRTUAL_SIZE = 16 * 1024 * 1024

# Guest clusters that hold data: a run from the start, and the very last one so that the image is sparse.
_GUEST_CLUSTERS = (*range(15), VIRTUAL_SIZE // CLUSTER - 1)
_SENTENCE = b"glance-deploy: this disk proves that an image service gives back what it was given. It does not boot.\n"

# Where the parts of the written file lie, in clusters. One L2 table and one refcount block cover far more than we use.
_REFCOUNT_TABLE, _REFCOUNT_BLOCK, _L1_TABLE, _L2_TABLE, _DATA = range(1, 6)

# The header that versions 2 and 3 share, and what version 3 appends (features, refcount order, header length).
_HEADER = struct.Struct(">4sIQIIQIIQQIIQ")
_HEADER_V3 = struct.Struct(">QQQII")

# 32 MiB: qemu refuses larger tables.
_MOST_L1_ENTRIES = 1 << 22

# The highest bit of a table entry says that its cluster has exactly one user and may be written in place.
_OWNED = 1 << 63
_COMPRESSED = 1 << 62
_OFFSET = 0x00FFFFFFFFFFFE00
_EXTERNAL_DATA = 1 << 2
_EXTENDED_ENTRIES = 1 << 4


@functools.lru_cache(maxsize=1)
def builtin_image() -> bytes:
    """Return the built-in image: about 1.3 MB, 16 MiB for the guest, the same bytes on every machine."""
    return write(_content(), VIRTUAL_SIZE)


def _content() -> dict[int, bytes]:
    noise = hashlib.shake_256(_SENTENCE).digest(len(_GUEST_CLUSTERS) * CLUSTER)
    clusters = {guest: noise[at * CLUSTER : (at + 1) * CLUSTER] for at, guest in enumerate(_GUEST_CLUSTERS)}
    # Zeros behind the sentence: no partition table, and nothing that could be taken for one.
    clusters[0] = _SENTENCE.ljust(CLUSTER, b"\0")
    return clusters


def write(clusters: Mapping[int, bytes], virtual_size: int) -> bytes:
    """Return a qcow2 file.

    Args:
        clusters: Contents by number of the guest's cluster, each CLUSTER bytes long.
        virtual_size: Size of the disk for the guest in bytes, at most 512 MiB (what one L2 table covers).
    """
    placed = {guest: _DATA + index for index, guest in enumerate(sorted(clusters))}
    l2_table = [placed[guest] * CLUSTER | _OWNED if guest in placed else 0 for guest in range(CLUSTER // 8)]
    parts = (
        _header(virtual_size),
        struct.pack(">Q", _REFCOUNT_BLOCK * CLUSTER),
        struct.pack(">H", 1) * (_DATA + len(clusters)),
        struct.pack(">Q", _L2_TABLE * CLUSTER | _OWNED),
        struct.pack(f">{len(l2_table)}Q", *l2_table),
    )
    return b"".join(part.ljust(CLUSTER, b"\0") for part in (*parts, *(clusters[guest] for guest in sorted(clusters))))


def _header(virtual_size: int) -> bytes:
    no_backing_file, no_encryption, no_snapshots, no_features = (0, 0), 0, (0, 0), (0, 0, 0)
    l1_entries, refcount_clusters, refcount_order = 1, 1, 4
    tables = (l1_entries, _L1_TABLE * CLUSTER, _REFCOUNT_TABLE * CLUSTER, refcount_clusters)
    common = _HEADER.pack(MAGIC, 3, *no_backing_file, CLUSTER_BITS, virtual_size, no_encryption, *tables, *no_snapshots)
    return common + _HEADER_V3.pack(*no_features, refcount_order, _HEADER.size + _HEADER_V3.size)


@dataclasses.dataclass(frozen=True)
class Header:
    """What a qcow2 file says about itself.

    Attributes:
        version: 2 or 3.
        cluster_bits: Logarithm of the cluster size.
        virtual_size: Size of the disk for the guest in bytes.
        l1_entries: Number of entries in the L1 table.
        l1_offset: Where that table lies in the file.
        features: Bits that a reader must understand; none in version 2.
    """

    version: int
    cluster_bits: int
    virtual_size: int
    l1_entries: int
    l1_offset: int
    features: int


def read_header(head: bytes) -> Header | None:
    """Return the header that a file's first bytes hold, None when they are not qcow2 version 2 or 3."""
    if len(head) < _HEADER.size + _HEADER_V3.size:
        return None
    magic, version, _, _, cluster_bits, virtual_size, _, l1_entries, l1_offset = _HEADER.unpack_from(head)[:9]
    if magic != MAGIC or version not in (2, 3) or not 9 <= cluster_bits <= 21:  # noqa: PLR2004  # limits of the format
        return None
    features = _HEADER_V3.unpack_from(head, _HEADER.size)[0] if version > 2 else 0  # noqa: PLR2004  # version 2 has none
    return Header(version, cluster_bits, virtual_size, l1_entries, l1_offset, features)


def missing_part(file: BinaryIO, size: int) -> str:
    """Say which part of a qcow2 file lies beyond its end, the empty string when none does.

    Only where a cluster starts is compared: writers may leave the last cluster shorter than the others.

    Args:
        file: The opened file.
        size: Its length in bytes.
    """
    file.seek(0)
    head = file.read(CLUSTER)
    header = read_header(head)
    if header is None and head.startswith(MAGIC) and size < _HEADER.size + _HEADER_V3.size:
        return "the end of its header"
    if header is None or header.features & _EXTERNAL_DATA:
        return ""
    for kind, offset in _offsets(file, header):
        if offset >= size:
            return f"{kind} at byte {offset}"
    return ""


def _offsets(file: BinaryIO, header: Header) -> Iterator[tuple[str, int]]:
    yield "its L1 table", header.l1_offset + max(header.l1_entries * 8 - 1, 0)
    seen = {0}
    for entry in _table(file, header.l1_offset, min(header.l1_entries, _MOST_L1_ENTRIES)):
        offset = entry & _OFFSET
        # A crafted table could name one place a million times, or places that overlap: read each cluster once.
        if offset in seen or offset % (1 << header.cluster_bits):
            continue
        seen.add(offset)
        yield "an L2 table", offset
        yield "the end of an L2 table", offset + (1 << header.cluster_bits) - 1
        yield from (("data", found) for found in _data_offsets(file, header, offset))


def _data_offsets(file: BinaryIO, header: Header, l2_offset: int) -> Iterator[int]:
    # A compressed cluster's entry keeps its offset in the bits below its length.
    compressed_offset = (1 << (62 - (header.cluster_bits - 8))) - 1
    stride = 2 if header.features & _EXTENDED_ENTRIES else 1
    for entry in itertools.islice(_table(file, l2_offset, (1 << header.cluster_bits) // 8), 0, None, stride):
        offset = entry & (compressed_offset if entry & _COMPRESSED else _OFFSET)
        if offset:
            yield offset


def _table(file: BinaryIO, offset: int, entries: int) -> Iterator[int]:
    """Yield a table's entries, a cluster at a time: a corrupt header could name billions."""
    for start in range(0, entries * 8, CLUSTER):
        # Meanwhile others have moved on in the same file.
        file.seek(offset + start)
        data = file.read(min(CLUSTER, entries * 8 - start))
        yield from struct.unpack(f">{len(data) // 8}Q", data[: len(data) // 8 * 8])
        if len(data) < CLUSTER:
            return
