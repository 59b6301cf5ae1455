"""What the lab can do, one function a verb; each returns what is to be told."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from .errors import LabError
from .files import REPOSITORY, empty, give_back, locked, write
from .hosts import Hosts, ssh_argv
from .images import Images
from .inventory import build_inventory, to_yaml
from .machine import say
from .state import LABS, Host, Lab, lab_id, load, load_ready, names
from .subnet import address, free_subnet
from .traces import MEMORY, restore_forwarding
from .wish import Wish


def up(wanted: Wish, hosts: Hosts, images: Images) -> tuple[Lab, dict[str, float]]:
    """Bring a lab up, or find that it is; what an interrupted run left is cleared away first."""
    with locked(LABS / wanted.name):
        lab = load(wanted.name)
        if lab is not None and lab.ready:
            return lab, revive(wanted, lab, hosts)
        return create(wanted, hosts, {name: images.ensure(suite, kind) for name, suite, kind in wanted.members()})


def revive(wanted: Wish, lab: Lab, hosts: Hosts) -> dict[str, float]:
    """Start what is off in a lab that exists.

    Raises:
        LabError: It is not the lab that was asked for, or hosts of it are gone.
    """
    name = f" --name {lab.name}"
    if not wanted.is_granted_by(lab):
        shape = ", ".join(f"{host.name} ({host.suite})" for host in lab.hosts) + (
            f", {lab.kind}" if lab.kind != "bare" else ""
        )
        raise LabError(
            f"Lab {lab.name!r} is up with other hosts: {shape}.", f"Run: scripts/lab down{name}, or use another --name"
        )
    states = hosts.states(lab)
    if "missing" in states.values():
        raise LabError(f"Lab {lab.name!r} has lost hosts.", f"Run: scripts/lab down{name}, then up again")
    return hosts.start(lab, [host for host in lab.hosts if states[host.name] != "running"])


def create(wanted: Wish, hosts: Hosts, tags: Mapping[str, str]) -> tuple[Lab, dict[str, float]]:
    """Make a lab from nothing."""
    hosts.remove(lab_id(wanted.name))
    empty(LABS / wanted.name)
    # Two labs that come up at once must not choose the same subnet.
    with locked(MEMORY):
        lab = plan(wanted, wanted.subnet or free_subnet(hosts.run))
        lab.save()
        hosts.connect(lab)
    hosts.make(lab, tags)
    seconds = hosts.start(lab, lab.hosts)
    (lab.directory / "group_vars").symlink_to(REPOSITORY / "group_vars")
    write(lab.inventory, to_yaml(build_inventory(lab)))
    lab = replace(lab, ready=True)
    lab.save()
    give_back(lab.directory)
    return lab, seconds


def plan(wanted: Wish, subnet: IPv4Network) -> Lab:
    """Give each host its address."""
    members = tuple(Host(name, address(subnet, turn), suite) for turn, (name, suite) in enumerate(wanted.hosts))
    return Lab(wanted.name, str(subnet), wanted.kind, members)


def power(name: str, host_name: str, hosts: Hosts, *, on: bool) -> float:
    """Switch a host on or off; return the seconds until it could be used."""
    with locked(load_ready(name).directory):
        lab = load_ready(name)
        host = lab.find(host_name)
        if not on:
            hosts.power_off(lab, host)
            return 0.0
        return hosts.start(lab, [host])[host.name]


def down(targets: Sequence[str], hosts: Hosts) -> None:
    """Remove labs and every trace of them."""
    for name in targets:
        with locked(LABS / name) as directory:
            # First, so that an `up` after an interrupted `down` begins anew.
            (directory / "lab.json").unlink(missing_ok=True)
            hosts.remove(lab_id(name))
            empty(directory)
        say(f"Lab {name} is gone.")
    restore_forwarding(hosts.run)


def down_all(hosts: Hosts) -> None:
    """Remove every lab of this clone, also those whose state directory somebody deleted."""
    down(names(), hosts)
    for leftover in hosts.leftovers(LABS):
        hosts.remove(leftover)
    restore_forwarding(hosts.run)


def describe(lab: Lab) -> dict[str, Any]:
    """Return what another program needs to use a lab."""
    return {
        "version": 1,
        "name": lab.name,
        "state_dir": str(lab.directory),
        "hosts": [{"name": host.name, "ip": host.ip, "suite": host.suite} for host in lab.hosts],
        "ssh_key": str(lab.key),
        "known_hosts": str(lab.known_hosts),
        "inventory": str(lab.inventory),
    }


def next_steps(lab: Lab) -> list[str]:
    """Return the two commands that deploy on the lab's first host."""
    here = [shlex.quote(short(path)) for path in (lab.key, lab.known_hosts, lab.inventory)]
    controller = f"deploy@{lab.hosts[0].ip}"
    return [
        f"python3 deploy.py --controller {controller} --ssh-key {here[0]} --known-hosts {here[1]}",
        f"ansible-playbook -i {here[2]} site.yml",
    ]


def short(path: Path) -> str:
    """Name a path from where the caller stands, when it lies below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def login(name: str, target: str, command: Sequence[str]) -> list[str]:
    """Build the ssh command for `[USER@]HOST` and whatever is to be run there."""
    user, _, host = target.rpartition("@")
    lab = load_ready(name)
    return [*ssh_argv(lab, lab.find(host), user or "root"), *command]
