"""One host of the lab that can be put back into a known state as often as needed, at the same address."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .processes import end_marked

ROOT = Path(__file__).resolve().parents[2]
HOST = "host1"
IMAGES = "localhost/glance-deploy-faults"
# The flag of `chattr +i`, and how the kernel is asked for it; the container may not set it, who runs the campaign may.
SET_IMMUTABLE = """
import fcntl, os, struct, sys
handle = os.open(sys.argv[1], os.O_RDONLY)
flags = bytearray(8)
fcntl.ioctl(handle, 0x80086601, flags)
value = struct.unpack("l", flags)[0]
fcntl.ioctl(handle, 0x40086602, struct.pack("l", value | 0x10 if sys.argv[2] == "on" else value & ~0x10))
"""


class LabError(Exception):
    """The lab did not do what it was told: a fault of the campaign, not of the product."""


@dataclass(frozen=True)
class Lane:
    """A host, and what the control side needs to reach it.

    Attributes:
        name: Of the lab.
        create: The command line that made the container, but for the image at its end.
    """

    name: str
    suite: str
    ip: str
    container: str
    create: tuple[str, ...]
    bridge: str

    @property
    def lab(self) -> Path:
        """The lab's directory: keys and known hosts."""
        return ROOT / ".glance-deploy" / "labs" / self.name

    @property
    def state(self) -> Path:
        """Where deploy.py keeps what it knows of this host."""
        return ROOT / ".glance-deploy" / self.ip

    @property
    def login(self) -> list[str]:
        """How deploy.py logs in: as an ordinary user with sudo."""
        keys = ["--ssh-key", str(self.lab / "id_ed25519"), "--known-hosts", str(self.lab / "known_hosts")]
        return ["--controller", f"deploy@{self.ip}", *keys]

    def image(self, base: str) -> str:
        """Name the snapshot of a state."""
        return f"{IMAGES}:{self.name}-{base}"

    def has(self, base: str) -> bool:
        """Tell whether there is a snapshot of a state."""
        return quiet(["podman", "image", "exists", self.image(base)]) == 0

    def save(self, base: str) -> None:
        """Keep the host, which must be at rest, as a state to come back to."""
        self.plug(on=False)
        # Without the lab's own label: the lab removes images that its own have replaced.
        run(["podman", "commit", "--quiet", "--change", "LABEL glance-deploy.image=", self.container, self.image(base)])

    def reset(self, base: str) -> None:
        """Put the host into a state that was saved, and forget all that the control side had open."""
        end_marked(self.name)
        run([*self.create[: self.create.index("create")], "rm", "--force", "--time", "0", self.container])
        run([*self.create, self.image(base)])
        self.plug(on=True)

    def plug(self, *, on: bool) -> None:
        """Switch the host on and wait for it, or off as if by its plug."""
        run(["scripts/lab", f"power-{'on' if on else 'off'}", "--name", self.name, HOST])

    def shell(self, script: str, *, patience: float = 900) -> str:
        """Run a script as root, past the host's network."""
        return run(["podman", "exec", "--interactive", self.container, "sh", "-e"], text=script, patience=patience)

    def start(self, script: str) -> subprocess.Popen[bytes]:
        """Begin a script as root and leave it to itself."""
        argv = ["podman", "exec", self.container, "sh", "-c", script]
        return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def immutable(self, path: str, *, on: bool) -> None:
        """Set or clear the flag that even root respects, from outside: the host itself lacks the capability."""
        argv = ["nsenter", "--target", self._pid(), "--mount", "/usr/bin/python3", "-", path, "on" if on else "off"]
        run(argv, text=SET_IMMUTABLE)

    def cable(self, *, on: bool) -> None:
        """Take the host's end of the cable off the lab's bridge, or put it back."""
        index = run(["nsenter", "--target", self._pid(), "--net", "ip", "-o", "link", "show", "eth0"])
        peer = index.partition("@if")[2].partition(":")[0]
        listing = run(["ip", "-o", "link"]).splitlines()
        port = next(line.split(": ")[1].partition("@")[0] for line in listing if line.startswith(f"{peer}: "))
        run(["ip", "link", "set", port, *(["master", self.bridge] if on else ["nomaster"])])

    def down(self) -> None:
        """Remove the host, its states and what deploy.py knew of it."""
        end_marked(self.name)
        run(["scripts/lab", "down", "--name", self.name])
        for line in run(["podman", "images", "--format", "{{.Repository}}:{{.Tag}}", IMAGES]).splitlines():
            if line.startswith(self.image("")):
                run(["podman", "rmi", "--force", line])
        shutil.rmtree(self.state, ignore_errors=True)

    def _pid(self) -> str:
        return run(["podman", "inspect", "--format", "{{.State.Pid}}", self.container]).strip()


def open_lane(name: str, suite: str, memory: Path) -> Lane:
    """Bring the lane's host up: as an earlier campaign left it, when all of that is there, or from nothing.

    Args:
        memory: File that holds the address for which the snapshots of this lane were made.
    """
    known = memory.read_text() if memory.exists() else ""
    if known:
        lane = describe(name, suite)
        if lane.ip == known and lane.has("bare"):
            return lane
    quiet(["scripts/lab", "down", "--name", name])
    lane = describe(name, suite)
    lane.save("bare")
    shutil.rmtree(memory.parent, ignore_errors=True)
    memory.parent.mkdir(parents=True)
    memory.write_text(lane.ip)
    return lane


def describe(name: str, suite: str) -> Lane:
    """Bring a lab of one host up and return all that its container was made with."""
    answer = json.loads(run(["scripts/lab", "up", "--name", name, "--suite", suite, "--baked", "--output", "json"]))
    filters = ["--filter", f"label=glance-deploy.labs={ROOT / '.glance-deploy' / 'labs'}"]
    listing = run(["podman", "ps", "--all", *filters, "--format", "{{.Names}}"]).split()
    container = next(each for each in listing if each.startswith(f"glance-lab-{name}-") and each.endswith(f"-{HOST}"))
    facts = json.loads(run(["podman", "inspect", container]))[0]
    network = next(iter(facts["NetworkSettings"]["Networks"]))
    bridge = json.loads(run(["podman", "network", "inspect", network]))[0]["network_interface"]
    create = tuple(facts["Config"]["CreateCommand"][:-1])
    return Lane(name, suite, answer["hosts"][0]["ip"], container, create, bridge)


def run(argv: list[str], *, text: str = "", patience: float = 900) -> str:
    """Run a command of the lab and return what it prints.

    Raises:
        LabError: It failed.
    """
    done = subprocess.run(
        argv, cwd=ROOT, input=text, capture_output=True, text=True, check=False, timeout=patience, errors="replace"
    )
    if done.returncode:
        raise LabError(f"{' '.join(argv)[:200]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")
    return done.stdout


def quiet(argv: list[str]) -> int:
    """Run a command and return its exit code."""
    return subprocess.run(argv, cwd=ROOT, capture_output=True, check=False).returncode
