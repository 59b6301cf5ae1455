# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""Packages of the distribution: which are missing, and how they come in."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Protocol

from ._apt import Apt
from ._command import Run
from ._dnf import Dnf, uses_dnf
from ._plan import Plan, Step, plan
from ._resource import Context, Kind, Outcome

SPEC: Mapping[str, Any] = {
    "names": {"type": "list", "elements": "str", "required": True},
    # Whether the packages' own services may start at once. Where their configuration comes later, that is wasted.
    "start_services": {"type": "bool", "default": False},
    # http(s) proxy for package work only; empty: what apt or dnf is set up with.
    "proxy": {"type": "str", "default": ""},
    # Hours that package lists may be old. Older ones are fetched anew before, any at all when something fails.
    "lists_max_age": {"type": "int", "default": 24},
    # Seconds to wait for another program that works with packages.
    "lock_timeout": {"type": "int", "default": 300},
}


class Packages(Protocol):
    """What a host's packages are asked for; apt and dnf each know how."""

    def installed(self, names: Sequence[str]) -> frozenset[str]:
        """Return which of the packages are installed."""
        ...

    def lists_age(self, now: float) -> float | None:
        """Return how many seconds ago it was asked what there is; None when never."""
        ...

    def install(self, names: Sequence[str], *, fresh_lists: bool, start_services: bool) -> None:
        """Install packages."""
        ...


def plan_packages(names: list[str], installed: frozenset[str]) -> Plan:
    """Return the step that brings in what is missing."""
    missing = [name for name in names if name not in installed]
    return plan(Step("install", f"packages {', '.join(missing)}", arguments={"names": missing}) if missing else None)


def bring(params: Mapping[str, Any], context: Context) -> Outcome:
    """Install what is missing.

    Raises:
        DeployError: apt or dnf could not.
    """
    family: Callable[[Run, str, int], Packages] = Dnf if uses_dnf() else Apt
    packages = family(context.run, params["proxy"], params["lock_timeout"])
    steps = plan_packages(params["names"], packages.installed(params["names"]))
    if steps and not context.check_mode:
        lists_age = packages.lists_age(time.time())
        fresh = lists_age is not None and lists_age < params["lists_max_age"] * 3600
        packages.install(steps.steps[0].arguments["names"], fresh_lists=fresh, start_services=params["start_services"])
    return Outcome(steps)


KIND = Kind(SPEC, bring)
