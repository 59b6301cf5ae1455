# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Whether the index that pip would ask answers, found out without pip, which a bare host does not have yet."""

from __future__ import annotations

import base64
import configparser
import contextlib
import functools
import http.client
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._host_network import TIMEOUT, Question
from ._python_environment import COMPLETE, build_path

PYPI = "https://pypi.org/simple"
# pip's own configuration files for root, the later ones win (pip's documentation, "Configuration").
FILES = ("etc/xdg/pip/pip.conf", "etc/pip.conf", "root/.pip/pip.conf", "root/.config/pip/pip.conf")
SECTIONS = ("global", "install")
MEND = (
    "Let this host reach it, or name a mirror as index-url in its /etc/pip.conf, or a proxy as openstack_package_proxy."
)


def index_questions(environments: Sequence[Mapping[str, Any]], proxy: str | None) -> list[Question]:
    """Ask the index for what environments need; not for one that is built, nor where pip has other places to look.

    Args:
        environments: Arguments of the resource `python_environment`, its proxy left out.
        proxy: URL of the proxy for package work.
    """
    due = [wish for wish in environments if not (build_path(wish) / COMPLETE).is_file()]
    settings = read_settings()
    index = settings.get("index-url") or PYPI
    is_elsewhere = settings.get("no-index", "").lower() in {"1", "true", "yes", "on"} or settings.get("find-links")
    if is_elsewhere or settings.get("extra-index-url") or not index.startswith(("http://", "https://")):
        return []
    names = dict.fromkeys(wish["requirements"][0].partition("==")[0] for wish in due)
    where = f"package index {without_password(index)}"
    pages = [f"{index.rstrip('/')}/{name}/" for name in names]
    return [Question(where, MEND, functools.partial(ask, page, settings, proxy)) for page in pages]


def read_settings(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what pip on this host is set up with, by the names of its configuration files."""
    found: dict[str, str] = {}
    for name in FILES:
        parser = configparser.RawConfigParser(strict=False)
        with contextlib.suppress(OSError, configparser.Error):
            parser.read_string((root / name).read_text(encoding="utf-8", errors="replace"))
        for section in filter(parser.has_section, SECTIONS):
            found.update(parser[section])
    own = {name[4:].lower(): text for name, text in environment.items() if name.startswith("PIP_")}
    return {name.replace("_", "-"): text.strip() for name, text in {**found, **own}.items()}


def ask(url: str, settings: Mapping[str, str], proxy: str | None) -> str:
    """Return what is wrong with a page of the index; nothing when it is there."""
    parts = urllib.parse.urlsplit(url)
    proxy = proxy or settings.get("proxy")
    proxies = {"http": proxy, "https": proxy} if proxy else None
    request = urllib.request.Request(without_password(url), headers=credentials(parts))  # noqa: S310  # as pip would
    try:
        context = trust(settings, parts.hostname or "")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(request, timeout=TIMEOUT):
            return ""
    except urllib.error.HTTPError as error:
        return f"answers HTTP {error.code}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        # A bare host has no certificates yet: they come in with what brings pip.
        if isinstance(getattr(error, "reason", None), ssl.SSLError) and not (
            settings.get("cert") or has_certificates()
        ):
            return ""
        return f"does not answer: {' '.join(str(getattr(error, 'reason', error)).split())}"


def trust(settings: Mapping[str, str], host: str) -> ssl.SSLContext:
    """Return whom to believe: pip's `cert`, or this host's certificates; anybody for a `trusted-host`."""
    context = ssl.create_default_context(cafile=settings.get("cert") or None)
    if host in {word.partition(":")[0] for word in settings.get("trusted-host", "").split()}:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def has_certificates() -> bool:
    """Return whether this host believes anybody by itself."""
    return bool(ssl.create_default_context().get_ca_certs()) or any(Path("/etc/ssl/certs").glob("*.[0-9]"))


def credentials(parts: urllib.parse.SplitResult) -> dict[str, str]:
    """Return the header that says who asks, when the address does."""
    if parts.username is None:
        return {}
    words = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}


def without_password(url: str) -> str:
    """Return an address without the credentials in it."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
