"""What a host image is made of, as data; its tag changes whenever any of it does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from .errors import UsageError
from .sources import Mirror

HOOKS = Path(__file__).parent / "hooks"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
REPOSITORY = "localhost/glance-deploy-lab"

# bullseye takes its main archive only: its security index still lists files that the pool no longer has.
DEBIAN: Mapping[str, tuple[str, ...]] = {
    "bullseye": (),
    "bookworm": ("bookworm-updates", "bookworm-security"),
    "trixie": ("trixie-updates", "trixie-security"),
}
# Made in el9.py; such hosts are only ever bare.
EL9 = "el9"
SUITES = (*DEBIAN, EL9)
# A host has an operating system, Python and sshd; whatever a role needs beyond, it has to bring.
BARE = (
    "systemd-sysv", "dbus", "python3", "openssh-server", "sudo", "iproute2", "ca-certificates", "procps",
)  # fmt: skip
BAKED = (
    "mariadb-server", "memcached", "keystone", "python3-openstackclient", "python3-pymysql", "python3-memcache",
    "python3-apt",
)  # fmt: skip
# Bytes that a build needs at its worst moment: the tree, its archive and the imported layer.
SPACE = {False: 2 * 1024**3, True: 6 * 1024**3}


class Named(Protocol):
    """Whatever an image can be made from: its names say what is in it."""

    @property
    def label(self) -> str:
        """Name the image for people."""
        ...

    @property
    def repository(self) -> str:
        """Name the image for podman, without its tag."""
        ...

    @property
    def image(self) -> str:
        """Name the image for podman, tagged by its content."""
        ...


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what is in an image."""

    suite: str
    baked: bool
    packages: tuple[str, ...]
    sources: tuple[str, ...]
    hooks: tuple[tuple[str, str], ...]
    host_settings: str

    @property
    def base(self) -> str:
        """Name the suite of Debian that it is made of."""
        return self.suite

    @property
    def space(self) -> int:
        """Return the bytes that a build needs."""
        return SPACE[self.baked]

    @property
    def hint(self) -> str:
        """Say what has to work on this machine for a build to work."""
        return "Check that `apt-get update` works here."

    @property
    def label(self) -> str:
        """Name the image for people."""
        return f"{self.suite}, baked" if self.baked else f"{self.suite}, bare"

    @property
    def repository(self) -> str:
        """Name the image for podman, without its tag."""
        return f"{REPOSITORY}-{self.suite}{'-baked' if self.baked else ''}"

    @property
    def image(self) -> str:
        """Name the image for podman, tagged by its content."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{self.repository}:{digest[:12]}"


def make_recipe(suite: str, *, baked: bool, mirror: Mirror, host_settings: str) -> Recipe:
    """Decide what goes into an image.

    Raises:
        UsageError: The lab does not build this suite.
    """
    check_suite(suite)
    names = ["baked.sh", "host.sh"] if baked else ["host.sh"]
    return Recipe(
        suite=suite,
        baked=baked,
        packages=BARE + BAKED if baked else BARE,
        sources=source_lines(suite, mirror),
        hooks=tuple((name, (HOOKS / name).read_text()) for name in names),
        host_settings=host_settings,
    )


def check_suite(suite: str) -> str:
    """Refuse a suite that the lab does not build."""
    if suite not in SUITES:
        raise UsageError(f"Unknown suite {suite!r}.", f"The lab builds: {', '.join(SUITES)}")
    return suite


def source_lines(suite: str, mirror: Mirror) -> tuple[str, ...]:
    """Write the host's apt sources; without a security archive the host has none either."""
    archives = [(mirror.archive, suite)]
    for extra in DEBIAN[suite]:
        uri = mirror.security if extra.endswith("-security") else mirror.archive
        archives += [(uri, extra)] if uri else []
    return tuple(f"deb [signed-by={KEYRING}] {uri} {name} main" for uri, name in archives)


def mmdebstrap_argv(recipe: Recipe, *, target: Path, build_settings: Path, host_settings: Path) -> list[str]:
    """Build the command that turns Debian packages into a root file system archive.

    Args:
        recipe: What to build.
        target: The archive to write.
        build_settings: apt settings used now, on this machine.
        host_settings: apt settings that the host keeps.
    """
    hooks = [f"--customize-hook=upload {host_settings} /etc/apt/apt.conf.d/90lab"]
    hooks += [f"--customize-hook={HOOKS / name}" for name, _ in recipe.hooks]
    return [
        # A killed build takes all its processes and mounts along.
        "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
        "mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar",
        # With its lists a host can install at once; an empty list directory looks fresh to `cache_valid_time`.
        f"--skip=cleanup/apt/lists{',cleanup/apt/cache' if recipe.baked else ''}",
        "--dpkgopt=force-unsafe-io", f"--aptopt={build_settings}",
        f"--include={','.join(recipe.packages)}",
        *hooks, recipe.base, str(target), *recipe.sources,
    ]  # fmt: skip
