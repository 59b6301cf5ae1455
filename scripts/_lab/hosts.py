"""The life of a lab's hosts: made, started, switched off and on, removed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .command import Run
from .errors import LabError
from .files import write
from .inventory import ssh_options
from .keys import known_hosts, make_key, seed
from .machine import Engine, say
from .podman import LABEL, ROOT_LABEL, create_argv, network_argv, podman
from .pypi import lend
from .state import Host, Lab
from .traces import remember_forwarding, remove_cgroups

# Far beyond the second it takes, for machines that are busy with something else.
DEADLINE = 180.0


@dataclass(frozen=True)
class Hosts:
    """The hosts of all labs, as podman runs them."""

    run: Run
    engine: Engine

    def connect(self, lab: Lab) -> None:
        """Make the bridge."""
        self.run(network_argv(lab))

    def make(self, lab: Lab, images: Mapping[str, str]) -> None:
        """Make the hosts, each of its image, with their keys and names inside, and start nothing."""
        make_key(self.run, lab.key, f"glance-deploy lab {lab.name}")
        lend(lab.pypi, os.environ, to_host=True)
        public: list[tuple[Host, str]] = []
        for host in lab.hosts:
            with TemporaryDirectory(dir=lab.directory) as name:
                host_key = Path(name) / "ssh_host_ed25519_key"
                make_key(self.run, host_key, host.name)
                self.run(create_argv(self.engine, lab, host, images[host.name]))
                # --archive=false keeps the owners that the archive names.
                self.run(["podman", "cp", "--archive=false", "-", f"{lab.container(host)}:/"], data=seed(lab, host_key))
                public.append((host, host_key.with_name(host_key.name + ".pub").read_text()))
        write(lab.known_hosts, known_hosts(public))

    def start(self, lab: Lab, hosts: Sequence[Host]) -> dict[str, float]:
        """Start hosts and wait until an ordinary user can log in; return the seconds each took.

        They boot side by side while the first is waited for.
        """
        remember_forwarding()
        begin = {}
        for host in hosts:
            begin[host] = time.monotonic()
            self.run(podman(self.engine, "start", lab.container(host)))
        seconds = {}
        for host in hosts:
            self.wait(lab, host, begin[host] + DEADLINE)
            seconds[host.name] = time.monotonic() - begin[host]
        return seconds

    def wait(self, lab: Lab, host: Host, deadline: float) -> None:
        """Wait until a host has booted.

        A login as an ordinary user is the proof: root may come in while the others are still kept out.

        Raises:
            LabError: It did not boot in time, or went off again.
        """
        booted = "systemctl is-system-running --wait || true"
        argv = ssh_argv(lab, host, "deploy", "-o", "BatchMode=yes", "-o", "ConnectTimeout=2")
        while True:
            try:
                state = self.run([*argv, booted])
            except LabError as error:
                if time.monotonic() > deadline or self.states(lab)[host.name] != "running":
                    raise LabError(
                        f"Host {host.name!r} did not let anybody in: {error}", f"See: podman logs {lab.container(host)}"
                    ) from error
                time.sleep(0.1)
            else:
                break
        if state == "degraded":
            say(f"Host {host.name} is degraded: scripts/lab ssh --name {lab.name} {host.name} -- systemctl --failed")

    def states(self, lab: Lab) -> dict[str, str]:
        """Tell which hosts exist, and whether they run."""
        argv = ["podman", "ps", "--all", "--format", "json", "--filter", f"label={LABEL}={lab.id}"]
        found = {each["Names"][0]: each["State"] for each in json.loads(self.run(argv) or "[]")}
        return {host.name: found.get(lab.container(host), "missing") for host in lab.hosts}

    def power_off(self, lab: Lab, host: Host) -> None:
        """Pull the plug."""
        if self.states(lab)[host.name] == "running":
            self.run(podman(self.engine, "kill", lab.container(host)))

    def keep(self, lab: Lab, host: Host, image: str, label: str) -> None:
        """Switch a host off in good order and keep it as an image."""
        self.run(podman(self.engine, "stop", lab.container(host)))
        self.run(podman(self.engine, "commit", "--quiet", "--change", f"LABEL {label}", lab.container(host), image))

    def remove(self, lab_id: str) -> None:
        """Remove the hosts and the bridge of a lab, whatever is there of them."""
        containers = self.run(["podman", "ps", "--all", "--quiet", "--filter", f"label={LABEL}={lab_id}"]).split()
        if containers:
            # -t 0: podman would wait ten seconds for a systemd that does not need to say goodbye.
            self.run(podman(self.engine, "rm", "--force", "--time", "0", *containers))
        for network in self.run(["podman", "network", "ls", "--quiet", "--filter", f"label={LABEL}={lab_id}"]).split():
            self.run(podman(self.engine, "network", "rm", "--force", network))
        remove_cgroups(lab_id)

    def leftovers(self, root: Path) -> Iterable[str]:
        """Name the labs of a clone that podman still knows, even where their state is gone."""
        template = f'{{{{index .Labels "{LABEL}"}}}}'
        mine = f"label={ROOT_LABEL}={root}"
        listed = self.run(["podman", "ps", "--all", "--filter", mine, "--format", template]).split()
        networks = json.loads(self.run(["podman", "network", "ls", "--filter", mine, "--format", "json"]) or "[]")
        return sorted({*listed, *(network["labels"][LABEL] for network in networks)})


def ssh_argv(lab: Lab, host: Host, user: str = "root", *options: str) -> list[str]:
    """Build the command that logs in to a host; the caller's own ssh configuration plays no part."""
    return ["ssh", "-F", "none", "-i", str(lab.key), *ssh_options(lab), *options, f"{user}@{host.ip}"]
