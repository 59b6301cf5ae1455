"""A filter that writes what a role wants of a host as a runbook for people: files, and commands in their order."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._oslo import HEADER, render
from ..module_utils._plan import DeployError

Arguments = Mapping[str, Any]
FILES = "files"
BEGIN = """#!/bin/sh
# What glance-deploy would do on this host, in this order, as commands to type as root in this directory.
set -eu
"""
# Where each package manager installs from, and what finds nothing installed does no harm.
INSTALL = {"apt": "apt-get install --yes --no-install-recommends", "dnf": "dnf install --assumeyes"}


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
        self.say("install", "-D", *_access(arguments, mode), f"{FILES}{path}", path)


def runbook(resources: Sequence[Mapping[str, Any]], packages: str = "apt") -> dict[str, Any]:
    """Return the runbook: `files`, text by path on the host, and `commands`, the text of a shell script."""
    if packages not in INSTALL:
        raise AnsibleFilterError(f"runbook: no package manager {packages!r}; known: {', '.join(INSTALL)}")
    book = Runbook(packages)
    for resource in resources:
        kinds = [name for name in resource if name in WRITERS]
        if not kinds:
            raise AnsibleFilterError(f"runbook: nobody knows how to write {resource.get('name')!r}")
        write = WRITERS[kinds[0]]
        if not resource.get("when", True) or not write:
            continue
        book.lines += ["", f"# {resource['name']}"]
        try:
            write(book, resource[kinds[0]])
        except DeployError as error:
            raise AnsibleFilterError(f"runbook: {error} {error.hint}") from None
    return {"files": book.files, "commands": BEGIN + "\n".join(book.lines) + "\n"}


def _access(arguments: Arguments, mode: str) -> list[str]:
    owner, group = arguments.get("owner", "root"), arguments.get("group", "root")
    return ["-o", owner, "-g", group, "-m", arguments.get("mode", mode)]


def _packages(book: Runbook, arguments: Arguments) -> None:
    proxy = arguments.get("proxy")
    prefix = f"http_proxy={shlex.quote(proxy)} https_proxy={shlex.quote(proxy)} " if proxy else ""
    book.lines.append(f"{prefix}{INSTALL[book.packages]} {shlex.join(arguments['names'])}")


def _repository(book: Runbook, arguments: Arguments) -> None:
    book.say("dnf", "config-manager", "--set-enabled", arguments["id"])


def _account(book: Runbook, arguments: Arguments) -> None:
    name, home = arguments["name"], arguments["home"]
    book.say("groupadd", "--system", name)
    shell = ["--shell", "/usr/sbin/nologin"]
    book.say("useradd", "--system", "--gid", name, "--home-dir", home, "--no-create-home", *shell, name)


def _environment(book: Runbook, arguments: Arguments) -> None:
    path, python = arguments["path"], arguments["python"]
    book.files["constraints.txt"] = arguments["constraints"].rstrip("\n") + "\n"
    if python == "python3":
        book.say("python3", "-m", "venv", path)
    else:
        book.lines.append("python3 -m venv /tmp/virtualenv && /tmp/virtualenv/bin/pip install virtualenv==20.15.1")
        book.say("/tmp/virtualenv/bin/virtualenv", "--python", python, path)  # noqa: S108  # of who types it
    book.say(f"{path}/bin/pip", "install", "--constraint", "constraints.txt", *arguments["requirements"])
    if arguments.get("samples_from_source"):
        first = arguments["requirements"][0]
        source = f"{first.replace('==', '-')}.tar.gz"
        book.say(f"{path}/bin/pip", "download", "--no-deps", "--no-binary", ":all:", first)
        book.say("tar", "--extract", "--strip-components=2", "--directory", f"{path}/etc/glance", "--file", source)
        book.lines[-1] += " --wildcards '*/etc/*'"
    book.lines.append(f"ln -s lib/python*/site-packages {shlex.quote(path)}/site-packages")


def _directories(book: Runbook, arguments: Arguments) -> None:
    book.say("install", "-d", *_access(arguments, "0755"), *arguments["paths"])


def _oslo_config_file(book: Runbook, arguments: Arguments) -> None:
    options: dict[str, dict[str, Any]] = {}
    for kind in ("options", "secret_options"):
        for section, entries in arguments.get(kind, {}).items():
            options.setdefault(section, {}).update(entries)
    book.put(arguments, render(options, HEADER), "0640")


def _file(book: Runbook, arguments: Arguments) -> None:
    book.put(arguments, arguments["content"], "0644")


def _shipped_file(book: Runbook, arguments: Arguments) -> None:
    words = ["install", *_access(arguments, "0644"), arguments["source"], arguments["path"]]
    book.lines.append(f"test -s {shlex.quote(arguments['path'])} || {shlex.join(words)}")


def _command(book: Runbook, arguments: Arguments) -> None:
    test = ["test", "-e", arguments["creates"]] if "creates" in arguments else ["test", "!", "-e", arguments["removes"]]
    book.lines.append(f"{shlex.join(test)} || {shlex.join(arguments['argv'])}")


def _schema(book: Runbook, arguments: Arguments) -> None:
    book.say("runuser", "-u", arguments["user"], "--", *arguments["sync"])


def _shipped_data(book: Runbook, arguments: Arguments) -> None:
    book.say("runuser", "-u", arguments["user"], "--", *arguments["load"])


def _unit(book: Runbook, arguments: Arguments) -> None:
    book.say("systemctl", "daemon-reload")
    book.say("systemctl", "enable", arguments["name"])
    book.say("systemctl", "restart", arguments["name"])
    if arguments.get("health_url"):
        statuses = "|".join(map(str, arguments.get("health_statuses", [200])))
        ask = f"curl --silent --output /dev/null --write-out '%{{http_code}}' {shlex.quote(arguments['health_url'])}"
        book.lines.append(f'until {ask} | grep --quiet --extended-regexp "{statuses}"; do sleep 1; done')


def _database(book: Runbook, arguments: Arguments) -> None:
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
    book.lines += ["mariadb <<'SQL'", *statements, "SQL"]


def _literal(text: object) -> str:
    return "'" + str(text).replace("\\", "\\\\").replace("'", "''") + "'"


def _registration(book: Runbook, arguments: Arguments) -> None:
    project, user, service = arguments["project"], arguments["user"], arguments["service"]
    region = arguments["region"]
    domain = ["--domain", project["domain"]]
    book.say("openstack", "project", "create", "--or-show", *domain, project["name"])
    # The password is asked for: it is on no command line.
    book.say("openstack", "user", "create", "--or-show", "--domain", user["domain"], "--password-prompt", user["name"])
    for role in arguments.get("roles", []):
        book.say("openstack", "role", "create", "--or-show", role)
        book.say("openstack", "role", "add", "--project", project["name"], "--user", user["name"], role)
    described = ["--name", service["name"], "--description", service["description"]]
    book.say("openstack", "service", "create", *described, service["type"])
    for interface, url in arguments.get("endpoints", {}).items():
        book.say("openstack", "endpoint", "create", "--region", region, service["type"], interface, url)


def _answers(book: Runbook, arguments: Arguments) -> None:
    for url in arguments["urls"]:
        book.say("curl", "--fail", url)


def _image(book: Runbook, arguments: Arguments) -> None:
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


# None: what only looks, and has no command.
WRITERS: Mapping[str, Callable[[Runbook, Arguments], None] | None] = {
    "installation": None,
    "dnf_repository": _repository,
    "packages": _packages,
    "system_account": _account,
    "python_environment": _environment,
    "directories": _directories,
    "oslo_config_file": _oslo_config_file,
    "file": _file,
    "shipped_file": _shipped_file,
    "command": _command,
    "schema": _schema,
    "shipped_data": _shipped_data,
    "service_unit": _unit,
    "service_database": _database,
    "service_registration": _registration,
    "answers": _answers,
    "image_roundtrip": _image,
}


class FilterModule:
    """Entry point for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"runbook": runbook}
