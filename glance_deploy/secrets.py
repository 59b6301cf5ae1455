"""Passwords that the user gives, and the files through which Ansible gets them: private, and gone afterwards."""

from __future__ import annotations

import contextlib
import getpass
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glance_deploy import openrc
from glance_deploy.errors import UsageError
from glance_deploy.options import Options
from glance_deploy.state import write_private

PREFIX = "run-"
SSH_PASSWORD = "GLANCE_DEPLOY_SSH_PASSWORD"  # noqa: S105  # names of variables, not passwords
BECOME_PASSWORD = "GLANCE_DEPLOY_BECOME_PASSWORD"  # noqa: S105
DATABASE_PASSWORD = "GLANCE_DEPLOY_DATABASE_PASSWORD"  # noqa: S105
OWN_VARIABLES = (SSH_PASSWORD, BECOME_PASSWORD, DATABASE_PASSWORD)
Ask = Callable[[str, str], str]


@dataclass(frozen=True)
class Passwords:
    """What was asked for, or taken from the environment; None where nothing was wanted."""

    login: str | None = field(default=None, repr=False)
    become: str | None = field(default=None, repr=False)
    database: str | None = field(default=None, repr=False)
    cloud: Mapping[str, str] | None = field(default=None, repr=False)


def collect(options: Options, environment: Mapping[str, str], ask: Ask | None = None) -> Passwords:
    """Ask for every password at once, before anything is started.

    Args:
        options: What the user wants.
        environment: Where a password may stand instead, for runs without a terminal.
        ask: Gets a prompt and the name of that variable; a fake in tests.
    """

    def answer(prompt: str, name: str) -> str:
        return environment.get(name) or (ask or ask_on_terminal)(prompt, name)

    wants_database = options.ask_database_pass or (options.database_host and environment.get(DATABASE_PASSWORD))
    cloud = options.openrc
    if cloud is not None and openrc.PASSWORD not in cloud and "OS_USERNAME" in cloud:
        cloud = {**cloud, openrc.PASSWORD: answer(f"Keystone password of {cloud['OS_USERNAME']}", openrc.PASSWORD)}
    return Passwords(
        login=answer("SSH password", SSH_PASSWORD) if options.ask_pass else None,
        become=answer("sudo password", BECOME_PASSWORD) if options.ask_become_pass else None,
        database=answer("Database administrator's password", DATABASE_PASSWORD) if wants_database else None,
        cloud=cloud,
    )


def ask_on_terminal(prompt: str, name: str) -> str:
    """Read a password without showing it.

    Raises:
        UsageError: There is nobody to ask.
    """
    hint = f"export {name}=... before the command"
    if not sys.stdin.isatty():
        raise UsageError(f"no terminal on which to ask for: {prompt}", hint)
    try:
        return getpass.getpass(f"{prompt}: ")
    except EOFError:
        raise UsageError(f"no answer to: {prompt}", hint) from None


def ansible_environment(options: Options, passwords: Passwords, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for Ansible: the wanted cloud's credentials, and none of our own passwords."""
    plain = {name: value for name, value in base.items() if name not in OWN_VARIABLES}
    if passwords.cloud is not None:
        return openrc.cloud_environment(plain, passwords.cloud)
    if options.os_cloud:
        kept = {name: base[name] for name in ("OS_CLIENT_CONFIG_FILE",) if name in base}
        return openrc.cloud_environment(plain, {**kept, "OS_CLOUD": options.os_cloud})
    return plain


@contextlib.contextmanager
def private_directory(parent: Path) -> Iterator[Path]:
    """A directory for this run's secrets, removed at its end; also what a killed run left behind is removed."""
    for left_over in parent.glob(f"{PREFIX}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    path = Path(tempfile.mkdtemp(dir=parent, prefix=PREFIX))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def write_password(directory: Path, name: str, password: str | None) -> Path | None:
    """Write a password where Ansible reads it; None for none."""
    if password is None:
        return None
    write_private(directory / name, f"{password}\n")
    return directory / name


def write_variables(directory: Path, variables: Mapping[str, Any], secrets: Mapping[str, str | None]) -> Path:
    """Write extra variables; secrets are marked so that Ansible takes them for text and never for a template."""
    # In YAML, !unsafe makes a number of "0777" in spite of the quotes. JSON, in Ansible's own form, keeps every text.
    marked = {name: {"__ansible_unsafe": value} for name, value in secrets.items() if value is not None}
    path = directory / "variables.json"
    write_private(path, json.dumps({**variables, **marked}, default=str))
    return path
