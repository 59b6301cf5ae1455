# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""An image as Glance describes it, and what one means to ask of a Glance."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from ._image_digest import Digests, same_bytes

# The property that marks an image as uploaded by us; its value is the sha512 that the bytes had before they left.
PROOF = "glance_deploy_proof"
# Its value until the bytes are all read, where nobody had to read them before.
UNPROVED = "unproved"
# On a built-in image, the addresses that it stands in for, as a fingerprint.
STANDS_FOR = "glance_deploy_stands_for"

ACTIVE = "active"
_TEXTS = ("id", "name", "status", "visibility", "disk_format", "owner")
# What an upload that was killed leaves behind.
_UNFINISHED = frozenset({"queued", "saving", "uploading", "importing", "killed"})


@dataclasses.dataclass(frozen=True)
class Image:
    """One image in Glance.

    Attributes:
        id: Its id.
        name: Its name.
        status: Its status; only `active` means that it can be used.
        size: Bytes, 0 while there are none.
        visibility: Who may see it.
        disk_format: Glance's name of the format.
        owner: Id of the project that it belongs to.
        digests: What Glance recorded: md5 always, since Rocky also a stronger one.
        proof: sha512 that we wrote down before uploading, empty for an image that is not ours.
        record: All that Glance said.
    """

    id: str
    name: str
    status: str
    size: int
    visibility: str
    disk_format: str
    owner: str
    digests: Digests
    proof: str
    record: Mapping[str, Any] = dataclasses.field(repr=False)

    @property
    def leftover(self) -> bool:
        """Whether we began it and never finished: our mark, and no bytes or not those that we meant."""
        if not self.proof:
            return False
        return (
            self.proof == UNPROVED
            or self.status in _UNFINISHED
            or same_bytes(self.digests, {"sha512": self.proof}) is False
        )

    def summary(self) -> dict[str, Any]:
        """Return what a result tells about the image."""
        names = ("id", "name", "status", "size", "visibility", "disk_format", "checksum", "os_hash_value")
        return {name: self.record.get(name) for name in names}


def image_from(record: Mapping[str, Any]) -> Image:
    """Return the image that a record of the API, version 2, describes."""
    digests = (("md5", record.get("checksum")), (record.get("os_hash_algo"), record.get("os_hash_value")))
    return Image(
        **{name: str(record.get(name) or "") for name in _TEXTS},
        size=record.get("size") or 0,
        digests={str(name): str(value) for name, value in digests if name and value},
        proof=str(record.get(PROOF) or ""),
        record=record,
    )


class ImageService(Protocol):
    """What is asked of a Glance; every method raises DeployError for what goes wrong."""

    project_id: str

    def find(self, name: str) -> Sequence[Image]:
        """Return all visible images of a name, the oldest first."""

    def show(self, image_id: str) -> Image:
        """Return one image."""

    def create(self, attributes: Mapping[str, Any]) -> Image:
        """Create an image without bytes."""

    def update(self, image_id: str, changes: Mapping[str, Any], present: Iterable[str]) -> Image:
        """Change attributes; `present` are those that the image has already."""

    def upload(self, image_id: str, chunks: Iterable[bytes], size: int, store: str = "") -> None:
        """Give an image its bytes."""

    def download(self, image_id: str) -> Iterable[bytes]:
        """Yield an image's bytes."""

    def delete(self, image_id: str) -> None:
        """Remove an image; one that is gone already is no fault."""
