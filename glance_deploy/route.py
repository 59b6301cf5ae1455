"""Where a login goes: what ssh itself would use for a host, after ~/.ssh/config and everything else it reads."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from glance_deploy import process
from glance_deploy.errors import Problem
from glance_deploy.inventory import Host
from glance_deploy.target import DEFAULT_PORT

_UNCHECKED = {"no", "off", "false", "accept-new"}


class LoginError(Exception):
    """A host cannot be used; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


@dataclass(frozen=True)
class Route:
    """Where and as whom to log in, after the SSH configuration of the user was applied."""

    name: str
    address: str
    port: int
    user: str
    keys: tuple[str, ...] = ()
    known_hosts: tuple[str, ...] = ()
    host_key_alias: str = ""
    proxy_command: str = ""
    is_checked: bool = True
    password: str | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Address and port, for messages."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def known_as(self) -> str:
        """The name under which known_hosts files have the host's key."""
        if self.host_key_alias or self.port == DEFAULT_PORT:
            return self.host_key_alias or self.address
        return f"[{self.address}]:{self.port}"

    def problem(self, what: str, mend: str) -> LoginError:
        """Return the fault as an error about this host."""
        return LoginError(Problem(what, self.name, mend))


def settings(host: Host, config: Path | None = None) -> dict[str, list[str]]:
    """Return what ssh itself would use for a host, from its configuration files and the host's own settings.

    Args:
        host: The host.
        config: A configuration file instead of the user's and the system's.

    Raises:
        LoginError: There is no ssh on this machine, or it refuses its configuration.
    """
    argv = ["ssh", "-G", *host.arguments]
    argv += ["-F", str(config)] if config else []
    argv += ["-p", str(host.port)] if host.port else []
    argv += ["-l", host.user] if host.user else []
    argv += ["-i", str(host.key)] if host.key else []
    try:
        code, output, errors = process.capture(
            [*argv, "--", host.address], environment=os.environ, directory=Path.cwd()
        )
    except FileNotFoundError:
        what = "ssh is missing on this machine"
        raise LoginError(Problem(what, host.name, "apt install openssh-client")) from None
    if code:
        what = f"ssh refuses its configuration: {(errors.strip().splitlines() or ['?'])[-1]}"
        raise LoginError(Problem(what, host.name, "mend ~/.ssh/config"))
    found: dict[str, list[str]] = {}
    for line in output.splitlines():
        name, _, value = line.partition(" ")
        found.setdefault(name, []).append(value)
    return found


def find(host: Host, found: Mapping[str, list[str]], password: str | None = None) -> Route:
    """Return how to reach a host, from ssh's settings for it."""

    def one(name: str, default: str = "") -> str:
        return found.get(name, [default])[0]

    address, port = one("hostname", host.address), int(one("port", str(DEFAULT_PORT)))
    keys = [host.key] if host.key else [Path(key).expanduser() for key in found.get("identityfile", [])]
    return Route(
        name=host.name,
        address=address,
        port=port,
        user=one("user"),
        keys=tuple(str(key) for key in keys if key.is_file()),
        known_hosts=(*_files(one("userknownhostsfile")), *_files(one("globalknownhostsfile"))),
        host_key_alias=one("hostkeyalias"),
        proxy_command=_proxy_command(one("proxyjump", "none"), one("proxycommand", "none"), address, port),
        is_checked=one("stricthostkeychecking") not in _UNCHECKED,
        password=password,
    )


def _files(text: str) -> list[str]:
    """Split a list of files that ssh prints without quotes, although a name may hold a space."""
    return [str(Path(name).expanduser()) for name in re.split(r"\s+(?=[/~])", text) if name and name != "none"]


def _proxy_command(jump: str, command: str, address: str, port: int) -> str:
    """Return the command through which the host is reached, empty for none."""
    if jump != "none":
        hops, _, last = jump.rpartition(",")
        through = ["-J", hops] if hops else []
        return shlex.join(["ssh", *through, "-W", f"[{address}]:{port}", f"ssh://{last}"])
    return "" if command == "none" else command.replace("%h", address).replace("%p", str(port))
