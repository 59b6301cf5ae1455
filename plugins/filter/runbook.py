"""A filter that writes what a role wants of a host as a runbook for people: files, and commands in their order."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._oslo import HEADER, render
from ..module_utils._plan import DeployError
from ..module_utils._python_environment import VIRTUALENV
from ..module_utils._runbook import (
    Arguments,
    Runbook,
    access,
    write_answers,
    write_database,
    write_derived_ini,
    write_image,
    write_limit_endpoint,
    write_registration,
)
from ..module_utils._selinux import commands as selinux_commands

BEGIN = """#!/bin/sh
# What glance-deploy would do on a new host, in this order, as commands to type as root in this directory.
# There have to be: MariaDB, memcached and Keystone; the openstack client, with the environment of its administrator
# (`. admin-openrc`). Where a password is asked for, it is the one that stands in the configuration files.
set -eu
umask 022
"""
INSTALL = {
    "apt": "DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends",
    "dnf": "dnf install --assumeyes",
    "yum": "yum install --assumeyes",
}
# Services of Debian's packages start as they come in, before they are configured; 101 forbids it.
FORBID = "printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod 0755 /usr/sbin/policy-rc.d"
ALLOW = "rm /usr/sbin/policy-rc.d"


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


def _packages(book: Runbook, arguments: Arguments) -> None:
    proxy = arguments.get("proxy")
    prefix = f"http_proxy={shlex.quote(proxy)} https_proxy={shlex.quote(proxy)} " if proxy else ""
    command = f"{prefix}{INSTALL[book.packages]} {shlex.join(arguments['names'])}"
    book.lines += [f"{prefix}apt-get update", FORBID, command, ALLOW] if book.packages == "apt" else [command]


def _repository(book: Runbook, arguments: Arguments) -> None:
    book.say("dnf", "config-manager", "--set-enabled", arguments["id"])


def _firewall(book: Runbook, arguments: Arguments) -> None:
    # Nobody knows which one the host has.
    for port in arguments["ports"]:
        book.lines += [
            f"if firewall-cmd --quiet --state 2>/dev/null; then firewall-cmd --add-port {port}/tcp; fi",
            f"if firewall-cmd --quiet --state 2>/dev/null; then firewall-cmd --permanent --add-port {port}/tcp; fi",
            f"if ufw status 2>/dev/null | grep --quiet '^Status: active'; then ufw allow {port}/tcp; fi",
        ]


def _selinux(book: Runbook, arguments: Arguments) -> None:
    for path in arguments["paths"]:
        book.lines += [shlex.join(command) for command in selinux_commands(path, arguments["type"])]


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
        book.lines += [
            "helper=$(mktemp --directory)",
            f'python3 -m venv "$helper" && "$helper/bin/pip" install {VIRTUALENV}',
            f'"$helper/bin/virtualenv" --python {shlex.quote(python)} {shlex.quote(path)}',
        ]
    book.say(f"{path}/bin/pip", "install", "--constraint", "constraints.txt", *arguments["requirements"])
    if arguments.get("samples_from_source"):
        first = arguments["requirements"][0]
        source = f"{first.replace('==', '-')}.tar.gz"
        book.say(f"{path}/bin/pip", "download", "--no-deps", "--no-binary", ":all:", first)
        book.say("tar", "--extract", "--strip-components=2", "--directory", f"{path}/etc/glance", "--file", source)
        book.lines[-1] += " --wildcards '*/etc/*'"
    book.lines.append(f"(cd {shlex.quote(path)} && ln -s lib/python*/site-packages site-packages)")


def _directories(book: Runbook, arguments: Arguments) -> None:
    book.say("install", "-d", *access(arguments, "0755"), *arguments["paths"])


def _oslo_config_file(book: Runbook, arguments: Arguments) -> None:
    options: dict[str, dict[str, Any]] = {}
    for kind in ("options", "secret_options"):
        for section, entries in arguments.get(kind, {}).items():
            options.setdefault(section, {}).update(entries)
    book.put(arguments, render(options, HEADER), "0640")


def _file(book: Runbook, arguments: Arguments) -> None:
    book.put(arguments, arguments["content"], "0644")


def _shipped_file(book: Runbook, arguments: Arguments) -> None:
    words = ["install", *access(arguments, "0644"), arguments["source"], arguments["path"]]
    book.lines.append(f"test -s {shlex.quote(arguments['path'])} || {shlex.join(words)}")


def _command(book: Runbook, arguments: Arguments) -> None:
    test = (
        shlex.join(["-e", arguments["creates"]])
        if "creates" in arguments
        else f"! -e {shlex.quote(arguments['removes'])}"
    )
    book.lines.append(f"test {test} || {shlex.join(arguments['argv'])}")


def _schema(book: Runbook, arguments: Arguments) -> None:
    book.say("runuser", "-u", arguments["user"], "--", *arguments["sync"])


def _shipped_data(book: Runbook, arguments: Arguments) -> None:
    book.say("runuser", "-u", arguments["user"], "--", *arguments["load"])


def _unit(book: Runbook, arguments: Arguments) -> None:
    book.say("systemctl", "daemon-reload")
    if arguments.get("state") == "loaded":
        return
    book.say("systemctl", "enable", arguments["name"])
    book.say("systemctl", "restart", arguments["name"])
    if arguments.get("health_url"):
        statuses = "|".join(map(str, arguments.get("health_statuses", [200])))
        ask = f"curl --silent --output /dev/null --write-out '%{{http_code}}' {shlex.quote(arguments['health_url'])}"
        book.lines.append(f'until {ask} | grep --quiet --extended-regexp "{statuses}"; do sleep 1; done')


# None: what only looks, and has no command.
WRITERS: Mapping[str, Callable[[Runbook, Arguments], None] | None] = {
    "installation": None,
    # A new host has none.
    "absent_files": None,
    "store_probe": None,
    "store_proof": None,
    "stores_in_use": None,
    "dnf_repository": _repository,
    "firewall": _firewall,
    "selinux_type": _selinux,
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
    "service_database": write_database,
    "service_registration": write_registration,
    "limit_endpoint": write_limit_endpoint,
    "derived_ini": write_derived_ini,
    "answers": write_answers,
    "image_roundtrip": write_image,
}


class FilterModule:
    """Entry point for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"runbook": runbook}
