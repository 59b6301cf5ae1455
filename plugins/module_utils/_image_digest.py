# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What bytes are, in short: their number and their digests, and when two descriptions speak of the same bytes."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from ._plan import DeployError

# By algorithm, in lower-case hexadecimal. Whoever knows only some algorithms gives only those.
Digests = Mapping[str, str]

# Strongest first: two descriptions are compared by the best algorithm that both know.
ALGORITHMS = ("sha512", "sha256", "md5")
CHUNK = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Measured:
    """Bytes that were read to their end.

    Attributes:
        size: Their number.
        digests: Their digests in every algorithm of ALGORITHMS.
    """

    size: int
    digests: Digests


def measure(chunks: Iterable[bytes]) -> Measured:
    """Read a stream once, holding one chunk at a time."""
    size = 0
    # MD5 is what Glance calls `checksum`: a fingerprint here, never a protection.
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in ALGORITHMS}
    for chunk in chunks:
        size += len(chunk)
        for one in hashes.values():
            one.update(chunk)
    return Measured(size, {name: one.hexdigest() for name, one in hashes.items()})


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file from where it stands to its end."""
    return iter(lambda: file.read(CHUNK), b"")


def same_bytes(one: Digests, other: Digests) -> bool | None:
    """Tell whether two descriptions are of the same bytes; None when they share no algorithm."""
    for name in ALGORITHMS:
        if one.get(name) and other.get(name):
            return one[name] == other[name]
    return None


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
