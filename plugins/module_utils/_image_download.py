# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""One file from one URL, chunk by chunk: patient with a bad line, strict with a wrong answer."""

from __future__ import annotations

import dataclasses
import http.client
import pathlib
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator

from ._deadline import Deadline
from ._image_digest import CHUNK
from ._image_network import shown
from ._plan import DeployError

# Answers that another try may change.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_PARTIAL, _RANGE_REFUSED = 206, 416


class SourceUnreachableError(DeployError):
    """Nobody answered, or not to the end: another source may do, even the built-in image."""


class SourceRefusedError(DeployError):
    """Somebody answered with something that is not the image: a fault to mend, not to work around."""


class _BrokenLineError(Exception):
    """The line broke or the server is busy: try again from where it stopped."""


@dataclasses.dataclass(frozen=True)
class Patience:
    """How long to put up with a bad line.

    Attributes:
        timeout: Seconds to wait for a connection, and for the next bytes.
        attempts: How often to try in a row without getting a byte further.
        pause: Seconds before the second attempt; each later pause is twice as long.
    """

    timeout: float = 5.0
    attempts: int = 3
    pause: float = 1.0


class Download:
    """A file on its way, kept in a `.part` file that the next attempt, or the next run, goes on with.

    Args:
        url: Where it is, http or https.
        part: The file that grows.
        opener: Opens URLs, through a proxy where there is one.
        patience: When to give up.
        deadline: When all of it must be done.
    """

    def __init__(
        self,
        url: str,
        part: pathlib.Path,
        opener: urllib.request.OpenerDirector,
        patience: Patience,
        deadline: Deadline,
    ) -> None:
        self._url = url
        self._part = part
        # Which version of the file the part belongs to, in the server's own words.
        self._tag = part.with_name(part.name + ".tag")
        self._opener = opener
        self._patience = patience
        self._deadline = deadline

    def run(self) -> None:
        """Fetch the file completely.

        Raises:
            SourceUnreachableError: The server did not answer, or broke off again and again.
            SourceRefusedError: The server sent a web page.
        """
        failures = 0
        while True:
            before = self._size()
            try:
                return self._attempt()
            except _BrokenLineError as error:
                failures = 1 if self._size() > before else failures + 1
                if failures >= self._patience.attempts:
                    raise SourceUnreachableError(f"{error} (tried {failures} times)") from error
            self._deadline.pause(self._patience.pause * 2 ** (failures - 1))
            self._deadline.check(f"Fetching {shown(self._url)}")

    def discard(self) -> None:
        """Forget what was fetched: it belongs to something else than the image."""
        for file in (self._part, self._tag):
            file.unlink(missing_ok=True)

    def _size(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _attempt(self) -> None:
        with self._open() as response:
            self._refuse_page(response)
            resumed = response.status == _PARTIAL
            expected = _expected(response, self._size() if resumed else 0)
            self._remember(response)
            with self._part.open("ab" if resumed else "wb") as file:
                for chunk in self._chunks(response):
                    file.write(chunk)
        if expected is not None and self._size() != expected:
            raise _BrokenLineError(f"it broke off after {self._size()} of {expected} bytes")

    def _open(self) -> http.client.HTTPResponse:
        # The scheme was checked when the URL was accepted: http and https only.
        request = urllib.request.Request(self._url, headers=self._headers())  # noqa: S310
        try:
            response: http.client.HTTPResponse = self._opener.open(request, timeout=self._patience.timeout)
        except urllib.error.HTTPError as error:
            if error.code == _RANGE_REFUSED:
                self.discard()
            if error.code in _PASSING | {_RANGE_REFUSED}:
                raise _BrokenLineError(f"HTTP {error.code} {error.reason}") from error
            raise SourceUnreachableError(f"HTTP {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            raise _network_fault(error) from error
        return response

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": "glance-deploy"}
        # Without a tag nobody could tell whether the rest belongs to the same file.
        if self._size() and self._tag.exists():
            headers["Range"] = f"bytes={self._size()}-"
            headers["If-Range"] = self._tag.read_text(encoding="ascii")
        return headers

    def _remember(self, response: http.client.HTTPResponse) -> None:
        tag = response.headers.get("ETag", "")
        # HTTP forbids weak tags in If-Range: they vouch for the meaning, not for the bytes.
        tag = response.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag
        self._tag.unlink(missing_ok=True)
        if tag.isascii() and tag:
            self._tag.write_text(tag, encoding="ascii")

    def _refuse_page(self, response: http.client.HTTPResponse) -> None:
        if response.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
            self.discard()
            raise SourceRefusedError(
                "it is a web page, not an image", "Open the address in a browser: it may ask for a login or be wrong."
            )

    def _chunks(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        left = response.length
        while left is None or left > 0:
            self._deadline.check(f"Fetching {shown(self._url)}")
            try:
                # What has arrived, not a full chunk: a line that breaks loses nothing, a slow one meets the deadline.
                chunk = response.read1(CHUNK if left is None else min(CHUNK, left))
            except (OSError, http.client.HTTPException) as error:
                raise _network_fault(error) from error
            if not chunk:
                return
            left = None if left is None else left - len(chunk)
            yield chunk


def _expected(response: http.client.HTTPResponse, offset: int) -> int | None:
    # `length` is the rest that this answer promises; None when the server does not say.
    if response.status != _PARTIAL:
        return response.length
    start, _, total = response.headers.get("Content-Range", "").rpartition(" ")[2].partition("/")
    if start.partition("-")[0] != str(offset):
        raise SourceUnreachableError("the server resumed at another byte than it was asked to")
    # No file has a size of more digits, and Python takes a superscript for a digit, too.
    return int(total) if re.fullmatch(r"\d{1,20}", total, re.ASCII) else None


def _network_fault(error: Exception) -> Exception:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return SourceUnreachableError(f"its certificate is not trusted ({reason.verify_message})")
    if isinstance(reason, TimeoutError):
        return _BrokenLineError("nothing arrived in time")
    text = getattr(reason, "strerror", "") or str(reason) or type(reason).__name__
    return _BrokenLineError(text)
