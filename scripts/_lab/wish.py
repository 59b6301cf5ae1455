"""A lab as somebody asks for it: the words of the command line, understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from .errors import UsageError
from .inventory import SERVICES
from .recipe import EL9, check_suite
from .state import Lab, check_name
from .subnet import MOST_HOSTS

DEFAULT_SUITE = "bookworm"
RESERVED = frozenset({*SERVICES, "all", "controller", "localhost", "spare", "ungrouped"})


@dataclass(frozen=True)
class Wish:
    """A lab that is wanted: its name, and the name and suite of each host."""

    name: str
    hosts: tuple[tuple[str, str], ...]
    kind: str = "bare"
    subnet: IPv4Network | None = None

    def members(self) -> list[tuple[str, str, str]]:
        """Return each host's name, suite and kind of image: only the first can be ready, the others join it."""
        first, *others = self.hosts
        join = "baked" if self.kind == "ready" else self.kind
        return [(*first, self.kind), *((name, suite, "bare" if suite == EL9 else join) for name, suite in others)]

    def is_granted_by(self, lab: Lab) -> bool:
        """Tell whether a lab that is up is the one that is wanted."""
        return tuple((host.name, host.suite) for host in lab.hosts) == self.hosts and lab.kind == self.kind


def wish_hosts(count: int | None, suites: Sequence[str], named: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Understand `--hosts`, `--suite` and `--host` as names and suites.

    Args:
        count: How many hosts; as many as were named, else as there are suites, when None.
        suites: Dealt out to the hosts in turn.
        named: `NAME` or `NAME=SUITE`; further hosts are called host2, host3 and so on.

    Raises:
        UsageError: The wishes contradict each other.
    """
    turns = list(suites) or [DEFAULT_SUITE]
    total = check_count(len(named) or len(turns) if count is None else count, len(named))
    words = [*named, *(f"host{number}" for number in range(len(named) + 1, total + 1))]
    pairs = [word.partition("=") for word in words]
    hosts = [(name, suite or turns[turn % len(turns)]) for turn, (name, _, suite) in enumerate(pairs)]
    if len(dict(hosts)) < total:
        raise UsageError("Two hosts have the same name.", "Give each its own: --host NAME")
    return tuple((check_host(name), check_suite(suite)) for name, suite in hosts)


def check_host(name: str) -> str:
    """Refuse a host name that the inventory could not tell from a group's."""
    if name in RESERVED:
        raise UsageError(f"Host name {name!r} is a group's name in the inventory.", f"Use another, such as {name}1.")
    return check_name("Host", name)


def check_count(total: int, named: int) -> int:
    """Refuse a number of hosts that no subnet holds, or that is less than the names given."""
    if not 1 <= total <= MOST_HOSTS:
        raise UsageError(f"A lab cannot have {total} hosts.", f"Ask for 1 to {MOST_HOSTS}.")
    if total < named:
        raise UsageError(f"--hosts {total} is less than the {named} hosts that were named.", "Leave --hosts out.")
    return total
