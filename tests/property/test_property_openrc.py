"""Credentials of an existing cloud: an openrc is read as a shell reads it, and never run."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.glance_deploy.openstack.plugins.lookup.admin_credentials import complete
from hypothesis import given, settings
from hypothesis import strategies as st

from glance_deploy.errors import UsageError
from glance_deploy.openrc import cloud_environment, parse_openrc
from tests.property import hostile
from tests.property.trying import told, tried

VALUES = hostile.texts().map(lambda text: text.replace("\0", "").replace("\r", ""))
VARIABLES = ("OS_PASSWORD", "OS_USERNAME", "OS_REGION_NAME")
PIECES = st.sampled_from(
    ["export ", "OS_AUTH_URL=http://x", "OS_PASSWORD=", "'", '"', "$'", "\\", "$(id)", "`id`", "${OS_AUTH_URL}",
     "\n", ";", "&&", "\\x41", "\\0", "\\ud800", "\\777", "unset OS_PASSWORD", "read -sr OS_PASSWORD_INPUT", "#", " "]
)  # fmt: skip


def doubled(value: str) -> str:
    """Return a value in double quotes."""
    return '"' + "".join(f"\\{char}" if char in '$`"\\' else char for char in value) + '"'


def dollared(value: str) -> str:
    """Return a value in the quotes of bash that know escapes."""
    return "$'" + "".join(f"\\{char}" if char in "'\\" else char for char in value).replace("\n", "\\n") + "'"


def escaped(value: str) -> str:
    """Return a value without quotes; a line break would vanish that way."""
    return "".join("'\n'" if char == "\n" else f"\\{char}" for char in value)


@st.composite
def files(draw: st.DrawFn, *styles: Any) -> tuple[dict[str, str], str]:
    """Values, and an openrc file that sets them."""
    found = {name: draw(VALUES) for name in VARIABLES} | {"OS_AUTH_URL": "http://x"}
    lines = []
    for name, value in found.items():
        start = draw(st.sampled_from(["export ", "", "  export "]))
        lines.append(f"{start}{name}={draw(st.sampled_from(styles))(value)}{draw(st.sampled_from(['', ' # c', ';']))}")
    return found, draw(st.sampled_from(["\n", "\n\n# it's a comment\n"])).join(lines) + "\n"


@settings(max_examples=400)
@given(files(shlex.quote, doubled, dollared, escaped))
def test_values_come_back_however_they_are_quoted(given: tuple[dict[str, str], str]) -> None:
    values, text = given
    assert parse_openrc(text, "admin-openrc") == values


@settings(max_examples=40)
@given(files(shlex.quote, doubled, escaped))
def test_a_shell_reads_the_same(given: tuple[dict[str, str], str]) -> None:
    values, text = given
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "openrc")
        path.write_text(text, encoding="utf-8", newline="")
        script = f'. {path}; printf "%s\\0" ' + " ".join(f'"${name}"' for name in values)
        done = subprocess.run(["/bin/sh", "-c", script], env={"PATH": "/nowhere"}, capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == list(values.values()) == list(parse_openrc(text, "x").values())


TEXTS = st.lists(PIECES | hostile.texts(max_parts=2), max_size=10).map("".join)


@settings(max_examples=350)
@given(TEXTS | TEXTS.map("OS_PASSWORD=$'{}'\n".format))
def test_any_file_is_read_or_refused(text: str) -> None:
    found = tried(lambda: parse_openrc(f"OS_AUTH_URL=http://x\n{text}", "admin-openrc"), UsageError)
    if isinstance(found, UsageError):
        assert found.hint
        return
    assert all(name.startswith("OS_") for name in found)
    # It becomes the environment of a process.
    for value in cloud_environment({"OS_OLD": "x", "HOME": "/"}, found).values():
        assert b"\0" not in os.fsencode(value)


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(
            ["auth_url", "username", "project_name", "project_id", "user_domain_id", "project_domain_name"]
        ),
        hostile.texts(max_parts=2) | st.none() | st.sampled_from(["default", 5]),
    ),
    st.none() | hostile.texts(max_parts=2),
    st.none() | hostile.secrets(),
)
def test_credentials_are_complete_or_refused_without_showing_them(
    auth: dict[str, Any], region: str | None, password: str | None
) -> None:
    found = tried(lambda: complete({**auth, "password": password}, region, "the openrc"), AnsibleError)
    if isinstance(found, AnsibleError):
        assert "Zq7" not in told(found)
        return
    assert found["password"] == password
    assert all(isinstance(value, str) and value for value in found.values())
    assert {"project_name", "project_id"} & found.keys()
