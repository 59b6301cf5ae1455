"""A web server on this machine that answers as it is told: well, badly, late, or not to the end."""

from __future__ import annotations

import dataclasses
import http.server
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager


@dataclasses.dataclass(frozen=True)
class Answer:
    """How one request is answered.

    Attributes:
        body: What is sent.
        status: With which status.
        headers: With which headers besides Content-Length.
        cut: After how many bytes the line breaks, None for never.
        wait: Seconds before anything is sent.
        ranges: Whether a Range whose If-Range is our ETag gets the rest only.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    cut: int | None = None
    wait: float = 0.0
    ranges: bool = False


class Web:
    """The server, and what it was asked."""

    def __init__(self, root: str, asked: list[Mapping[str, str]]) -> None:
        self.root = root
        self.asked = asked

    def url(self, path: str = "/disk.img") -> str:
        return self.root + path


@contextmanager
def serving(*answers: Answer, **paths: Sequence[Answer]) -> Iterator[Web]:
    """Serve the answers one after the other, the last one for ever; keywords do so for paths of that name."""
    scripts = {f"/{name}": list(script) for name, script in paths.items()}
    common = list(answers)
    asked: list[Mapping[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(dict(self.headers) | {"path": self.path})
            script = scripts.get(self.path.split("?")[0], common)
            self.answer(script.pop(0) if len(script) > 1 else script[0])

        def answer(self, answer: Answer) -> None:
            time.sleep(answer.wait)
            start = self.start_of_range(answer)
            rest = answer.body[start:]
            self.send_response(206 if start else answer.status)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(answer.body) - 1}/{len(answer.body)}")
            for name, value in {"Content-Length": str(len(rest)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(rest[: answer.cut])

        def start_of_range(self, answer: Answer) -> int:
            wished = self.headers.get("Range", "")
            if not answer.ranges or not wished or self.headers.get("If-Range") != answer.headers.get("ETag"):
                return 0
            return int(wished.removeprefix("bytes=").removesuffix("-"))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
            del format, args

    with listening(Handler) as port:
        yield Web(f"http://127.0.0.1:{port}", asked)


@contextmanager
def listening(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[int]:
    """Run a server for a handler; yields its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
