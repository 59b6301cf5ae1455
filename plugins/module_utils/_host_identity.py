# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether a host is still the one that the caller knew: its facts may be of yesterday, and the host installed anew."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Sequence
from pathlib import Path

OS_RELEASE = Path("/etc/os-release")


def mistaken(release: str, addresses: Sequence[str], os_release: Path = OS_RELEASE) -> str:
    """Return in what the caller is mistaken about this host, nothing when all is as it thinks.

    Args:
        release: Code name of the system's release; empty for any.
        addresses: Addresses that this host should have.
        os_release: The system's own description.
    """
    text = ""
    with contextlib.suppress(OSError):
        text = os_release.read_text(errors="replace")
    found = re.search(r"^VERSION_CODENAME=[\"']?([^\"'\n]*)", text, re.MULTILINE)
    # Not every system has a code name; one that has none cannot be told from its own next release by it.
    if release and found and found[1] != release:
        return f"this host runs {found[1]}, not {release}"
    if release and not text:
        return f"this host runs another system, not {release}"
    missing = [address for address in addresses if not _is_ours(address)]
    return f"this host has no address {', '.join(missing)}" if missing else ""


def _is_ours(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
