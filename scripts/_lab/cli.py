"""The command line: arguments to verbs, results to text, errors to one line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import verbs
from .arguments import parse
from .bootable import boot, make_image
from .command import run
from .errors import LabError, UsageError
from .hosts import Hosts
from .images import Images
from .inventory import build_inventory, to_yaml
from .machine import BOOT_TOOLS, HOST_TOOLS, IMAGE_TOOLS, inspect_engine, require_root, require_tools, say
from .ready import ReadyImages
from .state import Lab, check_name, load, load_ready, names
from .store import start_store, to_text
from .subnet import parse_subnet
from .wish import Wish, wish_hosts


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    options = parse(argv)
    try:
        if getattr(options, "name", None):
            check_name("Lab", options.name)
        COMMANDS[options.command](options)
    except LabError as error:
        say(f"lab: {error}" + (f"\n  {error.hint}" if error.hint else ""))
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        say("lab: interrupted; the same command goes on, `down` clears up")
        return 130
    return 0


def hosts_here(options: argparse.Namespace) -> Hosts:
    """Return the hosts of this machine, having made sure that it can carry any."""
    require_root(options.command)
    install = getattr(options, "install_missing", False)
    require_tools(run, HOST_TOOLS, install=install)
    return Hosts(run, inspect_engine(run, install=install))


def up(options: argparse.Namespace) -> None:
    """Bring a lab up and say how to use it."""
    members = wish_hosts(options.hosts, options.suite, options.host)
    subnet = parse_subnet(options.subnet) if options.subnet else None
    wanted = Wish(options.name, members, options.kind, subnet)
    hosts = hosts_here(options)
    lab, seconds = verbs.up(wanted, hosts, ReadyImages(run, hosts))
    if options.output == "json":
        print(json.dumps(verbs.describe(lab)))
        return
    took = {name: f"{each:.1f}" for name, each in seconds.items()}
    rows = [(host.name, host.ip, host.suite, took.get(host.name, "was up")) for host in lab.hosts]
    print(table(("HOST", "IP", "SUITE", "SECONDS"), rows), *verbs.next_steps(lab), sep="\n")


def list_labs(options: argparse.Namespace) -> None:
    """Show the labs of this clone."""
    hosts = hosts_here(options)
    labs = [lab for lab in (load(name) for name in ([options.name] if options.name else names())) if lab]
    if options.output == "json":
        print(json.dumps([verbs.describe(lab) | {"states": hosts.states(lab)} for lab in labs]))
        return
    print(table(("LAB", "HOST", "IP", "SUITE", "STATE"), [row for lab in labs for row in host_rows(lab, hosts)]))


def host_rows(lab: Lab, hosts: Hosts) -> list[tuple[str, ...]]:
    """Return a table row for each host of a lab."""
    states = hosts.states(lab)
    return [(lab.name, host.name, host.ip, host.suite, states[host.name]) for host in lab.hosts]


def ssh(options: argparse.Namespace) -> None:
    """Become an ssh session on a host."""
    # argparse drops the `--` in some versions of Python and keeps it in others.
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    argv = verbs.login(options.name, options.target, words)
    sys.stdout.flush()
    os.execvp(argv[0], argv)  # noqa: S606  ssh takes this process's place, terminal and exit code


def store(options: argparse.Namespace) -> None:
    """Start a store and say how Glance uses it."""
    told = start_store(run, options.name, options.kind, options.host, keystone=options.keystone)
    print(json.dumps(told) if options.output == "json" else to_text(told))


def power(options: argparse.Namespace) -> None:
    """Switch a host on or off."""
    on = options.command == "power-on"
    seconds = verbs.power(options.name, options.target, hosts_here(options), on=on)
    print(f"{options.target} is {'on' if on else 'off'}" + (f" ({seconds:.1f} s)" if on else ""))


def inventory(options: argparse.Namespace) -> None:
    """Print the lab's inventory."""
    tree = build_inventory(load_ready(options.name))
    print(json.dumps(tree) if options.output == "json" else to_yaml(tree).rstrip())


def down(options: argparse.Namespace) -> None:
    """Remove one lab, or all, and the images if asked."""
    hosts = hosts_here(options)
    if options.all:
        verbs.down_all(hosts)
    else:
        verbs.down([options.name], hosts)
    if options.images:
        images = Images(run)
        images.remove(images.all())


def image(options: argparse.Namespace) -> None:
    """Build an image ahead of its first use."""
    print(ReadyImages(run, hosts_here(options)).ensure(options.suite, options.kind))


def bootable_image(options: argparse.Namespace) -> None:
    """Write a tiny disk image that boots."""
    require_tools(run, IMAGE_TOOLS, install=options.install_missing)
    make_image(run, Path(options.path))
    print(options.path)


def boot_image(options: argparse.Namespace) -> None:
    """Boot a disk image and wait for what it says."""
    require_tools(run, BOOT_TOOLS, install=options.install_missing)
    seconds, line = boot(Path(options.path), options.line, options.timeout)
    print(f"booted in {seconds:.1f} s: {line}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Line up columns."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in (head, *rows)]
    return "\n".join(line.rstrip() for line in lines)


COMMANDS: dict[str, Any] = {
    "up": up,
    "list": list_labs,
    "ssh": ssh,
    "power-off": power,
    "power-on": power,
    "store": store,
    "inventory": inventory,
    "down": down,
    "image": image,
    "bootable-image": bootable_image,
    "boot": boot_image,
}
