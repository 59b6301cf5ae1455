# This module util is PRIVATE and should only be used by this collection. Breaking changes can occur any time.
"""A runbook for people, as far as it was written, and how database, catalogue and image get into it."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping
from typing import Any

Arguments = Mapping[str, Any]
FILES = "files"


@dataclasses.dataclass
class Runbook:
    """What was written so far.

    Attributes:
        packages: The host's package manager.
        files: Text by path on the host.
        lines: Commands and comments.
    """

    packages: str
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    lines: list[str] = dataclasses.field(default_factory=list)

    def say(self, *words: str) -> None:
        """Add a command, of words that the shell must take literally."""
        self.lines.append(shlex.join(words))

    def put(self, arguments: Arguments, content: str, mode: str) -> None:
        """Add a file, and the command that puts it in its place."""
        path = arguments["path"]
        self.files[path] = content.rstrip("\n") + "\n"
        self.say("install", "-D", *access(arguments, mode), f"{FILES}{path}", path)


def access(arguments: Arguments, mode: str) -> list[str]:
    """Return owner, group and mode as options of `install`."""
    owner, group = arguments.get("owner", "root"), arguments.get("group", "root")
    return ["-o", owner, "-g", group, "-m", arguments.get("mode", mode)]


def write_database(book: Runbook, arguments: Arguments) -> None:
    """Add the statements that make a database and its accounts."""
    name = arguments["name"].replace("`", "``")
    pattern = name.replace("_", r"\_").replace("%", r"\%")
    statements = [f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4;"]
    for account in arguments["accounts"]:
        for host in account["hosts"]:
            who = f"{_literal(account['name'])}@{_literal(host)}"
            statements += [
                f"CREATE USER IF NOT EXISTS {who} IDENTIFIED BY {_literal(account['password'])};",
                f"GRANT ALL PRIVILEGES ON `{pattern}`.* TO {who};",
            ]
    # The client's name of today came with MariaDB 10.4.
    book.lines += ["\"$(command -v mariadb || command -v mysql)\" <<'SQL'", *statements, "SQL"]


def _literal(text: object) -> str:
    return "'" + str(text).replace("\\", "\\\\").replace("'", "''") + "'"


def write_registration(book: Runbook, arguments: Arguments) -> None:
    """Add the commands that make the entries of the catalogue."""
    project, user, service = arguments["project"], arguments["user"], arguments["service"]
    region = arguments["region"]
    domain = ["--domain", project["domain"]]
    book.say("openstack", "project", "create", "--or-show", *domain, project["name"])
    # The password is asked for: it is on no command line.
    book.say("openstack", "user", "create", "--or-show", "--domain", user["domain"], "--password-prompt", user["name"])
    for role in arguments.get("roles", []):
        book.say("openstack", "role", "create", "--or-show", role)
        book.say("openstack", "role", "add", "--project", project["name"], "--user", user["name"], role)
    for role in user.get("system_roles", []):
        book.say("openstack", "role", "create", "--or-show", role)
        book.say("openstack", "role", "add", "--system", "all", "--user", user["name"], role)
    described = ["--name", service["name"], "--description", service["description"]]
    book.say("openstack", "service", "create", *described, service["type"])
    for interface, url in arguments.get("endpoints", {}).items():
        book.say("openstack", "endpoint", "create", "--region", region, service["type"], interface, url)
    for name, limit in arguments.get("registered_limits", {}).items():
        place = ["--service", service["type"], "--region", region]
        book.say("openstack", "registered", "limit", "create", *place, f"--default-limit={limit}", name)


def write_limit_endpoint(book: Runbook, arguments: Arguments) -> None:
    """Add the commands that tell oslo.limit the endpoint whose limits count."""
    place = ["--region", arguments["region"], "--interface", arguments.get("interface", "internal")]
    ask = shlex.join(["openstack", "endpoint", "list", "--service", arguments["service"]["type"], *place])
    path = arguments["path"]
    book.say("install", "-D", *access(arguments, "0640"), "/dev/null", path)
    book.lines.append(f"echo [oslo_limit] > {shlex.quote(path)}")
    book.lines.append(f'echo "endpoint_id = $({ask} -f value -c ID)" >> {shlex.quote(path)}')


def write_derived_ini(book: Runbook, arguments: Arguments) -> None:
    """Add the program that makes an ini file of a package's own."""
    options = [
        f"ini.remove_option({section!r}, {option!r})"
        if value is None
        else f"ini.set({section!r}, {option!r}, {str(value)!r})"
        for section, entries in arguments["options"].items()
        for option, value in entries.items()
    ]
    path = arguments["path"]
    book.say("install", *access(arguments, "0644"), "/dev/null", path)
    book.lines += [
        "python3 <<'PYTHON'",
        "import configparser",
        "ini = configparser.RawConfigParser(strict=False)",
        "ini.optionxform = str",
        f"ini.read({arguments['source']!r})",
        *options,
        f"ini.write(open({path!r}, 'w'))",
        "PYTHON",
    ]


def write_answers(book: Runbook, arguments: Arguments) -> None:
    """Add the questions that a running service answers."""
    for url in arguments["urls"]:
        book.say("curl", "--fail", url)


def write_image(book: Runbook, arguments: Arguments) -> None:
    """Add the commands that send an image up and get it back."""
    name, visibility = arguments["name"], f"--{arguments.get('visibility', 'public')}"
    path, urls = arguments.get("path"), arguments.get("urls") or []
    path = path or f"{name}.img"
    if urls:
        book.say("curl", "--fail", "--location", "--output", path, urls[0])
        algorithm, _, digest = arguments.get("checksum", "").partition(":")
        if digest:
            book.lines.append(f"echo '{digest}  {path}' | {algorithm}sum --check")
    kind = ["--disk-format", arguments["disk_format"], "--container-format", "bare"]
    book.say("openstack", "image", "create", *kind, visibility, "--file", path, name)
    book.say("openstack", "image", "save", "--file", f"{path}.back", name)
    book.say("cmp", path, f"{path}.back")
