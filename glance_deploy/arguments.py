"""The command line. Needs the standard library only, so that `--help` answers before anything is installed."""

from __future__ import annotations

import argparse
import difflib
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from glance_deploy import __version__
from glance_deploy.errors import UsageError
from glance_deploy.target import Target, parse_target

DEFAULT_COMMAND = "deploy"
RESUME = "resume"
RENDER = "render"
COMMANDS = {
    "deploy": "deploy Glance and prove it (the default)",
    "preflight": "only look whether the hosts are ready; changes nothing",
    "verify": "prove again that a deployed Glance works",
    RESUME: "tell what the last run left undone, and run the same again",
    RENDER: "write down files and commands for a system, without a host",
}
PLACES = "--controller HOST, --lab or --inventory FILE"
EXIT_CODES = "exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 refused before anything was changed,\n\
            4 deployed but not verified, 130 interrupted"


class Parser(argparse.ArgumentParser):
    """A parser whose errors are our own, so that they can be printed as JSON too."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise UsageError(message, f"{self.prog} --help lists the options")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed command line; `command` names the verb.

    Raises:
        UsageError: The command line is wrong.
    """
    command, rest = split_command(argv)
    arguments = build_parser(command).parse_args(rest)
    if command == RENDER:
        return arguments
    places = sum(bool(place) for place in (arguments.controller, arguments.lab, arguments.inventory))
    if places > 1 or (places == 0 and command != RESUME):
        raise UsageError(f"say where, once: {PLACES}", "for a trial on this machine: deploy.py --lab")
    return arguments


def split_command(argv: Sequence[str]) -> tuple[str, list[str]]:
    """Return the verb and the rest; without a verb the main job is meant."""
    if not argv or argv[0].startswith("-"):
        return DEFAULT_COMMAND, list(argv)
    if argv[0] not in COMMANDS:
        near = difflib.get_close_matches(argv[0], COMMANDS, n=1)
        hint = (
            f"did you mean {near[0]}?" if near else f"commands: {', '.join(COMMANDS)}; a host goes behind --controller"
        )
        raise UsageError(f"unknown command {argv[0]!r}", hint)
    return argv[0], list(argv[1:])


def wants_json(argv: Sequence[str]) -> bool:
    """Whether JSON was asked for, found out even where the command line is wrong."""
    return "--output=json" in argv or ("--output", "json") in itertools.pairwise(argv)


def build_parser(command: str) -> Parser:
    """Return the parser of one verb."""
    is_default, is_resume = command == DEFAULT_COMMAND, command == RESUME
    if command == RENDER:
        return _render_parser()
    places = "(--controller HOST | --lab | --inventory FILE)"
    verbs = "".join(f"  {name:<11}{text}\n" for name, text in COMMANDS.items())
    parser = Parser(
        prog="deploy.py" if is_default else f"deploy.py {command}",
        usage=f"%(prog)s {'[command] ' if is_default else ''}{f'[{places[1:-1]}]' if is_resume else places} [options]",
        description=f"{COMMANDS[command][0].upper()}{COMMANDS[command][1:]}.",
        epilog=(f"commands:\n{verbs}\n" if is_default else "") + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.set_defaults(command=command, check=False)
    _add_place(parser, "where (default: the last run of all)" if is_resume else "where (exactly one)")
    if not is_resume:
        _add_login(parser)
        _add_services(parser)
        _add_variables(parser)
    _add_output(parser, has_check=is_default)
    return parser


def _render_parser() -> Parser:
    parser = Parser(
        prog=f"deploy.py {RENDER}",
        usage="%(prog)s --os NAME [--release NAME] [--out DIR] [options]",
        description="Write down files and commands for a system. Secrets are placeholders, unless a file gives them.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.set_defaults(command=RENDER)
    add = parser.add_argument_group("what to render").add_argument
    add("--os", metavar="NAME", required=True, help="system, for example debian-12, ubuntu-24.04, centos-9")
    add("--release", metavar="NAME", help="OpenStack release (default: what the system's packages have)")
    add("--out", metavar="DIR", type=Path, help="new directory to write to (default: print)")
    _add_values(add)
    _add_output(parser, has_check=False)
    return parser


def _add_place(parser: Parser, title: str) -> None:
    group = parser.add_argument_group(title)
    group.add_argument(
        "--controller", metavar="HOST", type=parse_target, help="NAME, IP, USER@HOST:PORT, [IPV6]:PORT, or localhost"
    )
    group.add_argument(
        "--lab", metavar="NAME", nargs="?", const="lab", help="make a throw-away host on this machine and use it"
    )
    group.add_argument("--inventory", metavar="FILE", type=Path, help="Ansible inventory with a group `glance`")


def _add_login(parser: Parser) -> None:
    group = parser.add_argument_group("login")
    group.add_argument("--ssh-key", metavar="FILE", type=Path, help="private key (default: what ssh would use)")
    group.add_argument("--known-hosts", metavar="FILE", type=Path, help="host keys, besides ~/.ssh/known_hosts")
    group.add_argument(
        "--ask-pass", action="store_true", help="ask for the SSH password (or GLANCE_DEPLOY_SSH_PASSWORD)"
    )
    group.add_argument(
        "--ask-become-pass", action="store_true", help="ask for the sudo password (or GLANCE_DEPLOY_BECOME_PASSWORD)"
    )


def _add_services(parser: Parser) -> None:
    group = parser.add_argument_group("services that exist already")
    cloud = group.add_mutually_exclusive_group()
    cloud.add_argument("--openrc", metavar="FILE", type=Path, help="Keystone, by the openrc file of its administrator")
    cloud.add_argument("--os-cloud", metavar="NAME", help="Keystone, by a name in clouds.yaml")
    group.add_argument("--database-host", metavar="HOST", help="MariaDB that may be used instead of one of our own")
    group.add_argument(
        "--ask-database-pass",
        action="store_true",
        help="ask for its administrator's password (or GLANCE_DEPLOY_DATABASE_PASSWORD)",
    )


def _add_variables(parser: Parser) -> None:
    add = parser.add_argument_group("what to deploy").add_argument
    add("--region", metavar="NAME", help="region in the catalogue (default: RegionOne)")
    add("--release", metavar="NAME", help="OpenStack release (default: what the host's packages have)")
    add(
        "--image", metavar="PATH|URL", help="image for the proof (default: CirrOS, or a built-in one without a network)"
    )
    add("--image-checksum", metavar="ALGORITHM:HEX", help="what the image must hash to, e.g. sha256:12ab...")
    _add_values(add)


def _add_values(add: Callable[..., Any]) -> None:
    repeatable: dict[str, Any] = {"action": "append", "default": []}
    add("--set", metavar="NAME=VALUE", help="variable of a role, value as YAML (repeatable)", **repeatable)
    add("--vars-file", metavar="FILE", type=Path, help="YAML file of variables and secrets (repeatable)", **repeatable)


def _add_output(parser: Parser, *, has_check: bool) -> None:
    group = parser.add_argument_group("run and output")
    if has_check:
        group.add_argument("--check", action="store_true", help="change nothing, show what would change")
    group.add_argument(
        "--output", choices=("text", "json"), default="text", help="result as text or as one JSON document"
    )
    group.add_argument("-v", "--verbose", action="count", default=0, help="show Ansible's own output (-vv: more of it)")
    group.add_argument("--version", action="version", version=f"glance-deploy {__version__}")
    group.add_argument("-h", "--help", action="help", help="show this help")


def without_secrets(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options as a report may show them: names of variables without their values."""
    plain = {name: value for name, value in vars(arguments).items() if value not in (None, False, [], 0)}
    plain["set"] = [assignment.partition("=")[0] for assignment in arguments.set]
    return {name: _plain(value) for name, value in plain.items() if value != []}


def _plain(value: Any) -> Any:
    match value:
        case list():
            return [_plain(item) for item in value]
        case bool() | int():
            return value
        case Target():
            return value.host
        case _:
            return str(value)
