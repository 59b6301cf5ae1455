# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Where an image's bytes come from: a file, the first URL that gives the right ones, or the image that is built in."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import io
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from ._deadline import Deadline
from ._image_digest import Digests, Measured, chunks_of, measure, same_bytes, telling
from ._image_download import Download, Patience, SourceRefusedError, SourceUnreachableError
from ._image_format import objection
from ._image_network import Probes, Route, route, shown
from ._image_source_wish import SourceWish, source_wish
from ._plan import DeployError
from ._qcow2 import builtin_image

URL, FILE, BUILTIN = "url", "file", "built-in"
KEPT = "fetched by an earlier run and kept in the cache"


@dataclasses.dataclass(frozen=True)
class Source:
    """An image's bytes, at hand.

    Attributes:
        kind: URL, FILE or BUILTIN.
        location: The URL or the path, empty for the built-in image.
        disk_format: Glance's name of the format.
        measured: Size, and the digests that had to be known so far.
        open: Opens the bytes for reading.
        notes: Why other sources were not used, one line each.
    """

    kind: str
    location: str
    disk_format: str
    measured: Measured
    open: Callable[[], BinaryIO] = dataclasses.field(repr=False)
    notes: tuple[str, ...] = ()


@functools.lru_cache(maxsize=1)
def builtin_measured() -> Measured:
    """Return size and digests of the built-in image."""
    return measure([builtin_image()])


def builtin_source(notes: tuple[str, ...] = ()) -> Source:
    """Return the built-in image as a source."""
    return Source(BUILTIN, "", "qcow2", builtin_measured(), lambda: io.BytesIO(builtin_image()), notes)


class Sources:
    """Finds the image's bytes.

    Args:
        wish: Where they may come from.
        way: How this host reaches web servers.
        patience: How long to put up with a bad line.
        deadline: When all must be done.
    """

    def __init__(self, wish: SourceWish, way: Route, patience: Patience, deadline: Deadline) -> None:
        self._wish = wish
        self._way = way
        self._patience = patience
        self._deadline = deadline
        self._digests: dict[pathlib.Path, Digests] = {}

    def known(self, compared: Iterable[Digests]) -> Digests:
        """Return what is known of the image without asking the network: of a file at hand, or as declared.

        Args:
            compared: What it will be compared with. A file is not read where there is nothing to compare.

        Raises:
            DeployError: The file at hand is not the image.
        """
        path, others = pathlib.Path(self._wish.path), list(compared)
        if self._wish.path and path.is_file():
            source = self._checked(FILE, self._wish.path, path)
            return self._measure(path, others) if others else source.measured.digests
        if self._wish.path or not self._wish.checksum or not self._cached().is_file():
            return self._wish.checksum
        digests = self._measure(self._cached(), [self._wish.checksum, *others])
        return digests if same_bytes(digests, self._wish.checksum) else self._wish.checksum

    def obtain(self) -> Source:
        """Return the image's bytes.

        Raises:
            DeployError: No source has the right ones, and the built-in image may not or must not stand in.
        """
        if self._wish.path:
            return self._checked(FILE, self._wish.path, pathlib.Path(self._wish.path))
        if self._wish.checksum and self._cached().is_file():
            try:
                return self._checked(URL, shown(self._wish.urls[0]), self._cached(), (KEPT,))
            except SourceRefusedError:
                self._cached().unlink()
        return self._fetched()

    def _fetched(self) -> Source:
        hops = [self._way.first_hop(url) for url in self._wish.urls]
        probes = Probes(hops, self._patience.timeout)
        notes: list[str] = []
        refused: SourceRefusedError | None = None
        for url, hop in zip(self._wish.urls, hops):
            found = self._try(url, probes.failure(hop))
            if isinstance(found, Source):
                return dataclasses.replace(found, notes=tuple(notes))
            notes.append(f"{shown(url)}: {found}")
            refused = found if isinstance(found, SourceRefusedError) else refused
        return self._last_resort(tuple(notes), refused)

    def _try(self, url: str, absent: str) -> Source | DeployError:
        if absent:
            return SourceUnreachableError(absent)
        try:
            return self._download(url)
        except (SourceUnreachableError, SourceRefusedError) as error:
            return error

    def _last_resort(self, notes: tuple[str, ...], refused: SourceRefusedError | None) -> Source:
        # Wrong bytes are told, not worked around: they mean a wrong address, a wrong checksum, or somebody in between.
        if refused:
            raise SourceRefusedError(f"No right image was found. {'; '.join(notes)}.", refused.hint)
        if self._wish.fallback_builtin:
            return builtin_source(notes)
        raise SourceUnreachableError(
            f"No image could be fetched. {'; '.join(notes) or 'No source is named'}.",
            "Name a mirror (urls), a proxy or a file (path), or allow the built-in image (fallback_builtin).",
        )

    def _download(self, url: str) -> Source:
        with _disk(self._wish.cache_dir):
            _private_directory(self._wish.cache_dir)
            part = self._wish.cache_dir / f"{_key(url)}.part"
            download = Download(url, part, self._way.opener(), self._patience, self._deadline)
            download.run()
            try:
                source = self._checked(URL, shown(url), part)
            except SourceRefusedError:
                download.discard()
                raise
            part.replace(self._cached())
            download.discard()
        return dataclasses.replace(source, open=lambda: self._cached().open("rb"))

    def _checked(self, kind: str, location: str, path: pathlib.Path, notes: tuple[str, ...] = ()) -> Source:
        with _disk(path), path.open("rb") as file:
            reason, hint = objection(file, self._wish.disk_format)
        if reason:
            raise SourceRefusedError(reason if kind == URL else f"{location}: {reason}.", hint)
        # What nobody declared is measured on its way to Glance.
        digests = self._measure(path, [self._wish.checksum]) if self._wish.checksum else self._digests.get(path, {})
        if same_bytes(digests, self._wish.checksum) is False:
            (name, wished), *_ = self._wish.checksum.items()
            raise SourceRefusedError(
                f"{location if kind == FILE else 'wrong bytes'}: {name} is {digests[name]}, not {wished}",
                "Compare checksum with what the publisher says; if it is right, the file is damaged or another one.",
            )
        measured = Measured(path.stat().st_size, digests)
        return Source(kind, location, self._wish.disk_format, measured, lambda: path.open("rb"), notes)

    def _measure(self, path: pathlib.Path, compared: Iterable[Digests]) -> Digests:
        # A file is asked for its digests when looking and again when uploading: read it once.
        known = self._digests.get(path, {})
        missing = telling(compared) - known.keys()
        if missing:
            with _disk(path), path.open("rb") as file:
                self._digests[path] = {**known, **measure(chunks_of(file), missing).digests}
        return self._digests[path]

    def _cached(self) -> pathlib.Path:
        # Named by its content where that is declared: mirrors share it, and a new checksum never meets an old file.
        content = str(sorted(self._wish.checksum.items())) if self._wish.checksum else " ".join(self._wish.urls)
        return self._wish.cache_dir / f"{_key(content)}.img"


def sources(params: Mapping[str, Any], deadline: Deadline) -> Sources:
    """Return the sources that module parameters name."""
    patience = Patience(timeout=params["timeout"], attempts=params["attempts"])
    return Sources(source_wish(params), route(params["proxy"] or "", params["ca_file"] or ""), patience, deadline)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _private_directory(path: pathlib.Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)


@contextmanager
def _disk(path: os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise DeployError(f"{where}: {error.strerror or error}.", f"Look on this host: ls -l {where}; df -h") from error
