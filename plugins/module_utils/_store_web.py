# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Asking stores over HTTP, with the standard library and without the proxies of the environment."""

from __future__ import annotations

import dataclasses
import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

TIMEOUT = 10.0


class Fault(Exception):  # noqa: N818  # what is wrong with a store, before it becomes an error for people
    """What is wrong with a store.

    Args:
        what: Half a sentence about it, without any secret.
        mend: What to do.
    """

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a server said.

    Attributes:
        status: HTTP status.
        headers: By name in small letters.
        body: Its first 4 MB, more than any catalogue has.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: what was signed for one address must not go to another."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def ask(request: urllib.request.Request, settings: Mapping[str, Any], where: str) -> Answer:
    """Return the answer to a request, whatever its status.

    Args:
        request: What is asked.
        settings: `ca_file` and `insecure` of the store.
        where: The server, as the message of a fault names it.

    Raises:
        Fault: Nobody answers.
    """
    try:
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_trust(settings)), _NoRedirect()
        )
        with opener.open(request, timeout=TIMEOUT) as answer:
            return _answer(answer.status, answer)
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error)
    except (OSError, ValueError, http.client.HTTPException) as error:
        # What Python says of a header that it does not like holds the header.
        reason = (
            type(error).__name__
            if isinstance(error, ValueError)
            else " ".join(str(getattr(error, "reason", error)).split())
        )
        mend = "Check the address in glance_stores, the server, and the firewall between it and this host."
        raise Fault(f"{where} does not answer: {reason}", mend) from error


def _answer(status: int, answer: Any) -> Answer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(status, headers, answer.read(4 * 1024 * 1024))


def _trust(settings: Mapping[str, Any]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.get("ca_file") or None)
    except OSError as error:
        raise Fault(
            f"ca_file {settings.get('ca_file')}: {error.strerror}", "Correct ca_file in glance_stores."
        ) from error
    if settings.get("insecure"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
