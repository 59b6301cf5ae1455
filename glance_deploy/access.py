"""The first look at the hosts: can we log in, become root, and is there a Python? Changes nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import paramiko

from glance_deploy import process, route, ssh
from glance_deploy.errors import Problem
from glance_deploy.inventory import SYSTEM_PYTHON, Host

AT_ONCE = 16
OLDEST_PYTHON = (3, 9)
OLDEST = ".".join(map(str, OLDEST_PYTHON))
TOO_OLD = "it has to be 3.9 or newer: use a newer system, or type what deploy.py render --os NAME writes down"
# One line that says all; the marks keep it apart from what a login shell prints.
QUESTION = (
    "/bin/sh -c 'echo \"<uid=$(id -u)> <sudo=$(command -v sudo)> "
    f'<python=$({SYSTEM_PYTHON} -c "import sys; print(*sys.version_info[:2])" 2>/dev/null)>"\''
)
ASK_SUDO = "LC_ALL=C sudo -n true"
ASK_SUDO_PASSWORD = "LC_ALL=C sudo -k -S -p '' true"  # noqa: S105  # a command, not a password


class Shell(Protocol):
    """Runs a command on a host."""

    def run(self, command: str, text: str = "") -> tuple[int, str]:
        """Return exit code and all output of a command that gets a text on its input."""


@dataclass(frozen=True)
class Access:
    """What the user gave for logging in.

    Attributes:
        config: A file instead of the user's own SSH configuration.
    """

    login_password: str | None = field(default=None, repr=False)
    become_password: str | None = field(default=None, repr=False)
    config: Path | None = None


def check(hosts: Sequence[Host], access: Access) -> list[Problem]:
    """Look at all hosts at once and return everything that is in the way, in the order of the hosts."""
    if not hosts:
        return []
    with ThreadPoolExecutor(min(AT_ONCE, len(hosts))) as pool:
        found = pool.map(lambda host: check_host(host, access), hosts)
        return [problem for problems in found for problem in problems]


def check_host(host: Host, access: Access) -> list[Problem]:
    """Return what is in the way on one host."""
    if host.is_local:
        return examine(LocalShell(), host.name, access.become_password)
    try:
        to = route.find(host, route.settings(host, access.config), access.login_password)
        with ssh.login(to) as client:
            return examine(RemoteShell(client), host.name, access.become_password)
    except route.LoginError as error:
        return [error.problem]


def examine(shell: Shell, name: str, become_password: str | None) -> list[Problem]:
    """Return what is in the way once we are logged in."""
    try:
        _, output = shell.run(QUESTION)
        answers = dict(re.findall(r"<(\w+)=([^>]*)>", output))
        if "uid" not in answers:
            what = f"the login shell does not run commands: {output.strip()[:80] or 'no output'}"
            return [Problem(what, name, "give the user a POSIX shell: usermod -s /bin/bash USER")]
        found = [_python(answers["python"], name)]
        if answers["uid"] != "0":
            found.append(_sudo(shell, answers["sudo"], name, become_password))
    except (paramiko.SSHException, OSError, EOFError) as error:
        return [Problem(f"the connection broke: {error or 'closed'}", name, "try again")]
    return [problem for problem in found if problem]


def _python(version: str, name: str) -> Problem | None:
    mend = f"install python3 on the host; on a system that has none as new as {OLDEST}: deploy.py render --os NAME"
    if not version:
        return Problem(f"{SYSTEM_PYTHON} is missing", name, mend)
    if tuple(int(part) for part in version.split()) < OLDEST_PYTHON:
        return Problem(f"{SYSTEM_PYTHON} is {version.replace(' ', '.')}, older than {OLDEST}", name, TOO_OLD)
    return None


def _sudo(shell: Shell, path: str, name: str, password: str | None) -> Problem | None:
    if not path:
        return Problem(
            "this user is not root, and sudo is missing", name, "log in as root (root@HOST), or apt install sudo"
        )
    command, text = (ASK_SUDO, "") if password is None else (ASK_SUDO_PASSWORD, f"{password}\n")
    code, output = shell.run(command, text)
    if code == 0:
        return None
    if "not in the sudoers" in output or "not allowed" in output or "may not run" in output:
        return Problem("sudo does not let this user become root", name, "on the host, as root: adduser USER sudo")
    if "password" in output and password is None:
        return Problem("sudo asks for a password", name, "--ask-become-pass, or a NOPASSWD rule in /etc/sudoers.d/")
    if "incorrect" in output or "try again" in output:
        return Problem(
            "sudo does not accept the password", name, "--ask-become-pass with the password of the login user"
        )
    return Problem(
        f"sudo fails: {(output.strip().splitlines() or ['no output'])[-1][:120]}", name, "on the host: sudo -n true"
    )


class LocalShell:
    """This machine."""

    def run(self, command: str, text: str = "") -> tuple[int, str]:
        """Run a command here."""
        environment: Mapping[str, str] = os.environ
        code, output, errors = process.capture(
            ["/bin/sh", "-c", command], environment=environment, directory=Path("/"), text=text
        )
        return code, output + errors


class RemoteShell:
    """A host over SSH."""

    def __init__(self, client: paramiko.SSHClient) -> None:
        self._client = client

    def run(self, command: str, text: str = "") -> tuple[int, str]:
        """Run a command there."""
        stdin, stdout, _ = self._client.exec_command(command, timeout=ssh.PATIENCE)
        stdout.channel.set_combine_stderr(True)
        stdin.write(text)
        stdin.flush()
        stdin.channel.shutdown_write()
        output = stdout.read().decode("utf-8", "replace")
        return stdout.channel.recv_exit_status(), output
