"""The command line: hosts, variables and files are what they look like, or are refused without being shown."""

from __future__ import annotations

import ipaddress
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glance_deploy.arguments import parse
from glance_deploy.errors import UsageError
from glance_deploy.options import from_arguments
from glance_deploy.target import Target, parse_target
from glance_deploy.variables import Names, check_file, parse_assignment
from tests.property import hostile
from tests.property.trying import told, tried

ROOT = Path(__file__).resolve().parents[2]
NAMES = Names(frozenset({"glance_workers", "glance_public_url"}), frozenset({"glance_service_password"}))
HOSTS = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}[a-z0-9]", fullmatch=True) | st.ip_addresses().map(str)
PLACES = st.sampled_from(
    ["fe80::1%", "[fe80::1%eth0]", "-oProxyCommand=x", "host", "@", ":", "[", "]", "::1", "00000199999", "²"]
)
# What YAML makes something of other than text, or nothing at all.
YAML = hostile.texts(max_parts=3) | st.sampled_from(
    [
        "2026-99-99",
        "0b_",
        "0x_",
        "!!timestamp x",
        "!!int x",
        "!!bool x",
        "*a",
        "&a *a",
        "[" * 2000,
        "? [a]",
        "{[a]: b}",
        "\0",
    ]
)


@settings(max_examples=400)
@given(st.lists(PLACES | hostile.texts(max_parts=1), min_size=1, max_size=4).map("".join))
def test_a_host_is_a_host_or_refused(text: str) -> None:
    try:
        target = parse_target(text)
    except UsageError:
        return
    assert re.fullmatch(r"[A-Za-z0-9_.:%-]+", target.host)
    assert not target.host.startswith("-")
    assert target.port is None or 1 <= target.port <= 65535
    assert target.user is None or re.fullmatch(r"[A-Za-z0-9_.@\\-]+\$?", target.user)
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", target.label)


@settings(max_examples=200)
@given(HOSTS, st.none() | st.integers(1, 65535), st.none() | st.from_regex(r"[a-z_][a-z0-9_.-]{0,10}", fullmatch=True))
def test_a_host_is_understood(host: str, port: int | None, user: str | None) -> None:
    is_ipv6 = ":" in host and bool(ipaddress.ip_address(host))
    place = f"[{host}]" if is_ipv6 and port else host
    text = f"{f'{user}@' if user else ''}{place}{f':{port}' if port else ''}"
    assert parse_target(text) == Target(host, port, user)


@settings(max_examples=300)
@given(st.sampled_from(["glance_workers", "glance_worker", "glance_service_password"]) | hostile.texts(), YAML)
def test_an_assignment_is_known_or_refused(name: str, value: str) -> None:
    found = tried(lambda: parse_assignment(f"{name}={value}", NAMES), UsageError)
    assert told(found) if isinstance(found, UsageError) else found[0] in NAMES.public


@settings(max_examples=150)
@given(hostile.secrets())
def test_a_secret_on_the_command_line_is_refused_without_showing_it(password: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_assignment(f"glance_service_password={password}", NAMES)
    assert "Zq7" not in told(caught.value)


@settings(max_examples=300)
@given(
    st.sampled_from(["", "*", "&", "!", "!!", "!x!", "%", "@", "`", "'", '"', "{", "[", "? ", "- ", "|", ">"]),
    hostile.texts(max_parts=2) | hostile.secrets(control=True),
    YAML,
)
def test_a_file_of_variables_is_accepted_or_refused_without_showing_it(sign: str, secret: str, more: str) -> None:
    text = f"glance_workers: 2\nglance_service_password: {sign}Zq7{secret}\nglance_public_url: {more}\n"
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "vars.yml")
        path.write_text(text, encoding="utf-8", newline="")
        refused = tried(lambda: check_file(path, NAMES, {}), UsageError)
        assert refused is None or "Zq7" not in told(refused)


@settings(max_examples=200)
@given(
    st.sampled_from(
        ["--image", "--image-checksum", "--region", "--release", "--database-host", "--set", "--vars-file", "--ssh-key"]
    ),
    hostile.texts(max_parts=3).map(lambda text: text.replace("\0", "")) | st.just("x" * 5000) | st.just("http://[/x"),
)
def test_any_option_is_taken_or_refused(option: str, value: str) -> None:
    options = tried(lambda: from_arguments(parse(["--controller", "host", f"{option}={value}"]), ROOT, {}), UsageError)
    assert told(options) if isinstance(options, UsageError) else options.target == Target("host")
