"""A throw-away host on this machine, for who has none to spare. `scripts/lab` makes it, in a process of its own."""

from __future__ import annotations

import json
import re
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glance_deploy import process
from glance_deploy.errors import GlanceDeployError
from glance_deploy.inventory import Host
from glance_deploy.target import DEFAULT_PORT

PATIENCE = 0.5
_ERROR = re.compile(r"^lab: (?P<message>.+)\n(?:  (?P<hint>.+))?", re.MULTILINE)


@dataclass(frozen=True)
class Lab:
    """A lab that is up.

    Attributes:
        directory: Where it keeps its keys, and where its secrets belong: `lab down` removes all of it.
    """

    name: str
    directory: Path
    host: Host


def directory(name: str, root: Path) -> Path:
    """Return where `scripts/lab` keeps a lab."""
    return root / ".glance-deploy" / "labs" / name


def up(name: str, root: Path, environment: Mapping[str, str], on_output: Callable[[str], None]) -> Lab:
    """Find the lab running, with whatever system it has, or bring it up; return its first host.

    A lab whose first host answers is up: to ask podman for its state takes longer than all else before the run.

    Raises:
        GlanceDeployError: The machine cannot carry a lab; the lab's own words say why.
    """
    if (known := remembered(directory(name, root))) and answers(known.host.address):
        return known
    script = [sys.executable, str(root / "scripts" / "lab")]
    wanted = ["--output", "json", "--name", name]
    code, output, _ = process.capture([*script, "list", *wanted], environment=environment, directory=root)
    for found in json.loads(output) if code == 0 else []:
        if set(found["states"].values()) == {"running"}:
            return describe(found)
    return describe(_made([*script, "up", "--install-missing", *wanted], root, environment, on_output))


def remembered(directory: Path) -> Lab | None:
    """Return a lab as its directory tells of it; None when it is not there, or not in full."""
    try:
        found = json.loads((directory / "lab.json").read_text(encoding="utf-8"))
        files = {"ssh_key": str(directory / "id_ed25519"), "known_hosts": str(directory / "known_hosts")}
        return describe({**found, **files, "state_dir": str(directory)}) if found["ready"] else None
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def answers(address: str) -> bool:
    """Whether a host lets people log in."""
    try:
        socket.create_connection((address, DEFAULT_PORT), PATIENCE).close()
    except OSError:
        return False
    return True


def _made(argv: list[str], root: Path, environment: Mapping[str, str], on_output: Callable[[str], None]) -> Any:
    """Run `scripts/lab up` and return the lab as it describes it."""
    with tempfile.TemporaryDirectory(prefix="glance-deploy-") as scratch:
        log, result = Path(scratch, "log"), Path(scratch, "result")
        log.touch()
        tail = process.Tail(log)

        def watch() -> None:
            for line in tail.lines():
                on_output(line)

        code = process.run(argv, environment=environment, directory=root, log=log, watch=watch, result=result)
        tail.close()
        if code:
            raise failure(log.read_text(encoding="utf-8", errors="replace"), code)
        return json.loads(result.read_text(encoding="utf-8"))


def describe(found: Mapping[str, Any]) -> Lab:
    """Return the lab that `scripts/lab` describes in JSON."""
    first = found["hosts"][0]
    options = (f"UserKnownHostsFile={found['known_hosts']}", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes")
    host = Host(
        name=first["name"],
        address=first["ip"],
        user="root",
        key=Path(found["ssh_key"]),
        arguments=tuple(word for option in options for word in ("-o", option)),
    )
    return Lab(found["name"], Path(found["state_dir"]), host)


def failure(output: str, code: int) -> GlanceDeployError:
    """Return the lab's error as ours."""
    if said := list(_ERROR.finditer(output)):
        return GlanceDeployError(f"no lab: {said[-1]['message']}", said[-1]["hint"] or "scripts/lab --help")
    last = (output.strip().splitlines() or ["no output"])[-1]
    return GlanceDeployError(f"no lab: scripts/lab ended with {code}: {last[:200]}", "scripts/lab up")
