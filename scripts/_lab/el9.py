"""A host that Ansible takes for CentOS Stream 9: dnf and RPMs, with Debian 12 underneath.

What works there works with dnf, rpm, and the names of packages, files and units that RDO has. It says nothing about
SELinux, firewalld, Python 3.9 or RDO's packages themselves: Glance in its one RPM comes from PyPI, others are empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import UsageError
from .recipe import BARE, EL9, HOOKS, Recipe, source_lines
from .sources import Mirror

BASE = "bookworm"
# What the smallest EL 9 has; and what our modules need in the host's Python, to which the empty RPMs bring nothing.
PACKAGES = ("dnf", "dnf-plugins-core", "rpm", "curl", "python3-venv", "python3-pymysql", "python3-openstacksdk")
# What makes the repository; purged when it is made.
TOOLS = ("createrepo-c",)
FILES = HOOKS / "el9"


@dataclass(frozen=True)
class El9Recipe(Recipe):
    """Everything that decides what is in an EL-like image.

    Attributes:
        files: What its hooks use, by name.
    """

    files: tuple[tuple[str, str], ...] = ()

    base = BASE
    space = 4 * 1024**3
    hint = "Check that `apt-get update` and `pip download glance` work here."


def make_el9_recipe(*, baked: bool, mirror: Mirror, host_settings: str) -> El9Recipe:
    """Decide what goes into the image.

    Raises:
        UsageError: It is to have services that it cannot have.
    """
    if baked:
        raise UsageError(
            f"{EL9} hosts are bare: only Glance has an RPM here.", "Leave --baked or --ready to a first host of Debian."
        )
    names = ("el9-rpms.sh", "host.sh", "el9.sh")
    return El9Recipe(
        suite=EL9,
        baked=False,
        packages=(*BARE, *PACKAGES, *TOOLS),
        sources=source_lines(BASE, mirror),
        hooks=tuple((name, (HOOKS / name).read_text()) for name in names),
        host_settings=host_settings,
        files=tuple((path.name, path.read_text()) for path in sorted(FILES.iterdir())),
    )
