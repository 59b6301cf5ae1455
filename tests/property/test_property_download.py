"""A mirror that breaks off, changes its file or lies: the file is whole and of one version, or it is not taken."""

from __future__ import annotations

import http.client
import io
import pathlib
import tempfile
import urllib.error
import urllib.request
from typing import Any

from ansible_collections.glance_deploy.openstack.plugins.module_utils._deadline import Deadline
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_download import Download, Patience
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property import hostile
from tests.property.trying import told, tried

URL = "http://mirror/disk.img"
VERSIONS = (b"0123456789abcdef" * 3, b"ANOTHER VERSION OF THE FILE")
ODD_NUMBERS = st.sampled_from(["", "0", "-1", "5", "²", "9" * 5000, "x", "0x10", " 7"])
HEADER_NAMES = [
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "ETag",
    "Last-Modified",
    "Transfer-Encoding",
    "Location",
]
VALUES = (
    ODD_NUMBERS
    | hostile.texts(max_parts=2)
    | st.sampled_from(["bytes 0-5/6", "bytes 3-5/²", "bytes */9", "text/html", "chunked", 'W/"1"', '"1"', "a\r\n b"])
)


class Wire(io.BytesIO):
    """What a socket would give."""

    def makefile(self, mode: str) -> Wire:
        del mode
        return self


class Mirror:
    """Opens URLs as urllib does, from answers as they stand on the wire."""

    def __init__(self, *answers: bytes | OSError) -> None:
        self._answers = list(answers)
        self.asked: list[Any] = []

    def open(self, request: Any, timeout: float) -> http.client.HTTPResponse:
        del timeout
        self.asked.append(request)
        answer = self.answer(request)
        if isinstance(answer, OSError):
            raise answer
        response = http.client.HTTPResponse(Wire(answer))  # type: ignore[arg-type]  # as much of a socket as it needs
        response.begin()
        if not 200 <= response.status < 300:
            raise urllib.error.HTTPError(URL, response.status, response.reason, response.headers, response)
        return response

    def answer(self, request: Any) -> bytes | OSError:
        """Return the next answer; the last one for ever."""
        del request
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Honest(Mirror):
    """Says the truth, but breaks off, and changes the file between two answers."""

    def __init__(self, cuts: list[int], changes: set[int], *, tagged: bool, ranges: bool) -> None:
        super().__init__(b"")
        self._cuts, self._changes, self._tagged, self._ranges = cuts, changes, tagged, ranges
        self.version = 0

    def answer(self, request: Any) -> bytes:
        number = len(self.asked) - 1
        self.version ^= number in self._changes
        body, tag = VERSIONS[self.version], f'"{self.version}"'
        start = 0
        if self._ranges and request.get_header("If-range") == tag:
            start = int(request.get_header("Range").removeprefix("bytes=").removesuffix("-"))
        cut = self._cuts[number] if number < len(self._cuts) else len(body)
        head = [f"HTTP/1.1 {206 if start else 200} OK", f"Content-Length: {len(body) - start}"]
        head += [f"ETag: {tag}"] if self._tagged else []
        head += [f"Content-Range: bytes {start}-{len(body) - 1}/{len(body)}"] if start else []
        return "\r\n".join([*head, "", ""]).encode() + body[start:][:cut]


def fetched(mirror: Mirror, kept: tuple[bytes, str] | None = None) -> bytes:
    slept: list[float] = []
    deadline = Deadline(600, clock=lambda: sum(slept), sleep=slept.append)
    with tempfile.TemporaryDirectory() as directory:
        part = pathlib.Path(directory, "disk.part")
        if kept:
            part.write_bytes(kept[0])
            part.with_name("disk.part.tag").write_text(kept[1])
        Download(URL, part, mirror, Patience(attempts=4), deadline).run()  # type: ignore[arg-type]  # opens URLs
        return part.read_bytes()


def ends(mirror: Mirror, kept: tuple[bytes, str] | None = None) -> None:
    found = tried(lambda: fetched(mirror, kept), DeployError)
    assert told(found) if isinstance(found, DeployError) else isinstance(found, bytes)


@settings(max_examples=250)
@given(
    st.lists(st.integers(0, 40), max_size=6),
    st.sets(st.integers(1, 5), max_size=2),
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(1, 20),
)
def test_what_arrives_is_one_version_of_the_file(
    cuts: list[int], changes: set[int], tagged: bool, ranges: bool, kept: int | None
) -> None:
    mirror = Honest(cuts, changes, tagged=tagged, ranges=ranges)
    try:
        data = fetched(mirror, (VERSIONS[0][:kept], '"0"') if kept else None)
    except DeployError:
        return
    assert data == VERSIONS[mirror.version]


@settings(max_examples=350)
@given(st.lists(st.tuples(st.sampled_from(HEADER_NAMES), VALUES), max_size=4), st.binary(max_size=30), st.data())
def test_any_answer_ends_in_a_file_or_in_our_own_words(
    headers: list[tuple[str, str]], body: bytes, data: st.DataObject
) -> None:
    status = data.draw(
        st.sampled_from(["200 OK", "206 Partial", "206", "404 \x1b[31m", "416 x", "500 x", "302 x", "999 x"])
    )
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
    answer = "\r\n".join(lines).encode("latin-1", "replace") + body
    ends(Mirror(answer), data.draw(st.none() | st.just((b"012", '"1"'))))


@settings(max_examples=100)
@given(st.sampled_from(["3", "03", "-3", "0"]) | ODD_NUMBERS, ODD_NUMBERS | st.just("6"), st.binary(max_size=4))
def test_any_rest_ends_in_a_file_or_in_our_own_words(start: str, total: str, body: bytes) -> None:
    head = f"HTTP/1.1 206 x\r\nContent-Range: bytes {start}-5/{total}\r\n\r\n".encode("latin-1")
    ends(Mirror(head + body), (b"012", '"1"'))


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.just(OSError(104, "reset")), st.binary(max_size=60))
def test_garbage_on_the_wire_ends_in_our_own_words(first: bytes | OSError, second: bytes) -> None:
    ends(Mirror(first, second))
