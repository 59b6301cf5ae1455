# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Which Glance a host has, by which method, as a resource that changes nothing: it refuses what would do harm.

What is on disk decides, not a record of ours: a host that somebody set up by hand counts as well.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._plan import RefusedError, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    # What is wished: the method, and the major version that it is going to install.
    "method": {"type": "str", "required": True},
    "major": {"type": "int", "required": True},
    # The distribution whose metadata tell the version, as glance.
    "distribution": {"type": "str", "required": True},
    # Patterns of the directories that hold the metadata, by method; which one is in use is the first that has them.
    "libraries": {"type": "dict", "required": True},
    # Whether another method, or an older release, may take the place of what is there.
    "switch": {"type": "bool", "default": False},
    # The variable that says so.
    "switch_variable": {"type": "str", "required": True},
}


@dataclasses.dataclass(frozen=True)
class Installed:
    """What a host has.

    Attributes:
        method: How it came in.
        version: Its version.
    """

    method: str
    version: str

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.partition(".")[0])


def read_installed(
    libraries: Mapping[str, Sequence[str]], distribution: str, root: Path = Path("/")
) -> Installed | None:
    """Return what is installed, None when nothing is.

    Args:
        libraries: Patterns of directories with the metadata of Python distributions, by method.
        distribution: Name of the distribution.
        root: Where the patterns begin.
    """
    name = re.compile(rf"{re.escape(distribution)}-(\d[^-]*?)(-py[\d.]+)?\.(dist|egg)-info")
    for method, patterns in libraries.items():
        for pattern in patterns:
            for path in sorted(root.glob(f"{pattern.lstrip('/')}/{distribution}-*-info")):
                found = name.fullmatch(path.name)
                if found:
                    return Installed(method, found.group(1))
    return None


def refuse_harm(params: Mapping[str, Any], found: Installed | None) -> None:
    """Refuse to put another method, or an older release, in the place of what is there.

    Raises:
        RefusedError: That would be done, and nobody asked for it.
    """
    if found is None or params["switch"]:
        return
    what = f"This host has Glance {found.version} by the method {found.method}"
    allow = f"or, if that is what you want, set {params['switch_variable']}=true."
    if found.method != params["method"]:
        raise RefusedError(
            f"{what}, and {params['method']} is asked for.", f"Set glance_install_method={found.method}, {allow}"
        )
    if found.method == "package" and params["major"] > found.major:
        raise RefusedError(
            f"{what}, and {params['major']} is asked for: packages that are there are not upgraded by this.",
            "Upgrade them with the system's package manager, then run this again; or leave the release unset.",
        )
    if params["major"] < found.major:
        raise RefusedError(
            f"{what}, and the older {params['major']} is asked for: its database cannot go back.",
            f"Leave the release as it is, {allow}",
        )


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Look what is there.

    Raises:
        RefusedError: What is wished would do harm.
    """
    del context
    found = read_installed(params["libraries"], params["distribution"])
    refuse_harm(params, found)
    return Outcome(plan(), dataclasses.asdict(found) if found else {})


KIND = Kind(SPEC, bring)
