"""Passwords of one environment: generated on first use, kept in an encrypted file, never overwritten."""

from __future__ import annotations

DOCUMENTATION = r"""
name: secret
author: glance-deploy contributors
version_added: 0.1.0
short_description: A secret of this environment, generated on first use
description:
  - Returns the secret of the given name from the vault file of the environment. A secret that the file does not have
    yet is generated (letters and digits, from the operating system's random source) and stored.
    What is stored is never overwritten.
  - The vault file C(secrets.yml) is one YAML mapping, encrypted by ansible-vault with the key in C(vault.key)
    beside it. To put a secret of your own there, run
    C(ansible-vault edit --vault-password-file DIRECTORY/vault.key DIRECTORY/secrets.yml).
  - In check mode nothing is written, and a secret that is not there yet is answered by a placeholder.
options:
  _terms:
    description: Names of the secrets (letters, digits and underscores).
    required: true
    type: list
    elements: str
  length:
    description: Characters of a secret that has to be generated, 32 at least.
    type: int
    default: 40
  state_dir:
    description:
      - Directory that holds C(vault.key) and C(secrets.yml). Created with mode 0700.
      - When unset, C(.glance-deploy/NAME) beside the inventory file, NAME being that file's name without its ending.
        The inventory file is the one that defines the first host, so that all hosts share their secrets.
      - Without any inventory file, C(.glance-deploy/default) in the current directory.
    type: str
    vars:
      - name: glance_deploy_state_dir
"""

EXAMPLES = r"""
# group_vars/all.yml
glance_database_password: "{{ lookup('glance_deploy.openstack.secret', 'glance_database_password') }}"
"""

RETURN = r"""
_raw:
  description: The secrets, in the order of the names. Plain text that is never templated, whatever it looks like.
  type: list
  elements: str
"""

import contextlib
import fcntl
import os
import re
import secrets
import shlex
import string
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.plugins.lookup import LookupBase

ALPHABET = string.ascii_letters + string.digits
MINIMUM_LENGTH = 32
PLACEHOLDER = "generated-by-the-first-real-run-{name}"
HEADER = "# Secrets of one environment of glance-deploy. Existing entries are never overwritten.\n"


class VaultFile:
    """The encrypted secrets and their key, both in one private directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.key = directory / "vault.key"
        self.path = directory / "secrets.yml"

    def read(self) -> dict[str, str]:
        """Return all secrets; none when the file does not exist yet."""
        try:
            encrypted = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        if not VaultLib.is_encrypted(encrypted):
            raise AnsibleError(f"{self.path} is not encrypted; run: {self._command('encrypt')}")
        vault = self._vault()
        try:
            content = yaml.safe_load(vault.decrypt(encrypted))
        except AnsibleError:
            raise AnsibleError(
                f"{self.key} does not open {self.path}, or the file is damaged; restore both from the same backup, "
                "or move both away to have new secrets generated"
            ) from None
        except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            # The parser's own words quote the text around the fault, which is made of secrets. Not only YAMLError: it
            # lets Python's types speak of 2026-99-99 or !!bool x.
            raise AnsibleError(f"{self.path} is not YAML inside; run: {self._command('edit')}") from None
        return self._checked({} if content is None else content)

    def ensure(self, name: str, length: int) -> str:
        """Return the secret, generating it when it is missing, whatever other processes do at the same time."""
        with self._locked():
            known = self.read()
            if name not in known:
                known[name] = "".join(secrets.choice(ALPHABET) for _ in range(length))
                self._write(known)
            return known[name]

    def _checked(self, content: object) -> dict[str, str]:
        if not isinstance(content, dict):
            raise AnsibleError(f"{self.path} must hold lines 'name: value'; run: {self._command('edit')}")
        for name, value in content.items():
            if not isinstance(value, str) or not value:
                raise AnsibleError(
                    f"the secret {name!r} in {self.path} is not text; put it in quotes with: {self._command('edit')}"
                )
        return {str(name): value for name, value in content.items()}

    def _write(self, content: Mapping[str, str]) -> None:
        if not self.key.exists():
            _replace(self.key, f"{secrets.token_urlsafe(48)}\n".encode())
        # ASCII: PyYAML writes some letters, such as U+0085, in a way that is read back as a blank.
        plain = HEADER + yaml.safe_dump(dict(content))
        _replace(self.path, self._vault().encrypt(plain))

    def _vault(self) -> Any:
        try:
            key = self.key.read_bytes().strip()
        except FileNotFoundError:
            raise AnsibleError(
                f"{self.key} is missing, so {self.path} cannot be opened; restore the key from a backup, "
                "or move secrets.yml away to have new secrets generated"
            ) from None
        if not key:
            raise AnsibleError(f"{self.key} is empty; restore it from a backup")
        return VaultLib([("default", VaultSecret(key))])

    def _command(self, verb: str) -> str:
        return shlex.join(["ansible-vault", verb, "--vault-password-file", str(self.key), str(self.path)])

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        _make_private(self.directory)
        with (self.directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core publishes no types
    """Entry point for Ansible."""

    def run(self, terms: Sequence[str], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """Return one secret for each name."""
        self.set_options(var_options=variables, direct=kwargs)
        length = self.get_option("length")
        if length < MINIMUM_LENGTH:
            raise AnsibleError(f"length={length} makes a weak secret; use {MINIMUM_LENGTH} or more")
        known = variables or {}
        vault = VaultFile(self._directory(known))
        try:
            return [_secret(vault, name, length, check_mode=bool(known.get("ansible_check_mode"))) for name in terms]
        except OSError as error:
            raise AnsibleError(
                f"cannot use the secrets in {vault.directory}: {error.strerror}; "
                "make the directory writable, or set glance_deploy_state_dir"
            ) from None

    def _directory(self, variables: Mapping[str, Any]) -> Path:
        chosen = self.get_option("state_dir")
        if chosen:
            return Path(self._templar.template(chosen) if self._templar else chosen).expanduser().absolute()
        return default_directory(_inventory_file(variables))


def default_directory(inventory_file: str | None) -> Path:
    """Return where the secrets of an inventory are kept when nothing else was said."""
    # A host list on the command line ("-i host,") is no file.
    if inventory_file and Path(inventory_file).is_file():
        inventory = Path(inventory_file).absolute()
        return inventory.parent / ".glance-deploy" / inventory.stem
    return Path.cwd() / ".glance-deploy" / "default"


def _inventory_file(variables: Mapping[str, Any]) -> str | None:
    """Return the inventory file of the first host, so that every host of a run agrees on it."""
    hosts = variables.get("groups", {}).get("all", [])
    source = variables["hostvars"][hosts[0]] if hosts and "hostvars" in variables else variables
    found = source.get("inventory_file")
    return str(found) if found else None


def _secret(vault: VaultFile, name: str, length: int, *, check_mode: bool) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise AnsibleError(f"{name!r} is not a name for a secret; use letters, digits and underscores")
    known = vault.read()
    if name in known:
        return known[name]
    # A check run has nothing to protect yet, and must not leave a trace.
    return PLACEHOLDER.format(name=name) if check_mode else vault.ensure(name, length)


def _make_private(directory: Path) -> None:
    for path in reversed([directory, *directory.parents]):
        if not path.exists():
            path.mkdir(mode=0o700, exist_ok=True)


def _replace(path: Path, content: bytes) -> None:
    """Write a whole file so that a crash leaves either the old or the new one, readable by its owner alone."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
