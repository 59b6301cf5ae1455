"""podman's command lines, as pure functions."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from .machine import Engine
from .pypi import DIRECTORY
from .recipe import Recipe
from .state import Host, Lab

LABEL = "glance-deploy.lab"
ROOT_LABEL = "glance-deploy.labs"
IMAGE_LABEL = "glance-deploy.image"
# SYS_ADMIN: units with a private mount namespace; NET_*: keepalived, virtual addresses; AUDIT_WRITE: sshd with a
# terminal. The rest of the list costs nothing on a throw-away host.
CAPABILITIES = "SYS_ADMIN,NET_ADMIN,NET_RAW,NET_BROADCAST,SYS_NICE,SYS_PTRACE,AUDIT_WRITE"


def podman(engine: Engine, *arguments: str) -> list[str]:
    """Call podman the way this machine needs it, without touching its configuration files."""
    runtime = ["--runtime", engine.runtime] if engine.runtime else []
    return ["podman", *runtime, *arguments]


def network_argv(lab: Lab) -> list[str]:
    """Make the lab's bridge. Names come from /etc/hosts, so no name server is needed on it."""
    subnet = IPv4Network(lab.subnet)
    return [
        "podman", "network", "create", "--disable-dns", "--subnet", str(subnet), "--gateway", str(subnet[1]),
        "--label", f"{LABEL}={lab.id}", "--label", f"{ROOT_LABEL}={lab.root}", lab.id,
    ]  # fmt: skip


def mac(ip: str) -> str:
    """Derive a locally administered MAC address from the IP address.

    A host that is switched off and on again keeps it, so that nobody holds a stale ARP entry for ten seconds.
    """
    return "02:4c:" + ":".join(f"{byte:02x}" for byte in IPv4Address(ip).packed)


def create_argv(engine: Engine, lab: Lab, host: Host, image: str) -> list[str]:
    """Make a host that is not started yet.

    `--no-hosts`: /etc/hosts is the lab's own plain file, which a role may replace as on any host.
    """
    cgroup = ["--cgroup-parent", f"/{lab.id}"] if engine.cgroup_manager == "cgroupfs" else []
    ulimits = [word for limit in engine.ulimits for word in ("--ulimit", limit)]
    return podman(
        engine, "create", "--name", lab.container(host), "--hostname", host.name, "--no-hosts",
        "--network", f"{lab.id}:ip={host.ip},mac={mac(host.ip)}",
        "--label", f"{LABEL}={lab.id}", "--label", f"{ROOT_LABEL}={lab.root}",
        "--systemd=always", f"--cap-add={CAPABILITIES}",
        "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined",
        # Without it /proc/sys is read-only, and a role could not set the host's own network sysctls.
        "--security-opt", "unmask=ALL",
        "--volume", f"{lab.pypi}:{DIRECTORY}:ro",
        "--pids-limit=-1", "--log-driver=k8s-file", *ulimits, *cgroup, image,
    )  # fmt: skip


def import_argv(archive: str, recipe: Recipe) -> list[str]:
    """Make an image of a root file system archive."""
    return [
        "podman", "import", "--quiet", "--change", 'CMD ["/lib/systemd/systemd"]',
        "--change", "STOPSIGNAL SIGRTMIN+3", "--change", f"LABEL {IMAGE_LABEL}={recipe.repository}", archive,
        recipe.image,
    ]  # fmt: skip
