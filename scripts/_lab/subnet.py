"""Choosing a subnet that nothing on this machine uses."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from ipaddress import IPv4Network, ip_network

from .command import Run
from .errors import LabError, UsageError

POOLS = (IPv4Network("10.77.0.0/16"), IPv4Network("172.29.0.0/16"))
FIRST_HOST = 11
MOST_HOSTS = 50


def choose_subnet(taken: Iterable[IPv4Network], start: int = 0, pools: Iterable[IPv4Network] = POOLS) -> IPv4Network:
    """Return a free /24.

    Args:
        taken: The networks in use.
        start: Where to begin in each pool. A new lab should not reuse the last one's addresses at once:
            ssh connections kept open for reuse would still lead to hosts that are gone.
        pools: Where to look.

    Raises:
        LabError: All are taken.
    """
    used = list(taken)
    for pool in pools:
        candidates = list(pool.subnets(new_prefix=24))
        turn = start % len(candidates)
        for candidate in candidates[turn:] + candidates[:turn]:
            if not any(candidate.overlaps(network) for network in used):
                return candidate
    raise LabError("No free subnet: this machine's routes cover every one the lab knows.", "Use: --subnet 10.1.2.0/24")


def networks_in_use(routes: str, podman_networks: str) -> list[IPv4Network]:
    """Read the networks out of `ip -json route` and `podman network ls --format json`."""
    found = [route["dst"] for route in json.loads(routes) if route["dst"] != "default"]
    for network in json.loads(podman_networks):
        found += [subnet["subnet"] for subnet in network.get("subnets") or ()]
    parsed = [ip_network(text, strict=False) for text in found]
    return [network for network in parsed if isinstance(network, IPv4Network)]


def free_subnet(run: Run) -> IPv4Network:
    """Choose a subnet on this machine."""
    routes = run(["ip", "-json", "-4", "route", "show", "table", "main"])
    return choose_subnet(
        networks_in_use(routes or "[]", run(["podman", "network", "ls", "--format", "json"])), secrets.randbelow(256)
    )


def parse_subnet(text: str) -> IPv4Network:
    """Read a subnet from the command line.

    Raises:
        UsageError: It is no IPv4 /24.
    """
    try:
        subnet = IPv4Network(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not an IPv4 network: {error}.", "Use: --subnet 10.1.2.0/24") from error
    if subnet.prefixlen != 24:  # noqa: PLR2004  the one size the addressing below is made for
        raise UsageError(f"{text} is not a /24.", "Use: --subnet 10.1.2.0/24")
    return subnet


def address(subnet: IPv4Network, index: int) -> str:
    """Return the address of the lab's host number `index`; .1 is the bridge, .100 stays free for a virtual IP."""
    return str(subnet[FIRST_HOST + index])
