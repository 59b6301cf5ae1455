# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What bytes are, in short: their number and their digests, and when two descriptions speak of the same bytes."""

from __future__ import annotations

import dataclasses
import hashlib
import queue
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from ._plan import DeployError

# By algorithm, in lower-case hexadecimal. Whoever knows only some algorithms gives only those.
Digests = Mapping[str, str]

# Strongest first: two descriptions are compared by the best algorithm that both know.
ALGORITHMS = ("sha512", "sha256", "md5")
REPORTED = "sha512"
CHUNK = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Measured:
    """Bytes, as far as they are known.

    Attributes:
        size: Their number.
        digests: Their digests; none while nobody has read them.
    """

    size: int
    digests: Digests


class Meter:
    """Measures bytes that somebody moves, while they are moved: a thread for each algorithm keeps up beside.

    Args:
        algorithms: Names out of ALGORITHMS.
    """

    def __init__(self, algorithms: Iterable[str]) -> None:
        self._size = 0
        self._hashers = {name: _Hasher(name) for name in algorithms}

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks as they come."""
        for chunk in chunks:
            self._size += len(chunk)
            for hasher in self._hashers.values():
                hasher.put(chunk)
            yield chunk

    def measured(self) -> Measured:
        """Return what came through; nothing may come any more."""
        return Measured(self._size, {name: hasher.digest() for name, hasher in self._hashers.items()})


class _Hasher:
    """One algorithm at work."""

    def __init__(self, algorithm: str) -> None:
        # MD5 is what Glance calls `checksum`: a fingerprint here, never a protection.
        self._hash = hashlib.new(algorithm, usedforsecurity=False)
        # Short: whoever reads faster than this hashes has to wait, and memory stays small.
        self._chunks: queue.Queue[bytes] = queue.Queue(maxsize=4)
        # A daemon: bytes that never come to their end keep nobody from ending.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, chunk: bytes) -> None:
        self._chunks.put(chunk)

    def digest(self) -> str:
        self._chunks.put(b"")
        self._thread.join()
        return self._hash.hexdigest()

    def _run(self) -> None:
        for chunk in iter(self._chunks.get, b""):
            self._hash.update(chunk)


def measure(chunks: Iterable[bytes], algorithms: Iterable[str] = ALGORITHMS) -> Measured:
    """Read a stream once, holding a few chunks at a time."""
    meter = Meter(algorithms)
    for _ in meter.through(chunks):
        pass
    return meter.measured()


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file from where it stands to its end."""
    return iter(lambda: file.read(CHUNK), b"")


def same_bytes(one: Digests, other: Digests) -> bool | None:
    """Tell whether two descriptions are of the same bytes; None when they share no algorithm."""
    for name in ALGORITHMS:
        if one.get(name) and other.get(name):
            return one[name] == other[name]
    return None


def telling(descriptions: Iterable[Digests]) -> frozenset[str]:
    """Return the algorithms that compare bytes with each of these descriptions, and the one that results report."""
    return frozenset(
        {REPORTED, *(next((name for name in ALGORITHMS if one.get(name)), REPORTED) for one in descriptions)}
    )


def parse_checksum(text: str) -> Digests:
    """Return the digest that `algorithm:hexadecimal` names, nothing for an empty text.

    Raises:
        DeployError: The text is not of that form.
    """
    if not text.strip():
        return {}
    name, _, value = text.strip().lower().partition(":")
    if name not in ALGORITHMS:
        known = ", ".join(ALGORITHMS)
        raise DeployError(f"The checksum {text!r} names no known algorithm.", f"Write algorithm:hexadecimal ({known}).")
    digits = hashlib.new(name, usedforsecurity=False).digest_size * 2
    if not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
        raise DeployError(f"The checksum {text!r} is not {name}.", f"{name} has {digits} hexadecimal digits.")
    return {name: value}
