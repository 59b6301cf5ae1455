# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""The way to Keystone and Glance for everything that one process asks of them: one session, one token, bounded answers.

A token costs as much as thirty other requests, and the libraries cost more than both: whoever has credentials at hand
gets by with keystoneauth, and openstacksdk is loaded for clouds.yaml alone.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ._library import Library
from ._plan import DeployError

REQUEST_TIMEOUT = 30
# The largest honest answers, a big cloud's catalogue or a page of images, have a tenth of this.
LARGEST_ANSWER = 8 * 1024 * 1024
_REDIRECTION = 300


# osprofiler is only for tracing, but it brings eventlet along, which takes as long as all the rest.
keystoneauth = Library("keystoneauth1.session", without="osprofiler")
errors = Library("keystoneauth1.exceptions")
v3 = Library("keystoneauth1.identity.v3", without="osprofiler")

# How keystoneauth fails over an answer that is JSON, but neither the token nor the error that it takes it for.
NONSENSE = (AttributeError, LookupError, TypeError, ValueError, RecursionError)


class UnusableError(Exception):
    """The credentials cannot be used as they are; the text says why."""


def password_session(auth: Mapping[str, str], ca_file: str, verify: bool) -> Any:
    """Return the keystoneauth session for credentials: the same one, with its token, whenever they are the same.

    Args:
        auth: Credentials as keystoneauth names them, without empty ones.
        ca_file: Certificates of the authorities to trust; empty for the system's own.
        verify: Whether certificates are checked.

    Raises:
        UnusableError: Something is missing.
    """
    if not auth.get("user_domain_name") and not auth.get("user_domain_id"):
        raise UnusableError("user_domain_name or user_domain_id is missing")
    return _shared_session(tuple(sorted(auth.items())), (ca_file or True) if verify else False)


@functools.cache
def _shared_session(auth: tuple[tuple[str, str], ...], verify: bool | str) -> Any:
    # Version 3 by name: the general plugin would look the versions up once more.
    return _bounded(keystoneauth.Session(v3.Password(**dict(auth)), verify=verify, timeout=REQUEST_TIMEOUT))


def on_system(session: Any, url: str) -> Any:
    """Return what signs one request of a session as the same user's, but with their roles on the system.

    Args:
        session: The session, signed in.
        url: Address of version 3 of Keystone.
    """
    return v3.Token(url, session.get_token(), system_scope="all")


def forget_sessions() -> None:
    """Sign in anew from now on, as another process would."""
    _shared_session.cache_clear()


def cloud_session(**arguments: Any) -> tuple[Any, str]:
    """Return the session for an entry of clouds.yaml, and the address of its Keystone.

    Args:
        arguments: What openstacksdk's connect() takes.

    Raises:
        UnusableError: There is no such entry, something in it is wrong, or openstacksdk is missing.
    """
    try:
        import openstack  # noqa: PLC0415  # a third of a second that only clouds.yaml is worth
    except ImportError as error:
        raise UnusableError("clouds.yaml needs the library openstacksdk (apt install python3-openstacksdk)") from error
    try:
        connection = openstack.connect(**arguments, api_timeout=REQUEST_TIMEOUT)
        return _bounded(connection.session), str(connection.config.config["auth"].get("auth_url", ""))
    except (openstack.exceptions.SDKException, errors.ClientException, KeyError, OSError) as error:
        raise UnusableError(str(error)) from error


def _bounded(session: Any) -> Any:
    session.session.hooks["response"].append(_bound)
    return session


def _bound(response: Any, *_: Any, stream: bool = False, **__: Any) -> None:
    """Bound an answer before it is read, unless it is the stream that was asked for."""
    if not stream or response.status_code >= _REDIRECTION:
        response.raw = _Bounded(response.raw, response.url)


class _Bounded:
    """The body of an answer that is read into memory.

    Args:
        raw: The body as requests knows it.
        url: Where it comes from.
    """

    def __init__(self, raw: Any, url: str) -> None:
        self._raw = raw
        self._url = url

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, *arguments: Any, **options: Any) -> Iterator[bytes]:
        """Yield the body while it is of a size that makes sense.

        Raises:
            DeployError: It is not.
        """
        left = LARGEST_ANSWER
        for chunk in self._raw.stream(*arguments, **options):
            left -= len(chunk)
            if left < 0:
                self._raw.close()
                where = "{0.scheme}://{0.netloc}".format(urlsplit(self._url))
                raise DeployError(
                    f"What answers at {where} sends more than {LARGEST_ANSWER >> 20} MiB where a few KiB are due.",
                    "Is that the right address? See what is behind it: openstack endpoint list; ss -ltnp",
                )
            yield chunk
