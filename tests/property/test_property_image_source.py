"""What the user says about an image: URLs, proxies and checksums are taken as they are meant or refused, unshown."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_digest import parse_checksum, same_bytes
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_network import Route
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_plan import image_wish
from ansible_collections.glance_deploy.openstack.plugins.module_utils._image_source_wish import source_wish
from ansible_collections.glance_deploy.openstack.plugins.module_utils._plan import DeployError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property import hostile
from tests.property.trying import told, tried

PARTS = st.sampled_from(
    ["http://", "https://", "ftp://", "//", "[", "]", "user:Zq7vX9@", "host", ":99", ":x", "?a=b", "/"]
)
URLS = st.lists(PARTS | hostile.texts(max_parts=1), max_size=6).map("".join) | st.just("http://mirror/disk.img")
DIGITS = {"sha512": 128, "sha256": 64, "md5": 32}
SUMS = st.sampled_from(sorted(DIGITS)).flatmap(
    lambda name: st.text("0123456789abcdefABCDEF", min_size=DIGITS[name], max_size=DIGITS[name]).map(
        lambda digits: f"{name}:{digits}"
    )
)
BASE: dict[str, Any] = {
    "urls": [],
    "path": None,
    "checksum": "",
    "checksum_waived": True,
    "disk_format": "qcow2",
    "cache_dir": "/c",
    "fallback_builtin": True,
    "proxy": None,
    "name": "x",
    "builtin_name": "y",
    "visibility": "public",
    "min_disk": 0,
    "min_ram": 0,
    "properties": {},
    "container_format": "bare",
    "verify_download": True,
    "remove": False,
}


@settings(max_examples=300)
@given(URLS)
def test_a_url_is_one_of_a_web_server_or_refused(url: str) -> None:
    wish = tried(lambda: source_wish({**BASE, "urls": [url]}), DeployError)
    if isinstance(wish, DeployError):
        is_in_path = "Zq7" in url.partition("//")[2].partition("/")[2]
        assert "Zq7" not in told(wish) or is_in_path
        return
    parts = urlsplit(wish.urls[0])
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert "@" not in parts.netloc
    assert url.isascii()
    assert url.split() == [url]


@settings(max_examples=250)
@given(URLS)
def test_a_proxy_leads_somewhere_or_is_refused(proxy: str) -> None:
    image_wish({**BASE, "proxy": proxy})
    hop = tried(lambda: Route({"http": proxy}).first_hop("http://mirror/disk.img"), DeployError)
    if isinstance(hop, DeployError):
        assert "Zq7" not in told(hop)
        return
    host, port = hop
    assert "Zq7" not in host
    assert 0 <= port <= 65535


@settings(max_examples=250)
@given(SUMS | hostile.texts(max_parts=3), st.sampled_from(["", " ", "\n"]))
def test_a_checksum_is_known_or_refused(text: str, around: str) -> None:
    try:
        found = parse_checksum(around + text + around)
    except DeployError:
        return
    if not text.strip():
        assert found == {}
        return
    ((name, value),) = found.items()
    assert len(value) == DIGITS[name]
    assert f"{name}:{value}" == text.strip().lower()
    assert same_bytes(found, {name: value})


@settings(max_examples=100)
@given(st.dictionaries(hostile.texts(max_parts=2), hostile.json_values(), max_size=3))
def test_properties_are_texts(properties: dict[str, Any]) -> None:
    found = image_wish({**BASE, "properties": properties}).settings
    assert all(isinstance(value, str) for name, value in found.items() if name not in ("min_disk", "min_ram"))
    assert (found["visibility"], found["min_disk"]) == ("public", 0)
