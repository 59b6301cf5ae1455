"""What is measured: each scenario makes fresh hosts, does one thing, and says what it took."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from scripts._lab.command import run as run_quietly
from scripts._lab.errors import LabError

from .errors import BenchError
from .figures import Sample
from .hosts import Machine, Site
from .roundtrip import round_trip

HERE = Path(__file__).parent
SOURCE = ". /root/admin-openrc;"
# What hooks/ready.sh gave the lab's MariaDB.
EXISTING = {
    "openstack_database_host": "controller",
    "openstack_memcached_servers": ["controller:11211"],
    "glance_database_admin_user": "dbadmin",
    "glance_database_admin_password": "lab-dbadmin",
}
# How many of the slowest tasks of a run are kept.
SLOWEST = 8


@dataclass(frozen=True)
class Made:
    """A measurement that has no suite and round yet."""

    name: str
    seconds: float
    details: dict[str, Any]

    def sample(self, suite: str, turn: int) -> Sample:
        """Say where and when it was made."""
        return Sample(suite, self.name, turn, round(self.seconds, 3), self.details)


Scenario = Callable[[Machine, str], list[Made]]


def by_hand(machine: Machine, suite: str) -> list[Made]:
    """Type the guides' runbook."""
    return [typed(machine, suite, "by hand", "by-hand.sh", "bash {}")]


def floor(machine: Machine, suite: str) -> list[Made]:
    """Do the least that leads to the same end."""
    return [typed(machine, suite, "floor", "floor.py", f"{SOURCE} python3 {{}}")]


def typed(machine: Machine, suite: str, name: str, script: str, command: str) -> Made:
    """Run a script on a host, as somebody who is logged in there."""
    with machine.fresh(suite, "ready") as site:
        path = site.put(HERE / script)
        outcome, details = site.measure(site.ssh(command.format(path)))
        return Made(name, outcome.seconds, {"steps": steps(outcome.stdout), **details})


def steps(output: str) -> dict[str, float]:
    """Read the seconds of each step from what a script printed."""
    found = re.findall(r"^ *(\d+\.\d+)  (.+)$", output, re.MULTILINE)
    return {title: float(seconds) for seconds, title in found}


def deploy(machine: Machine, suite: str, number: int = 1) -> list[Made]:
    """Deploy Glance beside services that exist, prove it, and do the same again."""
    name = f"{number} hosts" if number > 1 else ""
    with machine.fresh(suite, "ready", number) as site, logins() as environment:
        openrc = site.directory / "admin-openrc"
        openrc.write_text(site.read("cat /root/admin-openrc"))
        known = ["--openrc", str(openrc), "--vars-file", str(site.write("existing.yml", EXISTING))]
        options = ["--inventory", str(site.inventory()), *known]
        return twice(site, options, environment, name or "deploy", f"{name}, second run".lstrip(", "))


def all_in_one(machine: Machine, suite: str) -> list[Made]:
    """Deploy everything on one host whose packages are installed, and do the same again."""
    with machine.fresh(suite, "baked") as site, logins() as environment:
        options = ["--inventory", str(site.lab.inventory)]
        return twice(site, options, environment, "all-in-one", "all-in-one, second run")


def twice(site: Site, options: Sequence[str], environment: dict[str, str], first: str, second: str) -> list[Made]:
    """Run deploy.py, and run it again: then nothing may change."""
    made = []
    for name in (first, second):
        argv = [sys.executable, "deploy.py", *options, "--output", "json"]
        outcome, details = site.measure(argv, environment)
        hang_up(environment)
        made.append(Made(name, outcome.seconds, {**told(json.loads(outcome.stdout)["report"]), **details}))
    if made[1].details["changed"]:
        raise BenchError(f"{second} changed {made[1].details['changed']}")
    return made


def told(report: dict[str, Any]) -> dict[str, Any]:
    """Take from a report what a bench wants to know."""
    tasks = [task for stage in report["stages"] for task in stage["tasks"]]
    slowest = sorted(tasks, key=lambda task: -task["seconds"])[:SLOWEST]
    return {
        "tasks": report["tasks"],
        "changed": report["changed"],
        "steps": {stage["name"]: stage["seconds"] for stage in report["stages"]},
        "slowest": {task["name"]: task["seconds"] for task in slowest},
    }


@contextmanager
def logins() -> Iterator[dict[str, str]]:
    """Keep Ansible's shared connections where they can be found and ended."""
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        environment = {"ANSIBLE_SSH_CONTROL_PATH_DIR": directory}
        try:
            yield environment
        finally:
            hang_up(environment)


def hang_up(environment: dict[str, str]) -> None:
    """End the connections that Ansible left open: a second run is another day's."""
    for socket in Path(environment["ANSIBLE_SSH_CONTROL_PATH_DIR"]).iterdir():
        try:
            run_quietly(["ssh", "-O", "exit", "-o", f"ControlPath={socket}", "host"])
        except LabError:
            socket.unlink(missing_ok=True)


def image(machine: Machine, suite: str) -> list[Made]:
    """Send a big image up and get it back: with the openstack client, and with our module."""
    with machine.fresh(suite, "ready") as site, logins() as environment:
        site.read(f"{SOURCE} python3 {site.put(HERE / 'floor.py')}")
        return [Made(name, seconds, {"peak_memory_mb": mb}) for name, seconds, mb in round_trip(site, environment)]


# In the order of a round.
SCENARIOS: dict[str, Scenario] = {
    "by-hand": by_hand,
    "deploy": deploy,
    "floor": floor,
    "all-in-one": all_in_one,
    "2-hosts": partial(deploy, number=2),
    "4-hosts": partial(deploy, number=4),
    "8-hosts": partial(deploy, number=8),
    "image": image,
}
