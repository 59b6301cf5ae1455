# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What the host reaches: names, a database, a Keystone. All questions are asked at once, in a bounded time."""

from __future__ import annotations

import dataclasses
import http.client
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any, Callable

from ._host_preflight import Problem

# Seconds for one connection (a fresh Keystone takes its time for the first answer), and for everything together: a
# resolver without an answer cannot be interrupted.
TIMEOUT = 12.0
DEADLINE = 15.0

ERROR = 500
IDENTITY = "application/vnd.openstack.identity-"


@dataclasses.dataclass(frozen=True)
class Question:
    """Something that only the network can answer.

    Attributes:
        where: What is asked about.
        mend: What to do when the answer is bad.
        ask: Returns what is wrong; nothing when all is well.
    """

    where: str
    mend: str
    ask: Callable[[], str]


def answers(questions: Sequence[Question], deadline: float = DEADLINE) -> list[Problem]:
    """Return what is wrong, in the order of the questions."""
    wrong = [f"no answer within {deadline:.0f} s"] * len(questions)

    def work(index: int) -> None:
        wrong[index] = questions[index].ask()

    # Daemons: what still hangs at the end dies with the process.
    threads = [threading.Thread(target=work, args=(index,), daemon=True) for index in range(len(questions))]
    end = time.monotonic() + deadline
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return [Problem(what, question.where, question.mend) for what, question in zip(list(wrong), questions) if what]


def name_question(name: str) -> Question:
    """Ask whether a name resolves here."""

    def ask() -> str:
        try:
            socket.getaddrinfo(name, None)
        except (OSError, UnicodeError):
            return "does not resolve on this host"
        return ""

    return Question(f"name {name}", "Add it to DNS, or to /etc/hosts of this host.", ask)


def database_question(host: str, port: int) -> Question:
    """Ask whether somebody listens where the database should be."""

    def ask() -> str:
        try:
            with socket.create_connection((host, port), TIMEOUT):
                return ""
        except OSError as error:
            return f"cannot be reached from this host: {error.strerror or error}"

    mend = "Check glance_database_host, the server's bind-address and the firewall between them."
    return Question(f"database {host}:{port}", mend, ask)


def identity_question(url: str) -> Question:
    """Ask whether Keystone answers at an address; no credentials are sent."""

    def ask() -> str:
        try:
            status, body = fetch(url)
        except (OSError, ValueError, http.client.HTTPException) as error:
            return f"does not answer: {' '.join(str(getattr(error, 'reason', error)).split())}"
        if is_keystone(body):
            return ""
        return f"answers HTTP {status}" + (", an error of its own" if status >= ERROR else ", but is not Keystone")

    return Question(
        f"identity service {url}", "Check auth_url in the openrc, clouds.yaml or glance_identity_auth.", ask
    )


def fetch(url: str) -> tuple[int, bytes]:
    """Return status and body of an address, whatever the status; proxies of the environment are not used."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=TIMEOUT) as answer:
            return int(answer.status), bytes(answer.read(65536))
    except urllib.error.HTTPError as error:
        return int(error.code), bytes(error.read(65536))


def is_keystone(body: bytes) -> bool:
    """Return whether this is Keystone's list of its versions, or one of them; other services have similar lists."""
    try:
        found = json.loads(body)
    # Brackets in brackets without end make Python's reader give up.
    except (ValueError, RecursionError):
        return False
    return any(str(kind.get("type", "")).startswith(IDENTITY) for kind in _media_types(found))


def _media_types(found: Any) -> list[dict[str, Any]]:
    found = found if isinstance(found, dict) else {}
    several = found.get("versions")
    versions = _list(several.get("values")) if isinstance(several, dict) else [found.get("version")]
    kinds = [kind for version in versions if isinstance(version, dict) for kind in _list(version.get("media-types"))]
    return [kind for kind in kinds if isinstance(kind, dict)]


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
