"""Which mirror and settings the lab takes from this machine's apt."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts._lab.errors import LabError
from scripts._lab.sources import (
    Entry,
    Mirror,
    download_settings,
    find_mirror,
    for_hosts,
    parse_deb822,
    parse_one_line,
    read_sources,
    render_settings,
    this_mirror,
)

MAIN = frozenset({"main"})
DEBIAN = Entry("http://deb.debian.org/debian", frozenset({"bookworm", "bookworm-updates"}), MAIN)
SECURITY = Entry("http://deb.debian.org/debian-security/", frozenset({"bookworm-security"}), MAIN)
OLD_SECURITY = Entry("http://security.debian.org", frozenset({"buster/updates"}), MAIN)
VENDOR = Entry("https://apt.vendor.example", frozenset({"bookworm"}), MAIN)
OTHER_COMPONENT = Entry("https://download.example/linux/debian", frozenset({"bookworm"}), frozenset({"stable"}))
LOCAL = Entry("file:/srv/debian", frozenset({"bookworm"}), MAIN)
CODENAME_ONLY = Entry("http://mirror.example/debian", frozenset({"trixie"}), MAIN)

ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb http://a.example/debian bookworm main contrib # why
deb [arch=amd64 signed-by=/k.gpg] http://b.example/debian bookworm-updates main
deb-src http://c.example/debian bookworm main
"""
DEB822 = """\
# A comment
Types: deb deb-src
URIs: http://a.example/debian http://b.example/debian
Suites: trixie
 trixie-updates
# in the middle
Components: main
Signed-By: /k.gpg

Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
Enabled: no

Types: deb-src
URIs: http://source.example/debian
Suites: trixie
Components: main
"""


def test_one_line_format() -> None:
    assert parse_one_line(ONE_LINE) == [
        Entry("http://a.example/debian", frozenset({"bookworm"}), frozenset({"main", "contrib"})),
        Entry("http://b.example/debian", frozenset({"bookworm-updates"}), MAIN),
    ]


def test_deb822_format() -> None:
    suites = frozenset({"trixie", "trixie-updates"})
    assert parse_deb822(DEB822) == [
        Entry("http://a.example/debian", suites, MAIN),
        Entry("http://b.example/debian", suites, MAIN),
    ]


def test_all_source_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://one.example/debian bookworm main\n")
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "two.list").write_text("deb http://two.example/debian bookworm main\n")
    (tmp_path / "sources.list.d" / "three.sources").write_text(
        "Types: deb\nURIs: http://three.example/debian\nSuites: bookworm\nComponents: main\n"
    )
    (tmp_path / "sources.list.d" / "ignored.save").write_text("deb http://four.example/debian bookworm main\n")
    found = [entry.uri for entry in read_sources(tmp_path)]
    assert found == ["http://one.example/debian", "http://two.example/debian", "http://three.example/debian"]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([DEBIAN, SECURITY], Mirror("http://deb.debian.org/debian", "http://deb.debian.org/debian-security")),
        ([VENDOR, OTHER_COMPONENT, DEBIAN], Mirror("http://deb.debian.org/debian")),
        ([VENDOR, CODENAME_ONLY], Mirror("http://mirror.example/debian")),
        ([DEBIAN, OLD_SECURITY], Mirror("http://deb.debian.org/debian", "http://security.debian.org")),
    ],
    ids=["with security", "vendors aside", "without updates", "old security name"],
)
def test_mirror(entries: list[Entry], expected: Mirror) -> None:
    assert find_mirror(entries) == expected


@pytest.mark.parametrize("entries", [[], [LOCAL], [OTHER_COMPONENT], [SECURITY]])
def test_no_mirror_says_what_to_set(entries: list[Entry]) -> None:
    with pytest.raises(LabError) as raised:
        find_mirror(entries)
    assert "GLANCE_DEPLOY_LAB_MIRROR=" in raised.value.hint


def test_environment_names_the_mirrors() -> None:
    named = {"GLANCE_DEPLOY_LAB_MIRROR": "http://m.example/debian/"}
    assert this_mirror(named) == Mirror("http://m.example/debian")
    named["GLANCE_DEPLOY_LAB_SECURITY_MIRROR"] = "http://m.example/security"
    assert this_mirror(named) == Mirror("http://m.example/debian", "http://m.example/security")


def test_only_download_settings_are_taken_over() -> None:
    dump = (
        'APT::Architecture "amd64";\nAcquire::http "";\nAcquire::http::Proxy "http://proxy.example:3142";\n'
        'Acquire::https::Proxy "";\nAcquire::http::Proxy::local.example "DIRECT";\nAcquire::Check-Date "false";\n'
        'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";\n'
    )
    assert download_settings(dump) == {
        "Acquire::http::Proxy": "http://proxy.example:3142",
        "Acquire::http::Proxy::local.example": "DIRECT",
        "Acquire::Check-Date": "false",
    }


@pytest.mark.parametrize(
    ("proxy", "kept"),
    [
        ("http://127.0.0.1:3142", False),
        ("http://localhost:3142/", False),
        ("http://10.0.0.1:3142", True),
        ("DIRECT", True),
    ],
)
def test_hosts_do_not_get_a_proxy_on_loopback(proxy: str, kept: bool) -> None:
    assert ("Acquire::http::Proxy" in for_hosts({"Acquire::http::Proxy": proxy})) is kept


def test_settings_are_written_for_apt() -> None:
    assert render_settings({"Acquire::Retries": "3"}) == 'Acquire::Languages "none";\nAcquire::Retries "3";\n'
