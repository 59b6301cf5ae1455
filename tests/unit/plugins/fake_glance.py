"""A Glance in memory: what it holds, what it was asked, and how it may fail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_record import PROOF, Image, image_from
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError

PROJECT = "admin-project"


def record(image_id: str, data: bytes | None = None, proof: str = "", **attributes: Any) -> dict[str, Any]:
    """Return an image as the API describes it: active when it has data, else queued; ours when it has our mark."""
    common = {"id": image_id, "name": "cirros", "visibility": "public", "disk_format": "qcow2", "owner": PROJECT}
    filled = {"status": "queued"} if data is None else recorded(data)
    mark = {PROOF: proof} if proof else {}
    return {**common, **filled, **mark, "min_disk": 0, "min_ram": 0, **attributes}


def recorded(data: bytes) -> dict[str, Any]:
    """Return what Glance writes down about bytes."""
    return {
        "status": "active",
        "size": len(data),
        "checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "os_hash_algo": "sha512",
        "os_hash_value": hashlib.sha512(data).hexdigest(),
    }


def image(image_id: str, data: bytes | None = None, proof: str = "", **attributes: Any) -> Image:
    """Return the same as our own type."""
    return image_from(record(image_id, data, proof, **attributes))


class FakeGlance:
    """Keeps images in memory.

    Args:
        held: Images that are there, with their bytes.
        faults: By method, what goes wrong in it.
        after_upload: What a show tells after an upload, one after the other; nothing for the truth.
        spoil: Changes bytes on their way back.
        unlisted: Whether the list forgets new images.
    """

    project_id = PROJECT

    def __init__(
        self,
        *held: tuple[dict[str, Any], bytes],
        faults: Mapping[str, BaseException] | None = None,
        after_upload: Iterable[Mapping[str, Any]] = (),
        spoil: bytes | None = None,
        unlisted: bool = False,
    ) -> None:
        self.records = {one["id"]: one for one, _ in held}
        self.data = {one["id"]: data for one, data in held}
        self.calls: list[str] = []
        self._faults = dict(faults or {})
        self._after_upload = list(after_upload)
        self._spoil = spoil
        self._unlisted = unlisted

    def _called(self, name: str, detail: str = "") -> None:
        self.calls.append(f"{name} {detail}".strip())
        if name in self._faults:
            raise self._faults[name]

    def find(self, name: str) -> list[Image]:
        """Return all images of a name."""
        self._called("find", name)
        return [] if self._unlisted else [image_from(one) for one in self.records.values() if one["name"] == name]

    def show(self, image_id: str) -> Image:
        """Return one image."""
        self._called("show", image_id)
        told = self._after_upload.pop(0) if self._after_upload else {}
        return image_from({**self.records[image_id], **told})

    def create(self, attributes: Mapping[str, Any]) -> Image:
        """Create an image without bytes."""
        self._called("create", attributes["name"])
        self.records["new"] = record("new", **attributes)
        return image_from(self.records["new"])

    def update(self, image_id: str, changes: Mapping[str, Any], present: Iterable[str]) -> Image:
        """Change attributes."""
        del present
        self._called("update", image_id)
        self.records[image_id].update(changes)
        return image_from(self.records[image_id])

    def upload(self, image_id: str, chunks: Iterable[bytes], size: int, store: str = "") -> None:
        """Give an image its bytes."""
        self._called("upload", f"{image_id} {store}".strip())
        self.data[image_id] = b"".join(chunks)
        if len(self.data[image_id]) != size:
            raise DeployError("The size is wrong.")
        self.records[image_id].update(recorded(self.data[image_id]), **({"stores": store} if store else {}))

    def download(self, image_id: str) -> Iterable[bytes]:
        """Yield an image's bytes."""
        self._called("download", image_id)
        yield self.data[image_id] if self._spoil is None else self._spoil

    def delete(self, image_id: str) -> None:
        """Remove an image."""
        self._called("delete", image_id)
        self.records.pop(image_id, None)
