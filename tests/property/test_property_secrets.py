"""Secrets on their way to Ansible, and in the vault: exactly what was given, never a template, never in an error."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.template import Templar
from ansible_collections.glance_deploy.openstack.plugins.lookup.secret import VaultFile
from hypothesis import given, settings
from hypothesis import strategies as st

from glance_deploy import secrets
from tests.property import hostile
from tests.property.trying import told, tried

PASSWORDS = hostile.texts(min_parts=1).filter(bool)
KEY = b"key of the test"
LINES = st.sampled_from(
    ["- Zq7x", "a: Zq7", "b: *Zq7", "c: !!Zq7 x", "d: !Zq7", "e: 2026-99-99", "f: [Zq7", "g: {", "h:", '"']
)


@settings(max_examples=250)
@given(PASSWORDS, st.dictionaries(st.sampled_from("xyz"), st.text() | st.integers() | st.booleans(), max_size=2))
def test_a_secret_reaches_ansible_and_is_never_a_template(password: str, variables: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = secrets.write_variables(Path(directory), variables, {"p": password, "none": None})
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        loader = DataLoader()
        found = loader.load_from_file(str(path), trusted_as_template=True)
    assert found == {**variables, "p": password}
    assert Templar(loader=loader, variables=found).template(found["p"]) == password


@settings(max_examples=100)
@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), PASSWORDS, min_size=1, max_size=3))
def test_a_vault_gives_back_what_was_put_there(content: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        vault = VaultFile(Path(directory))
        vault._write(content)
        assert vault.read() == content
        for name, value in content.items():
            assert vault.ensure(name, 40) == value
        made = vault.ensure("another", 40)
        assert vault.read() == {**content, "another": made}


def opened(encrypted: bytes) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as directory:
        vault = VaultFile(Path(directory))
        vault.key.write_bytes(KEY)
        vault.path.write_bytes(encrypted)
        return vault.read()


@settings(max_examples=100)
@given(st.lists(LINES | hostile.secrets(control=True), max_size=3).map("\n".join) | hostile.secrets(control=True))
def test_a_vault_that_somebody_edited_is_read_or_refused_without_showing_it(plain: str) -> None:
    encrypted = VaultLib([("default", VaultSecret(KEY))]).encrypt(plain)
    content = tried(lambda: opened(encrypted), AnsibleError)
    if isinstance(content, AnsibleError):
        assert "Zq7" not in told(content)
        return
    assert all(isinstance(value, str) and value for value in content.values())


@settings(max_examples=100)
@given(st.data())
def test_a_damaged_vault_is_refused_in_our_own_words(data: st.DataObject) -> None:
    encrypted = bytearray(VaultLib([("default", VaultSecret(KEY))]).encrypt("a: Zq7secret"))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(encrypted) - 1))
        encrypted[at : at + data.draw(st.integers(0, 8))] = data.draw(
            st.binary(max_size=4) | st.just(b"\n") | st.just(b"zz")
        )
    content = tried(lambda: opened(bytes(encrypted)), AnsibleError)
    assert "Zq7" not in told(content) if isinstance(content, AnsibleError) else content == {"a": "Zq7secret"}


@settings(max_examples=100)
@given(PASSWORDS)
def test_a_password_file_holds_the_password_alone(password: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = secrets.write_password(Path(directory), "login", password)
        assert path
        assert path.read_bytes() == f"{password}\n".encode()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
