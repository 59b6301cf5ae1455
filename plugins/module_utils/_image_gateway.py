# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Glance over HTTP: a keystoneauth session for the token, plain requests for the images.

Plain requests because they have been the same since 2017, while the SDK's image layer changed its arguments between the
versions that distributions carry (0.50 to 4), and because they stream: no image is ever held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ._deadline import Deadline
from ._image_digest import CHUNK
from ._image_record import Image, image_from
from ._library import Library
from ._plan import DeployError

errors = Library("keystoneauth1.exceptions")

CONNECT_TIMEOUT = 10
# As many images of one name as anybody can mean to have.
_PAGE, _MOST_PAGES = 200, 20
_LOG = "/var/log/glance/glance-api.log"
_PATCH = "application/openstack-images-v2.1-json-patch"
_NOT_FOUND = 404
_GONE = 410
# Of a store whose driver found its place read-only (glance_store's StoreAddDisabled).
_CLOSED = "store is disabled"
_CLOSED_HINT = "It could not be written to when glance-api started: mend that, then systemctl restart glance-api."

_HINTS = {
    401: "Glance could not check the token: compare [keystone_authtoken] in glance-api.conf with the user in Keystone.",
    403: "The account may not do this: give it the role admin, or set visibility to private.",
    404: "Is this the address of Glance? Run: openstack endpoint list --service image",
    409: "Somebody else works on this image: run again when that is done.",
    410: "Somebody removed the image meanwhile: run again.",
    413: "A quota, image_size_cap or a full store: look at the free space and the limits.",
    415: "Glance inspected the bytes and they are not what disk_format says: qemu-img info FILE.",
    500: f"Often region_name in [keystone_authtoken] is not a region of the catalogue; the reason is in {_LOG}.",
    503: f"The store or the service is not available: systemctl status glance-api, then {_LOG}.",
}


class NotThereError(DeployError):
    """There is no Glance to ask yet: where one is only tried out, the same as a Glance without images."""


class ClosedStoreError(DeployError):
    """Glance found its store read-only when it started, and takes no image before it is started anew."""


class Glance:
    """One Glance, as one project sees it.

    Args:
        session: A signed-in keystoneauth session.
        endpoint: Address from the catalogue, with or without a version.
        project_id: Project of the token.
        deadline: When transfers must be done.

    Attributes:
        is_cached: Whether a copy of an image may stand in for what its store has: it is thrown away before a download.
    """

    def __init__(self, session: Any, endpoint: str, project_id: str, deadline: Deadline) -> None:
        self.project_id = project_id
        self._session = session
        self._root = re.sub(r"/v\d+(\.\d+)?$", "", endpoint.rstrip("/"))
        self._deadline = deadline
        self.is_cached = False

    def find(self, name: str) -> list[Image]:
        """Return all visible images of a name, the oldest first."""
        records: list[Mapping[str, Any]] = []
        path, query = "/v2/images", {"name": name, "limit": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            page = self._json(self._call("list images", "GET", path, params=query, connect_retries=1))
            found, path = page.get("images"), str(page.get("next") or "")
            # An address of its own host only: the token goes there.
            if not isinstance(found, list) or not all(map(_is_image, found)) or path[:1] not in ("", "/"):
                raise self._stranger()
            records += found
            if not path:
                return [image_from(record) for record in sorted(records, key=lambda one: str(one.get("created_at")))]
            # A next page's address holds the query already.
            query = {}
        raise DeployError(
            f"Glance at {self._root} lists images named {name!r} without end.",
            f"Look at them, or choose another name: openstack image list --name {name}",
        )

    def show(self, image_id: str) -> Image:
        """Return one image."""
        return self._image(self._call("show the image", "GET", f"/v2/images/{image_id}", connect_retries=1))

    def create(self, attributes: Mapping[str, Any]) -> Image:
        """Create an image without bytes."""
        return self._image(self._call("create an image", "POST", "/v2/images", json=dict(attributes)))

    def update(self, image_id: str, changes: Mapping[str, Any], present: Iterable[str]) -> Image:
        """Change attributes; `present` are those that the image has already."""
        patch = [
            {"op": "replace" if name in present else "add", "path": f"/{name}", "value": value}
            for name, value in changes.items()
        ]
        path, headers = f"/v2/images/{image_id}", {"Content-Type": _PATCH}
        return self._image(self._call("update the image", "PATCH", path, json=patch, headers=headers))

    def upload(self, image_id: str, chunks: Iterable[bytes], size: int, store: str = "") -> None:
        """Give an image its bytes, in a store that is not the default one if it is named.

        What was read cannot be sent a second time, hence no new token in between.
        """
        headers = {"Content-Type": "application/octet-stream", "x-openstack-image-size": str(size)}
        headers.update({"x-image-meta-store": store} if store else {})
        body = Body(chunks, size)
        self._transfer("upload the image", "PUT", image_id, data=body, headers=headers, allow_reauth=False)

    def download(self, image_id: str) -> Iterator[bytes]:
        """Yield an image's bytes."""
        if self.is_cached:
            # Before Zed there is no such address, and a copy may be what comes.
            self._call("forget its copy of the image", "DELETE", f"/v2/cache/{image_id}", accept=(_NOT_FOUND,))
        response = self._transfer("download the image", "GET", image_id, stream=True)
        try:
            for chunk in response.iter_content(CHUNK):
                self._deadline.check("Downloading the image")
                yield chunk
        # Everything that requests raises is an OSError.
        except OSError as error:
            raise DeployError(
                f"Glance broke off the download: {one_line(error)}", f"The reason is in {_LOG}."
            ) from error
        finally:
            response.close()

    def delete(self, image_id: str) -> None:
        """Remove an image; one that is gone already is no fault."""
        self._call("remove the image", "DELETE", f"/v2/images/{image_id}", accept=(_NOT_FOUND,))

    def _transfer(self, action: str, method: str, image_id: str, **options: Any) -> Any:
        # Debug logs of the session would read the stream: log nothing here.
        timeout = (CONNECT_TIMEOUT, max(self._deadline.left(), 1))
        return self._call(action, method, f"/v2/images/{image_id}/file", log=False, timeout=timeout, **options)

    def _call(self, action: str, method: str, path: str, accept: tuple[int, ...] = (), **options: Any) -> Any:
        try:
            response = self._session.request(f"{self._root}{path}", method, raise_exc=False, **options)
        except errors.ClientException as error:
            raise NotThereError(
                f"Glance at {self._root} did not answer the wish to {action}: {one_line(error)}",
                f"Run: systemctl status glance-api; the reason of a broken connection is in {_LOG}.",
            ) from error
        if response.status_code >= 300 and response.status_code not in accept:  # noqa: PLR2004  # HTTP: 2xx is success
            raise refusal(action, self._root, response.status_code, response.text)
        return response

    def _image(self, response: Any) -> Image:
        record = self._json(response)
        if not _is_image(record):
            raise self._stranger()
        return image_from(record)

    def _json(self, response: Any) -> dict[str, Any]:
        try:
            answer = response.json()
        # Brackets in brackets without end make Python's reader give up.
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._stranger()
        return answer

    def _stranger(self) -> NotThereError:
        return NotThereError(f"What answers at {self._root} is not Glance.", _HINTS[_NOT_FOUND])


def _is_image(record: Any) -> bool:
    return isinstance(record, dict) and bool(re.fullmatch(r"[\w-]{1,64}", str(record.get("id") or "")))


class Body:
    """Chunks as requests sends them: with their length, so that Glance can tell a broken upload from a complete one.

    Args:
        chunks: The bytes.
        size: How many they are.
    """

    def __init__(self, chunks: Iterable[bytes], size: int) -> None:
        self._chunks = iter(chunks)
        self._size = size
        self._left = size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def read(self, _: int = -1) -> bytes:
        """Return the next chunk, however few bytes were asked for: 8 KiB, as the libraries do, make a slow upload.

        Raises:
            DeployError: There are more or fewer bytes than was said.
        """
        chunk = next(self._chunks, b"")
        self._left -= len(chunk)
        if self._left < 0 or (self._left and not chunk):
            raise DeployError("The image's file changed while it was sent.", "Run again when nobody writes to it.")
        return chunk


def refusal(action: str, where: str, status: int, body: str) -> DeployError:
    """Return the error for an answer that is no success: what Glance said, and what usually mends it."""
    # Its beginning is enough, and what follows could keep the expression busy for hours.
    said = re.sub(r"<title>.*?</title>|<[^>]*>|\s+", " ", body[:4096], flags=re.DOTALL | re.IGNORECASE)
    said = re.sub(r"\s+", " ", said).strip().removeprefix(f"{status} ")[:200]
    hint = _HINTS.get(status) or (_HINTS[503] if status > 500 else f"The reason is in {_LOG}.")  # noqa: PLR2004  # HTTP
    message = f"Glance at {where} refused to {action}: HTTP {status}. {said}".rstrip()
    return (
        ClosedStoreError(message, _CLOSED_HINT) if status == _GONE and _CLOSED in said else DeployError(message, hint)
    )


def one_line(error: Exception) -> str:
    """Return what an error of a library says, for people."""
    # Libraries nest their messages; what the system said lies at the bottom.
    text = " ".join(str(error).split())
    found = re.findall(r"\[Errno -?\d+\] [\w ]+|certificate verify failed[^()']*|timed out", text)
    return f"{found[-1].strip()}." if found else text[:300]
