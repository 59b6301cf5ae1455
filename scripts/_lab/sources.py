"""Where this machine gets Debian from: the mirror and the download settings its own apt uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .errors import LabError

DEBIAN_SUITES = frozenset(
    {"bullseye", "bookworm", "trixie", "forky", "sid", "oldoldstable", "oldstable", "stable", "testing", "unstable"}
)
# What a download depends on; everything else in apt's configuration is about this machine only.
DOWNLOAD_SETTINGS = re.compile(
    r"^Acquire::(https?::Proxy(::.+)?|Check-Valid-Until|Check-Date|Retries|ForceIPv4|ForceIPv6)$", re.IGNORECASE
)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Entry:
    """One line, or one stanza, of apt's sources."""

    uri: str
    suites: frozenset[str]
    components: frozenset[str]


@dataclass(frozen=True)
class Mirror:
    """The two Debian archives; a machine may have no security archive."""

    archive: str
    security: str = ""


def parse_one_line(text: str) -> list[Entry]:
    """Read the `deb [options] uri suite component...` lines of a `.list` file."""
    lines = re.findall(r"^[ \t]*deb[ \t]+(?:\[[^\]]*\][ \t]*)?(\S+)[ \t]+(\S+)[ \t]*([^#\n]*)", text, re.MULTILINE)
    return [Entry(uri, frozenset({suite}), frozenset(rest.split())) for uri, suite, rest in lines]


def parse_deb822(text: str) -> list[Entry]:
    """Read the stanzas of a `.sources` file; a disabled stanza is not there."""
    entries: list[Entry] = []
    for stanza in re.split(r"\n[ \t]*\n", re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)):
        unfolded = re.sub(r"\n[ \t]+", " ", stanza)
        fields = {key.lower(): value.split() for key, value in re.findall(r"^([\w-]+):(.*)$", unfolded, re.MULTILINE)}
        if "deb" in fields.get("types", ()) and [word.lower() for word in fields.get("enabled", ())] != ["no"]:
            suites, components = frozenset(fields.get("suites", ())), frozenset(fields.get("components", ()))
            entries += [Entry(uri, suites, components) for uri in fields.get("uris", ())]
    return entries


def read_sources(directory: Path = Path("/etc/apt")) -> list[Entry]:
    """Read every source that apt on this machine reads."""
    one_line = [directory / "sources.list", *sorted(directory.glob("sources.list.d/*.list"))]
    entries = [entry for path in one_line if path.is_file() for entry in parse_one_line(path.read_text())]
    for path in sorted(directory.glob("sources.list.d/*.sources")):
        entries += parse_deb822(path.read_text())
    return entries


def find_mirror(entries: Iterable[Entry]) -> Mirror:
    """Tell Debian's archives from all the others that use Debian's suite names.

    Raises:
        LabError: No entry is a Debian archive.
    """
    usable = [
        entry for entry in entries if entry.uri.startswith(("http://", "https://")) and "main" in entry.components
    ]
    archives = [entry for entry in usable if entry.suites & DEBIAN_SUITES]
    security = [entry for entry in usable if any(re.search(r"(-security|/updates)$", suite) for suite in entry.suites)]
    if not archives:
        raise LabError(
            "No Debian mirror is named in /etc/apt/sources.list or /etc/apt/sources.list.d.",
            "Name one there, or set GLANCE_DEPLOY_LAB_MIRROR=http://deb.debian.org/debian",
        )
    updated = {entry.uri for entry in usable if any(suite.endswith("-updates") for suite in entry.suites)}
    # Vendors publish for `bookworm main` too, but only Debian has `-updates` beside it, or `debian` as the last word.
    best = max(archives, key=lambda entry: (entry.uri in updated, entry.uri.rstrip("/").endswith("/debian")))
    return Mirror(best.uri.rstrip("/"), security[0].uri.rstrip("/") if security else "")


def this_mirror(environment: Mapping[str, str]) -> Mirror:
    """Return the mirror named in the environment, or the one apt uses here."""
    named = [environment.get(f"GLANCE_DEPLOY_LAB_{kind}", "").rstrip("/") for kind in ("MIRROR", "SECURITY_MIRROR")]
    return Mirror(*named) if named[0] else find_mirror(read_sources())


def download_settings(dump: str) -> dict[str, str]:
    """Keep from `apt-config dump` what a download depends on."""
    pairs = re.findall(r'^(\S+) "(.*)";$', dump, re.MULTILINE)
    return {key: value for key, value in pairs if value and DOWNLOAD_SETTINGS.match(key)}


def for_hosts(settings: Mapping[str, str]) -> dict[str, str]:
    """Drop the proxies that listen on this machine's loopback: a host has its own."""
    return {key: value for key, value in settings.items() if urlsplit(value).hostname not in LOOPBACK}


def render_settings(settings: Mapping[str, str]) -> str:
    """Write settings the way apt.conf wants them; nobody reads package descriptions in the lab."""
    return "".join(f'{key} "{value}";\n' for key, value in sorted({"Acquire::Languages": "none", **settings}.items()))
