"""A lab on disk: who its hosts are and where its keys lie."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import LabError, UsageError
from .files import REPOSITORY, write

LABS = REPOSITORY / ".glance-deploy" / "labs"
NAME = re.compile(r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$")


@dataclass(frozen=True)
class Host:
    """One host of a lab."""

    name: str
    ip: str
    suite: str


@dataclass(frozen=True)
class Lab:
    """A lab as it was asked for; `ready` says that all of it came up once."""

    name: str
    subnet: str
    kind: str
    hosts: tuple[Host, ...]
    ready: bool = False
    # Where the state lies; tests put it elsewhere.
    root: Path = LABS

    @property
    def directory(self) -> Path:
        """The lab's state directory."""
        return self.root / self.name

    @property
    def key(self) -> Path:
        """The private key that opens every host."""
        return self.directory / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """The host keys, written by the lab itself: no host is trusted on first sight."""
        return self.directory / "known_hosts"

    @property
    def inventory(self) -> Path:
        """The Ansible inventory."""
        return self.directory / "inventory.yml"

    @property
    def pypi(self) -> Path:
        """How this machine's pip reaches PyPI, lent to the hosts."""
        return self.directory / "pypi"

    @property
    def id(self) -> str:
        """The lab's name for podman: the same lab name in another clone is another lab."""
        return lab_id(self.name, self.root)

    def container(self, host: Host) -> str:
        """The host's name for podman."""
        return f"{self.id}-{host.name}"

    def find(self, name: str) -> Host:
        """Return the host of that name.

        Raises:
            UsageError: The lab has no such host.
        """
        for host in self.hosts:
            if host.name == name:
                return host
        known = ", ".join(host.name for host in self.hosts)
        raise UsageError(f"Lab {self.name!r} has no host {name!r}.", f"Its hosts are: {known}")

    def save(self) -> None:
        """Write the lab down, whole or not at all."""
        facts = {key: value for key, value in asdict(self).items() if key != "root"}
        write(self.directory / "lab.json", json.dumps(facts, indent=2) + "\n")


def lab_id(name: str, root: Path = LABS) -> str:
    """Name a lab so that no other clone on this machine uses the same name."""
    return f"glance-lab-{name}-{hashlib.sha256(str(root).encode()).hexdigest()[:4]}"


def check_name(kind: str, name: str) -> str:
    """Refuse a name that DNS, podman or a path could not carry."""
    if not NAME.match(name):
        raise UsageError(
            f"{kind} name {name!r} is not usable.", "Use up to 32 small letters, digits and inner hyphens."
        )
    return name


def load(name: str, root: Path = LABS) -> Lab | None:
    """Read a lab; None when there is none, or only what an interrupted run left of it."""
    try:
        facts = json.loads((root / name / "lab.json").read_text())
    except FileNotFoundError:
        return None
    facts.setdefault("kind", "baked" if facts.pop("baked", False) else "bare")  # as older clones wrote it
    facts["hosts"] = tuple(Host(**host) for host in facts["hosts"])
    return Lab(root=root, **facts)


def load_ready(name: str, root: Path = LABS) -> Lab:
    """Read a lab that is up.

    Raises:
        LabError: It is not up.
    """
    lab = load(name, root)
    if lab is None or not lab.ready:
        raise LabError(f"Lab {name!r} is not up.", f"Run: scripts/lab up{'' if name == 'lab' else f' --name {name}'}")
    return lab


def names(root: Path = LABS) -> list[str]:
    """Name every lab that has a state directory."""
    return sorted(path.name for path in root.iterdir()) if root.is_dir() else []
