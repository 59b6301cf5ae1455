"""How this machine's pip reaches PyPI: lent to hosts and to builds of images, and never part of an image."""

from __future__ import annotations

import configparser
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from .files import write
from .sources import LOOPBACK

# Where it is lent: pip reads this first, so that a host's own /etc/pip.conf wins.
DIRECTORY = "/etc/xdg/pip"
# pip's own configuration files, the later ones win.
FILES = ("/etc/xdg/pip/pip.conf", "/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")
# What a download depends on; everything else in pip's configuration is about this machine only.
DOWNLOAD_SETTINGS = (
    "index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "timeout", "default-timeout",
    "retries",
)  # fmt: skip
PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY")
# Who names the certificates to trust, the first wins; else they are the machine's own.
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def read_settings(environment: Mapping[str, str], root: Path = Path("/")) -> dict[str, str]:
    """Return what pip on this machine is set up with, from its files and the environment.

    Args:
        environment: The variables of this process.
        root: Where the file system begins; tests put it elsewhere.
    """
    parser = configparser.RawConfigParser(strict=False)
    for name in (*FILES, environment.get("PIP_CONFIG_FILE") or "/dev/null"):
        path = root / name.replace("~", environment.get("HOME", "/root"), 1).lstrip("/")
        with suppress(OSError, configparser.Error):
            parser.read_string(path.read_text(errors="replace"))
    found = dict(parser["global"]) if parser.has_section("global") else {}
    found |= {name[4:].lower().replace("_", "-"): text for name, text in environment.items() if name.startswith("PIP_")}
    proxy = next((environment[name] for name in PROXIES if environment.get(name)), "")
    return {"proxy": proxy} | {name.replace("_", "-"): text for name, text in found.items()}


def certificates(settings: Mapping[str, str], environment: Mapping[str, str]) -> Path:
    """Return the file of the certificates that pip trusts here."""
    named = next((environment[name] for name in CERTIFICATES if environment.get(name)), BUNDLE)
    return Path(settings.get("cert") or named)


def for_hosts(settings: Mapping[str, str]) -> dict[str, str]:
    """Drop places that only this machine can reach: its own files, and what listens on its loopback."""
    return {name: " ".join(filter(is_reachable, text.split())) for name, text in settings.items()}


def is_reachable(word: str) -> bool:
    """Tell whether a setting means the same on a host; a word that is no address does."""
    parts = urlsplit(word)
    return not word.startswith(("/", "~", ".")) and parts.scheme != "file" and parts.hostname not in LOOPBACK


def render(settings: Mapping[str, str]) -> str:
    """Write settings the way pip wants them."""
    kept = {name: re.sub(r"\s+", " ", settings.get(name, "")).strip() for name in (*DOWNLOAD_SETTINGS, "cert")}
    return "".join(["[global]\n", *(f"{name} = {text}\n" for name, text in kept.items() if text)])


def lend(directory: Path, environment: Mapping[str, str], *, to_host: bool) -> None:
    """Write the directory that is to be mounted as DIRECTORY; every user there may read it.

    Args:
        directory: What is written.
        environment: The variables of this process.
        to_host: Whether it is for a host, which has a loopback of its own.
    """
    settings = read_settings(environment)
    lent = for_hosts(settings) if to_host else settings
    directory.mkdir(exist_ok=True)
    directory.chmod(0o755)
    # A machine without certificates has nothing to lend; pip brings some.
    with suppress(OSError):
        shutil.copyfile(certificates(settings, environment), directory / "ca.crt")
        lent["cert"] = f"{DIRECTORY}/ca.crt"
        (directory / "ca.crt").chmod(0o644)
    write(directory / "pip.conf", render(lent), 0o644)
