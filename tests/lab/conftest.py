"""Hosts of the lab for tests that deploy for real. Run as root: pytest tests/lab."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from .witness import Witness

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = ROOT / ".venv" / "bin" / "ansible-playbook"
PASSWORD = "p@ss/w:rd%$#'\"\\ é"
PASSWORDS = {"glance_database_password": PASSWORD, "glance_service_password": f"{PASSWORD} too"}
# What a witness must have seen at the end: a word in arguments, and a word in the environment alone.
PLANTED = ("planted-in-arguments", "planted-in-environment")
PLANT = f"read WORD; export WORD; sh -c 'sleep 0.2; true' {PLANTED[0]}"


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.stdout)

    @property
    def report(self) -> dict[str, Any]:
        """The run's report in that document."""
        report: dict[str, Any] = self.document["report"]
        return report

    def expect(self, code: int = 0) -> Outcome:
        """Fail with the whole output, which a plain assert would shorten, unless the exit code is this one."""
        if self.code != code:
            pytest.fail(f"exit {self.code}, not {code}\n{self.stdout[-8000:]}\n{self.stderr[-8000:]}", pytrace=False)
        return self


def execute(
    *argv: str | Path, stdin: str | None = None, env: dict[str, str] | None = None, directory: Path = ROOT
) -> Outcome:
    """Run a command, in the repository unless another directory is named."""
    done = subprocess.run(
        [str(word) for word in argv], cwd=directory, input=stdin, capture_output=True, text=True, check=False, env=env
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Lab:
    """One lab of this test run."""

    name: str
    hosts: dict[str, str]
    directory: Path

    @property
    def inventory(self) -> Path:
        """Its Ansible inventory: all of the image service on the first host."""
        return self.directory / "inventory.yml"

    @property
    def login(self) -> tuple[str, ...]:
        """The options with which deploy.py logs in."""
        return ("--ssh-key", str(self.directory / "id_ed25519"), "--known-hosts", str(self.directory / "known_hosts"))

    def deploy(self, host: str, *options: str, user: str = "deploy") -> Outcome:
        """Run deploy.py against one of the hosts, as a user with sudo, and take its answer as JSON."""
        target = f"{user}@{self.hosts[host]}"
        return execute(sys.executable, "deploy.py", "--controller", target, *self.login, "--output", "json", *options)

    def playbook(self, *options: str | Path) -> Outcome:
        """Run site.yml (or what is named) the way people do who live in Ansible."""
        names = options if any(str(word).endswith(".yml") for word in options) else (*options, "site.yml")
        return execute(ANSIBLE, "-i", self.inventory, *names)

    def ssh(self, host: str, command: str, stdin: str | None = None) -> Outcome:
        """Run a shell command on a host as root."""
        return execute("scripts/lab", "ssh", "--name", self.name, host, "--", command, stdin=stdin)

    def read(self, host: str, command: str) -> str:
        """Return what a shell command prints, which must succeed."""
        return self.ssh(host, command).expect().stdout.strip()


@dataclass(frozen=True)
class Controller:
    """A Debian 13 host that a user with sudo deployed, with passwords that break what is not escaped."""

    lab: Lab
    host: str
    variables: Path
    witness: Witness
    check: Outcome
    first: Outcome

    @property
    def state(self) -> Path:
        """The directory of this environment on the control machine."""
        return ROOT / ".glance-deploy" / self.lab.hosts[self.host]

    def deploy(self, *options: str) -> Outcome:
        """Run the same command again."""
        return self.lab.deploy(self.host, "--vars-file", str(self.variables), *options)

    def ssh(self, command: str, stdin: str | None = None) -> Outcome:
        """Run a shell command on the host as root."""
        return self.lab.ssh(self.host, command, stdin)

    def read(self, command: str) -> str:
        """Return what a shell command prints, which must succeed."""
        return self.lab.read(self.host, command)


@pytest.fixture(scope="session")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """Deploy it once for all modules that ask about it: check mode first, and every process watched."""
    variables = tmp_path_factory.mktemp("vars") / "secrets.yml"
    variables.write_text(yaml.safe_dump(PASSWORDS, allow_unicode=True), encoding="utf-8")
    variables.chmod(0o600)
    with labs() as up:
        lab = up("test-controller", "--baked", "--suite", "trixie")
        host = next(iter(lab.hosts))
        with Witness() as witness:
            check = lab.deploy(host, "--vars-file", str(variables), "--check")
            first = lab.deploy(host, "--vars-file", str(variables), "-v")
            lab.ssh(host, PLANT, stdin=f"{PLANTED[1]}\n").expect()
        yield Controller(lab, host, variables, witness, check, first)


@contextlib.contextmanager
def labs() -> Iterator[Callable[..., Lab]]:
    """Bring labs up, and take them down at the end."""
    names: list[str] = []

    def up(name: str, *options: str) -> Lab:
        execute("scripts/lab", "down", "--name", name)
        names.append(name)
        outcome = execute("scripts/lab", "up", "--name", name, "--output", "json", *options).expect()
        hosts = {host["name"]: host["ip"] for host in outcome.document["hosts"]}
        return Lab(name, hosts, ROOT / ".glance-deploy" / "labs" / name)

    try:
        yield up
    finally:
        for name in names:
            execute("scripts/lab", "down", "--name", name)


@pytest.fixture(scope="module")
def make_lab() -> Iterator[Callable[..., Lab]]:
    """Bring labs up for a module and take them down after it."""
    with labs() as up:
        yield up


def totals(outcome: Outcome) -> dict[str, int]:
    """Return the sums of the recap that ansible-playbook prints."""
    counts: dict[str, int] = {}
    for line in outcome.stdout.partition("PLAY RECAP")[2].splitlines():
        for word in line.partition(":")[2].split():
            key, _, number = word.partition("=")
            counts[key] = counts.get(key, 0) + int(number)
    return counts
