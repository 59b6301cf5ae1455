"""A big image up and down again: the openstack client and our module, on the host itself and with the same file."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import control
from .hosts import Site

SIZE = "4G"
FILE, BACK = "/root/bench.raw", "/root/bench-back.raw"
# As random as an image that is full, and made faster than random bytes are.
MAKE_FILE = (
    "openssl enc -aes-128-ctr -pass pass:bench -nosalt -pbkdf2 -in /dev/zero 2>/dev/null"
    f" | head --bytes={SIZE} >{FILE}; sync"
)
CLIENT = ". /root/admin-openrc; openstack image"
PAUSE = 0.2


def round_trip(site: Site, environment: Mapping[str, str]) -> list[tuple[str, float, float]]:
    """Return a name, the seconds and the most MB of the client's or the module's process for each direction."""
    site.read(MAKE_FILE)
    up = typed(site, f"{CLIENT} create bench --file {FILE} --disk-format raw --container-format bare")
    down = typed(site, f"{CLIENT} save --file {BACK} bench")
    site.read(f"{CLIENT} delete bench; rm {BACK}; sync")
    with Peak(site.pids[0]) as peak:
        trip = prove(site, environment)
    site.read(f"rm {FILE}")  # the host is kept for a while
    return [
        ("upload, openstack client", *up),
        ("upload, our module", trip["upload_seconds"], peak.mb),
        ("download, openstack client", *down),
        ("download, our module", trip["download_seconds"], peak.mb),
    ]


def typed(site: Site, command: str) -> tuple[float, float]:
    """Run a command on the host; return its seconds and the most memory of a process that it started."""
    with Peak(site.pids[0]) as peak:
        began = time.monotonic()
        site.read(command)
        seconds = time.monotonic() - began
    site.read("sync")
    return seconds, peak.mb


def prove(site: Site, environment: Mapping[str, str]) -> dict[str, Any]:
    """Let our module send the file up and read it back."""
    wish = {
        "cloud": "default",
        "region": "RegionOne",
        "name": "bench",
        "path": FILE,
        "disk_format": "raw",
        "fallback_builtin": False,
        "deadline": 3600,
        "remove": True,
    }
    root = site.lab.root.parents[1]
    answers = site.directory / "answers"
    ansible = [str(root / ".venv" / "bin" / "ansible"), "--inventory", str(site.inventory()), "--tree", str(answers)]
    module = ["--module-name", "glance_deploy.openstack.image_roundtrip", "--args", json.dumps(wish)]
    control.run([*ansible, "glance", *module], root, environment)
    trip: dict[str, Any] = json.loads(next(answers.iterdir()).read_text())["roundtrip"]
    return trip


class Peak:
    """Sees the most memory that any process held which was started on a host meanwhile."""

    def __init__(self, pid: int, inspect: Callable[[int], dict[int, int]] | None = None) -> None:
        self.pid = pid
        self.inspect = inspect or peaks
        self.kilobytes = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    @property
    def mb(self) -> float:
        """The peak in MiB."""
        return self.kilobytes / 1024

    def __enter__(self) -> Peak:
        """Begin; what runs already does not count."""
        self.others = set(self.inspect(self.pid))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.over.set()
        self.thread.join()

    def look(self) -> None:
        """Take the highest of the new processes; the kernel keeps each one's own peak."""
        while not self.over.wait(PAUSE):
            new = [most for pid, most in self.inspect(self.pid).items() if pid not in self.others]
            self.kilobytes = max(self.kilobytes, *new, 0)


def peaks(first: int, proc: Path = Path("/proc")) -> dict[int, int]:
    """Return the peak memory in KiB of every process of the host whose first process is `first` here."""
    host = (proc / str(first) / "ns" / "pid").readlink()
    found = {}
    for path in proc.glob("[0-9]*"):
        try:
            if (path / "ns" / "pid").readlink() == host:
                status = (path / "status").read_text()
                found[int(path.name)] = int(status.partition("VmHWM:")[2].split()[0])
        except (OSError, IndexError):
            continue
    return found
