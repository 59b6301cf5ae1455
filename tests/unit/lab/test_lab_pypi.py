"""How this machine's pip reaches PyPI, and what of it a host is lent."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts._lab.pypi import DIRECTORY, certificates, for_hosts, lend, read_settings, render


def test_later_files_and_the_environment_win(tmp_path: Path) -> None:
    files = {
        "etc/pip.conf": "[global]\nindex-url = http://one.example\ntimeout = 5\n[install]\nuser = true\n",
        "home/me/.config/pip/pip.conf": "[global]\nindex_url = http://two.example\n",
        "home/me/.pip/pip.conf": "no such file\n",
        "named": "[global]\nretries = 7\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    environment = {
        "HOME": "/home/me",
        "PIP_CONFIG_FILE": "/named",
        "PIP_DEFAULT_TIMEOUT": "9",
        "HTTPS_PROXY": "http://proxy.example:3128",
    }
    found = read_settings(environment, tmp_path)
    assert render(found) == (
        "[global]\nindex-url = http://two.example\nproxy = http://proxy.example:3128\n"
        "timeout = 5\ndefault-timeout = 9\nretries = 7\n"
    )


def test_a_machine_with_nothing_of_its_own_lends_nothing(tmp_path: Path) -> None:
    assert render(read_settings({}, tmp_path)) == "[global]\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://pypi.example/simple", "https://pypi.example/simple"),
        ("file:///srv/simple https://more.example", "https://more.example"),
        ("/srv/wheels\n./wheels ~/wheels", ""),
        ("http://localhost:3141/root", ""),
        ("180", "180"),
    ],
    ids=["index", "local index", "wheels", "loopback", "number"],
)
def test_hosts_do_not_get_what_only_this_machine_reaches(text: str, kept: str) -> None:
    assert for_hosts({"some": text}) == {"some": kept}


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ({"cert": "/pip.crt"}, {"REQUESTS_CA_BUNDLE": "/requests.crt"}, "/pip.crt"),
        ({}, {"SSL_CERT_FILE": "/ssl.crt", "REQUESTS_CA_BUNDLE": "/requests.crt"}, "/requests.crt"),
        ({}, {}, "/etc/ssl/certs/ca-certificates.crt"),
    ],
    ids=["pip's", "the first", "the machine's"],
)
def test_certificates(settings: dict[str, str], environment: dict[str, str], expected: str) -> None:
    assert certificates(settings, environment) == Path(expected)


@pytest.mark.parametrize(("to_host", "index"), [(True, ""), (False, "index-url = http://127.0.0.1:3141\n")])
def test_every_user_may_read_what_is_lent(tmp_path: Path, to_host: bool, index: str) -> None:
    (tmp_path / "trusted").write_bytes(b"# \xe9\n")
    environment = {
        "HOME": str(tmp_path),
        "PIP_CERT": str(tmp_path / "trusted"),
        "PIP_INDEX_URL": "http://127.0.0.1:3141",
        "PIP_TIMEOUT": "9",
    }
    lent = tmp_path / "lent"
    lend(lent, environment, to_host=to_host)
    text = (lent / "pip.conf").read_text()
    assert text.endswith(f"cert = {DIRECTORY}/ca.crt\n")
    assert ("index-url" in text) is bool(index)
    assert index in text
    assert (lent / "ca.crt").read_bytes() == b"# \xe9\n"
    assert [path.stat().st_mode & 0o777 for path in (lent, lent / "pip.conf", lent / "ca.crt")] == [
        0o755,
        0o644,
        0o644,
    ]


def test_without_certificates_none_are_named(tmp_path: Path) -> None:
    lend(tmp_path, {"HOME": str(tmp_path), "PIP_CERT": str(tmp_path / "none")}, to_host=True)
    assert "cert" not in (tmp_path / "pip.conf").read_text()
    assert not (tmp_path / "ca.crt").exists()
