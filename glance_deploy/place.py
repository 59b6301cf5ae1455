"""Where a run happens: the hosts, the inventory for Ansible, and the directory that keeps the environment's state."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glance_deploy import inventory, lab, route, runner
from glance_deploy.inventory import Host
from glance_deploy.options import Options
from glance_deploy.recorder import Recorder
from glance_deploy.state import State, write_private
from glance_deploy.target import Target

STATES = ".glance-deploy"
# No host is called like this.
LAST = ".last"
STATE_VARIABLE = "glance_deploy_state_dir"


@dataclass(frozen=True)
class Place:
    """Everything that is known about where to deploy.

    Attributes:
        name: For people.
        hosts: The hosts that we can look at ourselves.
        inventories: For Ansible; later ones win.
        written: The text of the first inventory, which is ours to write.
    """

    name: str
    state: State
    hosts: tuple[Host, ...]
    inventories: tuple[Path, ...]
    written: str

    def prepare(self, root: Path) -> None:
        """Make the directory and write the inventory."""
        self.state.create(root / "group_vars", owner_of=root)
        write_private(self.state.inventory, self.written)


def find(options: Options, root: Path, environment: Mapping[str, str], recorder: Recorder) -> Place:
    """Return the place that the options name; a lab is brought up for it.

    Raises:
        GlanceDeployError: The inventory cannot be used, or there is no lab to be had.
    """
    if options.inventory:
        return _of_inventory(options, options.inventory, root, environment)
    if options.target:
        host = controller(options.target, options)
        state = State(root / STATES / options.target.label)
        return _of_host(host, host.name, state, options)
    with recorder.stage("Lab") as stage:
        found = lab.up(options.lab, root, environment, recorder.update)
        stage.note = f"{found.host.name} is up at {found.host.address}"
    # The lab has an inventory of its own there.
    return _of_host(found.host, f"lab host {found.host.name}", State(found.directory, "deploy-inventory.yml"), options)


def states(given: argparse.Namespace, root: Path, environment: Mapping[str, str]) -> list[State]:
    """Return the environment that a command line names, or all that are known; none of them is made."""
    home = root / STATES
    if given.controller:
        return [State(home / given.controller.label)]
    if given.lab:
        return [State(lab.directory(given.lab, root))]
    if given.inventory:
        path = given.inventory.absolute()
        return [State(_directory(runner.read_inventory((path,), root, environment), path))]
    found = (path.parent.resolve() for pattern in ("*/runs", "labs/*/runs") for path in home.glob(pattern))
    return [State(path) for path in dict.fromkeys(found)]


def remember(state: State, root: Path) -> None:
    """Note the environment of this run, which may lie elsewhere, for who asks for the last run of all."""
    link = root / STATES / LAST
    with contextlib.suppress(OSError):
        link.parent.mkdir(mode=0o700, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(state.directory)


def controller(target: Target, options: Options) -> Host:
    """Return the host of --controller; its user is what ssh would use, so that Ansible knows when it is root."""
    if target.is_local:
        return Host("localhost", "localhost", is_local=True)
    arguments = inventory.ssh_arguments(options.ssh_key, options.known_hosts)
    host = Host(target.host, target.host, target.port, target.user, options.ssh_key, arguments)
    if target.user:
        return host
    try:
        user = route.settings(host)["user"][0]
    except route.LoginError:
        # The look at the hosts, which follows, tells the user.
        return host
    return Host(host.name, host.address, host.port, user, host.key, host.arguments)


def _of_host(host: Host, name: str, state: State, options: Options) -> Place:
    variables = {STATE_VARIABLE: str(state.directory)}
    text = inventory.render([host], variables, without=options.existing_services)
    return Place(name, state, (host,), (state.inventory,), text)


def _of_inventory(options: Options, path: Path, root: Path, environment: Mapping[str, str]) -> Place:
    listing = runner.read_inventory((path,), root, environment)
    login = inventory.login_variables(options.ssh_key, options.known_hosts)
    hosts = inventory.read(listing, str(path), login, options.existing_services)
    directory = _directory(listing, path)
    state = State(directory, "deploy-inventory.yml")
    text = inventory.overlay({STATE_VARIABLE: str(directory), **login})
    return Place(path.name, state, tuple(hosts), (state.inventory, path), text)


def _directory(listing: Mapping[str, Any], path: Path) -> Path:
    """Return where plain ansible-playbook keeps the secrets of an inventory, so that both ways in share them."""
    given = inventory.variable(listing, STATE_VARIABLE)
    return Path(given) if given else path.parent / STATES / path.stem
