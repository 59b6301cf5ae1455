# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The round trip of an image through a Glance: up, active, listed, down again, and the same bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ._deadline import Deadline
from ._image_digest import REPORTED, Digests, Measured, Meter, chunks_of, measure, same_bytes, telling
from ._image_plan import Decision, ImageWish, other_bytes
from ._image_record import ACTIVE, PROOF, STANDS_FOR, UNPROVED, Image, ImageService
from ._image_source import BUILTIN, FILE, URL, Source
from ._plan import DeployError

EXISTING = "existing"

_POLL = 1.0
_DEAD = frozenset({"killed", "deleted", "pending_delete", "deactivated"})
_LOOK = "Look into /var/log/glance/glance-api.log."


@dataclasses.dataclass(frozen=True)
class RoundTrip:
    """What a round trip showed.

    Attributes:
        image: The image as Glance describes it.
        source: The module's `source`: where the bytes come from.
        expected: Digests of the bytes that should come back.
        downloaded: Size and digests of those that came back, None when they were not asked for.
        upload_seconds: How long the way up took, until the image was active; None when there was none.
        download_seconds: How long the way back took.
    """

    image: Image
    source: Mapping[str, Any]
    expected: Digests
    downloaded: Measured | None
    download_seconds: float
    upload_seconds: float | None = None

    def result(self) -> dict[str, Any]:
        """Return the module's `image`, `source` and `roundtrip`."""
        digests = self.downloaded.digests if self.downloaded else {}
        trip = {
            "uploaded": self.upload_seconds is not None,
            "upload_seconds": round(self.upload_seconds or 0.0, 2),
            "download_seconds": round(self.download_seconds, 2),
            "sha512_local": self.expected.get("sha512", ""),
            "sha512_downloaded": digests.get("sha512", ""),
            "identical": same_bytes(self.expected, digests),
        }
        return {"image": self.image.summary(), "source": dict(self.source), "roundtrip": trip}


class Prover:
    """Carries out a decision.

    Args:
        glance: Where the image goes.
        wish: The image as it should be.
        deadline: When all must be done.
    """

    def __init__(self, glance: ImageService, wish: ImageWish, deadline: Deadline) -> None:
        self._glance = glance
        self._wish = wish
        self._deadline = deadline

    def prove(self, decision: Decision, obtain: Callable[[], Source]) -> RoundTrip:
        """Make it so: leftovers away, image there, bytes back.

        Args:
            decision: What to do.
            obtain: Finds the image's bytes; called only when there is something to upload.

        Raises:
            DeployError: The image did not prove right. One that this run uploaded is removed again, no other one.
        """
        for image in decision.leftovers:
            self._glance.delete(image.id)
        if decision.found is None:
            trip = self._prove_new(obtain(), decision.stand_in)
        else:
            trip = self.read_back(self._adjusted(decision.found, decision.changes), decision.expected)
        # What is not ours stays, whatever is wished.
        if self._wish.remove and trip.image.proof:
            self._glance.delete(trip.image.id)
        return trip

    def read_back(self, image: Image, expected: Digests) -> RoundTrip:
        """Prove an image that was there before, without changing anything.

        Raises:
            DeployError: It is not listed, or does not come back as it was recorded and expected.
        """
        self._check_listed(image)
        downloaded, seconds = self._download(image, expected)
        proof = {"sha512": image.proof} if image.proof else {}
        known = {**proof, **image.digests, **expected}
        _check_same(image, image.digests, downloaded)
        if downloaded and same_bytes(expected, downloaded.digests) is False:
            raise other_bytes([image])
        return RoundTrip(image, _existing(image, self._wish, known), known, downloaded, seconds)

    def _prove_new(self, source: Source, stand_in: Image | None) -> RoundTrip:
        if source.kind != BUILTIN or stand_in is None or self._wish.remove:
            return self._upload(source)
        adopted = self._adjusted(stand_in, {STANDS_FOR: self._wish.stands_for})
        trip = self.read_back(adopted, {"sha512": adopted.proof})
        return dataclasses.replace(trip, source={**trip.source, "notes": list(source.notes)})

    def _upload(self, source: Source) -> RoundTrip:
        started = self._deadline.now()
        image = self._glance.create(self._attributes(source))
        with self._removed_on_failure(image.id):
            source = self._sent(image.id, source)
            image, digests = self._active(image.id), source.measured.digests
            upload_seconds = self._deadline.now() - started
            self._check_record(image, source)
            image = self._adjusted(image, {PROOF: digests[REPORTED]} if image.proof == UNPROVED else {})
            self._check_listed(image)
            downloaded, seconds = self._download(image, digests)
            _check_same(image, digests, downloaded)
        return RoundTrip(image, _uploaded(source), digests, downloaded, seconds, upload_seconds)

    def _sent(self, image_id: str, source: Source) -> Source:
        """Send the bytes, and return the source with the digests that they have."""
        # Whoever had to check them has read them already: once is enough.
        meter = Meter(() if source.measured.digests else (REPORTED,))
        with source.open() as file:
            self._glance.upload(image_id, meter.through(chunks_of(file)), source.measured.size)
        sent = meter.measured()
        return dataclasses.replace(source, measured=sent) if sent.digests else source

    def _adjusted(self, image: Image, changes: Mapping[str, Any]) -> Image:
        return self._glance.update(image.id, changes, image.record) if changes else image

    def _attributes(self, source: Source) -> dict[str, Any]:
        builtin = {"name": self._wish.builtin_name, STANDS_FOR: self._wish.stands_for}
        return {
            **self._wish.settings,
            **(builtin if source.kind == BUILTIN else {"name": self._wish.name}),
            "disk_format": source.disk_format,
            "container_format": self._wish.container_format,
            PROOF: source.measured.digests.get(REPORTED, UNPROVED),
        }

    @contextmanager
    def _removed_on_failure(self, image_id: str) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            try:
                self._glance.delete(image_id)
            except DeployError as second:
                raise DeployError(
                    f"{error} The image {image_id} is left behind.", f"Run again, or: openstack image delete {image_id}"
                ) from second
            raise

    def _active(self, image_id: str) -> Image:
        while True:
            image = self._glance.show(image_id)
            if image.status == ACTIVE:
                return image
            if image.status in _DEAD:
                raise DeployError(f"Image {image.name} ({image_id}) became {image.status}, not active.", _LOOK)
            self._deadline.check(f"Waiting for image {image.name} ({image_id}, {image.status}) to become active")
            self._deadline.pause(_POLL)

    def _check_record(self, image: Image, source: Source) -> None:
        wished = {
            "size": source.measured.size,
            "disk_format": source.disk_format,
            "visibility": self._wish.settings["visibility"],
        }
        wrong = [
            f"{name} is {getattr(image, name)}, not {value}"
            for name, value in wished.items()
            if getattr(image, name) != value
        ]
        if not _is_of(image, source):
            wrong.append("its checksum is not that of the source")
        if wrong:
            raise DeployError(f"Glance recorded image {image.name} ({image.id}) wrongly: {'; '.join(wrong)}.", _LOOK)

    def _check_listed(self, image: Image) -> None:
        if image.id not in [one.id for one in self._glance.find(image.name)]:
            raise DeployError(f"Image {image.name} ({image.id}) is not in the list of images.", _LOOK)

    def _download(self, image: Image, expected: Digests) -> tuple[Measured | None, float]:
        if not self._wish.read_back:
            return None, 0.0
        started = self._deadline.now()
        found = measure(self._glance.download(image.id), telling([image.digests, expected]))
        return found, self._deadline.now() - started


def _is_of(image: Image, source: Source) -> bool:
    same = same_bytes(image.digests, source.measured.digests)
    if same is None and image.digests:
        # A Glance that is set to another algorithm than everybody's: read them once more.
        with source.open() as file:
            same = same_bytes(image.digests, measure(chunks_of(file), telling([image.digests])).digests)
    return same is not False


def _check_same(image: Image, digests: Digests, downloaded: Measured | None) -> None:
    if downloaded is None or (downloaded.size == image.size and same_bytes(digests, downloaded.digests) is not False):
        return
    raise DeployError(
        f"Image {image.name} ({image.id}) came back with other bytes: {downloaded.size} of {image.size}, "
        f"sha512 {downloaded.digests['sha512'][:16]}..., not the ones that went up.",
        "Look at the store's disk, and at caches and proxies in front of Glance.",
    )


def _uploaded(source: Source) -> dict[str, Any]:
    return {
        "kind": source.kind,
        "url": source.location if source.kind == URL else "",
        "path": source.location if source.kind == FILE else "",
        "sha512": source.measured.digests["sha512"],
        "size": source.measured.size,
        "notes": list(source.notes),
    }


def _existing(image: Image, wish: ImageWish, known: Digests) -> dict[str, Any]:
    builtin = image.name == wish.builtin_name and STANDS_FOR in image.record
    note = f"{image.name} was in Glance already: no source was asked"
    again = f", remove it to ask again: openstack image delete {image.id}"
    return {
        "kind": BUILTIN if builtin else EXISTING,
        "url": "",
        "path": "",
        "sha512": known.get("sha512", ""),
        "size": image.size,
        "notes": [f"{note}{again}" if builtin else note],
    }
