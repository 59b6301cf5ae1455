"""Variables from the command line: only names that the roles know, so that a typing error cannot pass silently."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from glance_deploy.errors import UsageError

# What playbooks and connections read besides the arguments of the roles.
PLAYBOOK_NAMES = frozenset(
    {
        "openstack_region",
        "openstack_release",
        "glance_image_source",
        "glance_image_checksum",
        "glance_database_host",
        "ansible_become_method",
        "ansible_python_interpreter",
        "ansible_ssh_common_args",
    }
)
SECRET_NAMES = frozenset(
    {
        "ansible_password",
        "ansible_become_password",
        "glance_database_admin_password",
        "openstack_identity_auth",
        "openstack_own_identity_auth",
    }
)
# http://user:password@proxy
_CREDENTIALS = re.compile(r"://[^/\s@]*:[^/\s]*@")
# What PyYAML raises for a text: besides its own, what Python's types say of 2026-99-99, 0x_, !!bool x or 2000 brackets.
_NOT_YAML = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
VAULT_HEADER = "$ANSIBLE_VAULT"
VAULT_PASSWORD = "ANSIBLE_VAULT_PASSWORD_FILE"  # noqa: S105  # the name of a variable, not a password


@dataclass(frozen=True)
class Names:
    """The variables that a user may set, and those among them that may not stand on a command line."""

    public: frozenset[str]
    secret: frozenset[str]

    def check(self, name: str, where: str) -> None:
        """Refuse an unknown name, suggesting the nearest one."""
        if name in self.public or name in self.secret:
            return
        near = difflib.get_close_matches(name, self.public | self.secret, n=1)
        hint = f"did you mean {near[0]}?" if near else "the README of each role in roles/ lists its variables"
        raise UsageError(f"unknown variable {name!r} in {where}", hint)


class _TolerantLoader(yaml.SafeLoader):
    """Lets Ansible's own tags (!vault, !unsafe) through: only the names are read here."""


_TolerantLoader.add_multi_constructor("!", lambda _loader, _tag, _node: None)


def known_names(root: Path) -> Names:
    """Return the names that the roles and group_vars of a repository declare."""
    public, secret = set(PLAYBOOK_NAMES), set(SECRET_NAMES)
    for path in sorted(root.glob("roles/*/meta/argument_specs.yml")):
        main = _mapping(path).get("argument_specs", {}).get("main", {})
        for name, option in main.get("options", {}).items():
            (secret if option.get("no_log") else public).add(name)
    for path in _shared_files(root / "group_vars"):
        public.update(name for name in _mapping(path) if name.startswith("openstack_"))
    return Names(frozenset(public - secret), frozenset(secret))


def parse_assignment(text: str, names: Names) -> tuple[str, Any]:
    """Return name and value of `--set NAME=VALUE`; the value is YAML.

    Raises:
        UsageError: No `=`, an unknown or a secret name, or a value that is not YAML.
    """
    name, sign, value = text.partition("=")
    name = name.strip()
    if not sign or not name:
        raise UsageError(f"--set {name or '?'} has no value", "write --set NAME=VALUE")
    names.check(name, "--set")
    if name in names.secret:
        raise _on_command_line(f"{name} is a secret", name)
    if _CREDENTIALS.search(value):
        raise _on_command_line(f"the address in --set {name} holds a password", name)
    try:
        return name, yaml.safe_load(value)
    except _NOT_YAML:
        raise UsageError(f"the value of --set {name} is not YAML", f"quote it: --set '{name}=\"...\"'") from None


def _on_command_line(what: str, name: str) -> UsageError:
    return UsageError(
        f"{what}, and every user of this machine can read a command line",
        f"write it into a file (chmod 600) as `{name}: ...` and give --vars-file FILE",
    )


def check_file(path: Path, names: Names, environment: Mapping[str, str]) -> None:
    """Refuse a file of variables that cannot be read or holds unknown names.

    Raises:
        UsageError: With the line, but never with the text, of what is wrong: the file may hold secrets.
    """
    text = read_text(path, "--vars-file")
    if text.startswith(VAULT_HEADER):
        if VAULT_PASSWORD not in environment:
            raise UsageError(f"{path} is encrypted by ansible-vault", f"export {VAULT_PASSWORD}=FILE with its password")
        return
    try:
        content = yaml.load(text, _TolerantLoader)  # noqa: S506  # a SafeLoader that ignores tags
    except _NOT_YAML as error:
        # Its own words quote names of aliases and tags, which a password that begins with * or ! looks like.
        mark = getattr(error, "problem_mark", None)
        where = f": line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path} is not YAML{where}", "see yaml.org, or put the value in quotes") from None
    if not isinstance(content, dict):
        raise UsageError(f"{path} does not hold variables", "write one `name: value` a line")
    for name in content:
        names.check(str(name), str(path))


def read_text(path: Path, option: str) -> str:
    """Return the text of a file that an option names.

    Raises:
        UsageError: There is no such file, or it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{option} {path}: there is no such file", "check the path") from None
    except UnicodeDecodeError:
        raise UsageError(f"{option} {path}: the file is not text in UTF-8", "check the path") from None
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror}", f"ls -l {path}") from None


def _shared_files(group_vars: Path) -> Iterable[Path]:
    return [path for path in (group_vars / "all.yml", *sorted(group_vars.glob("all/*.yml"))) if path.is_file()]


def _mapping(path: Path) -> dict[str, Any]:
    content = yaml.load(path.read_text(encoding="utf-8"), _TolerantLoader)  # noqa: S506  # a SafeLoader that ignores tags
    return content if isinstance(content, dict) else {}
