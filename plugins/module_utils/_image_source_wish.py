# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""What the user says about where an image comes from, checked before anybody is asked."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ._image_digest import Digests, parse_checksum
from ._image_network import shown
from ._plan import DeployError


@dataclasses.dataclass(frozen=True)
class SourceWish:
    """What the user says about where the image comes from.

    Attributes:
        urls: Addresses of the same file, the first choice first.
        path: A file on this host; it is used instead of the addresses.
        checksum: The digest that the file must have; empty only when it is waived.
        disk_format: Glance's name of the format that the file must have.
        fallback_builtin: Whether the built-in image may stand in when no address answers.
        cache_dir: Where files are kept, and where a broken download goes on.
    """

    urls: tuple[str, ...]
    path: str
    checksum: Digests
    disk_format: str
    fallback_builtin: bool
    cache_dir: pathlib.Path


def source_wish(params: Mapping[str, Any]) -> SourceWish:
    """Return the wish that module parameters express.

    Raises:
        DeployError: A URL is not http or https, names a password, or nothing tells whether its file is the right one.
    """
    urls = tuple(params["urls"])
    for url in urls:
        _accept(url)
    checksum = parse_checksum(params["checksum"])
    if urls and not params["path"] and not checksum and not params["checksum_waived"]:
        raise DeployError(
            f"There is no checksum for {shown(urls[0])}.",
            "Set checksum (glance_image_checksum, sha512:...), or checksum_waived if any content is welcome.",
        )
    return SourceWish(
        urls=urls,
        path=params["path"] or "",
        # Of what, if nothing is named? The built-in image has its own.
        checksum=checksum if urls or params["path"] else {},
        disk_format=params["disk_format"],
        fallback_builtin=params["fallback_builtin"],
        cache_dir=pathlib.Path(params["cache_dir"]),
    )


def _accept(url: str) -> None:
    if not _readable(url):
        # Not shown: nobody knows where its password would end.
        raise DeployError(
            "One of urls is not an address.", "Check the port; write special characters as %20 and so on."
        )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        # Without a host nobody knows where its password would end.
        told = shown(url) if parts.hostname else "One of urls"
        raise DeployError(f"{told} is not the address of a web server.", "Use http:// or https://; path for a file.")
    if "@" in parts.netloc:
        raise DeployError(f"The address {shown(url)} holds a user name.", "Fetch the file yourself and set path.")


def _readable(url: str) -> bool:
    try:
        # A port that is no number is noticed only when somebody asks for it.
        return urlsplit(url).port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        return False
