"""Facts of yesterday count only while the host is still the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.glance_deploy.openstack.plugins.module_utils._host_identity import mistaken

TRIXIE = 'ID=debian\nVERSION_CODENAME=trixie\nNAME="x"\n'


@pytest.mark.parametrize(
    ("text", "release", "addresses", "told"),
    [
        (TRIXIE, "trixie", [], ""),
        (TRIXIE, "", [], ""),
        (TRIXIE.replace("trixie", '"trixie"'), "trixie", ["127.0.0.1"], ""),
        (TRIXIE, "bookworm", [], "this host runs trixie, not bookworm"),
        ("", "trixie", [], "this host runs another system, not trixie"),
        (TRIXIE, "trixie", ["127.0.0.1", "192.0.2.77"], "this host has no address 192.0.2.77"),
        (TRIXIE, "trixie", ["2001:db8::77"], "this host has no address 2001:db8::77"),
    ],
    ids=["the same", "any", "quoted", "another release", "unknown", "moved", "moved, IPv6"],
)
def test_what_the_caller_is_mistaken_in(
    tmp_path: Path, text: str, release: str, addresses: list[str], told: str
) -> None:
    path = tmp_path / "os-release"
    path.write_text(text)
    assert mistaken(release, addresses, path) == told


def test_a_system_that_does_not_describe_itself(tmp_path: Path) -> None:
    assert "another system" in mistaken("trixie", [], tmp_path / "missing")
