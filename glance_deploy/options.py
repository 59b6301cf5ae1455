"""The command line as checked facts: bad input is refused here, before anything is started."""

from __future__ import annotations

import argparse
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glance_deploy import arguments as command_line
from glance_deploy.errors import UsageError
from glance_deploy.openrc import parse_openrc
from glance_deploy.target import Target, parse_target
from glance_deploy.variables import Names, check_file, known_names, parse_assignment, read_text

_URL = re.compile(r"https?://[^/\s]+/\S+")
_URL_WITH_LOGIN = re.compile(r"\w+://[^/\s]*@")
_CHECKSUM_LENGTHS = {"sha256": 64, "sha512": 128}
_FORBIDDEN_KEY_BITS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Options:
    """What the user wants. Everything is checked; paths are absolute.

    Attributes:
        command: The verb.
        target: The host of --controller.
        inventory: The file of --inventory.
        lab: Name of the lab of --lab.
        openrc: The OS_* variables of --openrc.
        variables: Extra variables for Ansible, none of them secret.
        public: The options as a report may show them.
    """

    command: str
    target: Target | None = None
    inventory: Path | None = None
    lab: str = ""
    ssh_key: Path | None = None
    known_hosts: Path | None = None
    ask_pass: bool = False
    ask_become_pass: bool = False
    openrc: Mapping[str, str] | None = field(default=None, repr=False)
    os_cloud: str | None = None
    database_host: str | None = None
    ask_database_pass: bool = False
    variables: Mapping[str, Any] = field(default_factory=dict)
    vars_files: tuple[Path, ...] = ()
    check: bool = False
    verbosity: int = 0
    public: Mapping[str, Any] = field(default_factory=dict)

    @property
    def existing_services(self) -> tuple[str, ...]:
        """Services that the user has already, by the names of their groups."""
        has_keystone = self.openrc is not None or self.os_cloud is not None
        return (("mariadb",) if self.database_host else ()) + (("keystone",) if has_keystone else ())


def from_arguments(given: argparse.Namespace, root: Path, environment: Mapping[str, str]) -> Options:
    """Check the parsed command line.

    Raises:
        UsageError: A file, name or value cannot be used.
    """
    _check_combinations(given)
    # Reading all roles takes a while, and most runs set nothing.
    names = known_names(root) if given.set or given.vars_file else Names(frozenset(), frozenset())
    for path in given.vars_file:
        check_file(path, names, environment)
    return Options(
        command=given.command,
        target=given.controller,
        inventory=_file(given.inventory, "--inventory"),
        lab=given.lab or "",
        ssh_key=_private_key(given.ssh_key),
        known_hosts=_file(given.known_hosts, "--known-hosts"),
        ask_pass=given.ask_pass,
        ask_become_pass=given.ask_become_pass,
        openrc=_openrc(given.openrc),
        os_cloud=_cloud(given.os_cloud),
        database_host=given.database_host,
        ask_database_pass=given.ask_database_pass,
        variables=_named(given) | dict(parse_assignment(text, names) for text in given.set),
        vars_files=tuple(path.absolute() for path in given.vars_file),
        check=given.check,
        verbosity=given.verbose,
        public=command_line.without_secrets(given),
    )


def _check_combinations(given: argparse.Namespace) -> None:
    if given.lab and (given.ssh_key or given.known_hosts or given.ask_pass or given.ask_become_pass):
        raise UsageError("--lab makes its own host and key", "leave out the options about the login")
    if given.image_checksum and not given.image:
        raise UsageError("--image-checksum is about --image", "name the image: --image PATH or URL")
    waived = any(text.startswith("glance_image_checksum_waived=") for text in given.set)
    if given.image and re.match("https?://", given.image) and not (given.image_checksum or waived or given.vars_file):
        raise UsageError(
            "a URL needs a checksum: what arrives could not be told from anything else",
            "--image-checksum sha256:..., or --set glance_image_checksum_waived=true",
        )
    if given.ask_database_pass and not given.database_host:
        raise UsageError("--ask-database-pass is about --database-host", "name the server: --database-host HOST")
    if given.database_host:
        host = parse_target(given.database_host)
        if host.user or host.port:
            raise UsageError(f"--database-host takes a host alone, not {given.database_host!r}", "write NAME or IP")


def _named(given: argparse.Namespace) -> dict[str, Any]:
    """Return the variables behind the options that have a name of their own."""
    values = {
        "openstack_region": given.region,
        "openstack_release": given.release,
        # group_vars hand the first one on to every service of ours.
        "openstack_database_host": given.database_host,
        "glance_database_host": given.database_host,
        "glance_image_source": _image(given.image),
        "glance_image_checksum": _checksum(given.image_checksum),
    }
    return {name: value for name, value in values.items() if value is not None}


def _file(path: Path | None, option: str) -> Path | None:
    if path is None:
        return None
    read_text(path, option)
    return path.absolute()


def _private_key(path: Path | None) -> Path | None:
    if path is None:
        return None
    text = read_text(path, "--ssh-key")
    if "PRIVATE KEY-----" not in text.partition("\n")[0]:
        hint = f"give {path.with_suffix('')}" if path.suffix == ".pub" else "ssh-keygen -t ed25519 makes one"
        raise UsageError(f"--ssh-key {path}: this is not a private key", hint)
    if stat.S_IMODE(path.stat().st_mode) & _FORBIDDEN_KEY_BITS:
        raise UsageError(f"--ssh-key {path}: others may read it, so ssh would ignore it", f"chmod 600 {path}")
    return path.absolute()


def _openrc(path: Path | None) -> Mapping[str, str] | None:
    return None if path is None else parse_openrc(read_text(path, "--openrc"), str(path))


def _cloud(name: str | None) -> str | None:
    """Return the name when the OpenStack client would find it, in clouds.yaml wherever that is."""
    if name is None:
        return None
    import openstack.config  # noqa: PLC0415  # a third of a second, and few runs need it

    # With no file at all, the library makes up a cloud of this name.
    known = sorted(set(openstack.config.OpenStackConfig().get_cloud_names()) - {"defaults"})
    if name not in known:
        what = f"clouds.yaml has no cloud {name!r}; known: {', '.join(known) or 'none'}"
        raise UsageError(what, "looked for in ., ~/.config/openstack and /etc/openstack; or set OS_CLIENT_CONFIG_FILE")
    return name


def _image(text: str | None) -> str | None:
    """Return a URL as it is and a path made absolute."""
    if text is None:
        return None
    if _URL_WITH_LOGIN.match(text):
        raise UsageError("--image: the address holds a user name", "fetch the file yourself and give its path")
    if _URL.fullmatch(text):
        return text
    if "://" in text:
        raise UsageError(
            f"--image {text}: not a URL that can be fetched", "give http://HOST/PATH, https://HOST/PATH or a file"
        )
    path = Path(text)
    try:
        if not path.is_file():
            raise UsageError(f"--image {text}: there is no such file", "check the path, or give a URL")
        path.open("rb").close()
    except OSError as error:
        raise UsageError(f"--image {text}: {error.strerror}", f"ls -l {text}") from None
    return str(path.absolute())


def _checksum(text: str | None) -> str | None:
    if text is None:
        return None
    algorithm, _, digits = text.partition(":")
    length = _CHECKSUM_LENGTHS.get(algorithm)
    if length is None or not re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", digits):
        known = " or ".join(f"{name}:<{size} hex digits>" for name, size in _CHECKSUM_LENGTHS.items())
        raise UsageError(f"--image-checksum {text[:80]!r} is not a checksum", f"write {known}")
    return text
