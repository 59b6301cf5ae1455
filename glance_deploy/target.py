"""A host as people write it: `controller`, `10.0.0.5`, `admin@host:2222`, `[fd00::5]:22`, `localhost`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from glance_deploy.errors import UsageError

FORMS = "write NAME, IP, USER@HOST:PORT, [IPV6]:PORT, or localhost for this machine"
MAX_PORT = 65535
DEFAULT_PORT = 22
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.@\\-]*\$?")


@dataclass(frozen=True)
class Target:
    """Where to log in. What is None is left to the SSH configuration of the user."""

    host: str
    port: int | None = None
    user: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether this machine itself is meant, so that no SSH is needed."""
        return self == Target("localhost")

    @property
    def label(self) -> str:
        """A name for directories; two ports of one address are two hosts."""
        port = "" if self.port in {None, DEFAULT_PORT} else f"-{self.port}"
        return re.sub(r"[^A-Za-z0-9._-]", "_", self.host) + port


def parse_target(text: str) -> Target:
    """Return the target that a text names.

    Raises:
        UsageError: The text is none of the known forms.
    """
    user, _, place = text.strip().rpartition("@")
    if "@" in text and not _USER.fullmatch(user):
        raise UsageError(f"{user!r} in {text!r} is not a user name", FORMS)
    host, port = _split_port(place, text)
    if not _is_host(host):
        raise UsageError(f"{text!r} is not a host", FORMS)
    return Target(host, port, user or None)


def _split_port(place: str, text: str) -> tuple[str, int | None]:
    """Separate host and port; an IPv6 address has colons of its own."""
    if place.startswith("["):
        host, bracket, rest = place[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{text!r} has a bracket that does not close", FORMS)
        return host, _port(rest[1:], text) if rest else None
    if place.count(":") == 1:
        host, _, port = place.partition(":")
        return host, _port(port, text)
    return place, None


def _port(digits: str, text: str) -> int:
    if not (re.fullmatch(r"0{,9}[0-9]{1,5}", digits) and 1 <= int(digits) <= MAX_PORT):
        raise UsageError(f"port {digits!r} in {text!r} is not a number from 1 to {MAX_PORT}", FORMS)
    return int(digits)


def _is_host(text: str) -> bool:
    if ":" not in text:
        return bool(_NAME.fullmatch(text))
    # Python takes anything for the name of an interface; ssh and Ansible would read more into it.
    if not re.fullmatch(r"[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?", text):
        return False
    try:
        return ipaddress.ip_address(text).version == 6  # noqa: PLR2004  # the number is the name of the protocol
    except ValueError:
        return False
