"""The options of every command, and the help that serves as the lab's manual."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .recipe import SUITES
from .store import KINDS

MANUAL = """\
Real Debian hosts on this machine, up in seconds: systemd as PID 1, an address and a name of their own on
one bridge per lab, sshd, apt. They are podman containers of images built from Debian packages alone, with
this machine's own apt sources. pip on a host reaches PyPI as it does on this machine.

  scripts/lab up                                      one Debian 12 host
  scripts/lab up --hosts 3 --suite trixie             three Debian 13 hosts
  scripts/lab up --suite bookworm --suite trixie      two hosts, one of each
  scripts/lab up --host image --host identity=trixie  hosts with names of their own
  scripts/lab up --suite el9                          what Ansible takes for CentOS Stream 9: dnf, and Glance's RPM,
                                                      on top of Debian 12; it proves nothing about CentOS itself
  scripts/lab up --baked                              MariaDB, memcached and Keystone installed, Glance downloaded
  scripts/lab up --ready                              the same, set up and running; further hosts are baked
  scripts/lab ssh host1                               a shell there (root; deploy@host1: may use sudo;
                                                      plain@host1: may not)
  scripts/lab ssh host1 -- systemctl --failed         one command there
  scripts/lab store swift                             a real store on the first host, and how Glance uses it
  scripts/lab power-off host1                         pull the plug; power-on boots it again
  scripts/lab down                                    remove the hosts, the bridge, the keys: everything but images

Two labs run side by side under two names: every command takes --name. State is kept in
.glance-deploy/labs/NAME/: keys, known_hosts, an Ansible inventory. Root is needed where hosts are touched; called
through sudo, the state belongs to the caller. Nothing machine-wide is configured; podman switches packet forwarding
on while a lab runs, and the last `down` switches it off again if it was off.

Environment: GLANCE_DEPLOY_LAB_MIRROR and GLANCE_DEPLOY_LAB_SECURITY_MIRROR name Debian mirrors to use instead of
those in this machine's apt sources.
"""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/lab", description=MANUAL, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_up(commands)
    add_hosts_commands(commands)
    add_store(commands)
    add_image_commands(commands)
    return parser.parse_args(argv)


def add_up(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `up`."""
    up = commands.add_parser("up", help="bring a lab up; if it is, say so")
    add_name(up)
    up.add_argument("--hosts", type=int, metavar="N", help="how many hosts (default: as many as are named, or one)")
    up.add_argument(
        "--suite", action="append", default=[], metavar="SUITE", help=f"{', '.join(SUITES)}; repeat it to mix"
    )
    up.add_argument("--host", action="append", default=[], metavar="NAME[=SUITE]", help="name a host; repeat it")
    add_kind(up)
    up.add_argument("--subnet", metavar="CIDR", help="the /24 to use (default: a free one)")
    up.add_argument("--output", choices=("text", "json"), default="text")
    add_install(up)


def add_hosts_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what works on hosts that are there."""
    listing = commands.add_parser("list", help="show labs and whether their hosts run")
    listing.add_argument("--name", metavar="LAB", help="only this lab")
    listing.add_argument("--output", choices=("text", "json"), default="text")
    ssh = commands.add_parser("ssh", help="log in to a host, or run a command there")
    add_name(ssh)
    ssh.add_argument("target", metavar="[USER@]HOST")
    ssh.add_argument("words", nargs=argparse.REMAINDER, metavar="[--] [COMMAND...]")
    for verb, text in (("power-off", "switch a host off, as if by its plug"), ("power-on", "boot a host again")):
        power = commands.add_parser(verb, help=text)
        add_name(power)
        power.add_argument("target", metavar="HOST")
    inventory = commands.add_parser("inventory", help="print the Ansible inventory")
    add_name(inventory)
    inventory.add_argument("--output", choices=("yaml", "json"), default="yaml")
    down = commands.add_parser("down", help="remove a lab and every trace of it")
    add_name(down)
    down.add_argument("--all", action="store_true", help="every lab of this clone")
    down.add_argument("--images", action="store_true", help="the cached images as well")


def add_store(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `store`."""
    store = commands.add_parser(
        "store",
        help="start a real store for Glance on a host; if it runs, say how to use it",
        description="Installs the store from Debian packages and prints how Glance would use it. The same command "
        "again prints the same, and mends what was stopped or half done. Credentials are the lab's own: they are kept "
        "in its state directory and on the host, and printed.",
    )
    add_name(store)
    store.add_argument("kind", choices=list(KINDS), metavar="KIND", help=", ".join(KINDS))
    store.add_argument("--host", metavar="HOST", help="where it runs (default: the lab's first host)")
    store.add_argument(
        "--keystone", action="store_true", help="swift: log in with the Keystone on the lab's first host"
    )
    store.add_argument("--output", choices=("text", "json"), default="text")


def add_image_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what works on images."""
    image = commands.add_parser("image", help="build a host image ahead of its first use")
    image.add_argument("suite", metavar="SUITE", help=", ".join(SUITES))
    add_kind(image)
    add_install(image)
    bootable = commands.add_parser("bootable-image", help="write a tiny bootable qcow2, for Glance to store")
    bootable.add_argument("path", metavar="PATH")
    add_install(bootable)
    boot = commands.add_parser("boot", help="boot a disk image under qemu and print the seconds it took")
    boot.add_argument("path", metavar="IMAGE")
    boot.add_argument("--line", default="LAB-IMAGE-BOOTED", metavar="TEXT", help="the console text to wait for")
    boot.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS")
    add_install(boot)


def add_name(parser: argparse.ArgumentParser) -> None:
    """Add `--name`."""
    parser.add_argument("--name", default="lab", metavar="LAB", help="which lab (default: lab)")


def add_kind(parser: argparse.ArgumentParser) -> None:
    """Add `--baked` and `--ready`."""
    parser.set_defaults(kind="bare")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument(
        "--baked", dest="kind", action="store_const", const="baked", help="start with the services' packages in place"
    )
    kinds.add_argument(
        "--ready",
        dest="kind",
        action="store_const",
        const="ready",
        help="start with MariaDB, memcached and Keystone running on the first host",
    )


def add_install(parser: argparse.ArgumentParser) -> None:
    """Add `--install-missing`."""
    parser.add_argument(
        "--install-missing", action="store_true", help="install the Debian packages this command needs on this machine"
    )
